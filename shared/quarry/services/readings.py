"""How lists were understood, and what people corrected in it: JSON objects in a bucket.

That bucket answers whenever a list can be read at all, whichever database is unavailable.
"""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from quarry.adapters.interfaces import ObjectStore
from quarry.domain.reading import LayoutCorrection, SheetReading

_JSON: Final = "application/json"
_SHEETS: Final[TypeAdapter[list[SheetReading]]] = TypeAdapter(list[SheetReading])
_CORRECTION: Final[TypeAdapter[LayoutCorrection]] = TypeAdapter(LayoutCorrection)
# More layouts than any supplier has; beyond it those count whose names come first.
_MAX_LAYOUTS: Final = 200


class Readings:
    """A batch's reading by its request id; corrections by supplier and by the layout's fingerprint."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def prepare(self) -> None:
        """Make the client."""
        self._objects.prepare()

    async def save(self, request_id: str, sheets: Sequence[SheetReading]) -> None:
        await self._objects.put(_reading(request_id), _SHEETS.dump_json(list(sheets)), _JSON)

    async def find(self, request_id: str) -> list[SheetReading] | None:
        """None when the batch has none: its rows came without a file, or it is older than readings are kept."""
        content = await self._objects.get(_reading(request_id))
        return None if content is None else _SHEETS.validate_json(content)

    async def correct(self, supplier_id: int, correction: LayoutCorrection) -> None:
        """It holds for all later readings of the supplier's lists that have this layout."""
        await self._objects.put(_layout(supplier_id, correction.fingerprint), _CORRECTION.dump_json(correction), _JSON)

    async def corrections(self, supplier_id: int) -> dict[str, LayoutCorrection]:
        """By fingerprint."""
        found: dict[str, LayoutCorrection] = {}
        for key in await self._objects.keys(_layout(supplier_id, ""), _MAX_LAYOUTS):
            content = await self._objects.get(key)
            if content is not None:
                correction = _CORRECTION.validate_json(content)
                found[correction.fingerprint] = correction
        return found


def _reading(request_id: str) -> str:
    return f"readings/{request_id}.json"


def _layout(supplier_id: int, fingerprint: str) -> str:
    return f"layouts/supplier={supplier_id}/{fingerprint}"
