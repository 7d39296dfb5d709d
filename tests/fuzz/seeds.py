"""Complete price lists of every format, the same bytes each time, to be damaged by the fuzz tests."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache

from tests.unit.pricelists import documents
from tests.unit.pricelists.files import ods, xls, xlsb, xlsx

MARK = re.compile(r"Тест-\d{4}")
HEADER = ["Артикул", "Наименование", "Ед. изм.", "Цена розн., руб.", "Цена опт", "Остаток"]
_TITLES = [["ООО Стройка"], ["Прайс-лист от 01.02.2025"], ["Цены указаны с НДС"], []]
_ODD = ["по запросу", "1 250,00 руб.", "от 1200", "#Н/Д", "-5", 0, "1,250", ""]


def grid(rows: int = 60) -> list[list[object]]:
    """Titles, a header, goods under headings; every name of goods bears a mark of its own."""
    goods: list[list[object]] = []
    for number in range(rows):
        if number % 15 == 0:
            goods.append([f"Группа {number // 15 + 1}"])
        price = _ODD[number % len(_ODD)] if number % 4 == 3 else number + 0.5
        goods.append([f"A-{number}", f"Клей Тест-{number:04} 25 кг", "меш", price, number + 0.25, number])
    return [*_TITLES, HEADER, *goods, ["Итого", "", "", 100]]


def repacked(content: bytes, parts: dict[str, bytes] | None = None) -> bytes:
    """An archive without the time of day; ``parts`` replace its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-01-01T00:00:00Z", before.read(name))
            after.writestr(zipfile.ZipInfo(name), (parts or {}).get(name, part), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def text(delimiter: str = ";") -> str:
    def cell(value: object) -> str:
        found = str(value)
        return f'"{found}"' if delimiter in found else found

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in grid())


def objects(*, grouped: bool = False) -> str:
    goods = [
        {"sku": row[0], "name": row[1], "unit": row[2], "price": row[3], "category": "Клеи"}
        for row in grid()
        if len(row) == len(HEADER) and row is not HEADER
    ]
    whole = {"currency": "RUB", "groups": [{"name": "Клеи", "products": goods[:30]}, {"name": "Х", "products": goods}]}
    return json.dumps(whole if grouped else goods, ensure_ascii=False, indent=1)


def market() -> str:
    goods = "".join(
        f'<offer id="{row[0]}" available="true"><price>{row[3]}</price><currencyId>RUR</currencyId>'
        f'<categoryId>2</categoryId><name>{row[1]}</name><param name="Единица измерения">шт</param></offer>\n'
        for row in grid()
        if len(row) == len(HEADER) and row is not HEADER
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE yml_catalog SYSTEM "shops.dtd"><yml_catalog><shop>'
        '<categories><category id="1">Клеи</category><category id="2" parentId="1">Сухие</category></categories>'
        f"<offers>{goods}</offers></shop></yml_catalog>"
    )


def keyed() -> str:
    """Groups as keys."""
    goods = json.loads(objects())
    return json.dumps({"Клеи": {"Сухие": goods[:20]}, "Лаки": {str(n): one for n, one in enumerate(goods[20:])}})


def hotline() -> str:
    goods = "".join(
        f"<item><id>{row[0]}</id><categoryId>2</categoryId><name>{row[1]}</name><priceRUAH>{row[3]}</priceRUAH></item>"
        for row in grid()
        if len(row) == len(HEADER) and row is not HEADER
    )
    return (
        '<?xml version="1.0" encoding="windows-1251"?>'
        "<price><categories><category><id>1</id><name>Клеї</name></category><category><id>2</id><parentId>1</parentId>"
        f"<name>Сухі</name></category></categories><items>{goods}</items></price>"
    )


def exchange() -> dict[str, bytes]:
    rows = [row for row in grid() if len(row) == len(HEADER) and row is not HEADER]
    found = documents.catalogue(*[documents.goods(n, str(row[1])) for n, row in enumerate(rows)])
    offers = documents.package(*[documents.offer(n, ("k2", str(row[3]))) for n, row in enumerate(rows)])
    return {"import.xml": documents.commerce(found), "offers.xml": documents.commerce(offers)}


def exchanged() -> bytes:
    """Both in one document."""
    first, second = (part.decode() for part in exchange().values())
    return (first.rpartition("</")[0] + second[second.index("<ПакетПредложений") :]).encode()


_BUILDERS: dict[str, Callable[[], bytes]] = {
    "list.xlsx": lambda: repacked(xlsx(grid(), merges=["A6:F6", "A1:C1"])),
    "tree.xlsx": lambda: repacked(xlsx(grid(), outline=[0] * 6 + [1, 2] * 30)),
    "two.xlsx": lambda: repacked(xlsx({"Клеи": grid(), "Контакты": [["тел."]], "Лак": grid(8)}, hidden=["Лак"])),
    "list.xls": lambda: xls(grid()),
    "merged.xls": lambda: xls(grid(30), merges=[(5, 5, 0, 5), (0, 0, 0, 3)]),
    "list.xlsb": lambda: repacked(xlsb(grid())),
    "list.ods": lambda: repacked(ods(grid())),
    "list.csv": lambda: text().encode(),
    "old.csv": lambda: text().encode("cp1251"),
    "wide.csv": lambda: text().encode("utf-16"),
    "list.tsv": lambda: text("\t").encode("utf-8-sig"),
    "comma.csv": lambda: text(",").encode("cp866"),
    "list.json": lambda: objects().encode(),
    "groups.json": lambda: objects(grouped=True).encode("cp1251"),
    "list.yml": lambda: market().encode(),
    "keys.json": lambda: keyed().encode(),
    "lines.json": lambda: "\n".join(json.dumps(one) for one in json.loads(objects())).encode(),
    "arrays.json": lambda: json.dumps([row for row in grid() if len(row) == len(HEADER)]).encode(),
    "price.xml": lambda: hotline().encode("cp1251", errors="xmlcharrefreplace"),
    "exchange.zip": lambda: documents.zipped(exchange()),
    "exchange.xml": exchanged,
    "page.xls": lambda: documents.page(grid()).encode(),
    "table.xml": lambda: documents.xml_table({"Клеи": grid()}).encode(),
}


@cache
def seeds() -> dict[str, bytes]:
    return {name: build() for name, build in _BUILDERS.items()}
