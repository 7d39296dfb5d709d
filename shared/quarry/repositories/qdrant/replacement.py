"""What a finished price list replaces, where there is no PostgreSQL; the rules are those of ``replacement``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.adapters.qdrant.filters import all_of, equals
from quarry.domain.batch_queries import BatchQuery
from quarry.domain.batches import Batch, BatchKind
from quarry.domain.clock import clock
from quarry.domain.series import same_assortment, same_series
from quarry.repositories.qdrant.offer_states import Json
from quarry.repositories.qdrant.offers import OfferStore

_MOST_LISTS: Final = 1000
_FIELDS: Final = ("supplier_id", "material_id", "pricelist_id", "previous_pricelist_id", "current", "ended_by")


class ListReplacement:
    """``batches`` knows the lists' names and which of them have ended."""

    def __init__(self, offers: OfferStore, batches: IBatchProcessingRepository) -> None:
        self._offers = offers
        self._batches = batches

    async def replace(self, pricelist_id: int) -> set[str]:
        """End what the list replaces, and the list where a newer one replaces it; returns the materials concerned."""
        ours = await self._offers.find(all_of(equals("pricelist_id", pricelist_id)), ("supplier_id",))
        if not ours or ours[0]["supplier_id"] is None:
            return set()
        supplier_id = ours[0]["supplier_id"]
        offers = await self._offers.find(all_of(equals("supplier_id", supplier_id)), _FIELDS)
        headers = await self._batches.list_batches(BatchQuery(supplier_id=supplier_id, limit=_MOST_LISTS))
        lists = {batch.pricelist_id: batch for batch in headers}
        # Done by an earlier run, whose materials may not have been written.
        ended = _materials(offer for offer in offers if offer["ended_by"] == pricelist_id)
        for old, new in [*_earlier(pricelist_id, offers, lists), *await self._later(pricelist_id, lists)]:
            if _replaces(old, new, offers, lists):
                await self._end(supplier_id, old, new)
                ended |= _materials(offer for offer in offers if offer["current"] and offer["pricelist_id"] == old)
        return ended

    async def _later(self, ours: int, lists: Mapping[int | None, Batch]) -> list[tuple[int, int]]:
        """Those that may replace ours, which is finished late.

        That all their rows are settled is enough: whose end is under way may have looked before our rows were there.
        """
        later = [
            number
            for number, batch in lists.items()
            if number is not None and number > ours and _is_list(batch) and await self._settled(batch)
        ]
        return [(ours, new) for new in sorted(later)]

    async def _settled(self, batch: Batch) -> bool:
        if batch.changes is not None:
            return True
        progress = await self._batches.get_processing_progress(batch.request_id)
        return bool(progress and batch.total and progress.completed and progress.settled >= batch.total)

    async def _end(self, supplier_id: int, old: int, new: int) -> None:
        current = equals("supplier_id", supplier_id), equals("pricelist_id", old), equals("current", True)
        values = {
            "current": False,
            "ended_by": new,
            "superseded_at": datetime.now(UTC).isoformat(),
            "revision": clock.next(),
        }
        await self._offers.change(all_of(*current), values)


def _earlier(ours: int, offers: Sequence[Json], lists: Mapping[int | None, Batch]) -> list[tuple[int, int]]:
    """Lists in force that ours may replace."""
    in_force = {offer["pricelist_id"] for offer in offers if offer["current"]}
    # The header of an old list may have been cleaned up.
    earlier = [old for old in in_force if old < ours and (old not in lists or _is_list(lists[old]))]
    return [(old, ours) for old in sorted(earlier)]


def _is_list(batch: Batch) -> bool:
    return batch.kind is BatchKind.PRICELIST


def _replaces(old: int, new: int, offers: Sequence[Json], lists: Mapping[int | None, Batch]) -> bool:
    if old in lists and new in lists and same_series(lists[old].file_name, lists[new].file_name):
        return True
    theirs = _materials(offer for offer in offers if _was_of(offer, old, new))
    ours = _materials(offer for offer in offers if offer["pricelist_id"] == new)
    return same_assortment(len(theirs), len(theirs & ours))


def _was_of(offer: Json, old: int, new: int) -> bool:
    """Whether the old list had the offer until the new one came."""
    if offer["pricelist_id"] == old:
        return bool(offer["current"]) or offer["ended_by"] == new
    return bool(offer["pricelist_id"] == new and offer["previous_pricelist_id"] == old)


def _materials(offers: Iterable[Json]) -> set[str]:
    return {offer["material_id"] for offer in offers if offer["material_id"]}
