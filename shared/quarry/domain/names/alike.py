"""Whether two names are written alike, as one hand writes its goods: what differs is there to tell them apart."""

import re
from functools import lru_cache
from itertools import takewhile
from typing import Final

from quarry.domain.names.agreed import Agreement

_PART: Final = re.compile(r"[^\W\d_]++|\d++|[^\w\s]")
_SHARE: Final = 0.65
# What a word is where the rest of both names is written alike: it was put there to tell goods apart.
_ALIKE: Final = {
    "detail among few alone": "detail", "detail among some alone": "detail", "name among some alone": "name among some",
    "detail among many alone": "detail among many", "name among many alone": "name among many",
    "further alone": "further", "contrast": "contrast of alike", "contrast among many": "contrast of alike",
    "contrast with known": "contrast of alike", "contrast of known": "contrast of alike",
    "noun of names": "noun",
    "number among few": "number", "number among many": "number", "telling": "telling of alike",
    "letters": "letter", "tint": "colour", "descriptor": "descriptor of alike",
    "kin": "telling of alike", "kin alone": "telling of alike",
}  # fmt: skip


def weigh_alike(one: str, other: str, found: Agreement) -> None:
    """Weigh what differs as what it is where the rest of both names is written alike."""
    found.alike = alike(one, other)
    if is_of_one_hand(found.alike):
        for kind in [kind for kind in found.missing if kind in _ALIKE]:
            found.missing[_ALIKE[kind]] += found.missing.pop(kind)


def is_of_one_hand(share: float) -> bool:
    return share >= _SHARE


def alike(one: str, other: str) -> float:
    """How much is the same to the letter around one place: «Муфта 20 белая», «Муфта разъемная 20 белая».

    A share of the shorter name. Two suppliers who mean one thing seldom take the same words, signs and order.
    """
    ours, theirs = _parts(one), _parts(other)
    shortest = min(len(ours), len(theirs))
    start = _same(ours, theirs)
    end = min(_same(ours[::-1], theirs[::-1]), shortest - start)
    return (start + end) / shortest


def _same(ours: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """How many parts are the same from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))


@lru_cache(maxsize=16_384)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(_PART.findall(name))
