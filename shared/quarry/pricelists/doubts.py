"""What speaks against a reading: amounts that it has no use for, names that say too little, prices that are none.

Each is said to a person, since a list that was misread must not look like one that was read well.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from quarry.domain.rows import PriceRow
from quarry.pricelists.categories import lacks_product
from quarry.pricelists.columns import MOSTLY, NUMBERING, Columns
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, letter
from quarry.pricelists.headers import role_of
from quarry.pricelists.layout import Layout
from quarry.pricelists.price_columns import is_former, may_be_price

SAMPLED: Final = 40  # goods whose offers are looked at
_FEW: Final = 3
_LEAST_AMOUNT: Final = 2
_SOME: Final = 0.25  # of the rows
_APART: Final = 0.4
_UNCLEAR: Final = 0.2  # of the goods


def amounts_unused(header: Header, layout: Layout, goods: Sequence[Line]) -> list[str]:
    """The columns of amounts that are no prices, and nothing says what else they are."""
    columns = Columns(header, goods, layout.start, layout.stop)
    used = layout.used
    return [
        columns.label(column) or letter(column)
        for column in columns.usable
        if column not in used and columns.roles.get(column) is None and _are_amounts(columns, column)
        if not (layout.prices and is_former(columns.label(column)))
    ]


def texts_unused(header: Header, layout: Layout, goods: Sequence[Line]) -> list[str]:
    """The columns of texts that nothing is taken from: under titles that are not known, or under the goods' again."""
    columns = Columns(header, goods, layout.start, layout.stop)
    used, last = layout.used, max((price.index for price in layout.prices), default=0)
    goods_title = columns.label(layout.name)

    def unread(column: int) -> bool:
        label = columns.label(column)
        return bool(label) and (label == goods_title or (column < last and columns.roles.get(column) is None))

    return [
        columns.label(column)
        for column in columns.usable
        if column not in used and unread(column) and _are_texts(columns, column)
    ]


def _are_texts(columns: Columns, column: int) -> bool:
    values = columns.profile(column)
    return (
        len(values.texts) >= _FEW and values.filled >= MOSTLY and values.numbers < _SOME and len(set(values.texts)) > 1
    )


def _are_amounts(columns: Columns, column: int) -> bool:
    values = columns.profile(column)
    if columns.header.depth and not columns.label(column):
        if any(isinstance(value, str) and role_of(value) for value in values.values):
            return False  # another table's header is below
        amounts = {value for value in values.values if not isinstance(value, str) and value >= _LEAST_AMOUNT}
        return len(amounts) > 1 and not values.counting
    if len(values.texts) < min(_FEW, max(len(columns.sample), 2)) or values.filled < _SOME or values.counting:
        return False
    fractions = any("." in value or "," in value for value in values.texts)
    apart = values.distinct >= _APART and (fractions or values.middle >= _LEAST_AMOUNT)
    return apart and min(values.numbers, values.money) >= MOSTLY and may_be_price(columns.label(column))


def unclear_names(offers: Sequence[PriceRow]) -> int:
    """How many of the goods are called by a size, a grade or a number alone."""
    return sum(
        bool(offer.name) and (lacks_product(offer.name) or bool(NUMBERING.fullmatch(offer.name))) for offer in offers
    )


def one_name_for_several(offers: Sequence[PriceRow]) -> Iterator[PriceRow]:
    """The goods that are called as others are whose prices differ; an article does not say how they differ."""
    alike: dict[tuple[object, ...], list[PriceRow]] = defaultdict(list)
    for offer in offers:
        alike[offer.name, offer.category, offer.unit, offer.package].append(offer)
    for found in alike.values():
        if len({offer.price for offer in found}) > 1:
            yield from found


def are_many(count: int, of: int) -> bool:
    """Whether they are too many to be a slip of the supplier's."""
    return count >= _FEW - 1 and count > _UNCLEAR * of
