"""What the adapters to AWS share: clients with time limits, worker threads, errors."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from quarry.errors import StoreError, StoreTimeout, StoreUnavailable

T = TypeVar("T")
HTTP_UNAVAILABLE = 500
# What AWS answers when it has too much to do; boto3 has tried again by then.
_BUSY = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestTimeout", "RequestThrottled"})


def client_config(*, read_timeout: float = 10.0) -> Config:
    """Two tries, each with limits of our own: the defaults are 60 s and longer than a function runs."""
    return Config(
        connect_timeout=2.0,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": 2},
        signature_version="s3v4",
    )


@contextmanager
def aws_errors(store: str) -> Iterator[None]:
    """The border: botocore's errors become our own."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        if status >= HTTP_UNAVAILABLE or code in _BUSY:
            raise StoreUnavailable(store, f"refuses for now ({code})") from error
        raise StoreError(store, error.response["Error"].get("Message", "refused"), code) from error
    except (ConnectTimeoutError, ReadTimeoutError, TimeoutError) as error:
        raise StoreTimeout(store) from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(store) from error


async def in_thread(store: str, work: Callable[[], T]) -> T:
    """Run ``work`` in a worker thread. Raises only our own errors."""

    def guarded() -> T:
        with aws_errors(store):
            return work()

    return await asyncio.to_thread(guarded)
