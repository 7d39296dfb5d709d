"""A sheet's rows, one after the other: header, headings, offers, notes, totals."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, takewhile

from quarry.domain.reading import Role
from quarry.domain.rows import RowIssue
from quarry.pricelists.account import Account
from quarry.pricelists.arrangement import current, layouts
from quarry.pricelists.categories import Headings, sheet_category
from quarry.pricelists.corrections import Corrections
from quarry.pricelists.crosstab import is_scale
from quarry.pricelists.currencies import CONVENTIONAL, UNSETTLED
from quarry.pricelists.dates import NEVER, latest_in
from quarry.pricelists.detection import HEADER_WITHIN, Header, known_labels
from quarry.pricelists.explained import ROWS_SHOWN
from quarry.pricelists.grid import Cell, Line, Sheet, is_filled, text, within_limits
from quarry.pricelists.kinds import END, Kind
from quarry.pricelists.later_headers import is_another_header, is_numbering, of_another_table, rows_again
from quarry.pricelists.layout import Layout
from quarry.pricelists.notes import NOTHING_SAID, Notes, said_below, said_in, said_of_sheet
from quarry.pricelists.opening import LOOK_AHEAD, SAMPLE, header_in, is_tree, openings, sampled
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.remarks import empty_heading, no_category_in
from quarry.pricelists.report import Report
from quarry.pricelists.rows_ahead import RowsAhead
from quarry.pricelists.scanned import FoundRow
from quarry.pricelists.spread import spread_of
from quarry.pricelists.story import Story
from quarry.pricelists.table import Table
from quarry.pricelists.titles import Titles
from quarry.pricelists.two_rows import Sayer, leans_on_titles, said_in_two

_MOST_PENDING = 64  # rows that wait for what follows them
# Rows that are at hand, of which the ordinary ones are taken at once. Not more than a header is judged by.
AT_ONCE = SAMPLE
_FIRST = list(Kind)


class SheetReader:
    """Reads one sheet. ``found_header`` says afterwards whether it was a price list at all.

    ``said`` is what holds for all its rows, beforehand as far as other strips of the sheet say it.
    """

    def __init__(
        self,
        sheet: Sheet,
        options: ReadOptions,
        report: Report,
        *,
        name_is_category: bool,
        said: Notes = NOTHING_SAID,
    ) -> None:
        self._sheet = sheet
        self._options = options
        self._report = report
        self._name_category = sheet_category(sheet.name) if name_is_category else None
        self._before = report.rows_seen
        self._levels = dict(sheet.levels)
        self.said = said_of_sheet(sheet.name) | said
        self._tables: list[Table] = []
        self._header: Header | None = None
        self._titled: list[list[Cell]] = []
        self._today = NEVER
        self._above: Line | None = None
        self._apart = False
        self._leaning: str | None = None  # the title of goods that the tables' titles tell apart
        self._first: list[Line] = []
        self._categorised = False
        self._offers = 0
        self._pending: list[Line] = []
        self._page_head: set[str] = set()
        self._account = Account(sheet.name)
        self._ahead = RowsAhead(report.counted(within_limits(sheet.lines, options)), self._account)
        self._story = Story(sheet.name)
        self._corrections = Corrections(options, self._story, sheet.spans)
        self.found_header = False
        self.labels_seen: list[str] = []

    def read(self) -> Iterator[FoundRow | RowIssue]:
        if not self._find_header():
            self._pass_over()
            return
        self.found_header = True
        while self._ahead.fill(AT_ONCE):
            yield from self._ordinary() or self._line(self._ahead.next())
        yield from self._settle(END)
        for table in self._tables:
            self._account.skip_headings(table.headings.empty)
            yield from (empty_heading(self._sheet.name, *heading) for heading in table.headings.empty)
        yield from self._account.remarks()
        if self._offers and not self._categorised:
            assert self._header is not None
            yield no_category_in(self._sheet.name, self._header.first)
        rows_seen = self._report.rows_seen - self._before
        noted, default = self.said.currency, self._assuming().default_currency
        self._story.end(self._report, self._account, rows_seen, noted, default, self._first)

    @property
    def currencies(self) -> set[str]:
        """Which money notes and titles name for the prices."""
        titled = {column.header.currency for table in self._tables for column in table.layout.prices}
        named = {self.said.conventional if found == CONVENTIONAL else found for found in (self.said.currency, *titled)}
        return {found for found in named if found and found not in UNSETTLED}

    def _assuming(self) -> ReadOptions:
        """What is assumed where nothing is said: that a table is of the money which the one above it names."""
        named = self.currencies
        return replace(self._options, default_currency=next(iter(named))) if len(named) == 1 else self._options

    def _pass_over(self) -> None:
        """No table was found: its rows are counted, and shown with the columns as far as their values speak."""
        first = [*self._ahead.at_hand]
        for line in self._ahead.rest():
            self._account.count(Kind.SKIPPED if any(map(is_filled, line.cells)) else Kind.BLANK)
        self._story.nothing(self._report, self._account, [line for line in first if any(map(is_filled, line.cells))])

    def _find_header(self) -> bool:
        self._ahead.fill(LOOK_AHEAD)
        lines = list(self._ahead.at_hand)
        self._first = lines[:ROWS_SHOWN]
        if not is_tree(lines, self._levels):
            self._levels = {}
        for found in chain(openings(lines, self._sheet.spans), self._corrections.of_bare(lines)):
            index, header = self._corrections.begun(lines, *found)
            if self._open(header, lines[index + header.depth :], lines[:index]):
                titles = self._ahead.take(index)
                self._titled = [line.cells for line in self._ahead.take(header.depth)]
                self._begin(titles)
                return True
        self.labels_seen = [label for line in lines[:HEADER_WITHIN] for label in known_labels(line)]
        return False

    def _open(self, header: Header, below: Sequence[Line], above: Sequence[Line] = ()) -> bool:
        self._today = latest_in(text(cell) for line in above for cell in line.cells) if above else self._today
        header = replace(header, today=self._today)
        own = [*takewhile(lambda line: not is_another_header(line, header), below)]
        goods = sampled([line for line in own if not header.is_again(line)])
        if spread := spread_of(header, goods):
            header, goods = spread.header(header), spread.once(goods)
        found = current(layouts(header, goods, own[:SAMPLE]), above)
        if not found:
            return False
        said = said_in_two(found[0], own, above) if len(found) == 1 else None
        self._ahead.goes_on_below = found[0] if said is Sayer.BELOW else None
        if said is Sayer.ABOVE or (len(found) == 1 and self._lean_on_titles(found[0], above, below)):
            found = [replace(found[0], headed=True)]
        if spread:
            found = [spread.layout(layout) for layout in found]
        self._header, self._ahead.spread = header, spread
        previous, options = self._tables, self._assuming()
        self._tables = [
            Table(self._sheet.name, layout, goods, self.said, options, _headings(previous, index))
            for index, layout in enumerate(found)
        ]
        for table in self._tables:
            table.base = previous[0].base if previous else ()
        self._story.open(header, found, goods)
        return True

    def _lean_on_titles(self, layout: Layout, above: Sequence[Line], below: Sequence[Line]) -> bool:
        """Whether tables' titles tell their goods apart from those of the others, which are called alike."""
        label = layout.label(layout.name)
        if above and leans_on_titles(layout, [*above, *below]):
            self._leaning = label
        return self._leaning == label

    def _begin(self, above: Sequence[Line]) -> None:
        """Take from the rows above the first header what holds for the whole sheet."""
        assert self._header is not None
        self._account.count(Kind.HEADER, self._header.depth)
        for line in above:
            self.said |= said_in(line)
        self._account.above(above)
        self.said = self._said_below() | self.said
        titles = Titles(self._sheet, self._header, above, self._ahead.at_hand)
        self._page_head = titles.page_head
        for table in self._tables:
            table.note(self.said)
            table.begin(self._header.first)
            table.base = self._base(titles)
        first = self._tables[0].layout
        bare = first.of_sizes or first.nameless
        self._tables[0].subject = titles.subject() if bare else self._header.subject
        if titles.entitle(self._tables):
            return
        base = () if self._sheet.is_strip else self._tables[0].base
        if self._leaning is not None and titles.named:
            self._tables[0].headings.section(titles.named[-1])
        elif section := titles.section(base, headed=first.headed):
            self._tables[0].headings.section(section)

    def _base(self, titles: Titles) -> tuple[str, ...]:
        """The sheet's name, in the words of a title that begins with it."""
        if not self._name_category:
            return ()
        whole = [title for title in titles.named if title.startswith(self._name_category)]
        return (whole[0] if len(whole) == 1 else self._name_category,)

    def _said_below(self) -> Notes:
        """What is said at a sheet's end, where all of it is at hand."""
        if not isinstance(self._sheet.lines, Iterator):
            return said_below(self._sheet.lines)
        rows = self._ahead.at_hand
        return NOTHING_SAID if len(rows) >= LOOK_AHEAD - HEADER_WITHIN else said_below(rows)

    def _note(self, line: Line) -> None:
        notes = self.said | said_in(line)
        if notes != self.said:
            self.said = notes
            for table in self._tables:
                table.note(notes)

    def _line(self, line: Line) -> Sequence[FoundRow]:
        """Take a row in, and give the offers that are clear by now."""
        for table in self._tables:
            line = table.carried(line)
        apart, self._apart = self._apart, sum(map(is_filled, line.cells)) < 2  # noqa: PLR2004 - goods and a price
        if not any(map(is_filled, line.cells)):
            self._account.count(Kind.BLANK)
        elif is_numbering(line):
            self._account.count(Kind.HEADER)
        elif self._is_goods(line) and not (apart and is_scale(line)):
            before = self._settle(Kind.GOODS) if self._pending else []
            self._above = line
            return [*before, *self._take(line, [Kind.GOODS] * len(self._tables))]
        elif self._is_header(line) or (apart and is_scale(line)):
            before = self._settle(Kind.HEADING)
            if not self._new_header(line, apart=apart):
                self._pending.append(line)
                self._above = line
            return before
        else:
            self._pending.append(line)
            self._above = line
            if len(self._pending) == _MOST_PENDING:
                return self._settle(None)
        return []

    def _ordinary(self) -> list[FoundRow]:
        """Take the ordinary goods that come next, all at once."""
        table = self._tables[0]
        among_others = len(self._tables) > 1 or self._pending or self._levels or not self._ahead.are_whole
        if among_others or not table.ordinary.there_are or not (self._account.settled and self._story.sampled):
            return []
        count = table.ordinary.leading(self._ahead.at_hand)
        if not count:
            return []
        lines = self._ahead.take(count)
        rows = table.take_goods(lines)
        self._account.ordinary(lines, table.layout)
        self._story.count(count)
        self._above, self._apart = lines[-1], False
        self._offers += count
        self._categorised = self._categorised or any(row.has_category for row in rows)
        return rows

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
        """Whether a row may be a header: the first of the last one's, or texts alone and no price."""
        if line.cells in self._titled[:1]:
            return True
        if any(not isinstance(cell, str) for cell in line.cells) or sum(cell != "" for cell in line.cells) < 2:  # noqa: PLR2004
            return False
        return not any(table.seer.has_price(line) or table.seer.says_no_price(line) for table in self._tables)

    def _new_header(self, line: Line, *, apart: bool) -> bool:
        """A header repeated, or another table's: everything after it is in its columns."""
        assert self._header is not None
        self._ahead.fill(SAMPLE)
        below = self._ahead.at_hand
        if depth := rows_again(self._header, self._titled, [line, *islice(below, len(self._titled))], self._above):
            self._account.count(Kind.HEADER, depth)
            self._ahead.take(depth - 1)
            self._restart(again=True)
            return True
        lines = [self._above, line, *below] if self._above else [line, *below]
        here = len(lines) - len(below) - 1
        header = header_in(lines, here, self._sheet.spans, self._header)
        if not header or not self._like_this_one(header):
            header = of_another_table(lines, here, self._priced) if apart else None
        if not header:
            return False
        header = self._corrections.of_later(lines, here, header)
        if not self._open(header, lines[here + header.depth :]):
            return False
        self._account.count(Kind.HEADER, header.depth)
        self._titled = [line.cells, *(other.cells for other in self._ahead.take(header.depth - 1))]
        self._restart()
        return True

    @property
    def _priced(self) -> set[int]:
        return {column.index for table in self._tables for column in table.layout.prices}

    def _like_this_one(self, header: Header) -> bool:
        """Goods whose names read like headers («Товар А», «Группа безопасности») have no price column among them."""
        return Role.PRICE in header.roles or not any(table.has_prices for table in self._tables)

    def _restart(self, *, again: bool = False) -> None:
        assert self._header is not None
        for table in self._tables:
            table.begin(self._header.first, again=again)
            if self._header.subject:
                table.headings.section(self._header.subject)


def _headings(tables: Sequence[Table], index: int) -> Headings:
    return tables[index].headings if index < len(tables) else Headings()
