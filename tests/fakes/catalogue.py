"""A catalogue of materials by their normalised names, and an index and a cache that count their calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quarry.domain.links import Candidate, Catalogue, MatchedRow, ResolvedMaterial, RowKey, WriteReceipt
from quarry.domain.uploads import OtherList
from quarry.errors import StoreUnavailable
from quarry.services.finishing import Generation, Index
from quarry.services.undoing import UndoneLists

CHANGES = {"new": 1, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 0}


class MemoryCatalogue(Catalogue):
    """``known`` are materials by normalised name, ``alike`` rows' candidates, ``refuse`` errors by name."""

    def __init__(self) -> None:
        self.known: dict[str, ResolvedMaterial] = {}
        self.alike: list[Candidate] = []
        self.refuse: dict[str, Exception] = {}
        self.written: list[MatchedRow] = []
        self.finished: list[int] = []

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> Mapping[str, ResolvedMaterial]:
        return {key.row_id: self.known[key.normalized_name] for key in keys if key.normalized_name in self.known}

    async def candidates(self, keys: Sequence[RowKey], pricelist_id: int | None) -> Mapping[str, Sequence[Candidate]]:
        return {key.row_id: self.alike for key in keys}

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> WriteReceipt:
        for link in links:
            if link.row.name in self.refuse:
                raise self.refuse[link.row.name]
        self.written.extend(links)
        ids = [link.material_id for link in links if link.material_id]
        return WriteReceipt(
            inserted=len(links), updated=0, unchanged=0, outdated=0, materials_created=len(ids), to_index=ids
        )

    async def finish(self, pricelist_id: int) -> dict[str, int]:
        self.finished.append(pricelist_id)
        return dict(CHANGES)


class MemoryIndex(Index):
    def __init__(self, pending: int = 0) -> None:
        self.unavailable = False
        self.indexed: list[str] = []
        self.pending = pending

    async def index(self, material_ids: Sequence[str]) -> int:
        self._reach()
        self.indexed.extend(material_ids)
        return len(material_ids)

    async def index_pending(self, limit: int) -> int:
        self._reach()
        taken = min(limit, self.pending)
        self.pending -= taken
        return taken

    def _reach(self) -> None:
        if self.unavailable:
            raise StoreUnavailable("Qdrant")


@dataclass
class MemoryLists(UndoneLists):
    """``newer`` and ``reading`` stand in an undo's way; ``undone`` are the lists that were taken back, each time."""

    newer: str | None = None
    reading: str | None = None
    known: bool = True
    behind: list[str] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    unavailable: bool = False

    async def later(self, pricelist_id: int, supplier_id: int) -> OtherList | None:
        return OtherList(self.newer, "новый.csv", "completed") if self.newer else None

    async def being_read(self, pricelist_id: int, supplier_id: int) -> OtherList | None:
        return OtherList(self.reading, None, "planning") if self.reading else None

    async def is_known(self, pricelist_id: int, supplier_id: int) -> bool:
        return self.known

    async def gave_way(self, pricelist_id: int, supplier_id: int) -> list[str]:
        return self.behind

    async def undo(self, pricelist_id: int) -> bool:
        if self.unavailable:
            raise StoreUnavailable("PostgreSQL")
        if self.newer:
            return False
        self.undone.append(pricelist_id)
        return True


class MemoryGeneration(Generation):
    def __init__(self) -> None:
        self.bumps = 0

    async def invalidate(self) -> None:
        self.bumps += 1
