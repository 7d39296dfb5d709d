"""A table's row becomes an offer, with what was wrong or guessed."""

import re
from collections.abc import Sequence
from decimal import Decimal

from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Vat
from quarry.domain.units import Dimension, counted_unit, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.amounts import amount_of, article_in, says, stock_of
from quarry.pricelists.bounds import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_TEXT,
    shortened,
    too_long,
)
from quarry.pricelists.categories import needs_heading, product_of, without_dash
from quarry.pricelists.currencies import UNKNOWN
from quarry.pricelists.digests import digest_of
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.headers import TECHNICAL, is_measure_title, unit_at_end
from quarry.pricelists.layout import Layout, PackColumn
from quarry.pricelists.naming import steps
from quarry.pricelists.notes import Notes
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import Price
from quarry.pricelists.row_prices import PricesReader, cell_text, issue_of

_NO_VARIANT = frozenset(entries(load("columns")["no_variant"]))
_NUMBER_FIRST = re.compile(r"^\d+(?:[.,]\d+)?$")
_FOOTNOTE = re.compile(r"(?<![мm²³])(?<!ft)[¹²³⁴⁵⁶⁷⁸⁹]{1,2}\)?\Z|(?<=[\w)»\"])\s?\*{1,3}\Z")
_MARKS = frozenset("¹²³⁴⁵⁶⁷⁸⁹)*")
_DASHES = frozenset("-–—")
_UNIT = re.compile(r",\s*([^\s,\d]{1,8})\Z")  # «Мощность, Вт», which is no unit of goods
_ONE_WORD = re.compile(r"[^\W\d_]{3,20}\.?")
_NOTHING = ListedPrice(label="", kind=PriceKind.OTHER, price=None, currency="", vat=Vat.UNKNOWN)
_LEAST_PACKAGE, _MOST_PACKAGE = Decimal("0.000001"), Decimal(10) ** 7


# What the rows above say for one that leaves it blank: the goods' name, and the category.
Above = tuple[str, tuple[str, ...]]


