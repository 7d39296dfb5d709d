"""Feeds of marketplaces (YML, the price.xml of price.ua and Hotline): offers with their tree of categories."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from quarry.domain.reading import Role
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat
from quarry.domain.units import parse_unit
from quarry.errors import BadPriceList
from quarry.pricelists.amounts import stock_of
from quarry.pricelists.bounds import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_TEXT,
    LONGEST_VALUE,
    shortened,
    too_long,
)
from quarry.pricelists.currencies import REFERENCE, UNKNOWN, named_in, settled
from quarry.pricelists.feed_documents import (
    Categories,
    base_currency,
    category,
    currency_of_root,
    goods_tags,
    path,
    said,
)
from quarry.pricelists.grid import clean, text
from quarry.pricelists.headers import price_header, role_of
from quarry.pricelists.markup import MOST_WITHIN, records
from quarry.pricelists.mending import mended
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import FAULTS, GUESSES, NO_PRICE, Price, parse_price
from quarry.pricelists.remarks import currency_assumed, no_prices

_DEEPEST = 20
_TAG = re.compile(r"<[^<>]{1,500}>")
_OLD = re.compile(r"old|before|bn")
_PRICE_TAG = re.compile(r"(?:old|bn|opt|retail|wholesale|sale|special|dealer|promo)?_?price(?:_?[a-z]{2,9})?")
_MONEY_OF_TAG = re.compile(r"price_?[a-z]?_?([a-z]{3})")
# What offers call the same thing, the surest first.
_SKU = ("vendorcode", "article", "articul", "sku", "code", "mpn")
_NAME = ("name", "title", "productname", "product_name")
_CATEGORY = ("categoryid", "category_id", "category", "product_type")
_COUNT = ("count", "quantity", "stock_quantity", "quantity_in_stock", "stock")
_IN_STOCK = {
    "true": True,
    "+": True,
    "in stock": True,
    "in_stock": True,
    "false": False,
    "-": False,
    "out of stock": False,
}


def rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers; ``row`` counts them from 1. Raises BadPriceList when the XML is broken, unsafe or without offers."""
    categories: Categories = {}
    currency = currency_of_root(stream)
    number = named = priced = assumed = 0
    for element in records(stream, dict.fromkeys((*goods_tags(stream), "category", "currency"), MOST_WITHIN)):
        if element.tag == "category":
            yield from category(element, categories)
        elif element.tag == "currency":
            currency = base_currency(element) or currency
        else:
            number += 1
            if number > options.max_rows:
                raise BadPriceList(
                    "too_many_rows", f"The price list has more than {options.max_rows:,} offers. Split it."
                )
            offer = _Offer(element, number, currency, options)
            row = offer.row(categories)
            named += bool(row.name)
            priced += row.price is not None
            assumed += offer.assumed
            yield row
    if not named:
        raise BadPriceList(
            "no_rows", "The XML document has no <offer> or <item> with a <name> in it. Check the export's settings."
        )
    if not priced:
        yield no_prices()
    if assumed:
        yield currency_assumed(assumed, options)


