"""Which column names the goods, which one is their article, and what joins the name where it does not distinguish them.

Evidence adds up: what the title says, how many words the values have, how different they are. A column of numbers is
never the goods, whatever is above it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.columns import CODE, MOSTLY, NUMBERING, SIZE, Columns, repeats, told_apart
from quarry.pricelists.headers import LONGEST_HEADER, role_of, unit_at_end

_WORDS = load("columns")
_KIND = Notation().compiled(_WORDS["kind_of_goods"])
_ATTRIBUTE = Notation().compiled(_WORDS["attribute"])
VARIANT = Notation(blank=" ").compiled(_WORDS["variant"])
TECHNICAL = Notation().compiled(_WORDS["technical"])
_BARCODE = Notation().compiled(_WORDS["barcode"])
_OWN_ARTICLE = Notation().compiled(_WORDS["own_article"])
_MAKERS_ARTICLE = Notation().compiled(_WORDS["makers_article"])
_TITLES: dict[Role | None, float] = {
    Role.NAME: 6.0,
    Role.DESCRIPTION: 3.0,
    Role.MODEL: 3.0,
    None: 3.0,
    Role.SIZE: 2.0,
    Role.SKU: 1.0,
    Role.CATEGORY: 1.0,
    Role.BRAND: 0.5,
}
_BESIDE_NAME, _KIND_OF_GOODS = 5.5, 3.0
_LEAST = 3.0
_MEASURED = {Role.MODEL, Role.SIZE}
_MANY_LETTERS, _DESCRIBED = 16.0, 10.0
_LEFT = 0.4  # the goods come before their details
_FAR_LEFT = 4
_HALF = 0.5
_APART = 0.95
_HELPS = 0.1
_FAR_BELOW = 10
_FEW_LETTERS = 12
_ARROW = re.compile(r"->|→|=>|»|\\|(?<=\s)>(?=\s)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_DIGITS = re.compile(r"\d{4,14}")
_DIGITS = re.compile(r"\d{3,14}")
_PADDED = re.compile(r"0\d{1,3}(?:[.-]\d{2,4}){1,3}")
_SIGNED = re.compile(r"(?=[^-/]{0,19}[-/]|\d{0,19}[^\W\d_])[\w./\\-]{3,20}")


@dataclass(frozen=True, slots=True)
class Naming:
    """``joins`` are columns whose values end the name; ``path`` is one of categories with arrows between them."""

    name: int
    sku: int | None
    joins: tuple[int, ...] = ()
    path: int | None = None


def naming(columns: Columns) -> Naming | None:
    if columns.header.leads and not columns.given:
        return _of_leads(columns)
    path = _path(columns)
    name = _named(columns, path)
    if name is None:
        return None
    sku = _sku(columns, name)
    return Naming(name, sku, _joins(columns, name, sku) if path is None else (), path)


def sized_below_headings(columns: Columns, whole: Columns) -> Naming | None:
    """The goods' own column, though it has sizes alone, where rows without a price in it say of what they are.

    ``columns`` has the rows with a price, ``whole`` the headings among them too.
    """
    for name in columns.of(Role.NAME) or columns.of(Role.DESCRIPTION):
        values, said = columns.profile(name), whole.profile(name)
        headings = {value for value in said.texts if _WORD.search(value)} - {*values.texts}
        if headings and values.texts and not values.counting and said.texts[0] in headings:
            return Naming(name, _sku(columns, name))
    return None


def _of_leads(columns: Columns) -> Naming:
    """Of a crossed table its first column, and the next ones where that alone says too little."""
    called = [column for column in columns.header.leads if columns.roles.get(column) is Role.NAME]
    worded = [column for column in columns.header.leads if columns.profile(column).worded >= MOSTLY]
    name = next(iter((*called, *worded, *columns.header.leads)))
    others = tuple(column for column in columns.header.leads if column != name)
    joined = others if repeats(columns, name) or columns.profile(name).worded < MOSTLY else ()
    return Naming(name, _sku(columns, name) if columns.of(Role.SKU) else None, joined)


def _named(columns: Columns, path: int | None) -> int | None:
    given = [column for column in columns.of(Role.NAME) if column in columns.given]
    if given:
        return given[0]
    beside = _beside(columns)
    scores = {
        column: _score(columns, column, beside=column in beside)
        for column in columns.usable
        if columns.roles.get(column) in _TITLES and column != path
    }
    fit = [column for column, score in scores.items() if score >= _LEAST]
    best = max(fit, key=lambda column: scores[column], default=None)
    once = next((column for column in columns.of(Role.MODEL) if _is_once(columns, column)), None)
    if once is not None and best is not None and once < best and columns.roles.get(best) is None:
        return once
    if best is not None and columns.roles.get(best) in _MEASURED and not columns.of(Role.NAME):
        before = (column for column in columns.unknown() if column < best and columns.label(column))
        best = next((column for column in before if _are_words(columns, column)), best)
    sized = _sized_group(columns)
    if sized is not None and columns.roles.get(best if best is not None else -1) in {*_MEASURED, None}:
        return sized
    if best is None or columns.roles.get(best) not in _MEASURED or _is_maker(columns, best):
        return best
    return next(column for column in fit if columns.roles.get(column) in _MEASURED)


def _are_words(columns: Columns, column: int) -> bool:
    """Whether a column under an unknown title may name goods, before what they are like («Серия | Цвет»)."""
    values = columns.profile(column)
    return values.worded >= MOSTLY and not values.units and values.filled >= _HALF and not columns.header.priced


def _is_once(columns: Columns, column: int) -> bool:
    """Whether «Марка» is written once for the rows below."""
    texts = columns.texts(column)
    return bool(texts) and texts[0] != "" and "" in texts


def _sized_group(columns: Columns) -> int | None:
    """The first column, where its title names what is sold and its values are sizes («Уголок | Длина, м | Цена»)."""
    first = next((column for column in columns.usable if columns.values(column)), None)
    if first is None or columns.of(Role.NAME) or not is_group(columns.label(first)):
        return None
    values = columns.profile(first)
    sizes = values.numbers >= MOSTLY or values.share(SIZE) >= MOSTLY
    return first if sizes and not values.counting and values.distinct > _HALF else None


def is_group(label: str) -> bool:
    """Whether the title over the goods names a group: words that are not known, and no field of an export («fName»)."""
    field = label.isascii() and " " not in label
    known = role_of(label) is not None or TECHNICAL.search(label) or parse_unit(label)
    return bool(_WORD.search(label)) and not known and len(label) <= LONGEST_HEADER and not field


def _score(columns: Columns, column: int, *, beside: bool) -> float:
    role, values = columns.roles.get(column), columns.profile(column)
    title = _BESIDE_NAME if beside and role is None else _TITLES[role]
    if role is Role.NAME and _is_attribute(columns, column) and _worded_before(columns, column):
        title = _TITLES[Role.DESCRIPTION]  # «Мойка | Материал | Цвет»
    if role is Role.CATEGORY and _KIND.match(columns.label(column)):
        title = _KIND_OF_GOODS
    if _is_maker(columns, column):
        title = _TITLES[Role.BRAND]
    words = min(values.letters, _MANY_LETTERS) / 4
    before = min(sum(bool(columns.values(other)) for other in range(columns.start, column)), _FAR_LEFT)
    score = title + words + 3 * values.distinct - _LEFT * before
    if role is Role.SIZE:
        return score
    if role is Role.NAME and _are_codes(columns, column) and _described(columns, column):
        score -= _BESIDE_NAME  # «Item | Description»
    if role is not Role.NAME:
        types = role is Role.MODEL and values.distinct > _HALF  # «М-200» is no metre
        score -= 5 * values.units * (not types) + 2 * (values.codes and values.worded < _HALF)
    return score - 6 * values.numbers


def _is_attribute(columns: Columns, column: int) -> bool:
    """Whether a title is a quality's as well as the goods' («Материал», «Werkstoff»)."""
    return _ATTRIBUTE.match(columns.label(column)) is not None


def _worded_before(columns: Columns, column: int) -> bool:
    """Whether words stand before under the goods' own title, or one that is not known: they say what is sold."""
    named = (other for other in columns.of(Role.NAME) if not _is_attribute(columns, other))
    before = (other for other in (*columns.unknown(), *named) if other < column and columns.label(other))
    return any(columns.profile(other).worded >= MOSTLY for other in before)


