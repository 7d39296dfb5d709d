"""Reference data: categories and units of measure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    name: str
    description: str | None


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """``factor`` is how many of the dimension's base unit one of it is."""

    id: str
    code: str
    name: str
    symbol: str
    dimension: str
    factor: Decimal
    synonyms: list[str]


class ReferenceLists(Protocol):
    """Pages by name: ``after`` is the name of the last item of the page before, None for the first page."""

    async def categories(self, after: str | None = None, limit: int = 20) -> list[Category]: ...

    async def units(self, after: str | None = None, limit: int = 20) -> list[UnitOfMeasure]: ...
