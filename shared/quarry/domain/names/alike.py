"""Whether two names are written alike, as one hand writes its goods: what differs then was put there to tell them apart."""

import re
from functools import lru_cache
from itertools import takewhile
from typing import Final

_PART: Final = re.compile(r"[^\W\d_]++|\d++")
_ALIKE: Final = 0.65


def written_alike(one: str, other: str) -> bool:
    """Whether names are the same to the letter around one place: «Муфта 20 белая», «Муфта разъемная 20 белая».

    Two suppliers who mean one thing seldom take the same words, signs and order.
    """
    ours, theirs = _parts(one), _parts(other)
    shortest = min(len(ours), len(theirs))
    start = _same(ours, theirs)
    end = min(_same(ours[::-1], theirs[::-1]), shortest - start)
    return start + end >= _ALIKE * shortest


def _same(ours: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """How many parts are the same from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))


@lru_cache(maxsize=16_384)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(_PART.findall(name.lower()))
