"""Prices as suppliers write them: `1 250,00 руб.`, `1.250,50`, `€ 12.30`, `1 250-00`, «по запросу»."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from quarry.domain.rows import Vat
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.grid import ERROR_VALUES, Cell

_MONEY = Decimal("0.0001")
_MOST = Decimal(10) ** 10  # what numeric(14,4) holds

_WORDS = load("prices")
_TEXT = Notation()


def _spelled(spellings: Sequence[str]) -> str:
    """A currency's spellings; a letter alone must look like an abbreviation."""
    letters = [word for word in spellings if len(word) == 1 and word.isalpha()]
    whole = _TEXT.one_of((word for word in spellings if word not in letters), open_end=True)
    return "|".join([whole, *(rf"(?<![^\W\d_]){letter}(?=[.\s/)]|$)" for letter in letters)])


_CURRENCY = [
    (currency["code"], re.compile(_spelled(entries(currency)), re.IGNORECASE))
    for currency in load("currencies")["currency"]
]
_ANY_CURRENCY = re.compile("|".join(rf"(?:{pattern.pattern})\.?" for _, pattern in _CURRENCY), re.IGNORECASE)

_BEFORE, _NO_PRICE_STARTS = (entries(_WORDS["no_price"][place]) for place in ("before", "starts"))
_NO_PRICE = re.compile(
    rf"(?:{_TEXT.one_of(_BEFORE)}\s++)?{_TEXT.one_of(_NO_PRICE_STARTS, open_end=True)}.*|[-–—−*.…?x х/]+", re.IGNORECASE
)
_SIMPLE = re.compile(r"\d{1,10}(?:\.\d{1,4})?")
_ROUBLES = re.compile(r"(\d{1,3}(?:[ \u00a0]?\d{3})*|\d+)(?:[.,](\d\d))?\s?(руб\.?|р\.|₽)?")
_KOPECKS_DASH = re.compile(r"^(\d[\d\s]*)[-–=](\d\d)$")
_RANGE = re.compile(rf"^(\d[\d\s.,]*+)(?:[-–—]|{_TEXT.one_of(entries(_WORDS['to']))})\s*(\d[\d\s.,]*)$")
_KOPECKS = re.compile(r"^(\d[\d\s]*+)руб[^\W\d]*\.?\s*(\d\d?)\s*коп\w*\.?$", re.IGNORECASE)
_SCALES = [(_TEXT.compiled(scale), scale["factor"]) for scale in _WORDS["scale"]]
_PARENTHESES = re.compile(r"\([^()]*\)")
_NEGATIVE = re.compile(r"^\(\s*\d[\d\s.,]*\)$|^[-−–]\s*\d")
_FROM = re.compile(rf"^(?:{_TEXT.one_of(entries(_WORDS['from']))}\s+|[≈~]\s*)(?=\d)", re.IGNORECASE)
_PER = re.compile(rf"(?:/|{_TEXT.one_of(entries(_WORDS['per']['cell']))})\s*+([^\d\s].*)$", re.IGNORECASE)
_SPACE = re.compile(r"[\s'’`_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+")
_THOUSANDS_DOT = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")
_DECIMAL_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})")
_DECIMAL_DOT = re.compile(r"\d+\.(?:\d{1,2}|\d{4,})")

_WITHOUT_VAT = _TEXT.compiled(_WORDS["vat"]["excluded"])
_WITH_VAT = _TEXT.compiled(_WORDS["vat"]["included"])


class Fault(StrEnum):
    INVALID = "invalid_price"
    NEGATIVE = "negative_price"
    TOO_LARGE = "price_too_large"


class Guess(StrEnum):
    FROM = "price_from"
    RANGE = "price_range"
    AMBIGUOUS = "ambiguous_price"


class Separators(StrEnum):
    """How a column writes its numbers, told from those of its values that leave no doubt."""

    UNKNOWN = "unknown"
    COMMA_DECIMAL = "comma_decimal"
    DOT_DECIMAL = "dot_decimal"


@dataclass(frozen=True, slots=True)
class Price:
    """A cell read as a price. ``amount`` is null for «по запросу» and for a fault; ``unit`` is «м2» of «120 руб/м2»."""

    amount: Decimal | None = None
    currency: str | None = None
    vat: Vat | None = None
    unit: str | None = None
    fault: Fault | None = None
    guess: Guess | None = None


NO_PRICE = Price()


def currency_of(text: str) -> str | None:
    """The one currency that a text names; null when it names none, or several."""
    found = {code for code, pattern in _CURRENCY if pattern.search(text)}
    if "BYN" in found:
        found.discard("RUB")
    return found.pop() if len(found) == 1 else None


def vat_of(text: str) -> Vat | None:
    """What a header or a note says of the tax; null when it says nothing, or both."""
    without, with_ = _WITHOUT_VAT.search(text), _WITH_VAT.search(_WITHOUT_VAT.sub(" ", text))
    if without and with_:
        return None
    return Vat.EXCLUDED if without else Vat.INCLUDED if with_ else None


def separators_of(cells: Iterable[Cell]) -> Separators:
    """What the values of a column, taken together, tell of its separators."""
    comma = dot = 0
    for cell in cells:
        if not isinstance(cell, str):
            continue
        match = _NUMBER.search(_SPACE.sub("", cell))
        if not match:
            continue
        number = match[0]
        if _THOUSANDS_COMMA.fullmatch(number) or _DECIMAL_DOT.fullmatch(number):
            dot += 1
        elif _THOUSANDS_DOT.fullmatch(number) or _DECIMAL_COMMA.fullmatch(number):
            comma += 1
    if comma == dot:
        return Separators.UNKNOWN
    return Separators.COMMA_DECIMAL if comma > dot else Separators.DOT_DECIMAL


