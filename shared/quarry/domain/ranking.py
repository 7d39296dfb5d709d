"""How well a material answers a query: how much of what was asked for its words and numbers cover.

Numbers weigh most, then the rarer words; a word at the head of a name says what the thing is, further back what it
is for or made of.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log1p
from typing import Any, Final

import orjson
from rapidfuzz.distance import Indel

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.query import Sort, SortBy, Term, Understood
from quarry.domain.text import is_numeric, normalize_name

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
# To be raised when names get other tokens, or the excerpt other fields.
EXCERPT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Name:
    """A name as ranking sees it: stems with their places, and numbers with their parts."""

    places: Mapping[str, int]
    numbers: frozenset[str]
    parts: frozenset[str]
    size: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """What ranking needs of a document, which stands beside it where it was read as well."""

    id: str
    name: str
    category: str | None
    unit: str | None
    supplier_ids: Sequence[int]
    articles: frozenset[str]
    price_per_base_unit: float | None
    priced: bool
    currency: str
    updated_at: str | None
    read: Name
    read_category: Name
    called: Sequence[Name]
    document: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Candidate":
        return replace(_candidate(excerpt(document)), document=document)


def excerpt(document: Mapping[str, Any]) -> str:
    """What ranking needs of a document, as one JSON text: names are in it as their canonical tokens."""
    material, offers = document["material"], document["offers"]
    name, sku = material["name"], material["sku"]
    fields = (
        EXCERPT_VERSION,
        str(material["id"]),
        name,
        document["category"],
        document.get("unit"),
        document.get("supplier_ids", ()),
        (*document["skus"], *([sku.casefold()] if sku else ())),
        document.get("price_per_base_unit"),
        bool(document["prices"]),
        str(offers[0]["currency"]) if offers else "",
        document.get("updated_at"),
        normalize_name(name),
        normalize_name(document["category"] or ""),
        sorted({normalize_name(offer["name"]) for offer in offers} - {normalize_name(name)}),
    )
    return orjson.dumps(fields).decode()


def candidate_of(text: str | None) -> Candidate | None:
    """The candidate of an excerpt; None without one, or when it is of another version."""
    return _candidate(text) if text and text.startswith(f"[{EXCERPT_VERSION},") else None


@lru_cache(maxsize=16_384)
def _candidate(text: str) -> Candidate:
    _, key, name, category, unit, supplier_ids, articles, price, priced, currency, updated_at, *names = orjson.loads(
        text
    )
    read, read_category, called = names
    return Candidate(
        id=key,
        name=name,
        category=category,
        unit=unit,
        supplier_ids=supplier_ids,
        articles=frozenset(articles),
        price_per_base_unit=price,
        priced=priced,
        currency=currency,
        updated_at=updated_at,
        read=_name(read),
        read_category=_name(read_category),
        called=tuple(map(_name, called)),
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score and the share of the query that it covers, both 0 to 1."""

    candidate: Candidate
    score: float
    coverage: float


@kept(4_096)
def _name(canonical: str) -> Name:
    """Of canonical tokens with blanks between them."""
    places: dict[str, int] = {}
    numbers: list[str] = []
    for token in canonical.split():
        if is_numeric(token):
            numbers.append(token)
        elif token not in STOP_WORDS:
            places.setdefault(stem(token), len(places))
    parts = {part for number in numbers for part in (number_parts(number) or (number,))}
    distinct = frozenset(numbers)
    return Name(places, distinct, frozenset(parts), len(places) + len(distinct))


def rank(understood: Understood, candidates: Sequence[Candidate], commonness: Callable[[str], int]) -> list[Ranked]:
    """Candidates, best first. ``commonness`` counts a word's materials.

    The same candidates come in the same order however the store gave them: pages that are made anew must join.
    """
    sought = [
        (weight, term.numeric, _numbers(term) if term.numeric else _words(term))
        for term, weight in weighted(understood.terms, commonness)
    ]
    article = understood.article.casefold() if understood.article else None
    wordless = all(numeric for _, numeric, _ in sought)
    ranked = [_rank_one(sought, candidate, article, wordless=wordless) for candidate in candidates]
    return sorted(ranked, key=lambda item: (-item.score, item.candidate.name, item.candidate.id))


def weighted(terms: Sequence[Term], commonness: Callable[[str], int]) -> list[tuple[Term, float]]:
    """Each term with its share in the query's weight."""
    weights = [_weight(term, commonness(term.token)) for term in terms]
    total = sum(weights) or 1.0
    return [(term, weight / total) for term, weight in zip(terms, weights, strict=True)]


