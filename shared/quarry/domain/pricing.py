"""Prices made comparable: for how much of a base unit a supplier's price stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from quarry.domain.money import storable
from quarry.domain.names import ProductName, read
from quarry.domain.names.contents import Contents, contents
from quarry.domain.names.goods import Form, GoodsClass
from quarry.domain.rows import PriceRow
from quarry.domain.units import Dimension, Unit, base_factor, base_symbol, counted_unit, unit

_ONE: Final = Decimal(1)
_SLASH: Final = re.compile(r"/\s*(?=\d)")  # «упак/0,432 м3»
_KILOGRAM, _LITRE, _SQUARE, _CUBIC, _METRE, _PIECE, _PAIR, _SHEET = (
    unit(code) for code in ("kg", "l", "m2", "m3", "m", "pcs", "pair", "sheet")
)
# Vessels and bundles whose piece count makes them comparable; a roll or a sheet is one piece of goods by itself.
_COUNTED: Final = frozenset({"pack", "bundle", "box", "kit", "pallet", "bag"})
_ROLL: Final = "roll"
_COUNTED_IN_ROLLS: Final = frozenset({Form.VESSEL, Form.WOOL})
_WOUND: Final = frozenset({_ROLL, "coil"})
_MEASURED: Final = frozenset({Dimension.MASS, Dimension.LENGTH, Dimension.AREA, Dimension.VOLUME})
_BY_PIECE: Final = frozenset({Form.PIECE, Form.VESSEL, Form.WORK})
_FLAT: Final = frozenset({Form.SHEET, Form.TILE})
_BOUGHT_BY: Final[Mapping[str, tuple[Form, ...]]] = {
    "кг": (Form.POWDER,),
    "л": (Form.LIQUID,),
    "м": (Form.BAR, Form.TAPE),
    "м²": (Form.SHEET,),
    "м³": (Form.BULK, Form.TIMBER, Form.BLOCK),
}
_BOUGHT_BY_WOUND: Final[Mapping[str, tuple[Form, ...]]] = {"м²": (Form.ROLL,)}


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """``coefficient`` is how many ``base_unit`` one sold unit holds; ``price_per_base_unit`` has four decimals.

    ``normalized_unit`` is the sold unit's symbol, None when the supplier names none that is known. ``comparable`` are
    the prices in every unit that follows from the name, the main one first.
    """

    normalized_unit: str | None
    base_unit: str | None
    coefficient: Decimal
    price_per_base_unit: Decimal | None
    comparable: tuple[tuple[str, Decimal], ...] = ()


def price_basis(row: PriceRow) -> PriceBasis:
    """By the row's unit, its package column, then the contents in its name or unit («мешок 50 кг»)."""
    sold, held = _sold(row)
    return _basis(row, sold.symbol if sold else None, held)


def holdings(name: str, unit: str | None) -> dict[str, Decimal]:
    """How much one ``unit`` of goods of that name holds, in each base unit that follows from the name."""
    return {base: amount for amount, base in _sold(PriceRow(row=0, name=name, unit=unit))[1]}


def holding_as(name: str, unit: str | None, base: str) -> Decimal | None:
    """How much of ``base`` one ``unit`` holds, read as goods are that are bought by it, whatever their class."""
    count, sold = counted_unit(unit)
    pack = sold.code if sold and sold.code in _COUNTED else None
    wound = sold is not None and sold.code in _WOUND
    for form in (_BOUGHT_BY_WOUND if wound and base in _BOUGHT_BY_WOUND else _BOUGHT_BY).get(base, ()):
        found = contents(read(name), form, pack)
        amounts = {"кг": found.mass, "л": found.liquid, "м²": found.area, "м³": found.cubic, "м": found.length}
        amount = amounts[base]
        if amount:
            return amount * count
    return None


def _sold(row: PriceRow) -> tuple[Unit | None, list[tuple[Decimal, str]]]:
    product = read(row.name)
    goods = product.goods or _class_of(row.category)
    count, sold = counted_unit(row.unit)
    if sold and sold.code == "l" and goods and goods.form in _FLAT:
        sold = _SHEET  # «л.» of a plasterboard is a sheet
    if sold and sold.dimension in _MEASURED:
        return sold, [(count * base_factor(sold), base_symbol(sold))]
    if sold is _PAIR:
        return sold, _of_pairs(count)
    held = [(amount * count, base) for amount, base in _held(row, product, goods, sold)]
    if not held and sold:
        held = [(count * base_factor(sold), base_symbol(sold))]
    return sold, held


