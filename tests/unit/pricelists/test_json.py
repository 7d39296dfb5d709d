"""JSON of any shape is read: groups as keys, several arrays, lines, tables of arrays, nested prices, variants."""

import json
from decimal import Decimal

import pytest

from quarry.domain.rows import PriceKind
from quarry.errors import BadPriceList
from tests.unit.pricelists.files import brief, issues, offers


def told(document):
    return [
        (row.name, str(row.price) if row.price is not None else None, row.category)
        for row in offers(json.dumps(document))
    ]


GLUE, LACQUER = {"name": "Клей", "price": 5}, {"name": "Лак", "price": 7}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"Краски": {"Эмали": [GLUE], "Лаки": [LACQUER]}},
            [("Клей", "5", ("Краски", "Эмали")), ("Лак", "7", ("Краски", "Лаки"))],
        ),
        (
            {"Краски": [GLUE], "Прочее": {"Лаки": [LACQUER]}},
            [("Клей", "5", ("Краски",)), ("Лак", "7", ("Прочее", "Лаки"))],
        ),
        ({"products": [GLUE], "services": [LACQUER]}, [("Клей", "5", ()), ("Лак", "7", ())]),
        (
            [{"category": "Краски", "items": [GLUE]}, {"category": "Лаки", "items": [LACQUER]}],
            [("Клей", "5", ("Краски",)), ("Лак", "7", ("Лаки",))],
        ),
        (
            {"groups": [{"items": [GLUE], "name": "Краски"}, {"items": [LACQUER], "name": "Лаки"}]},
            [("Клей", "5", ("Краски",)), ("Лак", "7", ("Лаки",))],
        ),
        (
            {"name": "Всё", "children": [{"name": "Краски", "children": [GLUE]}, LACQUER]},
            [("Клей", "5", ("Всё", "Краски")), ("Лак", "7", ("Всё",))],
        ),
        ({"Краски": {"77-1": GLUE, "77-2": LACQUER}}, [("Клей", "5", ("Краски",)), ("Лак", "7", ("Краски",))]),
        (
            {"Краски": {"Клей": {"price": 5}, "Лак": {"price": 7}}},
            [("Клей", "5", ("Краски",)), ("Лак", "7", ("Краски",))],
        ),
        ({"Краски": {"Клей": 5, "Лак": 7}}, [("Клей", "5", ("Краски",)), ("Лак", "7", ("Краски",))]),
        ([["Наименование", "Цена"], ["Клей", 5], ["Лак", 7]], [("Клей", "5", ()), ("Лак", "7", ())]),
        ({"columns": ["name", "price"], "data": [["Клей", 5], ["Лак", 7]]}, [("Клей", "5", ()), ("Лак", "7", ())]),
        (
            [{"name": "Дрель", "sku": "1", "price": 3, "brand": {"name": "Х", "code": "x"}}],
            [("Дрель", "3", ())],
        ),
        (
            {"categories": [{"id": 1, "title": "Краски"}], "goods": [{"id": 7, "name": "Клей", "unit": "шт"}]},
            [("Клей", None, ())],
        ),
    ],
)
def test_goods_are_found_wherever_they_lie(document, expected):
    assert told(document) == expected


def test_goods_without_a_price_beside_goods_with_one_are_kept():
    document = {
        "А": [{"Наименование": "Клей", "Артикул": "1", "Цена": 5}],
        "Б": {"В": [{"Наименование": "Лак", "Артикул": "2"}]},
    }

    assert told(document) == [("Клей", "5", ("А",)), ("Лак", None, ("Б", "В"))]


def test_the_key_of_goods_is_their_id():
    (row,) = offers(json.dumps({"goods": {"77-1": GLUE}}))

    assert row.external_id == "77-1"


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\n", ""])
def test_lines_of_json_are_read(between):
    assert brief(offers(between.join(json.dumps(one) for one in (GLUE, LACQUER)))) == [
        ("Клей", None, "5"),
        ("Лак", None, "7"),
    ]


