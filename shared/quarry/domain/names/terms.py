"""Words as two names are compared: synonyms and abbreviations are one, and each weighs what it says."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.names.lexicon import Lexicon
from quarry.domain.text import one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import entries

_WORDS: Final = load("terms")
_BRANDS: Final = load("brands")["brand"]


class Weight(StrEnum):
    """What it means that only one of two names has a word."""

    NOISE = "noise"
    GENERAL = "general"
    DESCRIPTOR = "descriptor"
    COLOUR = "colour"
    PURPOSE = "purpose"  # what the goods are for: «под ламинат»
    CODE = "code"  # letters of an article: «RR570»
    DETAIL = "detail"
    NAMED = "named"  # a word in Latin letters: most are models
    TELLING = "telling"


_TERMS: Final = Lexicon((word, told["means"].split()) for told in _WORDS["term"] for word in entries(told))
_WEIGHTS: Final = [
    (weight, Lexicon((word, True) for word in entries(_WORDS[weight])))
    for weight in (Weight.TELLING, Weight.COLOUR, Weight.NOISE, Weight.GENERAL, Weight.DESCRIPTOR)
]
_AXES: Final = Lexicon((word, at) for at, told in enumerate(_WORDS["opposed"]) for word in entries(told))
_SERVING: Final = frozenset(map(one_alphabet, entries(_WORDS["serving"])))
_NUMERALS: Final = [(prefix, float(told["number"])) for told in _WORDS["numeral"] for prefix in entries(told)]
_SHORTEST_COUNTED: Final = 4
_SIDES: Final = Lexicon((word, told["means"]) for told in _WORDS["side"] for word in entries(told))
_MAKERS: Final = Lexicon((word, told["code"]) for told in _BRANDS for word in entries(told) if " " not in word)
_MAKER_PAIRS: Final = {
    tuple(map(one_alphabet, word.split())): told["code"] for told in _BRANDS for word in entries(told) if " " in word
}


_SLASHED: Final = {word: told["means"] for told in _WORDS["slashed"] for word in entries(told)}
_WITH_SLASH: Final = re.compile(r"(?<![^\W_])([^\W\d_])/([^\W\d_]{1,8}+)")
# «КС 10.9» is no decimal number, «нг(А)» and «нг» are one.
_PRODUCT: Final = re.compile(
    r"(?i)(?<![^\W\d_])((?:к[сцо]|пк|пб|п[нпод]|фбс|бр|лк|пно)[- ]?\d{1,3})\.(\d{1,3})(?![\d,])"
)
_TONNES: Final = re.compile(r"(?i)(фбс[- ]?\d+[-.]\d+[-.]\d+)[-. ]?т(?!\w)")
_CLASS_A: Final = re.compile(r"(?i)нг ?\(?[аa]\)?(?![^\W\d_])")
_WITHOUT: Final = frozenset("бБ")
_AFTER_NUMBER: Final = re.compile(r"\d \Z")
_SERIES: Final = re.compile(r"(?<![\d.,])(\d{1,3}+)\.(\d{1,3}+)\.(\d{1,3}+)(?![\d.,])")


def written_out(name: str) -> str:
    """A name in which «г/к» and «п/мат» are whole words, and «24.4.6» three numbers."""
    if "/" in name:
        name = _WITH_SLASH.sub(_whole, name)
    if "нг" in name:
        name = _CLASS_A.sub("нг", name)
    if name.count(".") > 1:
        name = _SERIES.sub(r"\1-\2-\3", name)
    if "." in name:
        name = _PRODUCT.sub(r"\1-\2", name)
    return _TONNES.sub(r"\1", name) if "ФБС" in name else name


def _whole(found: re.Match[str]) -> str:
    known = _SLASHED.get(found[0].lower())
    if known is None and found[1] in _WITHOUT and len(found[2]) >= _SHORTEST_COUNTED:
        return f"без {found[2]}"
    if known or len(found[2]) > 1 or _AFTER_NUMBER.search(found.string, 0, found.start()):  # «200 г/м»
        return known or found[0]
    return "".join(found.groups())


@lru_cache(maxsize=65_536)
def terms_of(word: str) -> tuple[tuple[str, Weight], ...]:
    """The stems of what a word in one alphabet stands for, with what each weighs."""
    return tuple((stem(one), _weight(one)) for one in _meant(word))


def stems_of(word: str) -> tuple[str, ...]:
    """The stems of what a word in one alphabet stands for."""
    return tuple(map(stem, _meant(word)))


def _meant(word: str) -> list[str]:
    return _TERMS.get(word) or [word]


def _weight(word: str) -> Weight:
    for weight, known in _WEIGHTS:
        if known.get(word):
            return weight
    if word in STOP_WORDS:
        return Weight.NOISE
    return Weight.NAMED if word.isascii() else Weight.DETAIL


def is_listed(word: str) -> bool:
    """Whether the files say what a word in one alphabet stands for."""
    return _TERMS.get(word) is not None or word in _SLASHED


@lru_cache(maxsize=4_096)
def spellings_of(term: str) -> tuple[str, ...]:
    """The entries that mean a stem, or a maker's code."""
    return _spellings().get(term, ())


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for told in _WORDS["term"]:
        for one in told["means"].split():
            found.setdefault(stem(one), []).extend(entries(told))
    for told in _BRANDS:
        found[told["code"]] = [word for word in entries(told) if " " not in word]
    return {term: tuple(map(one_alphabet, words)) for term, words in found.items()}


def axis_of(term: str) -> int | None:
    """Of terms with one axis goods are one or the other: of brass or of steel."""
    return _AXES.get(term)


def serves(word: str) -> bool:
    """Whether what follows is what the goods are for."""
    return word in _SERVING


@lru_cache(maxsize=65_536)
def counted(word: str) -> tuple[float, str] | None:
    """«двухклавишный» is «2-клавишный»."""
    for prefix, number in _NUMERALS:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_COUNTED:
            return number, word[len(prefix) :]
    return None


@lru_cache(maxsize=65_536)
def side_of(word: str) -> str | None:
    return _SIDES.get(word)


@lru_cache(maxsize=65_536)
def maker_of(word: str) -> str | None:
    return _MAKERS.get(word) or (_MAKERS.get(word.replace("і", "и")) if "і" in word else None)


def maker_of_two(word: str, following: str) -> str | None:
    return _MAKER_PAIRS.get((word, following))
