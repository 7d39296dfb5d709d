"""A function's execution environment on the tests' stores, composed as in production."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from awslambdaric.lambda_context import LambdaContext

from local.template import ACCOUNT
from quarry.dependencies.composition import composition
from quarry.runtime import run


def forget() -> None:
    """A cold start: the environment's composition is made anew, of the settings as they are then.

    The one before is closed: what it had open would be found by the garbage collector, in the midst of another test.
    """
    if composition.cache_info().currsize:
        close()
    composition.cache_clear()


def close() -> None:
    """Of the composition what was made."""
    run(composition().close())


@contextmanager
def composed(request: pytest.FixtureRequest) -> Iterator[pytest.MonkeyPatch]:
    """Settings for all stores and for queues of its own; changed through the patch, then :func:`forget`."""
    get = request.getfixturevalue
    patch, collection = get("monkeypatch"), get("collection")
    get("aws_url")
    queue = boto3.client("sqs").create_queue(QueueName=collection)["QueueUrl"]
    settings = {
        "POSTGRESQL_URL": get("postgresql_url"),
        "REDIS_URL": get("redis_url"),
        "QDRANT_URL": get("qdrant_url"),
        "QDRANT_API_KEY": get("qdrant_api_key"),
        "MATERIALS_COLLECTION": f"{collection}_materials",
        "PROCESSING_COLLECTION": collection,
        "UPLOADS_QUEUE_URL": queue,
        "CHUNKS_QUEUE_URL": queue,
        "READINGS_BUCKET_NAME": f"quarry-readings-{ACCOUNT}",
    }
    for name, value in settings.items():
        patch.setenv(name, value)
    forget()
    yield patch
    forget()


def with_bucket(patch: pytest.MonkeyPatch, collection: str, **settings: str) -> tuple[Any, str]:
    """A client of S3, and the name of a test's own bucket, which holds price lists and readings from now on.

    ``settings`` change with it.
    """
    s3, name = versioned_bucket(collection)
    for variable, value in {"BUCKET_NAME": name, "READINGS_BUCKET_NAME": name, **settings}.items():
        patch.setenv(variable, value)
    forget()
    return s3, name


def versioned_bucket(collection: str) -> tuple[Any, str]:
    """A client of S3, and the name of an empty bucket that is a test's own, as its ``collection`` is."""
    name = collection.replace("_", "-")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3, name


def invocation(seconds: float = 30) -> LambdaContext:
    """The context that Lambda's runtime passes to a handler."""
    deadline_ms = int((time.time() + seconds) * 1000)
    return LambdaContext("invocation", {}, {}, deadline_ms, "arn:aws:lambda:eu-central-1:0:function:tested:live")