class OfferReader:
    """Reads the rows of one table of one sheet. ``terms``: a digest of all that a row's meaning takes but the row."""

    def __init__(self, sheet: str | None, layout: Layout, notes: Notes, options: ReadOptions) -> None:
        self.sheet = sheet
        self.has_ids = layout.external_id is not None
        self._layout = layout
        self._prices = PricesReader(sheet, layout, notes, options)
        self.assumes = self._prices.assumes
        self._path: tuple[str, ...] = ()
        self._above: Above = ("", ())
        self._longest = _longest(layout)
        label = layout.label(layout.name)
        self._bare_sizes = "," in label and unit_at_end(label) is not None
        self._in_words = {pack.index for pack in layout.packs if pack.unit is None}
        terms = (sheet, layout, notes, options.default_currency, options.price_preference)
        self.terms = digest_of(repr(terms).encode(errors="replace"))

    def take(self, line: Line, path: tuple[str, ...]) -> Above:
        """Go past a row below the headings ``path``; returns what the rows above it say."""
        if path != self._path:
            self._path, self._above = path, ("", self._above[1])
        above = last, _ = self._above
        if self._layout.fills_category or self._layout.sizes or self._layout.joins:
            cells = self._bounded(line, []).cells
            name, sizes = self._names(cells)
            self._above = name if name or not self._says_more(cells, sizes) else last, self._own_category(cells, above)
        return above

    def external_id(self, cells: Sequence[Cell]) -> str | None:
        column = self._layout.external_id
        return None if column is None else cell_text(cells, column) or None

    def has_category(self, cells: Sequence[Cell], path: tuple[str, ...], above: Above) -> bool:
        return bool(path or self._category(cells, path, above))

    def read(self, line: Line, path: tuple[str, ...], above: Above) -> PriceRow:
        """The row as an offer; never fails, its issues say what is wrong."""
        issues: list[RowIssue] = []
        line = self._bounded(line, issues)
        layout, cells = self._layout, line.cells
        category = self._category(cells, path, above)
        name = self._name(line, category, above, issues)
        prices, beside = self._prices.of(line, issues)
        chosen = self._prices.choose(line, prices, issues)
        unit = self._unit(cells, prices, chosen)
        package, package_unit = self._package(cells, name, unit)
        stock, in_stock = stock_of(cell_text(cells, layout.stock))
        price = prices[chosen][1] if chosen is not None else _NOTHING
        currency = price.currency if chosen is not None else self._prices.currency(cells, None, None)
        if currency == UNKNOWN and price.price is not None:
            issues.append(self._prices.unknown_currency(line, chosen))
        listed = (*[listed for _, listed in prices], *beside)
        return PriceRow(
            row=line.number,
            sheet=self.sheet,
            name=name,
            external_id=self.external_id(cells),
            sku=cell_text(cells, layout.sku) or None if layout.sku is not None else article_in(name),
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

    def _category(self, cells: Sequence[Cell], path: tuple[str, ...], above: Above) -> tuple[str, ...]:
        if not self._layout.categories:
            return path
        own = self._own_category(cells, above)
        return (*path, *[found for found in own if found and found not in path])

    def _own_category(self, cells: Sequence[Cell], above: Above) -> tuple[str, ...]:
        own = tuple(cell_text(cells, column) for column in self._layout.categories if column != self._layout.path)
        if self._layout.path is not None:
            return (*steps(cell_text(cells, self._layout.path)), *own)
        if not self._layout.fills_category:
            return own
        outer = next((level for level, found in enumerate(own) if found), len(own))
        return (*above[1][:outer], *own[outer:])

    def _names(self, cells: Sequence[Cell]) -> tuple[str, list[str]]:
        layout = self._layout
        name = self._size(cells, layout.name) if self._bare_sizes else cell_text(cells, layout.name)
        name = _FOOTNOTE.sub("", name) if name and name[-1] in _MARKS else name
        name = without_dash(name)
        sizes = (self._size(cells, column) for column in layout.sizes if not self._is_count(cells, column))
        return name, [size for size in sizes if size and size.casefold() not in _NO_VARIANT]

    def _is_count(self, cells: Sequence[Cell], column: int) -> bool:
        """Whether a package is a bare number among others with their unit: so many pieces, which are no size."""
        return column in self._in_words and _NUMBER_FIRST.match(cell_text(cells, column)) is not None

    def _says_more(self, cells: Sequence[Cell], sizes: Sequence[str]) -> bool:
        """Whether a row without a name says which one it is of the goods above."""
        return bool(sizes) or any(cell_text(cells, column) for column in self._layout.joins)

    def _name(self, line: Line, category: tuple[str, ...], above: Above, issues: list[RowIssue]) -> str:
        """The goods' name with what only the sizes, the row above or the heading say of it."""
        layout = self._layout
        name, sizes = self._names(line.cells)
        named = name if name or not self._says_more(line.cells, sizes) else above[0]
        if layout.of_codes:
            named = " ".join([*sizes, named])  # «Мат нагревательный 2,5 м² ТК-025»
        elif layout.sizes_name or not name:
            apart = layout.of_sizes  # «100 мм» of «Толщина» and of «Ширина» are two sizes
            named = " ".join([named, *[size for size in sizes if apart or not says(name, size)]]).strip()
        if not named:
            nameless = "The row has no name of the goods."
            issues.append(issue_of("missing_name", nameless, line, layout, layout.name, sheet=self.sheet, error=True))
        elif category and layout.headed:
            named = named if says(named, category[-1]) else f"{category[-1].rstrip(': ')} {named}"
        elif category and (layout.nameless or needs_heading(named)):
            named = " ".join([*product_of(category, named), named])
        for column in layout.joins:
            joined = self._joined(line.cells, column)
            said = not joined or says(named.casefold(), joined.casefold())
            named = named if said else f"{named} {joined}".strip()
        if len(named) > LONGEST_TEXT:
            issues.append(self._too_long(named, LONGEST_TEXT, line, layout.name))
        return shortened(named, LONGEST_TEXT)

    def _joined(self, cells: Sequence[Cell], column: int) -> str:
        """What ends the name: of a bare number («8» of «Секций») its title says what it is."""
        found, label = self._size(cells, column), self._layout.label(column)
        if found in _DASHES:
            return ""
        if not _NUMBER_FIRST.match(found) or column == self._layout.sku:
            return found
        if _ONE_WORD.fullmatch(label) and not TECHNICAL.search(label):
            return f"{found} {label.casefold()}"
        unit = _UNIT.search(label) if is_measure_title(label) else None
        return f"{found} {unit[1]}" if unit else found

    def _size(self, cells: Sequence[Cell], column: int) -> str:
        """A size with the unit that its header gives to bare numbers («Толщина, мм»)."""
        size = cell_text(cells, column)
        unit = unit_at_end(self._layout.label(column)) if _NUMBER_FIRST.match(size) else None
        return f"{size} {unit.symbol}" if unit else size

    def _unit(
        self, cells: Sequence[Cell], prices: Sequence[tuple[Price, ListedPrice]], chosen: int | None
    ) -> str | None:
        if chosen is not None:
            price, column = prices[chosen][0], self._layout.prices[chosen]
            of_price = price.unit or column.header.unit
            own = cell_text(cells, self._layout.unit)
            if of_price and (not own or column.header.unit) and counted_unit(of_price)[1]:
                return of_price
            return own or None
        return cell_text(cells, self._layout.unit) or None

    def _package(self, cells: Sequence[Cell], name: str, unit: str | None) -> tuple[Decimal | None, str | None]:
        for column in self._layout.packs:
            amount, own_unit = amount_of(cell_text(cells, column.index))
            if amount is None or not _LEAST_PACKAGE <= amount <= _MOST_PACKAGE:
                continue
            if column.certain or _is_content(column, amount, name, unit):
                packed = parse_unit(own_unit) if own_unit else None
                return amount, packed.symbol if packed else column.unit
        return None, None

    def _description(self, cells: Sequence[Cell], name: str) -> str | None:
        layout = self._layout
        details = ((column, cell_text(cells, column)) for column in layout.details)
        alone = len(layout.details) == 1
        parts = [found if alone else f"{layout.label(column)}: {found}" for column, found in details if found]
        if not layout.sizes_name:
            sizes = ((column, cell_text(cells, column)) for column in layout.sizes)
            parts += [f"{layout.label(column)}: {size}" for column, size in sizes if size and size not in name]
        return "; ".join(parts) or None


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
