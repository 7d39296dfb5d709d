"""The prices of a row: one of each price column, which of them a buyer is charged, and what was wrong with them."""

from collections.abc import Sequence

from quarry.domain.rows import ListedPrice, PriceKind, RowIssue, Severity, Vat
from quarry.domain.units import parse_unit
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.currencies import BELARUS, REFERENCE, named_in, russian, settled
from quarry.pricelists.grid import Cell, Line, Money, Unsaved, text
from quarry.pricelists.layout import Layout
from quarry.pricelists.notes import Notes
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.price_columns import PriceColumn
from quarry.pricelists.prices import FAULTS, GUESSES, Price, parse_price, says_no_price, times, with_hundredths
from quarry.pricelists.several import told_apart

_UNSAVED = (
    "The price is a formula whose value was not saved with the file. Open the list in the spreadsheet program, save it "
    "and send it again."
)


class PricesReader:
    """Reads the prices of one table's rows."""

    def __init__(self, sheet: str | None, layout: Layout, notes: Notes, options: ReadOptions) -> None:
        self._sheet = sheet
        self._layout = layout
        self._notes = notes
        self._options = options
        self._order = _preferred(layout.prices, options)
        self._scales = {
            column.index: scale
            for column in layout.prices
            if (scale := column.header.scale if column.header.currency else notes.scale) != 1
        }

    def of(self, line: Line, issues: list[RowIssue]) -> tuple[list[tuple[Price, ListedPrice]], list[ListedPrice]]:
        """A price of each column, and those beside one in its cell."""
        found, beside = [], []
        for column in self._layout.prices:
            cell = line.cells[column.index] if column.index < len(line.cells) else ""
            parsed = parse_price(cell, column.separators)
            if column.hundredths is not None:
                parsed = with_hundredths(parsed, parse_price(line.cell(column.hundredths)))
            if self._scales and column.index in self._scales:
                parsed = times(parsed, cell, self._scales[column.index])
            prices_of_cell = told_apart(parsed, column.label, column.header.kind, self._options)
            listed = [self._listed(line, column, *each) for each in prices_of_cell]
            price = prices_of_cell[0][2]
            found.append((price, listed[0]))
            beside += listed[1:]
            if price.guess:
                issues.append(self._issue(price.guess, GUESSES[price.guess], line, column.index))
        return found, beside

    def _listed(self, line: Line, column: PriceColumn, label: str, kind: PriceKind, price: Price) -> ListedPrice:
        return ListedPrice(
            label=label,
            kind=kind,
            price=price.amount or None,
            currency=self.currency(line.cells, column, price),
            vat=price.vat or column.header.vat or self._notes.vat or Vat.UNKNOWN,
        )

    def choose(self, line: Line, prices: Sequence[tuple[Price, ListedPrice]], issues: list[RowIssue]) -> int | None:
        """Which price a buyer is charged: the preferred one that has an amount. A faulty one is an issue."""
        usable = [index for index in self._order if prices[index][1].price is not None]
        faulty = [index for index in self._order if prices[index][0].fault]
        for index in faulty:
            fault = prices[index][0].fault
            assert fault is not None
            column = self._layout.prices[index].index
            issues.append(self._issue(fault, FAULTS[fault], line, column, error=not usable))
        if usable:
            return self._unit_first(line, usable)
        if faulty or not self._order:
            return None
        first = self._layout.prices[self._order[0]]
        cell = cell_text(line.cells, first.index)
        if prices[self._order[0]][0].amount == 0:
            issues.append(self._issue("zero_price", "The price is 0: taken as «on request».", line, first.index))
        elif any(isinstance(line.cells[at.index], Unsaved) for at in self._layout.prices if at.index < len(line.cells)):
            issues.append(self._issue("formula_unsaved", _UNSAVED, line, first.index))
        elif not cell and not self._explained(line):
            issues.append(
                self._issue("no_price", "The row has no price: the goods are kept without one.", line, first.index)
            )
        return self._order[0]

    def _explained(self, line: Line) -> bool:
        """Whether another price or a remark beside a blank price says why («Цена по запросу» of «Примечание»)."""
        prices = (column.index for column in self._layout.prices)
        used = self._layout.used.difference(self._layout.details, prices)
        return any(says_no_price(cell) for column, cell in enumerate(line.cells) if column not in used)

    def _unit_first(self, line: Line, usable: list[int]) -> int:
        """Of the prices for a tonne and for a metre the one for the row's own unit."""
        own = parse_unit(cell_text(line.cells, self._layout.unit))
        if own:
            for index in usable:
                if self._layout.prices[index].header.unit == own.symbol:
                    return index
        return usable[0]

    def currency(self, cells: Sequence[Cell], column: PriceColumn | None, price: Price | None) -> str:
        named = self._named(cells, column, price)
        found = settled(named, self._notes.conventional, self._options.default_currency)
        if self._notes.belarus and found == "RUB" and any(named):
            said = (cell_text(cells, column.index), column.label) if column else ()
            return found if russian((*said, cell_text(cells, self._layout.currency))) else BELARUS
        return found

    def _named(self, cells: Sequence[Cell], column: PriceColumn | None, price: Price | None) -> list[str | None]:
        """The currency in the cell, beside it, in the header, in the cell's number format, in a note."""
        beside = column.currency_column if column and column.currency_column is not None else self._layout.currency
        return [
            price.currency if price else None,
            named_in(cell_text(cells, beside)),
            column.header.currency if column else None,
            shown_as(cells, column),
            self._notes.currency,
        ]

    def assumes(self, line: Line) -> bool:
        """Whether nothing names the currency of the row's prices."""
        cells = line.cells
        for column in self._layout.prices:
            cell = cells[column.index]
            price = parse_price(cell, column.separators) if isinstance(cell, str) else None
            if any(self._named(cells, column, price)):
                return False
        return True

    def unknown_currency(self, line: Line, chosen: int | None) -> RowIssue:
        column = self._layout.prices[chosen].index if chosen is not None else self._layout.name
        message = "The currency of the price is not clear: nothing says what «у.е.» are, or several are named. "
        return self._issue("unknown_currency", f"{message}Name one currency in the header of the prices.", line, column)

    def _issue(self, code: str, message: str, line: Line, column: int, *, error: bool = False) -> RowIssue:
        return issue_of(code, message, line, self._layout, column, sheet=self._sheet, error=error)


