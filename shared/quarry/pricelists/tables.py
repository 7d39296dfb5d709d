"""A sheet's rows, one after the other: header, headings, offers, notes, totals."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import takewhile

from quarry.domain.reading import Role
from quarry.domain.rows import RowIssue, Severity
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.categories import Headings, is_title, sheet_category
from quarry.pricelists.currencies import defined_in, noted_in
from quarry.pricelists.detection import HEADER_WITHIN, Header, header_at, known_labels, no_header, weak_header
from quarry.pricelists.grid import Cell, Line, Sheet, text, within_limits
from quarry.pricelists.kinds import END, Kind
from quarry.pricelists.layout import borne_out, layouts
from quarry.pricelists.matrix import matrix_at
from quarry.pricelists.offers import Notes
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import vat_of
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow
from quarry.pricelists.table import Table

_SAMPLE = 60
_MOST_PENDING = 64  # rows that wait for what follows them
_FIRST = list(Kind)
_LOOK_AHEAD = HEADER_WITHIN + _SAMPLE
_SPEAKS_OF_MONEY = Notation().compiled(load("prices")["speaks_of_money"])


class SheetReader:
    """Reads one sheet. ``found_header`` tells afterwards whether it was a price list at all."""

    def __init__(self, sheet: Sheet, options: ReadOptions, report: Report, *, name_is_category: bool) -> None:
        self._sheet = sheet
        self._options = options
        self._name_category = sheet_category(sheet.name) if name_is_category else None
        self._lines = report.counted(within_limits(sheet.lines, options))
        self._levels = dict(sheet.levels)
        self._ahead: deque[Line] = deque()
        self._notes = Notes()
        self._tables: list[Table] = []
        self._header: Header | None = None
        self._above: Line | None = None
        self._categorised = False
        self._offers = 0
        self._pending: list[Line] = []
        self.counts: Counter[Kind] = Counter()
        self.found_header = False
        self.labels_seen: list[str] = []

    def read(self) -> Iterator[FoundRow | RowIssue]:
        if not self._find_header():
            return
        self.found_header = True
        while line := self._next():
            yield from map(self._counted, self._line(line))
        yield from map(self._counted, self._settle(END))
        for table in self._tables:
            yield from map(self._empty_heading, table.headings.empty)
        if self._offers and not self._categorised:
            yield self._no_category()

    def _counted(self, row: FoundRow) -> FoundRow:
        self._offers += 1
        self._categorised = self._categorised or row.has_category
        return row

    def _fill(self, count: int) -> None:
        while len(self._ahead) < count and (line := next(self._lines, None)):
            self._ahead.append(line)

    def _next(self) -> Line | None:
        if not self._ahead:
            self._fill(1)
        return self._ahead.popleft() if self._ahead else None

    def _find_header(self) -> bool:
        self._fill(_LOOK_AHEAD)
        lines = list(self._ahead)
        for index, line in enumerate(lines):
            if line.number > HEADER_WITHIN:
                break
            header = self._header_at(lines, index)
            if header and self._open(header, lines[index + header.depth :]):
                self._start(header, index)
                return True
            self.labels_seen += known_labels(line)
        return self._find_by_values(lines)

    def _find_by_values(self, lines: Sequence[Line]) -> bool:
        """Without a header that speaks for itself: labels of which few are known, or none, over goods and prices."""
        near = [
            at for at, line in enumerate(lines) if line.number <= HEADER_WITHIN and any(map(_is_filled, line.cells))
        ]
        above = takewhile(lambda at: not _has_number(lines[at]), near)
        places = [(at, header) for at in above if (header := weak_header(lines, at))]
        places += [(at, no_header(lines[at:])) for at in near[:1]]
        for index, header in places:
            below = lines[index + header.depth :]
            if borne_out(header, _sampled(below)) and self._open(header, below):
                self._start(header, index)
                return True
        return False

    def _start(self, header: Header, index: int) -> None:
        titles = [self._ahead.popleft() for _ in range(index)]
        for _ in range(header.depth):
            self._ahead.popleft()
        self._begin(titles)

    def _header_at(self, lines: Sequence[Line], index: int) -> Header | None:
        """The header that begins there; a matrix's title is none, though it names a price."""
        matrix = matrix_at(lines, index)
        return matrix or (None if matrix_at(lines, index + 1) else header_at(lines, index, self._sheet.spans))

    def _open(self, header: Header, below: Sequence[Line]) -> bool:
        goods = _sampled(below)
        found = layouts(header, goods)
        if not found:
            return False
        self._header = header
        previous = self._tables
        self._tables = [
            Table(self._sheet.name, layout, goods, self._notes, self._options, _headings(previous, index))
            for index, layout in enumerate(found)
        ]
        for table in self._tables:
            table.base = previous[0].base if previous else ()
        return True

    def _begin(self, titles: Sequence[Line]) -> None:
        """Take from the rows above the first header what holds for the whole sheet."""
        for line in titles:
            self._note(line)
        assert self._header is not None
        for table in self._tables:
            table.note(self._notes)
            table.begin(self._header.first)
        named = {title for line in titles for cell in line.cells if is_title(title := text(cell))}
        self._tables[0].subject = self._header.subject
        if self._tables[0].layout.of_sizes and len(named) == 1:
            self._tables[0].subject = self._header.subject or min(named)
        if self._name_category:
            whole = [title for title in named if title.startswith(self._name_category)]
            for table in self._tables:
                table.base = (whole[0] if len(whole) == 1 else self._name_category,)
        elif len(named) == 1 and self._repeats():
            self._tables[0].headings.section(named.pop())

    def _repeats(self) -> bool:
        """Whether the header comes again: then the list has sections, and the first title is the first section's."""
        assert self._header is not None
        if isinstance(self._sheet.lines, Iterator) or not self._header.depth:
            return False
        name = self._header.labels[next(i for i, label in enumerate(self._header.labels) if label)]
        return sum(name in line.cells for line in self._sheet.lines) > self._header.depth

    def _note(self, line: Line) -> None:
        """«Цены указаны с НДС 18%», «Цены в евро»: what a list says once."""
        for cell in line.cells:
            if not isinstance(cell, str) or not cell:
                continue
            vat = vat_of(cell)
            currency = noted_in(cell) if _SPEAKS_OF_MONEY.search(cell) else None
            before = self._notes
            conventional = defined_in(cell) or before.conventional
            notes = Notes(currency or before.currency, vat or before.vat, conventional)
            if notes != self._notes:
                self._notes = notes
                for table in self._tables:
                    table.note(notes)

    def _line(self, line: Line) -> Iterator[FoundRow]:
        if not any(cell != "" for cell in line.cells):
            self.counts[Kind.BLANK] += 1
        elif _is_numbering(line):
            self.counts[Kind.HEADER] += 1
        elif all(table.is_settled(line) for table in self._tables):
            yield from self._settle(Kind.GOODS)
            yield from self._take(line, [Kind.GOODS] * len(self._tables))
            self._above = line
        elif self._is_header(line):
            yield from self._settle(Kind.HEADING)
            if not self._new_header(line):
                self._pending.append(line)
                self._above = line
        else:
            self._pending.append(line)
            self._above = line
            if len(self._pending) == _MOST_PENDING:
                yield from self._settle(None)

    def _settle(self, after: str | None) -> Iterator[FoundRow]:
        """Label the rows that wait for what follows them, and go past them."""
        lines, self._pending = self._pending, []
        if not lines:
            return
        kinds = [table.kinds(lines, after, self._levels) for table in self._tables]
        for line, *found in zip(lines, *kinds, strict=True):
            yield from self._take(line, found)
            if found == [Kind.NOTE]:
                self._note(line)

    def _take(self, line: Line, kinds: Sequence[Kind]) -> Iterator[FoundRow]:
        outline = self._levels.get(line.number, 0) if self._levels else None
        self.counts[min(kinds, key=_FIRST.index)] += 1
        for table, kind in zip(self._tables, kinds, strict=True):
            yield from table.take(line, kind, outline)

    def _is_header(self, line: Line) -> bool:
        """Whether a row may be a header: texts alone, and no price."""
        if any(not isinstance(cell, str) for cell in line.cells) or sum(cell != "" for cell in line.cells) < 2:  # noqa: PLR2004
            return False
        return not any(table.seer.has_price(line) or table.seer.says_no_price(line) for table in self._tables)

    def _new_header(self, line: Line) -> bool:
        """A header repeated, or another table's: everything after it stands in its columns."""
        assert self._header is not None
        labels = [text(cell) for cell in line.cells]
        if tuple(labels) == self._header.labels[: len(labels)]:
            self._restart()
            return True
        self._fill(_SAMPLE)
        lines = [self._above, line, *self._ahead] if self._above else [line, *self._ahead]
        here = len(lines) - len(self._ahead) - 1
        header = self._header_at(lines, here)
        if not header or not self._like_this_one(header) or not self._open(header, lines[here + header.depth :]):
            return False
        for _ in range(header.depth - 1):
            self._ahead.popleft()
        self._restart()
        return True

    def _like_this_one(self, header: Header) -> bool:
        """Goods whose names read like headers («Товар А», «Группа безопасности») have no price column among them."""
        return Role.PRICE in header.roles or not any(table.has_prices for table in self._tables)

    def _restart(self) -> None:
        assert self._header is not None
        for table in self._tables:
            table.begin(self._header.first)
            if self._header.subject:
                table.headings.section(self._header.subject)

    def _empty_heading(self, heading: tuple[int, str]) -> RowIssue:
        row, value = heading
        return RowIssue(
            code="empty_heading",
            message="The row has a text only, and no goods follow it: it was taken for a group's heading. "
            "If it is goods, give it a price, a unit or an article.",
            severity=Severity.WARNING,
            sheet=self._sheet.name,
            row=row,
            value=value[:LONGEST_VALUE],
        )

    def _no_category(self) -> RowIssue:
        assert self._header is not None
        return RowIssue(
            code="missing_column",
            message="No category was found: neither a column («Категория», «Группа») nor group rows. "
            "The goods are imported without one.",
            severity=Severity.WARNING,
            sheet=self._sheet.name,
            row=self._header.first,
            column="category",
        )


def _headings(tables: Sequence[Table], index: int) -> Headings:
    return tables[index].headings if index < len(tables) else Headings()


def _sampled(lines: Sequence[Line]) -> list[Line]:
    """The first rows that are no headings: they alone tell what a column holds."""
    filled = [line for line in lines if any(map(_is_filled, line.cells))][:_SAMPLE]
    goods = [line for line in filled if len({text(cell) for cell in line.cells} - {""}) > 1]
    return goods or filled


def _is_filled(cell: Cell) -> bool:
    return cell != ""


def _has_number(line: Line) -> bool:
    return any(not isinstance(cell, str) or cell[:1].isdigit() for cell in line.cells)


def _is_numbering(line: Line) -> bool:
    """The row «1 2 3 4» below a header."""
    first = line.cells[0]
    if first not in {"", "1", 1}:
        return False
    values = [text(cell) for cell in line.cells if cell != ""]
    if values[:2] != ["1", "2"]:
        return False
    return len(values) > 2 and values == [str(number) for number in range(1, len(values) + 1)]  # noqa: PLR2004 - by chance
