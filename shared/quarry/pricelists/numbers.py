"""Numbers as people write them: with thousands apart, a decimal comma or dot, in any country's form."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from quarry.pricelists.grid import Cell

SPACE: Final = re.compile(r"[\s'’`_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+")
_THOUSANDS_DOT = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")
_DECIMAL_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})")
_DECIMAL_DOT = re.compile(r"\d+\.(?:\d{1,2}|\d{4,})")
_LAKHS = re.compile(r"\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?")
_SCIENCE = re.compile(r"(\d(?:[.,]\d+)?)[eе]([+-]\d{1,2})", re.IGNORECASE)
# Blanks join digits only where groups of three follow: «1 250 300»; «7500 11500» are two numbers.
_LOOSE = re.compile(r"\d\s+[.,]\s*\d|\d[.,]\s+\d{3}")
_APART = re.compile(r"(?<=\d)[\s'’`_]+(?=\d)")
_GROUPS = re.compile(r"\d{1,3}(?:[\s'’`_]{1,2}\d{3})+(?!\d)")


class Separators(StrEnum):
    """How a column writes its numbers, inferred from those of its values that leave no doubt.

    NO_DECIMALS: its money has no cents that anyone counts: three digits behind a mark are thousands.
    """

    UNKNOWN = "unknown"
    COMMA_DECIMAL = "comma_decimal"
    DOT_DECIMAL = "dot_decimal"
    NO_DECIMALS = "no_decimals"


def separators_of(cells: Iterable[Cell]) -> Separators:
    """What the values of a column, taken together, say about its separators."""
    comma = dot = 0
    for cell in cells:
        if not isinstance(cell, str):
            continue
        match = _NUMBER.search(SPACE.sub("", cell))
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


def number_of(text: str, separators: Separators) -> tuple[Decimal | None, bool]:
    """The number, and whether it could as well be another one."""
    science = _SCIENCE.fullmatch(text)
    if science:
        return Decimal(f"{science[1].replace(',', '.')}e{science[2]}"), False
    if _LOOSE.search(text) or (_APART.search(text) and _APART.search(_GROUPS.sub("1", text))):
        return None, False
    text = SPACE.sub("", text)
    if not _NUMBER.fullmatch(text):
        return None, False
    if _LAKHS.fullmatch(text):
        return Decimal(text.replace(",", "")), False
    return _marked(text, separators)


def _marked(text: str, separators: Separators) -> tuple[Decimal | None, bool]:
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
    """The decimal mark of a number with one mark: «1,250» is 1.25 or 1250 by what the rest of the column shows."""
    before, _, after = text.partition(mark)
    if len(after) != 3 or len(before) > 3 or before == "0":  # noqa: PLR2004 - thousands
        return mark, False
    if separators is Separators.UNKNOWN:
        # Machines write 360.000; people write 1,250 for both, in this country rather for one and a quarter.
        return mark, mark == ","
    if separators is Separators.NO_DECIMALS:
        return "", False
    own = Separators.COMMA_DECIMAL if mark == "," else Separators.DOT_DECIMAL
    return (mark if separators is own else ""), False