def _preferred(columns: Sequence[PriceColumn], options: ReadOptions) -> list[int]:
    """Price columns, the most preferred first: by kind, with VAT, in the own currency, in their order."""
    preference = options.price_preference
    vats = {Vat.INCLUDED: 0, None: 1, Vat.UNKNOWN: 1, Vat.EXCLUDED: 2}

    def order(index: int) -> tuple[int, int, int, bool, bool, int]:
        header = columns[index].header
        kind = preference.index(header.kind) if header.kind in preference else len(preference)
        foreign = header.currency not in {None, options.default_currency}
        reference = header.currency in REFERENCE  # beside a country's own money that is the one to pay in
        return kind, header.rank, vats[header.vat], foreign, reference, index

    return sorted(range(len(columns)), key=order)


def shown_as(cells: Sequence[Cell], column: PriceColumn | None) -> str | None:
    """The currency that a cell's number format shows."""
    cell = cells[column.index] if column and column.index < len(cells) else ""
    return cell.currency if isinstance(cell, Money) else None


def cell_text(cells: Sequence[Cell], column: int | None) -> str:
    return text(cells[column]) if column is not None and column < len(cells) else ""


def issue_of(
    code: str,
    message: str,
    line: Line,
    layout: Layout,
    column: int,
    *,
    sheet: str | None,
    error: bool = False,
) -> RowIssue:
    """An issue of one cell."""
    return RowIssue(
        code=str(code),
        message=message,
        severity=Severity.ERROR if error else Severity.WARNING,
        sheet=sheet,
        row=line.number,
        column=layout.label(column)[:LONGEST_VALUE],
        value=cell_text(line.cells, column)[:LONGEST_VALUE] or None,
    )