def _are_codes(columns: Columns, column: int) -> bool:
    """Whether a column of names has codes, and groups' letters between them («A», «A1», «A2»)."""
    values = columns.profile(column)
    return values.share(CODE) >= _HALF and values.worded < _HALF and not values.counting


def _described(columns: Columns, column: int) -> bool:
    """Whether a description has the words that a name of codes lacks."""
    return any(columns.profile(other).worded >= MOSTLY for other in columns.of(Role.DESCRIPTION) if other != column)


def _is_maker(columns: Columns, column: int) -> bool:
    """Whether «Марка» is a maker's: few words, again and again."""
    values = columns.profile(column)
    return columns.roles.get(column) is Role.MODEL and values.distinct <= _HALF and values.worded >= MOSTLY


def _beside(columns: Columns) -> set[int]:
    """The columns that the goods' header may speak of: its span, and the nameless ones up to its neighbours."""
    labelled = columns.first(Role.NAME)
    if labelled is None:
        return set()
    unlabelled = set(columns.unlabelled())
    found = {labelled}
    for first, last in columns.header.spans:
        if first <= labelled <= last:
            found |= {column for column in range(first, last + 1) if column in unlabelled}
    for step in (1, -1):
        column = labelled + step
        while column in unlabelled:
            found.add(column)
            column += step
    return found


