"""The words of the catalogue: which are known, what a slip of the pen was meant to be, how a word goes on."""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from quarry.domain.keyboard_layout import sound
from quarry.domain.lexical import STOP_WORDS, compound_ends, stem
from quarry.domain.text import is_numeric, tokens
from quarry.knowledge import load
from quarry.knowledge.words import entries

_SHORT: Final = 4
_MIDDLE: Final = 7
_FEWEST_LETTERS: Final = 3
_JOINING: Final = frozenset("ое")


@dataclass(frozen=True, slots=True)
class Terms:
    """Words with the number of materials that hold each.

    ``until``: what to ask from the next time, if not for all. ``least``: rarer words were left out.
    """

    counts: Mapping[str, int]
    until: str | None = None
    least: int = 0


# What the trade says; the table of users' synonyms has the last word.
_OF_THE_TRADE: Final = {term: told["means"] for told in load("synonyms")["synonym"] for term in entries(told)}


class Vocabulary:
    """``terms`` are words of the materials' names with the number of materials that hold each; more may come."""

    def __init__(self, terms: Mapping[str, int], synonyms: Mapping[str, str] | None = None) -> None:
        self.terms: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self.learn(terms)
        self.synonyms = {
            **_OF_THE_TRADE,
            **{_phrase(term): _phrase(replacement) for term, replacement in (synonyms or {}).items()},
        }
        self._meant_by: dict[str, list[str]] = {}
        for term, replacement in self.synonyms.items():
            self._meant_by.setdefault(replacement, []).append(term)
        self.longest_synonym = max((term.count(" ") + 1 for term in self.synonyms), default=0)

    def learn(self, terms: Mapping[str, int]) -> bool:
        """Take in the counts of some terms, as they are now; true when there are new words among them."""
        new = []
        for term, count in terms.items():
            more = count - self.terms.get(term, 0)
            self.terms[term] = count
            for token in tokens(term) if more else ():
                if token not in self._counts:
                    new.append(token)
                self._counts[token] = self._counts.get(token, 0) + more
                for root in (stem(token), *compound_ends(token)):
                    self._stems[root] = self._stems.get(root, 0) + more
        for token in new:
            self._index(token)
        return bool(new)

    def _index(self, token: str) -> None:
        """Bring what was made of all words up to one that is new."""
        made = self.__dict__
        if "_correctable" in made and _is_correctable(token):
            self._correctable.append(token)
        if "_by_sound" in made and _is_latin(token):
            self._by_sound.setdefault(sound(token), []).append(token)
        if "_sorted" in made:
            insort(self._sorted, token)

    def knows(self, token: str) -> bool:
        """Whether some name holds the word, in any form or as the end of a compound."""
        return stem(token) in self._stems

    def count(self, token: str) -> int:
        return self._stems.get(stem(token), 0)

    def holds(self, token: str) -> bool:
        """Whether some name holds the word as it stands."""
        return self._counts.get(token, 0) > 0

    def abbreviations(self, word: str) -> list[str]:
        """Known words that are its beginning: «смес.» of «смеситель», but not the first half of a compound."""
        sizes = (size for size in range(_FEWEST_LETTERS, len(word) - 1) if not _is_half(word, size))
        return [word[:size] for size in sizes if self.holds(word[:size])]

    def meanings(self, token: str) -> Sequence[str]:
        """What users say that a word means, and the words that they say mean it."""
        said = self.synonyms.get(token)
        return (*([said] if said else ()), *self._meant_by.get(token, ()))

    def corrections(self, word: str, limit: int) -> list[str]:
        """Known words that ``word`` may have been meant to be, the likeliest first: one slip, or two in a long word."""
        if len(word) < _SHORT or is_numeric(word):
            return []
        slips = 1 if len(word) < _MIDDLE else 2
        found = process.extract(word, self._correctable, scorer=OSA.distance, score_cutoff=slips, limit=32)
        # Two slips and another first letter are another word.
        near = [item for item in found if item[1] <= 1 or item[0][0] == word[0]]
        near.sort(key=lambda item: (item[1], item[0][0] != word[0], -self._counts[item[0]], item[0]))
        return [str(item[0]) for item in near[:limit]]

    def heard_as(self, word: str) -> str | None:
        """The known Latin word that sounds like ``word``, the most frequent if there are several."""
        return max(self._by_sound.get(sound(word), ()), key=self._counts.__getitem__, default=None)

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
        return list(filter(_is_correctable, self._counts))

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        words: dict[str, list[str]] = {}
        for word in filter(_is_latin, self._counts):
            words.setdefault(sound(word), []).append(word)
        return words

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._counts)


def _is_half(word: str, size: int) -> bool:
    """«асфальт» of «асфальтоукладчик»: behind it a vowel joins another word."""
    return word[size] in _JOINING and len(word) - size > _FEWEST_LETTERS + 1


def _is_correctable(word: str) -> bool:
    return len(word) >= _FEWEST_LETTERS and not is_numeric(word)


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _phrase(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
