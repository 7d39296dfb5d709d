"""A sheet's rows, one after the other: header, headings, offers, notes, totals."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from quarry.domain.reading import Role
from quarry.domain.rows import RowIssue, Severity
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.account import Account
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.categories import Headings, is_title, sheet_category
from quarry.pricelists.currencies import defined_in, noted_in
from quarry.pricelists.detection import HEADER_WITHIN, Header, known_labels, no_header
from quarry.pricelists.grid import Line, Sheet, is_filled, text, within_limits
from quarry.pricelists.kinds import END, Kind
from quarry.pricelists.layout import current, layouts
from quarry.pricelists.opening import LOOK_AHEAD, SAMPLE, corrected, header_in, is_tree, openings, sampled
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import vat_of
from quarry.pricelists.report import Report
from quarry.pricelists.row_prices import Notes
from quarry.pricelists.scanned import FoundRow
from quarry.pricelists.story import Story
from quarry.pricelists.table import Table

_MOST_PENDING = 64  # rows that wait for what follows them
_FIRST = list(Kind)
_SPEAKS_OF_MONEY = Notation().compiled(load("prices")["speaks_of_money"])


class SheetReader:
    """Reads one sheet. ``found_header`` says afterwards whether it was a price list at all."""

    def __init__(self, sheet: Sheet, options: ReadOptions, report: Report, *, name_is_category: bool) -> None:
        self._sheet = sheet
        self._options = options
        self._report = report
        self._name_category = sheet_category(sheet.name) if name_is_category else None
        self._before = report.rows_seen
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
        self._page_head: set[str] = set()
        self._account = Account(sheet.name)
        self._story = Story(sheet.name)
        self.found_header = False
        self.labels_seen: list[str] = []

    def read(self) -> Iterator[FoundRow | RowIssue]:
        if not self._find_header():
            self._pass_over()
            return
        self.found_header = True
        while line := self._next():
            yield from self._line(line)
        yield from self._settle(END)
        for table in self._tables:
            self._account.skip_headings(table.headings.empty)
            yield from map(self._empty_heading, table.headings.empty)
        yield from self._account.remarks()
        if self._offers and not self._categorised:
            yield self._no_category()
        self._tell()

    def _tell(self) -> None:
        rows_seen = self._report.rows_seen - self._before
        self._story.end(self._report, self._account, rows_seen, self._notes.currency, self._options.default_currency)

    def _pass_over(self) -> None:
        """No table was found: its rows are counted, and shown with the columns as far as their values speak."""
        first = [*self._ahead]
        for line in chain(first, self._lines):
            self._account.count(Kind.SKIPPED if any(map(is_filled, line.cells)) else Kind.BLANK)
        self._ahead.clear()
        self._story.nothing(self._report, self._account, [line for line in first if any(map(is_filled, line.cells))])

    def _fill(self, count: int) -> None:
        while len(self._ahead) < count and (line := next(self._lines, None)):
            self._ahead.append(line)

    def _next(self) -> Line | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _find_header(self) -> bool:
        self._fill(LOOK_AHEAD)
        lines = list(self._ahead)
        if not is_tree(lines, self._levels):
            self._levels = {}
        for found in (*openings(lines, self._sheet.spans), *self._told_by_a_person(lines)):
            index, header = self._corrected(lines, *found)
            if self._open(header, lines[index + header.depth :], lines[:index]):
                titles = [self._ahead.popleft() for _ in range(index)]
                for _ in range(header.depth):
                    self._ahead.popleft()
                self._begin(titles)
                return True
        self.labels_seen = [label for line in lines[:HEADER_WITHIN] for label in known_labels(line)]
        return False

    def _told_by_a_person(self, lines: Sequence[Line]) -> Iterator[tuple[int, Header]]:
        """A sheet in which nothing was found is known by its width alone."""
        first = next((at for at, line in enumerate(lines) if any(map(is_filled, line.cells))), None)
        if first is not None and self._story.known_as(no_header(lines[first:]), lines) in self._options.layouts:
            yield first, no_header(lines[first:])

    def _corrected(self, lines: Sequence[Line], index: int, header: Header) -> tuple[int, Header]:
        correction = self._options.layouts.get(self._story.known_as(header, lines[index:]))
        return corrected(lines, index, header, correction, self._sheet.spans)

    def _open(self, header: Header, below: Sequence[Line], above: Sequence[Line] = ()) -> bool:
        goods = sampled(below)
        found = current(layouts(header, goods), above)
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
        self._story.open(header, found, goods)
        return True

    def _begin(self, titles: Sequence[Line]) -> None:
        """Take from the rows above the first header what holds for the whole sheet."""
        assert self._header is not None
        self._account.count(Kind.HEADER, self._header.depth)
        for line in titles:
            self._note(line)
            self._account.count(Kind.NOTE if any(map(is_filled, line.cells)) else Kind.BLANK)
        for table in self._tables:
            table.note(self._notes)
            table.begin(self._header.first)
        named = {title for line in titles for cell in line.cells if is_title(title := text(cell))}
        self._tables[0].subject = self._header.subject
        if self._tables[0].layout.of_sizes and len(named) == 1:
            self._tables[0].subject = self._header.subject or min(named)
        repeated = bool(named) and self._repeats()
        if repeated:
            self._page_head = {title for title in named if self._stands_again(title)}
        if self._name_category:
            whole = [title for title in named if title.startswith(self._name_category)]
            for table in self._tables:
                table.base = (whole[0] if len(whole) == 1 else self._name_category,)
        elif len(named) == 1 and repeated and not self._page_head:
            self._tables[0].headings.section(named.pop())

    def _repeats(self) -> bool:
        """Whether the header comes again: then the list has sections, and the first title is the first section's."""
        assert self._header is not None
        if isinstance(self._sheet.lines, Iterator) or not self._header.depth:
            return False
        name = next((label for label in self._header.labels if label), "")
        return sum(name in line.cells for line in self._sheet.lines) > self._header.depth

    def _stands_again(self, title: str) -> bool:
        """Whether a title is at the head of several pages: a company's name, not a group's."""
        return sum(any(text(cell) == title for cell in line.cells) for line in self._sheet.lines) > 1

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

    def _line(self, line: Line) -> Sequence[FoundRow]:
        """Take a row in, and give the offers that are clear by now."""
        if not any(map(is_filled, line.cells)):
            self._account.count(Kind.BLANK)
        elif _is_numbering(line):
            self._account.count(Kind.HEADER)
        elif self._is_goods(line):
            before = self._settle(Kind.GOODS) if self._pending else []
            self._above = line
            return [*before, *self._take(line, [Kind.GOODS] * len(self._tables))]
        elif self._is_header(line):
            before = self._settle(Kind.HEADING)
            if not self._new_header(line):
                self._pending.append(line)
                self._above = line
            return before
        else:
            self._pending.append(line)
            self._above = line
            if len(self._pending) == _MOST_PENDING:
                return self._settle(None)
        return []

    def _is_goods(self, line: Line) -> bool:
        """Whether the row is so to every table, whatever is around it."""
        for table in self._tables:  # noqa: SIM110 - asked of every row, of one table as a rule
            if not table.is_settled(line):
                return False
        return True

    def _settle(self, after: str | None) -> list[FoundRow]:
        """Label the rows that wait for what follows them, and go past them."""
        lines, self._pending = self._pending, []
        if not lines:
            return []
        kinds = [table.kinds(lines, after, self._levels) for table in self._tables]
        rows: list[FoundRow] = []
        for line, *found in zip(lines, *kinds, strict=True):
            rows += self._take(line, [self._in_page(line, kind) for kind in found])
        return rows

    def _in_page(self, line: Line, kind: Kind) -> Kind:
        again = kind is Kind.HEADING and self._page_head and not self._page_head.isdisjoint(map(text, line.cells))
        return Kind.NOTE if again else kind

    def _take(self, line: Line, kinds: Sequence[Kind]) -> list[FoundRow]:
        outline = self._levels.get(line.number, 0) if self._levels else None
        kind = min(kinds, key=_FIRST.index) if len(kinds) > 1 else kinds[0]
        if kind is Kind.NOTE:
            self._account.note(line)
            self._note(line)
        else:
            self._account.rows[kind] += 1
        found: list[FoundRow] = []
        for table, own in zip(self._tables, kinds, strict=True):
            rows = table.take(line, own, outline)
            if own is Kind.GOODS and rows:
                self._account.goods(line, table.layout)
                self._story.goods(line, rows[0])
            found += rows
        self._offers += len(found)
        self._categorised = self._categorised or any(row.has_category for row in found)
        return found

    def _is_header(self, line: Line) -> bool:
        """Whether a row may be a header: texts alone, and no price."""
        if any(not isinstance(cell, str) for cell in line.cells) or sum(cell != "" for cell in line.cells) < 2:  # noqa: PLR2004
            return False
        return not any(table.seer.has_price(line) or table.seer.says_no_price(line) for table in self._tables)

    def _new_header(self, line: Line) -> bool:
        """A header repeated, or another table's: everything after it is in its columns."""
        assert self._header is not None
        labels = [text(cell) for cell in line.cells]
        if tuple(labels) == self._header.labels[: len(labels)]:
            self._account.count(Kind.HEADER)
            self._restart()
            return True
        self._fill(SAMPLE)
        lines = [self._above, line, *self._ahead] if self._above else [line, *self._ahead]
        here = len(lines) - len(self._ahead) - 1
        header = header_in(lines, here, self._sheet.spans)
        if not header or not self._like_this_one(header):
            return False
        correction = self._options.layouts.get(self._story.known_as(header, lines[here:]))
        if correction:
            _, header = corrected(lines, here, header, replace(correction, header_rows=None), self._sheet.spans)
        if not self._open(header, lines[here + header.depth :]):
            return False
        self._account.count(Kind.HEADER, header.depth)
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


def _is_numbering(line: Line) -> bool:
    """The row «1 2 3 4» below a header."""
    first = line.cells[0]
    if first not in {"", "1", 1}:
        return False
    values = [text(cell) for cell in line.cells if cell != ""]
    if values[:2] != ["1", "2"]:
        return False
    return len(values) > 2 and values == [str(number) for number in range(1, len(values) + 1)]  # noqa: PLR2004 - by chance
