"""Which column of a table holds what: by its header, and by its values where the header is silent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quarry.domain.reading import Role
from quarry.domain.units import Dimension, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.categories import DEEPEST
from quarry.pricelists.columns import MOSTLY, Columns, repeats, speaks_for_itself, stands_once
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, letter, text
from quarry.pricelists.headers import LONGEST_HEADER, PriceHeader, normalized, price_header, role_of, unit_of_header
from quarry.pricelists.naming import Naming, naming
from quarry.pricelists.numbers import Separators, separators_of
from quarry.pricelists.prices import parse_price

_SIZE = re.compile(
    r"[dø⌀]?\s*\d[\d.,]*(?:\s*[xх×*]\s*\d[\d.,]*)*\s*(?:мм|см|мкм|м|mm)?|\d[\d.,]*\s*(?:мм|см|м)\.?", re.IGNORECASE
)
_WORDS = load("columns")
_FOREIGN = {"USD", "EUR"}  # named beside a country's own money, which need not be
_UNIT_ITSELF = frozenset(entries(_WORDS["unit_itself"]))
_IN_PIECES = frozenset(entries(_WORDS["packed_in_pieces"]))
_FORMER = Notation(blank=" ").compiled(_WORDS["former"])
_GRADE = Notation(blank=" ").compiled(_WORDS["grade"])
_SUM = Notation().compiled(_WORDS["sum"])
_TECHNICAL = Notation().compiled(_WORDS["technical"])
_MANY = 0.6
_FEW = 3
_LEAST_MONEY = 2
_YEAR = re.compile(r"(?<!\d)20[12]\d(?!\d)")
_DATED = re.compile(r"[\d.\s/-]+(?:г|года?|р|року)?\.?")
_PACKED_IN = "|".join(map(re.escape, (*entries(_WORDS["packed_in"]), *_IN_PIECES)))
_PACK_UNIT = re.compile(rf"(?:^|[\s,(])({_PACKED_IN})(?=$|[\s/).,]|в )")


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """``currency_column`` is a column beside it that names the currency of its prices."""

    index: int
    label: str
    header: PriceHeader
    separators: Separators = Separators.UNKNOWN
    currency_column: int | None = None


@dataclass(frozen=True, slots=True)
class PackColumn:
    """``unit`` is of the amounts, when the header says it; ``certain`` is false for a plain weight."""

    index: int
    label: str
    unit: str | None
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table's columns, from 0. ``start`` and ``stop`` bound it where several are side by side.

    ``sizes_name``: only the sizes (or packages) tell the goods apart; ``of_sizes``: the goods' column is one of sizes
    itself. ``joins`` end the name. ``path`` is the category column whose values are «Краски -> Эмали».
    ``fills_category``: a blank category is the one above. ``group``: the goods' header is a group's name («Трубы ПНД |
    Ед. | Цена»). ``sums``: amounts times prices, which headings may carry. ``variants``: the price columns are of
    sizes, whose names these are («50 мм», «100 мм»).
    """

    name: int
    start: int
    stop: int
    labels: tuple[str, ...]
    prices: tuple[PriceColumn, ...] = ()
    sku: int | None = None
    external_id: int | None = None
    unit: int | None = None
    currency: int | None = None
    stock: int | None = None
    categories: tuple[int, ...] = ()
    packs: tuple[PackColumn, ...] = ()
    sizes: tuple[int, ...] = ()
    joins: tuple[int, ...] = ()
    path: int | None = None
    details: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    sizes_name: bool = False
    of_sizes: bool = False
    fills_category: bool = False
    group: str | None = None
    variants: tuple[str, ...] = ()

    def label(self, column: int) -> str:
        """The header's text, or the column's letter."""
        return (self.labels[column] if column < len(self.labels) else "") or letter(column)


def layouts(header: Header, sample: Sequence[Line]) -> list[Layout]:
    """The tables under one header: one, or several side by side. Empty when nothing names the goods."""
    bounds = _blocks(header.roles, header.labels)
    return [layout for start, stop in bounds if (layout := _layout(header, sample, start, stop))]


def borne_out(header: Header, sample: Sequence[Line]) -> bool:
    """Whether the values alone make a price list of it: most rows have words for goods and an amount for a price."""
    found = layouts(header, sample)
    if len(found) != 1 or not found[0].prices:
        return False
    columns = Columns(header, sample, found[0].start, found[0].stop)
    priced = [column.index for column in found[0].prices]
    names = columns.profile(found[0].name)
    rows = [
        cells
        for cells in columns.sample
        if any(column < len(cells) and parse_price(cells[column]).amount for column in priced)
    ]
    named = sum(found[0].name < len(cells) and cells[found[0].name] != "" for cells in rows)
    called = names.worded >= MOSTLY or (_is_group(columns.label(found[0].name)) and names.share(_SIZE) >= MOSTLY)
    return called and len(rows) >= _FEW and min(len(rows), named) >= _MANY * len(sample)


