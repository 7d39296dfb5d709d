"""What a name says beside its facts, where it is asked for or offered: what goes without saying, and what does not."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final

from quarry.domain.names.facts import Facts, facts_of
from quarry.domain.names.lexicon import Lexicon
from quarry.domain.names.meanings import is_purpose
from quarry.domain.names.product import ProductName, read
from quarry.domain.names.terms import terms_of, written_out
from quarry.domain.text import one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_WORDS: Final = load("asking")
_USUAL, _ASKED_FOR, _INSTEAD, _KIND, _EMPTY, _SHADE = (
    Lexicon((word, True) for word in entries(_WORDS[name]))
    for name in ("usual", "asked_for", "instead", "kind", "empty", "shade")
)
_VALUES: Final = Lexicon((word, (row["of"], row["means"])) for row in _WORDS["value"] for word in entries(row))
_TOLD: Final = frozenset(row["of"] for row in _WORDS["value"] if row.get("told"))
_WARES_OF: Final = [
    (frozenset(term for word in row["means"].split() for term, _ in terms_of(one_alphabet(word))), entries(row), row)
    for row in _WORDS["ware"]
]
_WARES: Final = Lexicon((word, means) for means, words, _ in _WARES_OF for word in words)
_GENERIC: Final = Lexicon((word, means) for means, words, row in _WARES_OF if row.get("generic") for word in words)
_LONGEST_CODE: Final = 5
_VOWELS: Final = frozenset("аеиоуыэюяaeiouy")
_NOTATION: Final = Notation()
_PHRASES: Final = [
    (re.compile(_NOTATION.one_of(entries(row)), re.IGNORECASE), row["means"]) for row in _WORDS["phrase"]
]
_ANY_PHRASE: Final = re.compile(
    _NOTATION.one_of([one for row in _WORDS["phrase"] for one in entries(row)]), re.IGNORECASE
)
_COUNTED: Final = [
    (
        re.compile(rf"(?<![\d.,-])([123])\s?-\s?(?:{_NOTATION.one_of(entries(row))})", re.IGNORECASE),
        row["means"].split(),
    )
    for row in _WORDS["counted"]
]
# «КС 10.9» is «КС 10-9»: concrete goods are marked by their sizes.
_CONCRETE: Final = re.compile(
    r"(?<![^\W\d_])(К[СЦОП]|П[КПНБ]|ФБС|Б[РУ]) ?(\d{1,3})[.,](\d{1,3})(?![\d.,])", re.IGNORECASE
)
# «25/60», «25-60» of a pump is «25/6»: what it lifts in decimetres.
_LIFT: Final = re.compile(r"(?<![\d.,])(15|20|25|32|40|50)(?: ?[-/] ?)(1?\d)0(?![\d.,])")
_PUMP: Final = "насос"
_BRACKETS: Final = re.compile(r"\([^()]*+\)")
_EMPTY_BRACKETS: Final = re.compile(r"\(\s*+(?:по\s++)?[,;]?\s*+\)", re.IGNORECASE)
_STANDARD: Final = re.compile(
    r"(?<!\w)(?:по\s++)?(?:ГОСТ|ТУ|СТО|ОСТ|ДСТУ|СП|СНиП)(?:\s?+[РP](?=\s))?(?:\s++(?:EN|ISO|ИСО|МЭК|IEC))*+"
    r"\s*+№?\s*+\d[\d.]*+(?:[-–—:/]\d[\d.]*+){0,5}(?:\s?г\.)?",
)
# «А500С», «С-25-Ф»: the letter is a part of the grade.
_SUFFIX: Final = re.compile(r"(?<!\d)(\d++)[- ]?([^\W\d_])(?!\w)")


@dataclass(slots=True)
class _Words:
    """Stems of words by the lists of asking.toml, and of what wares mean.

    ``plain`` are written small, so no names of wares; ``served`` stand behind «для»; ``aside`` in brackets alone;
    ``valued`` are values of an alternative; ``wares`` are words by themselves with what they mean, which is as good.
    """

    usual: set[str] = field(default_factory=set)
    asked_for: set[str] = field(default_factory=set)
    instead: set[str] = field(default_factory=set)
    kind: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    valued: set[str] = field(default_factory=set)
    shade: set[str] = field(default_factory=set)
    meant: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)
    wares: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """``values``: by alternative, which of its values the name takes. ``suffixes``: letters that belong to a number."""

    facts: Facts
    product: ProductName
    words: _Words
    values: dict[str, set[str]]
    suffixes: frozenset[tuple[str, str]]

    @property
    def grades(self) -> dict[str, set[Decimal]]:
        """«М500», «D600»: values by the letters before them."""
        found: dict[str, set[Decimal]] = {}
        for one in self.product.amounts:
            if one.code:
                found.setdefault(one_alphabet(one.code), set()).update(one.values)
        return found

    @property
    def letters(self) -> set[str]:
        return {letter for _, letter in self.suffixes} | {
            one_alphabet(one.code) for one in self.product.amounts if one.code
        }


@lru_cache(maxsize=16_384)
def said(name: str, unit: str | None) -> Said:
    name = _in_common_words(name)
    product = read(written_out(name))
    words = _Words()
    values: dict[str, set[str]] = {}
    written = _written(name)
    served = False
    for one in product.words:
        word = one.word
        served = served or is_purpose(word)
        taken = list(_VALUES.all(word))
        for group, value in taken:
            values.setdefault(group, set()).add(value)
        if not served:
            words.meant.update(_WARES.get(word) or ())
        if _GENERIC.get(word):
            words.wares |= dict.fromkeys((term for term, _ in terms_of(word)), _GENERIC.get(word) or frozenset())
        tests: dict[str, Any] = {
            "usual": _USUAL.get(word),
            "asked_for": _ASKED_FOR.get(word),
            "instead": _INSTEAD.get(word),
            "kind": _KIND.get(word),
            "empty": _EMPTY.get(word),
            "codes": _is_code(written.get(word, word)),
            "plain": written.get(word, "").islower(),
            "served": served,
            "told": any(group in _TOLD for group, _ in taken),
            "valued": bool(taken),
            "shade": _SHADE.get(word),
        }
        terms = [term for term, _ in terms_of(word)]
        for key, holds in tests.items():
            if holds:
                getattr(words, key).update(terms)
    words.aside.update(_aside(name))
    suffixes = frozenset((number, one_alphabet(letter.lower())) for number, letter in _SUFFIX.findall(name))
    return Said(facts_of(name, unit), product, words, values, suffixes)


def _aside(name: str) -> set[str]:
    """What stands in brackets, and nowhere else."""
    within = " ".join(_BRACKETS.findall(name))
    if not within:
        return set()
    outside, inside = (
        {term for one in read(written_out(part)).words for term, _ in terms_of(one.word)}
        for part in (_BRACKETS.sub(" ", name), within)
    )
    return inside - outside


def without_standards(name: str) -> str:
    """«Песок речной (ГОСТ 8736-2014)»: estimators name standards, price lists seldom do."""
    bare = _STANDARD.sub(" ", name)
    return " ".join(_EMPTY_BRACKETS.sub(" ", bare).split()) or name


def wares_of(name: str) -> list[str]:
    """Names of wares that are such goods, as words to look for."""
    words = said(name, None).facts.words.keys()
    return [ware.rstrip("*") for terms, wares, _ in _WARES_OF if terms <= words for ware in wares]


def _in_common_words(name: str) -> str:
    if _ANY_PHRASE.search(name):
        for phrase, means in _PHRASES:
            name = phrase.sub(means, name)
    if _PUMP in name.lower():
        name = _LIFT.sub(r"\1/\2", name)
    for counted, means in _COUNTED:
        name = counted.sub(partial(_numeral, means), name)
    return _CONCRETE.sub(r"\1 \2-\3", name)


def _numeral(means: list[str], found: re.Match[str]) -> str:
    return means[int(found[1]) - 1]


def _written(name: str) -> dict[str, str]:
    """Words in one alphabet as they are written."""
    spaced = "".join(char if char.isalpha() else " " for char in name.replace("ё", "е").replace("Ё", "Е"))
    return {one_alphabet(word.lower()): word for word in spaced.split()}


def _is_code(word: str) -> bool:
    """«ФСФ», «ЭКП», «КС»: capital letters, or none that one could say."""
    return 1 < len(word) <= _LONGEST_CODE and (word.isupper() or _VOWELS.isdisjoint(word.lower()))
