"""Documents of formats that no library writes, made in the tests."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

COMMERCE = (
    '<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.08">'
    "{}</КоммерческаяИнформация>"
)
GROUPS = (
    "<Классификатор><Группы><Группа><Ид>g1</Ид><Наименование>Краски</Наименование><Группы><Группа><Ид>g2</Ид>"
    "<Наименование>Эмали</Наименование></Группа></Группы></Группа></Группы></Классификатор>"
)
KINDS = (
    "<ТипыЦен><ТипЦены><Ид>k1</Ид><Наименование>Оптовая</Наименование><Валюта>руб</Валюта></ТипЦены>"
    "<ТипЦены><Ид>k2</Ид><Наименование>Розничная</Наименование><Валюта>руб</Валюта>"
    "<Налог><Наименование>НДС</Наименование><УчтеноВСумме>true</УчтеноВСумме></Налог></ТипЦены></ТипыЦен>"
)


def goods(number: int, name: str, group: str = "g2") -> str:
    return (
        f"<Товар><Ид>id-{number}</Ид><Артикул>00{number}</Артикул><Наименование>{escape(name)}</Наименование>"
        f'<БазоваяЕдиница Код="796" НаименованиеПолное="Штука">шт</БазоваяЕдиница>'
        f"<Группы><Ид>{group}</Ид></Группы></Товар>"
    )


def offer(number: int, *prices: tuple[str, str], name: str = "", feature: str = "") -> str:
    said = "".join(
        f"<Цена><ИдТипаЦены>{kind}</ИдТипаЦены><ЦенаЗаЕдиницу>{amount}</ЦенаЗаЕдиницу><Единица>шт</Единица></Цена>"
        for kind, amount in prices
    )
    features = (
        "<ХарактеристикиТовара><ХарактеристикаТовара><Наименование>Цвет</Наименование>"
        f"<Значение>{feature}</Значение></ХарактеристикаТовара></ХарактеристикиТовара>"
        if feature
        else ""
    )
    known_as = f"id-{number}#{feature}" if feature else f"id-{number}"
    return (
        f"<Предложение><Ид>{known_as}</Ид><Наименование>{name}</Наименование>{features}<Цены>{said}</Цены>"
        "<Количество>7</Количество></Предложение>"
    )


def catalogue(*found: str) -> str:
    return f"{GROUPS}<Каталог><Товары>{''.join(found)}</Товары></Каталог>"


def package(*found: str) -> str:
    return f"<ПакетПредложений>{KINDS}<Предложения>{''.join(found)}</Предложения></ПакетПредложений>"


def commerce(*parts: str) -> bytes:
    return COMMERCE.format("".join(parts)).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def page(grid: Sequence[Sequence[Any]], before: str = "") -> str:
    def cell(value: Any) -> str:
        return f"<td>{escape(str(value))}</td>"

    rows = "".join(f"<tr>{''.join(map(cell, row))}</tr>\n" for row in grid)
    return (
        f"<html><head><meta charset=utf-8><title>Прайс</title></head><body>{before}<table>{rows}</table></body></html>"
    )


def xml_table(sheets: dict[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> str:
    def cell(value: Any) -> str:
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'

    def sheet(name: str, grid: Sequence[Sequence[Any]]) -> str:
        rows = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in grid)
        state = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>" if name in hidden else ""
        return f'<Worksheet ss:Name="{escape(name)}"><Table>{rows}</Table>{state}</Worksheet>'

    book = "".join(sheet(name, grid) for name, grid in sheets.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles/>{book}</Workbook>'
    )
