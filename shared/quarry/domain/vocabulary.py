"""The words of the catalogue: which are known, what a slip of the pen was meant to be, how a word goes on."""

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, takewhile
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from quarry.domain.keyboard_layout import latin_reading, sound, spoken, spoken_readings
from quarry.domain.lexical import STOP_WORDS, compound_ends, is_half, stem
from quarry.domain.names.goods import is_goods_noun
from quarry.domain.text import is_numeric, tokens
from quarry.knowledge import load
from quarry.knowledge.words import entries

_SHORT: Final = 4
_MIDDLE: Final = 7
_FEWEST_LETTERS: Final = 3
_SHORTEST_STEM: Final = 4
_SHORTEST_HEARD: Final = 5
_LONG_ROOT: Final = 8
# Endings of Russian words, as they are heard.
_ENDING: Final = re.compile(r"(?:[aeiou]{1,3}|[aeiou]m[iu]?|[aeiou]go|ov)")
_LONGEST_ENDING: Final = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """Words with the number of materials that hold each.

    ``until``: what to ask from the next time, if not for all. ``least``: rarer words were left out.
    """

    counts: Mapping[str, int]
    until: str | None = None
    least: int = 0


# The trade's words, the best first; users' synonyms take precedence.
_OF_THE_TRADE: Final = {
    term: tuple(row["means"].split("; ")) for row in load("synonyms")["synonym"] for term in entries(row)
}


class Vocabulary:
    """``terms`` are words of the materials' names with the number of materials that hold each; more may come."""

    def __init__(self, terms: Mapping[str, int], synonyms: Mapping[str, str] | None = None) -> None:
        self.terms: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self.learn(terms)
        self._users = {_phrase(term): _phrase(replacement) for term, replacement in (synonyms or {}).items()}
        self.synonyms = {*_OF_THE_TRADE, *self._users}
        self._meant_by: dict[str, list[str]] = {}
        for term in self.synonyms:
            for phrase in self._said(term):
                self._meant_by.setdefault(phrase, []).append(term)
        self._names = sorted(term for term in self.synonyms if " " not in term)
        self.longest_synonym = max((term.count(" ") + 1 for term in (*self.synonyms, *self._meant_by)), default=0)

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
        """Add a new word to everything that is derived from all words."""
        made = self.__dict__
        if "_correctable" in made and _is_correctable(token):
            self._correctable.append(token)
        if "_by_sound" in made and _is_latin(token):
            self._by_sound.setdefault(sound(token), []).append(token)
        if "_spoken" in made:
            _note_spoken(token, self._spoken)
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
        shortest = max(_FEWEST_LETTERS + self.holds(word), _first_half(word))
        sizes = (size for size in range(shortest, len(word) - 1) if not is_half(word, size))
        return [word[:size] for size in sizes if self.holds(word[:size])]

    def meant(self, term: str) -> Sequence[str]:
        """What people say that a word or phrase means; first what the catalogue has the words of."""
        return sorted(self._said(term), key=lambda phrase: not self.has_words_of(phrase))

    def meanings(self, term: str) -> Sequence[str]:
        """What people say that it means, and what they say means it, as far as the catalogue has the words.

        The latter of a phrase only where the catalogue has not its own words: «профиль пп» is more than a ceiling's.
        """
        said = self._said(term)
        if " " not in term or not self.has_words_of(term):
            said = (*said, *(other for other in self._meant_by.get(term, ()) if term not in other.split()))
        return [phrase for phrase in said if self.has_words_of(phrase)]

    def _said(self, term: str) -> Sequence[str]:
        """What users say; where the catalogue has not the words of that, what the trade says as well."""
        own = self._users.get(term)
        if own and self.has_words_of(own):
            return (own,)
        return (*([own] if own else ()), *_OF_THE_TRADE.get(term, ()))

    def has_words_of(self, phrase: str) -> bool:
        """Whether the catalogue knows every word of it."""
        return all(map(self.knows, tokens(phrase)))

    def corrections(self, word: str, limit: int) -> list[str]:
        """Known words that ``word`` may have been meant to be, the likeliest first: one slip, or two in a long word."""
        if len(word) < _SHORT or is_numeric(word):
            return []
        near = _near(word, self._correctable) or self._heard_nearly(word) or self._root_nearly(word)
        if not near or near[0][1] > 1:
            # Of what the trade says the catalogue need not have the word, if it has the goods.
            near += [one for one in _near(word, self._names) if one[1] == 1 and self.meanings(one[0])]
        near.sort(key=lambda one: (one[1], one[0][0] != word[0], -self._counts.get(one[0], 0), one[0]))
        return [one for one, _ in near[:limit]]

    def _heard_nearly(self, word: str) -> list[tuple[str, int]]:
        """Latin words that sound nearly like a Russian one, «делюкс» like deluxe: written by ear, which is one slip."""
        heard = sound(word)
        if word.isascii() or len(heard) < _SHORTEST_HEARD:
            return []
        return [(one, 1) for key, _ in _near(heard, list(self._by_sound)) for one in self._by_sound[key]]

    def _root_nearly(self, word: str) -> list[tuple[str, int]]:
        """Longer words of its root, but for a slip: «пароизаляция» where there is a «пароизоляционная плёнка»."""
        root = stem(word)
        if len(root) < _LONG_ROOT:
            return []
        first, behind = (bisect_left(self._sorted, letter) for letter in (root[0], chr(ord(root[0]) + 1)))
        heads: dict[str, list[str]] = {}
        for known in self._sorted[first:behind]:
            if len(known) > len(root):
                heads.setdefault(known[: len(root)], []).append(known)
        found = process.extract(root, list(heads), scorer=OSA.distance, score_cutoff=1, limit=4)
        return [(known, int(distance)) for head, distance, _ in found for known in heads[str(head)]]

    def begun(self, beginning: str, limit: int) -> Sequence[str]:
        """Names that the trade has for what the catalogue holds, which begin so."""
        if len(beginning) < _SHORT:
            return ()
        start = bisect_left(self._names, beginning)
        found = takewhile(lambda term: term.startswith(beginning), islice(self._names, start, None))
        return list(islice((term for term in found if self.meanings(term)), limit))

    def heard_as(self, word: str) -> str | None:
        """The known Latin word that sounds like ``word``, the most frequent if there are several."""
        key = sound(word)
        known = self._by_sound.get(key, ()) if len(key) >= _FEWEST_LETTERS else ()
        return max(known, key=self._counts.__getitem__, default=None)

    def spoken_as(self, latin: str) -> str | None:
        """The Russian word that Latin letters stand for: of the catalogue, else one of the trade's names."""
        return self._spoken_alike(latin, _spoken_so)

    def spoken_nearly(self, latin: str) -> str | None:
        """The Russian word that Latin letters stand for, but for a slip."""
        return self._spoken_alike(latin, _spoken_nearly)

    def _spoken_alike(self, latin: str, alike: Callable[[str, Mapping[str, list[str]]], Iterator[str]]) -> str | None:
        keys = list(spoken_readings(latin))
        for words in (self._spoken, _spoken_of_the_trade()):
            found = {word for key in keys for word in alike(key, words)}
            if found:
                return min(found, key=lambda word: self._how_far(word, latin))
        return None

    def _how_far(self, word: str, latin: str) -> tuple[int, int, str]:
        return OSA.distance(latin_reading(word), latin), -self._counts.get(word, 0), word

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
    def _spoken(self) -> dict[str, list[str]]:
        return _by_spoken(self._counts)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._counts)


