"""Which columns of a table have prices that are each of goods of their own, and what each adds to a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile, zip_longest

from quarry.domain.kept import kept
from quarry.domain.reading import Role
from quarry.domain.units import unit
from quarry.pricelists.currencies import named_in
from quarry.pricelists.grid import Cell, Line
from quarry.pricelists.headers import is_bought_at_once, is_count, role_of, unit_at_end
from quarry.pricelists.prices import parse_price, rise_together, vat_of
from quarry.pricelists.variants import (
    attributes_of,
    crossed_titles,
    graded,
    is_axis,
    is_condition,
    is_price,
    may_be_variant,
)

_PIECES = unit("pcs").symbol
_NOT_MADE = frozenset({"", "-", "–", "—"})
NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")

_NOUN = re.compile(r"[^\W\d_]{4,}")
_STEM, _FEW, _FAR_BELOW = 4, 3, 8


@dataclass(frozen=True, slots=True)
class Block:
    """``columns`` hold the prices, ``labels`` are what each adds to a name, ``over`` the title above all of them.

    ``customers`` says of each whose price it is, where there are several of the same goods. ``counts``: prices differ
    by how many are bought at once.
    """

    columns: tuple[int, ...]
    labels: tuple[str, ...]
    over: str
    unused: tuple[int, ...] = ()
    customers: tuple[str, ...] = ()
    counts: bool = False

    @property
    def tells_apart(self) -> bool:
        """Whether no two columns say the same."""
        said = [*zip_longest(self.labels, self.customers)]
        return len(set(said)) == len(said)


def by_repetition(stacks: Sequence[tuple[str, ...]], money: Sequence[int]) -> Block | None:
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
                return Block(tuple(columns), labels, title, unused)
    return None


def by_customers(stacks: Sequence[tuple[str, ...]], money: Sequence[int]) -> Block | None:
    """«Опт: оцинк., полимер | Розница: оцинк., полимер», or the other way round: several prices of each finish."""
    columns = [column for column in money if len(stacks[column]) > 1]
    titles = [stacks[column] for column in columns]
    labels = attributes_of(titles)
    customers = tuple(customer for _, customer in crossed_titles(titles))
    if len(set(labels)) == len(labels) or not all(map(_is_of_price, customers)):
        return None
    return Block(tuple(columns), labels, customers[0], customers=customers)


def by_place(stacks: Sequence[tuple[str, ...]], money: Sequence[int]) -> Block | None:
    """The columns of amounts that have a title in common, else all of them beside each other."""
    tops: dict[str, list[int]] = {}
    for column, stack in enumerate(stacks):
        if len(stack) > 1:
            tops.setdefault(stack[0], []).append(column)
    for title, columns in tops.items():
        priced = [column for column in columns if column in money]
        axis = is_axis(title) or is_bought_at_once(title)
        if any(len(stacks[column]) > 1 and is_axis(stacks[column][0]) for column in money if column not in columns):
            continue  # «Толщина 0,4: цинк, RAL | Толщина 0,5: цинк, RAL»
        if len(priced) < 2 - axis or len(priced) * 2 <= len(columns) or not (axis or is_price(title)):
            continue
        if any(_any_price(stacks[column]) for column in money if column not in columns):
            return None
        unit = unit_at_end(title) if axis else None
        added = (" ".join(stacks[column][1:]) for column in priced)
        whole = (f"{label} {unit.symbol}" if unit and NUMBER.fullmatch(label) else label for label in added)
        return Block(tuple(priced), tuple(whole), title)
    labels = {column: " ".join(stacks[column]) for column in money if stacks[column]}
    if any(_any_price(stacks[column]) for column in money):
        return None
    free = [*takewhile(lambda column: may_be_variant(labels[column]), reversed(labels))][::-1]
    if len(free) < 2 or free[-1] - free[0] + 1 != len(free):  # noqa: PLR2004 - columns to choose from
        return None
    return Block(tuple(free), graded([labels[column] for column in free]), "")


def counted(block: Block, corner: Sequence[str]) -> Block:
    """With pieces to its amounts, where what stands above or in the ``corner`` says that so many are bought at once."""
    at_once = any(map(is_bought_at_once, (block.over, *corner)))
    if not at_once or not all(label.isdecimal() or is_count(label) for label in block.labels):
        return block
    labels = (f"{label} {_PIECES}" if label.isdecimal() else label for label in block.labels)
    return replace(block, labels=tuple(labels), counts=True)


def are_goods(block: Block, title: str, body: Sequence[Line]) -> bool:
    """Whether columns are goods of their own («Ванна | Каркас | Экран»), of which the title of the prices names one.

    Prices of one of the goods for several buyers rise and fall together; those of most things that go with it do not.
    """
    words = {word[0][:_STEM].casefold() for word in _NOUN.finditer(title)}
    named = any((noun := _NOUN.match(label)) and noun[0][:_STEM].casefold() in words for label in block.labels)
    first, *others = block.columns
    return named and sum(_apart(body, first, other) for other in others) * 2 > len(others)


def _apart(body: Sequence[Line], one: int, other: int) -> bool:
    pairs = [(amount_in(line.cell(one)), amount_in(line.cell(other))) for line in body]
    ratios = [first / second for first, second in pairs if first and second]
    return len(ratios) >= _FEW and not rise_together(ratios)


def _is_of_price(title: str) -> bool:
    return is_price(title) or vat_of(title) is not None or is_condition(title) or named_in(title) is not None


def _any_price(stack: Sequence[str]) -> bool:
    return any(map(is_price, stack))


def amount_in(cell: Cell) -> float:
    """The price that a cell is; 0 where it is none or several."""
    if isinstance(cell, str):
        return _written(cell) if any(map(str.isdigit, cell)) else 0
    return max(float(cell), 0)


@kept(4096)
def _written(cell: str) -> float:
    price = parse_price(cell)
    return float(price.amount or 0) if not price.fault and price.guess != "several_prices" else 0


def are_counts(body: Sequence[Line], column: int, money: Sequence[int], titles: Sequence[str]) -> bool:
    """Whether amounts before the prices are of what goods have («Секций: 2, 3, 4»): whole, and far below all prices."""
    others = [other for other in money if other > column]
    if not others or any(map(str.isdigit, "".join(titles))) or column != money[0]:
        return False
    counts = [amount_in(line.cell(column)) for line in body]
    lowest = (min(filter(None, (amount_in(line.cell(other)) for other in others)), default=0) for line in body)
    return all(not one % 1 and one * _FAR_BELOW <= low for one, low in zip(counts, lowest, strict=True) if one and low)


def is_money(body: Sequence[Line], column: int) -> bool:
    """Whether a column has amounts, and else only blanks, short words («дог.», «×») and any dashes."""
    cells = [cell for line in body if (cell := line.cell(column)) not in _NOT_MADE]
    amounts = sum(bool(amount_in(cell)) for cell in cells)
    words = sum(not amount_in(cell) and isinstance(cell, str) and not any(map(str.isdigit, cell)) for cell in cells)
    return amounts > 0 and amounts + words == len(cells) and amounts >= words
