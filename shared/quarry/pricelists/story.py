"""What is reported of one sheet at its end: how it was understood, how sure that is, and what to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quarry.domain.attention import Attention
from quarry.domain.reading import ReadBy, Role, SampleRow
from quarry.domain.rows import PriceRow
from quarry.pricelists.account import LOW, Account
from quarry.pricelists.currencies import UNKNOWN
from quarry.pricelists.dates import outdated
from quarry.pricelists.detection import Header, no_header
from quarry.pricelists.doubts import (
    SAMPLED,
    amounts_unused,
    are_many,
    one_name_for_several,
    texts_unused,
    unclear_names,
)
from quarry.pricelists.explained import SAMPLE_ROWS, excerpt, fingerprint, reading, sample_row
from quarry.pricelists.grid import Line, Money
from quarry.pricelists.headers import is_step, role_of
from quarry.pricelists.kinds import Kind
from quarry.pricelists.layout import Layout
from quarry.pricelists.prices import parse_price
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow
from quarry.pricelists.side_by_side import between

_BORNE_OUT = 0.9  # how sure a model's proposal is that the values bear out
_UNITS_SAY = 0.8  # how sure a table without a header is whose goods have units and one amount
_UNTITLED = 0.7  # and prices that are known by their numbers alone
_UNPRICED = 0.5  # of the confidence is left to a sheet of which no goods have a price
_MOST_TITLES, _LONGEST_TITLE = 3, 60  # named in a message


@dataclass(slots=True)
class _Part:
    """The rows under one header."""

    header: Header
    layouts: Sequence[Layout]
    known_as: str
    sample: list[SampleRow]
    names_currency: bool
    unused: Sequence[str]
    unread: Sequence[str]
    unclaimed: Sequence[str]
    outdated: Sequence[str]
    offers: list[PriceRow] = field(default_factory=list)
    goods: int = 0


class Story:
    """Of several headers in a sheet that the one above most goods is shown."""

    def __init__(self, sheet: str | None) -> None:
        self._sheet = sheet
        self._parts: list[_Part] = []
        self._found_as: str | None = None

    def known_as(self, header: Header, lines: Sequence[Line]) -> str:
        """The header's fingerprint; kept for the header that a correction puts in its place."""
        self._found_as = fingerprint(header, _width(lines))
        return self._found_as

    def open(self, header: Header, layouts: Sequence[Layout], goods: Sequence[Line]) -> None:
        known_as = self._found_as or fingerprint(header, _width(goods))
        named = any(_names_currency(layout, goods) for layout in layouts)
        unused = [title for layout in layouts for title in amounts_unused(header, layout, goods)]
        unread = [title for layout in layouts for title in texts_unused(header, layout, goods)]
        unclaimed = [header.labels[column] for column in between(header.roles, header.labels, goods)]
        past = [header.labels[column] for column in sorted(outdated(dict(enumerate(header.labels)), header.today))]
        self._parts.append(_Part(header, layouts, known_as, [], named, unused, unread, unclaimed, past))

    def goods(self, line: Line, row: FoundRow) -> None:
        part = self._parts[-1]
        part.goods += 1
        if len(part.offers) < SAMPLED:
            part.offers.append(offer := row.read())
            if len(part.sample) < SAMPLE_ROWS:
                part.sample.append(sample_row(line, offer))

    @property
    def sampled(self) -> bool:
        """Whether there are as many samples of goods as are shown."""
        return len(self._parts[-1].offers) >= SAMPLED

    def count(self, goods: int) -> None:
        """Goods of which no more samples are taken."""
        self._parts[-1].goods += goods

    def end(
        self, report: Report, account: Account, rows_seen: int, noted: str | None, default: str, first: Sequence[Line]
    ) -> None:
        """``noted``: the currency of a note; ``default``: the one where none is named; ``first``: the first rows."""
        part = max(self._parts, key=lambda part: part.goods)
        sure = _confidence(part, account)
        report.sheets.append(
            reading(
                sheet=self._sheet,
                known_as=part.known_as,
                header=part.header,
                layouts=part.layouts,
                rows=account.rows,
                confidence=sure,
                sample=part.sample,
            )
        )
        priced = any(layout.prices for part in self._parts for layout in part.layouts)
        if account.rows[Kind.GOODS] and not priced:
            report.attention.append(account.without_prices())
        unnamed = [] if noted else [part for part in self._parts if part.goods and not part.names_currency]
        if account.priced and unnamed:
            goods = min(account.priced, sum(part.goods for part in unnamed))
            attention = account.attention_to("currency_assumed", "", goods)
            report.add(
                attention,
                f"No known currency is named{_titles(unnamed[0])}: {default} is assumed for {{count:,}} goods.",
            )
        report.attention += account.attention(rows_seen, sure)
        for part in self._parts:
            report.attention += _doubts(part, account)
        if sure < LOW and part.header.by is ReadBy.READER:
            report.excerpts.append(excerpt(part.known_as, first))
        columns = [column for part in self._parts for layout in part.layouts for column in layout.prices]
        if any(column.header.currency == UNKNOWN for column in columns):
            message = "The currency of the prices is not clear: their title names several, or an unknown one."
            report.attention.append(account.attention_to("unknown_currency", message, account.priced))

    def nothing(self, report: Report, account: Account, first: Sequence[Line]) -> None:
        """``first`` are the first rows of a sheet in which no table was found."""
        rows = account.rows[Kind.SKIPPED]
        if not first:
            return
        header = no_header(first)
        report.sheets.append(
            reading(
                sheet=self._sheet,
                known_as=self.known_as(header, first),
                header=header,
                layouts=(),
                rows=account.rows,
                confidence=0.0,
                sample=[sample_row(line, None) for line in first[:SAMPLE_ROWS]],
            )
        )
        report.excerpts.append(excerpt(self.known_as(header, first), first))
        message = f"The sheet was not read: no table of goods was found in it. It has {rows:,} rows."
        report.attention.append(Attention(code="sheet_not_read", message=message, sheet=self._sheet, count=rows))


