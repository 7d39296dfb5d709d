"""Words as two names are compared: synonyms and abbreviations are one, and each weighs what it says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
    PROPER = "proper"  # written as a name: «Скандик»
    MODEL = "model"  # capitals that no one can say: «ХКП»
    ACCESSORY = "accessory"  # «с креплением»
    CUT = "cut"  # small letters that no one can say: «кр.»
    TELLING = "telling"


# Of words that no file knows: they may be anything that tells goods apart.
UNKNOWN: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.PROPER})
_TERMS: Final = Lexicon((word, row["means"].split()) for row in _WORDS["term"] for word in entries(row))
_WEIGHTS: Final = [
    (weight, Lexicon((word, True) for word in entries(_WORDS[weight])))
    for weight in (Weight.TELLING, Weight.PROPER, Weight.COLOUR, Weight.NOISE, Weight.GENERAL, Weight.DESCRIPTOR)
]
_OPPOSED: Final = [frozenset(entries(row)) for row in _WORDS["opposed"]]
_AXES: Final = Lexicon(
    (word, frozenset(at for at, words in enumerate(_OPPOSED) if word in words)) for words in _OPPOSED for word in words
)
_NO_AXES: Final[frozenset[int]] = frozenset()
_SERVING: Final = frozenset(map(one_alphabet, entries(_WORDS["serving"])))
_NUMERALS: Final = [(prefix, float(row["number"])) for row in _WORDS["numeral"] for prefix in entries(row)]
_SHORTEST_COUNTED: Final = 4
_SIDES: Final = Lexicon((word, row["means"]) for row in _WORDS["side"] for word in entries(row))
_MAKERS: Final = Lexicon((word, row["code"]) for row in _BRANDS for word in entries(row) if " " not in word)
_MAKER_PAIRS: Final[dict[str, dict[str, str]]] = {}
for _told in _BRANDS:
    for _first, _second in (map(one_alphabet, word.split()) for word in entries(_told) if " " in word):
        _MAKER_PAIRS.setdefault(_first, {})[_second] = _told["code"]
_NO_PAIRS: Final[Mapping[str, str]] = {}


_SLASHED: Final = {word: row["means"] for row in _WORDS["slashed"] for word in entries(row)}
_WITH_SLASH: Final = re.compile(r"(?<![^\W_])([^\W\d_]{1,4}+)/([^\W\d_]{1,9}+)")
# «шт-ка», «р-р».
_CONTRACTED: Final = re.compile(
    r"(?<![^\W\d_])([а-я]{1,5}+)-((?:[бвгджзйклмнпрстфхцчшщьы][аеиоуыйя]{0,2}ь?){1,2}|й)(?![\w-])"
)
# «КС 10.9» is no decimal number, «нг(А)» and «нг» are one.
_PRODUCT: Final = re.compile(
    r"(?i)(?<![^\W\d_])((?:к[сцо]|пк|пб|п[нпод]|фбс|бр|лк|пно)[- ]?\d{1,3})\.(\d{1,3})(?![\d,])"
)
_TONNES: Final = re.compile(r"(?i)(фбс[- ]?\d+[-.]\d+[-.]\d+)[-. ]?т(?!\w)")
_CLASS_A: Final = re.compile(r"(?i)нг ?\(?[аa]\)?(?![^\W\d_])")
_NG: Final = re.compile(r"(?i)(?<=[а-я])-нг(?![^\W\d_])")
_NG_GLUED: Final = re.compile(r"нг(?=(?:FR)?(?:LS|HF))")
_WITHOUT: Final = frozenset("бБ")
_DIGIT_BEFORE: Final = re.compile(r"\d \Z")
# «1 сорт», «2с.» are «сорт 1» and «сорт 2»; «3 в 1» is praise.
_OF_SORT: Final = re.compile(
    r"(?<![\d.,/\\-])([0-5])(?: ?-?(?:й|ый|ий))? ?(?:[сС]орт(?![^\W\d_])\.?|с\.|с(?= ?(?:$|[,;)])))(?! ?[/\\\d])"
)
_SORT_LAST: Final = re.compile(r"[0-5] ?с ?(?:$|[,;)])")
# «кат.5е» of a cable is «cat5e», and no number of a catalogue.
_CATEGORY: Final = re.compile(r"(?i)(?<![^\W\d_])(?:кат|cat|категори[ия])\.? ?(?=[3-8](?:[eеaа]|\.\d)?(?!\w))")
# «1ф» is «1-фазный»; «розетка двойная» is «2-местная».
_PHASES: Final = re.compile(r"(?<![\w.,])([13])[ -]?ф(?![^\W\d_])")
_OUTLETS: Final = re.compile(r"(?i)(?<![^\W\d_])(одинар|двой|трой)н(?:ая|ой|ые|ых)(?![^\W\d_])")
_HOLES: Final = {"одинар": "1-местная", "двой": "2-местная", "трой": "3-местная"}
_OF_SPACE: Final = re.compile(r"(?<!\d)3Д(?![^\W_])")
_FORMAT: Final = re.compile(r"(?i)(?<![\d,.])(1|1[,.]4|2[,.]1) ?нф(?![^\W_])")
_FORMATS: Final = {"1": "одинарный", "1.4": "полуторный", "2.1": "двойной"}
_REDDISH: Final = re.compile(r"(?i)(?<![^\W\d_])кр[-.]{1,2} ?(?=кор)")
_IN_ONE: Final = re.compile(r"(?i)(?<!\d)[2-5] ?в ?1(?!\d)")
_SERIES: Final = re.compile(r"(?<![\d.,])(\d{1,3}+)\.(\d{1,3}+)\.(\d{1,3}+)(?![\d.,])")


def written_out(name: str) -> str:
    """A name in which «г/к» and «п/мат» are whole words, and «24.4.6» three numbers."""
    if "/" in name:
        name = _WITH_SLASH.sub(_whole, name)
    if "кор" in name:
        name = _REDDISH.sub("красно-", name)
    if "-" in name:
        name = _CONTRACTED.sub(_glued, name)
    if "нг" in name:
        name = _NG_GLUED.sub("нг ", _NG.sub("нг", _CLASS_A.sub("нг", name)))
    if "орт" in name or "с." in name or _SORT_LAST.search(name):
        name = _OF_SORT.sub(r"сорт \1 ", name)
    if "ат" in name or "at" in name or "AT" in name or "АТ" in name:
        name = _CATEGORY.sub("cat", name)
    if "НФ" in name or "нф" in name:
        name = _FORMAT.sub(lambda found: _FORMATS[found[1].replace(",", ".")], name)
    name = _counted_out(name)
    if "3Д" in name:
        name = _OF_SPACE.sub("3D", name)
    if "1" in name and _IN_ONE.search(name):
        name = _IN_ONE.sub(" ", name)
    if name.count(".") > 1:
        name = _SERIES.sub(r"\1-\2-\3", name)
    if "." in name:
        name = _PRODUCT.sub(r"\1-\2", name)
    return _TONNES.sub(r"\1", name) if "ФБС" in name else name


def _counted_out(name: str) -> str:
    """Phases and outlets as numbers; the usual steel of drills by its other name."""
    if "ф" in name:
        name = _PHASES.sub(r"\1-фазный", name)
    if "озетк" in name:
        name = _OUTLETS.sub(lambda found: _HOLES[found[1].lower()], name)
    return name.replace("Р6М5", "HSS")


def _glued(found: re.Match[str]) -> str:
    """A contraction that the files know as one word."""
    word = found[1] + found[2]
    return word if _TERMS.whole(one_alphabet(word)) else found[0]


def _whole(found: re.Match[str]) -> str:
    known = _SLASHED.get(found[0].lower())
    if known is None and found[1] in _WITHOUT and len(found[2]) >= _SHORTEST_COUNTED:
        return f"без {found[2]}"
    start = found.start()
    whole = len(found[2]) > 1 or len(found[1]) > 1
    if known or whole or _DIGIT_BEFORE.match(found.string, max(0, start - 2), start):  # «200 г/м»
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


@lru_cache(maxsize=65_536)
def is_listed(word: str) -> bool:
    """Whether the files say what a word in one alphabet stands for."""
    return _TERMS.get(word) is not None or word in _SLASHED


@lru_cache(maxsize=4_096)
def spellings_of(term: str) -> tuple[str, ...]:
    """The entries that mean a stem, or a maker's code."""
    return _spellings().get(term, ())


