"""Which of the candidates are what a line asks for."""

from collections.abc import Callable, Sequence
from typing import Final

from quarry.domain.estimates.choosing import MOST_SILENT
from quarry.domain.estimates.lines import AskedLine, Found
from quarry.domain.excerpts import Wording
from quarry.domain.meters import Met, word_meter
from quarry.domain.names.asking import fit
from quarry.domain.names.terms import terms_of
from quarry.domain.query import ParsedQuery
from quarry.domain.ranking import Ranked
from quarry.domain.text import one_alphabet

# Less than this of the query covered is other goods.
_LEAST_COVERAGE: Final = 0.2
_MOST_NEAR: Final = 8
_MOST_COMPARED: Final = 100


def fitting(asked: AskedLine, parsed: ParsedQuery, ranked: Sequence[Ranked]) -> list[Found]:
    """Those that fit, and a few that are near; of the former no more than are as good as the best."""
    meters = _meters(parsed)
    found: list[Found] = []
    for item in ranked[:_MOST_COMPARED]:
        if item.coverage < _LEAST_COVERAGE:
            continue
        candidate = item.candidate
        one = fit(asked.name, asked.unit, candidate.name, candidate.unit, _met(meters, candidate.wording))
        found.append(
            Found(id=candidate.id, name=candidate.name, cost=one.cost, silent=one.silent, conflict=one.conflict)
        )
    fits = [one for one in found if one.conflict is None and one.cost <= MOST_SILENT]
    near = [one for one in found if not (one.conflict is None and one.cost <= MOST_SILENT)]
    return [*sorted(fits, key=lambda one: one.cost), *near[:_MOST_NEAR]]


def _meters(parsed: ParsedQuery) -> dict[str, Callable[[Wording], Met]]:
    """By the stems of what each word of the query stands for."""
    found: dict[str, Callable[[Wording], Met]] = {}
    for term in parsed.terms:
        if term.numeric:
            continue
        meter = word_meter(term)
        stems = {term.stem, *term.alternatives, *(stem for synonym in term.synonyms for stem in synonym)}
        for stem in stems | {stem for stem, _ in terms_of(one_alphabet(term.token))}:
            found.setdefault(stem, meter)
    return found


def _met(meters: dict[str, Callable[[Wording], Met]], wording: Wording) -> Callable[[str], float]:
    def met(word: str) -> float:
        meter = meters.get(word)
        return meter(wording)[0] if meter else 0.0

    return met
