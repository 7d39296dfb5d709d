"""What the adapters to AWS share: clients with time limits, worker threads, errors."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import orjson
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.loaders import JSONFileLoader, Loader
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session

from quarry import deadline, tracing
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable

T = TypeVar("T")
# Codes of an overloaded AWS, beside those that contain "throttl"; boto3 has already retried by then.
_BUSY = frozenset({"SlowDown", "RequestTimeout", "OperationAborted"})
_CREDENTIALS_REFUSED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# Raised by an answer that does not come from AWS, and by an address that cannot be an endpoint.
_UNREADABLE = (ResponseParserError, AttributeError, LookupError, TypeError, ValueError)


def client_config(*, read_timeout: float = 10.0) -> Config:
    """Two tries with our own time limits: the default of 60 s is longer than a function runs."""
    return Config(
        connect_timeout=2.0,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Regions that came after 2014, as eu-central-1, refuse the signature before it.
        signature_version="s3v4",
    )


class _Models(JSONFileLoader):
    """Reads the descriptions of services and endpoints, two megabytes, in a third of the time that json takes."""

    def load_file(self, file_path: str) -> Any:
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            if Path(file_path + ending).is_file():
                with opened(file_path + ending, "rb") as file:
                    return orjson.loads(file.read())
        return None


class _KnownServices(Loader):
    """Knows our services: botocore would list the folders of four hundred for each client to find its own."""

    FILE_LOADER_CLASS = _Models

    def list_available_services(self, type_name: str) -> list[str]:
        return ["s3", "secretsmanager", "sqs"]


@cache
def _session() -> Session:
    """One for all clients, since it keeps what it has read of the services."""
    session = get_session()
    session.register_component("data_loader", _KnownServices())
    return session


def client(service: str, config: Config) -> Any:
    """Without boto3, which brings transfers of files and resources: 35 ms, for whoever uses neither."""
    return _session().create_client(service, config=config)


class Clients:
    """One client of each service for all buckets and queues, made at its first use."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def of(self, service: str, configured: Callable[[], Config]) -> Any:
        if service not in self._made:
            self._made[service] = client(service, configured())
        return self._made[service]

    def close(self) -> None:
        """Their connections; a client opens others when it is used again."""
        for one in self._made.values():
            one.close()


@contextmanager
def aws_errors(store: str) -> Iterator[None]:
    """The border: botocore's errors become our own."""
    try:
        yield
    except ClientError as error:
        raise _answered(store, error) from error
    except ParamValidationError as error:
        raise StoreError(store, "refuses such a request") from error
    except (ConnectTimeoutError, ReadTimeoutError, TimeoutError) as error:
        # Twice, each time for longer than a busy service takes.
        raise StoreUnavailable(store, "does not answer") from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(store) from error
    except _UNREADABLE as error:
        raise StoreUnavailable(store, "gave an answer that cannot be read") from error


def _answered(store: str, error: ClientError) -> StoreError | StoreUnavailable:
    code = error.response["Error"].get("Code", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    overloaded = status == HTTPStatus.TOO_MANY_REQUESTS or code in _BUSY or "Throttl" in code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or overloaded:
        return StoreUnavailable(store, f"refuses for now ({code})")
    if code in _CREDENTIALS_REFUSED:
        return StoreUnavailable(store, f"refuses our credentials ({code})")
    return StoreError(store, error.response["Error"].get("Message", "refused"), code)


async def in_thread(store: str, work: Callable[[], T]) -> T:
    """Run ``work`` in a worker thread, which goes on alone when the function ends. Raises only our own errors."""

    def guarded() -> T:
        with aws_errors(store), tracing.part(store):
            return work()

    try:
        # A thread cannot be interrupted: whoever waits goes on, and the limits above end the call.
        async with asyncio.timeout(deadline.left()):
            return await asyncio.to_thread(guarded)
    except TimeoutError as error:
        raise StoreTimeout(store) from error
