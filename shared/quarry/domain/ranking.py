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

from quarry.domain.excerpts import HEAD_SIGN, SERVED, Candidate, Numbering, Numbers, Places, Wording, article_key
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
_OPTIONAL_WEIGHT: Final = 0.25
_BREVITY: Final = 0.06
_OTHER_GOODS: Final = 0.9
_WORK: Final = 0.6
_WORKS: Final = "work"
_LESS_THAN_EXACT: Final = 0.999
_EXACT_WORD: Final = 0.5
_EXACT_NUMBER: Final = 0.75
_NO_HEAD: Final = 0.5
_SERVED_HEAD: Final = 0.5
_NOT_THE_NOUN: Final = 0.12
_OTHER_FORM: Final = 0.95
_SYNONYM: Final = 0.92
_LATER: Final = 0.05
_OPEN: Final = 0.9
_PIECES: Final = "шт"
_COUNT_FOR_SIZE: Final = 0.3
_GRAMS: Final = 4
_FEWEST_GRAMS: Final = 50
_SHORTEST_CUT: Final = 3
_LONGEST_OF_CUT: Final = 6
_VOWELS: Final = frozenset("аеиоуыэюяй")
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
    """The coverage from which a material answers a query that these answer: less where few answer it exactly."""
    best = max((item.coverage for item in ranked), default=0.0)
    enough = sum(item.exact for item in ranked) >= _ENOUGH
    return max(_KEEP, _KEEP_OF_BEST * best) if enough else max(_KEEP_NEAR, _NEAR_OF_BEST * best)


