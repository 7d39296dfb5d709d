"""How well a material answers a query: how much of what was asked for its words and numbers cover.

Numbers weigh most, then the rarer words; a word at the head of a name says what the thing is, further back what it
is for or made of.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from math import log1p
from typing import Any, Final, NamedTuple

from quarry.domain.excerpts import HEAD_SIGN, Candidate, Numbering, Wording, article_key, without_zeros
from quarry.domain.meters import SERVED_HEAD, Met, number_meter, word_meter
from quarry.domain.query import MAKER, ParsedQuery, Sort, SortBy, Term
from quarry.domain.rates import APART, Rates

_NUMBER_WEIGHT: Final = 1.6
# Of goods the package matters less than what they are.
_PACKAGE: Final = re.compile(r"[\d.]+(?:кг|л)")
_PACKAGE_WEIGHT: Final = 0.9
_LEAST_WORD_WEIGHT: Final = 0.6
_UNNAMED: Final = 3.0
_UNPRICED: Final = 0.95  # a buyer is better served by a material that somebody sells
_OPTIONAL_WEIGHT: Final = 0.25
_BREVITY: Final = 0.06
_OTHER_GOODS: Final = 0.9
_WORK: Final = 0.6
_WORKS: Final = "work"
_LESS_THAN_EXACT: Final = 0.999
_EXACT_WORD: Final = 0.5
_EXACT_NUMBER: Final = 0.75
_NO_HEAD: Final = 0.5
_LONG_ARTICLE: Final = 5
_KEEP: Final = 0.45
_KEEP_OF_BEST: Final = 0.55
_ENOUGH: Final = 5
_KEEP_NEAR: Final = 0.2
_NEAR_OF_BEST: Final = 0.25
_CHEAP_OF_BEST: Final = 0.93


class Ranked(NamedTuple):
    """A candidate with its score and the share of the query that it covers, 0 to 1.

    ``exact``: it misses nothing. ``headed``: it is goods of the kind that was asked for.
    """

    candidate: Candidate
    score: float
    coverage: float
    exact: bool = False
    headed: bool = False


def rank(
    parsed: ParsedQuery, candidates: Sequence[Candidate], document_frequency: Callable[[str], int]
) -> list[Ranked]:
    """Candidates, best first. ``document_frequency`` counts a word's materials.

    The same candidates come in the same order however the store gave them: pages that are made anew must join.
    """
    query = _Query(weighted(parsed.terms, document_frequency), parsed.goods)
    article = article_key(parsed.article) if parsed.article else ""
    ranked = [
        (_by_article(article, candidate) if article else None) or query.rank(candidate) for candidate in candidates
    ]
    return sorted(ranked, key=lambda item: (-item.score, item.candidate.name, item.candidate.id))


def _by_article(article: str, candidate: Candidate) -> Ranked | None:
    """The whole article is an exact answer; its beginning, or one that stands in the name, nearly."""
    keys = list(map(article_key, candidate.articles))
    if article in keys:
        return Ranked(candidate, 1.0, 1.0, exact=True)
    if any(key.startswith(article) for key in keys):
        return Ranked(candidate, 0.98, 1.0, exact=True)
    bare = without_zeros(article)
    if any(without_zeros(key) == bare for key in keys):
        return Ranked(candidate, 0.97, 1.0, exact=True)
    if any(article in key for key in keys):
        return Ranked(candidate, 0.96, 1.0, exact=True)
    if len(article) >= _LONG_ARTICLE and article in article_key(candidate.name):
        return Ranked(candidate, 0.97, 1.0, exact=True)
    return None


def weighted(terms: Sequence[Term], document_frequency: Callable[[str], int]) -> list[tuple[Term, float]]:
    """Each term with its share in the query's weight."""
    weights = [_weight(term, document_frequency(term.token)) for term in terms]
    total = sum(weights) or 1.0
    return [(term, weight / total) for term, weight in zip(terms, weights, strict=True)]


