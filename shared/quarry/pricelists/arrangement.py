"""Which column of a table holds what: by its header, and by its values where the header is silent."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.categories import DEEPEST, needs_heading
from quarry.pricelists.column_kinds import MEASURED, is_group
from quarry.pricelists.columns import MOSTLY, SIZE, Columns, carried, repeats, said_once, stands_once, told_apart
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, text
from quarry.pricelists.headers import is_measure_title, role_of
from quarry.pricelists.layout import Layout
from quarry.pricelists.naming import Naming, coded_below_headings, naming, sized_below_headings
from quarry.pricelists.pack_columns import has_unit, packs
from quarry.pricelists.price_columns import PriceColumn, is_sum, of_so_many, prices_of
from quarry.pricelists.prices import parse_price
from quarry.pricelists.side_by_side import blocks
from quarry.pricelists.variants import attributes_of, variants_of

_UNIT_ITSELF = frozenset(entries(load("columns")["unit_itself"]))
_MANY, _MOST = 0.6, 0.9
_FEW = 3
_HALF = 0.5
_YEAR = re.compile(r"(?<!\d)20[12]\d(?!\d)")
_LONGEST_SIZE = 20
_WHOLE_SIZE = re.compile(
    r"\A\d[\d.,]*+(?:(?:\s*+[xх×*/]\s*+\d[\d.,]*+)++(?:\s*+[^\W\d_]{1,3}\.?)?|\s*+[^\W\d_]{1,3}\.?)", re.IGNORECASE
)


def layouts(header: Header, sample: Sequence[Line], whole: Sequence[Line] = ()) -> list[Layout]:
    """The tables under one header: one, or several side by side. Empty when nothing names the goods.

    ``whole`` are the same rows with the headings among them, which may say of what the goods' sizes are.
    """
    bounds = blocks(header.roles, header.labels, sample)
    return [layout for start, stop in bounds if (layout := _layout(header, sample, start, stop, whole or sample))]


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
    if columns.roles.get(found[0].name) is Role.SIZE and len(priced) > 1 and found[0].variants:
        return len(rows) >= _FEW  # sizes by grades: only the title above names the goods
    called = names.worded >= MOSTLY or (is_group(columns.label(found[0].name)) and names.share(SIZE) >= MOSTLY)
    few = _FEW - (Role.NAME in header.roles)
    return called and len(rows) >= few and min(len(rows), named) >= _MANY * len(sample)


def goods_share(layout: Layout, sample: Sequence[Line]) -> float:
    """The share of rows that have a text for a name, no number, and an amount for a price."""
    prices = [column.index for column in layout.prices]
    goods = 0
    for line in sample:
        cells = line.cells
        name = cells[layout.name] if layout.name < len(cells) else ""
        worded = isinstance(name, str) and any(map(str.isalpha, name))
        goods += worded and any(column < len(cells) and parse_price(cells[column]).amount for column in prices)
    return goods / len(sample) if sample else 0.0


def current(found: list[Layout], above: Sequence[Line]) -> list[Layout]:
    """Of tables side by side under years those of the latest."""
    years = [_year(layout, above) for layout in found]
    latest = max(years, default="")
    return [layout for layout, year in zip(found, years, strict=True) if not year or year == latest]


def _year(layout: Layout, above: Sequence[Line]) -> str:
    texts = (text(cell) for line in above for cell in line.cells[layout.start : layout.stop])
    return max((year for found in texts for year in _YEAR.findall(found)), default="")


def _layout(header: Header, sample: Sequence[Line], start: int, stop: int, whole: Sequence[Line]) -> Layout | None:
    columns = Columns(header, _priced(header, sample, start, stop), start, stop)
    said = Columns(header, whole, start, stop)
    named = naming(columns) or sized_below_headings(columns, said) or coded_below_headings(columns, said)
    if named is None:
        return None
    name = named.name
    prices = prices_of(columns, named)
    priced = {column.index for column in prices}
    told = {name, *named.joins, named.path, *priced}
    variants = _variants(header, prices) or of_so_many(columns, prices)
    sizes = [column for column in columns.of(Role.SIZE, Role.MODEL) if column not in told]
    if variants:  # what stands beside one of several prices is of the goods under that one alone
        over = {header.parts(column)[0] for column in priced if column < len(header.labels)}
        sizes = [column for column in sizes if column < min(priced) and header.parts(column)[0] not in over]
    of_codes = columns.roles.get(name) is Role.SKU and columns.profile(name).codes
    of_sizes = columns.roles.get(name) is Role.SIZE
    if of_codes and not sizes:
        sizes = _measured(columns, name, min(priced, default=columns.stop))
    one_for_several = repeats(columns, name)
    contents = [column for column in columns.of(Role.PACK) if not sizes and _completes(columns, name, column)][:1]
    packages = [column for column in columns.of(Role.PACK) if has_unit(columns, column)]
    if one_for_several or contents or _tell_apart(columns, name, sizes, packages):
        sizes += packages
    currencies = columns.of(Role.CURRENCY)
    taken = {column.currency_column for column in prices}
    shared = [column for column in currencies if column not in taken]
    layout = Layout(
        name=name,
        start=columns.start,
        stop=columns.stop,
        labels=header.labels,
        prices=prices,
        sku=name if of_codes else named.sku,
        joins=named.joins,
        path=named.path,
        external_id=columns.first(Role.ID),
        unit=_unit(columns, named),
        currency=shared[0] if shared else None,
        stock=columns.first(Role.STOCK),
        categories=_categories(columns, named, priced),
        packs=packs(columns),
        sizes=tuple(sizes),
        details=tuple(c for c in columns.of(Role.BRAND, Role.DESCRIPTION) if c not in told),
    )
    return replace(
        layout,
        carried=carried(Columns(header, sample, start, stop), sorted(priced)),
        outer=tuple(column for column in layout.joins if column < name and stands_once(columns, column)),
        said_once=said_once(columns, name, (*layout.sizes, *layout.joins, *layout.details)),
        sums=tuple(column for column in columns.of(Role.IGNORED) if column not in priced and is_sum(columns, column)),
        sizes_name=bool(sizes)
        and (
            one_for_several
            or of_codes
            or columns.roles.get(name) in {Role.SIZE, Role.MODEL}
            or (columns.roles.get(name) is None and len(sizes) > 1)
            or told_apart(columns, name, sizes) >= MOSTLY
            or (len(sizes) == 1 and _completes(columns, name, sizes[0]))
        ),
        of_sizes=of_sizes,
        of_codes=of_codes,
        nameless=of_codes
        or (of_sizes and _mostly_nameless(columns, name))
        or _are_models(columns, named)
        or header.names_by_model(name)
        or (not header.leads and _called_by_qualities(columns, name)),
        fills_category=any(stands_once(columns, column) for column in layout.categories),
        group=_group(columns, name) if not header.subject else None,
        variants=variants,
        articles=_articles(header, prices, variants, range(columns.start, columns.stop)),
    )


def _variants(header: Header, prices: Sequence[PriceColumn]) -> tuple[str, ...]:
    """What the goods under each price are like, where each price is of goods of its own."""
    if header.variants and len(header.variants) == len(prices):
        return header.variants
    titles = [header.parts(column.index) for column in prices if column.index < len(header.labels)]
    return attributes_of(titles) or variants_of([column.label for column in prices])


def _articles(
    header: Header, prices: Sequence[PriceColumn], variants: Sequence[str], within: Sequence[int]
) -> tuple[int, ...]:
    """Of goods that are columns the articles, each beside the price of its own («белый: Артикул, Цена»)."""
    codes = [column for column in within if column < len(header.roles) and header.roles[column] is Role.SKU]
    own: dict[str, int] = {}
    for variant, price in zip(variants, prices, strict=bool(variants)):
        own.setdefault(variant, price.index)
    first = [*own.values()]
    if len(first) < 2 or len(codes) != len(first):  # noqa: PLR2004 - an article of each
        return ()
    before = [column for pair in zip(codes, first, strict=True) for column in pair]
    behind = [column for pair in zip(first, codes, strict=True) for column in pair]
    return tuple(codes) if sorted(before) in (before, behind) else ()


def _group(columns: Columns, name: int) -> str | None:
    """The group that the goods' title names, or the title above what they are called by («Бетон / Класс»)."""
    label = columns.label(name)
    if is_group(label):
        return label
    upper, *lower = columns.header.parts(name) if name < len(columns.labels) else ("",)
    bare = columns.profile(name).worded < _HALF and not columns.profile(name).counting
    return upper if lower and bare and role_of(upper) is not Role.PRICE else None


