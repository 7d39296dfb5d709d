"""How well a material answers a query: how much of what was asked for its words and numbers cover.

Numbers weigh most, then the rarer words; a word at the head of a name says what the thing is, further back what it
is for or made of.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log1p
from typing import Any, Final, NamedTuple

from rapidfuzz.distance import Indel

from quarry.domain.excerpts import Candidate, Numbering, Numbers, Places, Wording
from quarry.domain.lexical import number_parts
from quarry.domain.query import ParsedQuery, Sort, SortBy, Term

_NUMBER_WEIGHT: Final = 1.6
_LEAST_WORD_WEIGHT: Final = 0.6
_FUZZY: Final = 0.84
_SHORTEST_FUZZY: Final = 5
_SHORTEST_TAIL: Final = 4
_SECOND: Final = 0.9
_HEAD_STEP: Final = 0.06
_LOWEST_HEAD: Final = 0.72
_IN_CATEGORY: Final = 0.55
_IN_OFFER: Final = 0.9
_UNNAMED: Final = 3.0
_UNPRICED: Final = 0.95  # a buyer is better served by a material that somebody sells
_KEEP: Final = 0.45
_KEEP_OF_BEST: Final = 0.55
_CHEAP_OF_BEST: Final = 0.93


class Ranked(NamedTuple):
    """A candidate with its score and the share of the query that it covers, both 0 to 1."""

    candidate: Candidate
    score: float
    coverage: float


def rank(
    parsed: ParsedQuery, candidates: Sequence[Candidate], document_frequency: Callable[[str], int]
) -> list[Ranked]:
    """Candidates, best first. ``document_frequency`` counts a word's materials.

    The same candidates come in the same order however the store gave them: pages that are made anew must join.
    """
    query = _Query(weighted(parsed.terms, document_frequency))
    article = parsed.article.casefold() if parsed.article else None
    ranked = [
        Ranked(candidate, 1.0, 1.0) if article and article in candidate.articles else query.rank(candidate)
        for candidate in candidates
    ]
    return sorted(ranked, key=lambda item: (-item.score, item.candidate.name, item.candidate.id))


def weighted(terms: Sequence[Term], document_frequency: Callable[[str], int]) -> list[tuple[Term, float]]:
    """Each term with its share in the query's weight."""
    weights = [_weight(term, document_frequency(term.token)) for term in terms]
    total = sum(weights) or 1.0
    return [(term, weight / total) for term, weight in zip(terms, weights, strict=True)]


def cutoff(best: float) -> float:
    """The coverage from which a material answers a query whose best answer covers ``best``."""
    return max(_KEEP, _KEEP_OF_BEST * best)


