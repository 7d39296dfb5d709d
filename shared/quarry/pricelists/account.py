"""Every row of a sheet is accounted for, and what may be lost or wrong is put into words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from quarry.domain.attention import Attention
from quarry.domain.rows import RowIssue, Severity
from quarry.pricelists.articles import Articles
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.grid import Cell, Line, Unsaved, is_filled, text
from quarry.pricelists.kinds import Kind
from quarry.pricelists.layout import Layout
from quarry.pricelists.numbers import Separators
from quarry.pricelists.prices import parse_price

PLURALS = {
    Kind.GOODS: "goods",
    Kind.HEADING: "headings",
    Kind.HEADER: "headers",
    Kind.CONTINUATION: "continuations",
    Kind.TOTAL: "totals",
    Kind.NOTE: "notes",
    Kind.BLANK: "blank",
    Kind.SKIPPED: "skipped",
}
_SHARE_SKIPPED = 0.02
_SHARE_UNPRICED = 0.2
LOW = 0.75  # a sheet without a header that speaks for itself is below it
_LEAST_GOODS = 3
_THOUSANDTHS = re.compile(r"[1-9]\d{0,2},\d{3}")
_WORD = re.compile(r"[^\W\d_]{3}")
_MOST_NAMED = 100
_NO_ARTICLE = frozenset({"", "-", "–", "—"})
_ONE_AMOUNT = re.compile(r"\d[\d.,]*+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?")
_TWO_AMOUNTS = re.compile(r"(?<![\d.,])\d[\d.,]*+(?:[ \u00a0]{2,}+|\s*+[\n/(;]\s*+)(?!1\s?[^\W\d_])\d")


class Account:
    """The rows of one sheet by kind, and what was seen of them that a person should look at."""

    def __init__(self, sheet: str | None) -> None:
        self._sheet = sheet
        self.rows: Counter[Kind] = Counter()
        self.priced = 0
        self.skipped: list[tuple[int, str]] = []
        self._waiting: list[tuple[int, str]] = []
        self._several = 0
        self._unsaved = 0
        self._unclear = 0
        self._faulty = 0
        self._articles = Articles()
        self._twice: list[tuple[int, str, int]] = []
        self._twice_count = 0

    def count(self, kind: Kind, rows: int = 1) -> None:
        self.rows[kind] += rows

    def above(self, lines: Sequence[Line]) -> None:
        """The rows above a table: titles and notes, unless several of them look like goods."""
        like_goods = [line for line in lines if _is_like_goods(line)]
        passed_over = like_goods if len(like_goods) >= _LEAST_GOODS else []
        for line in lines:
            self.rows[Kind.NOTE if any(map(is_filled, line.cells)) else Kind.BLANK] += 1
        self.rows[Kind.NOTE] -= len(passed_over)
        self.rows[Kind.SKIPPED] += len(passed_over)
        self.skipped += [(line.number, " | ".join(map(text, filter(is_filled, line.cells)))) for line in passed_over]

    def note(self, line: Line) -> None:
        """A row of several cells that is no goods: it is skipped, unless only terms and notes follow it."""
        self.rows[Kind.NOTE] += 1
        filled = [text(cell) for cell in line.cells if is_filled(cell)]
        if len(set(filled)) > 1:
            self._waiting.append((line.number, " | ".join(filled)))

    def goods(self, line: Line, layout: Layout) -> None:
        if self._waiting:
            self.rows[Kind.NOTE] -= len(self._waiting)
            self.rows[Kind.SKIPPED] += len(self._waiting)
            self.skipped += self._waiting[: _MOST_NAMED - len(self.skipped)]
            self._waiting = []
        cells, prices = line.cells, []
        for column in layout.prices:
            cell = cells[column.index] if column.index < len(cells) else ""
            if cell == "":
                self._unsaved += isinstance(cell, Unsaved)
            else:
                prices.append(cell)
                if column.separators is Separators.UNKNOWN and isinstance(cell, str) and _THOUSANDTHS.fullmatch(cell):
                    self._unclear += 1
                if isinstance(cell, str) and _ONE_AMOUNT.fullmatch(cell) is None and _TWO_AMOUNTS.search(cell):
                    self._several += 1
        self.priced += bool(prices)
        self._faulty += any(isinstance(cell, str) for cell in prices) and not any(map(_may_be_amount, prices))
        self._article(line, layout, tuple(prices))

    @property
    def settled(self) -> bool:
        """Whether no row waits for what follows it."""
        return not self._waiting

    def ordinary(self, lines: Sequence[Line], layout: Layout) -> None:
        """Goods of whose prices there is nothing to say."""
        self.rows[Kind.GOODS] += len(lines)
        self.priced += len(lines)
        column = layout.sku if layout.sku is not None else layout.external_id
        if column is None:
            return
        priced = itemgetter(*[price.index for price in layout.prices])
        self._note(
            (line.number, cells[column], hash(priced(cells)))
            for line in lines
            if column < len(cells := line.cells) and cells[column] not in _NO_ARTICLE
        )

    def _article(self, line: Line, layout: Layout, prices: Sequence[Cell]) -> None:
        column = layout.sku if layout.sku is not None else layout.external_id
        cell = line.cell(column) if column is not None else ""
        if cell not in _NO_ARTICLE:
            self._note([(line.number, cell, hash(prices[0] if len(prices) == 1 else tuple(prices)))])

    def _note(self, articles: Iterable[tuple[int, Cell, int]]) -> None:
        """Articles of rows with the hashes of their prices."""
        told = ((row, cell if isinstance(cell, str) else text(cell), prices) for row, cell, prices in articles)
        for found in self._articles.repeated(told):
            self._twice_count += 1
            if len(self._twice) < _MOST_NAMED:
                self._twice.append(found)

    def skip_headings(self, empty: Sequence[tuple[int, str]]) -> None:
        """Headings without goods are reported one by one, so they are rows with a reason."""
        self.rows[Kind.HEADING] -= len(empty)
        self.rows[Kind.SKIPPED] += len(empty)

    def remarks(self) -> Iterator[RowIssue]:
        for row, value in self.skipped:
            yield self._remark(
                "row_skipped",
                "The row is among goods but is not read as goods: it has no price, unit or article of its own. If it "
                "is goods, give it one.",
                row,
                value,
            )
        for row, value, first in self._twice:
            message = f"«{value[:LONGEST_VALUE]}» is in row {first} already, with another price. Both are offers."
            yield self._remark("same_article", message, row, value)

    def _remark(self, code: str, message: str, row: int, value: str) -> RowIssue:
        return RowIssue(
            code=code,
            message=message,
            severity=Severity.WARNING,
            sheet=self._sheet,
            row=row,
            value=value[:LONGEST_VALUE],
        )

    def attention(self, rows_seen: int, confidence: float) -> Iterator[Attention]:
        missing = rows_seen - self.rows.total()
        skipped = self.rows[Kind.SKIPPED]
        if missing:
            yield self.attention_to(
                "rows_unaccounted", f"{_rows(missing)} of no known kind: look for lost goods.", missing
            )
        if skipped > _SHARE_SKIPPED * (rows_seen - self.rows[Kind.BLANK]):
            first = f", the first in row {self.skipped[0][0]}" if self.skipped else ""
            yield self.attention_to(
                "rows_skipped", f"{_rows(skipped)} skipped{first}: look whether these are goods.", skipped
            )
        if self._faulty > _SHARE_SKIPPED * self.rows[Kind.GOODS]:
            yield self.attention_to(
                "prices_unreadable", f"{_rows(self._faulty)} with a price that is none.", self._faulty
            )
        unpriced = self.rows[Kind.GOODS] - self.priced
        if self.priced and unpriced > _SHARE_UNPRICED * self.rows[Kind.GOODS]:
            yield self.attention_to("prices_missing", f"{unpriced:,} goods have no price.", unpriced)
        if self._several:
            yield self.attention_to(
                "two_amounts", f"{_rows(self._several)} with several amounts in one price cell.", self._several
            )
        if self._unclear:
            message = (
                f"{self._unclear:,} prices are like «1,250»: they are read with a decimal comma, not as thousands."
            )
            yield self.attention_to("ambiguous_price", message, self._unclear)
        if self._unsaved:
            message = f"{self._unsaved:,} prices are formulas whose values were not saved with the file."
            yield self.attention_to("formulas_unsaved", message, self._unsaved)
        if self._twice_count:
            again, article, above = self._twice[0]
            yield self.attention_to(
                "same_article",
                f"{_rows(self._twice_count)} with an article that occurred above with another price: «{article[:60]}» "
                f"in rows {above} and {again}.",
                self._twice_count,
            )
        if self.rows[Kind.GOODS] and confidence < LOW:
            yield self.attention_to("low_confidence", "How this sheet is laid out is a guess: look at its reading.", 0)

    def without_prices(self) -> Attention:
        goods = self.rows[Kind.GOODS]
        return self.attention_to(
            "no_price_column", f"No column of prices was found: {goods:,} goods were read without a price.", goods
        )

    def attention_to(self, code: str, message: str, count: int) -> Attention:
        return Attention(code=code, message=message, sheet=self._sheet, count=count)


def _may_be_amount(cell: Cell) -> bool:
    """Whether a price's cell holds an amount, or says that there is none."""
    if not isinstance(cell, str) or cell[:1].isdigit():
        return True
    price = parse_price(cell)
    return price.fault is None


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _is_like_goods(line: Line) -> bool:
    """Whether a row has words and an amount behind them."""
    worded = next((at for at, cell in enumerate(line.cells) if isinstance(cell, str) and _WORD.search(cell)), None)
    behind = line.cells[worded + 1 :] if worded is not None else []
    return any(is_filled(cell) and parse_price(cell).amount for cell in behind)
