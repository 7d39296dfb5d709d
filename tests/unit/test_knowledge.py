"""The vocabulary files are valid. Run this after each change of one: docs/knowledge.md."""

import re
from decimal import Decimal

import pytest

from local import ROOT
from quarry.domain.reading import Role
from quarry.knowledge import FOLDER
from quarry.knowledge.words import Notation
from quarry.pricelists.currencies import currency_of
from quarry.pricelists.headers import role_of
from quarry.pricelists.prices import parse_price
from tests.unit.knowledge_rules import faults

FILES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_word_is_written_as_the_notation_has_it(path):
    found = faults(path.stem, path.read_text("utf-8"))

    assert not found, "\n".join(found)


def test_the_page_about_the_words_shows_nothing_that_this_test_refuses():
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "knowledge.md").read_text("utf-8"), re.DOTALL)

    assert len(shown) > 3
    assert [fault for example in shown for fault in faults("columns", example)] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[total]\nru.starts = [""]', "headings.toml [total] ru.starts '': is empty"),
        ('[total]\nru.starts = ["*"]', "headings.toml [total] ru.starts '*': is empty"),
        ('[total]\nru.starts = ["?того"]', "headings.toml [total] ru.starts '?того': begins with «?»"),
        ('[total]\nru.starts = ["Итого"]', "headings.toml [total] ru.starts 'Итого': has a capital letter"),
        ('[total]\nru.starts = ["итого "]', "headings.toml [total] ru.starts 'итого ': has blanks at an end"),
        ('[total]\nru.starts = ["итого", "итого"]', "headings.toml [total] ru.starts 'итого': stands twice"),
        ('[total]\nru.begins = ["итого"]', "headings.toml [total.ru] begins: neither a language"),
        ('[total]\nrussian.starts = ["итого"]', "headings.toml [total] russian.starts: neither a language"),
        ('[total]\nru = "итого"', "headings.toml [total] ru: a list of words is expected"),
        ("[total]\nru.starts = [7]", "headings.toml [total] ru.starts 7: is no text"),
        ('[total]\nru.starts = ["<sum> руб"]', "<sum> is no list of this file's [lists]"),
        ("[total\nru = []", "headings.toml is not valid TOML"),
    ],
)
def test_a_slip_is_named_with_its_file_table_and_entry(text, fault):
    assert any(found.startswith(fault) or found.endswith(fault) for found in faults("headings", text))


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("columns", '[[column]]\nmeans = "prise"\nru.is = ["цена"]', "columns.toml [column 1]: 'prise' is unknown"),
        ("prices", '[[kind]]\nmeans = "cheap"\nru.is = ["цена"]', "prices.toml [kind 1]: 'cheap' is unknown"),
        ("units", '[[unit]]\ncode = "x"\ndimension = "heat"\nru = ["кал"]', "units.toml [unit 1]: 'heat' is unknown"),
        ("columns", '[lists.pack]\nru = ["Уп"]', "columns.toml [lists.pack] ru 'Уп': has a capital letter"),
        ("columns", '[[column]]\nmeans = "stock"\nru.is = ["объём"]', "columns.toml [column 1] ru.is 'объём': has «ё»"),
        (
            "columns",
            '[[column]]\nmeans = "sku"\nru.is = ["код"]\n[[column]]\nmeans = "id"\nen.is = ["код"]',
            "columns.toml [column 2, id] en 'код': stands in [column 1, sku] already",
        ),
        (
            "units",
            '[[unit]]\ncode = "l"\nru = ["л"]\n[[unit]]\ncode = "sheet"\nru = ["л"]',
            "units.toml [unit 2, sheet] ru 'л': stands in [unit 1, l] already",
        ),
    ],
)
def test_an_unknown_meaning_or_a_word_of_two_is_named(file, text, fault):
    assert any(found.startswith(fault) for found in faults(file, text))


def found(table, text, **notation):
    return bool(Notation(**notation).compiled(table).search(text))


