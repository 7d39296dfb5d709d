"""A bucket in S3."""

import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from quarry.adapters.aws import Clients, client_config, in_thread
from quarry.adapters.interfaces import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")
STORE = "S3"
DOWNLOAD_ATTEMPTS = 3
_PART_BYTES = 1024 * 1024
_ENDPOINTS = {
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
}  # for a server that replaces S3, whose buckets have no host names of their own


class S3ObjectStore:
    """Implements ObjectStore over one bucket. The client is made at first use, unless ``clients`` have it."""

    def __init__(self, bucket: str, clients: Clients | None = None) -> None:
        self._bucket = bucket
        self._clients = clients or Clients()

    @property
    def _client(self) -> "S3Client":
        made: S3Client = self._clients.of("s3", _config)
        return made

    def prepare(self) -> None:
        """Make the client, and sign once, which reads the rules of endpoints."""
        self._client.generate_presigned_post(self._bucket, "prepared")

    async def head(self, key: str, version: str | None = None) -> StoredObject | None:
        def work() -> StoredObject | None:
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=key, **_version(version))
            except ClientError as error:
                if _is_missing(error):
                    return None
                raise
            return StoredObject(
                key=key,
                size=found["ContentLength"],
                version=found.get("VersionId"),
                etag=found["ETag"].strip('"'),
                metadata=found["Metadata"],
                stored_at=found["LastModified"],
            )

        return await self._run(work)

    async def download(self, key: str, target: BinaryIO, version: str | None = None) -> None:
        """Write the object into ``target``. A stream that breaks off half-way goes on from there."""

        def work() -> None:
            of_rest: dict[str, Any] = {}
            for attempt in range(1, DOWNLOAD_ATTEMPTS + 1):
                try:
                    found = self._client.get_object(Bucket=self._bucket, Key=key, **_version(version), **of_rest)
                    for part in found["Body"].iter_chunks(_PART_BYTES):
                        target.write(part)
                        # Only of the same object: the rest of a newer one would not fit what is already written.
                        of_rest = {"Range": f"bytes={target.tell()}-", "IfMatch": found["ETag"]}
                except (BotoCoreError, OSError):  # S3 itself says no by a ClientError
                    if attempt == DOWNLOAD_ATTEMPTS:
                        raise
                else:
                    return

        await self._run(work)

    async def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        # The tag is read as a proof: an answer without it did not come from S3.
        await self._run(
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)["ETag"]
        )

    async def get(self, key: str) -> bytes | None:
        def work() -> bytes | None:
            try:
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if _is_missing(error):
                    return None
                raise

        return await self._run(work)

    async def keys(self, prefix: str, limit: int) -> list[str]:
        def work() -> list[str]:
            found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=limit)
            return [one["Key"] for one in found.get("Contents", ())]

        return await self._run(work)

    async def presigned_post(
        self, key: str, *, max_bytes: int, expires_in: int, metadata: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        demanded = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        conditions: list[Any] = [["content-length-range", 0, max_bytes], *({name: demanded[name]} for name in demanded)]
        form = await self._run(
            lambda: self._client.generate_presigned_post(
                self._bucket, key, Fields=dict(demanded), Conditions=conditions, ExpiresIn=expires_in
            )
        )
        return form["url"], form["fields"]

    def close(self) -> None:
        self._clients.close()

    async def _run(self, work: Callable[[], T]) -> T:
        return await in_thread(STORE, work)


def _config() -> Config:
    config = client_config()
    if _ENDPOINTS & os.environ.keys():
        return config
    # The address of the region: the global one redirects a form for hours after its bucket was made.
    return config.merge(Config(s3={"addressing_style": "virtual"}))


def _is_missing(error: ClientError) -> bool:
    # A HEAD has no body, and so no code: the status is all that there is.
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status == HTTPStatus.NOT_FOUND


def _version(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}