def is_known(term: str) -> bool:
    """Whether the files say what a stem means: it is no name and no colour of a maker's own."""
    return term in _spellings() or bool(axes_of(term)) or bool(kin_of(term))


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _WORDS["term"]:
        for one in row["means"].split():
            found.setdefault(stem(one), []).extend(entries(row))
    for row in _BRANDS:
        found[row["code"]] = [word for word in entries(row) if " " not in word]
    return {term: tuple(map(one_alphabet, words)) for term, words in found.items()}


@lru_cache(maxsize=65_536)
def axes_of(term: str) -> frozenset[int]:
    """Of terms with one axis goods are one or the other: of brass or of steel."""
    return frozenset().union(*_AXES.all(term))


def kin_of(term: str) -> frozenset[int]:
    """The tables of nouns that may name the same goods: «патрубок», «переход»."""
    return _kin().get(term, _NO_AXES)


@cache
def _kin() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for at, row in enumerate(_WORDS["kin"]):
        for word in entries(row):
            found.setdefault(stems_of(one_alphabet(word))[0], set()).add(at)
    return {term: frozenset(tables) for term, tables in found.items()}


def _counted(word: str) -> tuple[float, str] | None:
    """«двухклавишный» is «2-клавишный»."""
    for prefix, number in _NUMERALS:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_COUNTED:
            return number, word[len(prefix) :]
    return None


def side_of(word: str) -> str | None:
    return _SIDES.get(word)


@lru_cache(maxsize=65_536)
def maker_of(word: str) -> str | None:
    # «сіра» is Ukrainian for grey, and no Sira.
    heard = _MAKERS.get(word.replace("і", "и")) if "і" in word and not _TERMS.get(word) else None
    return _MAKERS.get(word) or heard


@dataclass(frozen=True, slots=True)
class Entry:
    """What the files say of a word in one alphabet, wherever it stands.

    ``maker_with`` has makers of two words by the second one. ``serves``: what follows is what the goods are for.
    ``word`` is without the numeral that it begins with, whose ``number`` it is. ``known``: the files have it, so that
    how it is written says nothing.
    """

    maker: str | None
    maker_with: Mapping[str, str]
    serves: bool
    side: str | None
    number: float | None
    word: str
    terms: tuple[tuple[str, Weight], ...]
    known: bool


@lru_cache(maxsize=65_536)
def entry_of(word: str) -> Entry:
    number, rest = _counted(word) or (None, word)
    return Entry(
        maker_of(word),
        _MAKER_PAIRS.get(word, _NO_PAIRS),
        word in _SERVING,
        side_of(word),
        number,
        rest,
        terms_of(rest),
        is_listed(rest) and not rest.isascii(),
    )
