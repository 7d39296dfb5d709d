"""Which columns hold prices: by their titles, else by their numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.columns import Columns
from quarry.pricelists.currencies import NO_CENTS, named_in
from quarry.pricelists.dates import NEVER, Date, dated, outdated
from quarry.pricelists.grid import Cell
from quarry.pricelists.headers import (
    CYRILLIC,
    TECHNICAL,
    PriceHeader,
    is_count,
    is_per,
    normalized,
    price_header,
    unit_of_header,
)
from quarry.pricelists.naming import Naming
from quarry.pricelists.numbers import Separators, separators_of
from quarry.pricelists.prices import parse_price, rise_together

_WORDS = load("columns")
_MANY = 0.6
_FOREIGN = {"USD", "EUR"}  # named beside a country's own money, which need not be
_FORMER = Notation(blank=" ").compiled(_WORDS["former"])
_SUM = Notation().compiled(_WORDS["sum"])
_CENTS = re.compile(r"\A\d[\d\s\u00a0]*+[.,]\d\d")
_DISCOUNT = re.compile(r"\d\s?%")
_FEW = 3
_LEAST_MONEY = 2
_WHOLE = 100  # cents
_HUNDREDTHS = re.compile(Notation().one_of(entries(_WORDS["hundredths"])))
_MAGNITUDE = 8
_NEAR_PRICE = 2.5  # how far a price lies from another at most


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """``currency_column`` is a column beside it that names the currency of its prices.

    ``hundredths`` is one with their cents.
    """

    index: int
    label: str
    header: PriceHeader
    separators: Separators = Separators.UNKNOWN
    currency_column: int | None = None
    hundredths: int | None = None


def prices_of(columns: Columns, named: Naming) -> tuple[PriceColumn, ...]:
    currencies = columns.of(Role.CURRENCY)
    priced = _current(columns, columns.of(Role.PRICE))
    priced = (
        sorted([*priced, *_moving_with(columns, named, priced)])
        if priced
        else _current(columns, _by_their_numbers(columns, named))
    )
    found = []
    for index, column in enumerate(priced):
        label = columns.label(column)
        following = priced[index + 1] if index + 1 < len(priced) else columns.stop
        beside = next((c for c in currencies if column < c < following), None) if len(currencies) > 1 else None
        header = price_header(label)
        separators = separators_of(columns.values(column))
        if separators is Separators.UNKNOWN and header.currency in NO_CENTS:
            separators = Separators.NO_DECIMALS
        found.append(PriceColumn(column, label, header, separators, beside, _hundredths(columns, column)))
    return tuple(found if currencies else _of_one_money(found, columns.labels))


def of_so_many(columns: Columns, prices: Sequence[PriceColumn]) -> tuple[str, ...]:
    """What tells goods apart under «50 шт | 100 шт» where prices rise with the amounts: each is of so many."""
    labels = tuple(price.label.rpartition(": ")[2] for price in prices)
    if len(labels) < 2 or not all(map(is_count, labels)):  # noqa: PLR2004 - amounts to choose from
        return ()
    rows = ([parse_price(cells[price.index]).amount for price in prices] for cells in _whole(columns, prices))
    rising = [all(one and other and one < other for one, other in pairwise(row)) for row in rows]
    return labels if sum(rising) * 2 > len(rising) else ()


def _whole(columns: Columns, prices: Sequence[PriceColumn]) -> Iterator[list[Cell]]:
    """The rows that have a cell under each of the titles."""
    last = max(price.index for price in prices)
    return (cells for cells in columns.sample if len(cells) > last)


def _hundredths(columns: Columns, column: int) -> int | None:
    """The column beside whole prices that has their cents, by its title and its values («Руб. | Коп.»)."""
    beside = column + 1
    values = columns.values(beside)
    titled = _HUNDREDTHS.fullmatch(normalized(columns.label(beside))) is not None
    below = all((amount := parse_price(value).amount) is not None and amount < _WHOLE for value in values)
    return beside if titled and values and below else None


def _of_one_money(found: Sequence[PriceColumn], labels: Sequence[str]) -> list[PriceColumn]:
    """«Цена | Оптовая цена, грн»: what one title names holds for the others too, but for money to compare with.

    Under titles in Latin letters euros and dollars are the country's own.
    """
    named = {currency for price in found if (currency := price.header.currency)}
    foreign = named <= _FOREIGN and any(map(CYRILLIC.search, labels))
    if len(named) != 1 or foreign:
        return list(found)
    (currency,) = named
    return [replace(price, header=replace(price.header, currency=currency)) for price in found]


def _current(columns: Columns, priced: list[int]) -> list[int]:
    """Without former prices, and those of an earlier date that are beside later ones of the same title."""
    now = [column for column in priced if column in columns.given or not is_former(columns.label(column))]
    priced = now or priced
    past = outdated({column: columns.label(column) for column in priced}, columns.header.today)
    priced = [column for column in priced if column in columns.given or column not in past]
    found = {column: dated(columns.label(column)) for column in priced}
    latest: dict[str, Date] = {}
    for title, date in found.values():
        latest[title] = max(latest.get(title, NEVER), date)
    return [column for column, (title, date) in found.items() if column in columns.given or date == latest[title]]


def _by_their_numbers(columns: Columns, named: Naming) -> list[int]:
    """Columns of amounts where no title says price: all under unknown titles, of untitled ones the largest."""
    free = [column for column in columns.unknown() if column not in {named.name, named.sku, *named.joins}]
    shared = columns.of(Role.MODEL, Role.CATEGORY, Role.BRAND)
    free += [column for column in shared if column != named.name and _under_one_title(columns, column)]
    money = [column for column in free if _may_be_money(columns, column)]
    titled = [column for column in money if columns.label(column)]
    for column in free if titled else ():
        if column not in titled and _is_like(columns, column, titled):
            titled.append(column)
    return (
        sorted(titled)
        or sorted(money, key=lambda column: -columns.profile(column).middle)[:1]
        or _sums(columns)
        or _of_stores(columns)
    )


def _sums(columns: Columns) -> list[int]:
    """«Товар | Кол-во | Сумма»: the only amounts of money that there are."""
    sums = [column for column in columns.of(Role.IGNORED) if is_sum(columns, column)]
    return [column for column in sums if columns.profile(column).money >= _MANY][:1]


def _of_stores(columns: Columns) -> list[int]:
    """«Склад Тверь | Склад Ржев» over amounts with cents: no stock is counted so."""
    stocks = [columns.profile(column) for column in columns.of(Role.STOCK)]
    cents = [
        column for column, values in zip(columns.of(Role.STOCK), stocks, strict=True) if values.share(_CENTS) >= _MANY
    ]
    return cents if len(cents) > 1 else []


def is_former(label: str) -> bool:
    """Whether a title is of prices of before («Было»)."""
    return _FORMER.search(normalized(label)) is not None


def is_sum(columns: Columns, column: int) -> bool:
    return _SUM.search(columns.label(column)) is not None


def _moving_with(columns: Columns, named: Naming, priced: Sequence[int]) -> list[int]:
    """Amounts under unknown titles that rise and fall as a price does («С противоморозной добавкой»).

    Quantities and measures do not: the ratio of two prices of one row is much the same in all rows.
    """
    taken = {named.name, named.sku, *named.joins, *priced}
    free = [column for column in columns.unknown() if column not in taken and columns.label(column)]
    others = [*columns.unknown(), *columns.of(Role.IGNORED)]
    discounted = [column for column in others if _DISCOUNT.search(columns.label(column))]
    return [
        column
        for column in dict.fromkeys((*free, *discounted))
        if (column in discounted or _may_be_money(columns, column))
        and column not in taken
        and any(_moves_with(columns, column, price) for price in priced)
    ]


def _moves_with(columns: Columns, column: int, price: int) -> bool:
    pairs = [
        (float(own), float(other))
        for cells in columns.sample
        if max(column, price) < len(cells)
        and (own := parse_price(cells[column]).amount)
        and (other := parse_price(cells[price]).amount)
    ]
    if len(pairs) < _FEW or len({other for _, other in pairs}) < _FEW:
        return False
    ratios = [own / other for own, other in pairs]
    return rise_together(ratios) and 1 / _NEAR_PRICE <= median(ratios) <= _NEAR_PRICE


def _is_like(columns: Columns, column: int, priced: Sequence[int]) -> bool:
    """Whether a column next to prices has a few amounts of their size: not all goods are made in each finish."""
    values = columns.profile(column)
    if not columns.label(column) or not values.texts or values.money < 1 or not may_be_price(columns.label(column)):
        return False
    near = any(abs(column - other) <= len(priced) for other in priced)
    usual = max(columns.profile(other).middle for other in priced)
    return near and usual / _MAGNITUDE <= values.middle <= usual * _MAGNITUDE


def may_be_price(label: str) -> bool:
    """Whether a title says no other measure, or names money; «Мешок 50 кг» is what a price is for."""
    if label and (named_in(label) or is_per(label)):
        return True
    measured = parse_unit(label) and not any(map(str.isdigit, label))
    return not (TECHNICAL.search(label) or unit_of_header(label) or measured)


def _under_one_title(columns: Columns, column: int) -> bool:
    """Whether a column is with others under one wide title («серия цветов»)."""
    return any(first <= column <= last and last > first for first, last in columns.header.spans)


def _may_be_money(columns: Columns, column: int) -> bool:
    values, label = columns.profile(column), columns.label(column)
    if len(values.texts) < min(_FEW, max(len(columns.sample), 2)) or values.money < _MANY or values.counting:
        return False
    return may_be_price(label) and values.middle >= _LEAST_MONEY and values.distinct > 1 / len(values.texts)
