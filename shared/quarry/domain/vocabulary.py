"""The words of the catalogue: which are known, what a slip of the pen was meant to be, how a word goes on."""

from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from quarry.domain.layout import sound
from quarry.domain.lexical import STOP_WORDS, compound_ends, stem
from quarry.domain.text import is_numeric, tokens

_SHORT: Final = 4
_MIDDLE: Final = 7
_FEWEST_LETTERS: Final = 3


class Vocabulary:
    """``terms`` are words of the materials' names with the number of materials that hold each."""

    def __init__(self, terms: Mapping[str, int], synonyms: Mapping[str, str] | None = None) -> None:
        self._counts: dict[str, int] = {}
        for term, count in terms.items():
            for token in tokens(term):
                self._counts[token] = self._counts.get(token, 0) + count
        self._stems: dict[str, int] = {}
        for token, count in self._counts.items():
            for root in (stem(token), *compound_ends(token)):
                self._stems[root] = self._stems.get(root, 0) + count
        self.synonyms = {
            _phrase(term): " ".join(replacement.lower().split()) for term, replacement in (synonyms or {}).items()
        }
        self.longest_synonym = max((term.count(" ") + 1 for term in self.synonyms), default=0)

    def knows(self, token: str) -> bool:
        """Whether some name holds the word, in any form or as the end of a compound."""
        return stem(token) in self._stems

    def count(self, token: str) -> int:
        return self._stems.get(stem(token), 0)

    def correction(self, word: str) -> str | None:
        """The known word that ``word`` most likely was meant to be, within one slip, or two in a long word."""
        if len(word) < _SHORT or is_numeric(word):
            return None
        slips = 1 if len(word) < _MIDDLE else 2
        found = process.extract(word, self._correctable, scorer=OSA.distance, score_cutoff=slips, limit=8)
        # Two slips and another first letter are another word.
        near = [item for item in found if item[1] <= 1 or item[0][0] == word[0]]
        if not near:
            return None
        return str(min(near, key=lambda item: (item[1], item[0][0] != word[0], -self._counts[item[0]]))[0])

    def heard_as(self, word: str) -> str | None:
        """The known Latin word that sounds like ``word``, the most frequent if there are several."""
        return self._by_sound.get(sound(word))

    def completions(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Known words that begin so, the most frequent first; of a word's forms the most frequent one."""
        start = bisect_left(self._sorted, prefix)
        forms: dict[str, tuple[str, int]] = {}
        for word in self._sorted[start:]:
            if not word.startswith(prefix):
                break
            if word in STOP_WORDS:
                continue
            found = (word, self._counts[word])
            root = stem(word)
            forms[root] = max(forms.get(root, found), found, key=lambda form: form[1])
        return sorted(forms.values(), key=lambda form: (-form[1], form[0]))[:limit]

    @cached_property
    def _correctable(self) -> list[str]:
        return [word for word in self._counts if len(word) >= _FEWEST_LETTERS and not is_numeric(word)]

    @cached_property
    def _by_sound(self) -> dict[str, str]:
        rising = sorted(self._counts.items(), key=lambda item: item[1])
        return {sound(word): word for word, _ in rising if word.isascii() and word.isalpha()}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._counts)


def _phrase(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