@pytest.mark.parametrize(
    ("entry", "yes", "no"),
    [
        ("цена", ["цена", "Цена, руб", "розн. цена"], ["ценам", "оцена"]),
        ("стоимост*", ["стоимость", "Стоимости"], ["себестоимость"]),
        ("*опис*", ["описание", "прописано"], ["опс"]),
        ("d??", ["d", "d1", "dвн", "6 d"], ["dabc", "cd"]),
        ("цена за", ["цена за м2", "цена  за"], ["ценаза", "цена зал"]),
        ("упак* кол", ["упаковка кол", "упак кол"], ["упаковкакол"]),
        ("п / п", ["п/п", "№ п / п"], ["п п"]),
        ("т. ч.", ["в т.ч. ндс", "т. ч."], ["тч"]),
        ("от <number>", ["от 5", "от 10шт"], ["от5", "от пяти"]),
        ("ндс <numbers> руб", ["ндс руб", "ндс 20 % руб"], ["ндс два руб"]),
        ("<sold> в <pack>", ["шт в уп", "штуки в пачке"], ["шт уп", "в уп"]),
        ("₽ за", ["5₽за", "₽ за"], ["за ₽"]),
        ("a+b (c)", ["a+b (c)"], ["aab c"]),
    ],
)
def test_an_entry_finds_what_its_notation_says(entry, yes, no):
    lists = {"sold": {"ru": ["шт", "штук*"]}, "pack": {"ru": ["уп"], "pl": ["пач*"]}}

    assert [text for text in yes if not found({"ru": {"has": [entry]}}, text, lists=lists)] == []
    assert [text for text in no if found({"ru": {"has": [entry]}}, text, lists=lists)] == []


@pytest.mark.parametrize(
    ("place", "yes", "no"),
    [
        ("is", ["вид", "Вид"], ["вид работ", "вид\n", "новый вид"]),
        ("starts", ["вид", "вид работ"], ["новый вид", "видно"]),
        ("ends", ["вид", "новый вид"], ["вид работ", "кривид"]),
        ("has", ["вид", "новый вид работ"], ["виды"]),
    ],
)
def test_a_place_says_where_the_words_must_be(place, yes, no):
    assert all(found({"ru": {place: ["вид"]}}, text) for text in yes)
    assert not any(found({"ru": {place: ["вид"]}}, text) for text in no)


def test_languages_of_a_table_count_alike():
    table = {"means": "price", "ru": {"has": ["цена"]}, "pl": {"has": ["cena"], "starts": ["koszt*"]}}

    assert all(found(table, text) for text in ("цена", "moja cena", "koszty"))
    assert not found(table, "moje koszty")


def test_digits_may_touch_a_word_where_it_is_said_so():
    assert found({"ru": {"has": ["мм"]}}, "12мм", beside_digits=True)
    assert not found({"ru": {"has": ["мм"]}}, "12мм")
    assert not found({"ru": {"has": ["мм"]}}, "12ммм", beside_digits=True)


def test_of_two_spellings_the_longer_one_is_taken():
    pattern = re.compile(Notation().one_of(["*руб*", "*рублей"], open_end=True))

    assert pattern.sub("", "5 рублей") == "5 "


def test_a_letter_of_another_alphabet_makes_no_rouble():
    assert currency_of("5 р.") == "RUB"
    assert currency_of("набір фільтрів") is None
    assert currency_of("Адаптёр длинный") is None


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("500 рублей", "500", "RUB"),
        ("20 бел. рублей", "20", "BYN"),
        ("7 долларов", "7", "USD"),
        ("USDR100", None, None),
    ],
)
def test_a_currency_is_read_with_its_endings_and_an_article_is_not_a_price(cell, amount, currency):
    price = parse_price(cell)

    assert (price.amount, price.currency) == (amount and Decimal(amount), currency)


@pytest.mark.parametrize("role", Role)
def test_each_role_of_a_column_has_words(role):
    titles = {
        Role.NAME: "Наименование", Role.SIZE: "Толщина", Role.MODEL: "Марка", Role.SKU: "Артикул", Role.ID: "id",
        Role.UNIT: "Ед. изм.", Role.PRICE: "Цена", Role.CURRENCY: "Валюта", Role.CATEGORY: "Раздел",
        Role.STOCK: "Остаток", Role.PACK: "шт/уп", Role.WEIGHT: "Вес", Role.BRAND: "Бренд",
        Role.DESCRIPTION: "Описание", Role.IGNORED: "Фото",
    }  # fmt: skip

    assert role_of(titles[role]) is role