def relevant(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Those that answer the query, measured by the best that there is; none when nothing covers enough of it."""
    least = cutoff(max((item.coverage for item in ranked), default=0.0))
    return [item for item in ranked if item.coverage >= least]


def sort_hits(ranked: Sequence[Ranked], sort: Sort, *, cheapest_first: bool = False) -> list[Ranked]:
    """In the order asked for. A wish for the cheapest is about what fully answers the query, the rest follows."""
    if sort.by is SortBy.RELEVANCE:
        if not cheapest_first:
            return list(ranked)
        best = max((item.coverage for item in ranked), default=0.0)
        full = [item for item in ranked if item.coverage >= _CHEAP_OF_BEST * best]
        rest = [item for item in ranked if item.coverage < _CHEAP_OF_BEST * best]
        return [*_sorted(full, SortBy.PRICE, reverse=False), *rest]
    return _sorted(ranked, sort.by, reverse=sort.reverse)


def _sorted(ranked: Sequence[Ranked], by: SortBy, *, reverse: bool) -> list[Ranked]:
    """What lacks the value comes last in either direction.

    Prices of one currency for one unit stand together, the commonest first: nobody compares the others.
    """

    def value(item: Ranked) -> Any:
        candidate = item.candidate
        if by is SortBy.PRICE:
            return _lowest(candidate)[1]
        return candidate.name.casefold() if by is SortBy.NAME else candidate.updated_at

    having = sorted((item for item in ranked if value(item) is not None), key=value, reverse=reverse)
    lacking = [item for item in ranked if value(item) is None]
    if by is SortBy.PRICE:
        common = Counter(_lowest(item.candidate)[0] for item in having)
        having.sort(key=lambda item: (-common[kind := _lowest(item.candidate)[0]], kind))
    return [*having, *lacking]


def _lowest(candidate: Candidate) -> tuple[tuple[str, str], float | None]:
    """What the price is in, its currency and unit, and the lowest one."""
    currency, price = next(iter(candidate.cheapest.items()), ("", None))
    return (currency, candidate.compared_unit or ""), price


def _weight(term: Term, document_frequency: int) -> float:
    return _NUMBER_WEIGHT if term.numeric else max(_LEAST_WORD_WEIGHT, 1.4 - 0.12 * log1p(document_frequency))


# How well a term is met, and how near to the head of the name.
_Met = tuple[float, float]


class _Query:
    """Weighs what candidates have alike once: goods of one kind have the same words, and few numbers are asked for."""

    def __init__(self, terms: Sequence[tuple[Term, float]]) -> None:
        self._terms = [(weight, term.numeric) for term, weight in terms]
        self._numbers = [_numbers(term) for term, _ in terms if term.numeric]
        self._words = [_words(term) for term, _ in terms if not term.numeric]
        self._met_by_numbers: dict[Numbering, tuple[_Met, ...]] = {}
        self._met: dict[tuple[Wording, tuple[_Met, ...]], tuple[float, float]] = {}

    def rank(self, candidate: Candidate) -> Ranked:
        numbering, wording = candidate.numbering, candidate.wording
        by_numbers = self._met_by_numbers.get(numbering)
        if by_numbers is None:
            by_numbers = self._met_by_numbers[numbering] = tuple(meter(numbering) for meter in self._numbers)
        met = self._met.get((wording, by_numbers))
        if met is None:
            met = self._met[wording, by_numbers] = self._weigh(wording, by_numbers)
        coverage, score = met
        brevity = min(1.0, len(self._terms) / (candidate.size or 1))
        score += 0.06 * brevity * coverage
        if not candidate.priced:
            score *= _UNPRICED
        return Ranked(candidate, round(min(score, 0.999), 4), coverage)

    def _weigh(self, wording: Wording, by_numbers: Iterable[_Met]) -> tuple[float, float]:
        """The share of the query that is covered, and the score but for the name's brevity."""
        numbers, words = iter(by_numbers), iter([meter(wording) for meter in self._words])
        covered = headed = 0.0
        named = not self._words
        for weight, numeric in self._terms:
            quality, head = next(numbers if numeric else words)
            quality *= weight
            covered += quality
            headed += quality * head
            named = named or (quality > 0 and not numeric)
        # Another thing of the same size is no answer.
        share = 1.0 if named else 1 / _UNNAMED
        coverage = covered * share
        return coverage, 0.48 * coverage + 0.46 * headed * share


def _numbers(term: Term) -> Callable[[Numbering], _Met]:
    """A number met as it was asked for, without its unit or grade, in its parts, or within another size."""
    token, parts = term.token, number_parts(term.token) or (term.token,)

    def quality(numbers: Numbers) -> float:
        if token in numbers.whole:
            return 1.0
        if not numbers.parts.issuperset(parts):
            return 0.0
        if not any((number_parts(number) or (number,)) == parts for number in numbers.whole):
            return 0.8 if len(parts) > 1 else 0.6
        # The same number with other letters: М20 is no Д20.
        return 0.3 if token[0].isalpha() and parts[0] not in numbers.whole else 0.9

    def best(numbering: Numbering) -> _Met:
        found = quality(numbering.own)
        if found < _IN_OFFER and numbering.called:
            found = max(found, *(_IN_OFFER * quality(other) for other in numbering.called))
        return found, 1.0

    return best


def _words(term: Term) -> Callable[[Wording], _Met]:
    """A word met by the nearest word of the name, of a supplier's name for it, or of the category."""
    roots = [_nearest(root) for root in (term.stem, *term.alternatives)]
    own = roots[0]

    def word(places: Places) -> tuple[float, int]:
        return own(places) if len(roots) == 1 else max(nearest(places) for nearest in roots)

    def best(wording: Wording) -> _Met:
        quality, place = word(wording.own)
        if quality < _IN_OFFER and wording.called:
            # Of names that meet it alike the one counts where it stands further ahead.
            found, ahead = max((_IN_OFFER * found, -at) for found, at in map(word, wording.called))
            if found > quality:
                quality, place = found, -ahead
        in_category = _IN_CATEGORY * own(wording.category)[0]
        if in_category > quality:
            return in_category, _LOWEST_HEAD
        head = 1.0 if place == 0 else max(_LOWEST_HEAD, _SECOND - _HEAD_STEP * (place - 1))
        # The category's own words say what the thing is, wherever its name begins.
        return quality, min(1.0, head + 0.1) if in_category else head

    return best


def _nearest(root: str) -> Callable[[Places], tuple[float, int]]:
    """Quality and place of the word among those with their places that stands nearest to ``root``."""
    known: dict[str, float] = {}

    def nearest(places: Places) -> tuple[float, int]:
        place = places.get(root)
        if place is not None:
            return 1.0, place
        best, at = 0.0, 0
        for word, position in places.items():
            quality = known.get(word)
            if quality is None:
                quality = known[word] = _likeness(root, word)
            if quality > best:
                best, at = quality, position
        return best, at

    return nearest


@lru_cache(maxsize=65_536)
def _likeness(root: str, other: str) -> float:
    if len(root) >= _SHORTEST_TAIL and other.endswith(root):
        return 0.92
    if len(root) >= _SHORTEST_TAIL and other.startswith(root):
        return 0.8
    if len(root) >= _SHORTEST_TAIL and root in other:
        return 0.6
    if min(len(root), len(other)) >= _SHORTEST_FUZZY:
        return 0.85 * Indel.normalized_similarity(root, other, score_cutoff=_FUZZY)
    return 0.0