def _first_half(word: str) -> int:
    """How long the first half of a compound is that ends in goods: «метал.» is no «металлочерепица»."""
    halves = range(_FEWEST_LETTERS, len(word) - _FEWEST_LETTERS)
    return next((size for size in halves if is_half(word, size) and is_goods_noun(word[size + 1 :])), 0)


def _near(word: str, known: Sequence[str]) -> list[tuple[str, int]]:
    """Words with the slips between; two slips and another first letter are another word."""
    slips = 1 if len(word) < _MIDDLE else 2
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=32)
    return [(str(one), int(distance)) for one, distance, _ in found if distance <= 1 or one[0] == word[0]]


@cache
def _spoken_of_the_trade() -> Mapping[str, list[str]]:
    said = (*_OF_THE_TRADE, *(phrase for phrases in _OF_THE_TRADE.values() for phrase in phrases))
    return _by_spoken({word for phrase in said for word in tokens(phrase)})


def _by_spoken(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        _note_spoken(word, found)
    return found


def _note_spoken(word: str, known: dict[str, list[str]]) -> None:
    if len(word) >= _FEWEST_LETTERS and word.isalpha() and not word.isascii():
        for key in {spoken(word), spoken(stem(word))}:
            known.setdefault(key, []).append(word)


def _spoken_so(key: str, known: Mapping[str, list[str]]) -> Iterator[str]:
    """Words that sound so; else those that do but for the ending."""
    if key in known:
        yield from known[key]
        return
    for size in range(1, _LONGEST_ENDING + 1):
        if len(key) - size >= _SHORTEST_STEM and _ENDING.fullmatch(key[-size:]):
            yield from known.get(key[:-size], ())


def _spoken_nearly(key: str, known: Mapping[str, list[str]]) -> Iterator[str]:
    """Words that sound so but for a slip."""
    if len(key) >= _MIDDLE:
        for near, _, _ in process.extract(key, known.keys(), scorer=OSA.distance, score_cutoff=1, limit=4):
            yield from known[str(near)]


def _is_correctable(word: str) -> bool:
    return len(word) >= _FEWEST_LETTERS and not is_numeric(word)


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _phrase(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
