"""Strict parsing of requests: an unknown field, or one of the wrong type, is refused by name."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

_MAX_POINT_ID = 2**64 - 1


class RequestError(Exception):
    """A request that is answered with an error, in Qdrant's own wording where we know it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def malformed(message: str) -> RequestError:
    return RequestError(400, f"Format error in JSON body: {message}")


def wrong(message: str) -> RequestError:
    return RequestError(400, f"Wrong input: {message}")


def invalid(message: str) -> RequestError:
    return RequestError(422, f"Validation error in JSON body: [{message}]")


@contextmanager
def readable() -> Iterator[None]:
    """A value that the engine's types do not accept (a bad date, a number too large) is the client's error."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise malformed(str(error)) from error


def fields(value: Any, what: str, known: Collection[str], *, required: Collection[str] = ()) -> dict[str, Any]:
    """The object's fields that are not null; refuses what is not in ``known``."""
    if not isinstance(value, dict):
        raise malformed(f"`{what}` must be an object")
    for name in value:
        if name not in known:
            raise malformed(f"unknown field `{name}` in `{what}`, expected one of {', '.join(sorted(known))}")
    present = {name: content for name, content in value.items() if content is not None}
    for name in required:
        if name not in present:
            raise malformed(f"missing field `{name}` in `{what}`")
    return present


def integer(value: Any, what: str, minimum: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed(f"`{what}` must be an integer")
    if value < minimum:
        raise invalid(f"{what}: value {value} invalid, must be {minimum} or larger")
    return value


def number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise malformed(f"`{what}` must be a number")
    return float(value)


def boolean(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise malformed(f"`{what}` must be true or false")
    return value


def text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise malformed(f"`{what}` must be a string")
    return value


def items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise malformed(f"`{what}` must be a list")
    return value


def texts(value: Any, what: str) -> list[str]:
    return [text(item, what) for item in items(value, what)]


def mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise malformed(f"`{what}` must be an object")
    return value


def one_of(value: Any, what: str, choices: Mapping[str, Any]) -> Any:
    """The entry of ``choices`` with the name ``value``."""
    if not isinstance(value, str) or value not in choices:
        raise malformed(f"unknown {what} `{value}`, expected one of {', '.join(choices)}")
    return choices[value]


def point_id(value: Any) -> int | UUID | str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_POINT_ID:
        return value
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise malformed(f"value {value} is not a valid point ID, valid values are either an unsigned integer or a UUID")


def point_ids(value: Any, what: str = "points") -> list[int | UUID | str]:
    return [point_id(item) for item in items(value, what)]
