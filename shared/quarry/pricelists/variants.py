"""What a title says of goods, and what of a price: how goods differ, whose their price is, or which goods are meant."""

import re
from collections.abc import Sequence
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind
from quarry.domain.units import Dimension
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.categories import is_seller
from quarry.pricelists.column_kinds import VARIANT
from quarry.pricelists.columns import SIZE
from quarry.pricelists.currencies import named_in
from quarry.pricelists.dates import NEVER, dated
from quarry.pricelists.grid import Line, text
from quarry.pricelists.headers import (
    CYRILLIC,
    TECHNICAL,
    is_step,
    is_term,
    normalized,
    price_header,
    role_of,
    unit_at_end,
    unit_of_header,
)
from quarry.pricelists.prices import vat_of

_WORDS = load("columns")
FINISH = Notation(blank=" ").compiled(_WORDS["finish"])
GRADE = Notation(blank=" ").compiled(_WORDS["grade"])
TERMS = Notation(blank=" ").compiled(_WORDS["price_terms"])
IN_TITLE = Notation().compiled(load("prices")["in_title"])
_MONEY = Notation().compiled(load("prices")["ends_subject"])
_FROM = re.compile(rf"(?:{Notation().one_of(entries(_WORDS['threshold_from']))})(?=\s*+\d|\Z)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_SIZED = re.compile(r"(?<![^\W\d_])\d")
_FOREIGN = re.compile(r"[A-Za-z\d]")
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
    unit = unit_at_end(title) if role is None and "," in title else None
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
    if is_term(label) and not is_finish(label):  # «3 доби», not «2 сорт»
        return False
    if role not in _VARIANTS and (role is Role.PRICE or not FINISH.search(words)):
        return False
    if header.kind is not PriceKind.RETAIL or header.rank != 1 or vat_of(label) or named_in(label) or "%" in label:
        return False
    return not (is_measure(label) or is_condition(label) or dated(label)[1] != NEVER)


def is_measure(label: str) -> bool:
    """Whether a title says what is measured, and not how much that is («Плотность, кг/м3»)."""
    measured = unit_at_end(label) is not None or TECHNICAL.search(normalized(label)) is not None
    return measured and not _SIZED.search(label)


def is_condition(label: str) -> bool:
    """Whether a title is of a place, a service, a time or a customer, for whom a price holds («зона 2»)."""
    return TERMS.search(normalized(label)) is not None


def graded(labels: Sequence[str]) -> tuple[str, ...]:
    """«сорт Экстра | сорт АВ» without the word that all begin with; not «сорт А | сорт В», whose rests say nothing."""
    first = {label.partition(" ")[0] for label in labels}
    rests = tuple(label.partition(" ")[2] for label in labels)
    worded = sum(_WORD.search(rest) is not None for rest in rests) * 2 >= len(rests)
    grades = len(first) == 1 and worded and all(GRADE.search(normalized(rest)) for rest in rests)
    return rests if grades else tuple(labels)


def axis_within(labels: Sequence[str]) -> str:
    """The word that all of several titles begin with, where it says in what goods differ («Профиль А | Профиль Б»)."""
    first, *others = {label.partition(" ")[0] for label in labels} or {""}
    told = len(labels) > 1 and len(set(labels)) == len(labels) and all(" " in label for label in labels)
    return first if told and not others and is_axis(first) else ""


def are_makes(labels: Sequence[str], lead: str) -> bool:
    """Whether most of several titles have foreign letters or a number, as what makers call their goods, and no town."""
    made = sum(_FOREIGN.search(label) is not None for label in labels)
    return CYRILLIC.search(lead) is not None and made * 2 > len(labels)


def names_goods(title: str) -> bool:
    """Whether a title above columns of grades and sizes names what they are of («Бетон товарный»)."""
    first = _WORD.search(title)
    return first is not None and role_of(first[0]) is None and not is_axis(title) and not is_price(title)


def subject_of(title: str) -> str | None:
    """«Доска обрезная» of «Доска обрезная, цена руб/м3»; None of «Розница, руб. с НДС»."""
    price = _MONEY.search(title)
    subject = title[: price.start()].rstrip(" ,.;:(–-") if price else title
    return None if not subject or role_of(subject) is Role.PRICE or is_seller(subject) else subject


def title_above(lines: Sequence[Line], index: int) -> str | None:
    """The lone text right above, when it speaks of a price."""
    above = next((line for line in reversed(lines[max(index - 2, 0) : index]) if any(line.cells)), None)
    filled = [text(cell) for cell in above.cells if cell != ""] if above else []
    speaks = len(filled) == 1 and (role_of(filled[0]) is Role.PRICE or IN_TITLE.search(filled[0]))
    return filled[0] if speaks else None


def variants_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The sizes or grades that labels end in, when there are several price columns and they differ by these alone."""
    if len(labels) < 2:  # noqa: PLR2004 - nothing to tell apart
        return ()
    words = [label.split() for label in labels]
    same = next((n for n, column in enumerate(zip(*words, strict=False)) if len(set(column)) > 1), 0)
    rests = tuple(" ".join(label[same:]) for label in words)
    before = words[0][same - 1] if same else ""
    steps = _FROM.fullmatch(before) or TERMS.search(normalized(before))  # «ab 1 | ab 25», «зона 1 | зона 2»
    sizes = not steps and all(SIZE.fullmatch(rest) and dated(rest)[1] == NEVER for rest in rests)
    if rests == tuple(map(str, range(1, len(rests) + 1))) and role_of(before) is Role.PRICE:
        return ()  # «Цена 1 | Цена 2» are for two customers
    if all(GRADE.search(normalized(rest)) for rest in rests):
        return rests
    if all(GRADE.search(normalized(label)) for label in labels):
        return tuple(labels)
    bare = tuple(subject_of(label) or label for label in labels)
    if not steps and axis_within(bare) and all(map(may_be_variant, bare)):
        return bare
    return rests if sizes else _finishes(rests)


def attributes_of(titles: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What goods under each of several price columns are like, where titles of several rows say so («SDR 11 / руб»).

    One name comes again where each of the goods has a price for each customer («Опт / Цинк | Розница / Цинк»). Titles
    that say only whose the price is, from which amount on, where, when or with what are of one offer's prices.
    """
    goods, customers = tuple(zip(*crossed_titles(titles), strict=True)) or ((), ())
    once = set(goods)
    complete = len(once) * len(set(customers)) == len(set(zip(goods, customers, strict=True))) == len(titles)
    if not any(len(parts) > 1 for parts in titles) or not all(goods) or len(once) < 2:  # noqa: PLR2004 - to choose from
        return ()
    return goods if complete else ()


def crossed_titles(titles: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """What the titles of each column say of goods, and what of a price, but for what all of them say."""
    shared = set.intersection(*map(set, titles)) if titles else set()
    own = [[part for part in parts if part not in shared and not _says_price(part)] for parts in titles]
    return [
        (" ".join(filter(may_be_variant, parts)), " ".join(part for part in parts if not may_be_variant(part)))
        for parts in own
    ]


def _says_price(part: str) -> bool:
    """Whether a title is of a price and no more («Цена», «руб/м»)."""
    header = price_header(part)
    plain = header.kind is PriceKind.RETAIL and header.rank
    return bool(plain) and role_of(part) is Role.PRICE and TERMS.search(normalized(part)) is None


def _finishes(rests: Sequence[str]) -> tuple[str, ...]:
    """«Оцинкованный | Полиэстер | Printech»: most are finishes or materials, and none says whose price it is."""
    known = [bool(FINISH.search(normalized(rest))) for rest in rests]
    headers = [price_header(rest) for rest in rests]
    plain = all(header.kind is PriceKind.RETAIL and header.rank for header in headers)
    others = (rest for rest, finish in zip(rests, known, strict=True) if not finish)
    if sum(known) * 2 < len(rests) or not plain or any(role_of(rest) for rest in others):
        return ()
    bare = [rest.partition(",")[0] if header.currency else rest for rest, header in zip(rests, headers, strict=True)]
    return tuple(bare) if len(set(bare)) == len(bare) else ()
