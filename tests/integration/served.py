"""The whole API over HTTP: the gateway of the local stack, the functions' handlers in this process, real stores."""

import asyncio
import importlib.util
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import httpx
import pytest
import redis
import uvicorn

from local import ROOT
from local.gateway import Gateway
from local.processes import free_port
from local.runtime_api import Outcome
from local.template import REGION, FunctionSpec, Template
from quarry.dependencies.composition import composition
from quarry.runtime import loop, run
from tests.environment import composed, forget
from tests.integration.functions import restored

CONTEXT = SimpleNamespace(
    function_name="api",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:api",
    aws_request_id="invocation",
    get_remaining_time_in_millis=lambda: 30_000,
)


class InProcess:
    """A function whose environment is this process: one invocation at a time, on the environment's loop."""

    _free = threading.Lock()

    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        module, _, name = spec.handler.rpartition(".")
        found = importlib.util.spec_from_file_location(f"handler_{spec.name}", spec.folder / f"{module}.py")
        loaded = importlib.util.module_from_spec(found)
        found.loader.exec_module(loaded)
        self._handler = getattr(loaded, name)

    def invoke(self, event: Mapping[str, Any], wait: float = 30.0) -> Outcome:
        text = json.dumps(event, ensure_ascii=False).encode()
        with self._free:
            asyncio.set_event_loop(loop())
            return Outcome(json.dumps(self._handler(json.loads(text), CONTEXT)).encode())


class Served:
    """The API's address, and what is behind it."""

    def __init__(self, url: str, bucket: str, patch: pytest.MonkeyPatch) -> None:
        self.url = url
        self.bucket = bucket
        self._patch = patch
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=None, trust_env=False)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options)

    def submit(self, materials: list[Mapping[str, Any]], **about: Any) -> str:
        """Import materials to their end; returns the batch's request id."""
        response = self.ask("POST", "/batches", json={"materials": materials, **about})
        assert response.status_code == 202, response.text
        self.process()
        request_id = str(response.json()["request_id"])
        progress = self.ask("GET", f"/batches/{request_id}").json()
        assert progress["completed"] == len(materials), progress
        return request_id

    def process(self) -> None:
        """Every chunk that is queued."""
        sqs, queue = boto3.client("sqs"), composition().settings.chunks_queue_url
        while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                chunk = json.loads(message["Body"])
                run(composition().ingestion.processor.process_chunk(chunk["request_id"], chunk["chunk"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def changed(self, **settings: str) -> None:
        """The functions start anew with other settings."""
        for name, value in settings.items():
            self._patch.setenv(name, value)
        forget()

    def close(self) -> None:
        self._http.close()


@contextmanager
def served(engines, **settings: str) -> Iterator[Served]:
    """On stores of its own; ``settings`` are those that differ from the tests' usual ones."""
    name = f"test-{uuid.uuid4().hex}"
    postgresql_url = engines.database(engines.migrated)
    with redis.Redis.from_url(engines.redis.url) as client:
        client.flushall()
    with pytest.MonkeyPatch.context() as patch, restored():
        aws = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        for variable, value in {**aws, "AWS_ENDPOINT_URL": engines.aws.url, "BUCKET_NAME": name, **settings}.items():
            patch.setenv(variable, value)
        known = {
            "monkeypatch": patch,
            "collection": name,
            "aws_url": engines.aws.url,
            "postgresql_url": postgresql_url,
            "redis_url": engines.redis.url,
            "qdrant_url": engines.qdrant.url,
            "qdrant_api_key": engines.secrets.qdrant,
        }
        with composed(SimpleNamespace(getfixturevalue=known.__getitem__)):
            s3 = boto3.client("s3")
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            with _listening() as url:
                api = Served(url, name, patch)
                yield api
                api.close()
    engines.drop(postgresql_url)


@contextmanager
def _listening() -> Iterator[str]:
    template = Template(ROOT / "template.yaml", {}, "http://127.0.0.1")
    functions = [InProcess(spec) for spec in template.functions if spec.routes]
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(Gateway(functions, None), host="127.0.0.1", port=port, access_log=False, log_config=None)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
