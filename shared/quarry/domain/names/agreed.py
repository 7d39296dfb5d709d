"""What the comparison of two readings of names has found."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class Agreement:
    """``contradiction`` is what is other in both, or in one where the other's silence says as much.

    ``missing`` counts, by kind, what only one says, and how far words had to be stretched to meet. ``shared``: words
    and makers of both; ``named``: those of them that are names; ``points``: how much both say that tells goods apart.
    ``heard``: the word by which a name means the other's maker.
    ``ral``: both say the number of a colour.
    """

    contradiction: str | None = None
    missing: defaultdict[str, int] = field(default_factory=partial(defaultdict, int))
    shared: int = 0
    heard: str | None = None
    points: int = 0
    named: int = 0
    ral: bool = False
