"""Which money a text names: by the words of the knowledge files, by signs, and by ISO 4217's codes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from quarry.domain.kept import kept
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

UNKNOWN: Final = "XXX"  # ISO 4217's own code for «no currency»: the list names money, but not which
CONVENTIONAL: Final = "у.е."
BELARUS: Final = "BYN"
UNSETTLED: Final = frozenset({UNKNOWN, CONVENTIONAL})
REFERENCE: Final = frozenset({"USD", "EUR", CONVENTIONAL})

_WORDS = load("currencies")
_CODES = load("iso4217")
_TEXT = Notation(beside_digits=True)
_USUAL = frozenset(code.upper() for code in entries(_CODES["codes"]))
_ABBREVIATIONS, _OTHER_WORDS = (
    frozenset(code.upper() for code in entries(_CODES[kind])) for kind in ("abbreviations", "words")
)
ALL_CODES: Final = _USUAL | _ABBREVIATIONS | _OTHER_WORDS


def _spelled(spellings: Sequence[str]) -> str:
    """A currency's spellings; a letter alone must look like an abbreviation."""
    letters = [word for word in spellings if len(word) == 1 and word.isalpha()]
    whole = [word for word in spellings if word not in letters]
    alone = [rf"(?<![^\W\d_]){letter}(?=[.\s/)]|$)" for letter in letters]
    return "|".join([*([_TEXT.one_of(whole)] if whole else []), *alone])


_CURRENCIES = [(currency["code"], entries(currency)) for currency in _WORDS["currency"]]
_GROUP = CONVENTIONAL.replace(".", "_")
_ALL_SPELLED = "|".join(
    f"(?P<{code}>{_spelled(spellings)})"
    for code, spellings in [(_GROUP, entries(_WORDS["conventional"])), *_CURRENCIES]
)
_FIRSTS = {word.lstrip("*")[0] for _, spellings in _CURRENCIES for word in spellings}
_FIRSTS |= {word[0] for word in entries(_WORDS["conventional"])}
# Most places begin no spelling: looking at one letter is cheaper than trying all.
_SPELLED = re.compile(rf"(?=[{re.escape(''.join(sorted(_FIRSTS)))}])(?:{_ALL_SPELLED})\.?+", re.IGNORECASE)
_SCALED = [
    (re.compile(_TEXT.one_of(entries(load("prices")[kind])), re.IGNORECASE), factor)
    for kind, factor in (("thousands", 1000), ("millions", 1_000_000))
]
_BELARUS = re.compile(_TEXT.one_of(entries(_WORDS["roubles_of_belarus"])), re.IGNORECASE)
_RUSSIA = re.compile(_TEXT.one_of(entries(_WORDS["roubles_of_russia"])), re.IGNORECASE)
NO_CENTS: Final = frozenset(code.upper() for code in entries(_WORDS["no_cents"]))
_GROUPS: Final = {_GROUP: CONVENTIONAL}
_CODE = re.compile(r"(?<![^\W\d_])[A-Z]{3}(?![^\W\d_])")
_CAPITALS = re.compile(r"[A-Z]{2,}")
_LAST = re.compile(r"(?<![^\W\d_])(?P<code>[A-Z]{3})(?=\s*+(?:[)/.,;0]|\Z))")
_BEHIND_SIGN = re.compile(r"[,(/:;0]")
_GLUED = re.compile(r"(?:price|cost|preis|cena|fiyat|цена)([a-z]{3})(?![^\W\d_])", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\d[\d\s.,]*+")
# «11.11.2026 р.» is a year: «р» of «1 450 р.» are roubles.
_MONTHS = "|".join(entries(_WORDS["months"]))
_YEAR = re.compile(rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-]|(?:{_MONTHS})\s)(?:19|20)\d\d\s?р(?:\.|оку|\b)", re.IGNORECASE)
_SPLIT = re.compile(r"(\d[\d\s.,]*+)")
_IS = re.compile(rf"\s*+\.?\s*+(?:{_TEXT.one_of(entries(_WORDS['is']))}\s*+)+(?:1(?![\d.,])\s*+)?", re.IGNORECASE)
_IN = re.compile(r"(?<![^\W\d_])(?:в|у|in|w)\s++", re.IGNORECASE)
_CENTRAL_BANK = re.compile(r"(?:цб|нбу|нбрб|нбрк)\w*\s*+(?:рф\s*+)?", re.IGNORECASE)


def named_in(text: str) -> str | None:
    """The code of the one currency that a text names; CONVENTIONAL of «у.е.», UNKNOWN where it is not clear which.

    None where it names none.
    """
    if "р" in text:
        text = _YEAR.sub(" ", text)
    return _named(_NUMBERS.sub("0 ", text))


