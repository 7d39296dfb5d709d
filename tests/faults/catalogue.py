"""The content of the stores, read directly, without the product's code."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
import httpx
import pg8000.native
import redis

from local import postgresql
from local.stack import DATABASE
from local.template import ACCOUNT, REGION
from tests.faults.stack import FaultStack
from tests.filled import FILLED

_COLLECTIONS = ("materials", "processing_records")
_PAGE = 1000
HANG_SECONDS = 900.0


class Catalogue:
    def __init__(self, stack: FaultStack) -> None:
        self._stack = stack
        key = {"api-key": stack.secrets.qdrant}
        self._qdrant = httpx.Client(
            base_url=f"http://127.0.0.1:{stack.port('qdrant')}", headers=key, timeout=HANG_SECONDS
        )

    def close(self) -> None:
        self._qdrant.close()
        self._s3.close()
        self._sqs.close()

    def sql(self, statement: str, **parameters: Any) -> list[list[Any]]:
        with self._postgresql() as connection:
            return connection.run(statement, **parameters) or []

    def points(self, collection: str, *payload: str, **tests: Any) -> Iterator[Mapping[str, Any]]:
        """Points whose payload has the values of ``tests``; nothing when there is no such collection yet."""
        must = [{"key": key, "match": {"value": value}} for key, value in tests.items()]
        body: dict[str, Any] = {"filter": {"must": must}, "limit": _PAGE, "with_payload": list(payload)}
        while True:
            answer = self._qdrant.post(f"/collections/{collection}/points/scroll", json=body)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return
            page = answer.raise_for_status().json()["result"]
            yield from page["points"]
            body["offset"] = page["next_page_offset"]
            if body["offset"] is None:
                return

    def reset(self) -> None:
        """Make every store as it is after its first start."""
        for queue in self._sqs.list_queues()["QueueUrls"]:
            self._sqs.purge_queue(QueueUrl=f"{self._sqs.meta.endpoint_url}/{ACCOUNT}/{queue.rpartition('/')[2]}")
        with self._postgresql() as connection:
            connection.run("SET lock_timeout = '300s'")
            connection.run(f"TRUNCATE {FILLED}")
        for collection in _COLLECTIONS:
            every = {"filter": {"must_not": [{"has_id": []}]}}
            answer = self._qdrant.post(f"/collections/{collection}/points/delete?wait=true", json=every)
            if answer.status_code != httpx.codes.NOT_FOUND:
                answer.raise_for_status()
        with redis.Redis(port=self._stack.port("redis"), password=self._stack.secrets.redis) as client:
            client.flushall()

    def put(self, supplier: int, body: bytes) -> None:
        """Drop a supplier's price list."""
        bucket = self._s3.list_buckets()["Buckets"][0]["Name"]
        self._s3.put_object(Bucket=bucket, Key=f"incoming/supplier={supplier}/assortment.csv", Body=body)

    def open_work(self, supplier: int) -> dict[str, int]:
        """The work that is still open for the supplier's list and in the stores, by kind."""
        [[ended]] = self.sql(
            "SELECT count(*) FROM pricelists WHERE supplier_id = :supplier AND finished_at IS NOT NULL",
            supplier=supplier,
        )
        [[unindexed]] = self.sql("SELECT count(*) FROM materials WHERE indexed_at IS NULL")
        held = sum(1 for _ in self.points("processing_records", "entity", entity="record"))
        headers = sum(1 for _ in self.points("processing_records", "entity", entity="batch", mirror=False))
        [[pending]] = self.sql(
            "SELECT count(*) FROM processing_results JOIN pricelists USING (request_id)"
            " WHERE supplier_id = :supplier AND processing_results.status IN ('pending', 'processing')",
            supplier=supplier,
        )
        return {
            "batch": 1 - ended,
            "rows": pending,
            "unindexed": unindexed,
            "held records": held,
            "held headers": headers,
        }

    @contextmanager
    def _postgresql(self) -> Iterator[pg8000.native.Connection]:
        port, password = self._stack.port("postgresql"), self._stack.secrets.postgresql
        with pg8000.native.Connection(
            postgresql.USER, "127.0.0.1", DATABASE, port, password, timeout=HANG_SECONDS
        ) as connection:
            yield connection

    @cached_property
    def _s3(self) -> Any:
        return self._aws("s3")

    @cached_property
    def _sqs(self) -> Any:
        return self._aws("sqs")

    def _aws(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self._stack.port('s3')}",
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
