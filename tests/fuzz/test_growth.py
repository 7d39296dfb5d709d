"""Reading takes time linear in the length of a text, whatever its content."""

import contextlib
import csv
import importlib
import inspect
import io
import json
import pkgutil
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from html import escape

import pytest

from quarry import pricelists
from quarry.domain.excerpts import Candidate
from quarry.domain.highlights import Marker
from quarry.domain.identity import offer_identity
from quarry.domain.keyboard_layout import cyrillic_readings, other_layout, sound, spoken_readings
from quarry.domain.lexical import lexical_vector, stem
from quarry.domain.matching import score
from quarry.domain.names import read as read_name
from quarry.domain.names.facts import candidate_keys
from quarry.domain.pricing import price_basis
from quarry.domain.query import Term
from quarry.domain.rows import PriceRow
from quarry.domain.series import series
from quarry.domain.text import normalize_name, number_key
from quarry.domain.understanding import understand
from quarry.domain.units import parse_unit
from quarry.domain.uploads import parse_key
from quarry.domain.vocabulary import Vocabulary
from quarry.errors import BadPriceList
from quarry.pricelists.categories import is_heading, is_title, lacks_product, sheet_category
from quarry.pricelists.column_kinds import is_group
from quarry.pricelists.currencies import currency_of, defined_in, named_in, noted_in, scale_in, without
from quarry.pricelists.dates import dated
from quarry.pricelists.entities import unescaped
from quarry.pricelists.grid import Line, clean, text
from quarry.pricelists.headers import normalized, price_header, role_of
from quarry.pricelists.mending import mended, mistake_of
from quarry.pricelists.notes import said_below, said_in
from quarry.pricelists.numbers import separators_of
from quarry.pricelists.prices import parse_price, vat_of
from tests.fuzz.growth import Growth, check, findings, runs
from tests.fuzz.pumps import pumped
from tests.fuzz.seeds import repacked
from tests.unit.pricelists.documents import catalogue, commerce, goods, offer, package, xml_table
from tests.unit.pricelists.files import xlsx

_PACKAGES = ("quarry.knowledge", "quarry.domain", "quarry.domain.names", "quarry.pricelists", "quarry.http")
_MODULES = [
    f"{package}.{module.name}"
    for package in _PACKAGES
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
]
_LONG_PATTERN, _LONG_TEXT, _LONG_CELL = 4000, 2000, 2000
# Whose steps are so cheap that their square is seen later.
_LONGER = {"read_name": 8000}


def _patterns(module) -> Iterator[tuple[str, re.Pattern]]:
    for name, value in vars(module).items():
        found: list[re.Pattern] = []
        _dig(value, found)
        yield from ((name, pattern) for pattern in found)


def _dig(value: object, found: list[re.Pattern]) -> None:
    if isinstance(value, re.Pattern):
        found.append(value)
    elif isinstance(value, list | tuple):
        for inner in value:
            _dig(inner, found)


def _uses(module, name: str, pattern: re.Pattern) -> list[Callable]:
    """How the module asks the pattern: of one that may begin anywhere the whole text is searched."""
    asked = set(re.findall(rf"\b{name}\.(\w+)", inspect.getsource(module)))
    anchored = [way for way in ("match", "fullmatch") if way in asked]
    searched = asked - {"match", "fullmatch"} or not anchored
    everywhere: list[Callable] = [lambda text: sum(1 for _ in pattern.finditer(text))] if searched else []
    return everywhere + [getattr(pattern, way) for way in anchored]


