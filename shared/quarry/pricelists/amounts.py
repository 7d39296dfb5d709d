"""What suppliers write in few signs: stocks, what a package holds, the sizes and articles that names have in them."""

import re
from decimal import Decimal

from quarry.domain.money import MONEY_BOUND
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_STOCK = load("stock")
_STOCK_NONE = Notation().compiled(_STOCK["none"])
_STOCK_SOME = Notation().compiled(_STOCK["some"])
_AMOUNT = re.compile(r"^[><~≈]?\s*(\d[\d\s]*(?:[.,]\d+)?)\s*([^\W\d_]*\.?(?:[23²³])?)")
_ARTICLE = re.compile(
    rf"{Notation().one_of(entries(load('columns')['article_in_name']))}\.?\s?[:№#]?\s?(?=[\w./-]{{0,20}}\d)([\w./-]{{3,30}})",
    re.IGNORECASE,
)
_MOST_STOCK = MONEY_BOUND - 1  # a stock is kept in a column as a price is
_LONGEST_SIZE = 100


def says(name: str, size: str) -> bool:
    """Whether a name has that size in it already, as a whole word."""
    if len(size) > _LONGEST_SIZE:
        return False
    return bool(re.search(rf"(?<![\w.,]){re.escape(size)}(?![\w.,])", name))


def article_in(name: str) -> str | None:
    """The article that is written into a name («Смеситель, арт. 5501»)."""
    found = _ARTICLE.search(name)
    return found[1].rstrip("./-") if found else None


def amount_of(value: str) -> tuple[Decimal | None, str | None]:
    """«25 кг» as 25 and кг; a bare number has no unit."""
    match = _AMOUNT.match(value)
    if not match:
        return None, None
    return Decimal("".join(match[1].split()).replace(",", ".")), match[2] or None


def stock_of(value: str) -> tuple[Decimal | None, bool | None]:
    if not value:
        return None, None
    amount, _ = amount_of(value)
    if amount is not None and value[:1] not in "<>~≈":
        return (amount if amount <= _MOST_STOCK else None), amount > 0
    if amount is not None:
        return None, True
    if value.startswith("*") or _STOCK_SOME.match(value):
        return None, True
    if _STOCK_NONE.match(value):
        return None, False
    return None, None
