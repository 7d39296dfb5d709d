"""What a feed's document says around its offers: what these are called, their money, the tree of their categories."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from quarry.domain.rows import RowIssue
from quarry.pricelists.bounds import LONGEST_CATEGORY, shortened, too_long
from quarry.pricelists.currencies import currency_of, named_in
from quarry.pricelists.grid import clean, text
from quarry.pricelists.markup import local
from quarry.pricelists.mending import mended

_OFFERS: Final = ("offer", "item")
_GOODS: Final = ("product", "good", "tovar")  # what shops of no marketplace call them
_OF_GOODS = re.compile(rb"<(offer|item|product|good|tovar)[\s>]")
_LOOKED_THROUGH: Final = 1 << 20  # bytes: categories stand before the offers
_ROOT = re.compile(rb"<([A-Za-z][\w:]{0,60})")
_ROOT_CURRENCY = re.compile(rb"\scurrency(?:id)?\s*=\s*[\"']([A-Za-z]{3})[\"']", re.IGNORECASE)
_HEAD: Final = 4096
_UKRAINIAN: Final = b"price"  # the root of price.ua's and Hotline's documents, whose prices are in hryvnias
_PRICES, _AMOUNTS = {"price", "prices"}, ("value", "amount")
_DEEPEST: Final = 20
Categories = dict[str, tuple[str, str | None]]


def goods_tags(stream: BinaryIO) -> tuple[str, ...]:
    """What the elements of goods are called."""
    stream.seek(0)
    first = _OF_GOODS.search(stream.read(_LOOKED_THROUGH))
    tag = first[1].decode() if first else ""
    return (tag,) if tag in _GOODS else _OFFERS


def currency_of_root(stream: BinaryIO) -> str | None:
    """The money that the document's own element names, or that all documents of its kind are in."""
    stream.seek(0)
    head = stream.read(_HEAD)
    root = _ROOT.search(head)
    if root is None:
        return None
    # <pricelist currency="EUR">
    named = _ROOT_CURRENCY.search(head, root.end(), head.find(b">", root.end()) + 1)
    currency = currency_of(named[1].decode("ascii")) if named else None
    return currency or ("UAH" if root[1].lower() == _UKRAINIAN else None)


def category(element: Any, categories: Categories) -> Iterator[RowIssue]:
    found = said(element)
    known_as = element.get("id") or found.get("id")
    if not known_as:
        return
    name = mended(text(clean(found.get("name") or element.text or "")))
    if len(name) > LONGEST_CATEGORY:
        yield too_long(name, LONGEST_CATEGORY, column="category")
    attributes = {key.casefold(): value for key, value in element.attrib.items()}
    parent = attributes.get("parentid") or found.get("parentid")
    categories[known_as.strip()] = shortened(name, LONGEST_CATEGORY), parent.strip() if parent else None


def base_currency(element: Any) -> str | None:
    """The currency of rate 1, in which prices are that name none."""
    rate = (element.get("rate") or "").strip()
    return named_in(element.get("id") or element.get("code") or "") if rate in {"1", "1.0", "1.00"} else None


def said(element: Any) -> dict[str, str]:
    """The element's attributes, and the texts of the elements right within: the first of each, in small letters."""
    texts: dict[str, str] = {}
    for child in element:
        tag = local(child.tag).casefold()
        if len(child) and tag in _PRICES:
            texts |= _priced(child)
        texts.setdefault(tag, child.text or "")
    return {name.casefold(): value for name, value in element.attrib.items()} | texts


def _priced(element: Any) -> dict[str, str]:
    """The prices within an element: one as its amount and its currency, several as what each is called."""
    within = {local(price.tag).casefold(): price.text or "" for price in element}
    amount = next((within[tag] for tag in _AMOUNTS if tag in within), "")
    if amount:
        return {"price": f"{amount} {within.get('currency', '')}".strip()}
    labelled = ((price.get("type") or price.get("name") or local(price.tag), price) for price in element)
    return {
        f"price {label.casefold()}": f"{price.text or ''} {price.get('currency') or ''}".strip()
        for label, price in labelled
    }


def path(known_as: str, categories: Categories) -> tuple[str, ...]:
    """From the outermost category to the offer's own; a circle of parents ends where it closes."""
    found: list[str] = []
    seen: set[str] = set()
    current: str | None = known_as
    while current and current in categories and current not in seen and len(found) < _DEEPEST:
        seen.add(current)
        name, current = categories[current]
        if name:
            found.append(name)
    return tuple(reversed(found))
