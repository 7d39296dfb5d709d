"""What another sheet, a title, a heading or a row below says of goods and of their prices."""

import io

import pytest

from quarry import pricelists
from quarry.pricelists import Report
from quarry.pricelists.currencies import named_in
from tests.unit.pricelists.files import offers, xlsx


def attention(content):
    report = Report()
    list(pricelists.scan(io.BytesIO(content), "прайс.xlsx", report=report))
    return {found.code for found in report.attention}


def names(rows):
    return [row.name for row in offers(xlsx(rows))]


def test_a_sheet_without_a_currency_is_assumed_to_be_in_the_one_of_the_sheets_before_and_this_is_said():
    book = xlsx(
        {
            "Ворота": [["Цены в тенге"], ["Наименование", "Цена"], ["Ворота откатные", 410000], ["Калитка", 98000]],
            "Автоматика": [["Наименование", "Цена"], ["Привод", 150000], ["Пульт", 9000]],
        }
    )
    assert {(row.sheet, row.currency) for row in offers(book)} == {("Ворота", "KZT"), ("Автоматика", "KZT")}
    assert "currency_assumed" in attention(book)


def test_a_sheet_that_names_its_own_currency_has_it():
    book = xlsx(
        {
            "Ворота": [["Наименование", "Цена, тенге"], ["Ворота", 410000], ["Калитка", 98000]],
            "Автоматика": [["Наименование", "Цена, руб."], ["Привод", 15000], ["Пульт", 900]],
            "Прочее": [["Наименование", "Цена"], ["Ключ", 100], ["Замок", 700]],
        }
    )
    assert [row.currency for row in offers(book)] == ["KZT", "KZT", "RUB", "RUB", "RUB", "RUB"]


def test_a_table_below_one_in_another_currency_is_not_silent_of_its_own():
    rows = [["Наименование", "Цена, EUR"], *[[f"Насос {at}", 100 + at] for at in range(4)], [], ["Кабели"]]
    rows += [["Название", "Ед.", "Стоимость"], *[[f"Кабель {at}", "м", 50 + at] for at in range(4)]]
    content = xlsx(rows)
    assert {row.currency for row in offers(content)} == {"EUR"}
    assert "currency_assumed" in attention(content)


@pytest.mark.parametrize(
    "written", ["Прайс від 03.10.2026 р., ціни з ПДВ", "Ціни на 3 жовтня 2026 р.", "на 01.02.2026р"]
)
def test_a_year_is_no_rouble(written):
    assert named_in(written) is None


@pytest.mark.parametrize("written", ["2026 р.", "цена 2026 р.", "1 450 р"])
def test_a_price_of_a_years_number_is_one(written):
    assert named_in(written) == "RUB"


def test_money_and_tax_in_the_title_of_goods_are_those_of_their_prices():
    rows = [["ЗаводТруб, Казань"], ["Труба чугунная ЧК, бел. руб. с НДС за метр"], ["Диаметр, мм", "цена"]]
    rows += [[50, 41], [100, 66], [150, 95]]
    found = offers(xlsx(rows))
    assert next((row.name, row.currency, row.vat.value) for row in found) == (
        "Труба чугунная ЧК 50 мм",
        "BYN",
        "included",
    )


def test_what_delivery_costs_says_nothing_of_the_prices_of_goods():
    rows = [["Доставка 20 USD за м3"], ["Наименование", "Цена"], ["Песок", 900], ["Гравий", 1900]]
    assert {row.currency for row in offers(xlsx(rows))} == {"RUB"}


def test_sizes_stand_under_a_title_for_units_where_another_column_has_the_units():
    rows = [["Kod", "Ürün", "Ölçü", "Birim", "Fiyat TL"]]
    rows += [[f"K{at}", "Tavan profili", f"TC {at} 0,50 mm", "adet", 70 + at] for at in (47, 60, 75)]
    rows += [["K9", "Askı teli", "4 mm 1 m", "adet", 12]]
    found = offers(xlsx(rows))
    assert [(row.name, row.unit) for row in found][:2] == [
        ("Tavan profili TC 47 0,50 mm", "adet"),
        ("Tavan profili TC 60 0,50 mm", "adet"),
    ]


def test_words_among_sizes_are_no_names_where_headings_name_the_goods():
    rows = [["Артикул", "Размер, мм", "Вес, кг", "Цена, руб."], ["Балясина"]]
    rows += [["Б1", "950х12", 1.3, 900], ["Б2", "950х14", 1.7, 990], ["Цветок"], ["Ц1", "ромашка d60", 0.2, 150]]
    rows += [["Ц2", "80х80", 0.3, 190]]
    assert names(rows) == ["Балясина 950х12", "Балясина 950х14", "Цветок ромашка d60", "Цветок 80х80"]


