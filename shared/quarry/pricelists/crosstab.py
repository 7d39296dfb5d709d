"""Crossed tables: each price is of the row's goods and of the column's size, finish or grade.

No single title says so. What speaks for it adds up: a common title above the columns, what their labels are like,
whether the prices grow with the sizes, and that no other column has the prices.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, is_filled, text
from quarry.pricelists.headers import role_of
from quarry.pricelists.price_blocks import (
    NUMBER,
    Block,
    amount_in,
    are_counts,
    are_goods,
    by_customers,
    by_place,
    by_repetition,
    counted,
    is_money,
)
from quarry.pricelists.title_rows import is_of_titles, may_begin, may_end, stacked
from quarry.pricelists.variants import (
    are_makes,
    axis_within,
    is_axis,
    is_finish,
    is_lead_title,
    is_price,
    is_sized,
    may_be_variant,
    names_goods,
    subject_of,
    title_above,
)

_CORNER_BLANK: Final = " "
_CORNER = re.compile(r"\s?[\\/]\s?")

_DEEPEST: Final = 3
_BODY, _LEAST_ROWS, _LEAST_SIZES = 30, 2, 2
_LEADS: Final = {Role.NAME, Role.SIZE, Role.MODEL, Role.CATEGORY, Role.DESCRIPTION, Role.BRAND, None}
_MOSTLY, _HALF = 0.75, 0.5

# What speaks for a crossed table, and how much of it makes one.
_COMMON_TITLE, _PRICE_TITLE, _AXES, _SIZES, _FINISHES = 3, 1, 3, 2, 2
_SUPPORT, _AGAIN = 1, 2
_ENOUGH, _SURE = 4, 5
_DOUBTFUL: Final = 0.65


def crosstab_at(
    lines: Sequence[Line], index: int, spans: Mapping[int, list[tuple[int, int]]], before: Header | None = None
) -> Header | None:
    """The header of a crossed table that begins at ``lines[index]``; None when too little speaks for one.

    ``before`` is the header of the table above, which may be crossed and begin with the same title.
    """
    if index >= len(lines) or not may_begin(lines[index]) or _is_titled(lines, index):
        return None
    best: tuple[int, Header] | None = None
    title, again = title_above(lines, index), _begins_as(lines[index], before)
    known = before.priced if before and again and _says_the_same(lines[index], before) else ()
    for depth in range(1, _DEEPEST + 1):
        rows = lines[index : index + depth]
        if len(rows) < depth or not (may_end(rows[-1], rows[-2]) if depth > 1 else is_of_titles(rows[0])):
            break
        if depth == 1 and any(isinstance(cell, str) and is_price(text(cell)) for cell in rows[0].cells):
            continue  # its columns say themselves which of them are prices
        body = _body(lines, index + depth)
        found = _crossed(rows, body, spans, title, known) if len(body) >= _LEAST_ROWS - bool(title or again) else None
        if found and again:
            found = found[0] + _AGAIN, found[1]
        if found and (best is None or found[0] > best[0]):
            best = found
    return best[1] if best and best[0] >= _ENOUGH else None


def _is_titled(lines: Sequence[Line], index: int) -> bool:
    """Whether a row has amounts, and titles stand right above all of them: then they are prices, and no sizes."""
    amounts = [column for column, cell in enumerate(lines[index].cells) if amount_in(cell)]
    above = lines[index - 1] if index else Line(0, [])
    titles = [cell for column in amounts if isinstance(cell := above.cell(column), str) and not amount_in(cell)]
    return len(amounts) >= _LEAST_SIZES and len(titles) == len(amounts) and all(titles)


def _begins_as(line: Line, before: Header | None) -> bool:
    """Whether a row begins with the title that the crossed table above begins with."""
    if before is None or not before.leads:
        return False
    lead = before.leads[0]
    return text(line.cell(lead)) == before.labels[lead] != ""


def _says_the_same(line: Line, before: Header) -> bool:
    """Whether a row has all the titles that the table above has, whatever its prices are under."""
    return all(before.labels[column].endswith(text(line.cell(column)) or " ") for column in before.priced)


def is_scale(line: Line) -> bool:
    """Whether a row has ever larger sizes beside a title of what is measured: a header, though it has amounts."""
    filled = [cell for cell in line.cells if cell != ""]
    if len(filled) <= _LEAST_SIZES or not isinstance(filled[0], str) or not is_axis(text(filled[0])):
        return False
    sizes = [*map(_size_in, filled[1:])]
    return not any(map(str.isdigit, filled[0])) and all(0 < one < other for one, other in pairwise(sizes))


def _size_in(cell: Cell) -> float:
    """The amount of «2,5» or «2,5 кг»; 0 where it is none."""
    if amount := amount_in(cell):
        return amount
    sized = NUMBER.match(cell) if isinstance(cell, str) else None
    return float(sized[0].replace(",", ".")) if sized and parse_unit(sized.string[sized.end() :].strip()) else 0


def _body(lines: Sequence[Line], start: int) -> list[Line]:
    """The rows of a table up to a blank one or another header; headings among them say nothing of its columns."""
    found: list[Line] = []
    for line in lines[start : start + _BODY]:
        filled = [cell for cell in line.cells if cell != ""]
        if not filled:
            break
        if len(filled) == 1:
            continue
        if not any(amount_in(cell) for cell in filled):
            if not found or any(role_of(text(cell)) for cell in filled):
                break
            continue
        found.append(line)
    return found


def _crossed(
    rows: Sequence[Line],
    body: Sequence[Line],
    spans: Mapping[int, list[tuple[int, int]]],
    title: str | None,
    known: Sequence[int],
) -> tuple[int, Header] | None:
    """How much speaks for these rows as its header; ``known`` are columns that have prices in the table above."""
    stacks = stacked(rows, spans, max(len(line.cells) for line in (*rows, *body)))
    first = next((column for column, stack in enumerate(stacks) if stack), 0)
    if title and first and _is_given(body, first - 1):
        first -= 1  # the corner above sizes may be blank, where a title speaks of prices
        stacks[first] = (_CORNER_BLANK,)
    money = [column for column in range(first + 1, len(stacks)) if column in known or is_money(body, column)]
    money = [column for column in money if column in known or not are_counts(body, column, money, stacks[column])]
    block = by_repetition(stacks, money) or by_customers(stacks, money) or by_place(stacks, money)
    block = counted(block, _corner(stacks[first])) if block else None
    if block is None or not block.tells_apart or not (block.counts or all(map(may_be_variant, block.labels))):
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
    own = title is not None and are_goods(block, title, body)
    score = _score(stacks, leads, block, body, title, own=own)
    score += _SUPPORT * (score > 0 and title is not None)
    read = {*block.columns, *block.unused, *leads}
    whole = not any(may_be_variant(" ".join(stacks[column])) for column in money if column not in read)
    header = _header(rows, stacks, leads, block, title, sure=whole and score >= _SURE)
    return score, replace(header, goods_above=own)


def _corner(stack: Sequence[str]) -> list[str]:
    """What a title says of the rows and of the columns («Товар / Толщина»)."""
    return [part for part in _CORNER.split(stack[-1]) if part] if stack else []


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
    return is_sized(label) and not is_axis(label) and is_money(body, column)


def _covers(rows: Sequence[Line], stacks: Sequence[tuple[str, ...]], leads: Sequence[int], block: Block) -> bool:
    """Whether all titles of the upper row are of this table: above its prices, or first titles of its other columns."""
    top = [column for column, cell in enumerate(rows[0].cells) if is_filled(cell)]
    if len(rows) == 1:
        return not any(isinstance(cell := rows[0].cell(column), str) and amount_in(cell) for column in leads)
    of_prices = {*block.columns, *block.unused}
    if not any(column in of_prices or stacks[column][0] == block.over for column in top):
        return False
    titled = all(is_filled(rows[-1].cell(column)) for column in block.columns)
    return titled and not amount_in(rows[-1].cell(leads[0]))


def _score(
    stacks: Sequence[tuple[str, ...]],
    leads: Sequence[int],
    block: Block,
    body: Sequence[Line],
    title: str | None,
    *,
    own: bool,
) -> int:
    """How much speaks for it; 0 where its labels are of nothing that goods differ in."""
    axes = _corner(stacks[leads[0]])
    crossed = len(axes) > 1 and all(map(is_axis, axes))
    labels = [*dict.fromkeys(block.labels)]
    axis = block.counts or (bool(block.over) and is_axis(block.over)) or bool(axis_within(labels))
    sized = all(map(is_sized, labels))
    lead = " ".join(stacks[leads[0]])
    finished = sum(map(is_finish, labels)) >= _HALF * len(labels) or (is_axis(lead) and are_makes(labels, lead))
    plain = is_price(block.over) and all(label[:1].islower() for label in labels)  # towns are names
    plain = (
        plain or own or bool(block.customers) or (title is not None and subject_of(title) is not None and is_axis(lead))
    )
    if not (crossed or axis or sized or finished or plain) or (len(block.columns) == 1 and not (axis and sized)):
        return 0
    numbers = [float(found[0].replace(",", ".")) for label in labels if (found := NUMBER.search(label))]
    return (
        _AXES * crossed
        + _COMMON_TITLE * axis
        + _PRICE_TITLE * (bool(block.over) and is_price(block.over))
        + _SIZES * sized
        + _FINISHES * (finished or plain)
        + _SUPPORT * is_lead_title(lead)
        + _SUPPORT * (len(numbers) == len(labels) and all(one < other for one, other in pairwise(numbers)))
        + _SUPPORT * _grow(body, block.columns)
    )


def _grow(body: Sequence[Line], columns: Sequence[int]) -> bool:
    """Whether the prices rise along the rows or down the columns, as those of ever larger sizes do."""
    table = [[amount_in(line.cell(column)) for column in columns] for line in body]
    return any(
        len(steps := [one <= other for run in runs for one, other in pairwise(run) if one and other]) > 1
        and sum(steps) >= _MOSTLY * len(steps)
        for runs in (table, list(zip(*table, strict=True)))
    )


def _header(
    rows: Sequence[Line],
    stacks: Sequence[tuple[str, ...]],
    leads: Sequence[int],
    block: Block,
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
    titles = block.customers or (title,) * len(block.columns)
    for column, label, over in zip(block.columns, block.labels, titles, strict=True):
        labels[column] = f"{over}: {label}" if over else label
    return Header(
        rows[0].number,
        rows[-1].number,
        tuple(labels),
        (),
        len(rows),
        subject,
        () if block.counts else block.labels,
        unused=block.unused,
        priced=block.columns,
        leads=tuple(leads),
        surety=1.0 if sure else _DOUBTFUL,
    )
