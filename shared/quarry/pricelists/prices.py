"""Prices as suppliers write them: `1 250,00 руб.`, `1.250,50`, `€ 12.30`, `1 250-00`, «по запросу»."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from quarry.domain.money import MONEY_BOUND, MONEY_PLACES, storable
from quarry.domain.rows import Vat
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.currencies import money_alone, named_in, without
from quarry.pricelists.grid import ERROR_VALUES, Cell
from quarry.pricelists.numbers import SPACE, Separators, number_of

_WORDS = load("prices")
_TEXT = Notation()
_BEFORE, _NO_PRICE_STARTS = (entries(_WORDS["no_price"][place]) for place in ("before", "starts"))
_NO_PRICE = re.compile(
    rf"(?:{_TEXT.one_of(_BEFORE)}\s++)?{_TEXT.one_of(_NO_PRICE_STARTS, open_end=True)}.*|[-–—−*.…?x х×/]+",
    re.IGNORECASE,
)
_DOT_IS_DECIMAL = frozenset({Separators.UNKNOWN, Separators.DOT_DECIMAL})
_SIMPLE = re.compile(r"\d{1,10}(?:\.\d{1,4})?")
_WITH_MONEY = re.compile(r"(\d{1,3}(?:[ \u00a0]\d{3})+|\d+)(?:[.,](\d\d))?\s?(\D{0,20})")
_KOPECKS_DASH = re.compile(r"^(\d[\d\s]*)[-–=](\d\d)$")
_RANGE = re.compile(
    rf"^(\d[\d\s.,]*+)(?:[-–—]|\.{{2,3}}|…|{_TEXT.one_of(entries(_WORDS['to']))})\s*(\d[\d\s.,]*)$", re.IGNORECASE
)
_KOPECKS = re.compile(r"^(\d[\d\s]*+)(?:руб|грн|гривн)[^\W\d]*\.?\s*(\d\d?)\s*коп\w*\.?$", re.IGNORECASE)
_SCALES = [(_TEXT.compiled(scale), scale["factor"]) for scale in _WORDS["scale"]]
_NO_CENTS = re.compile(r"\d(?:,|\.)\s?[-–—]{1,2}\s*+\Z")
_PARENTHESES = re.compile(r"\([^()]*\)")
_NEGATIVE = re.compile(r"^\(\s*\d[\d\s.,]*\)$|^[-−–]\s*\d")
_FROM = re.compile(rf"^(?:{_TEXT.one_of(entries(_WORDS['from']['before']))}\.?\s+|[≈~>≥]\s*)(?=\d)", re.IGNORECASE)
_AND_UP = re.compile(
    rf"(?<=\d)\s*+(?:\+|['’-]?(?:{_TEXT.one_of(entries(_WORDS['from']['after']))}))\s*+\Z", re.IGNORECASE
)
_FOOTNOTE = re.compile(r"(?<=\d)\s?(?:[*†‡]{1,5}|[¹²³⁴⁵⁶⁷⁸⁹]{1,2}|\[\d{1,2}\]|\d?\*?\))\Z")
_PER = re.compile(
    rf"(?:/|{_TEXT.one_of(entries(_WORDS['per']['cell']))})\s*+(?:1\s++)?([^\d\s].*|\d{{2,5}}\s*+[^\W\d_].*)$",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
# What is between two prices of one cell. «120 руб/м2» and «1/2» have it too: the parts decide.
_BETWEEN = re.compile(
    r"[\n\t;|]|[^\S\n\t]{3,}|(?<![^\W\d_])или(?![^\W\d_])|\s/\s|/(?=\s*\d)|,\s+(?=\d{3})|(?<=[^\W\d]\))\s+(?=\d)"
)
_TWO_NUMBERS = re.compile(r"(?<![\d.,])(\d{3,10}(?:[.,]\d\d?)?) (\d{3,10}(?:[.,]\d\d?)?)(?![\d.,])")
_IN_PARENTHESES = re.compile(r"([^()]*+)\(([^()]*+)\)\s*+")
_LABEL_FIRST = re.compile(r"([^\W\d][^\d]{0,38}[23²³]?)[\s:=–—-]++(\d.*)", re.DOTALL)
_LABEL_LAST = re.compile(r"(\d[\d\s.,]*+)\s*[-–—]?\s*([^\W\d].{0,40})", re.DOTALL)
_LABEL_BESIDE = re.compile(r"\(([^()\d]{2,40})\)")
_GRADE = re.compile(r"\d/\d(?:\s?[^\W\d_]\w{0,3})?")
_MOST_PARTS, _LONGEST_CELL = 8, 300
_SPREAD = 1.35  # how far the ratios of two prices of the same goods lie apart at most
_FOOTNOTE_NUMBER = 10

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
    SEVERAL = "several_prices"


FAULTS: Final = {
    Fault.INVALID: "This is no price. Write a number, or leave the cell empty when the price is on request.",
    Fault.NEGATIVE: "A price cannot be negative.",
    Fault.TOO_LARGE: "This price is too large to be one.",
}
GUESSES: Final = {
    Guess.FROM: "A price «from …»: the lowest is taken.",
    Guess.RANGE: "A range of prices: the lower one is taken.",
    Guess.AMBIGUOUS: "A comma with three digits can mean thousandths or thousands: it is read as a decimal comma.",
    Guess.SEVERAL: "The cell has several prices, and nothing says which is whose: the lowest is taken, all are kept. "
    "Give each a column of its own.",
}


@dataclass(frozen=True, slots=True)
class Price:
    """A cell read as a price. ``amount`` is None for «по запросу» and for a fault; ``unit`` is «м2» of «120 руб/м2».

    ``currency`` may be CONVENTIONAL or UNKNOWN. ``several`` are all prices of a cell that has more than one, each with
    the words beside it; the price itself is the lowest of them.
    """

    amount: Decimal | None = None
    currency: str | None = None
    vat: Vat | None = None
    unit: str | None = None
    fault: Fault | None = None
    guess: Guess | None = None
    several: tuple[tuple[str, "Price"], ...] = ()


NO_PRICE = Price()


def vat_of(text: str) -> Vat | None:
    """What a header or a note says of the tax; None when it says nothing, or both."""
    without_, with_ = _WITHOUT_VAT.search(text), _WITH_VAT.search(_WITHOUT_VAT.sub(" ", text))
    if without_ and with_:
        return None
    return Vat.EXCLUDED if without_ else Vat.INCLUDED if with_ else None


def are_grades(cell: str) -> bool:
    """Whether a text has the grades of a sheet's two faces («2/3», «4/4 нш»), which are no amounts."""
    return _GRADE.fullmatch(cell.strip()) is not None and not named_in(cell)


