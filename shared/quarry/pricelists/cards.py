"""Goods as cards: a name, and below it rows that each say one thing of it («Артикул: 123», «Цена: 450 руб.»)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Final

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.grid import Cell, Line, Sheet, is_filled, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of

NAME_TITLE: Final = next(iter(entries(load("columns")["name_of_cards"])))
_LOOKED_AT: Final = 60  # rows
_LEAST: Final = 3
_MOSTLY: Final = 0.7
_LABELLED: Final = re.compile(r"([^:\d\n]{2,60})(?::\s*+|(?<=\s)(?=\d))(\S.*)")


@dataclass(slots=True)
class _Card:
    """``number`` is of its first row."""

    number: int
    name: Cell = ""
    said: dict[str, Cell] = field(default_factory=dict)

    @property
    def is_priced(self) -> bool:
        return self.name != "" and any(role_of(label) is Role.PRICE for label in self.said)


def tabled(sheet: Sheet) -> Sheet:
    """The sheet; where its goods are cards, with a row for each below their labels as a header."""
    if isinstance(sheet.lines, Iterator):
        return sheet
    first = list(islice(sheet.lines, _LOOKED_AT))
    starts = _starts(first)
    if not _are_cards([*_one_by_one(first, starts)]):
        return sheet
    items = list(_items(_one_by_one(sheet.lines, starts)))
    cards = [item for item in items if isinstance(item, _Card)]
    labels = list(dict.fromkeys(label for card in cards for label in card.said))
    begin = _begin(items)
    header = Line(max(cards[0].number - 1, 1), [NAME_TITLE, *labels])
    lines = [_line(item, labels) for item in items]
    return replace(sheet, lines=[*lines[:begin], header, *lines[begin:]], spans={}, levels={})


def _begin(items: Sequence[_Card | Line]) -> int:
    """Where the header goes: before the first card, and before the heading above it where others have one too."""
    first = next(at for at, item in enumerate(items) if isinstance(item, _Card))
    headings = [at for at, (item, after) in enumerate(pairwise(items)) if _is_text(item) and isinstance(after, _Card)]
    return first - 1 if len(headings) > 1 and headings[0] == first - 1 else first


def _is_text(item: _Card | Line) -> bool:
    return isinstance(item, Line) and sum(map(is_filled, item.cells)) == 1


def _are_cards(lines: Sequence[Line]) -> bool:
    """Whether most of the rows that are filled are of cards with a price."""
    cards = [item for item in _items(lines) if isinstance(item, _Card) and item.is_priced]
    rows = sum(1 + len(card.said) for card in cards)
    return len(cards) >= _LEAST and rows >= _MOSTLY * sum(any(map(is_filled, line.cells)) for line in lines)


def _starts(lines: Sequence[Line]) -> list[int]:
    """The columns in which cards side by side begin: where a row says one label several times."""
    for line in lines:
        labels = [(column, _label(cell)) for column, cell in enumerate(line.cells) if is_filled(cell)]
        starts = [column for column, label in labels if label and label == labels[0][1]]
        if len(starts) > 1:
            return starts
    return []


def _label(cell: Cell) -> str:
    """The known label that a cell is, or begins with; empty where there is none."""
    labelled = _LABELLED.match(cell) if isinstance(cell, str) else None
    label = (labelled[1] if labelled else text(cell)).strip(" :")
    return label if role_of(label) else ""


def _one_by_one(lines: Iterable[Line], starts: Sequence[int]) -> Iterator[Line]:
    """Rows of cards side by side as rows of one card after the other; all other rows as they are."""
    if not starts:
        yield from lines
        return
    above: Line | None = None  # a row that may have the names of the cards below it
    said: list[Line] = []
    for line in lines:
        if _are_said(line, starts):
            said.append(line)
            continue
        yield from _cut(above, said, starts)
        above, said = line, []
    yield from _cut(above, said, starts)


def _cut(above: Line | None, said: Sequence[Line], starts: Sequence[int]) -> Iterator[Line]:
    if not said:
        yield from [above] if above else ()
        return
    names = _parts(above, starts) if above else [None] * len(starts)
    for name, *rows in zip(names, *(_parts(line, starts) for line in said), strict=True):
        own = [row for row in rows if row and any(map(is_filled, row.cells))]
        if name and any(map(is_filled, name.cells)):
            yield _named(name, own)
        yield from own


def _parts(line: Line, starts: Sequence[int]) -> list[Line]:
    """What a row says of each of the cards that stand side by side."""
    return [replace(line, cells=line.cells[begin:end]) for begin, end in pairwise([*starts, None])]


def _named(above: Line, said: Sequence[Line]) -> Line:
    """The row above a card, as one that says its name, where no other row does."""
    told = any((found := _said(row)) and role_of(found[0]) is Role.NAME for row in said)
    filled = [cell for cell in above.cells if is_filled(cell)]
    return above if told or not said or len(filled) > 1 else replace(above, cells=[NAME_TITLE, *filled])


def _are_said(line: Line, starts: Sequence[int]) -> bool:
    """Whether each of the cards in a row says something under a label there."""
    filled = [part for part in _parts(line, starts) if any(map(is_filled, part.cells))]
    return bool(filled) and all(_said(part) for part in filled)


def _items(lines: Iterable[Line]) -> Iterator[_Card | Line]:
    """Cards, and the rows between them that are filled."""
    card: _Card | None = None
    above: Line | None = None  # a row that may be the name of the card below it
    for line in lines:
        said = _said(line)
        label, value = said or ("", "")
        named = role_of(label) is Role.NAME
        if card and (said is None or named or label in card.said):
            yield card
            card = None
        if above and (said is None or named):
            yield above
            above = None
        if said is None:
            above = line if any(map(is_filled, line.cells)) else None
            continue
        card, above = card or _begun(line, above), None
        if named:
            card.name = value
        else:
            card.said[label] = value
    yield from (item for item in (card, above) if item)


def _begun(line: Line, above: Line | None) -> _Card:
    """A card that begins in a row, or with the text above it for a name."""
    return _Card(above.number, next(filter(is_filled, above.cells))) if above else _Card(line.number)


def _said(line: Line) -> tuple[str, Cell] | None:
    """The label and the value of «Цена: 450 руб.», in one cell or two."""
    filled = [cell for cell in line.cells if is_filled(cell)]
    if len(filled) == 1 and isinstance(filled[0], str):
        labelled = _LABELLED.match(filled[0])
        filled = [labelled[1], labelled[2]] if labelled else []
    if len(filled) != 2 or not isinstance(filled[0], str) or len(filled[0]) > LONGEST_HEADER:  # noqa: PLR2004
        return None
    label = filled[0].strip(" :")
    value = text(filled[1])
    is_label = not any(map(str.isdigit, value)) and role_of(value) is not None
    return (label, filled[1]) if role_of(label) and not is_label else None


def _line(item: _Card | Line, labels: Sequence[str]) -> Line:
    if isinstance(item, Line):
        return item
    return Line(item.number, [item.name, *(item.said.get(label, "") for label in labels)])
