"""What the colours mean that only one of two names has."""

from collections.abc import Sequence
from typing import Final

from quarry.domain.names.agreed import Agreement
from quarry.domain.names.goods import Form
from quarry.domain.names.terms import UNKNOWN, Weight, is_known
from quarry.domain.names.worded import Wording

_POINTS: Final = 3
_USUAL_COLOURS: Final = frozenset({"бел", "сер"})
_COLOURED: Final = frozenset({Form.LIQUID, Form.POWDER, Form.FOAM, Form.SHEET, Form.TILE, Form.ROLL, Form.BLOCK})


def other_colours(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> bool:
    """Both speak of a colour, or the other says an unknown word, which may be one: «белый», «оникс»."""
    if all(Weight.COLOUR in facts.words.values() for facts in (one, other)):
        return not found.ral
    return _perhaps_colours(mine, others) and not (
        _is_usual(mine, others, one, other) or is_coded(one, other, ral=found.ral)
    )


def _perhaps_colours(mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]]) -> bool:
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    return bool(
        (Weight.COLOUR in ours and any(_may_be_colour(*word) for word in others))
        or (Weight.COLOUR in theirs and any(_may_be_colour(*word) for word in mine))
    )


def _may_be_colour(word: str, weight: Weight) -> bool:
    return weight in UNKNOWN and not (weight is Weight.DETAIL and is_known(word))


def _is_usual(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Wording, other: Wording
) -> bool:
    colours = {word for word, weight in (*mine, *others) if weight is Weight.COLOUR}
    return colours <= _USUAL_COLOURS and not {one.form, other.form} & _COLOURED


def colour_kind(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> str:
    """What a colour is that one of the names does not say."""
    usual = _is_usual(mine, others, one, other) or is_coded(one, other, ral=found.ral)
    if usual and not _perhaps_colours(mine, others):
        return "shade"
    return "tint" if found.points >= _POINTS and _COLOURED.isdisjoint({one.form, other.form}) else "colour"


def is_coded(one: Wording, other: Wording, *, ral: bool) -> bool:
    """Whether a code says the colour too: «Эстима ST 06», «RAL 3005»."""
    if ral:
        return True
    named = {word for word, weight in one.words.items() if weight is Weight.NAMED and len(word) > 1}
    return bool(one.makers & other.makers and named.intersection(other.words))