def cutoff(best: float) -> float:
    """The coverage from which a material answers a query whose best answer covers ``best``."""
    return max(_KEEP, _KEEP_OF_BEST * best)


def relevant(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Those that answer the query, measured by the best that there is; none when nothing covers enough of it."""
    best = max((item.coverage for item in ranked), default=0.0)
    return [item for item in ranked if item.coverage >= cutoff(best)]


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
        candidate = item.candidate
        return candidate.name.casefold() if by is SortBy.NAME else getattr(candidate, by.value)

    having = sorted((item for item in ranked if value(item) is not None), key=value, reverse=reverse)
    lacking = [item for item in ranked if value(item) is None]
    if by is SortBy.PRICE:
        common = Counter(item.candidate.currency for item in having)
        having.sort(key=lambda item: (-common[item.candidate.currency], item.candidate.currency))
    return [*having, *lacking]


def _weight(term: Term, commonness: int) -> float:
    return _NUMBER_WEIGHT if term.numeric else max(_LEAST_WORD_WEIGHT, 1.4 - 0.12 * log1p(commonness))


# How well a term is met by a candidate, and how near to the head of the name.
_Meter = Callable[[Candidate], tuple[float, float]]


def _numbers(term: Term) -> _Meter:
    """A number met as it was asked for, without its unit or grade, in its parts, or within another size."""
    token, parts = term.token, number_parts(term.token) or (term.token,)

    def quality(name: Name) -> float:
        if token in name.numbers:
            return 1.0
        if not name.parts.issuperset(parts):
            return 0.0
        if not any((number_parts(number) or (number,)) == parts for number in name.numbers):
            return 0.8 if len(parts) > 1 else 0.6
        # The same number with other letters: М20 is no Д20.
        return 0.3 if token[0].isalpha() and parts[0] not in name.numbers else 0.9

    def best(candidate: Candidate) -> tuple[float, float]:
        found = quality(candidate.read)
        if found < _IN_OFFER and candidate.called:
            found = max(found, *(_IN_OFFER * quality(other) for other in candidate.called))
        return found, 1.0

    return best


def _words(term: Term) -> _Meter:
    """A word met by the nearest word of the name, of a supplier's name for it, or of the category."""
    roots = [_nearest(root) for root in (term.stem, *term.alternatives)]
    own = roots[0]
    in_categories: dict[str | None, float] = {}

    def word(name: Name) -> tuple[float, int]:
        return own(name.places) if len(roots) == 1 else max(nearest(name.places) for nearest in roots)

    def category(candidate: Candidate) -> float:
        found = in_categories.get(candidate.category)
        if found is None:
            found = in_categories[candidate.category] = _IN_CATEGORY * own(candidate.read_category.places)[0]
        return found

    def best(candidate: Candidate) -> tuple[float, float]:
        quality, place = word(candidate.read)
        if quality < _IN_OFFER and candidate.called:
            # Of names that meet it alike the one counts where it stands further ahead.
            found, ahead = max((_IN_OFFER * found, -at) for found, at in map(word, candidate.called))
            if found > quality:
                quality, place = found, -ahead
        in_category = category(candidate)
        if in_category > quality:
            return in_category, _LOWEST_HEAD
        head = 1.0 if place == 0 else max(_LOWEST_HEAD, _SECOND - _HEAD_STEP * (place - 1))
        # The category's own words say what the thing is, wherever its name begins.
        return quality, min(1.0, head + 0.1) if in_category else head

    return best


def _nearest(root: str) -> Callable[[Mapping[str, int]], tuple[float, int]]:
    """Quality and place of the word among those with their places that stands nearest to ``root``."""
    known: dict[str, float] = {}

    def nearest(places: Mapping[str, int]) -> tuple[float, int]:
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


def _rank_one(
    sought: Sequence[tuple[float, bool, _Meter]], candidate: Candidate, article: str | None, *, wordless: bool
) -> Ranked:
    if article and article in candidate.articles:
        return Ranked(candidate, 1.0, 1.0)
    covered = headed = 0.0
    named = wordless
    for weight, numeric, best in sought:
        quality, head = best(candidate)
        if quality:
            quality *= weight
            covered += quality
            headed += quality * head
            named = named or not numeric
    # Another thing of the same size is no answer.
    share = 1.0 if named else 1 / _UNNAMED
    coverage = covered * share
    brevity = min(1.0, len(sought) / (candidate.read.size or 1))
    score = 0.48 * coverage + 0.46 * headed * share + 0.06 * brevity * coverage
    if not candidate.priced:
        score *= _UNPRICED
    return Ranked(candidate, round(min(score, 0.999), 4), coverage)


@lru_cache(maxsize=65_536)
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