def cutoff(ranked: Sequence[Ranked]) -> float:
    """The coverage from which a material answers the query, given its ranked hits: lower if few answer it exactly."""
    best = max((item.coverage for item in ranked), default=0.0)
    enough = sum(item.exact for item in ranked) >= _ENOUGH
    return max(_KEEP, _KEEP_OF_BEST * best) if enough else max(_KEEP_NEAR, _NEAR_OF_BEST * best)


def relevant(ranked: Sequence[Ranked], terms: Sequence[Term]) -> list[Ranked]:
    """The candidates that answer the query, measured by the best one; none if nothing covers enough of it.

    Where few answer it exactly, other sizes and grades of the same goods follow, and what else its maker makes.
    """
    least = cutoff(ranked)
    usual = max(_KEEP, _KEEP_OF_BEST * max((item.coverage for item in ranked), default=0.0))
    found = [item for item in ranked if item.coverage >= (least if item.headed else usual)]
    alike = followed_by(found, terms)
    known = {item.candidate.id for item in found} if alike else set()
    others = (
        item
        for item in (ranked if alike else ())
        if item.candidate.id not in known and not alike.isdisjoint(_called(item.candidate))
    )
    return [*found, *(item._replace(exact=False) for item in islice(others, max(0, _ENOUGH - len(found))))]


def followed_by(found: Sequence[Ranked], terms: Sequence[Term]) -> frozenset[str]:
    """What goods are called that follow these, where these are few: their nouns, and the makers that were asked for.

    A query that names only a maker wants no other maker's goods.
    """
    best = [item for item in found if item.exact] or [item for item in found[:1] if item.headed]
    if not best or len(found) > _ENOUGH:
        return frozenset()
    by_word = [{one for one in term.alternatives if one.startswith(MAKER)} for term in terms if not term.optional]
    makers = frozenset().union(*by_word)
    if all(by_word):
        return makers
    nouns = {word for item in best for word in _called(item.candidate) if word[0] != MAKER}
    return makers | nouns


def _called(candidate: Candidate) -> set[str]:
    """The noun of the name, and the makers in it."""
    return {word for word, at in candidate.wording.own.items() if word[0] == MAKER or not (at or word[0] == HEAD_SIGN)}


def sort_hits(
    ranked: Sequence[Ranked], sort: Sort, *, cheapest_first: bool = False, rates: Rates = APART
) -> list[Ranked]:
    """In the order asked for. A wish for the cheapest is about what fully answers the query, the rest follows."""
    if sort.by is SortBy.RELEVANCE:
        if not cheapest_first:
            return list(ranked)
        best = max((item.coverage for item in ranked), default=0.0)
        full = [item for item in ranked if item.coverage >= _CHEAP_OF_BEST * best]
        rest = [item for item in ranked if item.coverage < _CHEAP_OF_BEST * best]
        return [*_sorted(full, SortBy.PRICE, rates, reverse=False), *rest]
    return _sorted(ranked, sort.by, rates, reverse=sort.reverse)


def _sorted(ranked: Sequence[Ranked], by: SortBy, rates: Rates, *, reverse: bool) -> list[Ranked]:
    """What lacks the value comes last in either direction.

    Prices of one currency for one unit stand together, the commonest first: nobody compares the others.
    """
    if by is SortBy.PRICE:
        return _by_price(ranked, rates, reverse=reverse)

    def value(item: Ranked) -> Any:
        return item.candidate.name.casefold() if by is SortBy.NAME else item.candidate.updated_at

    having = sorted((item for item in ranked if value(item) is not None), key=value, reverse=reverse)
    return [*having, *(item for item in ranked if value(item) is None)]