def test_sizes_that_are_whole_names_stay_so_below_headings():
    rows = [["Размер", "Цена, руб."], ["Стенка 2 мм"]]
    rows += [[f"Уголок {at}х{at}", 10 * at] for at in (20, 25, 32, 40)]
    assert names(rows)[0] == "Уголок 20х20"


def test_goods_of_articles_alone_are_named_by_headings_and_their_first_measure():
    rows = [["Артикул", "Площадь обогрева, м²", "Мощность, Вт", "Сопротивление, Ом", "РРЦ", "Монтажникам"]]
    rows += [["Мат нагревательный 150 Вт/м²"]]
    rows += [[f"МН-0{at}", at, 150 * at, 320.7 / at, 1000 + 800 * at, 900 + 700 * at] for at in (1, 2, 3)]
    rows += [["Плёнка инфракрасная"], ["ПИ-01", 1, 220, 220.5, 1370, 1200], ["ПИ-02", 2, 440, 110.2, 2100, 1900]]
    found = offers(xlsx(rows))
    assert [(row.name, row.sku, row.price) for row in found if row.price == 1370] == [
        ("Плёнка инфракрасная 1 м² ПИ-01", "ПИ-01", 1370)
    ]
    assert len({row.name for row in found}) == 5


def test_a_blank_first_column_is_not_what_goods_are_called_by():
    rows = [["", "Артикул", "Длина, м", "Цена, руб."], ["", "Кабель греющий 18 Вт/м"]]
    rows += [["", f"К18-{at}", at, 200 * at] for at in (8, 12, 16)]
    assert names(rows)[0] == "Кабель греющий 18 Вт/м 8 м"


def test_attributes_of_goods_over_several_rows_are_their_description():
    rows = [["Модель", "Параметр", "Значение", "Цена, руб."]]
    for at in (3, 4, 5, 6):
        for label, value in (("Размер, м", f"{at},0"), ("Высота борта, м", "1,25"), ("Гарантия", "3 года")):
            rows.append([f"Купель «Волна» {at}", label, value, 10000 * at])
    found = offers(xlsx(rows))
    assert [(row.name, row.price) for row in found] == [(f"Купель «Волна» {at}", 10000 * at) for at in (3, 4, 5, 6)]
    assert found[0].description == "Размер, м: 3,0; Высота борта, м: 1,25; Гарантия: 3 года"


@pytest.mark.parametrize(("was", "now"), [("Было", "Стало"), ("Statt", "Jetzt"), ("Było", "Teraz"), ("Was", "Now")])
def test_of_a_price_before_and_one_now_that_one_holds(was, now):
    content = xlsx(
        [["Артикул", "Наименование", was, now], *[[f"A{at}", f"Клей {at}", 90 + at, 70 + at] for at in range(4)]]
    )
    found = offers(content)
    assert next((row.price, row.prices) for row in found) == (70, ())
    assert "amounts_unused" not in attention(content)


def test_goods_that_are_not_read_beside_others_are_said():
    rows = [["Наименование", "Зорбала", "", "Наименование", "Цена"]]
    rows += [[f"Труба {at}х{at}", 800 + at, "", f"Уголок {at}х{at}", 700 + at] for at in (15, 20, 25, 30)]
    content = xlsx(rows)
    assert len(offers(content)) == 8 or "texts_unused" in attention(content)


def test_goods_under_an_unknown_title_are_told_apart_by_what_they_are_made_of():
    rows = [["Артикул", "Зорбала", "Размер", "Квамир", "Ед.", "Цена, руб."]]
    for at in (280, 333):
        rows += [
            [f"{at}-{code}", "Жёлоб полукруглый", at, of, "шт", at + len(of)]
            for code, of in (("Ц", "титанцинк"), ("М", "медь"))
        ]
    assert names(rows)[0] == "Жёлоб полукруглый 280 титанцинк"


def test_a_null_price_says_that_there_is_none_as_a_missing_one_does():
    goods = '[{"name": "Краска", "price": 90}, {"name": "Баллон 5 л", "price": null}, {"name": "Валик"}]'
    found = offers(goods, name="list.json")
    assert [(row.name, row.price, [issue.code for issue in row.issues]) for row in found[1:]] == [
        ("Баллон 5 л", None, []),
        ("Валик", None, []),
    ]