def parse_price(cell: Cell, separators: Separators = Separators.UNKNOWN) -> Price:
    """Read one cell. Never raises: what is no price is a fault in the answer."""
    if not isinstance(cell, str):
        fraction = isinstance(cell, float) and not cell.is_integer()
        return _checked(Decimal(repr(cell)) if fraction else Decimal(cell))
    if not cell:
        return NO_PRICE
    if _SIMPLE.fullmatch(cell) and (separators is not Separators.COMMA_DECIMAL or "." not in cell):
        return _checked(Decimal(cell))
    roubles = _ROUBLES.fullmatch(cell)  # most prices are written so
    if roubles:
        whole = roubles[1].replace(" ", "").replace("\u00a0", "")
        currency = "RUB" if roubles[3] else None
        return _checked(Decimal(f"{whole}.{roubles[2]}" if roubles[2] else whole), currency=currency)
    if cell.upper() in ERROR_VALUES:
        return Price(fault=Fault.INVALID)
    return _parse_text(" ".join(cell.split()), separators)


def _parse_text(text: str, separators: Separators) -> Price:
    if _NO_PRICE.fullmatch(text):
        return NO_PRICE
    currency, vat = currency_of(text), vat_of(text)
    kopecks = _KOPECKS.match(text)
    if kopecks:
        return _checked(Decimal(f"{_SPACE.sub('', kopecks[1])}.{kopecks[2]:0>2}"), currency=currency, vat=vat)
    if _NEGATIVE.match(_ANY_CURRENCY.sub("", text).strip()):
        return Price(currency=currency, fault=Fault.NEGATIVE)
    if vat:
        text = _WITH_VAT.sub(" ", _WITHOUT_VAT.sub(" ", text))
    outside = _PARENTHESES.sub(" ", text).strip()
    per = _PER.search(outside)
    unit = per[1].strip(" .") or None if per else None
    number = _ANY_CURRENCY.sub(" ", outside[: per.start()] if per else outside).strip(" .:;,")
    guess = None
    if _FROM.match(number):
        number, guess = _FROM.sub("", number), Guess.FROM
    number, scale = _scaled(number)
    dashed = _KOPECKS_DASH.match(number)
    ranged = None if dashed else _RANGE.match(number)
    if dashed:
        number = f"{_SPACE.sub('', dashed[1])}.{dashed[2]}"
        separators = Separators.DOT_DECIMAL
    elif ranged:
        number, guess = ranged[1], Guess.RANGE
    amount, ambiguous = _number(_SPACE.sub("", number.strip(" -–—=.,")), separators)
    if amount is None:
        return Price(currency=currency, vat=vat, fault=Fault.INVALID)
    if ambiguous and guess is None:
        guess = Guess.AMBIGUOUS
    return _checked(amount * scale, currency=currency, vat=vat, unit=unit, guess=guess)


def _scaled(number: str) -> tuple[str, int]:
    for pattern, scale in _SCALES:
        if pattern.search(number):
            return pattern.sub("", number).strip(), scale
    return number, 1


def _number(text: str, separators: Separators) -> tuple[Decimal | None, bool]:
    """The number, and whether it could as well be another one."""
    if not _NUMBER.fullmatch(text):
        return None, False
    commas, dots = text.count(","), text.count(".")
    ambiguous = False
    if commas and dots:
        decimal = "," if text.rindex(",") > text.rindex(".") else "."
        if text.count(decimal) > 1:
            return None, False
    elif commas + dots > 1:
        decimal = ""
        if any(len(group) != 3 for group in re.split("[.,]", text)[1:]):  # noqa: PLR2004 - thousands
            return None, False
    elif commas or dots:
        decimal, ambiguous = _single(text, "," if commas else ".", separators)
    else:
        decimal = ""
    thousands = {",": ".", ".": ",", "": ""}[decimal]
    digits = text.replace(thousands, "") if thousands else text.replace(",", "").replace(".", "")
    try:
        return Decimal(digits.replace(",", ".") if decimal else digits), ambiguous
    except InvalidOperation:
        return None, False


def _single(text: str, mark: str, separators: Separators) -> tuple[str, bool]:
    """The decimal mark of a number with one mark: «1,250» is 1.25 or 1250 by what the rest of the column tells."""
    before, _, after = text.partition(mark)
    if len(after) != 3 or len(before) > 3 or before == "0":  # noqa: PLR2004 - thousands
        return mark, False
    if separators is Separators.UNKNOWN:
        # Machines write 360.000; people write 1,250 for both, in this country rather for one and a quarter.
        return mark, mark == ","
    own = Separators.COMMA_DECIMAL if mark == "," else Separators.DOT_DECIMAL
    return (mark if separators is own else ""), False


def _checked(
    amount: Decimal,
    *,
    currency: str | None = None,
    vat: Vat | None = None,
    unit: str | None = None,
    guess: Guess | None = None,
) -> Price:
    if not amount.is_finite():
        return Price(fault=Fault.INVALID)
    if amount < 0:
        return Price(currency=currency, fault=Fault.NEGATIVE)
    rounded = _money(amount) if amount < _MOST else amount
    if rounded >= _MOST:
        return Price(currency=currency, fault=Fault.TOO_LARGE)
    return Price(rounded, currency, vat, unit, None, guess)


def _money(amount: Decimal) -> Decimal:
    """At most four decimals, at least two when there are any, and never an exponent."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -4 <= exponent <= 0:  # noqa: PLR2004 - the decimals money is kept with
        return amount
    return amount.quantize(_MONEY, ROUND_HALF_UP)