def _blocks(roles: Sequence[Role | None], labels: Sequence[str]) -> list[tuple[int, int]]:
    """Side-by-side tables begin again with their first column, and each has goods and a price of its own."""
    whole = [(0, len(roles))]
    names = [column for column, role in enumerate(roles) if role is Role.NAME]
    if not names:
        first = next((column for column, role in enumerate(roles) if role in {Role.MODEL, Role.SIZE, Role.SKU}), None)
        names = [] if first is None else [column for column, label in enumerate(labels) if label == labels[first]]
    if len(names) < 2:  # noqa: PLR2004 - a table beside another one
        return whole
    start = names[0]
    while start > 0 and roles[start - 1] in {Role.SKU, Role.IGNORED, Role.ID}:
        start -= 1
    lead = names[0] - start
    starts = [0, *[max(name - lead, 0) for name in names[1:]]]
    bounds = list(zip(starts, [*starts[1:], len(roles)], strict=True))
    return bounds if all(Role.PRICE in roles[start:stop] for start, stop in bounds) else whole


def current(found: list[Layout], above: Sequence[Line]) -> list[Layout]:
    """Of tables side by side under years those of the latest."""
    years = [_year(layout, above) for layout in found]
    latest = max(years, default="")
    return [layout for layout, year in zip(found, years, strict=True) if not year or year == latest]


def _year(layout: Layout, above: Sequence[Line]) -> str:
    texts = (text(cell) for line in above for cell in line.cells[layout.start : layout.stop])
    return max((year for found in texts for year in _YEAR.findall(found)), default="")


def _layout(header: Header, sample: Sequence[Line], start: int, stop: int) -> Layout | None:
    columns = Columns(header, sample, start, stop)
    named = naming(columns)
    if named is None:
        return None
    name = named.name
    prices = _prices(columns, named)
    priced = {column.index for column in prices}
    said = {name, *named.joins, named.path, *priced}
    sizes = [column for column in columns.of(Role.SIZE, Role.MODEL) if column not in said]
    one_for_several = repeats(columns, name)
    if one_for_several:
        sizes += [column for column in columns.of(Role.PACK) if _tells_apart(columns, column)]
    currencies = columns.of(Role.CURRENCY)
    taken = {column.currency_column for column in prices}
    shared = [column for column in currencies if column not in taken]
    layout = Layout(
        name=name,
        start=columns.start,
        stop=columns.stop,
        labels=header.labels,
        prices=prices,
        sku=named.sku,
        joins=named.joins,
        path=named.path,
        external_id=columns.first(Role.ID),
        unit=_unit(columns, named),
        currency=shared[0] if shared else None,
        stock=columns.first(Role.STOCK),
        categories=_categories(columns, named, priced),
        packs=_packs(columns),
        sizes=tuple(sizes),
        details=tuple(c for c in columns.of(Role.BRAND, Role.DESCRIPTION) if c not in said),
    )
    label = columns.label(name)
    return replace(
        layout,
        sums=tuple(column for column in columns.of(Role.IGNORED) if _SUM.search(columns.label(column))),
        sizes_name=bool(sizes) and (one_for_several or columns.roles.get(name) in {Role.SIZE, Role.MODEL}),
        of_sizes=columns.roles.get(name) is Role.SIZE,
        fills_category=any(stands_once(columns, column) for column in layout.categories),
        group=label if _is_group(label) else None,
        variants=header.variants or _variants([column.label for column in prices]),
    )


def _tells_apart(columns: Columns, column: int) -> bool:
    """Whether a package has its unit, in the cell or in the header («Фасовка, л»)."""
    unit = parse_unit(columns.label(column).rpartition(",")[2])
    return speaks_for_itself(columns, column) or (unit is not None and unit.dimension is not Dimension.PIECES)


def _is_group(label: str) -> bool:
    """Whether the goods' header names a group: unknown words, and no field of an export («fName»)."""
    field = label.isascii() and " " not in label
    return bool(label) and role_of(label) is None and len(label) <= LONGEST_HEADER and not field


def _categories(columns: Columns, named: Naming, priced: set[int]) -> tuple[int, ...]:
    found = [column for column in columns.of(Role.CATEGORY) if column not in {named.name, named.path, *priced}]
    return ((named.path,) if named.path is not None else ()) + tuple(found[:DEEPEST])


