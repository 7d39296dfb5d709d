"""Texts longer than anybody writes: read to a bound, and never without a remark."""

import io
import json
import zipfile

import pytest

from quarry import pricelists
from quarry.domain.rows import PriceRow
from quarry.errors import BadPriceList
from tests.fuzz.seeds import repacked
from tests.unit.pricelists.files import xlsx

WORDS = "слово " * 6000


def read(content, name="list.csv"):
    found = list(pricelists.read(io.BytesIO(content if isinstance(content, bytes) else content.encode()), name))
    return [row for row in found if isinstance(row, PriceRow)], [row for row in found if not isinstance(row, PriceRow)]


def remarks(row):
    return [(issue.row, issue.column, issue.severity) for issue in row.issues if issue.code == "text_too_long"]


@pytest.mark.parametrize(
    ("column", "field", "longest"),
    [
        ("Наименование", "name", 2000),
        ("Артикул", "sku", 2000),
        ("Ед. изм.", "unit", 2000),
        ("Категория", "category", 200),
        ("Примечание", "description", 10_000),
    ],
)
def test_a_long_cell_is_read_to_its_bound_with_a_remark(column, field, longest):
    header = ["Наименование", "Артикул", "Ед. изм.", "Категория", "Примечание", "Цена"]
    cells = ["Клей", "A1", "шт", "Клеи", "серый", "450"]
    cells[header.index(column)] = WORDS[:30_000]
    (row,), _ = read(";".join(header) + "\n" + ";".join(cells) + "\n")

    value = getattr(row, field)
    value = value[-1] if field == "category" else value
    assert longest - 10 < len(value) <= longest
    assert WORDS.startswith(value)
    assert value.endswith("слово")
    assert remarks(row) == [(2, column, "warning")]
    (issue,) = row.issues
    assert (len(issue.value), f"{longest:,}" in issue.message) == (200, True)
    assert row.usable


def test_what_people_write_is_not_shortened():
    name = ("Дверь межкомнатная остеклённая " * 64)[:2000].strip()
    (row,), _ = read(f"Наименование;Примечание;Цена\n{name};{WORDS[:9_990]};450\n")

    assert (row.name, row.description, row.issues) == (name, WORDS[:9_990].strip(), ())


def test_a_price_is_never_cut_into_another_one():
    (row, _), _ = read(f"Наименование;Цена\nКлей;{'1 ' * 8000}\nЛак;5\n")

    assert row.price is None
    assert [issue.code for issue in row.issues] == ["invalid_price"]


def test_a_long_sheet_s_name_stands_shortened_in_its_rows():
    content = xlsx({"Клеи": [["Наименование", "Цена"], ["Клей", 450]]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = archive.read("xl/workbook.xml").decode().replace("Клеи", WORDS)
    (row,), issues = read(repacked(content, {"xl/workbook.xml": book.encode()}), "list.xlsx")

    assert len(row.sheet) == 95
    (remark,) = [issue for issue in issues if issue.code == "text_too_long"]
    assert (remark.sheet, remark.value) == (row.sheet, WORDS[:200])


def test_a_group_s_long_name_is_told_once():
    goods = [{"name": "Клей", "price": 1}, {"name": "Лак", "price": 2}]
    rows, issues = read(json.dumps({"groups": [{"name": WORDS, "products": goods}]}), "list.json")

    assert [len(row.category[-1]) for row in rows] == [197, 197]
    (told, assumed) = issues
    assert (told.code, told.column, len(told.value)) == ("text_too_long", "name", 200)
    assert assumed.code == "currency_assumed"


def test_a_market_list_s_long_texts_are_told():
    offer = f'<offer id="{"7" * 3000}"><name>Клей</name><price>5</price><description>{WORDS}</description></offer>'
    categories = f'<categories><category id="1">{WORDS}</category></categories>'
    (row,), issues = read(f"<yml_catalog>{categories}<offers>{offer}</offers></yml_catalog>", "list.yml")

    assert (len(row.external_id), 9_990 <= len(row.description) <= 10_000) == (2000, True)
    assert remarks(row) == [(1, "id", "warning"), (1, "description", "warning")]
    assert [issue.column for issue in issues] == ["category", "currency"]


def test_an_endless_number_of_a_character_is_no_crash():
    offer = f"<offer><name>Клей</name><price>5</price><description>&amp;#{'1' * 5000};</description></offer>"
    (row,), _ = read(f"<yml_catalog><offers>{offer}</offers></yml_catalog>", "list.yml")

    assert (row.name, row.description[:5]) == ("Клей", "&#111")


def test_an_endless_tag_is_refused():
    with pytest.raises(BadPriceList) as refused:
        read(
            f'<yml_catalog><offers><offer id="{"7" * 5_000_000}"><name>Клей</name></offer></offers></yml_catalog>',
            "x.yml",
        )

    assert refused.value.code == "cell_too_long"


def test_headings_without_goods_do_not_pile_up_over_the_rows_below():
    headings = "".join(f"Группа {number}\n" for number in range(3000))
    rows, issues = read(f"Наименование;Цена\n{headings}Клей;450\n")

    assert len(rows[0].category) == 20
    assert rows[0].category[-1] == "Группа 2999"
    assert issues == []
