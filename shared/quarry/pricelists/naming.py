"""Which column names the goods, with the article beside it and what joins the name.

Evidence adds up: what the title says, how many words the values have, how different they are. A column of numbers is
never the goods, whatever is above it.
"""

import re
from dataclasses import dataclass

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.article_columns import article_column
from quarry.pricelists.column_kinds import MEASURED, are_codes, beside_name, is_attribute, is_group, is_maker
from quarry.pricelists.columns import MOSTLY, SIZE, Columns, repeats
from quarry.pricelists.grid import text
from quarry.pricelists.joined_names import joined_columns

_WORDS = load("columns")
_KIND = Notation().compiled(_WORDS["kind_of_goods"])
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
_MANY_LETTERS = 16.0
_LEFT = 0.4  # the goods come before their details
_FAR_LEFT = 4
_HALF = 0.5
# «Краски » Эмали»; the mark that ends a quotation («Нёман») has a letter before it and none behind it.
_ARROW = re.compile(r"->|→|=>|\\|(?<=\s)[>»](?=\s)|(?<=[^\W\d_])»(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]{2,}")


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
    sku = article_column(columns, name)
    return Naming(name, sku, joined_columns(columns, name, sku) if path is None else (), path)


def sized_below_headings(columns: Columns, whole: Columns) -> Naming | None:
    """The goods' own column, though it has sizes alone, where rows without a price in it say of what they are.

    ``columns`` has the rows with a price, ``whole`` the headings among them too.
    """
    for name in columns.of(Role.NAME) or columns.of(Role.DESCRIPTION):
        values, said = columns.profile(name), whole.profile(name)
        headings = {value for value in said.texts if _WORD.search(value)} - {*values.texts}
        if headings and values.texts and not values.counting and said.texts[0] in headings:
            return Naming(name, article_column(columns, name))
    return None


def coded_below_headings(columns: Columns, whole: Columns) -> Naming | None:
    """The articles, where nothing else names the goods and rows of one text above them say what they are."""
    codes = next((column for column in columns.of(Role.SKU) if columns.profile(column).distinct >= _HALF), None)
    filled = [[text(cell) for cell in cells if cell != ""] for cells in whole.sample]
    headed = bool(filled) and len(filled[0]) == 1 and _WORD.search(filled[0][0]) is not None
    return Naming(codes, codes) if headed and codes is not None else None


def _of_leads(columns: Columns) -> Naming:
    """Of a crossed table its first column, and the next ones where that alone says too little."""
    called = [column for column in columns.header.leads if columns.roles.get(column) is Role.NAME]
    worded = [column for column in columns.header.leads if columns.profile(column).worded >= MOSTLY]
    name = next(iter((*called, *worded, *columns.header.leads)))
    others = tuple(column for column in columns.header.leads if column != name)
    joined = others if repeats(columns, name) or columns.profile(name).worded < MOSTLY else ()
    return Naming(name, article_column(columns, name) if columns.of(Role.SKU) else None, joined)


def _named(columns: Columns, path: int | None) -> int | None:
    given = [column for column in columns.of(Role.NAME) if column in columns.given]
    if given:
        return given[0]
    beside = beside_name(columns)
    scores = {
        column: _score(columns, column, beside=column in beside)
        for column in columns.usable
        if columns.roles.get(column) in _TITLES and column != path and (columns.label(column) or columns.values(column))
    }
    fit = [column for column, score in scores.items() if score >= _LEAST]
    best = max(fit, key=lambda column: scores[column], default=None)
    once = next((column for column in columns.of(Role.MODEL) if _is_once(columns, column)), None)
    if once is not None and best is not None and once < best and columns.roles.get(best) is None:
        return once
    if best is not None and columns.roles.get(best) in MEASURED and not columns.of(Role.NAME):
        before = (column for column in columns.unknown() if column < best and columns.label(column))
        best = next((column for column in before if _are_words(columns, column)), best)
    sized = _sized_group(columns)
    called = best is not None and columns.roles.get(best) is Role.MODEL and columns.profile(best).worded >= MOSTLY
    if sized is not None and not called and columns.roles.get(best if best is not None else -1) in {*MEASURED, None}:
        return sized
    if best is None or columns.roles.get(best) not in MEASURED or is_maker(columns, best):
        return best
    return next(column for column in fit if columns.roles.get(column) in MEASURED)


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


def _score(columns: Columns, column: int, *, beside: bool) -> float:
    role, values = columns.roles.get(column), columns.profile(column)
    title = _BESIDE_NAME if beside and role is None else _TITLES[role]
    if role is Role.NAME and is_attribute(columns, column) and _worded_before(columns, column):
        title = _TITLES[Role.DESCRIPTION]  # «Мойка | Материал | Цвет»
    if role is Role.CATEGORY and _KIND.match(columns.label(column)):
        title = _KIND_OF_GOODS
    if is_maker(columns, column):
        title = _TITLES[Role.BRAND]
    words = min(values.letters, _MANY_LETTERS) / 4
    before = min(sum(bool(columns.values(other)) for other in range(columns.start, column)), _FAR_LEFT)
    score = title + words + 3 * values.distinct - _LEFT * before
    if role is Role.SIZE:
        return score
    if role is Role.NAME and are_codes(columns, column) and _described(columns, column):
        score -= _BESIDE_NAME  # «Item | Description»
    if role is not Role.NAME:
        types = role is Role.MODEL and values.distinct > _HALF  # «М-200» is no metre
        score -= 5 * values.units * (not types) + 2 * (values.codes and values.worded < _HALF)
    return score - 6 * values.numbers


def _worded_before(columns: Columns, column: int) -> bool:
    """Whether words stand before under the goods' own title, or one that is not known: they say what is sold."""
    named = (other for other in columns.of(Role.NAME) if not is_attribute(columns, other))
    before = (other for other in (*columns.unknown(), *named) if other < column and columns.label(other))
    return any(columns.profile(other).worded >= MOSTLY for other in before)


def _described(columns: Columns, column: int) -> bool:
    """Whether a description has the words that a name of codes lacks."""
    return any(columns.profile(other).worded >= MOSTLY for other in columns.of(Role.DESCRIPTION) if other != column)


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
