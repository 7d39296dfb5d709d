"""Sizes of goods in metres: without a unit it is the kind of goods that tells millimetres from metres."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.meanings import UnitWord

MM: Final = Decimal("0.001")
CM: Final = Decimal("0.01")
METRE: Final = Decimal(1000)  # in millimetres
MILLIMETRES_FROM: Final = Decimal(100)
CENTIMETRES_FROM: Final = Decimal(5)
_PLANE: Final = 2
_SPACE: Final = 3
_SLENDER: Final = 10
# Nobody sells boards of 125 by 250 millimetres: the sides of sheets in centimetres, the least and the most of each.
_SHEET_CM: Final = (115, 160, 240, 310)
_LARGEST_IN_CENTIMETRES: Final = 250
_NARROWEST_IN_CENTIMETRES: Final = 30
_TRIM_WIDTHS: Final = range(40, 301)
_TRIM_LENGTHS: Final = range(1900, 3001)
_ONE: Final = Decimal(1)
_LONGEST_IN_METRES: Final = Decimal(13)
_WIDEST: Final = Decimal(8)
# From these a number is in millimetres: behind it a unit of metres may be the other's.
_NARROWEST: Final = Decimal(200)
_LONGEST_ROLL: Final = Decimal(400)
_SHORTEST_ROLL: Final = Decimal(4)


def length_of_board(value: Decimal, unit: UnitWord | None) -> Decimal:
    """A board's size in metres: «50х150х6 м» says metres of the length alone, and «25*150*6» does not say them."""
    if unit is None or unit.factor == METRE:
        return value if value <= _WIDEST else value * MM
    return value * unit.factor * MM


def metres_of_plate(one: Amount) -> list[Decimal] | None:
    """«2500х1200х12,5», «1,2*2,5м»: millimetres where one size is a hundred or more, metres where all are small."""
    if one.unit and not one.own_units and one.unit.factor != METRE:
        return [value * one.unit.factor * MM for value in one.values]
    if (
        one.unit is None
        and _SHEET_CM[0] <= min(one.values) <= _SHEET_CM[1] <= _SHEET_CM[2] <= max(one.values) <= _SHEET_CM[3]
    ):
        return [value * CM for value in one.values]
    if one.own_units:
        return [value * (unit.factor if unit else _ONE) * MM for value, unit in zip(one.values, one.units, strict=True)]
    if max(one.values) >= MILLIMETRES_FROM:
        return [value * MM for value in one.values]
    return list(one.values) if max(one.values) <= _LONGEST_IN_METRES and one.unit else _bare(one.values)


def _bare(values: Sequence[Decimal]) -> list[Decimal] | None:
    """Small sizes without a unit are metres where one has a fraction: «1,2*2,5»."""
    return list(values) if max(values) <= _LONGEST_IN_METRES and any(value % 1 for value in values) else None


def metres_of_mat(one: Amount) -> list[Decimal] | None:
    """Insulation: plates are in millimetres or in centimetres («60х120»), rolls in metres («1х30»)."""
    if one.unit and one.unit.factor == METRE and len(one.values) == _PLANE:
        return metres_of_roll(one)
    if one.unit or max(one.values) > _LARGEST_IN_CENTIMETRES:
        return metres_of_plate(one)
    if len(one.values) == _PLANE and min(one.values) >= _NARROWEST_IN_CENTIMETRES:
        return [value * CM for value in one.values]
    return metres_of_roll(one) if len(one.values) == _PLANE else metres_of_plate(one)


def metres_of_tile(one: Amount) -> list[Decimal] | None:
    """Tiles without a unit are in centimetres below 130: «30х30»."""
    if one.unit or max(one.values) > Decimal(125):
        return metres_of_plate(one)
    return [value * CM for value in one.values] if max(one.values) >= CENTIMETRES_FROM else None


def metres_of_roll(one: Amount, shortest: Decimal = _SHORTEST_ROLL) -> list[Decimal] | None:
    """A roll's width and length: «1,06х25», «1600х43,75», «2мх50м», «1400х50 м»."""
    found = []
    for value, unit in zip(one.values, one.units, strict=True):
        if unit and unit.factor != METRE:
            found.append(value * unit.factor * MM)
        else:
            in_metres = unit is not None or min(one.values) <= _WIDEST
            found.append(value * MM if value >= (_LONGEST_ROLL if in_metres else _NARROWEST) else value)
    wide, long = sorted(found)
    return found if wide <= _WIDEST and (long >= shortest or one.unit) else None


def _is_slender(values: Sequence[Decimal]) -> bool:
    return values[0] >= METRE and values[0] >= _SLENDER * values[1]


def last_length(one: Amount) -> Decimal | None:
    """The last of a bar's sizes, where it is as long as bars are; a door's trim says its length first."""
    last, unit = one.values[-1], one.unit
    if len(one.values) == _SPACE and (unit is None or unit.factor == 1) and _is_slender(one.values):
        last = one.values[0]  # «2400х58х16»
    if len(one.values) == _PLANE and last in _TRIM_WIDTHS and one.values[0] in _TRIM_LENGTHS:
        last = one.values[0]
    if unit and unit.factor == METRE:
        return last if last <= _LONGEST_IN_METRES * 10 else None
    millimetres = last * unit.factor if unit else last
    return millimetres * MM if millimetres >= METRE and last == max(one.values) else None
