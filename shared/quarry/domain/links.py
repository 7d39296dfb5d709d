"""Rows of a price list on their way to the catalogue's materials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from quarry.domain.pricing import PriceBasis
from quarry.domain.records import MatchType
from quarry.domain.rows import PriceRow


@dataclass(frozen=True, slots=True)
class RowKey:
    """What identifies a row's product."""

    row_id: str
    name: str
    unit: str | None
    normalized_name: str
    number_key: str
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedMaterial:
    """The material that a row means beyond doubt; ``origin_pricelist_id`` is the list that first named it."""

    material_id: str
    origin_pricelist_id: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A material that a row may mean; the score of both names, as they are written, decides."""

    id: str
    name: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A material that a row may mean, for a person to decide; ``missing`` counts what only one name says."""

    material: Candidate
    score: float
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRow:
    """A row with the material it was linked to; ``material_id`` is None for a row under review, with its ``questions``.

    ``offer_key`` is the offer's identity within the supplier and is unique in a price list. ``record_sequence`` is the
    place of the row's record where that says all of the offer: a row of the same digest would become the same.
    """

    row_id: str
    row: PriceRow
    material_id: str | None
    normalized_name: str
    number_key: str
    match_type: MatchType
    score: float | None
    offer_key: str
    basis: PriceBasis
    record_sequence: int | None = None
    questions: Sequence[Question] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReceipt:
    """What a chunk changed. ``outdated`` rows met an offer of a newer price list, which stays.

    ``to_index`` are the materials whose listing is other than before.
    """

    inserted: int
    updated: int
    unchanged: int
    outdated: int
    materials_created: int
    to_index: Sequence[str]


class Catalogue(Protocol):
    """What the rows of a list do to the catalogue; every method may be called again with the same values."""

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> Mapping[str, ResolvedMaterial]:
        """Materials that stand beyond doubt, by row."""

    async def candidates(self, keys: Sequence[RowKey], pricelist_id: int | None) -> Mapping[str, Sequence[Candidate]]:
        """Materials that rows may mean, by row: a few dozen at most, whatever the catalogue holds."""

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> WriteReceipt: ...