def says_no_price(cell: Cell) -> bool:
    """Whether a text says in words that there is none («цена по запросу»)."""
    return isinstance(cell, str) and any(map(str.isalpha, cell)) and parse_price(cell) is NO_PRICE


def parse_price(cell: Cell, separators: Separators = Separators.UNKNOWN) -> Price:  # noqa: PLR0911 - the quick ways first
    """Read one cell. Never raises: what is no price is a fault in the answer."""
    if not isinstance(cell, str):
        fraction = isinstance(cell, float) and not cell.is_integer()
        return _checked(Decimal(repr(cell)) if fraction else Decimal(cell))
    if not cell:
        return NO_PRICE
    if _SIMPLE.fullmatch(cell) and ("." not in cell or separators in _DOT_IS_DECIMAL):
        return _checked(Decimal(cell))
    usual = _WITH_MONEY.fullmatch(cell)  # most prices are written so
    if usual and (not usual[3] or money_alone(usual[3])):
        whole = usual[1].replace(" ", "").replace("\u00a0", "")
        currency = money_alone(usual[3]) if usual[3] else None
        return _checked(Decimal(f"{whole}.{usual[2]}" if usual[2] else whole), currency=currency)
    if cell.upper() in ERROR_VALUES:
        return Price(fault=Fault.INVALID)
    if _NO_PRICE.fullmatch(" ".join(cell.split())):
        return NO_PRICE
    return _several(cell, separators) or _one(" ".join(cell.split()), separators)


def times(price: Price, cell: Cell, factor: int) -> Price:
    """The price in a column of thousands; a cell that says so itself («1,2 млн») is read already."""
    if not price.amount or (isinstance(cell, str) and any(pattern.search(without(cell)) for pattern, _ in _SCALES)):
        return price
    several = tuple((label, times(one, "", factor)) for label, one in price.several)
    found = _checked(price.amount * factor, currency=price.currency)
    return replace(found, several=several, vat=price.vat, unit=price.unit, guess=price.guess)


def rise_together(ratios: Sequence[float]) -> bool:
    """Whether two columns of prices may be of the same goods for two buyers, by the ratios of their amounts."""
    return max(ratios) <= min(ratios) * _SPREAD


def with_hundredths(price: Price, cents: Price) -> Price:
    """The price with the cents that stand in the next column."""
    if price.amount is None or not cents.amount or price.several:
        return price
    return replace(price, amount=price.amount + cents.amount / 100)


def _several(cell: str, separators: Separators) -> Price | None:
    """The prices of a cell that has more than one: «7500      11500», «опт 350 / розн. 500», «300 (350)»."""
    if len(cell) > _LONGEST_CELL or are_grades(cell) or _DATE.fullmatch(cell.strip()):
        return None
    parts = [part for part in (text.strip() for text in _BETWEEN.split(cell)) if part]
    two = _TWO_NUMBERS.search(cell) if len(parts) == 1 else None
    bracketed = _IN_PARENTHESES.fullmatch(cell) if len(parts) == 1 and not two else None
    if two:
        if len(two[2].partition(".")[0].partition(",")[0]) == 3 and len(two[1]) <= 3:  # noqa: PLR2004 - thousands
            return None
        parts = [cell[: two.end(1)], cell[two.start(2) :]]
    elif bracketed and any(map(str.isdigit, bracketed[1])) and any(map(str.isdigit, bracketed[2])):
        parts = [bracketed[1].strip(), bracketed[2].strip()]
    if not 1 < len(parts) <= _MOST_PARTS:
        return None
    found = list(_labelled(parts, separators))
    amounts = [price.amount for _, price in found if price.amount]
    if len(amounts) != len(found) or len(amounts) < len(parts) or len(set(amounts)) == 1:
        return found[0][1] if len(amounts) == len(parts) == len(found) else None
    if max(amounts) < _FOOTNOTE_NUMBER or (bracketed and not found[1][0] and amounts[1] < _FOOTNOTE_NUMBER):
        return None
    currencies = {price.currency for _, price in found}
    shared = currencies - {None}
    if len(shared) == 1:
        found = [(label, replace(price, currency=next(iter(shared)))) for label, price in found]
    of_units = found[0][1].unit is not None
    lowest = found[0] if len(shared) > 1 or of_units else min(found, key=lambda each: each[1].amount or 0)
    return replace(lowest[1], guess=Guess.SEVERAL, several=tuple(found))


