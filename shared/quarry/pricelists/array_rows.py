"""A JSON document whose rows are arrays, as a sheet."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from quarry.domain.reading import Role
from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.grid import Line, Sheet, clean, plain
from quarry.pricelists.headers import role_of
from quarry.pricelists.jsonstream import OPENING, checked_events

_SCALARS: Final = frozenset({"string", "number", "integer", "double", "boolean", "null"})


def sheet(stream: BinaryIO) -> Sheet:
    """A document whose rows are arrays, as a sheet."""
    return Sheet(None, _lines(stream))


def _lines(stream: BinaryIO) -> Iterator[Line]:
    """The innermost arrays of more than one value."""
    row: list[Any] | None = None
    number, key = 0, ""
    for event, value in checked_events(stream, encoding_of(stream)):
        if event in OPENING:
            row = [] if event == "start_array" else None
        elif event == "end_array" and row and len(row) > 1:
            number += 1
            yield Line(number, [plain(cell) for cell in row])
            row = None
        elif event == "map_key":
            key = value
        elif event in _SCALARS and row is not None:
            row.append(value)
        elif event == "string" and role_of(key) is Role.CURRENCY:
            number += 1
            yield Line(number, [f"{key}: {clean(value)}"])