def _unit(columns: Columns, named: Naming) -> int | None:
    """The column called so; else one of units, where its title says nothing or speaks of an amount («Количество»)."""
    units = columns.of(Role.UNIT)
    exact = [column for column in units if columns.label(column).casefold() in _UNIT_ITSELF]
    if units:
        found = [column for column in units if column in columns.given]
        return (found or exact or units)[0]
    for column in (*columns.unknown(), *columns.of(Role.STOCK, Role.IGNORED)):
        values = columns.profile(column)
        if column not in {named.name, named.sku} and len(values.texts) > 2 and values.units >= _MANY:  # noqa: PLR2004
            return column
    return None


def _prices(columns: Columns, named: Naming) -> tuple[PriceColumn, ...]:
    currencies = columns.of(Role.CURRENCY)
    priced = _current(columns, columns.of(Role.PRICE)) or _by_their_numbers(columns, named)
    found = []
    for index, column in enumerate(priced):
        label = columns.label(column)
        following = priced[index + 1] if index + 1 < len(priced) else columns.stop
        beside = next((c for c in currencies if column < c < following), None) if len(currencies) > 1 else None
        separators = separators_of(columns.values(column))
        found.append(PriceColumn(column, label, price_header(label), separators, beside))
    return tuple(found if currencies else _of_one_money(found))


def _of_one_money(found: Sequence[PriceColumn]) -> list[PriceColumn]:
    """«Цена | Оптовая цена, грн»: what one title names holds for the others too, but for money to compare with."""
    named = {currency for price in found if (currency := price.header.currency)}
    if len(named) != 1 or named <= _FOREIGN:
        return list(found)
    (currency,) = named
    return [replace(price, header=replace(price.header, currency=currency)) for price in found]


def _current(columns: Columns, priced: list[int]) -> list[int]:
    """Without last year's prices, which are beside this year's under the same title, and former ones."""
    now = [
        column for column in priced if column in columns.given or not _FORMER.search(normalized(columns.label(column)))
    ]
    priced = now or priced
    years = {column: max(_YEAR.findall(columns.label(column)), default="") for column in priced}
    latest: dict[str, str] = {}
    for column, year in years.items():
        title = _DATED.sub("", columns.label(column))
        latest[title] = max(latest.get(title, ""), year)
    return [
        column
        for column, year in years.items()
        if column in columns.given or year == latest[_DATED.sub("", columns.label(column))]
    ]


def _by_their_numbers(columns: Columns, named: Naming) -> list[int]:
    """Columns of amounts where no title says price: all under unknown titles, of untitled ones the largest."""
    free = [column for column in columns.unknown() if column not in {named.name, named.sku, *named.joins}]
    shared = columns.of(Role.MODEL, Role.CATEGORY, Role.BRAND)
    free += [column for column in shared if column != named.name and _under_one_title(columns, column)]
    money = [column for column in free if _may_be_money(columns, column)]
    titled = [column for column in money if columns.label(column)]
    return titled or sorted(money, key=lambda column: -columns.profile(column).middle)[:1]


def _under_one_title(columns: Columns, column: int) -> bool:
    """Whether a column is with others under one wide title («серия цветов»)."""
    return any(first <= column <= last and last > first for first, last in columns.header.spans)


def _may_be_money(columns: Columns, column: int) -> bool:
    values, label = columns.profile(column), columns.label(column)
    if len(values.texts) < _FEW or values.money < _MANY or values.counting:
        return False
    technical = _TECHNICAL.search(label) or unit_of_header(label) or parse_unit(label)
    return not technical and values.middle >= _LEAST_MONEY and values.distinct > 1 / len(values.texts)


def _packs(columns: Columns) -> tuple[PackColumn, ...]:
    packs = []
    for column in columns.of(Role.PACK):
        label = columns.label(column)
        found = _PACK_UNIT.search(label.casefold())
        unit = None if found is None else "шт" if found[1] in _IN_PIECES else found[1]
        if unit is None and not speaks_for_itself(columns, column):
            unit = "шт"
        packs.append(PackColumn(column, label, unit, certain=True))
    for column in columns.of(Role.WEIGHT):
        label = columns.label(column)
        grams = unit_of_header(label) or parse_unit(label.rpartition(",")[2].strip())
        packs.append(PackColumn(column, label, grams.symbol if grams else "кг", certain=False))
    return tuple(packs)


def _variants(labels: Sequence[str]) -> tuple[str, ...]:
    """The sizes or grades that labels end in, when there are several price columns and they differ by these alone."""
    if len(labels) < 2:  # noqa: PLR2004 - nothing to tell apart
        return ()
    words = [label.split() for label in labels]
    same = next((n for n, column in enumerate(zip(*words, strict=False)) if len(set(column)) > 1), 0)
    rests = tuple(" ".join(label[same:]) for label in words)
    sizes = all(_SIZE.fullmatch(rest) for rest in rests)
    return rests if sizes or all(_GRADE.search(normalized(rest)) for rest in rests) else ()