def _grows(called: str, pattern: re.Pattern, use: Callable) -> Iterator[str]:
    fit = str.encode if isinstance(pattern.pattern, bytes) else str
    for size in (_LONG_PATTERN // 16, _LONG_PATTERN):
        for whole, half in pumped(pattern, size):
            try:
                check(f"{called} with {whole[:20]!r}…", lambda given: use(fit(given)), half, whole)
            except Growth as error:
                yield str(error)


@pytest.mark.parametrize("name", _MODULES)
def test_no_regular_expression_is_worse_than_linear(name):
    module = importlib.import_module(name)
    asked = [(called, pattern, use) for called, pattern in _patterns(module) for use in _uses(module, called, pattern)]
    found = [growth for called, pattern, use in asked for growth in _grows(called, pattern, use)]

    assert found == []


_VOCABULARY = Vocabulary({"цемент м500": 3, "гипсокартон": 2, "ceresit ct17": 5}, {"гкл": "гипсокартон"})
_TERMS = [Term("цемент", "цемент", numeric=False), Term("м500", "м500", numeric=True)]


def _document(name: str) -> dict[str, object]:
    offer = {"name": f"{name} 1 шт", "currency": "RUB"}
    material = {"id": "1", "name": name, "sku": name}
    return {"material": material, "category": name, "skus": [name], "offers": [offer], "prices": []}


_READERS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "text": text,
    "number_key": number_key,
    "normalize_name": normalize_name,
    "read_name": read_name,
    "candidate_keys": lambda name: candidate_keys(name, "шт"),
    "price_basis": lambda name: price_basis(PriceRow(row=1, name=name, unit="л")),
    "unit's package": lambda unit: price_basis(PriceRow(row=1, name="Клей", unit=unit)),
    "parse_unit": parse_unit,
    "offer_identity": lambda name: offer_identity(PriceRow(row=1, name=name, sku="A")),
    "score": lambda name: score(name, None, "Цемент М500 мешок 50 кг", None),
    "lexical_vector": lexical_vector,
    "Candidate": lambda name: Candidate.of(_document(name)),
    "stem": stem,
    "mark": lambda name: Marker(_TERMS).mark(name),
    "understand": lambda query: understand(query, _VOCABULARY),
    "other_layout": other_layout,
    "cyrillic_readings": lambda word: list(cyrillic_readings(word)),
    "sound": sound,
    "spoken_readings": lambda word: list(spoken_readings(word)),
    "spoken_as": _VOCABULARY.spoken_as,
    "spoken_nearly": _VOCABULARY.spoken_nearly,
    "completions": lambda prefix: _VOCABULARY.completions(prefix, 5),
    "series": series,
    "parse_key": lambda name: _tried(lambda: parse_key(f"incoming/supplier=7/{name}")),
    "sheet_category": sheet_category,
    "is_heading": is_heading,
    "is_title": is_title,
    "lacks_product": lacks_product,
    "role_of": role_of,
    "normalized": normalized,
    "price_header": price_header,
    "dated": dated,
    "scale_in": scale_in,
    "is_group": is_group,
    "said_in": lambda note: said_in(Line(1, [f"Цены {note}", note])),
    "said_below": lambda note: said_below([Line(1, [f"Цены {note}"])]),
    "parse_price": parse_price,
    "currency_of": currency_of,
    "named_in": named_in,
    "noted_in": noted_in,
    "defined_in": lambda note: defined_in(f"у.е. {note}"),
    "without": without,
    "unescaped": unescaped,
    "mended": mended,
    "mistake_of": lambda cell: mistake_of([cell]),
    "vat_of": vat_of,
    "separators_of": lambda cell: separators_of([cell]),
}  # fmt: skip


def _tried(call: Callable[[], object]) -> None:
    with contextlib.suppress(BadPriceList):
        call()


def _caches() -> list[Callable[[], None]]:
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(_PACKAGES)]
    return [one.cache_clear for module in modules for one in vars(module).values() if hasattr(one, "cache_clear")]


def _anew(call: Callable[[str], object]) -> Callable[[str], object]:
    """A cached result would cost nothing the second time."""
    caches = _caches()

    def called(given: str) -> None:
        for forget in caches:
            forget()
        call(given)

    return called


@pytest.mark.parametrize("name", _READERS)
def test_no_reading_of_a_text_is_worse_than_linear(name):
    assert findings(name, _anew(_READERS[name]), _LONGER.get(name, _LONG_TEXT)) == []


_HEADER = ["Артикул", "Наименование", "Категория", "Ед. изм.", "Размер", "Фасовка", "Примечание", "Цена", "Остаток"]
_GOODS = ["A-1", "Клей 25 кг", "Клеи", "меш", "10 мм", "25 кг", "серый", "450", "7"]


def _table(place: str, given: str) -> bytes:
    header, goods, heading, title = list(_HEADER), list(_GOODS), "Сухие смеси", "Прайс-лист"
    if place in _HEADER:
        goods[_HEADER.index(place)] = given
    elif place == "header":
        header.append(given)
    elif place == "heading":
        heading = given
    elif place == "title":
        title = given
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[title], header, [heading], goods, _GOODS])
    raw = given.replace("\n", " ") if place == "unquoted" else ""
    return (out.getvalue() + raw).encode()


def _objects(place: str, given: str) -> bytes:
    goods = {"name": "Клей", "price": "450", "unit": "шт", "sku": "A-1", "id": "7", "category": "Клеи"}
    key = place
    if key == "key":
        goods[given[:2000]] = "1"
    elif key == "label":
        goods |= {"prices": [{"type": given, "price": 5}]}
    elif key in goods:
        goods[key] = given
    groups = [{"name": given if key == "group" else "Клеи", "products": [goods, goods]}]
    return json.dumps({"groups": groups} if key == "group" else [goods, goods], ensure_ascii=False).encode()


