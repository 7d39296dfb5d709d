"""What serves a purpose: «чем утеплить фасад» asks for goods that it does not name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quarry.domain.names.lexicon import fits
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


def purpose_of(asked: Sequence[str]) -> Purpose | None:
    """The first purpose of which the query says every word."""
    words = list(map(one_alphabet, asked))
    for purpose in _PURPOSES:
        if all(any(fits(entry, word) for word in words) for entry in purpose.words):
            return purpose
    return None
