"""What serves a purpose: «чем утеплить фасад» asks for goods that it does not name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from quarry.domain.lexical import stem
from quarry.domain.names.lexicon import Lexicon, fits
from quarry.domain.text import one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import entries


@dataclass(frozen=True, slots=True)
class Purpose:
    """``words``: all of them ask for it; ``<glue>`` is any of a list. ``serves``: the goods, the best first."""

    words: tuple[str, ...]
    serves: tuple[str, ...]

    def asks(self, word: str) -> bool:
        same = one_alphabet(word)
        return word in _QUESTIONS or any(fits(entry, same) for said in self.words for entry in _spelt(said))

    def is_best_served_by(self, noun: str) -> bool:
        """Whether the noun is among the first goods that serve: «краска по ржавчине» asks for what it names."""
        root = stem(noun)
        return any(stem(word) == root for phrase in self.serves[:_BEST] for word in phrase.split())


_WORDS: Final = load("purposes")
_BEST: Final = 3
_LISTS: Final = {f"<{name}>": entries(row) for name, row in _WORDS["lists"].items()}
_QUESTIONS: Final = frozenset(entries(_WORDS["question"]))
_PURPOSES: Final = [
    Purpose(tuple(entry.split()), tuple(row["means"].split("; ")))
    for row in _WORDS["purpose"]
    for entry in entries(row)
]


def asks_only(word: str) -> bool:
    """Whether a word says no more than that it is a question."""
    return word in _QUESTIONS


def _spelt(said: str) -> Sequence[str]:
    return _LISTS.get(said, (said,))


def _alike(entry: str) -> tuple[str, bool]:
    """Equal for entries that the same words fit."""
    return one_alphabet(entry.rstrip("*")), entry.endswith("*")


def _asking() -> Lexicon[tuple[tuple[str, bool], ...]]:
    """Of each entry what it may stand for in a purpose: itself, and the lists that it is in."""
    known: dict[tuple[str, bool], set[tuple[str, bool]]] = {}
    spelt: dict[tuple[str, bool], str] = {}
    for said in {said for purpose in _PURPOSES for said in purpose.words}:
        meant = _alike(said)
        for entry in _spelt(said):
            alike = _alike(entry)
            known.setdefault(alike, set()).add(meant)
            spelt[alike] = entry
    return Lexicon((spelt[entry], tuple(all_meant)) for entry, all_meant in known.items())


# Most words of queries ask for no purpose: one look-up says so.
_ASKING: Final = _asking()
_BY_WORDS: Final = [(frozenset(map(_alike, purpose.words)), purpose) for purpose in _PURPOSES]


def purpose_of(asked: Sequence[str], has_goods: Callable[[str], bool] = lambda _phrase: True) -> Purpose | None:
    """The first purpose of which the query says every word; if possible one that some goods of the catalogue serve."""
    said = {entry for word in asked for meant in _ASKING.all(one_alphabet(word)) for entry in meant}
    found = [purpose for words, purpose in _BY_WORDS if words <= said] if said else []
    served = (purpose for purpose in found if any(map(has_goods, purpose.serves)))
    return next(served, found[0] if found else None)
