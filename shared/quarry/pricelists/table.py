"""One table of a sheet: its rows by their kinds, and the headings in force over them."""

from collections.abc import Sequence
from dataclasses import replace

from quarry.domain.rows import PriceRow
from quarry.pricelists.categories import Headings
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.kinds import BEGIN, Kind, labelled
from quarry.pricelists.layout import Layout
from quarry.pricelists.notes import Notes
from quarry.pricelists.offers import OfferReader
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.ordinary import OrdinaryRows
from quarry.pricelists.scanned import FoundRow, ReadRow, ScannedRow
from quarry.pricelists.seen import NUMBER, Seer

Levels = dict[int, int]


class Table:
    """``base`` is the category above all headings.

    ``subject`` names what a table of sizes is of, where no heading does.
    """

    def __init__(
        self,
        sheet: str | None,
        layout: Layout,
        sample: Sequence[Line],
        notes: Notes,
        options: ReadOptions,
        headings: Headings,
    ) -> None:
        self.headings = headings
        self.base: tuple[str, ...] = ()
        self.subject: str | None = None
        self.layout = layout
        self.seer = Seer(layout, sample)
        self.ordinary = OrdinaryRows(layout)
        self._next_number = ""
        self._carried: dict[int, Cell] = {}
        self._last: str = BEGIN
        self._seen: tuple[int, list[int]] = (-1, [])
        self._sheet = sheet
        self._options = options
        self.note(notes)

    def note(self, notes: Notes) -> None:
        layout = self.layout
        # Each size is read as a table of its own prices, the size ends the name.
        columns = layout.of_variants or [layout]
        self._readers = [OfferReader(self._sheet, column, notes, self._options) for column in columns]

    def begin(self, row: int, *, again: bool = False) -> None:
        """A header has passed: headings above it are its section, and it may name a group itself."""
        self.headings.header(again=again)
        self._last = BEGIN
        self._carried = {}
        if self.layout.group:
            self.headings.add(self.layout.group, self.layout.name, row)

    @property
    def has_prices(self) -> bool:
        return bool(self.layout.prices)

    def carried(self, line: Line) -> Line:
        """The row with what stands above it once for several goods: prices, and what is said with a name."""
        layout = self.layout
        filled = {*self.seer.filled(line)} if layout.carried or layout.said_once or layout.outer else set()
        if filled and layout.carried:
            line = self._down(line, filled, {*layout.carried}, layout.carried)
        if filled and layout.said_once:
            line = self._down(line, filled, {layout.name}, layout.said_once)
        for column in layout.outer:
            line = self._down(line, filled, {column}, (column,))
        return line

    def _down(self, line: Line, filled: set[int], told: set[int], columns: Sequence[int]) -> Line:
        """The row with the cells above it, where it has none of those that are ``told`` with them."""
        if told & filled:
            self._carried |= {column: line.cell(column) for column in columns}
            return line
        if len(filled) < 2:  # noqa: PLR2004 - a heading
            return line
        cells = [*line.cells, *[""] * (max(columns) + 1 - len(line.cells))]
        for column in columns:
            cells[column] = self._carried.get(column, "")
        return Line(line.number, cells, line.look)

    def is_settled(self, line: Line) -> bool:
        """Whether the row's kind needs no look at its neighbours: goods, or nothing of this table's."""
        self._seen = line.number, self.seer.filled(line)
        return not self._seen[1] or self.seer.is_goods(line, self._seen[1])

    def kinds(self, lines: Sequence[Line], after: str | None, levels: Levels) -> list[Kind]:
        """What rows are that follow one another; ``after`` is the kind of the row below them."""
        places = [(at, filled) for at, line in enumerate(lines) if (filled := self.seer.filled(line))]
        seen = [
            list(self.seer.seen(lines[at], filled, _deeper(lines, at, levels), self._next_number))
            for at, filled in places
        ]
        found = [Kind.BLANK] * len(lines)
        for (at, _), kind in zip(places, labelled(seen, self._last, after), strict=True):
            found[at] = kind
        return found

    def take(self, line: Line, kind: Kind, outline: int | None) -> list[FoundRow]:
        """Go past a row of that kind; its offers when it is goods."""
        if kind is Kind.BLANK:
            return []
        self._last = kind
        number_seen, filled = self._seen
        if number_seen != line.number:
            filled = self.seer.filled(line)
        if not filled:
            return []
        number = self._number(line, filled)
        if kind is Kind.GOODS:
            rows = self._offers(line, outline)
            self.headings.offer()
            self._next_number = _following(number)
            return rows
        if kind is Kind.HEADING:
            beside = bool(number) and self.layout.name in filled
            column = self.layout.name if beside or self.layout.name in filled else filled[0]
            self.headings.add(text(line.cells[column]), column, line.number, outline, number, line.look)
        return []

    def take_goods(self, lines: Sequence[Line]) -> list[FoundRow]:
        """Go past ordinary rows; the offers that they are."""
        self._last = Kind.GOODS
        path, (reader,) = self._path(None), self._readers
        above = reader.take(lines[0], path)
        self.headings.offer()
        self._next_number = _following(self._number(lines[-1], self.seer.filled(lines[-1])))
        return [ScannedRow(reader, line.number, line.cells, path, above) for line in lines]

    def _number(self, line: Line, filled: Sequence[int]) -> str:
        """The running number before the goods."""
        if filled[0] >= self.layout.name:
            return ""
        first = text(line.cells[filled[0]])
        return first if NUMBER.fullmatch(first) else ""

    def _path(self, outline: int | None) -> tuple[str, ...]:
        inner = self.headings.path(outline)
        if not inner and self.subject and self.subject not in self.base:
            inner = (self.subject,)
        return (*self.base, *inner)

    def _offers(self, line: Line, outline: int | None) -> list[FoundRow]:
        path = self._path(outline)
        found = [ScannedRow(reader, line.number, line.cells, path, reader.take(line, path)) for reader in self._readers]
        if not self.layout.variants:
            return [*found]
        named = zip(found, self.layout.by_variant, strict=True)
        rows = [replace(row := one.read(), name=f"{row.name} {size}") for one, size in named]
        return [ReadRow(row) for row in rows if row.price is not None or _is_faulty(row)] or [ReadRow(rows[0])]


def _is_faulty(row: PriceRow) -> bool:
    """Whether something is wrong with goods; a mere word or sign («×», «зак.») says that they are not made so."""
    values = (issue.value or "" for issue in row.issues if issue.code == "invalid_price")
    return not row.usable and not any(not any(map(str.isdigit, value)) for value in values)


def _deeper(lines: Sequence[Line], at: int, levels: Levels) -> int | None:
    """How much deeper in the outline the row below is."""
    number = lines[at].number
    return levels.get(number + 1, 0) - levels.get(number, 0) if levels else None


def _following(number: str) -> str:
    """The number after «1.2»: goods that are numbered on stay goods when they have no price."""
    before, dot, last = number.rstrip(".").rpartition(".")
    return f"{before}{dot}{int(last) + 1}" if last else ""
