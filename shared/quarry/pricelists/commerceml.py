"""CommerceML 2, what 1C exchanges with shops: a catalogue of goods and a package of offers, in one file or a few.

The catalogue has names, articles and groups, the package prices; they meet by the goods' ids. The catalogue's
short texts are kept, as prices come after it; offers are a stream where one document has them all.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat
from quarry.errors import BadPriceList
from quarry.pricelists.amounts import stock_of
from quarry.pricelists.bounds import LONGEST_CATEGORY, LONGEST_TEXT, shortened
from quarry.pricelists.currencies import UNKNOWN, named_in, settled
from quarry.pricelists.grid import clean, text
from quarry.pricelists.headers import price_header
from quarry.pricelists.markup import MOST_WITHIN, local, records
from quarry.pricelists.mending import mended
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import FAULTS, NO_PRICE, Price, parse_price
from quarry.pricelists.remarks import currency_assumed, no_prices

_MOST_GROUPS: Final = 1_000_000  # elements of one tree of groups
_CATALOGUE: Final = {"Группа": _MOST_GROUPS, "Товар": MOST_WITHIN, "ТипЦены": MOST_WITHIN, "Предложение": MOST_WITHIN}
_OFFERS: Final = {"Предложение": MOST_WITHIN}
_DEEPEST: Final = 20
_LONGEST_DESCRIPTION: Final = 500  # kept for all goods
# ОКВ, the numeric codes of the countries that 1C is used in.
_NUMERIC: Final = {
    "643": "RUB", "810": "RUB", "980": "UAH", "398": "KZT", "933": "BYN", "974": "BYN", "860": "UZS", "417": "KGS",
    "840": "USD", "978": "EUR", "156": "CNY", "051": "AMD", "944": "AZN", "981": "GEL", "498": "MDL", "972": "TJS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Goods:
    name: str
    sku: str
    unit: str
    group: str
    description: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of price, as the package lists them."""

    label: str
    kind: PriceKind
    currency: str | None
    vat: Vat


@dataclass(slots=True)
class _Catalogue:
    goods: dict[str, _Goods] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: dict[str, _Kind] = field(default_factory=dict)


def rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers of one document that has both, or either of them; ``row`` counts them from 1."""
    yield from _rows([stream], options)


def archived_rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers of an archive of such documents."""
    with _documents(stream) as documents:
        yield from _rows(documents, options)


@contextmanager
def _documents(stream: BinaryIO) -> Iterator[list[BinaryIO]]:
    stream.seek(0)
    with ExitStack() as stack:
        archive = stack.enter_context(zipfile.ZipFile(stream))
        names = sorted(name for name in archive.namelist() if name.casefold().endswith(".xml"))
        yield [stack.enter_context(archive.open(name)) for name in names]  # type: ignore[misc]