class _Offer:
    """One <offer> or <item> element. ``assumed``: whether its price's currency is named nowhere."""

    def __init__(self, element: Any, number: int, currency: str | None, options: ReadOptions) -> None:
        self._element = element
        self._number = number
        self._document_currency = currency
        self._options = options
        self._issues: list[RowIssue] = []
        self._content = said(element)
        self.assumed = False
        self._params = {
            param.get("name", ""): f"{param.text or ''} {param.get('unit', '')}".strip()
            for param in element.findall("param")
        }

    def row(self, categories: Categories) -> PriceRow:
        name = self._short(self._name(), "name")
        prices = self._prices()
        price, chosen = prices[0] if prices else (NO_PRICE, None)
        self._judge(name, price, chosen)
        stock, in_stock = self._stock()
        package, package_unit = self._package()
        listed = tuple(found for _, found in prices if found.price is not None)
        return PriceRow(
            row=self._number,
            name=name,
            external_id=self._short(clean(self._element.get("id") or "") or self._text("id"), "id") or None,
            sku=self._short(self._first(_SKU) or self._param(Role.SKU) or self._called(Role.SKU), "vendorCode") or None,
            unit=self._short(self._text("unit") or self._param(Role.UNIT) or self._called(Role.UNIT), "unit") or None,
            category=self._path(categories),
            price=chosen.price if chosen else None,
            currency=chosen.currency if chosen else self._currency("price", NO_PRICE),
            prices=listed if len(listed) > 1 else (),
            package=package,
            package_unit=package_unit,
            stock=stock,
            in_stock=in_stock,
            description=self._short(self._description(), "description", LONGEST_DESCRIPTION) or None,
            issues=tuple(self._issues),
        )

    def _prices(self) -> list[tuple[Price, ListedPrice]]:
        """All prices, the one to be charged first: the plain one, in a country's own money, not an old one."""
        tags = [tag for tag in self._content if self._is_price(tag)]
        found = []
        for tag in tags:
            price = parse_price(self._text(tag))
            kind = PriceKind.OTHER if _OLD.search(tag) else price_header(tag).kind
            currency = self._currency(tag, price)
            listed = ListedPrice(label=tag, kind=kind, price=price.amount or None, currency=currency, vat=Vat.UNKNOWN)
            found.append((bool(_OLD.search(tag)), kind is not PriceKind.RETAIL, currency in REFERENCE, price, listed))
        found.sort(key=lambda each: each[:3])
        return [(price, listed) for *_, price, listed in found]

    def _is_price(self, tag: str) -> bool:
        if tag == "price":
            return bool(self._content[tag].strip())
        named = _PRICE_TAG.fullmatch(tag) is not None or tag.startswith("price ")
        return named and any(map(str.isdigit, self._content[tag]))

    def _currency(self, tag: str, price: Price) -> str:
        of_tag = _MONEY_OF_TAG.fullmatch(tag)
        beside = self._element.find(tag) if " " not in tag else None
        named = (
            price.currency,
            named_in(of_tag[1]) if of_tag else None,
            named_in(beside.get("currency") or "") if beside is not None else None,
            named_in(self._text("currencyid") or self._text("currency")),
            self._document_currency,
        )
        self.assumed = self.assumed or (price.amount is not None and not any(named))
        return settled(named, None, self._options.default_currency)

    def _stock(self) -> tuple[Decimal | None, bool | None]:
        count, some = stock_of(self._first(_COUNT))
        said = self._element.get("available") or self._first(("available", "availability", "in_stock"))
        available = _IN_STOCK.get(said.strip().casefold())
        return count, some if available is None else available

    def _path(self, categories: Categories) -> tuple[str, ...]:
        own = self._first(_CATEGORY)
        if own in categories or not own:
            return path(own, categories)
        if own.isdigit():
            return ()
        levels = [level.strip() for level in own.split(">")]
        return tuple(shortened(level, LONGEST_CATEGORY) for level in levels if level)[:_DEEPEST]

    def _first(self, tags: tuple[str, ...]) -> str:
        return next((found for tag in tags if (found := self._text(tag))), "")

    def _called(self, role: Role) -> str:
        """What is said under a name that no marketplace gives it («kod», «item_code»)."""
        return self._first(tuple(tag for tag in self._content if role_of(tag) is role))

    def _text(self, tag: str) -> str:
        found = self._content.get(tag, "")
        if not found:
            return ""
        if len(found) > self._options.max_cell_chars:
            raise BadPriceList(
                "cell_too_long",
                f"The <{tag}> of offer {self._number} holds {len(found):,} characters; at most "
                f"{self._options.max_cell_chars:,} are taken.",
            )
        return mended(text(clean(found)))

    def _description(self) -> str:
        """The text of what is often a piece of a web page, its tags written out or as entities."""
        return text(clean(_TAG.sub(" ", clean(_TAG.sub(" ", self._content.get("description", ""))))))

    def _short(self, value: str, tag: str, longest: int = LONGEST_TEXT) -> str:
        if len(value) > longest:
            self._issues.append(too_long(value, longest, row=self._number, column=tag))
        return shortened(value, longest)

    def _param(self, role: Role) -> str:
        return next((clean(value) for name, value in self._params.items() if role_of(name) is role), "")

    def _name(self) -> str:
        parts = (self._text(tag) for tag in ("typeprefix", "vendor", "model"))
        return self._first(_NAME) or " ".join(filter(None, parts)) or self._called(Role.NAME)

    def _package(self) -> tuple[Decimal | None, str | None]:
        """A «Фасовка» parameter; <weight> is the parcel's, not the content's."""
        amount, _, unit = self._param(Role.PACK).partition(" ")
        price = parse_price(amount)
        packed = parse_unit(unit)
        return (price.amount, packed.symbol) if price.amount and packed else (None, None)

    def _judge(self, name: str, price: Price, chosen: ListedPrice | None) -> None:
        tag = chosen.label if chosen else "price"
        if not name:
            self._issue("missing_name", "The offer has neither <name> nor <model>.", "name", error=True)
        if chosen is None:
            self._issue("no_price", "The offer has no price: the goods are kept without one.", tag)
        elif price.fault:
            self._issue(price.fault, FAULTS[price.fault], tag, error=True)
        elif price.amount == 0:
            self._issue("zero_price", "The price is 0: taken as «on request».", tag)
        elif price.guess:
            self._issue(price.guess, GUESSES[price.guess], tag)
        if chosen and chosen.price is not None and chosen.currency == UNKNOWN:
            self._issue("unknown_currency", "The currency of the price is not clear. Name one currency.", tag)

    def _issue(self, code: str, message: str, tag: str, *, error: bool = False) -> None:
        severity = Severity.ERROR if error else Severity.WARNING
        value = self._text(tag)[:LONGEST_VALUE] or None
        self._issues.append(
            RowIssue(code=str(code), message=message, severity=severity, row=self._number, column=tag, value=value)
        )
