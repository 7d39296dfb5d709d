"""YML, the market's XML (`yml_catalog`): offers with their tree of categories, read as a stream."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from quarry.domain.reading import Role
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat
from quarry.domain.units import parse_unit
from quarry.errors import BadPriceList
from quarry.pricelists.bounds import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_TEXT,
    LONGEST_VALUE,
    shortened,
    too_long,
)
from quarry.pricelists.grid import clean, text
from quarry.pricelists.headers import role_of
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import Price, currency_of, parse_price

_DEEPEST = 20
_MOST_NESTED = 100
_MOST_WITHIN = 5_000  # elements of one offer
_TAG = re.compile(r"<[^<>]{1,500}>")
_ENDLESS_CHARACTER = re.compile(r"&#[xX]?[0-9a-fA-F]{20,};?")  # Python converts no number of thousands of digits
_PART = 1 << 18
_LONGEST_TOKEN = 4_000_000


def rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers; ``row`` counts them from 1. Raises BadPriceList when the XML is broken, unsafe or without offers."""
    stream.seek(0)
    categories: dict[str, tuple[str, str | None]] = {}
    number = 0
    try:
        # The format's own documents carry a DOCTYPE; entities and external references stay forbidden.
        around: list[Any] = []
        offer_depth = within = 0
        source = _Watched(stream)
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=False):
            source.silent = 0
            if event == "start":
                around.append(element)
                if element.tag == "offer" and not offer_depth:
                    offer_depth, within = len(around), 0
                within += 1
                if len(around) > _MOST_NESTED or (offer_depth and within > _MOST_WITHIN):
                    raise BadPriceList(
                        "too_deep",
                        f"Offer {number + 1} nests too deep or has too many elements. Check the export's settings.",
                    )
                continue
            around.pop()
            if element.tag == "category" and element.get("id"):
                yield from _category(element, categories)
            elif element.tag == "offer":
                number += 1
                if number > options.max_rows:
                    raise BadPriceList(
                        "too_many_rows", f"The price list has more than {options.max_rows:,} offers. Split it."
                    )
                yield _Offer(element, number, options).row(categories)
            if len(around) < offer_depth:
                offer_depth = 0
            if around and not offer_depth:
                around[-1].clear()  # what is read already would fill the memory
    except (ParseError, DefusedXmlException, UnicodeDecodeError, LookupError) as fault:
        raise BadPriceList(
            "damaged_file",
            "This is no whole and plain XML document (entities are not taken). Check the export and send it again.",
        ) from fault
    if not number:
        raise BadPriceList("no_rows", "The YML document has no <offer> in it. Check the export's settings.")


def _category(element: Any, categories: dict[str, tuple[str, str | None]]) -> Iterator[RowIssue]:
    name = text(clean(element.text or ""))
    if len(name) > LONGEST_CATEGORY:
        yield too_long(name, LONGEST_CATEGORY, column="category")
    categories[element.get("id")] = shortened(name, LONGEST_CATEGORY), element.get("parentId")


