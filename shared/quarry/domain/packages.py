"""How much of a product one sold unit holds, as its name says: «20кг», «25 л», «50 шт/уп», «2500х1200х12,5».

Names are full of numbers which are no contents: grades (М500), diameters (DN20), ranges (слой 3-20 мм), capacities (a
95-litre boiler). A wrong price per kilogram is worse than none, so what is not certain is not read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

# Three digits behind a digit and a space are the rest of a thousand: «1 250 кг» is not 250 kg.
_NUMBER = r"(?<![\w.,/*-])(?!(?<=\d )\d{3}(?!\d))(\d{1,5}(?:[.,]\d{1,4})?)"
_END = r"(?![\w²³/*-])"
_WORDS = load("packages")
_NAMES = Notation(beside_digits=True, flags=re.NOFLAG)
_LIMIT = re.compile(rf"{Notation(flags=re.NOFLAG).one_of(entries(_WORDS['limit']))}\s*$")
_LONGEST_LIMIT = 40


def _by_word(kind: str) -> dict[str, str]:
    """The units' codes by their spellings."""
    return {word: code for code, told in _WORDS[kind].items() for word in entries(told)}


_MASS_UNITS, _LIQUID_UNITS = _by_word("mass"), _by_word("liquid")
_MASS = re.compile(rf"{_NUMBER}\s*({_NAMES.one_of(_MASS_UNITS)})\.?{_END}")
_LIQUID = re.compile(rf"{_NUMBER}\s*({_NAMES.one_of(_LIQUID_UNITS)})\.?{_END}(?!\s*(?:[.,]\s*)?с\.)")  # 5 л.с.
_AREA, _CUBIC, _LENGTH = (
    re.compile(rf"{_NUMBER}\s*{_NAMES.one_of(_by_word(kind))}\.?{_END}") for kind in ("area", "cubic", "length")
)
_PIECE, _IN, _BY, _BEFORE = (
    _NAMES.one_of(entries(_WORDS["pieces"][said])) for said in ("piece", "in", "by", "pack_before")
)
_BEHIND = _NAMES.one_of(entries(_WORDS["pieces"]["pack_behind"]), open_end=True)
_PIECES_OR_PIECE = _NAMES.one_of((f"{word}*" for word in entries(_WORDS["pieces"]["piece"])), open_end=True)
_PIECES = re.compile(
    rf"(?<![\w.,-])(\d{{1,5}})\s*{_PIECE}\.?\s*(?:/\s*|{_IN}\s+|\\\s*){_BEHIND}"
    rf"|{_BEFORE}\.?\s*(?:\(\s*)?(?:{_BY}\s*)?(\d{{1,5}})\s*{_PIECES_OR_PIECE}"
    rf"|\(\s*(?:{_BY}\s+)?(\d{{1,5}})\s*{_PIECE}\.?\s*\)"
)
_SIZES = re.compile(
    r"(?<![\w.,/-])(\d{1,5}(?:[.,]\d{1,3})?)\s*[xх×*]\s*(\d{1,5}(?:[.,]\d{1,3})?)"
    r"(?:\s*[xх×*]\s*(\d{1,5}(?:[.,]\d{1,3})?))?\s*(мм|mm|см|cm|м|m)?(?![\w²³/*х×-])"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_VESSEL, _WITH, _FILLING = (
    _NAMES.one_of(entries(_WORDS[said]), open_end=True) for said in ("vessel", "filled_with", "filling")
)
_EMPTY_VESSEL = re.compile(rf"\W*{_VESSEL}(?!\s+(?:{_WITH}\s+)?{_FILLING})")  # a bag of cement is not a bag
_GOODS = Notation(flags=re.NOFLAG)
_BY_PIECE = _GOODS.compiled(_WORDS["by_piece"])
_SHEET = _GOODS.compiled(_WORDS["sheet"])
_ROLL = _GOODS.compiled(_WORDS["roll"])
_TIMBER = _GOODS.compiled(_WORDS["timber"])


@dataclass(frozen=True, slots=True)
class Contents:
    """What one sold unit holds, as far as the name says; kg, litres, m², m³, m, pieces. Null: not said, or unclear."""

    mass: Decimal | None = None
    liquid: Decimal | None = None
    area: Decimal | None = None
    cubic: Decimal | None = None
    length: Decimal | None = None
    pieces: Decimal | None = None


_DIGIT = re.compile(r"\d")
_MASS_FACTORS = {"kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000)}
_LIQUID_FACTORS = {"l": Decimal(1), "ml": Decimal("0.001")}
_SIZE_FACTORS = {"мм": Decimal("0.001"), "см": Decimal("0.01"), "м": Decimal(1)}
_LATIN_SIZES = {"mm": "мм", "cm": "см", "m": "м"}
_MOST_MASS, _MOST_LIQUID, _MOST_AREA, _MOST_CUBIC = Decimal(3000), Decimal(1000), Decimal(1000), Decimal(30)
_MILLIMETRES_FROM = 100  # smaller first sizes without a unit are metres of a roll


def parse_package(name: str) -> Contents:
    """The contents that a name says. Only a count for goods sold by the piece whatever they hold."""
    text = " ".join(name.casefold().replace("ё", "е").split())
    if not _DIGIT.search(text) or _EMPTY_VESSEL.match(text) or _BY_PIECE.search(text):
        return Contents(pieces=_pieces(text))
    return contents_of(text)


def contents_of(text: str) -> Contents:
    """The contents that a text in small letters says, which is about nothing but the package."""
    return Contents(
        mass=_only(_MASS, text, _mass, _MOST_MASS),
        liquid=_only(_LIQUID, text, _litres, _MOST_LIQUID),
        area=_only(_AREA, text, _plain, _MOST_AREA) or _surface(text),
        cubic=_only(_CUBIC, text, _plain, _MOST_CUBIC) or _timber(text),
        length=_only(_LENGTH, text, _plain, _MOST_AREA),
        pieces=_pieces(text),
    )


def _only(
    pattern: re.Pattern[str], text: str, value: Callable[[re.Match[str]], Decimal | None], most: Decimal
) -> Decimal | None:
    """The one amount of that kind in the text; null when two differ or what stands before it makes it a limit."""
    found: set[Decimal] = set()
    for match in pattern.finditer(text):
        if _LIMIT.search(text, max(0, match.start() - _LONGEST_LIMIT), match.start()):
            continue
        amount = value(match)
        if amount is not None:
            found.add(amount)
    if len(found) != 1:
        return None
    amount = found.pop()
    return amount if 0 < amount <= most else None


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _plain(match: re.Match[str]) -> Decimal | None:
    return _decimal(match[1])


def _mass(match: re.Match[str]) -> Decimal | None:
    code = _MASS_UNITS[match[2]]
    if code == "g" and _YEAR.fullmatch(match[1]):
        return None
    return _decimal(match[1]) * _MASS_FACTORS[code]


def _litres(match: re.Match[str]) -> Decimal | None:
    return _decimal(match[1]) * _LIQUID_FACTORS[_LIQUID_UNITS[match[2]]]


def _pieces(text: str) -> Decimal | None:
    found = {Decimal(next(filter(None, match.groups()))) for match in _PIECES.finditer(text)}
    return found.pop() if len(found) == 1 and 0 not in found else None


def _metres(text: str, *, small_is_metres: bool) -> list[Decimal] | None:
    """The sizes «a х b [х c]» in metres; a size without a unit is in millimetres, or in metres of a roll."""
    matches = _SIZES.findall(text)
    if len(matches) != 1:
        return None
    *sizes, unit = matches[0]
    amounts = [_decimal(size) for size in sizes if size]
    unit = _LATIN_SIZES.get(unit, unit)
    if not unit:
        large = max(amounts) >= _MILLIMETRES_FROM
        unit = "мм" if large else "м" if small_is_metres else ""
    return [amount * _SIZE_FACTORS[unit] for amount in amounts] if unit else None


def _surface(text: str) -> Decimal | None:
    sheet, roll = _SHEET.search(text), _ROLL.search(text)
    if not sheet and not roll:
        return None
    sizes = _metres(text, small_is_metres=roll is not None)
    if not sizes:
        return None
    if roll and len(sizes) > 2:  # noqa: PLR2004 - a roll's third size is its thickness or its mesh
        return None
    largest, next_largest = sorted(sizes, reverse=True)[:2]
    area = largest * next_largest
    return area if Decimal("0.02") <= area <= (_MOST_AREA if roll else 20) else None


def _timber(text: str) -> Decimal | None:
    if not _TIMBER.search(text):
        return None
    sizes = _metres(text, small_is_metres=False)
    if not sizes or len(sizes) != 3 or max(sizes) < 1:  # noqa: PLR2004 - thickness, width, length
        return None
    volume = sizes[0] * sizes[1] * sizes[2]
    return volume if Decimal("0.0005") <= volume <= 1 else None