def _doubts(part: _Part, account: Account) -> Iterator[Attention]:
    """What speaks against how the rows under one header were read."""
    if part.header.by is ReadBy.PERSON or not part.goods:
        return
    if part.unused:
        named = ", ".join(f"«{title[:_LONGEST_TITLE]}»" for title in part.unused[:_MOST_TITLES])
        message = f"Nothing says what the amounts of {named} are: if they are prices, say so."
        yield account.attention_to("amounts_unused", message, len(part.unused))
    if part.unread:
        named = ", ".join(f"«{title[:_LONGEST_TITLE]}»" for title in part.unread[:_MOST_TITLES])
        message = f"Nothing says what {named} holds: if goods are distinguished by it, say so."
        yield account.attention_to("texts_unused", message, len(part.unread))
    if part.unclaimed:
        message = f"It is not clear which of the tables side by side «{part.unclaimed[0][:_LONGEST_TITLE]}» belongs to."
        yield account.attention_to("article_between", message, len(part.unclaimed))
    if part.outdated:
        named = ", ".join(f"«{title[:_LONGEST_TITLE]}»" for title in part.outdated[:_MOST_TITLES])
        message = f"Prices stand for several days: those of {named} are not read, as they do not hold now."
        yield account.attention_to("prices_of_days", message, len(part.outdated))
    unclear = unclear_names(part.offers)
    if are_many(unclear, len(part.offers)):
        message = f"{unclear:,} of the first {len(part.offers):,} goods are called by a size or a number alone."
        yield account.attention_to("names_unclear", message, unclear)
    alike = list(one_name_for_several(part.offers))
    if are_many(len(alike), len(part.offers)):
        first = f"«{alike[0].name[:_LONGEST_TITLE]}» in row {alike[0].row}"
        message = f"Several goods have one name and different prices, as {first}: look for what distinguishes them."
        yield account.attention_to("names_alike", message, len(alike))


def _titles(part: _Part) -> str:
    """Where a currency would be named: a word there that is not known, a person knows."""
    labels = {column.label: None for layout in part.layouts for column in layout.prices if column.label}
    shown = ", ".join(f"«{label[:_LONGEST_TITLE]}»" for label in list(labels)[:_MOST_TITLES])
    return f" in {shown}".replace("{", "{{").replace("}", "}}") if shown else ""


def _confidence(part: _Part, account: Account) -> float:
    """How sure the header is, how many of the goods have a price, and how much of the sheet is explained."""
    if part.header.by is ReadBy.PERSON:
        return 1.0
    surety = _BORNE_OUT if part.header.by is ReadBy.MODEL else part.header.surety
    if not part.header.depth and all(layout.unit is not None and len(layout.prices) == 1 for layout in part.layouts):
        surety = max(surety, _UNITS_SAY)
    labels = [column.label for layout in part.layouts for column in layout.prices]
    if (
        part.header.depth
        and not part.header.leads
        and labels
        and not any(role_of(label) is Role.PRICE or is_step(label) for label in labels)
    ):
        surety = min(surety, _UNTITLED)
    rows = account.rows
    filled = rows.total() - rows[Kind.BLANK]
    priced = account.priced / rows[Kind.GOODS] if rows[Kind.GOODS] else 0.0
    explained = 1 - rows[Kind.SKIPPED] / filled if filled else 0.0
    priced = min(priced, 1.0)  # side by side several are in one row
    return max(0.0, surety * (_UNPRICED + (1 - _UNPRICED) * priced) * explained)


def _names_currency(layout: Layout, goods: Sequence[Line]) -> bool:
    if layout.currency is not None or (layout.prices and all(column.header.currency for column in layout.prices)):
        return True
    if any(column.currency_column is not None for column in layout.prices):
        return True
    cells = (line.cells[column.index] for column in layout.prices for line in goods if column.index < len(line.cells))
    return any(isinstance(cell, Money) or (isinstance(cell, str) and parse_price(cell).currency) for cell in cells)


def _width(lines: Sequence[Line]) -> int:
    return max((len(line.cells) for line in lines), default=0)