def _labelled(parts: list[str], separators: Separators) -> Iterator[tuple[str, Price]]:
    """Each part as a price with the words beside it; a part that is none ends them."""
    of_units = 0
    for part in parts:
        price = _one(" ".join(part.split()), separators)
        beside = _LABEL_BESIDE.search(part)
        label = beside[1].strip() if beside else ""
        if price.fault is Fault.INVALID:
            label, price = _with_label(part, separators)
        of_units += price.unit is not None and price.unit == label
        if not price.amount:
            return
        yield label, price
    if 0 < of_units < len(parts):  # «1200/1 м2»
        yield "", NO_PRICE


def _with_label(part: str, separators: Separators) -> tuple[str, Price]:
    first, last = _LABEL_FIRST.fullmatch(part), _LABEL_LAST.fullmatch(part)
    for label, number in ((first[1], first[2]) if first else ("", ""), (last[2], last[1]) if last else ("", "")):
        price = _one(" ".join(number.split()), separators) if number else NO_PRICE
        if price.amount:
            beside = without(label).strip(" :.-–—=()")
            return beside, replace(price, unit=beside) if parse_unit(beside) else price
    return "", Price(fault=Fault.INVALID)


def _one(text: str, separators: Separators) -> Price:
    if _NO_PRICE.fullmatch(text):
        return NO_PRICE
    currency, vat = named_in(text), vat_of(text)
    kopecks = _KOPECKS.match(text)
    if kopecks:
        return _checked(Decimal(f"{SPACE.sub('', kopecks[1])}.{kopecks[2]:0>2}"), currency=currency, vat=vat)
    if _NEGATIVE.match(without(text).strip()):
        return Price(currency=currency, fault=Fault.NEGATIVE)
    if vat:
        text = _WITH_VAT.sub(" ", _WITHOUT_VAT.sub(" ", text))
    outside = _PARENTHESES.sub(" ", text).strip()
    per = _PER.search(outside)
    unit = per[1].strip(" .") or None if per else None
    if unit and unit[0].isdigit() and parse_unit(unit) is None:
        return Price(currency=currency, vat=vat, fault=Fault.INVALID)  # «за 7 м»: whose price that is, no unit says
    number = without(outside[: per.start()] if per else outside).strip(" .:;,")
    number = _FOOTNOTE.sub("", number).lstrip("*† ")
    guess = None
    if _FROM.match(number):
        number, guess = _FROM.sub("", number), Guess.FROM
    elif _AND_UP.search(number):
        number, guess = _AND_UP.sub("", number), Guess.FROM
    return _amount(number, separators, Price(currency=currency, vat=vat, unit=unit, guess=guess))


def _amount(number: str, separators: Separators, price: Price) -> Price:
    """The price with the amount of ``number``, which is without words but for a scale."""
    number, scale = _scaled(number)
    guess = price.guess
    dashed = _KOPECKS_DASH.match(number)
    ranged = None if dashed else _RANGE.match(number)
    if dashed:
        number = f"{SPACE.sub('', dashed[1])}.{dashed[2]}"
        separators = Separators.DOT_DECIMAL
    elif ranged:
        number, guess = ranged[1], Guess.RANGE
    if _NO_CENTS.search(number):
        separators = Separators.COMMA_DECIMAL if "," in number else Separators.DOT_DECIMAL
    amount, ambiguous = number_of(number.strip(" -–—=.,"), separators)
    if amount is None:
        return replace(price, unit=None, guess=None, fault=Fault.INVALID)
    if ambiguous and guess is None:
        guess = Guess.AMBIGUOUS
    return _checked(amount * scale, currency=price.currency, vat=price.vat, unit=price.unit, guess=guess)


def _scaled(number: str) -> tuple[str, int]:
    for pattern, scale in _SCALES:
        if pattern.search(number):
            return pattern.sub("", number).strip(), scale
    return number, 1


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
    rounded = _money(amount)
    if rounded is None:
        return Price(currency=currency, fault=Fault.TOO_LARGE)
    return Price(rounded, currency, vat, unit, None, guess)


def _money(amount: Decimal) -> Decimal | None:
    """As it was written where it can be stored so; never with an exponent."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -MONEY_PLACES <= exponent <= 0 and amount < MONEY_BOUND:
        return amount
    return storable(amount)
