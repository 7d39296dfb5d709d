"""What a name says in words: one object for all names that say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from quarry.domain.names.goods import Form
from quarry.domain.names.terms import Weight


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What a name says in words: one object for all names that say the same, see :func:`wording`.

    ``head`` is the stem of the noun. ``words`` with what each weighs; ``cut`` are those that may be abbreviated, as
    they are written.
    """

    head: str | None
    makers: frozenset[str]
    words: Mapping[str, Weight]
    cut: Mapping[str, str]
    form: Form | None


@lru_cache(maxsize=16_384)
def wording(
    head: str | None,
    makers: frozenset[str],
    words: tuple[tuple[str, Weight], ...],
    cut: tuple[tuple[str, str], ...],
    form: Form | None,
) -> Wording:
    """Goods of one kind have the same words, and differ in numbers: what follows from words is remembered by them."""
    return Wording(head, makers, dict(words), dict(cut), form)
