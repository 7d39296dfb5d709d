"""What goods are without saying so: the other name may say it, and is no other material by that."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Final

from quarry.domain.names.lexicon import Lexicon
from quarry.domain.names.terms import maker_of, stems_of
from quarry.domain.names.worded import Wording
from quarry.domain.text import one_alphabet
from quarry.knowledge import load

_TABLES: Final = load("implied")["implied"]
# The terms that must all be said, and the place of the table.
_Rule = tuple[frozenset[str], int]


@cache
def _rules() -> tuple[Lexicon[list[_Rule]], Lexicon[set[int]]]:
    """Of a term what it implies, with others or alone, and in which tables it is implied itself."""
    by: dict[str, list[_Rule]] = {}
    said: dict[str, set[int]] = {}
    for at, row in enumerate(_TABLES):
        for entry in row["by"]:
            first, *others = _terms_meant(entry)
            by.setdefault(first, []).append((frozenset(others), at))
        for entry in row["ru"]:
            for term in _terms_meant(entry):
                said.setdefault(term, set()).add(at)
    return Lexicon(by.items()), Lexicon(said.items())


def _terms_meant(entry: str) -> tuple[str, ...]:
    if entry.endswith("*"):
        return (entry,)
    maker = maker_of(one_alphabet(entry))
    return (maker,) if maker else stems_of(one_alphabet(entry))


@lru_cache(maxsize=65_536)
def _rules_of(term: str) -> tuple[_Rule, ...]:
    return tuple(rule for rules in _rules()[0].all(term) for rule in rules)


@lru_cache(maxsize=65_536)
def _tables_with(term: str) -> frozenset[int]:
    return frozenset().union(*_rules()[1].all(term))


@lru_cache(maxsize=16_384)
def tables_of(said: Wording) -> frozenset[int]:
    """The tables that count for a name which says that; a row's name is compared with ten others."""
    terms = said.words.keys() | said.makers
    return frozenset(at for term in terms for others, at in _rules_of(term) if others <= terms)


def may_be_implied(term: str) -> bool:
    return bool(_tables_with(term))


def is_implied(term: str, tables: AbstractSet[int]) -> bool:
    """Whether a name of these tables says the term too: reinforcement is ribbed, unless it is called smooth."""
    return not tables.isdisjoint(_tables_with(term))


def implied_numbers(tables: AbstractSet[int]) -> frozenset[float]:
    """The numbers that goods of these tables need not say."""
    return frozenset().union(*(_numbers_of(_TABLES[at]) for at in tables))


def sizes_implied(tables: AbstractSet[int]) -> bool:
    """Whether the name says all sizes by a code: «ФБС 24-4-6»."""
    return any("sizes_of_code" in _TABLES[at] for at in tables)


def implied_sides(tables: AbstractSet[int]) -> frozenset[str]:
    return frozenset(side for at in tables for side in _TABLES[at].get("sides", ()))


def _numbers_of(table: Mapping[str, Sequence[float]]) -> frozenset[float]:
    return frozenset(map(float, table.get("numbers", ())))


# Of any goods: «0,66 кВ» of a cable.
IMPLIED_NUMBERS: Final = frozenset().union(*map(_numbers_of, _TABLES))
