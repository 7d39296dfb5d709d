"""How sure it is that a name means one of the materials that it is compared with."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from quarry.domain.links import Candidate, Question
from quarry.domain.matching import chance, difference_of
from quarry.domain.names.facts import facts_of

# Brings the surest match below the threshold, and leaves it a question.
_CONTRADICTED: Final = 0.89


def likest(name: str, unit: str | None, candidates: Iterable[Candidate]) -> list[Question]:
    """The materials, the surest first, without those that contradict the name.

    A material may have several names by people's decisions: the likest counts, but where another one contradicts
    nothing is sure.
    """
    ours = facts_of(name, unit)
    found: dict[str, Question] = {}
    contradicted = set()
    for other in candidates:
        difference = difference_of(ours, unit, facts_of(other.name, other.unit), other.unit)
        if difference is None:
            contradicted.add(other.id)
            continue
        sure = chance(difference)
        if other.id not in found or sure > found[other.id].score:
            found[other.id] = Question(other, sure, difference.missing)
    for key in contradicted & found.keys():
        found[key] = replace(found[key], score=found[key].score * _CONTRADICTED)
    return sorted(found.values(), key=lambda one: (-one.score, one.material.id))
