"""Pages of a list, and the opaque cursors that lead from one to the next."""

import base64
import binascii
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import UnionType
from typing import Any, Generic, TypeVar

import orjson

from quarry.domain.batch_queries import RecordQuery
from quarry.domain.records import ProcessingRecord
from quarry.errors import InvalidRequest

Item = TypeVar("Item")
Read = Callable[[str, RecordQuery], Awaitable[Sequence[ProcessingRecord]]]
_LIST = "list"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """``next_cursor`` is None on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


class Cursors:
    """The cursors of one list: places in it, which a client hands back as they are.

    ``fields`` are what a place is made of: numbers, texts, moments, and UUIDs, which are texts in Python too. A cursor
    of another list is refused.
    """

    def __init__(self, name: str, **fields: type | UnionType) -> None:
        self._name = name
        self._fields = fields

    def write(self, **place: Any) -> str:
        # Without the padding: «=» would have to be escaped in an address.
        return base64.urlsafe_b64encode(orjson.dumps({_LIST: self._name, **place})).decode().rstrip("=")

    def read(self, cursor: str) -> dict[str, Any]:
        """The place; raises InvalidRequest for what this list did not give out."""
        place = _decoded(cursor)
        if place.pop(_LIST, None) != self._name or place.keys() != self._fields.keys():
            raise _foreign()
        try:
            return {name: _part(kind, place[name]) for name, kind in self._fields.items()}
        except (TypeError, ValueError):
            raise _foreign() from None

    def page(self, found: Sequence[Item], limit: int, place: Callable[[Item], Mapping[str, Any]]) -> Page[Item]:
        """One page of ``found``, which holds one item more where another page follows."""
        shown = found[:limit]
        return Page(shown, self.write(**place(shown[-1])) if len(found) > limit else None)


def _foreign() -> InvalidRequest:
    return InvalidRequest(
        "The cursor is not of this list: leave it out to begin again.", [("/cursor", "is not of this list")]
    )


async def blocks(read: Read, request_id: str, query: RecordQuery) -> AsyncIterator[Sequence[ProcessingRecord]]:
    """A batch's records that meet ``query``, as many at once as its limit says, to the end of the list."""
    while True:
        block = await read(request_id, query)
        yield block
        if len(block) < query.limit:
            return
        query = replace(query, after=block[-1].sequence)


def _decoded(cursor: str) -> dict[str, Any]:
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return place if isinstance(place, dict) else {}


def _part(kind: type | UnionType, part: Any) -> Any:
    """A part of a place as Python has it. Raises TypeError and ValueError for what is none of that ``kind``."""
    if kind is datetime:
        return datetime.fromisoformat(part)
    if kind is uuid.UUID:
        return str(uuid.UUID(part))
    if not (isinstance(part, kind) and _storable(part)):
        raise ValueError("not such a part")
    return part


def _storable(part: object) -> bool:
    """What a place may be made of: integers that JSON holds exactly, and texts that PostgreSQL can store (no NUL)."""
    if isinstance(part, str):
        return "\0" not in part
    return part is None or (type(part) is int and 0 <= part < 2**53)