def _path(columns: Columns) -> int | None:
    """The column of «Краски -> Эмали», where another one names the goods."""
    for column in columns.of(Role.NAME, Role.CATEGORY):
        texts = columns.profile(column).texts
        arrows = sum(bool(_ARROW.search(value)) for value in texts)
        if texts and arrows >= MOSTLY * len(texts) and _named(columns, column) is not None:
            return column
    return None


def steps(path: str) -> list[str]:
    """The categories of «Краски -> Эмали ->»."""
    return [step for part in _ARROW.split(path) if (step := part.strip())]


def _sku(columns: Columns, name: int) -> int | None:
    """Of «Артикул» and «Код» the article; where none is called so, codes beside the goods or under «№»."""
    skus = [column for column in columns.of(Role.SKU) if column != name]
    own = [column for column in skus if _OWN_ARTICLE.search(columns.label(column))]
    own = [column for column in own if not _MAKERS_ARTICLE.search(columns.label(column))]
    skus.sort(key=lambda column: _MAKERS_ARTICLE.search(columns.label(column)) is not None)
    if skus:
        given = [column for column in skus if column in columns.given]
        filled = [column for column in (*own, *skus) if columns.values(column)]
        return next(iter([*given, *filled, *own, *skus]))
    if codes := [column for column in sorted(_beside(columns)) if column != name and columns.profile(column).codes]:
        return codes[0]
    others = columns.of(Role.NAME, Role.MODEL) if columns.label(name) else columns.unlabelled()
    worded = columns.profile(name).worded >= _HALF
    coded = {column for column in columns.of(Role.NAME) if worded and _are_codes(columns, column)}
    others = others if worded else []
    bare = {column for column in others if column < name and not columns.label(name) and _are_ids(columns, column)}
    if codes := [c for c in others if c != name and (c in coded or c in bare or _numbers_goods(columns, c))]:
        return codes[0]
    if codes := [column for column in columns.unknown() if column != name and _are_articles(columns, column, name)]:
        return codes[0]
    before = (column for column in columns.of(Role.IGNORED) if column < name)
    numbered = next((column for column in before if _numbers_goods(columns, column)), None)
    return (
        numbered
        if numbered is not None
        else next((c for c in columns.of(Role.IGNORED) if _is_barcode(columns, c)), None)
    )


def _is_barcode(columns: Columns, column: int) -> bool:
    """Whether goods are known by what is read off them, where the supplier gives no article."""
    return _BARCODE.search(columns.label(column)) is not None and columns.profile(column).filled >= MOSTLY


def _are_articles(columns: Columns, column: int, name: int) -> bool:
    """Whether a column under an unknown title has codes that no two goods share, before the name or with letters."""
    values, label = columns.profile(column), columns.label(column)
    measured = TECHNICAL.search(label) or ("," in label and unit_at_end(label) is not None)
    if not label or measured or not values.codes or values.distinct < _APART or values.filled < MOSTLY:
        return False
    lettered = values.share(_SIGNED) >= MOSTLY and values.numbers < _HALF and values.share(SIZE) < _HALF
    return lettered or (column < name and values.share(_LONG_DIGITS) >= MOSTLY)


def _are_ids(columns: Columns, column: int) -> bool:
    """Whether numbers under no title, as the goods', are articles («1120», «1125») and no amounts."""
    values = columns.profile(column)
    return len(values.texts) > 1 and values.distinct >= MOSTLY and values.share(_DIGITS) >= MOSTLY


def _numbers_goods(columns: Columns, column: int) -> bool:
    """Whether what is under «№» is an article («01-010», «01.001») and no running number."""
    values = columns.profile(column)
    if not values.texts or values.distinct < _APART:
        return False
    signed = values.share(_SIGNED) >= MOSTLY and values.share(NUMBERING) < _HALF
    return signed or values.share(_PADDED) >= MOSTLY