def _rows(documents: Sequence[BinaryIO], options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    catalogue = _Catalogue()
    with_offers = [document for document in documents if _take(document, catalogue, options)]
    reader = _Reader(catalogue, options)
    if len(with_offers) == 1:
        for element in records(with_offers[0], _OFFERS):
            yield reader.row(_Said.of(element))
    else:
        yield from map(reader.row, _merged(with_offers, options))
    yield from reader.without_offers()
    if not reader.number:
        raise BadPriceList("no_rows", "The CommerceML document has no <Товар> and no <Предложение> in it.")
    if not reader.priced:
        yield no_prices()
    if reader.assumed:
        yield currency_assumed(reader.assumed, options)


def _take(document: BinaryIO, catalogue: _Catalogue, options: ReadOptions) -> bool:
    """Keep what a document says beside its offers. Returns whether it has offers."""
    offers = False
    for element in records(document, _CATALOGUE):
        if element.tag == "Предложение":
            offers = True
        elif element.tag == "Группа":
            _group(element, (), catalogue.groups)
        elif element.tag == "ТипЦены":
            catalogue.kinds[_text(element, "Ид")] = _kind(element)
        else:
            catalogue.goods[_text(element, "Ид")] = _goods(element)
            if len(catalogue.goods) > options.max_rows:
                raise _too_many(options)
    return offers


def _too_many(options: ReadOptions) -> BadPriceList:
    return BadPriceList("too_many_rows", f"The price list has more than {options.max_rows:,} offers. Split it.")


def _group(element: Any, above: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> None:
    name = shortened(_text(element, "Наименование"), LONGEST_CATEGORY)
    path = (*above, name)[:_DEEPEST] if name else above
    groups[_text(element, "Ид")] = path
    for within in element.findall("Группы/Группа"):
        _group(within, path, groups)


def _kind(element: Any) -> _Kind:
    label = _text(element, "Наименование") or "Цена"
    included = element.findtext("Налог/УчтеноВСумме")
    vat = {"true": Vat.INCLUDED, "false": Vat.EXCLUDED}.get((included or "").strip().casefold(), Vat.UNKNOWN)
    return _Kind(label, price_header(label).kind, _money(_text(element, "Валюта")) or named_in(label), vat)


def _money(name: str) -> str | None:
    return _NUMERIC.get(name) or named_in(name)


def _goods(element: Any) -> _Goods:
    return _Goods(
        name=_name(element),
        sku=shortened(_text(element, "Артикул"), LONGEST_TEXT),
        unit=_unit(element),
        group=_text(element, "Группы/Ид"),
        description=shortened(_text(element, "Описание"), _LONGEST_DESCRIPTION),
    )


def _name(element: Any) -> str:
    return shortened(_text(element, "Наименование") or _text(element, "ПолноеНаименование"), LONGEST_TEXT)


def _unit(element: Any) -> str:
    """The unit's short name; some write its code and name it in attributes."""
    unit = element.find("БазоваяЕдиница")
    if unit is None:
        return ""
    own = text(clean(unit.text or ""))
    named = unit.get("НаименованиеКраткое") or unit.get("НаименованиеПолное") or own
    return shortened(text(clean(named)) if not own or own.isdigit() else own, LONGEST_TEXT)


def _text(element: Any, path: str) -> str:
    return mended(text(clean(element.findtext(path) or "")))


@dataclass(slots=True)
class _Said:
    """What an offer says; the documents of an exchange may say it in parts."""

    known_as: str
    goods: _Goods
    features: tuple[str, ...]
    prices: list[tuple[str, str, str, str]]  # kind's id, amount, currency, unit
    count: str

    @classmethod
    def of(cls, element: Any) -> "_Said":
        features = [_text(one, "Значение") for one in element.findall("ХарактеристикиТовара/ХарактеристикаТовара")]
        prices = [
            (_text(one, "ИдТипаЦены"), _text(one, "ЦенаЗаЕдиницу"), _text(one, "Валюта"), _text(one, "Единица"))
            for one in element.findall("Цены/Цена")
        ]
        counts = [one.text or "" for one in element.iter() if local(one.tag) == "Количество"]
        return cls(
            _text(element, "Ид"),
            _goods(element),
            tuple(filter(None, features)),
            prices,
            clean(counts[0] if counts else ""),
        )

    def merge(self, other: "_Said") -> None:
        self.goods = self.goods if self.goods.name else other.goods
        self.features = self.features or other.features
        self.prices += other.prices
        self.count = self.count or other.count


def _merged(documents: Sequence[BinaryIO], options: ReadOptions) -> Iterator[_Said]:
    found: dict[str, _Said] = {}
    for document in documents:
        for element in records(document, _OFFERS):
            said = _Said.of(element)
            if said.known_as in found:
                found[said.known_as].merge(said)
            else:
                found[said.known_as] = said
            if len(found) > options.max_rows:
                raise _too_many(options)
    yield from found.values()


class _Reader:
    """``number`` counts the rows that were read, ``assumed`` those whose currency is named nowhere."""

    def __init__(self, catalogue: _Catalogue, options: ReadOptions) -> None:
        self._catalogue = catalogue
        self._options = options
        self._offered: set[str] = set()
        self.number = self.assumed = self.priced = 0

    def row(self, said: _Said) -> PriceRow:
        goods_id = said.known_as.partition("#")[0]
        self._offered.add(goods_id)
        return self._row(said, self._catalogue.goods.get(goods_id, said.goods))

    def without_offers(self) -> Iterator[PriceRow]:
        """Goods of the catalogue that no offer has a price of."""
        for known_as, goods in self._catalogue.goods.items():
            if known_as not in self._offered:
                yield self._row(_Said(known_as, goods, (), [], ""), goods)

    def _row(self, said: _Said, goods: _Goods) -> PriceRow:
        self.number += 1
        if self.number > self._options.max_rows:
            raise _too_many(self._options)
        own = said.goods.name or goods.name
        name = " ".join([own, *[one for one in said.features if one.casefold() not in own.casefold()]]).strip()
        prices = self._prices(said)
        self.priced += any(found.price is not None for _, found, _ in prices)
        price, chosen, unit = prices[0] if prices else (NO_PRICE, None, "")
        stock, in_stock = stock_of(said.count)
        listed = tuple(found for _, found, _ in prices if found.price is not None)
        return PriceRow(
            row=self.number,
            name=shortened(name, LONGEST_TEXT),
            external_id=shortened(said.known_as, LONGEST_TEXT) or None,
            sku=said.goods.sku or goods.sku or None,
            unit=unit or said.goods.unit or goods.unit or None,
            category=self._catalogue.groups.get(goods.group, ()),
            price=chosen.price if chosen else None,
            currency=chosen.currency if chosen else self._options.default_currency,
            vat=chosen.vat if chosen else Vat.UNKNOWN,
            prices=listed if len(listed) > 1 else (),
            stock=stock,
            in_stock=in_stock,
            description=goods.description or None,
            issues=tuple(self._judged(name, price, chosen)),
        )

    def _prices(self, said: _Said) -> list[tuple[Price, ListedPrice, str]]:
        """The most preferred first: by kind, as for columns of a table."""
        found = []
        for kind_id, amount, currency, unit in said.prices:
            price = parse_price(amount)
            kind = self._catalogue.kinds.get(kind_id, _Kind("Цена", PriceKind.RETAIL, None, Vat.UNKNOWN))
            named = price.currency, _money(currency), kind.currency
            self.assumed += price.amount is not None and not any(named)
            listed = ListedPrice(
                label=shortened(kind.label, LONGEST_CATEGORY),
                kind=kind.kind,
                price=price.amount or None,
                currency=settled(named, None, self._options.default_currency),
                vat=kind.vat,
            )
            found.append((price, listed, unit))
        order = {kind: at for at, kind in enumerate(self._options.price_preference)}
        return sorted(found, key=lambda each: (not each[1].price, order.get(each[1].kind, len(order))))

    def _judged(self, name: str, price: Price, chosen: ListedPrice | None) -> Iterator[RowIssue]:
        if not name:
            yield self._issue("missing_name", "The offer has no <Наименование>.", "Наименование", error=True)
        if price.fault:
            yield self._issue(price.fault, FAULTS[price.fault], "ЦенаЗаЕдиницу", error=True)
        elif price.amount == 0:
            yield self._issue("zero_price", "The price is 0: taken as «on request».", "ЦенаЗаЕдиницу")
        elif chosen is None:
            yield self._issue("no_price", "The goods have no price: they are kept without one.", "ЦенаЗаЕдиницу")
        if chosen and chosen.price is not None and chosen.currency == UNKNOWN:
            yield self._issue("unknown_currency", "The currency of the price is not clear.", "Валюта")

    def _issue(self, code: str, message: str, column: str, *, error: bool = False) -> RowIssue:
        severity = Severity.ERROR if error else Severity.WARNING
        return RowIssue(code=str(code), message=message, severity=severity, row=self.number, column=column)
