"""What serves a purpose: «чем утеплить фасад» asks for goods that it does not name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quarry.domain.names.lexicon import Lexicon, fits
from quarry.domain.text import one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import entries


@dataclass(frozen=True, slots=True)
class Purpose:
    """``words``: all of them ask for it. ``serves``: the goods, the best first."""

    words: tuple[str, ...]
    serves: tuple[str, ...]

    def asks(self, word: str) -> bool:
        return word in _QUESTIONS or any(fits(entry, one_alphabet(word)) for entry in self.words)


_WORDS: Final = load("purposes")
_QUESTIONS: Final = frozenset(entries(_WORDS["question"]))
_PURPOSES: Final = [
    Purpose(tuple(entry.split()), tuple(told["means"].split("; ")))
    for told in _WORDS["purpose"]
    for entry in entries(told)
]


def _alike(entry: str) -> tuple[str, bool]:
    """Equal for entries that the same words fit."""
    return one_alphabet(entry.rstrip("*")), entry.endswith("*")


# Most words of queries ask for no purpose: one look-up says so.
_ASKING: Final = Lexicon((entry, _alike(entry)) for purpose in _PURPOSES for entry in purpose.words)
_BY_WORDS: Final = [(frozenset(map(_alike, purpose.words)), purpose) for purpose in _PURPOSES]


def purpose_of(asked: Sequence[str]) -> Purpose | None:
    """The first purpose of which the query says every word."""
    said = {entry for word in asked for entry in _ASKING.all(one_alphabet(word))}
    return next((purpose for words, purpose in _BY_WORDS if words <= said), None) if said else None
