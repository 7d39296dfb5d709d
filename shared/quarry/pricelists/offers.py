"""A table's row becomes an offer, with what was wrong or guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat
from quarry.domain.units import Dimension, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.amounts import amount_of, says, stock_of
from quarry.pricelists.bounds import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_TEXT,
    LONGEST_VALUE,
    shortened,
    too_long,
)
from quarry.pricelists.categories import begins_with_size, lacks_product, product_of
from quarry.pricelists.currencies import REFERENCE, UNKNOWN, named_in, settled
from quarry.pricelists.digests import digest_of
from quarry.pricelists.grid import Cell, Line, Unsaved, text
from quarry.pricelists.layout import Layout, PackColumn, PriceColumn
from quarry.pricelists.naming import steps
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import FAULTS, GUESSES, Price, parse_price
from quarry.pricelists.several import told_apart

_UNSAVED = (
    "The price is a formula whose value was not saved with the file. Open the list in the spreadsheet program, save it "
    "and send it again."
)
_NO_VARIANT = frozenset(entries(load("columns")["no_variant"]))
_NUMBER_FIRST = re.compile(r"^\d+(?:[.,]\d+)?$")
_NOTHING = ListedPrice(label="", kind=PriceKind.OTHER, price=None, currency="", vat=Vat.UNKNOWN)
_LEAST_PACKAGE, _MOST_PACKAGE = Decimal("0.000001"), Decimal(10) ** 7


@dataclass(frozen=True, slots=True)
class Notes:
    """What a list says once for all its rows. ``conventional``: which money «у.е.» are."""

    currency: str | None = None
    vat: Vat | None = None
    conventional: str | None = None


# What the rows above say for one that leaves it blank: the goods' name, and the category.
Above = tuple[str, tuple[str, ...]]


class OfferReader:
    """Reads the rows of one table of one sheet. ``terms``: a digest of all that a row's meaning takes but the row."""

    def __init__(self, sheet: str | None, layout: Layout, notes: Notes, options: ReadOptions) -> None:
        self.sheet = sheet
        self._layout = layout
        self._notes = notes
        self._options = options
        self._path: tuple[str, ...] = ()
        self._above: Above = ("", ())
        self._order = _preferred(layout.prices, options)
        self._longest = _longest(layout)
        _, comma, unit = layout.label(layout.name).rpartition(",")
        self._bare_sizes = bool(comma) and parse_unit(unit) is not None
        terms = (sheet, layout, notes, options.default_currency, options.price_preference)
        self.terms = digest_of(repr(terms).encode(errors="replace"))

    def take(self, line: Line, path: tuple[str, ...]) -> Above:
        """Go past a row below the headings ``path``; returns what the rows above it say."""
        if path != self._path:
            self._path, self._above = path, ("", self._above[1])
        above = last, _ = self._above
        if self._layout.fills_category or self._layout.sizes:
            cells = self._bounded(line, []).cells
            name, sizes = self._names(cells)
            self._above = name if name or not sizes else last, self._own_category(cells, above)
        return above

    def external_id(self, cells: Sequence[Cell]) -> str | None:
        column = self._layout.external_id
        return None if column is None else self._text(cells, column) or None

    def has_category(self, cells: Sequence[Cell], path: tuple[str, ...], above: Above) -> bool:
        return bool(path or self._category(cells, path, above))

    def read(self, line: Line, path: tuple[str, ...], above: Above) -> PriceRow:
        """The row as an offer; never fails, its issues say what is wrong."""
        issues: list[RowIssue] = []
        line = self._bounded(line, issues)
        layout, cells = self._layout, line.cells
        category = self._category(cells, path, above)
        name = self._name(line, category, above, issues)
        prices, beside = self._prices(line, issues)
        chosen = self._choose(line, prices, issues)
        unit = self._unit(cells, prices, chosen)
        package, package_unit = self._package(cells, name, unit)
        stock, in_stock = stock_of(self._text(cells, layout.stock))
        price = prices[chosen][1] if chosen is not None else _NOTHING
        currency = price.currency if chosen is not None else self._currency(cells, None, None)
        if currency == UNKNOWN and price.price is not None:
            issues.append(self._unknown_currency(line, chosen))
        listed = (*[listed for _, listed in prices], *beside)
        return PriceRow(
            row=line.number,
            sheet=self.sheet,
            name=name,
            external_id=self.external_id(cells),
            sku=self._text(cells, layout.sku) or None,
            unit=unit,
            category=category,
            price=price.price,
            currency=currency,
            vat=price.vat,
            prices=listed if len(listed) > 1 else (),
            package=package,
            package_unit=package_unit,
            stock=stock,
            in_stock=in_stock,
            description=self._description(cells, name),
            issues=tuple(issues),
        )

    def _bounded(self, line: Line, issues: list[RowIssue]) -> Line:
        """The row with its overlong texts shortened."""
        cells = line.cells
        over = [
            (column, longest, cell)
            for column, longest in self._longest
            if column < len(cells) and isinstance(cell := cells[column], str) and len(cell) > longest
        ]
        if not over:
            return line
        cells = list(cells)
        for column, longest, cell in over:
            cells[column] = shortened(text(cell), longest)
            issues.append(self._too_long(cell, longest, line, column))
        return Line(line.number, cells)

    def _too_long(self, value: str, longest: int, line: Line, column: int) -> RowIssue:
        return too_long(value, longest, sheet=self.sheet, row=line.number, column=self._layout.label(column))

    def _text(self, cells: Sequence[Cell], column: int | None) -> str:
        return text(cells[column]) if column is not None and column < len(cells) else ""

    def _category(self, cells: Sequence[Cell], path: tuple[str, ...], above: Above) -> tuple[str, ...]:
        if not self._layout.categories:
            return path
        own = self._own_category(cells, above)
        return (*path, *[found for found in own if found and found not in path])

    def _own_category(self, cells: Sequence[Cell], above: Above) -> tuple[str, ...]:
        own = tuple(self._text(cells, column) for column in self._layout.categories if column != self._layout.path)
        if self._layout.path is not None:
            return (*steps(self._text(cells, self._layout.path)), *own)
        if not self._layout.fills_category:
            return own
        outer = next((level for level, found in enumerate(own) if found), len(own))
        return (*above[1][:outer], *own[outer:])

    def _names(self, cells: Sequence[Cell]) -> tuple[str, list[str]]:
        layout = self._layout
        name = self._size(cells, layout.name) if self._bare_sizes else self._text(cells, layout.name)
        sizes = (self._size(cells, column) for column in layout.sizes)
        return name, [size for size in sizes if size and size.casefold() not in _NO_VARIANT]

    def _name(self, line: Line, category: tuple[str, ...], above: Above, issues: list[RowIssue]) -> str:
        """The goods' name with what only the sizes, the row above or the heading say of it."""
        layout = self._layout
        name, sizes = self._names(line.cells)
        named = name if name or not sizes else above[0]
        if layout.sizes_name or not name:
            apart = layout.of_sizes  # «100 мм» of «Толщина» and of «Ширина» are two sizes
            named = " ".join([named, *[size for size in sizes if apart or not says(name, size)]]).strip()
        if not named:
            issues.append(
                self._issue("missing_name", "The row has no name of the goods.", line, layout.name, error=True)
            )
        elif category and (lacks_product(named) or begins_with_size(named)):
            named = " ".join([*product_of(category, named), named])
        for column in layout.joins:
            joined = self._text(line.cells, column)
            named = f"{named} {joined}".strip() if joined and not says(named, joined) else named
        if len(named) > LONGEST_TEXT:
            issues.append(self._too_long(named, LONGEST_TEXT, line, layout.name))
        return shortened(named, LONGEST_TEXT)

    def _size(self, cells: Sequence[Cell], column: int) -> str:
        """A size with the unit that its header gives to bare numbers («Толщина, мм»)."""
        size = self._text(cells, column)
        unit = parse_unit(self._layout.label(column).rpartition(",")[2]) if _NUMBER_FIRST.match(size) else None
        return f"{size} {unit.symbol}" if unit else size

    def _prices(self, line: Line, issues: list[RowIssue]) -> tuple[list[tuple[Price, ListedPrice]], list[ListedPrice]]:
        """A price of each column, and those beside one in its cell."""
        found, beside = [], []
        for column in self._layout.prices:
            cell = line.cells[column.index] if column.index < len(line.cells) else ""
            parsed = parse_price(cell, column.separators)
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
            currency=self._currency(line.cells, column, price),
            vat=price.vat or column.header.vat or self._notes.vat or Vat.UNKNOWN,
        )

    def _choose(self, line: Line, prices: Sequence[tuple[Price, ListedPrice]], issues: list[RowIssue]) -> int | None:
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
        cell = self._text(line.cells, first.index)
        if prices[self._order[0]][0].amount == 0:
            issues.append(self._issue("zero_price", "The price is 0: taken as «on request».", line, first.index))
        elif any(isinstance(line.cells[at.index], Unsaved) for at in self._layout.prices if at.index < len(line.cells)):
            issues.append(self._issue("formula_unsaved", _UNSAVED, line, first.index))
        elif not cell:
            issues.append(
                self._issue("no_price", "The row has no price: the goods are kept without one.", line, first.index)
            )
        return self._order[0]

    def _unit_first(self, line: Line, usable: list[int]) -> int:
        """Of the prices for a tonne and for a metre the one for the row's own unit."""
        own = parse_unit(self._text(line.cells, self._layout.unit))
        if own:
            for index in usable:
                if self._layout.prices[index].header.unit == own.symbol:
                    return index
        return usable[0]

    def _currency(self, cells: Sequence[Cell], column: PriceColumn | None, price: Price | None) -> str:
        named = self._named(cells, column, price)
        return settled(named, self._notes.conventional, self._options.default_currency)

    def _named(self, cells: Sequence[Cell], column: PriceColumn | None, price: Price | None) -> list[str | None]:
        """The currency in the cell, beside it, in the header, in a note."""
        beside = column.currency_column if column and column.currency_column is not None else self._layout.currency
        return [
            price.currency if price else None,
            named_in(self._text(cells, beside)),
            column.header.currency if column else None,
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

    def _unknown_currency(self, line: Line, chosen: int | None) -> RowIssue:
        column = self._layout.prices[chosen].index if chosen is not None else self._layout.name
        message = "The currency of the price is not clear: nothing says what «у.е.» are, or several are named. "
        return self._issue("unknown_currency", f"{message}Name one currency in the header of the prices.", line, column)

    def _unit(
        self, cells: Sequence[Cell], prices: Sequence[tuple[Price, ListedPrice]], chosen: int | None
    ) -> str | None:
        if chosen is not None:
            price, column = prices[chosen][0], self._layout.prices[chosen]
            of_price = price.unit or column.header.unit
            own = self._text(cells, self._layout.unit)
            if of_price and (not own or column.header.unit) and parse_unit(of_price):
                return of_price
            return own or None
        return self._text(cells, self._layout.unit) or None

    def _package(self, cells: Sequence[Cell], name: str, unit: str | None) -> tuple[Decimal | None, str | None]:
        for column in self._layout.packs:
            amount, own_unit = amount_of(self._text(cells, column.index))
            if amount is None or not _LEAST_PACKAGE <= amount <= _MOST_PACKAGE:
                continue
            if column.certain or _is_content(column, amount, name, unit):
                packed = parse_unit(own_unit) if own_unit else None
                return amount, packed.symbol if packed else column.unit
        return None, None

    def _description(self, cells: Sequence[Cell], name: str) -> str | None:
        layout = self._layout
        details = ((column, self._text(cells, column)) for column in layout.details)
        alone = len(layout.details) == 1
        parts = [found if alone else f"{layout.label(column)}: {found}" for column, found in details if found]
        if not layout.sizes_name:
            sizes = ((column, self._text(cells, column)) for column in layout.sizes)
            parts += [f"{layout.label(column)}: {size}" for column, size in sizes if size and size not in name]
        return "; ".join(parts) or None

    def _issue(self, code: str, message: str, line: Line, column: int, *, error: bool = False) -> RowIssue:
        return RowIssue(
            code=str(code),
            message=message,
            severity=Severity.ERROR if error else Severity.WARNING,
            sheet=self.sheet,
            row=line.number,
            column=self._layout.label(column)[:LONGEST_VALUE],
            value=self._text(line.cells, column)[:LONGEST_VALUE] or None,
        )


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


def _longest(layout: Layout) -> list[tuple[int, int]]:
    """How many characters are read of the columns whose texts are kept. A number that is cut would be another one."""
    texts = (layout.name, layout.sku, layout.external_id, layout.unit, *layout.sizes)
    return [
        *((column, LONGEST_TEXT) for column in texts if column is not None),
        *((column, LONGEST_CATEGORY) for column in layout.categories),
        *((column, LONGEST_DESCRIPTION) for column in layout.details),
    ]


def _is_content(column: PackColumn, amount: Decimal, name: str, unit: str | None) -> bool:
    """A plain weight is the content of a bag or bucket, or when the name says the same; a drill's weight is not."""
    sold = parse_unit(unit)
    if sold is None or sold.dimension not in {Dimension.PIECES, Dimension.PACKS}:
        return False
    if sold.code in {"bag", "bucket", "can", "canister", "barrel", "tube"}:
        return True
    said = re.escape(format(amount.normalize(), "f")).replace(r"\.", "[.,]")
    return column.unit == "кг" and bool(re.search(rf"(?<![\d.,]){said}\s*к(?:г|$|\W)", name.casefold()))
