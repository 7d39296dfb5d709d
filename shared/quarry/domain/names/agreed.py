"""What the comparison of two readings of names has found."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple


class Rest(NamedTuple):
    """How many words only one of two names has: of the name with more of them, without what only describes.

    ``telling`` and ``named``: how many more words that tell goods apart, and names, one has than the other. ``known``:
    words that the files have, in as many as both names have.
    """

    words: int = 0
    telling: int = 0
    named: int = 0
    known: int = 0


_NOTHING: Final = Rest()


@dataclass(slots=True)
class Agreement:
    """``contradiction`` is what is other in both, or in one where the other's silence says as much.

    ``missing`` counts, by kind, what only one says, and how far words had to be stretched to meet. ``shared``: words
    and makers of both; ``named``: those of them that are names; ``points``: how much both say that tells goods apart.
    ``heard``: the word by which a name means the other's maker.
    ``ral``: both say the number of a colour. ``numbers``: how many numbers both say; ``digits``: of the longest of
    them, without zeros at its ends. ``alike``: the share of both that is written alike.
    """

    contradiction: str | None = None
    missing: defaultdict[str, int] = field(default_factory=partial(defaultdict, int))
    shared: int = 0
    heard: str | None = None
    points: int = 0
    named: int = 0
    ral: bool = False
    rest: Rest = _NOTHING
    numbers: int = 0
    digits: int = 0
    alike: float = 0.0