@pytest.mark.parametrize(
    ("price", "listed"),
    [
        ({"prices": {"розница": 10, "опт": 9}}, [("retail", 10, "RUB"), ("wholesale", 9, "RUB")]),
        (
            {"price": {"retail": {"amount": 10, "currency": "EUR"}, "wholesale": 9}},
            [("retail", 10, "EUR"), ("wholesale", 9, "EUR")],
        ),
        (
            {
                "prices": [
                    {"type": "розница", "value": 10, "currency": "USD"},
                    {"type": "опт", "value": 9, "currency": "USD"},
                ]
            },
            [("retail", 10, "USD"), ("wholesale", 9, "USD")],
        ),
        ({"Цена розн, грн": 10, "Цена опт, грн": 9}, [("retail", 10, "UAH"), ("wholesale", 9, "UAH")]),
    ],
)
def test_nested_prices_are_prices_by_kind(price, listed):
    (row,) = offers(json.dumps([{"name": "Клей", **price}]))

    assert [(one.kind, one.price, one.currency) for one in row.prices] == [
        (PriceKind(kind), Decimal(amount), currency) for kind, amount, currency in listed
    ]


@pytest.mark.parametrize(
    ("document", "currency"),
    [
        ({"currency": "USD", "items": [GLUE]}, "USD"),
        ({"items": [GLUE], "валюта": "тенге"}, "KZT"),
        ({"note": "Цены указаны в гривне", "items": [GLUE]}, "UAH"),
        ({"groups": [{"currency": "EUR", "items": [GLUE]}]}, "EUR"),
        ([{"name": "Клей", "price": "5", "price_currency": "PLN"}], "PLN"),
        ([{"name": "Клей", "price_kgs": 5}], "KGS"),
        ({"currency": "у.е.", "note": "Цены: у.е. = 1 EUR", "items": [{**GLUE, "currency": "у.е."}]}, "EUR"),
    ],
)
def test_a_currency_beside_the_goods_holds_for_them(document, currency):
    assert offers(json.dumps(document))[0].currency == currency
    assert "currency_assumed" not in [issue.code for issue in issues(json.dumps(document))]


def test_variants_with_prices_of_their_own_are_offers_named_by_their_goods():
    product = {
        "name": "Краска фасадная",
        "brand": "Х",
        "variants": [{"title": "1 л", "price": 12.9, "sku": "K-1"}, {"title": "5 л", "price": 49, "sku": "K-5"}],
    }

    assert [(row.name, row.sku, row.price, row.row) for row in offers(json.dumps([product]))] == [
        ("Краска фасадная 1 л", "K-1", Decimal("12.9"), 1),
        ("Краска фасадная 5 л", "K-5", Decimal(49), 2),
    ]


def test_what_is_assumed_missing_or_left_out_is_said():
    codes = [issue.code for issue in issues(json.dumps([{"name": "Клей", "price": 5}]))]
    assert codes == ["missing_column", "currency_assumed"]

    codes = [issue.code for issue in issues(json.dumps([{"name": "Клей", "unit": "шт"}]))]
    assert codes == ["missing_column", "no_prices"]

    document = {"goods": [GLUE], "warehouse": [{"title": "Стеллаж", "code": "7"}]}
    (skipped,) = [issue for issue in issues(json.dumps(document)) if issue.code == "array_skipped"]
    assert skipped.value == "*[]"
    assert [row.name for row in offers(json.dumps(document))] == ["Клей"]


def test_entities_and_wrong_pages_are_mended_in_json():
    wrong = "Эмаль белая".encode("cp1251").decode("latin-1")

    assert [
        row.name
        for row in offers(json.dumps([{"name": "Клей &quot;М&quot;", "price": 1}, {"name": wrong, "price": 2}]))
    ] == [
        'Клей "М"',
        "Эмаль белая",
    ]


@pytest.mark.parametrize("document", [{"a": 1}, [], {}, [1, 2], {"width": 5, "height": 7}, [{"phone": "1"}]])
def test_a_document_without_goods_is_refused_with_its_keys(document):
    with pytest.raises(BadPriceList) as refused:
        offers(json.dumps(document))

    assert refused.value.code == "no_header"
