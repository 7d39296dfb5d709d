"""How well a material answers a query: how much of what was asked for its words and numbers cover.

Numbers weigh most, then the rarer words; a word at the head of a name says what the thing is, further back what it
is for or made of.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log1p
from typing import Any, Final

from rapidfuzz.distance import Indel

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.query import Sort, SortBy, Term, Understood
from quarry.domain.text import is_numeric, tokens

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


@dataclass(frozen=True, slots=True)
class Name:
    """A name as ranking sees it: stems with their places, and numbers with their parts."""

    places: Mapping[str, int]
    numbers: frozenset[str]
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document with its score and the share of the query that it covers, both 0 to 1."""

    document: Mapping[str, Any]
    score: float
    coverage: float


@kept(32_768)
def read_name(name: str) -> Name:
    places: dict[str, int] = {}
    numbers: list[str] = []
    for token in tokens(name):
        if is_numeric(token):
            numbers.append(token)
        elif token not in STOP_WORDS:
            places.setdefault(stem(token), len(places))
    parts = {part for number in numbers for part in (number_parts(number) or (number,))}
    return Name(places, frozenset(numbers), frozenset(parts))


def rank(
    understood: Understood, documents: Sequence[Mapping[str, Any]], commonness: Callable[[str], int]
) -> list[Ranked]:
    """Documents, best first. ``commonness`` counts a word's materials.

    The same documents come in the same order however the store gave them: pages that are made anew must join.
    """
    weights = [_weight(term, commonness(term.token)) for term in understood.terms]
    article = understood.article.casefold() if understood.article else None
    ranked = [_rank_one(understood.terms, weights, document, article) for document in documents]
    return sorted(
        ranked, key=lambda item: (-item.score, item.document["material"]["name"], item.document["material"]["id"])
    )


def relevant(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Those that answer the query, measured by the best that there is; none when nothing covers enough of it."""
    best = max((item.coverage for item in ranked), default=0.0)
    return [item for item in ranked if item.coverage >= max(_KEEP, _KEEP_OF_BEST * best)]


def arrange(ranked: Sequence[Ranked], sort: Sort, *, cheapest_first: bool = False) -> list[Ranked]:
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

    Prices of one currency stand together, the commonest first: nobody converts them.
    """

    def value(item: Ranked) -> Any:
        document = item.document
        return document["material"]["name"].casefold() if by is SortBy.NAME else document.get(by.value)

    having = sorted((item for item in ranked if value(item) is not None), key=value, reverse=reverse)
    lacking = [item for item in ranked if value(item) is None]
    if by is SortBy.PRICE:
        common = Counter(map(_currency, having))
        having.sort(key=lambda item: (-common[_currency(item)], _currency(item)))
    return [*having, *lacking]


def _currency(item: Ranked) -> str:
    offers = item.document["offers"]
    return str(offers[0]["currency"]) if offers else ""


def _weight(term: Term, commonness: int) -> float:
    return _NUMBER_WEIGHT if term.numeric else max(_LEAST_WORD_WEIGHT, 1.4 - 0.12 * log1p(commonness))


def _rank_one(
    terms: Sequence[Term],
    weights: Sequence[float],
    document: Mapping[str, Any],
    article: str | None,
) -> Ranked:
    if article and (article in document["skus"] or article == (document["material"]["sku"] or "").casefold()):
        return Ranked(document, 1.0, 1.0)
    name = read_name(document["material"]["name"])
    category = read_name(document["category"] or "")
    called = {offer["name"] for offer in document["offers"]} - {document["material"]["name"]}
    offers = [read_name(other) for other in called]
    covered = headed = 0.0
    named = all(term.numeric for term in terms)
    for term, weight in zip(terms, weights, strict=True):
        quality, head = _best(term, name, category, offers)
        covered += weight * quality
        headed += weight * quality * head
        named = named or (quality > 0 and not term.numeric)
    # Another thing of the same size is no answer.
    total = (sum(weights) or 1.0) * (1.0 if named else _UNNAMED)
    coverage = covered / total
    brevity = min(1.0, len(terms) / (len(name.places) + len(name.numbers) or 1))
    score = 0.48 * coverage + 0.46 * headed / total + 0.06 * brevity * coverage
    if not document["prices"]:
        score *= _UNPRICED
    return Ranked(document, round(min(score, 0.999), 4), coverage)


def _best(term: Term, name: Name, category: Name, offers: Sequence[Name]) -> tuple[float, float]:
    """How well the term is met, and how near to the head of the name."""
    if term.numeric:
        quality = max((_number(term.token, name), *(_IN_OFFER * _number(term.token, offer) for offer in offers)))
        return quality, 1.0
    quality, place = max(_word(root, name) for root in (term.stem, *term.alternatives))
    elsewhere = max(
        (
            (_IN_OFFER * found, -position)
            for offer in offers
            for root in (term.stem, *term.alternatives)
            for found, position in (_word(root, offer),)
        ),
        default=(0.0, 0),
    )
    if elsewhere[0] > quality:
        quality, place = elsewhere[0], -elsewhere[1]
    in_category = _IN_CATEGORY * _word(term.stem, category)[0]
    if in_category > quality:
        return in_category, _LOWEST_HEAD
    head = 1.0 if place == 0 else max(_LOWEST_HEAD, _SECOND - _HEAD_STEP * (place - 1))
    # The category's own words say what the thing is, wherever its name begins.
    return quality, min(1.0, head + 0.1) if in_category else head


def _word(root: str, name: Name) -> tuple[float, int]:
    """Quality and place of the word in the name that stands nearest to ``root``."""
    place = name.places.get(root)
    if place is not None:
        return 1.0, place
    best, at = 0.0, 0
    for other, position in name.places.items():
        quality = _likeness(root, other)
        if quality > best:
            best, at = quality, position
    return best, at


@lru_cache(maxsize=262_144)
def _likeness(root: str, other: str) -> float:
    if len(root) >= _SHORTEST_TAIL and other.endswith(root):
        return 0.92
    if len(root) >= _SHORTEST_TAIL and other.startswith(root):
        return 0.8
    if len(root) >= _SHORTEST_TAIL and root in other:
        return 0.6
    if min(len(root), len(other)) >= _SHORTEST_FUZZY:
        likeness = Indel.normalized_similarity(root, other)
        if likeness >= _FUZZY:
            return 0.85 * likeness
    return 0.0


def _number(token: str, name: Name) -> float:
    """A number met as it was asked for, without its unit or grade, in its parts, or within another size."""
    if token in name.numbers:
        return 1.0
    parts = number_parts(token) or (token,)
    if not name.parts.issuperset(parts):
        return 0.0
    bare = any((number_parts(number) or (number,)) == parts for number in name.numbers)
    if not bare:
        return 0.8 if len(parts) > 1 else 0.6
    return 0.3 if token[0].isalpha() and token not in name.numbers and _other_grade(token, name) else 0.9


def _other_grade(token: str, name: Name) -> bool:
    """Whether the same number stands there with other letters: М20 is no Д20."""
    bare = (number_parts(token) or (token,))[0]
    return not any(number == bare for number in name.numbers)
