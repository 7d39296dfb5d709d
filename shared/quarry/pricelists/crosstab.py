"""Crossed tables: each price is of the row's goods and of the column's size, finish or grade.

No single title says so. What speaks for it adds up: a common title above the columns, what their labels are like,
whether the prices grow with the sizes, and that no other column has the prices.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile, zip_longest
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind
from quarry.domain.units import parse_unit
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, is_filled, text
from quarry.pricelists.headers import LONGEST_HEADER, price_header, role_of
from quarry.pricelists.matrix import subject_of, title_above
from quarry.pricelists.prices import parse_price
from quarry.pricelists.variants import (
    graded,
    is_axis,
    is_finish,
    is_lead_title,
    is_price,
    is_sized,
    may_be_variant,
    names_goods,
)

_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")
_CORNER_BLANK: Final = " "
_CORNER = re.compile(r"\s?[\\/]\s?")

_DEEPEST: Final = 3
_BODY, _LEAST_ROWS, _LEAST_SIZES = 30, 2, 2
_LEADS: Final = {Role.NAME, Role.SIZE, Role.MODEL, Role.CATEGORY, Role.DESCRIPTION, Role.BRAND, None}
_MOSTLY, _HALF = 0.75, 0.5

# What speaks for a crossed table, and how much of it makes one.
_COMMON_TITLE, _PRICE_TITLE, _AXES, _SIZES, _FINISHES = 3, 1, 3, 2, 2
_SUPPORT: Final = 1
_ENOUGH, _SURE = 4, 5
_DOUBTFUL: Final = 0.65


@dataclass(frozen=True, slots=True)
class _Block:
    """``columns`` hold the prices, ``labels`` are what each adds to a name, ``over`` the title above all of them."""

    columns: tuple[int, ...]
    labels: tuple[str, ...]
    over: str
    unused: tuple[int, ...] = ()


def crosstab_at(lines: Sequence[Line], index: int, spans: Mapping[int, list[tuple[int, int]]]) -> Header | None:
    """The header of a crossed table that begins at ``lines[index]``; None when too little speaks for one."""
    if index >= len(lines) or not _may_begin(lines[index]):
        return None
    best: tuple[int, Header] | None = None
    title = title_above(lines, index)
    for depth in range(1, _DEEPEST + 1):
        rows = lines[index : index + depth]
        if len(rows) < depth or not (_may_end(rows[-1], rows[-2]) if depth > 1 else _is_of_titles(rows[0])):
            break
        if depth == 1 and any(isinstance(cell, str) and is_price(text(cell)) for cell in rows[0].cells):
            continue  # its columns say themselves which of them are prices
        body = _body(lines, index + depth)
        found = _crossed(rows, body, spans, title) if len(body) >= _LEAST_ROWS else None
        if found and (best is None or found[0] > best[0]):
            best = found
    return best[1] if best and best[0] >= _ENOUGH else None


def is_scale(line: Line) -> bool:
    """Whether a row has ever larger sizes beside a title of what is measured: a header, though it has amounts."""
    filled = [cell for cell in line.cells if cell != ""]
    if len(filled) <= _LEAST_SIZES or not isinstance(filled[0], str) or not is_axis(text(filled[0])):
        return False
    sizes = [*map(_amount, filled[1:])]
    return not any(map(str.isdigit, filled[0])) and all(0 < one < other for one, other in pairwise(sizes))


def _may_begin(line: Line) -> bool:
    """Whether a row has titles: a text first, and more than one, or one that may be above columns of prices."""
    filled = [cell for cell in line.cells if cell != ""]
    if not filled or not isinstance(filled[0], str) or any(len(text(cell)) > LONGEST_HEADER for cell in filled):
        return False
    return len(filled) > 1 or line.cells[0] == ""


def _is_of_titles(line: Line) -> bool:
    """Whether the upper row has titles alone, or sizes beside a title that says of what they are."""
    filled = [text(cell) for cell in line.cells if cell != ""]
    return is_lead_title(filled[0]) or not any(map(_amount, line.cells))


def _may_end(line: Line, above: Line) -> bool:
    """Whether a lower row is of the header: titles alone, or sizes beside titles, none of which is below another."""
    pairs = [(cell, upper) for cell, upper in zip_longest(line.cells, above.cells, fillvalue="") if cell != ""]
    own = [(cell, upper) for cell, upper in pairs if cell != upper]
    if not own or any(len(text(cell)) > LONGEST_HEADER for cell, _ in own):
        return False
    titles = [(text(cell), upper) for cell, upper in own if not _amount(cell)]
    return len(titles) == len(own) or all(upper == "" and is_lead_title(title) for title, upper in titles)


def _body(lines: Sequence[Line], start: int) -> list[Line]:
    """The rows of a table up to a blank one or another header; headings among them say nothing of its columns."""
    found: list[Line] = []
    for line in lines[start : start + _BODY]:
        filled = [cell for cell in line.cells if cell != ""]
        if not filled:
            break
        if len(filled) == 1:
            continue
        if not any(_amount(cell) for cell in filled):
            if not found or any(role_of(text(cell)) for cell in filled):
                break
            continue
        found.append(line)
    return found


def _amount(cell: Cell) -> float:
    """The price that a cell is; 0 where it is none or several."""
    if isinstance(cell, str):
        return _written(cell) if any(map(str.isdigit, cell)) else 0
    return max(float(cell), 0)


@kept(4096)
def _written(cell: str) -> float:
    price = parse_price(cell)
    return float(price.amount or 0) if not price.fault and price.guess != "several_prices" else 0


def _crossed(
    rows: Sequence[Line], body: Sequence[Line], spans: Mapping[int, list[tuple[int, int]]], title: str | None
) -> tuple[int, Header] | None:
    stacks = _stacks(rows, spans, max(len(line.cells) for line in (*rows, *body)))
    first = next((column for column, stack in enumerate(stacks) if stack), 0)
    if title and first and _is_given(body, first - 1):
        first -= 1  # the corner above sizes may be blank, where a title speaks of prices
        stacks[first] = (_CORNER_BLANK,)
    money = [column for column in range(first + 1, len(stacks)) if _is_money(body, column)]
    block = _by_repetition(stacks, money) or _by_place(stacks, money)
    if block is None or not all(map(may_be_variant, block.labels)) or len(set(block.labels)) < len(block.labels):
        return None
    leads = [
        column
        for column in range(block.columns[0])
        if column not in block.unused and _is_lead(stacks[column], body, column)
    ]
    if not leads or any(_is_size_of_another(stacks[column], body, column) for column in leads):
        return None
    if not _covers(rows, stacks, leads, block):
        return None
    score = _score(stacks, leads, block, body)
    score += _SUPPORT * (score > 0 and title is not None)
    return score, _header(rows, stacks, leads, block, title, sure=score >= _SURE)


def _stacks(rows: Sequence[Line], spans: Mapping[int, list[tuple[int, int]]], width: int) -> list[tuple[str, ...]]:
    """For each column its titles, the upper first; wide ones are above each of their columns."""
    levels = []
    for at, line in enumerate(rows):
        labels = [text(cell) for cell in line.cells] + [""] * (width - len(line.cells))
        if at + 1 < len(rows):
            _widen(labels, spans.get(line.number, ()), [text(cell) for cell in rows[at + 1].cells])
        levels.append(labels)
    return [_apart([labels[column] for labels in levels]) for column in range(width)]


def _widen(labels: list[str], spans: Sequence[tuple[int, int]], below: Sequence[str]) -> None:
    """Carry titles over the columns that they are above: merged with them, or blank ones that have lower titles."""
    wide = {column: first for first, last in spans for column in range(first, last + 1)}
    own = list(labels)
    for column in range(1, len(labels)):
        if own[column]:
            continue
        if column in wide:
            labels[column] = labels[wide[column]]
        elif column < len(below) and below[column] and own[column - 1] != below[column - 1]:
            labels[column] = labels[column - 1]


def _apart(labels: Sequence[str]) -> tuple[str, ...]:
    """The titles of one column, those that are merged downwards once."""
    found: list[str] = []
    for label in labels:
        if label and (not found or found[-1] != label):
            found.append(label)
    return tuple(found)


def _is_money(body: Sequence[Line], column: int) -> bool:
    """Whether a column has amounts, and else only blanks and short words («дог.», «×»)."""
    cells = [cell for line in body if (cell := line.cell(column)) != ""]
    amounts = sum(bool(_amount(cell)) for cell in cells)
    words = sum(not _amount(cell) and isinstance(cell, str) and not any(map(str.isdigit, cell)) for cell in cells)
    return amounts > 0 and amounts + words == len(cells) and amounts >= words


def _by_repetition(stacks: Sequence[tuple[str, ...]], money: Sequence[int]) -> _Block | None:
    """«6 мм: м/уп, руб. | 9 мм: м/уп, руб.»: prices are under a title of prices that each of the wide ones has."""
    groups: dict[str, list[int]] = {}
    for column in money:
        if len(stacks[column]) > 1 and role_of(stacks[column][-1]) is Role.PRICE:
            groups.setdefault(stacks[column][-1], []).append(column)
    for title, columns in groups.items():
        labels = tuple(" ".join(stacks[column][:-1]) for column in columns)
        if len(columns) > 1 and len(set(labels)) == len(labels):
            shared = {stacks[column][0] for column in columns}
            beside = [column for column, stack in enumerate(stacks) if len(stack) > 1 and stack[0] in shared]
            unused = tuple(column for column in beside if column not in columns)
            if all(role_of(stacks[column][-1]) is not Role.PRICE for column in unused):
                return _Block(tuple(columns), labels, title, unused)
    return None


def _by_place(stacks: Sequence[tuple[str, ...]], money: Sequence[int]) -> _Block | None:
    """The columns of amounts that have a title in common, else all of them beside each other."""
    tops: dict[str, list[int]] = {}
    for column, stack in enumerate(stacks):
        if len(stack) > 1:
            tops.setdefault(stack[0], []).append(column)
    if chosen := _of_customers(stacks, {title: columns for title, columns in tops.items() if is_price(title)}):
        return chosen
    for title, columns in tops.items():
        priced = [column for column in columns if column in money]
        axis = is_axis(title)
        if len(priced) < 2 - axis or len(priced) * 2 <= len(columns) or not (axis or is_price(title)):
            continue
        if any(_any_price(stacks[column]) for column in money if column not in columns):
            return None
        unit = parse_unit(title.rpartition(",")[2].strip(" .")) if axis else None
        added = (" ".join(stacks[column][1:]) for column in priced)
        whole = (f"{label} {unit.symbol}" if unit and _NUMBER.fullmatch(label) else label for label in added)
        return _Block(tuple(priced), tuple(whole), title)
    labels = {column: " ".join(stacks[column]) for column in money if stacks[column]}
    if any(_any_price(stacks[column]) for column in money):
        return None
    free = [*takewhile(lambda column: may_be_variant(labels[column]), reversed(labels))][::-1]
    if len(free) < 2 or free[-1] - free[0] + 1 != len(free):  # noqa: PLR2004 - columns to choose from
        return None
    return _Block(tuple(free), graded([labels[column] for column in free]), "")


def _of_customers(stacks: Sequence[tuple[str, ...]], tops: Mapping[str, Sequence[int]]) -> _Block | None:
    """«Опт: оцинк., полимер | Розница: оцинк., полимер»: the prices that any buyer pays."""
    labels = {title: tuple(" ".join(stacks[column][1:]) for column in columns) for title, columns in tops.items()}
    alike = len(tops) > 1 and len(set(labels.values())) == 1 and min(map(len, tops.values())) > 1
    if not alike or not all(map(may_be_variant, next(iter(labels.values())))):
        return None
    first = min(tops, key=lambda title: (price_header(title).kind is not PriceKind.RETAIL, price_header(title).rank))
    others = tuple(column for title, columns in tops.items() if title != first for column in columns)
    return _Block(tuple(tops[first]), labels[first], first, others)


def _any_price(stack: Sequence[str]) -> bool:
    return any(map(is_price, stack))


def _is_lead(stack: Sequence[str], body: Sequence[Line], column: int) -> bool:
    """Whether a column before the prices says which goods a row is of, perhaps once for several."""
    cells = [line.cell(column) for line in body]
    filled = sum(map(is_filled, cells))
    label = stack[-1] if stack else ""
    packed = "/" in label and parse_unit(label.partition("/")[0].strip(" .")) is not None
    given = bool(stack) and (is_filled(cells[0]) or filled * 2 > len(body))
    return given and not packed and role_of(" ".join(stack)) in _LEADS


def _is_given(body: Sequence[Line], column: int) -> bool:
    return all(is_filled(line.cell(column)) for line in body)


def _is_size_of_another(stack: Sequence[str], body: Sequence[Line], column: int) -> bool:
    """Whether a column before the prices has the prices of another crossed table beside this one."""
    label = " ".join(stack)
    return is_sized(label) and not is_axis(label) and _is_money(body, column)


def _covers(rows: Sequence[Line], stacks: Sequence[tuple[str, ...]], leads: Sequence[int], block: _Block) -> bool:
    """Whether all titles of the upper row are of this table: above its prices, or first titles of its other columns."""
    top = [column for column, cell in enumerate(rows[0].cells) if is_filled(cell)]
    if len(rows) == 1:
        return not any(isinstance(rows[0].cells[column], str) and _amount(rows[0].cells[column]) for column in leads)
    of_prices = {*block.columns, *block.unused}
    if not any(column in of_prices or stacks[column][0] == block.over for column in top):
        return False
    return all(is_filled(rows[-1].cell(column)) for column in block.columns) and not _amount(rows[-1].cell(leads[0]))


def _score(stacks: Sequence[tuple[str, ...]], leads: Sequence[int], block: _Block, body: Sequence[Line]) -> int:
    """How much speaks for it; 0 where its labels are of nothing that goods differ in."""
    axes = [part for part in _CORNER.split(stacks[leads[0]][-1]) if part] if stacks[leads[0]] else []
    crossed = len(axes) > 1 and all(map(is_axis, axes))
    axis = bool(block.over) and is_axis(block.over)
    sized = all(map(is_sized, block.labels))
    finished = sum(map(is_finish, block.labels)) >= _HALF * len(block.labels)
    plain = is_price(block.over) and all(label[:1].islower() for label in block.labels)  # towns are names
    if not (crossed or axis or sized or finished or plain) or (len(block.columns) == 1 and not (axis and sized)):
        return 0
    numbers = [float(found[0].replace(",", ".")) for label in block.labels if (found := _NUMBER.search(label))]
    return (
        _AXES * crossed
        + _COMMON_TITLE * axis
        + _PRICE_TITLE * (bool(block.over) and is_price(block.over))
        + _SIZES * sized
        + _FINISHES * (finished or plain)
        + _SUPPORT * is_lead_title(" ".join(stacks[leads[0]]))
        + _SUPPORT * (len(numbers) == len(block.labels) and all(one < other for one, other in pairwise(numbers)))
        + _SUPPORT * _grow(body, block.columns)
    )


def _grow(body: Sequence[Line], columns: Sequence[int]) -> bool:
    """Whether the prices rise along the rows or down the columns, as those of ever larger sizes do."""
    table = [[_amount(line.cell(column)) for column in columns] for line in body]
    return any(
        len(steps := [one <= other for run in runs for one, other in pairwise(run) if one and other]) > 1
        and sum(steps) >= _MOSTLY * len(steps)
        for runs in (table, list(zip(*table, strict=True)))
    )


def _header(
    rows: Sequence[Line],
    stacks: Sequence[tuple[str, ...]],
    leads: Sequence[int],
    block: _Block,
    title: str | None,
    *,
    sure: bool,
) -> Header:
    labels = [" ".join(stack).strip() for stack in stacks]
    above = {column: stacks[column][0] for column in leads if len(stacks[column]) > 1}
    subject = next((name for name in above.values() if names_goods(name)), None)
    for column, upper in above.items():
        if upper == subject:
            labels[column] = " ".join(stacks[column][1:])
    subject = subject or (subject_of(title) if title else None)
    title = block.over if is_price(block.over) else title
    for column, label in zip(block.columns, block.labels, strict=True):
        labels[column] = f"{title}: {label}" if title else label
    return Header(
        rows[0].number,
        rows[-1].number,
        tuple(labels),
        (),
        len(rows),
        subject,
        block.labels,
        unused=block.unused,
        priced=block.columns,
        leads=tuple(leads),
        surety=1.0 if sure else _DOUBTFUL,
    )
