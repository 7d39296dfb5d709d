"""Prices made comparable: for how much of a base unit a supplier's price stands."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from quarry.domain.packages import Contents, contents_of, parse_package
from quarry.domain.rows import PriceRow
from quarry.domain.units import Dimension, Unit, base_factor, base_symbol, parse_unit, unit

_MONEY = Decimal("0.0001")
_MOST = Decimal(10) ** 10  # what numeric(14,4) holds
_ONE = Decimal(1)
_SLASH = re.compile(r"/\s*(?=\d)")  # «упак/0,432 м3»
_KILOGRAM, _LITRE, _SQUARE, _CUBIC, _METRE, _PIECE, _SHEET = (
    unit(code) for code in ("kg", "l", "m2", "m3", "m", "pcs", "sheet")
)
# Vessels and bundles whose piece count makes them comparable; a roll or a sheet is one piece of goods by itself.
_COUNTED = {"pack", "bundle", "box", "kit", "pallet", "bag"}
_WOUND = {"roll", "coil"}


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """``coefficient`` is how many ``base_unit`` one sold unit holds; ``price_per_base_unit`` has four decimals.

    ``normalized_unit`` is the sold unit's symbol, null when the supplier names none that is known.
    """

    normalized_unit: str | None
    base_unit: str | None
    coefficient: Decimal
    price_per_base_unit: Decimal | None


def price_basis(row: PriceRow) -> PriceBasis:
    """By the row's unit, its package column, then the contents in its name or unit («мешок 50 кг»)."""
    sold = parse_unit(row.unit)
    if sold and sold.code == "l" and _is_sheet(row.name):
        sold = _SHEET  # «л.» of a plasterboard is a sheet
    if sold and sold.dimension not in {Dimension.PIECES, Dimension.PACKS}:
        return _basis(row, sold, base_symbol(sold), base_factor(sold))
    held = _held(row, sold)
    if held:
        amount, base = held
        return _basis(row, sold, base_symbol(base), amount * base_factor(base) * (sold.factor if sold else _ONE))
    if sold is None:
        return PriceBasis(None, None, _ONE, None)
    return _basis(row, sold, base_symbol(sold), base_factor(sold))


def _basis(row: PriceRow, sold: Unit | None, base: str, coefficient: Decimal) -> PriceBasis:
    price = None
    if row.price is not None and coefficient > 0:
        price = _comparable(row.price / coefficient)
    return PriceBasis(sold.symbol if sold else None, base, coefficient, price)


def _comparable(price: Decimal) -> Decimal | None:
    """With four decimals; null when that is more than is kept, or nothing: it would be the lowest of all."""
    rounded = price.quantize(_MONEY, ROUND_HALF_UP) if price < _MOST else price
    return rounded if 0 < rounded < _MOST else None


def _held(row: PriceRow, sold: Unit | None) -> tuple[Decimal, Unit] | None:
    if row.package and row.package_unit:
        packed = parse_unit(row.package_unit)
        if packed and not (packed.dimension is Dimension.PIECES and not _holds_pieces(sold)):
            return row.package, packed
    named = parse_package(row.name)
    found = _chosen(named, sold)
    if found is None and row.unit and any(map(str.isdigit, row.unit)):
        found = _chosen(contents_of(_SLASH.sub(" ", row.unit.casefold())), sold)
    return found


def _chosen(contents: Contents, sold: Unit | None) -> tuple[Decimal, Unit] | None:
    """The content people compare by. A name that says both a mass and a volume does not tell which one is sold."""
    if contents.mass and contents.liquid:
        return None
    wound = sold is not None and sold.code in _WOUND
    choices = (
        (contents.mass, _KILOGRAM),
        (contents.liquid, _LITRE),
        (contents.area, _SQUARE),
        (contents.cubic, _CUBIC),
        (contents.length if wound else None, _METRE),
        (contents.pieces if _holds_pieces(sold) else None, _PIECE),
    )
    return next(((amount, base) for amount, base in choices if amount), None)


def _holds_pieces(sold: Unit | None) -> bool:
    return sold is not None and sold.code in _COUNTED


def _is_sheet(name: str) -> bool:
    contents = parse_package(name)
    return contents.area is not None and contents.liquid is None