def _measured(columns: Columns, name: int, stop: int) -> list[int]:
    """Of goods that only headings name, the measure behind their article: the first by which they differ."""
    behind = (column for column in columns.unknown() if name < column < stop)
    return [
        column
        for column in behind
        if is_measure_title(columns.label(column)) and columns.profile(column).numbers >= MOSTLY
    ][:1]


def _are_models(columns: Columns, named: Naming) -> bool:
    """Whether goods are called by a model alone («AS-07HN8»), so that headings say what they are."""
    return columns.roles.get(named.name) is Role.MODEL and columns.profile(named.name).codes and not named.joins


def _tell_apart(columns: Columns, name: int, sizes: Sequence[int], packages: Sequence[int]) -> bool:
    """Whether packages distinguish the few goods of one name, and sizes do not."""
    return told_apart(columns, name, sizes) < MOSTLY <= told_apart(columns, name, [*sizes, *packages])


def _mostly_nameless(columns: Columns, name: int) -> bool:
    """Whether most of the goods are called by a size alone, so that the others' words are no names either."""
    texts = columns.profile(name).texts
    return sum(map(needs_heading, texts)) > _HALF * len(texts)


def _called_by_qualities(columns: Columns, name: int) -> bool:
    """Whether one «Марка» stands for several goods, and only titles and headings say what they are."""
    return columns.roles.get(name) in MEASURED and not columns.of(Role.NAME, Role.CATEGORY) and repeats(columns, name)