class _Watched:
    """The document as the parser reads it.

    The parser scans an unfinished tag anew with each part that it gets, so an endless one is refused.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.silent = 0

    def read(self, size: int = -1, /) -> bytes:
        if self.silent > _LONGEST_TOKEN:
            raise BadPriceList(
                "cell_too_long",
                f"A tag, a text or a comment has more than {_LONGEST_TOKEN:,} bytes. Check the export's settings.",
            )
        part = self._stream.read(_PART)
        self.silent += len(part)
        return part


class _Offer:
    """One <offer> element."""

    def __init__(self, element: Any, number: int, options: ReadOptions) -> None:
        self._element = element
        self._number = number
        self._options = options
        self._issues: list[RowIssue] = []
        self._params = {
            param.get("name", ""): f"{param.text or ''} {param.get('unit', '')}".strip()
            for param in element.findall("param")
        }

    def row(self, categories: dict[str, tuple[str, str | None]]) -> PriceRow:
        name = self._short(self._name(), "name")
        price = self._price("price")
        old = self._price("oldprice")
        currency = currency_of(self._text("currencyId")) or self._options.default_currency
        amount = price.amount or None if price else None
        self._judge(name, price)
        listed = [("price", PriceKind.RETAIL, amount)]
        if old and old.amount:
            listed.append(("oldprice", PriceKind.OTHER, old.amount))
        count = parse_price(self._text("count") or self._text("quantity")).amount
        package, package_unit = self._package()
        available = self._element.get("available")
        return PriceRow(
            row=self._number,
            name=name,
            external_id=self._short(clean(self._element.get("id") or ""), "id") or None,
            sku=self._short(self._text("vendorCode") or self._param(Role.SKU), "vendorCode") or None,
            unit=self._short(self._text("unit") or self._param(Role.UNIT), "unit") or None,
            category=_path(self._text("categoryId"), categories),
            price=amount,
            currency=currency,
            prices=tuple(
                ListedPrice(label=label, kind=kind, price=value, currency=currency, vat=Vat.UNKNOWN)
                for label, kind, value in listed
            )
            if len(listed) > 1
            else (),
            package=package,
            package_unit=package_unit,
            stock=count,
            in_stock=available == "true"
            if available in {"true", "false"}
            else (count > 0 if count is not None else None),
            description=self._short(self._description(), "description", LONGEST_DESCRIPTION) or None,
            issues=tuple(self._issues),
        )

    def _text(self, tag: str) -> str:
        found = self._element.findtext(tag) or ""
        if len(found) > self._options.max_cell_chars:
            raise BadPriceList(
                "cell_too_long",
                f"The <{tag}> of offer {self._number} holds {len(found):,} characters; at most "
                f"{self._options.max_cell_chars:,} are taken.",
            )
        return text(clean(found))

    def _description(self) -> str:
        """The text of what is often a piece of a web page."""
        found = _ENDLESS_CHARACTER.sub(" ", _TAG.sub(" ", self._element.findtext("description") or ""))
        return text(clean(unescape(found)))

    def _short(self, value: str, tag: str, longest: int = LONGEST_TEXT) -> str:
        if len(value) > longest:
            self._issues.append(too_long(value, longest, row=self._number, column=tag))
        return shortened(value, longest)

    def _param(self, role: Role) -> str:
        return next((value for name, value in self._params.items() if role_of(name) is role), "")

    def _name(self) -> str:
        name = self._text("name")
        return name or " ".join(filter(None, (self._text(tag) for tag in ("typePrefix", "vendor", "model"))))

    def _price(self, tag: str) -> Price | None:
        found = self._text(tag)
        return parse_price(found) if found else None

    def _package(self) -> tuple[Decimal | None, str | None]:
        """A «Фасовка» parameter; <weight> is the parcel's, not the content's."""
        amount, _, unit = self._param(Role.PACK).partition(" ")
        price = parse_price(amount)
        packed = parse_unit(unit)
        return (price.amount, packed.symbol) if price.amount and packed else (None, None)

    def _judge(self, name: str, price: Price | None) -> None:
        if not name:
            self._issue("missing_name", "The offer has neither <name> nor <model>.", "name", error=True)
        if price is None:
            self._issue("no_price", "The offer has no price: the goods are kept without one.", "price")
        elif price.fault:
            self._issue(price.fault, "This is no price that can be charged.", "price", error=True)
        elif price.amount == 0:
            self._issue("zero_price", "The price is 0: taken as «on request».", "price")

    def _issue(self, code: str, message: str, tag: str, *, error: bool = False) -> None:
        severity = Severity.ERROR if error else Severity.WARNING
        value = self._text(tag)[:LONGEST_VALUE] or None
        self._issues.append(
            RowIssue(code=str(code), message=message, severity=severity, row=self._number, column=tag, value=value)
        )


def _path(category: str, categories: dict[str, tuple[str, str | None]]) -> tuple[str, ...]:
    """From the outermost category to the offer's own; a circle of parents ends where it closes."""
    path: list[str] = []
    seen: set[str] = set()
    current: str | None = category
    while current and current in categories and current not in seen and len(path) < _DEEPEST:
        seen.add(current)
        name, current = categories[current]
        if name:
            path.append(name)
    return tuple(reversed(path))
