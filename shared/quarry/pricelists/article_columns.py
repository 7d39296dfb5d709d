"""Which column is the goods' article: the one called so, else the codes beside the name or under «№»."""

import re

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.column_kinds import are_codes, beside_name
from quarry.pricelists.columns import MOSTLY, NUMBERING, SIZE, Columns
from quarry.pricelists.headers import TECHNICAL, unit_at_end

_WORDS = load("columns")
_BARCODE = Notation().compiled(_WORDS["barcode"])
_OWN_ARTICLE = Notation().compiled(_WORDS["own_article"])
_MAKERS_ARTICLE = Notation().compiled(_WORDS["makers_article"])
_HALF = 0.5
_APART = 0.95
_LONG_DIGITS = re.compile(r"\d{4,14}")
_DIGITS = re.compile(r"\d{3,14}")
_LEADING_ZERO = re.compile(r"0\d{3,13}")  # «0301», «0302»: no running numbers, though they count
_PADDED = re.compile(r"0\d{1,3}(?:[.-]\d{2,4}){1,3}")
_SIGNED = re.compile(r"(?=[^-/]{0,19}[-/]|\d{0,19}[^\W\d_])[\w./\\-]{3,20}")


def article_column(columns: Columns, name: int) -> int | None:
    """Of «Артикул» and «Код» the article; where none is called so, codes beside the goods or under «№»."""
    skus = [column for column in columns.of(Role.SKU) if column != name]
    own = [column for column in skus if _OWN_ARTICLE.search(columns.label(column))]
    own = [column for column in own if not _MAKERS_ARTICLE.search(columns.label(column))]
    skus.sort(key=lambda column: _MAKERS_ARTICLE.search(columns.label(column)) is not None)
    if skus:
        given = [column for column in skus if column in columns.given]
        filled = [column for column in (*own, *skus) if columns.values(column)]
        return next(iter([*given, *filled, *own, *skus]))
    if codes := [column for column in sorted(beside_name(columns)) if column != name and columns.profile(column).codes]:
        return codes[0]
    others = columns.of(Role.NAME, Role.MODEL) if columns.label(name) else columns.unlabelled()
    worded = columns.profile(name).worded >= _HALF
    coded = {column for column in columns.of(Role.NAME) if worded and are_codes(columns, column)}
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
    padded = column < name and values.share(_LEADING_ZERO) >= MOSTLY
    if not label or measured or not (values.codes or padded) or values.distinct < _APART or values.filled < MOSTLY:
        return False
    lettered = values.share(_SIGNED) >= MOSTLY and values.numbers < _HALF and values.share(SIZE) < _HALF
    return lettered or padded or (column < name and values.share(_LONG_DIGITS) >= MOSTLY)


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