def _market(place: str, given: str) -> bytes:
    given = escape("".join(char for char in given if char.isprintable() or char == "\t"))
    tags = ("name", "vendorCode", "unit", "description")
    said = {tag: tag for tag in (*tags, "category")} | {
        "param name": "Фасовка",
        "param": "25 кг",
        "id": "7",
        place: given,
    }
    texts = "".join(f"<{tag}>{said[tag]}</{tag}>" for tag in tags)
    param = f'<param name="{said["param name"]}">{said["param"]}</param>'
    offer = f'<offer id="{said["id"]}"><categoryId>1</categoryId><price>5</price>{texts}{param}</offer>'
    shop = f'<categories><category id="1">{said["category"]}</category></categories><offers>{offer * 2}</offers>'
    return f"<yml_catalog><shop>{shop}</shop></yml_catalog>".encode()


_BOOK = xlsx({"Клеи": [_HEADER, _GOODS]})
with zipfile.ZipFile(io.BytesIO(_BOOK)) as _archive:
    _SHEETS = _archive.read("xl/workbook.xml").decode()


def _workbook(place: str, given: str) -> bytes:
    name = escape("".join(char for char in given if char.isprintable()))
    return repacked(_BOOK, {"xl/workbook.xml": _SHEETS.replace('name="Клеи"', f'name="{name}"').encode()})


def _page(place: str, given: str) -> bytes:
    given = "".join(char for char in given if char.isprintable() or char == "\t")
    said = {"cell": "Клей", "attribute": "x", "beside": "Цены", "comment": "x", "raw": ""} | {place: given}
    attribute = said["attribute"].replace('"', "")
    row = f'<tr><td class="{attribute}">{escape(said["cell"])}</td><td>5</td></tr>'
    table = f"<table><tr><td>Наименование</td><td>Цена</td></tr>{row}{row}</table>"
    return f"<html><p>{escape(said['beside'])}</p><!-- {said['comment']} -->{table}{said['raw']}</html>".encode()


def _exchange(place: str, given: str) -> bytes:
    given = escape("".join(char for char in given if char.isprintable() or char == "\t"))
    said = {"name": "Клей", "feature": "", "amount": "5"} | {place: given}
    found = catalogue(goods(1, "Х").replace(">Х<", f">{said['name']}<"))
    return commerce(found, package(offer(1, ("k2", said["amount"]), feature=said["feature"])))


def _xml_table(place: str, given: str) -> bytes:
    given = "".join(char for char in given if char.isprintable() or char == "\t")
    return xml_table(
        {"Лист": [["Наименование", "Цена"], [given, 5]] if place == "cell" else [["Цена"], [given]]}
    ).encode()


_FILES: dict[str, tuple[Callable[[str, str], bytes], str]] = {
    **{
        f"csv {place}": (_table, place)
        for place in (*_HEADER[:-1], "Остаток", "header", "heading", "title", "unquoted")
    },
    **{
        f"json {place}": (_objects, place)
        for place in ("key", "label", "group", "name", "price", "unit", "sku", "id", "category")
    },
    **{
        f"xml {place}": (_market, place)
        for place in ("name", "vendorCode", "unit", "description", "category", "param", "param name", "id")
    },
    "xlsx sheet's name": (_workbook, "sheet"),
    **{f"page {place}": (_page, place) for place in ("cell", "attribute", "beside", "comment", "raw")},
    **{f"exchange {place}": (_exchange, place) for place in ("name", "feature", "amount")},
    "xml table's cell": (_xml_table, "cell"),
}


def _imported(content: bytes) -> None:
    """Read a list, and normalise each row as an import does."""
    with contextlib.suppress(BadPriceList):
        for row in pricelists.read(io.BytesIO(content), "price.csv"):
            if isinstance(row, PriceRow):
                normalize_name(row.name)
                number_key(row.name)
                price_basis(row)
                offer_identity(row)
                lexical_vector(row.name)


@pytest.mark.parametrize("place", _FILES)
def test_no_place_of_a_list_costs_more_than_its_text_is_long(place):
    write, where = _FILES[place]

    # What a function makes of each text is seen above; here, that the text meets no other on its way.
    assert findings(place, _anew(lambda given: _imported(write(where, given))), _LONG_CELL, runs) == []
