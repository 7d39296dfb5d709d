"""What a title of a crossed table says: how goods differ, that its numbers are prices, or which goods are meant."""

import re
from collections.abc import Sequence
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind
from quarry.domain.units import Dimension, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.currencies import named_in
from quarry.pricelists.dates import NEVER, dated
from quarry.pricelists.headers import is_step, normalized, price_header, role_of, unit_of_header
from quarry.pricelists.matrix import IN_TITLE
from quarry.pricelists.naming import TECHNICAL, VARIANT
from quarry.pricelists.price_columns import FINISH, GRADE, TERMS
from quarry.pricelists.prices import vat_of

_WORDS = load("columns")
_FROM = re.compile(rf"(?:{Notation().one_of(entries(_WORDS['threshold_from']))})\s*+\d", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_SIZED = re.compile(r"(?<![^\W\d_])\d")
_MEASURES: Final = {Role.SIZE, Role.MODEL, Role.PACK}
_VARIANTS: Final = {Role.SIZE, Role.MODEL, None}
_LONGEST_SIZE: Final = 30


def is_sized(label: str) -> bool:
    return len(label) <= _LONGEST_SIZE and any(map(str.isdigit, label))


def is_finish(label: str) -> bool:
    words = normalized(label)
    return bool(FINISH.search(words) or GRADE.search(words))


def is_lead_title(label: str) -> bool:
    """Whether the goods, or what they differ in, are called so."""
    return role_of(label) is Role.NAME or is_axis(label)


@kept(4096)
def is_axis(title: str) -> bool:
    """Whether a title says in what the columns below it differ («Толщина, мм», «Число жил», «Gebinde»)."""
    role = role_of(title)
    unit = parse_unit(title.rpartition(",")[2].strip(" .")) if role is None and "," in title else None
    measured = unit is not None and unit.dimension is Dimension.LENGTH
    return role in _MEASURES or measured or VARIANT.search(normalized(title)) is not None


@kept(4096)
def is_price(title: str) -> bool:
    return role_of(title) is Role.PRICE or bool(IN_TITLE.search(title))


@kept(4096)
def may_be_variant(label: str) -> bool:
    """Whether a column's label is of goods: no threshold, place, date, customer, tax, money or unit."""
    words = normalized(label)
    header = price_header(label)
    role = role_of(label)
    if not label or is_step(label) or _FROM.match(label) or unit_of_header(label):
        return False
    if role not in _VARIANTS and (role is Role.PRICE or not FINISH.search(words)):
        return False
    if header.kind is not PriceKind.RETAIL or header.rank != 1 or vat_of(label) or named_in(label) or "%" in label:
        return False
    return not (is_measure(label) or is_condition(label) or dated(label)[1] != NEVER)


def is_measure(label: str) -> bool:
    """Whether a title says what is measured, and not how much that is («Плотность, кг/м3»)."""
    unit = parse_unit(label.rpartition(",")[2].strip(" ."))
    return (unit is not None or TECHNICAL.search(normalized(label)) is not None) and not _SIZED.search(label)


def is_condition(label: str) -> bool:
    """Whether a title is of a place, a service, a time or a customer, for whom a price holds («зона 2»)."""
    return TERMS.search(normalized(label)) is not None


def graded(labels: Sequence[str]) -> tuple[str, ...]:
    """«сорт Экстра | сорт АВ» without the word that all begin with, where the rest is a grade still."""
    first = {label.partition(" ")[0] for label in labels}
    rests = tuple(label.partition(" ")[2] for label in labels)
    return rests if len(first) == 1 and all(GRADE.search(normalized(rest)) for rest in rests) else tuple(labels)


def names_goods(title: str) -> bool:
    """Whether a title above columns of grades and sizes names what they are of («Бетон товарный»)."""
    first = _WORD.search(title)
    return first is not None and role_of(first[0]) is None and not is_axis(title) and not is_price(title)