def relevant(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Those that answer the query, measured by the best that there is; none when nothing covers enough of it.

    Where few answer it exactly, other sizes and grades of the same goods follow.
    """
    least = cutoff(ranked)
    usual = max(_KEEP, _KEEP_OF_BEST * max((item.coverage for item in ranked), default=0.0))
    return [item for item in ranked if item.coverage >= (least if item.headed else usual)]


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
    if term.optional:
        return _OPTIONAL_WEIGHT
    return _NUMBER_WEIGHT if term.numeric else max(_LEAST_WORD_WEIGHT, 1.4 - 0.12 * log1p(document_frequency))


# How well a term is met, and how near to the head of the name.
_Met = tuple[float, float]


class _Query:
    """Weighs what candidates have alike once: goods of one kind have the same words, and few numbers are asked for."""

    def __init__(self, terms: Sequence[tuple[Term, float]], goods: str | None) -> None:
        self._terms = terms
        self._goods = goods
        self._numbers = [_numbers(term) for term, _ in terms if term.numeric]
        self._words = [_words(term) for term, _ in terms if not term.numeric]
        self._met_by_numbers: dict[Numbering, tuple[_Met, ...]] = {}
        self._met: dict[tuple[Wording, tuple[_Met, ...]], tuple[float, float, bool, bool]] = {}

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

    def _weigh(self, wording: Wording, by_numbers: Iterable[_Met]) -> tuple[float, float, bool, bool]:
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
                noun = quality >= _EXACT_WORD and head > _SERVED_HEAD
            quality *= weight
            covered += quality
            headed += quality * head
            named = named or (quality > 0 and not term.numeric and not term.optional)
        # Another thing of the same size is no answer.
        share = 1.0 if named else 1 / _UNNAMED
        coverage = covered * share
        return coverage, (0.3 * coverage + 0.24 * headed * share + 0.4 * coverage * lead), exact, noun


def _numbers(term: Term) -> Callable[[Numbering], _Met]:
    """A number met as it was asked for, without its unit or grade, in its parts, or within another size."""
    token, parts = term.token, number_parts(term.token) or (term.token,)
    same = _scaled(token)
    counted = token.endswith(_PIECES)

    def quality(numbers: Numbers) -> float:
        if not same.isdisjoint(numbers.whole):
            return 1.0
        if not numbers.parts.issuperset(parts):
            return 0.0
        found = [number for number in numbers.whole if (number_parts(number) or (number,)) == parts]
        if not found:
            return _in_size(parts, numbers)
        if counted or all(number.endswith(_PIECES) for number in found):
            return _COUNT_FOR_SIZE
        # The same number with other letters: М20 is no Д20.
        return 0.3 if token[0].isalpha() and parts[0] not in numbers.whole else 0.95

    def best(numbering: Numbering) -> _Met:
        found = quality(numbering.own)
        if found < _IN_OFFER and numbering.called:
            found = max(found, *(_IN_OFFER * quality(other) for other in numbering.called))
        return found, 1.0

    return best


def _scaled(token: str) -> frozenset[str]:
    """A number without a unit may be grams or millilitres, which names have as kilograms and litres."""
    if token.isdigit() and len(token) <= _GRAMS and int(token) >= _FEWEST_GRAMS:
        part = f"{int(token) / 1000:.6g}"
        return frozenset({token, f"{part}кг", f"{part}л", f"{token}мм"})
    return frozenset({token, f"{token}мм"} if token.replace(".", "").isdigit() else {token})


def _in_size(parts: Sequence[str], numbers: Numbers) -> float:
    """Within a size of several: best as its beginning."""
    best = 0.0
    for number in numbers.whole:
        have = number_parts(number)
        if len(have) > 1 and have[: len(parts)] == tuple(parts):
            best = max(best, 0.93)
        elif set(parts) <= set(have):
            best = max(best, 0.85)
    return best or (0.8 if len(parts) > 1 else 0.6)


def _words(term: Term) -> Callable[[Wording], _Met]:
    """A word met by the nearest word of the name, of a supplier's name for it, or of the category."""
    roots = [_nearest(root, term.prefix) for root in (term.stem, *term.alternatives) if root]
    whole = [[_nearest(root, "") for root in synonym] for synonym in term.synonyms]
    written = HEAD_SIGN + term.token
    genitive = _genitives(term.token)

    def word(places: Places) -> tuple[float, int]:
        best = max((nearest(places) for nearest in roots), key=_better, default=(0.0, 0))
        for rank, synonym in enumerate(whole):
            if best[0] >= 1:
                break
            met = [nearest(places) for nearest in synonym]
            quality = min(quality for quality, _ in met) * (_SYNONYM - _LATER * rank)
            best = max(best, (quality, min(place for _, place in met)), key=_better)
        return best

    def best(wording: Wording) -> _Met:
        quality, place = word(wording.own)
        if quality < _IN_OFFER and wording.called:
            # Of names that meet it alike the one counts where it stands further ahead.
            found, ahead = max((_IN_OFFER * found, -at) for found, at in map(word, wording.called))
            if found > quality:
                quality, place = found, -ahead
        in_category = _IN_CATEGORY * word(wording.category)[0]
        if in_category > quality:
            return in_category, _LOWEST_HEAD
        if place >= SERVED:
            return quality, _SERVED_HEAD
        head = 1.0 if place == 0 else max(_LOWEST_HEAD, _SECOND - _HEAD_STEP * (place - 1))
        if term.heads and place:
            head -= _NOT_THE_NOUN
        if place == 0 and term.heads and written not in wording.own:
            head = _SERVED_HEAD if genitive and not genitive.isdisjoint(wording.own) else _OTHER_FORM
        # The category's own words say what the thing is, wherever its name begins.
        return quality, min(1.0, head + 0.1) if in_category and place else head

    return best


def _genitives(noun: str) -> frozenset[str]:
    """«Гусак смесителя» is no mixer: the forms in which a masculine noun belongs to the one before it."""
    if noun.endswith("ь"):
        return frozenset({HEAD_SIGN + noun[:-1] + "я"})
    return frozenset({HEAD_SIGN + noun + "а"}) if noun and noun[-1] not in _VOWELS else frozenset()


def _better(met: tuple[float, int]) -> tuple[float, int]:
    return met[0], -met[1]


def _nearest(root: str, prefix: str) -> Callable[[Places], tuple[float, int]]:
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
                likeness = _OPEN if prefix and word.startswith(prefix) else _likeness(root, word)
                quality = known[word] = likeness
            if quality > best or (quality == best and quality and position < at):
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
    if _SHORTEST_TAIL <= len(other) < len(root) - 1 and root.startswith(other):
        return 0.8  # «смес. для кухни»
    if (
        len(other) == _SHORTEST_CUT
        and len(root) > _SHORTEST_CUT
        and root.startswith(other)
        and other[-1] not in _VOWELS
    ):
        return _IN_CATEGORY  # «кух.»
    if min(len(root), len(other)) >= _SHORTEST_FUZZY:
        return 0.85 * Indel.normalized_similarity(root, other, score_cutoff=_FUZZY)
    return 0.0
