"""Words of the knowledge files, looked up one by one: a dictionary costs less than an expression of a thousand."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from quarry.domain.text import one_alphabet

Value = TypeVar("Value")


class Lexicon(Generic[Value]):
    """What entries mean: whole words, and beginnings (``цемент*``) of which the longest that fits wins."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        self._whole: dict[str, Value] = {}
        self._starts: dict[str, Value] = {}
        for entry, value in entries:
            known = self._starts if entry.endswith("*") else self._whole
            known.setdefault(one_alphabet(entry.rstrip("*")), value)
        self._sizes = sorted({len(start) for start in self._starts}, reverse=True)

    def all(self, word: str) -> Iterator[Value]:
        """The meanings of a word in one alphabet, the surest first."""
        if word in self._whole:
            yield self._whole[word]
        for size in self._sizes:
            if word[:size] in self._starts:
                yield self._starts[word[:size]]

    def whole(self, word: str) -> Value | None:
        return self._whole.get(word)

    def has_beginning(self, start: str) -> bool:
        """Whether an entry is just this beginning."""
        return start in self._starts

    def get(self, word: str) -> Value | None:
        return next(self.all(word), None)


def fits(entry: str, word: str) -> bool:
    """Whether one entry means the word."""
    start = one_alphabet(entry.rstrip("*"))
    return word.startswith(start) if entry.endswith("*") else word == start
