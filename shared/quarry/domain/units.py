"""Units of measure: the reference list, and reading what suppliers write for them.

Volume has one base, the cubic metre, for solids and liquids alike; :func:`base_symbol` says in which unit people
compare (a paint per litre, sand per cubic metre).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from quarry.domain.kept import kept
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries


class Dimension(StrEnum):
    MASS = "mass"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    PIECES = "pieces"
    PACKS = "packs"


@dataclass(frozen=True, slots=True)
class Unit:
    """``factor`` is how many of its dimension's base units (kg, m, m², m³, piece, pack) one of it is."""

    code: str
    name: str
    symbol: str
    dimension: Dimension
    factor: Decimal
    synonyms: tuple[str, ...]


_WORDS = load("units")
UNITS: tuple[Unit, ...] = tuple(
    Unit(
        row["code"],
        row["name"],
        row["symbol"],
        Dimension(row["dimension"]),
        Decimal(row["factor"]),
        tuple(entries(row)),
    )
    for row in _WORDS["unit"]
)

# Units in which liquids are sold; the other volumes are compared per cubic metre.
_LIQUID = {"l", "ml"}
_BASE_SYMBOLS = {
    Dimension.MASS: "кг",
    Dimension.LENGTH: "м",
    Dimension.AREA: "м²",
    Dimension.VOLUME: "м³",
    Dimension.PIECES: "шт",
}
LITRES_IN_CUBIC_METRE = Decimal(1000)

# Latin letters that look like Cyrillic ones: typed by mistake in the wrong layout.
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_TITLE, _IN, _MONEY, _PER, _THOUSANDS = (
    entries(_WORDS["before_unit"][said]) for said in ("title", "in", "money", "per", "thousands")
)
_CURRENCIES = [spelling for currency in load("currencies")["currency"] for spelling in entries(currency)]
_CURRENCY = Notation(beside_digits=True).one_of((*_CURRENCIES, *_MONEY))
_TEXT = Notation()
_PRICE_OF = re.compile(
    rf"^{_TEXT.one_of(_TITLE)}?[\s,:(]*+(?:{_TEXT.one_of(_IN)}\s++)?(?:{_CURRENCY}\.?)?"
    rf"[\s,.]*+(?:/|{_TEXT.one_of(_PER)})\s*(?:1\s+)?",
    re.IGNORECASE,
)
_LONGEST = 60
_NOT_ALNUM = re.compile(r"[\W_]+")
_LEADING = re.compile(
    r"^\s*(?:за\s+)?(?:1\s+)?([^\W\d_][^\d(,;]{0,20}?)(?:[\s.]*(?:[(,;]|/\s*\d)|[\s.]+\d|\s+по\b|[\s.]*$)",
    re.IGNORECASE,
)


# «İ» in small letters is an i and a dot of its own; the capital of «ı» is that of «i».
_ONE_FORM = {ord("ё"): "е", ord("ı"): "i", 0x307: None}


def _key(text: str) -> str:
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).casefold().translate(_ONE_FORM))


_BY_KEY: dict[str, Unit] = {_key(word): unit for unit in UNITS for word in (unit.name, unit.symbol, *unit.synonyms)}
# Units of other countries: how much of which of ours one is.
_FOREIGN: Final = {
    _key(word): (Decimal(row["factor"]), row["means"]) for row in _WORDS["foreign"] for word in entries(row)
}
_COUNT: Final = re.compile(
    rf"\s*(?:{_TEXT.one_of(_PER)}\s++)?(\d{{1,6}}(?:[.,]\d{{1,3}})?|{_TEXT.one_of(_THOUSANDS)}\.?)\s*+([^\W\d_].*)",
    re.IGNORECASE,
)
_ONE: Final = Decimal(1)
_THOUSAND: Final = Decimal(1000)
_BY_CODE: dict[str, Unit] = {unit.code: unit for unit in UNITS}


def unit(code: str) -> Unit:
    """The unit with that code. Raises KeyError when there is none."""
    return _BY_CODE[code]


def base_symbol(sold: Unit) -> str:
    """In which unit prices of ``sold`` are compared; a pack of unknown content is compared with its like."""
    if sold.code in _LIQUID:
        return "л"
    return _BASE_SYMBOLS.get(sold.dimension, sold.symbol)


def base_factor(sold: Unit) -> Decimal:
    """How many of :func:`base_symbol`'s units one ``sold`` holds."""
    return sold.factor * LITRES_IN_CUBIC_METRE if sold.code in _LIQUID else sold.factor


@kept(4096)
def parse_unit(text: str | None) -> Unit | None:
    """The unit that a supplier means: in any case, with dots, «руб/м2», «за 1 шт», «мешок (50 кг)»; else None."""
    if not text or len(text) > _LONGEST:
        return None
    found = _lookup(text)
    if found:
        return found
    rest = _PRICE_OF.sub("", text.strip(), count=1)
    if rest != text.strip() and (found := _lookup(rest)):
        return found
    leading = _LEADING.match(rest)
    return (_lookup(leading[1]) if leading else None) or _in_two_languages(rest)


@kept(4096)
def counted_unit(text: str | None) -> tuple[Decimal, Unit | None]:
    """How many of which unit: «1000 м», «тыс. м3», «10 компл», «sq ft»; one of it where no number stands before."""
    found = parse_unit(text)
    if found or not text or len(text) > _LONGEST:
        return _ONE, found
    foreign = _foreign(text)
    if foreign:
        return foreign
    match = _COUNT.fullmatch(text)
    if match is None:
        return _ONE, None
    each, counted = _foreign(match[2]) or (_ONE, parse_unit(match[2]))
    count = Decimal(match[1].replace(",", ".")) if match[1][0].isdigit() else _THOUSAND
    return (count * each, counted) if count and counted else (_ONE, None)


def _foreign(text: str) -> tuple[Decimal, Unit] | None:
    found = _FOREIGN.get(_key(text))
    return (found[0], _BY_CODE[found[1]]) if found else None


def _in_two_languages(text: str) -> Unit | None:
    """«шт / pcs»."""
    one, slash, other = text.partition("/")
    found = _lookup(one) if slash else None
    return found if found and found == _lookup(other) else None


def _lookup(text: str) -> Unit | None:
    key = _key(text)
    return _BY_KEY.get(key) or _BY_KEY.get(key.translate(_LOOKALIKES))