def _completes(columns: Columns, name: int, size: int) -> bool:
    """Whether a size or a package is what any name of the goods lacks: with a unit, or of two measures at least."""
    values = columns.profile(size)
    short = all(len(value) <= _LONGEST_SIZE for value in values.texts)
    return size > name and short and values.filled >= _HALF and values.share(_WHOLE_SIZE) >= _MOST


def _priced(header: Header, sample: Sequence[Line], start: int, stop: int) -> Sequence[Line]:
    """The rows that have a price, where most have one: headings with codes say nothing of what goods are like."""
    columns = [column for column, role in enumerate(header.roles[start:stop], start) if role is Role.PRICE]
    goods = [
        line
        for line in sample
        if any(column < len(line.cells) and parse_price(line.cells[column]).amount for column in columns)
    ]
    return goods if len(goods) >= max(_FEW, _HALF * len(sample)) else sample


def _categories(columns: Columns, named: Naming, priced: set[int]) -> tuple[int, ...]:
    found = [column for column in columns.of(Role.CATEGORY) if column not in {named.name, named.path, *priced}]
    found = found or [column for column in columns.unknown() if _groups(columns, column, named)][:1]
    return ((named.path,) if named.path is not None else ()) + tuple(found[:DEEPEST])


def _groups(columns: Columns, column: int, named: Naming) -> bool:
    """Whether words under an unknown title, before the goods, stand in runs: each names the goods beside it."""
    values = columns.profile(column)
    if column >= named.name or column in named.joins or not columns.label(column) or columns.of(Role.BRAND):
        return False
    if values.worded < _MOST or values.filled < _MOST or values.distinct > _HALF or len(values.texts) < _FEW:
        return False
    runs = 1 + sum(one != other for one, other in pairwise(values.texts))
    return 1 < runs == len(set(values.texts))


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