def _by_price(ranked: Sequence[Ranked], rates: Rates, *, reverse: bool) -> list[Ranked]:
    found = [(*_lowest(item.candidate, rates), item) for item in ranked]
    having = sorted((one for one in found if one[1] is not None), key=lambda one: one[1] or 0.0, reverse=reverse)
    common = Counter(kind for kind, _, _ in having)
    having.sort(key=lambda one: (-common[one[0]], one[0]))
    return [item for _, _, item in having] + [item for _, price, item in found if price is None]


def _lowest(candidate: Candidate, rates: Rates) -> tuple[tuple[str, str], float | None]:
    """What the price is in, its currency and unit, and the lowest one; in the base currency if there is one."""
    found = []
    for own, price in candidate.cheapest.items():
        currency, factor = rates.common(own)
        found.append((currency != rates.base, currency, price * float(factor)))
    if not found:
        return ("", ""), None
    _, currency, lowest = min(found) if len(found) > 1 else found[0]
    return (currency, candidate.compared_unit or ""), lowest


def _weight(term: Term, document_frequency: int) -> float:
    if term.optional:
        return _OPTIONAL_WEIGHT
    if term.numeric and _PACKAGE.fullmatch(term.token):
        return _PACKAGE_WEIGHT
    return _NUMBER_WEIGHT if term.numeric else max(_LEAST_WORD_WEIGHT, 1.4 - 0.12 * log1p(document_frequency))


class _Query:
    """Weighs what candidates have alike once: goods of one kind have the same words, and few numbers are asked for."""

    def __init__(self, terms: Sequence[tuple[Term, float]], goods: str | None) -> None:
        self._terms = terms
        self._goods = goods
        self._numbers = [number_meter(term) for term, _ in terms if term.numeric]
        self._words = [word_meter(term) for term, _ in terms if not term.numeric]
        self._met_by_numbers: dict[Numbering, tuple[Met, ...]] = {}
        self._met: dict[tuple[Wording, tuple[Met, ...]], tuple[float, float, bool, bool]] = {}

    def rank(self, candidate: Candidate) -> Ranked:
        numbering, wording = candidate.numbering, candidate.wording
        by_numbers = self._met_by_numbers.get(numbering)
        if by_numbers is None:
            by_numbers = self._met_by_numbers[numbering] = tuple(meter(numbering) for meter in self._numbers)
        met = self._met.get((wording, by_numbers))
        if met is None:
            met = self._met[wording, by_numbers] = self._weigh(wording, by_numbers)
        coverage, score, exact, headed = met
        score += _BREVITY * min(1.0, len(self._terms) / (candidate.size or 1)) * coverage
        if self._goods and candidate.goods != self._goods:
            score *= _WORK if candidate.goods == _WORKS else _OTHER_GOODS
        if not candidate.priced:
            score *= _UNPRICED
        return Ranked(candidate, round(min(score, _LESS_THAN_EXACT), 4), coverage, exact, headed)

    def _weigh(self, wording: Wording, by_numbers: Iterable[Met]) -> tuple[float, float, bool, bool]:
        """The share of the query covered, the score but for the name's brevity, whether all is met, and the noun."""
        numbers, words = iter(by_numbers), iter([meter(wording) for meter in self._words])
        covered = headed = 0.0
        named = not self._words
        exact = True
        noun = False
        lead = 1.0
        for term, weight in self._terms:
            quality, head = next(numbers if term.numeric else words)
            exact = exact and (term.optional or quality >= (_EXACT_NUMBER if term.numeric else _EXACT_WORD))
            if term.heads:
                lead = head if quality else _NO_HEAD
                noun = quality >= _EXACT_WORD and head > SERVED_HEAD
            quality *= weight
            covered += quality
            headed += quality * head
            named = named or (quality > 0 and not term.numeric and not term.optional)
        # Another thing of the same size is not an answer.
        share = 1.0 if named else 1 / _UNNAMED
        coverage = covered * share
        return coverage, (0.3 * coverage + 0.24 * headed * share + 0.4 * coverage * lead), exact, noun
