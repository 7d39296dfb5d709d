"""A line of an estimate: what is asked for, and what it is answered with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from quarry.domain.names.asked import without_standards

Json = Mapping[str, Any]


class LineStatus(StrEnum):
    MATCHED = "matched"
    DOUBTFUL = "doubtful"
    UNSERVED = "unserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """``line`` counts from 1; ``group`` is the heading that it stands under."""

    line: int
    name: str
    quantity: Decimal
    unit: str | None = None
    group: str | None = None

    @property
    def goods(self) -> str:
        """Its name without the standards that goods are made by."""
        return without_standards(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an estimate is priced."""

    currency: str
    max_suppliers: int | None = None
    waste_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A material that may be what a line asks for. ``conflict``: why it is not; ``silent``: what it does not say.

    ``chosen``: a person said so. ``waits``: nobody has decided yet whether it is a material of its own.
    """

    id: str
    name: str
    cost: float = 0.0
    silent: Sequence[str] = ()
    conflict: str | None = None
    chosen: bool = False
    waits: bool = False
    offers: Sequence[Json] = field(default=())

    @property
    def shown(self) -> dict[str, str | None]:
        return {"id": None if self.waits else self.id, "name": self.name}