def _of_pairs(number: Decimal) -> list[tuple[Decimal, str]]:
    """Gloves are compared by the pair, hinges by the piece."""
    return [(number, _PAIR.symbol), (number * _PAIR.factor, base_symbol(_PIECE))]


def _basis(row: PriceRow, symbol: str | None, held: list[tuple[Decimal, str]]) -> PriceBasis:
    if not held:
        return PriceBasis(symbol, None, _ONE, None)
    coefficient, base = held[0]
    prices = [(unit_symbol, _comparable(row.price, amount)) for amount, unit_symbol in held]
    said = tuple((unit_symbol, price) for unit_symbol, price in prices if price is not None)
    return PriceBasis(symbol, base, coefficient, prices[0][1], said)


def _comparable(price: Decimal | None, amount: Decimal) -> Decimal | None:
    """With four decimals; None when that is more than is kept, or nothing: it would be the lowest of all."""
    if price is None or amount <= 0:
        return None
    return storable(price / amount) or None


def _held(
    row: PriceRow, product: ProductName, goods: GoodsClass | None, sold: Unit | None
) -> Iterator[tuple[Decimal, str]]:
    """How much the sold unit holds, in each unit that goods of the class are compared in, the main one first."""
    form = goods.form if goods else None
    pack = sold.code if sold and (sold.code in _COUNTED or (sold.code == _ROLL and form in _COUNTED_IN_ROLLS)) else None
    if row.package and row.package_unit:
        holds = _of_column(row.package, row.package_unit, form, packed=pack is not None)
        if holds:
            yield holds
            return
    if (sold is None and row.unit) or (sold is not None and sold.dimension is Dimension.PIECES and sold.factor != 1):
        named = Contents()
    else:
        # What is sold by the roll and not known is read as a roll is.
        wound = Form.ROLL if form is None and sold is not None and sold.code == _ROLL else form
        named = contents(product, wound, pack)
    found = list(_chosen(named, goods, sold))
    if not found and row.unit and any(map(str.isdigit, row.unit)):
        found = list(_chosen(contents(read(_SLASH.sub(" ", row.unit)), None, pack), goods, sold))
    yield from found


def _of_column(package: Decimal, said: str, form: Form | None, *, packed: bool) -> tuple[Decimal, str] | None:
    """What a column of packages says. The weight of a tool or the volume of a vessel is not what one buys."""
    _, held = counted_unit(said)
    if held is None or (held.dimension is Dimension.PIECES and not packed):
        return None
    if form in _BY_PIECE and held.dimension is not Dimension.PIECES:
        return None
    return package * base_factor(held), base_symbol(held)


def _chosen(named: Contents, goods: GoodsClass | None, sold: Unit | None) -> Iterator[tuple[Decimal, str]]:
    """What people compare by, the main unit of the class first, else in the order of these."""
    if named.pairs and not named.pieces:
        yield from _of_pairs(named.pairs)
        return
    main = goods.main if goods else None
    lengthy = goods is not None or (sold is not None and sold.code in _WOUND)
    # Of boards only those are bought by area that cover one.
    flat = goods is None or goods.form is not Form.TIMBER or main == _SQUARE.code or not named.cubic
    choices = [
        (amount, base)
        for amount, base in (
            (named.mass, _KILOGRAM),
            (named.liquid, _LITRE),
            (named.area if flat else None, _SQUARE),
            (named.cubic, _CUBIC),
            (named.length if lengthy else None, _METRE),
            (named.pieces, _PIECE),
        )
        if amount
    ]
    for amount, base in sorted(choices, key=lambda one: one[1].code != main) if len(choices) > 1 else choices:
        yield amount, base_symbol(base)


def _class_of(category: tuple[str, ...]) -> GoodsClass | None:
    """Of goods whose name does not say it: what the innermost heading names."""
    return read(category[-1]).goods if category else None
