"""Tables under one header beside each other: where each begins, and which of them a column between two belongs to."""

from collections.abc import Sequence
from itertools import pairwise

from quarry.domain.reading import Role
from quarry.pricelists.grid import Line, is_filled

_NAMES = (Role.NAME, Role.MODEL, Role.SIZE)
_OF_GOODS = {Role.SKU, Role.ID}
Bounds = list[tuple[int, int]]


def blocks(roles: Sequence[Role | None], labels: Sequence[str], sample: Sequence[Line]) -> Bounds:
    """Side-by-side tables begin again with their first column, and each has goods and a price of its own."""
    if apart := _apart(roles, labels, sample):
        return apart
    bounds = _blocks(roles, labels)
    for at, ((start, middle), (_, stop)) in enumerate(pairwise([*bounds])):
        begin = _claimed(roles, sample, start, middle, stop)
        bounds[at : at + 2] = [(bounds[at][0], begin), (begin, stop)]
    return bounds


def _apart(roles: Sequence[Role | None], labels: Sequence[str], sample: Sequence[Line]) -> Bounds:
    """Tables of whatever titles with a blank column between them, each with names and a price; empty where none are."""
    blanks = [
        column
        for column, label in enumerate(labels)
        if not label and not any(is_filled(line.cell(column)) for line in sample)
    ]
    starts = [0, *[column + 1 for column in blanks]]
    bounds = [(start, stop) for start, stop in zip(starts, [*blanks, len(labels)], strict=True) if stop > start]
    whole = all({Role.NAME, Role.PRICE} <= set(roles[start:stop]) for start, stop in bounds)
    return bounds if len(bounds) > 1 and whole else []


def between(roles: Sequence[Role | None], labels: Sequence[str], sample: Sequence[Line]) -> list[int]:
    """The columns of articles behind a table's prices that may as well be of the next table, which has none."""
    found = []
    for (start, middle), (_, stop) in pairwise(blocks(roles, labels, sample)):
        behind = _behind(roles, start, middle)
        if behind and not _OF_GOODS & set(roles[middle:stop]) and not _seen_apart(roles, sample, start, middle, stop):
            found.append(behind[0])
    return found


def _claimed(roles: Sequence[Role | None], sample: Sequence[Line], start: int, middle: int, stop: int) -> int:
    """Where the second table begins: with an article that is filled where only its own goods are."""
    behind = _behind(roles, start, middle)
    if not behind or _OF_GOODS & set(roles[middle:stop]):
        return middle
    first, second = _seen_apart(roles, sample, start, middle, stop) or (1, 0)
    return behind[0] if second > first else middle


def _behind(roles: Sequence[Role | None], start: int, middle: int) -> list[int]:
    """The columns of articles that end a table, behind its prices."""
    column = middle
    while column > start and roles[column - 1] in _OF_GOODS:
        column -= 1
    behind = column > start and roles[column - 1] is Role.PRICE
    return [*range(column, middle)] if behind else []


def _seen_apart(
    roles: Sequence[Role | None], sample: Sequence[Line], start: int, middle: int, stop: int
) -> tuple[int, int] | None:
    """In how many rows with goods of one table alone the article is filled, of the first and the second one."""
    names = [
        next((c for c in range(*bound) if roles[c] in _NAMES), None) for bound in ((start, middle), (middle, stop))
    ]
    if None in names:
        return None
    article = _behind(roles, start, middle)[0]
    alone = [0, 0]
    for line in sample:
        filled = [is_filled(line.cell(name)) for name in names if name is not None]
        if sum(filled) == 1 and is_filled(line.cell(article)):
            alone[filled.index(True)] += 1
    return (alone[0], alone[1]) if any(alone) else None


def _blocks(roles: Sequence[Role | None], labels: Sequence[str]) -> list[tuple[int, int]]:
    """Side-by-side tables begin again with their first column, and each has goods and a price of its own."""
    whole = [(0, len(roles))]
    if parted := _parted(roles, labels):
        return parted
    anchors = [column for column, role in enumerate(roles) if role is Role.NAME]
    if not anchors:
        first = next((column for column, role in enumerate(roles) if role in {Role.MODEL, Role.SIZE, Role.SKU}), None)
        first = roles.index(Role.PRICE) if first is None and Role.PRICE in roles else first
        anchors = [] if first is None else [column for column, label in enumerate(labels) if label == labels[first]]
    if len(anchors) < 2:  # noqa: PLR2004 - a table beside another one
        return whole
    lead = _lead(roles, labels, anchors)
    starts = [0, *[max(anchor - lead, 0) for anchor in anchors[1:]]]
    bounds = list(zip(starts, [*starts[1:], len(roles)], strict=True))
    return bounds if all(Role.PRICE in roles[start:stop] for start, stop in bounds) else whole


def _parted(roles: Sequence[Role | None], labels: Sequence[str]) -> list[tuple[int, int]]:
    """Tables with a blank column between them whose prices are called the same, and each names its goods."""
    blanks = [column for column, label in enumerate(labels) if not label]
    starts = [0, *[column + 1 for column in blanks]]
    bounds = [(start, stop) for start, stop in zip(starts, [*blanks, len(labels)], strict=True) if stop > start]
    priced = [{labels[column] for column in range(*bound) if roles[column] is Role.PRICE} for bound in bounds]
    named = [any(roles[column] in {Role.NAME, Role.MODEL, Role.SIZE} for column in range(*bound)) for bound in bounds]
    alike = len(bounds) > 1 and all(priced) and all(named) and all(titles == priced[0] for titles in priced)
    return bounds if alike else []


def _lead(roles: Sequence[Role | None], labels: Sequence[str], anchors: Sequence[int]) -> int:
    """How many columns each of the tables has before the one that they are known by."""
    first, second = anchors[:2]
    lead = first
    while lead and not labels[first - lead]:
        lead -= 1
    before = [(labels[first - back], labels[second - back], roles[second - back]) for back in range(1, lead + 1)]
    if all(other and role is not Role.PRICE for _, other, role in before) and second - lead > first:
        titled = any(role is None and one != other for one, other, role in before)
        if titled or all(one == other for one, other, _ in before):
            return lead  # «Уголок | Длина | Цена» beside «Швеллер | Длина | Цена»
    start = first
    while start > 0 and roles[start - 1] in {Role.SKU, Role.IGNORED, Role.ID}:
        start -= 1
    return first - start
