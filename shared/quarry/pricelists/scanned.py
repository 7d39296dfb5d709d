"""Rows that were found to be offers, and are read only when they are wanted."""

from dataclasses import replace
from typing import TYPE_CHECKING

from quarry.domain.rows import PriceRow
from quarry.pricelists.digests import digest_of, packed
from quarry.pricelists.grid import Cell, Line

if TYPE_CHECKING:
    from quarry.pricelists.offers import Above, OfferReader


class ScannedRow:
    """``number`` is the row's in its sheet."""

    __slots__ = ("above", "cells", "number", "path", "reader")

    def __init__(
        self, reader: "OfferReader", number: int, cells: list[Cell], path: tuple[str, ...], above: "Above"
    ) -> None:
        self.reader = reader
        self.number = number
        self.cells = cells
        self.path = path
        self.above = above

    def read(self) -> PriceRow:
        return self.reader.read(Line(self.number, self.cells), self.path, self.above)

    @property
    def has_category(self) -> bool:
        return self.reader.has_category(self.cells, self.path, self.above)

    @property
    def external_id(self) -> str | None:
        return self.reader.external_id(self.cells)

    @property
    def sheet(self) -> str | None:
        return self.reader.sheet

    @property
    def digest(self) -> str | None:
        """Equal for rows that are read as the same but for their number; None where that is not known."""
        state = self.reader.terms.copy()
        try:
            state.update(packed((self.path, self.above, self.cells)))
        except TypeError:  # a whole number beyond 64 bits
            return None
        return state.hexdigest()


class ReadRow:
    """A row of a format that holds whole offers, or of a table where only reading shows how many a line has."""

    __slots__ = ("row",)

    def __init__(self, row: PriceRow) -> None:
        self.row = row

    @property
    def number(self) -> int:
        return self.row.row

    def read(self) -> PriceRow:
        return self.row

    @property
    def has_category(self) -> bool:
        return bool(self.row.category)

    @property
    def external_id(self) -> str | None:
        return self.row.external_id

    @property
    def sheet(self) -> str | None:
        return self.row.sheet

    @property
    def digest(self) -> str | None:
        return digest_of(repr(replace(self.row, row=0)).encode(errors="replace")).hexdigest()


FoundRow = ScannedRow | ReadRow