def _joins(columns: Columns, name: int, sku: int | None) -> tuple[int, ...]:
    """What must be in the name as well: a description of goods that are called by a code, else what differs."""
    described = columns.of(Role.DESCRIPTION)
    if columns.profile(name).texts and columns.profile(name).worded < MOSTLY:
        for column in described:
            values = columns.profile(column)
            if column != name and values.letters > _DESCRIBED and values.filled >= MOSTLY:
                return (column,)
    if whole := _qualities(columns, name, sku) or _collection(columns, name):
        return tuple(whole)
    called = columns.roles.get(name) is Role.NAME
    if columns.roles.get(name) is Role.DESCRIPTION and (makers := _makers_before(columns, name)):
        return tuple(makers)
    if not repeats(columns, name) and columns.roles.get(name) is not Role.CATEGORY:
        return tuple(_telling_apart(columns, name))
    marked = [column for column in columns.of(Role.MODEL) if _is_maker(columns, column)]
    makers = [column for column in sorted([*columns.of(Role.BRAND), *marked]) if column != name]
    given = [column for column in described if column != name and columns.profile(column).filled >= MOSTLY]
    codes = [sku] if sku is not None and not called else []
    sizes = [column for column in columns.of(Role.SIZE, Role.MODEL) if column not in {name, *makers}]
    found: list[int] = []
    apart = _apart(columns, [name, *sizes])
    for column in (*makers, *codes) if not called else (*makers, *given):
        with_it = _apart(columns, [name, *sizes, *found, column])
        if with_it > apart + _HELPS or not called:
            found.append(column)
            apart = with_it
        if called and apart >= _APART:
            break
    if called or columns.roles.get(name) in _MEASURED:
        found += _differing(columns, [name, *sizes, *found])
    return tuple(found)


def _makers_before(columns: Columns, name: int) -> list[int]:
    """«Бренд» and «Марка» before the characteristic that goods are called by, where nothing else names them."""
    before = [column for column in columns.of(Role.BRAND, Role.MODEL) if column < name and not columns.of(Role.NAME)]
    return [column for column in before if columns.profile(column).filled >= MOSTLY]


def _telling_apart(columns: Columns, name: int) -> list[int]:
    """A text behind the name that alone distinguishes the few goods of one name, where no title says what it is."""
    taken = [*columns.of(Role.SIZE, Role.MODEL, Role.PACK)]
    behind = (column for column in columns.unlabelled() if column > name and columns.profile(column).numbers < _HALF)
    return [] if taken else [column for column in behind if told_apart(columns, name, [column]) >= MOSTLY][:1]


def _collection(columns: Columns, name: int) -> list[int]:
    """«Бренд | Коллекция» before the «Декор» that goods are called by."""
    if columns.roles.get(name) is not Role.MODEL or columns.of(Role.NAME):
        return []
    beside = [column for column in columns.of(Role.BRAND, Role.CATEGORY) if column < name]
    return beside if all(columns.profile(column).filled >= MOSTLY for column in beside) else []


def _qualities(columns: Columns, name: int, sku: int | None) -> list[int]:
    """What stands between a size or a class that goods are called by and their price: a few letters each."""
    called = columns.profile(name)
    if not called.texts or called.worded >= _HALF or called.counting:
        return []
    prices = columns.of(Role.PRICE)
    behind = [*columns.unknown(), *columns.of(Role.NAME, Role.MODEL, Role.SIZE)]
    between = (column for column in sorted(behind) if name < column < min(prices, default=0) and column != sku)
    return [
        column
        for column in between
        if columns.label(column)
        and columns.profile(column).filled >= _HALF
        and columns.profile(column).numbers < _HALF
        and columns.profile(column).letters <= _FEW_LETTERS
        and (columns.roles.get(column) is not None or columns.profile(column).units < _HALF)
    ]


def _differing(columns: Columns, together: list[int]) -> list[int]:
    """An attribute, or a column under an unknown title («Секций»), where nothing else distinguishes goods."""
    apart = _apart(columns, together)
    if apart >= _APART or not columns.of(Role.PRICE):
        return []
    free = (*columns.unknown(), *(column for column in columns.of(Role.NAME) if _is_attribute(columns, column)))
    others = [column for column in sorted(free) if columns.label(column) and column not in together]
    scores = {
        column: _apart(columns, [*together, column])
        for column in others
        if columns.profile(column).filled >= MOSTLY and not _is_like_prices(columns, column)
    }
    best = max(scores, key=lambda column: scores[column], default=None)
    return [best] if best is not None and scores[best] > apart + _HELPS else []


def _is_like_prices(columns: Columns, column: int) -> bool:
    """Whether numbers are as large as prices: they distinguish goods as a price does."""
    values = columns.profile(column)
    usual = min((columns.profile(price).middle for price in columns.of(Role.PRICE)), default=0.0)
    return values.numbers >= MOSTLY and values.middle * _FAR_BELOW >= usual


def _filled_down(texts: Sequence[str]) -> list[str]:
    """A blank is what is above it: a name that is written once."""
    found: list[str] = []
    for own in texts:
        found.append(own or (found[-1] if found else ""))
    return found


def _apart(columns: Columns, together: list[int]) -> float:
    """How many of the rows these columns distinguish."""
    rows = list(zip(*(_filled_down(columns.texts(column)) for column in together), strict=True))
    return len(set(rows)) / len(rows) if rows else 1.0
