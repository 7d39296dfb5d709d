"""Words of the knowledge files, looked up one by one: a dictionary costs less than an expression of a thousand."""

from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

from quarry.domain.text import one_alphabet

Value = TypeVar("Value")
_BEFORE_END: Final = 3  # letters: «black» is no «Lack»
_DOT: Final = "\u0307"  # which a small «İ» has
_ONE_I: Final = {ord("ı"): "i", ord(_DOT): None}


class Lexicon(Generic[Value]):
    """What entries mean: whole words, else ends (``*platte``: German compounds), else beginnings (``цемент*``).

    The longest that fits wins.
    """

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        self._whole: dict[str, Value] = {}
        self._starts: dict[str, Value] = {}
        self._ends: dict[str, Value] = {}
        for entry, value in entries:
            known = self._starts if entry.endswith("*") else self._ends if entry[0] == "*" else self._whole
            part = folded(entry.strip("*"))
            known.setdefault(one_alphabet(part), value)
            if known is not self._whole and part.isascii():  # a longer word may leave no doubt about its alphabet
                known.setdefault(part, value)
        self._sizes = sorted({len(start) for start in self._starts}, reverse=True)
        self._end_sizes = sorted({len(end) for end in self._ends}, reverse=True)

    def all(self, word: str) -> Iterator[Value]:
        """The meanings of a word in one alphabet, the surest first."""
        if word in self._whole:
            yield self._whole[word]
        for size in self._end_sizes:
            if word[-size:] in self._ends and len(word) >= size + _BEFORE_END:
                yield self._ends[word[-size:]]
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


def folded(text: str) -> str:
    """With one form for the two Turkish letters i."""
    return text.translate(_ONE_I) if "ı" in text or _DOT in text else text


def fits(entry: str, word: str) -> bool:
    """Whether one entry means the word."""
    start = one_alphabet(entry.rstrip("*"))
    return word.startswith(start) if entry.endswith("*") else word == start
