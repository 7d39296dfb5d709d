"""One table of a sheet: which of its rows are goods, and the headings in force over them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from quarry.domain.reading import Role
from quarry.pricelists.categories import Headings, is_heading, is_total
from quarry.pricelists.grid import Line, text
from quarry.pricelists.headers import role_of
from quarry.pricelists.layout import Layout
from quarry.pricelists.offers import Notes, OfferReader
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import NO_PRICE, parse_price
from quarry.pricelists.scanned import FoundRow, ReadRow, ScannedRow

_NUMBER = re.compile(r"\d{1,5}(?:\.\d{1,3})*\.?")


class Table:
    """``base`` is the category above all headings; ``last_was_note``: the last row was neither goods nor heading.

    ``subject`` names what a table of sizes is of, where no heading does.
    """

    def __init__(
        self, sheet: str | None, layout: Layout, notes: Notes, options: ReadOptions, headings: Headings
    ) -> None:
        beside = (layout.sku, layout.unit, layout.external_id, *layout.categories, *layout.sizes, *layout.details)
        self._telling = {column.index for column in layout.prices} | {c for c in beside if c is not None}
        self._telling.discard(layout.name)
        self.headings = headings
        self.base: tuple[str, ...] = ()
        self.last_was_note = False
        self.subject: str | None = None
        self._next_number = ""
        self._sheet = sheet
        self._layout = layout
        self._options = options
        self.note(notes)

    def note(self, notes: Notes) -> None:
        layout = self._layout
        # A column of its own for each size: each is read as a table of one price, the size ends the name.
        columns = [replace(layout, prices=(price,)) for price in layout.prices] if layout.variants else [layout]
        self._readers = [OfferReader(self._sheet, column, notes, self._options) for column in columns]

    def begin(self, row: int) -> None:
        """A header has passed: headings above it are its section, and it may name a group itself."""
        self.headings.header()
        if self._layout.group:
            self.headings.add(self._layout.group, self._layout.name, row)

    @property
    def of_sizes(self) -> bool:
        """Whether the goods are named by a size, so that what they are is said elsewhere."""
        labels, name = self._layout.labels, self._layout.name
        return name < len(labels) and role_of(labels[name]) is Role.SIZE

    @property
    def has_prices(self) -> bool:
        return bool(self._layout.prices)

    def has_price(self, line: Line) -> bool:
        """Whether a price column holds a number or «по запросу»: then the row is no header, however it reads."""
        for column in self._layout.prices:
            cell = line.cells[column.index] if column.index < len(line.cells) else ""
            if not isinstance(cell, str) or (cell[:1].isdigit() and cell != column.label):
                return True
            if cell and parse_price(cell) is NO_PRICE:
                return True
        return False

    def read(self, line: Line, outline: int | None) -> list[FoundRow]:
        """The row's offers; none when it is a heading, a note, a total or another table's."""
        self.last_was_note = False
        layout = self._layout
        filled = [
            column for column in range(layout.start, min(layout.stop, len(line.cells))) if line.cells[column] != ""
        ]
        first = text(line.cells[filled[0]]) if filled else ""
        if not filled or (is_total(first) and layout.unit not in filled):
            return []
        number = first if filled[0] < layout.name and _NUMBER.fullmatch(first) else ""
        goes_on = number != "" and number == self._next_number and layout.name in filled
        if (self._is_offer(line, filled) or goes_on) and not _is_one_text(line, filled):
            rows = self._offers(line, outline)
            self.headings.offer()
            self._next_number = _following(number)
            return rows
        if number and filled[1:] == [layout.name]:
            first = text(line.cells[layout.name])
        if is_heading(first):
            self.headings.add(first, layout.name if number else filled[0], line.number, outline, number)
        else:
            self.last_was_note = True
        return []

    def _offers(self, line: Line, outline: int | None) -> list[FoundRow]:
        path = (*self.base, *self.headings.path(outline)) or ((self.subject,) if self.subject else ())
        found = [ScannedRow(reader, line.number, line.cells, path, reader.take(line, path)) for reader in self._readers]
        if not self._layout.variants:
            return [*found]
        named = zip(found, self._layout.variants, strict=True)
        rows = [replace(row := one.read(), name=f"{row.name} {size}") for one, size in named]
        return [ReadRow(row) for row in rows if row.price is not None or not row.usable] or [ReadRow(rows[0])]

    def _is_offer(self, line: Line, filled: Sequence[int]) -> bool:
        """Goods have a price, a unit or an article beside their name; a name alone is a heading."""
        if not self._telling:
            return self._layout.name in filled
        return not self._telling.isdisjoint(filled) and (len(filled) > 1 or self.has_price(line))


def _following(number: str) -> str:
    """The number after «1.2»: goods that are numbered on stay goods when they have no price."""
    before, dot, last = number.rstrip(".").rpartition(".")
    return f"{before}{dot}{int(last) + 1}" if last else ""


def _is_one_text(line: Line, filled: Sequence[int]) -> bool:
    """A heading written into every column, as some exports unroll merged cells."""
    first, *others = filled
    value = text(line.cells[first])
    same = all(text(line.cells[column]) == value for column in others)
    return bool(others) and same and not any(map(str.isdigit, value))
