"""Numbers that only one of two names says, and that follow from what both say."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Final

from quarry.domain.names.facts import Facts
from quarry.domain.names.goods import Form
from quarry.domain.names.numbers import SPREAD, Number

_SQUARE_MILLIMETRES: Final = 1_000_000
_METRE: Final = 1000
_SCALES: Final = (1, 1000, 1_000_000, 1_000_000_000)
_NEAR: Final = 0.015
_PLANE: Final = 2
_ROLLED: Final = frozenset({1, _PLANE})
_HELD: Final = frozenset({"mass", "liquid", "inch"})


def forget(
    mine: Counter[Number],
    theirs: Counter[Number],
    common: AbstractSet[Number],
    form: Form | None,
    remarks: AbstractSet[float],
) -> None:
    """Take from ``mine`` what is no question. ``remarks`` are values that the other name says as remarks."""
    if not mine:
        return
    if not theirs:
        _forget_repeated(mine, common)
    _explain(mine, theirs, common, form)
    if remarks:
        _forget_remarks(mine, remarks)
        _forget_factors(mine, remarks)
    if not SPREAD.isdisjoint(kinds_of(mine)):
        _forget_products(mine, common)


def remarks_of(said: Facts, other: Facts) -> AbstractSet[float]:
    """The values of the remarks of kinds that the other name does not have."""
    return {value for kind, values in said.remarks.items() if kind not in other.remarks for value in values}


def _forget_repeated(mine: Counter[Number], common: AbstractSet[Number]) -> None:
    """A number that both say needs no second mention: «WAV100 100 л»."""
    said = {value for kind, value in common if kind in _HELD}
    for again in [one for one in mine if one in common or one[1] in said]:
        del mine[again]


def _forget_remarks(mine: Counter[Number], said: AbstractSet[float]) -> None:
    """«33 класс» is «33кл», which is read as a rating."""
    for one in [one for one in mine if one[1] in said]:
        del mine[one]


def _forget_factors(mine: Counter[Number], remarks: AbstractSet[float]) -> None:
    """«1х50 м» of a mesh, where the other name says its 50 m² as a remark."""
    for one, other in combinations([number for number in mine if not number[0]], 2):
        product = one[1] * other[1]
        if any(close(product / scale, said) for said in remarks for scale in _SCALES):
            del mine[one], mine[other]
            return


def _forget_products(mine: Counter[Number], common: AbstractSet[Number]) -> None:
    """An area or a volume that follows from the sizes that both say: «1,2х30 м, 36 м2»."""
    sizes = [value for kind, value in common if not kind]
    products = [a * b for a, b in combinations(sizes, 2)] + [a * b * c for a, b, c in combinations(sizes, 3)]
    for one in [one for one in mine if one[0] in SPREAD]:
        if any(close(product / scale, one[1]) for product in products for scale in _SCALES):
            del mine[one]


def kinds_of(numbers: Iterable[Number]) -> set[str]:
    return {kind for kind, _ in numbers}


def close(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * max(one, other)


def _explain(mine: Counter[Number], theirs: Counter[Number], common: AbstractSet[Number], form: Form | None) -> None:
    """What only one side says is no question where it follows from what both say."""
    if theirs and not ("area" in kinds_of(theirs) and _area_of(mine, theirs)):
        return
    if form is Form.ROLL and "area" in kinds_of(common):
        for one in [one for one in mine if not one[0]]:
            del mine[one]


def _area_of(mine: Counter[Number], theirs: Counter[Number]) -> bool:
    """Whether all that the others say more is the area of my sizes: «1х15 м» and «15 м2»."""
    sizes = [value for (kind, value), times in mine.items() for _ in range(times) if not kind]
    if len(sizes) not in _ROLLED or kinds_of(theirs) != {"area"} or len(theirs) != 1:
        return False
    ((_, area),) = theirs
    product = sizes[0] * sizes[-1] if len(sizes) == _PLANE else sizes[0] * _METRE  # a roll of 10 m is 1 m wide
    if not any(close(product / scale, area) for scale in (1, _METRE, _SQUARE_MILLIMETRES)):
        return False
    mine.clear()
    theirs.clear()
    return True
