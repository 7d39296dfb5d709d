"""What search is compared with: what PostgreSQL has built in, BM25, reciprocal ranks alone, a browser's search.

Each gives the ids of the ten best materials for a query. All have the same names and articles.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from Stemmer import Stemmer

from quarry.adapters.interfaces import Embedder, IRelationalDatabase, IVectorDatabase, SparseVector
from quarry.domain.lexical import lexical_query
from quarry.runtime import run

Search = Callable[[str], Sequence[str]]
_BEST = 10
_K1, _B, _DELTA = 1.2, 0.75, 0.5
_WORD = re.compile(r"\w+")
_FUZZY = 0.2
_FUZZY_WEIGHT, _PREFIX_WEIGHT = 0.45, 0.375
_STEMMER = Stemmer("russian")
_FULL_TEXT = """
SELECT m.id FROM materials m, to_tsquery('russian', :words) query
WHERE m.search_vector @@ query ORDER BY ts_rank(m.search_vector, query) DESC, m.id LIMIT 10
"""
_TRIGRAMS = "SELECT id FROM materials WHERE :text <% name ORDER BY word_similarity(:text, name) DESC, id LIMIT 10"


@dataclass(frozen=True)
class Material:
    """``names``: its own and those that suppliers give it."""

    id: str
    names: tuple[str, ...]
    articles: tuple[str, ...]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("ё", "е"))


def _stems(text: str) -> list[str]:
    return [_STEMMER.stemWord(word) for word in _words(text)]


class Ranked:
    """BM25 over the words of the materials; ``expand`` gives the indexed words that a query's word may mean."""

    def __init__(self, materials: Sequence[Material], split: Callable[[str], list[str]]) -> None:
        self._ids = [one.id for one in materials]
        self._split = split
        self.postings: dict[str, dict[int, int]] = defaultdict(dict)
        self._sizes = []
        for at, one in enumerate(materials):
            counts = Counter(split(" ".join((*one.names, *one.articles))))
            self._sizes.append(counts.total())
            for word, count in counts.items():
                self.postings[word][at] = count
        self._mean = sum(self._sizes) / len(self._sizes)

    def best(self, text: str, expand: Callable[[str], Mapping[str, float]]) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for asked in self._split(text):
            for word, weight in expand(asked).items():
                found = self.postings.get(word, {})
                rarity = math.log(1 + (len(self._ids) - len(found) + 0.5) / (len(found) + 0.5))
                for at, count in found.items():
                    length = 1 - _B + _B * self._sizes[at] / self._mean
                    scores[at] += weight * rarity * (_DELTA + count * (_K1 + 1) / (count + _K1 * length))
        most = sorted(scores, key=lambda at: (-scores[at], self._ids[at]))[:_BEST]
        return [self._ids[at] for at in most]


def bm25(materials: Sequence[Material]) -> Search:
    ranked = Ranked(materials, _stems)
    return lambda text: ranked.best(text, lambda word: {word: 1.0})


def in_browser(materials: Sequence[Material]) -> Search:
    """As MiniSearch 7 does it with prefixes and fuzzy 0.2: words as they stand, any of them enough."""
    ranked = Ranked(materials, _words)
    known = sorted(ranked.postings)

    def expand(word: str) -> dict[str, float]:
        found = {}
        slips = min(round(_FUZZY * len(word)), 6)
        if slips:
            for other, distance, _ in process.extract(
                word, known, scorer=Levenshtein.distance, score_cutoff=slips, limit=None
            ):
                found[other] = _FUZZY_WEIGHT * len(other) / (len(other) + distance)
        for other in known:
            if other.startswith(word):
                distance = len(other) - len(word)
                found[other] = max(found.get(other, 0.0), _PREFIX_WEIGHT * len(other) / (len(other) + 0.3 * distance))
        if word in ranked.postings:
            found[word] = 1.0
        return found

    return lambda text: ranked.best(text, expand)


def full_text(relational: IRelationalDatabase) -> Search:
    def search(text: str) -> list[str]:
        words = " | ".join(_words(text))
        return [str(row["id"]) for row in run(relational.execute_query(_FULL_TEXT, {"words": words}))] if words else []

    return search


def trigrams(relational: IRelationalDatabase) -> Search:
    def search(text: str) -> list[str]:
        return [str(row["id"]) for row in run(relational.execute_query(_TRIGRAMS, {"text": text}))]

    return search


def reciprocal_ranks(vectors: IVectorDatabase, embedder: Embedder, collection: str) -> Search:
    """The engine's own fusion of the same two vectors, without anything behind it."""

    def search(text: str) -> list[str]:
        dense = run(embedder.embed([text]))[0]
        found = run(vectors.search(collection, dense, _BEST, sparse=SparseVector(*lexical_query(text))))
        return [point.id for point in found]

    return search
