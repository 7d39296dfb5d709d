"""Which of the candidates are what a line asks for."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from typing import Final

from quarry.domain.estimates.choosing import MOST_SILENT
from quarry.domain.estimates.lines import AskedLine, Found, Json
from quarry.domain.excerpts import Candidate, Wording
from quarry.domain.lexical import stem
from quarry.domain.meters import Met, word_meter
from quarry.domain.names.asked import said, wares_of
from quarry.domain.names.asking import fit
from quarry.domain.names.fits import Fit
from quarry.domain.names.terms import Weight, terms_of
from quarry.domain.query import ParsedQuery
from quarry.domain.ranking import Ranked
from quarry.domain.text import one_alphabet

# A candidate that covers less of the query is other goods, unless it is the first one.
_LEAST_COVERAGE: Final = 0.2
_SURE: Final = 40
_MOST_WAITING: Final = 20
_MOST_NEAR: Final = 8
_MOST_COMPARED: Final = 100
# The share of what a name leaves unsaid that is forgiven where the omission means nothing.
_UNKNOWABLE: Final = 0.75
_WORD: Final = re.compile(r"\w+")


class Waiting:
    """Offers whose material nobody has decided yet, which no search finds, by the words that they say."""

    def __init__(self, offers: Mapping[str, Sequence[Json]]) -> None:
        self._offers = offers
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for key, some in offers.items():
            for word in said(some[0]["name"], some[0]["unit"]).facts.words:
                self._by_word[word].add(key)
        self._wordings: dict[str, Wording] = {}

    def wording(self, key: str) -> Wording:
        """As a material of that name would have it."""
        if key not in self._wordings:
            offer = self._offers[key][0]
            material = {"id": key, "name": offer["name"], "sku": offer["sku"]}
            alone = {"material": material, "offers": (), "category": None, "skus": (), "prices": ()}
            self._wordings[key] = Candidate.of(alone).wording
        return self._wordings[key]

    def alike(self, asked: AskedLine) -> list[tuple[str, Sequence[Json]]]:
        """The materials that share most words with the line."""
        shared = Counter(key for word in said(asked.goods, None).facts.words for key in self._by_word.get(word, ()))
        return [(key, self._offers[key]) for key, _ in shared.most_common(_MOST_WAITING)]


def fitting(asked: AskedLine, parsed: ParsedQuery, ranked: Sequence[Ranked], waiting: Waiting) -> list[Found]:
    """Those that fit, and a few that are near; of the former no more than are as good as the best."""
    meters = _meters(parsed)
    found: list[Found] = []
    looked: list[tuple[str, Fit]] = []
    wares = frozenset(map(stem, wares_of(asked.goods)))
    for place, item in enumerate(ranked):
        far = place >= _SURE and (item.coverage < _LEAST_COVERAGE or place >= _MOST_COMPARED)
        if far and wares.isdisjoint(item.candidate.wording.own):
            continue
        candidate = item.candidate
        one = fit(asked.goods, candidate.name, candidate.unit, _met(meters, candidate.wording))
        if not one.near:
            continue
        found.append(
            Found(
                id=candidate.id,
                name=candidate.name,
                cost=one.cost,
                silent=spelt(one.silent, asked.goods),
                conflict=one.conflict,
            )
        )
        looked.append((candidate.name, one))
    for key, offers in waiting.alike(asked):
        name, unit = offers[0]["name"], offers[0]["unit"]
        one = fit(asked.goods, name, unit, _met(meters, waiting.wording(key)))
        if one.conflict is None:
            found.append(
                Found(
                    id=key, name=name, cost=one.cost, silent=spelt(one.silent, asked.goods), offers=offers, waits=True
                )
            )
            looked.append((name, one))
    facts = said(asked.goods, None).facts
    if facts.numbers or Weight.COLOUR in facts.words.values():
        found = _without_unknowable(found, looked)
    fits = [one for one in found if one.conflict is None and one.cost <= MOST_SILENT]
    near = [one for one in found if not (one.conflict is None and one.cost <= MOST_SILENT)]
    return [*sorted(fits, key=lambda one: one.cost), *near[:_MOST_NEAR]]


def spelt(stems: Iterable[str], name: str) -> tuple[str, ...]:
    """Stems as the name has them: «входн» of «Дверь входная» is «входная»; what it has otherwise stays as it is."""
    return tuple(next(filter(partial(_begins, stem=stem), _WORD.findall(name.lower())), stem) for stem in stems)


def _begins(word: str, stem: str) -> bool:
    return len(stem) > 1 and not stem[0].isdigit() and word.replace("ё", "е").startswith(stem)


def _without_unknowable(found: list[Found], looked: Sequence[tuple[str, Fit]]) -> list[Found]:
    """A word that nobody says who sells such goods distinguishes none of them.

    So where sizes or colours tell them apart, and all sizes are said.
    """
    words = {word for name, _ in looked for word in said(name, None).facts.words}
    silences = {word for _, one in looked for word in one.silent}
    words |= {word for _, one in looked if one.conflict is None for word in silences - set(one.silent)}
    return [
        one if fitted.conflict else replace(one, cost=one.cost - _UNKNOWABLE * _unknowable(fitted, words))
        for one, (_, fitted) in zip(found, looked, strict=True)
    ]


def _unknowable(fitted: Fit, words: AbstractSet[str]) -> float:
    """What the silence of such words costs; nothing, if a number is not said either."""
    if any(word[0].isdigit() for word in fitted.silent):
        return 0.0
    return sum(cost for word, cost in zip(fitted.silent, fitted.costs, strict=True) if word not in words)


def _meters(parsed: ParsedQuery) -> dict[str, Callable[[Wording], Met]]:
    """By the stems of what each word of the query stands for; its own before those of another word's synonyms."""
    found: dict[str, Callable[[Wording], Met]] = {}
    others: dict[str, Callable[[Wording], Met]] = {}
    for term in parsed.terms:
        if term.numeric:
            continue
        meter = word_meter(term)
        stems = {term.stem, *term.alternatives, *(said_as for said_as, _ in terms_of(one_alphabet(term.token)))}
        for each in stems:
            found.setdefault(each, meter)
        for each in {each for synonym in term.synonyms for each in synonym}:
            others.setdefault(each, meter)
    return {**others, **found}


def _met(meters: dict[str, Callable[[Wording], Met]], wording: Wording) -> Callable[[str], float]:
    def met(word: str) -> float:
        meter = meters.get(word)
        return meter(wording)[0] if meter else 0.0

    return met
