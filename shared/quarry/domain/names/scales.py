"""Numbers of two names that are one number in other units."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from quarry.domain.names.explained import close
from quarry.domain.names.facts import Facts
from quarry.domain.names.numbers import CENTIMETRES, SPREAD, Number

METRE: Final = 1000  # millimetres
_LONG: Final = 500
_PLANE: Final = 2
_CENTIMETRE: Final = 10
_SMALLEST_SIDE: Final = 5


def convert(left: Counter[Number], right: Counter[Number], one: Facts, other: Facts) -> None:
    """Take away the numbers that are the same in other units."""
    _rescale(left, right)
    _pair(left, right)
    if CENTIMETRES in one.remarks or CENTIMETRES in other.remarks:
        _in_centimetres(left, right, one, other)
        _in_centimetres(right, left, other, one)


def _in_centimetres(mine: Counter[Number], theirs: Counter[Number], said: Facts, silent: Facts) -> None:
    """«60 см» of a basin is «60»."""
    for value in said.remarks.get(CENTIMETRES, ()) if CENTIMETRES not in silent.remarks else ():
        number, plain = ("", value * _CENTIMETRE), ("", value)
        if number in mine and plain in theirs:
            del mine[number], theirs[plain]


def _pair(left: Counter[Number], right: Counter[Number]) -> None:
    """A number without a unit is that of the other side with one, in metres or in millimetres."""
    for mine in list(left):
        for theirs in list(right):
            if left[mine] and right[theirs] and same_number(mine, theirs):
                times = min(left[mine], right[theirs])
                left[mine] -= times
                right[theirs] -= times
    for numbers in (left, right):
        for one in [one for one, times in numbers.items() if not times]:
            del numbers[one]


def same_number(one: Number, other: Number) -> bool:
    (kind, value), (other_kind, other_value) = one, other
    if (kind and other_kind) or "sort" in (kind, other_kind):
        return kind == other_kind and (value == other_value or (kind in SPREAD and close(value, other_value)))
    small, large = (value, other_value) if value <= other_value else (other_value, value)
    return small == large or (kind == other_kind and large >= _LONG and abs(small * METRE - large) < 1)


def scaled(left: Collection[Number], right: Collection[Number]) -> bool:
    """«170х70» of a bath is 1700 by 700 mm, «1,22х0,44» of a panel 1220 by 440."""
    if len(left) < _PLANE or len(right) < _PLANE:
        return False
    ours, theirs = [one for one in left if not one[0]], [one for one in right if not one[0]]
    if len(ours) != len(theirs) or len(ours) < _PLANE:
        return False
    small, large = sorted((sorted(ours), sorted(theirs)))
    pairs = [(a, b) for (_, a), (_, b) in zip(small, large, strict=True)]
    return all(a >= _SMALLEST_SIDE and a * _CENTIMETRE == b for a, b in pairs) or all(
        abs(a * METRE - b) < 1 for a, b in pairs
    )


def _rescale(left: Counter[Number], right: Counter[Number]) -> None:
    """Take away the sizes that are the same in other units."""
    if scaled(list(left.elements()), list(right.elements())):
        for numbers in (left, right):
            for one in [one for one in numbers if not one[0]]:
                del numbers[one]
        return
    for small, large in ((left, right), (right, left)):
        for side in sides_scaled(small, large):
            del small[side], large["", side[1] * _CENTIMETRE]


def sides_scaled(small: Collection[Number], large: Collection[Number]) -> list[Number]:
    """The sides in centimetres, «170х70», that are «1700х700» there, whatever other numbers stand beside them."""
    if len(small) < _PLANE or len(large) < _PLANE:
        return []
    sides = [number for number in small if not number[0] and number[1] >= _SMALLEST_SIDE]
    found = len(sides) >= _PLANE and all(("", value * _CENTIMETRE) in large for _, value in sides)
    return sides if found else []