def currency_of(text: str) -> str | None:
    """The code of the one currency that a text names for certain."""
    found = named_in(text)
    return None if found in UNSETTLED else found


def noted_in(note: str) -> str | None:
    """Which money a note says that the prices are in: of several the one of «в рублях»; None where it does not say.

    CONVENTIONAL of «Цены в у.е. (1 у.е. = 1 USD)».
    """
    found = named_in(note)
    if found != UNKNOWN:
        return found
    for said in _IN.finditer(note):
        money = _SPELLED.match(note, said.end())
        if money:
            return _GROUPS.get(money.lastgroup or "", money.lastgroup)
        code = _CODE.match(note, said.end())
        if code and code[0] in ALL_CODES:
            return code[0]
    return None


@kept(4096)
def _named(text: str) -> str | None:
    alone = text.strip(" .,:;()[]/0").upper()
    if alone in ALL_CODES:
        return alone
    text = _CAMEL.sub(" ", text)
    found = {_GROUPS.get(match.lastgroup or "", match.lastgroup) for match in _SPELLED.finditer(text)}
    found |= {code for code in _CODE.findall(text) if code in _USUAL}
    if not found:
        found = set(_like_words(text))
    if len(found) > 1:
        defined = defined_in(text) if CONVENTIONAL in found else None
        return defined or UNKNOWN
    return next(iter(found), None)


def _like_words(text: str) -> Iterator[str]:
    """Codes in small letters within a key («price_sek»), and those that are words of their own."""
    yield from (code for match in _GLUED.finditer(text) if (code := match[1].upper()) in ALL_CODES)
    if "_" in text:
        yield from (code for word in _WORD.findall(text) if (code := word.upper()) in _USUAL)
    capitals = _CAPITALS.findall(text)
    for match in _LAST.finditer(text) if len(capitals) == 1 else ():
        code = match["code"]
        behind_sign = _BEHIND_SIGN.fullmatch(text[: match.start()].rstrip()[-1:])
        if code in _ABBREVIATIONS or (code in _OTHER_WORDS and behind_sign):
            yield code


def without(text: str) -> str:
    """A price without its currency."""
    return "".join(part if part[:1].isdigit() else _without(part) for part in _SPLIT.split(text) if part)


@kept(4096)
def _without(text: str) -> str:
    found = _SPELLED.sub(" ", text)
    return _WORD.sub(lambda word: " " if word[0].upper() in ALL_CODES else word[0], found)


@kept(4096)
def money_alone(text: str) -> str | None:
    """The currency that a text names, if it says nothing else."""
    return None if _without(text).strip(" .") else named_in(text)


def scale_in(text: str) -> int:
    """In how many units of money the prices are: 1000 of «Цена, тыс. руб.»; not so of «от 50 тыс. руб.»."""
    for pattern, factor in _SCALED:
        for said in pattern.finditer(text):
            money = text[said.end() :].lstrip(" .").split(maxsplit=1)
            if money and not text[: said.start()].rstrip()[-1:].isdigit() and named_in(money[0]):
                return factor
    return 1


def defined_in(note: str) -> str | None:
    """Which money a note says that «у.е.» are: «у.е. = 1 USD по курсу ЦБ»; None where it says nothing of it.

    Of «1 у.е. = 95 руб.» that is UNKNOWN: it says a rate.
    """
    for conventional in _SPELLED.finditer(note):
        if conventional.lastgroup not in _GROUPS:
            continue
        between = _IS.match(note, conventional.end())
        if not between:
            continue
        place = between.end()
        bank = _CENTRAL_BANK.match(note, place)
        place = bank.end() if bank else place
        money = _SPELLED.match(note, place)
        if money and money.lastgroup not in _GROUPS:
            return money.lastgroup
        code = _CODE.match(note, place)
        if code and code[0] in ALL_CODES:
            return code[0]
        if note[place : place + 1].isdigit():
            return UNKNOWN
    return None


def speaks_of_belarus(note: str) -> bool:
    """Whether «руб.» are Belarus' in a list that has such a note («УНП 190000001»)."""
    return bool(_BELARUS.search(note))


def russian(texts: Iterable[str]) -> bool:
    """Whether one of the texts by which roubles are named says that they are Russia's."""
    return any(map(_RUSSIA.search, texts))


def settled(named: Iterable[str | None], conventional: str | None, default: str) -> str:
    """The first of what the cell, the column and the list name; UNKNOWN where that is not clear."""
    for found in named:
        if found:
            return (conventional or UNKNOWN) if found == CONVENTIONAL else found
    return default
