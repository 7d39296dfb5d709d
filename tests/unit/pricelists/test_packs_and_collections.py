"""Packages and collections that tell goods apart, and what stands above or beside them."""

from tests.unit.pricelists.files import offers, xlsx


def named(rows, **how):
    return [row.name for row in offers(xlsx(rows, **how))]


def test_packages_end_the_names_where_only_they_tell_some_goods_apart():
    rows = [["Наименование", "Ед.", "Кол-во в упаковке", "Цена, руб."]]
    rows += [["Грунт глубокий", "вед", "5 л", 410], ["Грунт глубокий", "вед", "10 л", 760]]
    rows += [[f"Дюбель фасадный {number}", "шт", 100 * number, 3 + number] for number in range(1, 9)]
    found = named(rows)
    assert found[:2] == ["Грунт глубокий 5 л", "Грунт глубокий 10 л"]
    assert found[2] == "Дюбель фасадный 1"  # a bare number is of pieces, and no size


def test_packages_are_known_in_belarusian():
    rows = [["Код", "Найменне тавару", "Фасоўка, кг", "Адз. вым.", "Цана, бел. руб."]]
    rows += [["С-1", "Клей для пліткі", 25, "мяшок", 12.4], ["С-2", "Клей для пліткі", 5, "вядро", 6.1]]
    rows += [[f"С-{number}", f"Сумесь муровачная М{number}00", 25, "мяшок", 7 + number] for number in range(3, 9)]
    assert named(rows)[:2] == ["Клей для пліткі 25 кг", "Клей для пліткі 5 кг"]


def test_a_column_beside_the_goods_is_what_its_own_title_says_below_theirs():
    rows = [
        ["Група / Номенклатура", "", "Артикул", "Роздрібна", "", "Гуртова"],
        ["", "Бренд", "", "Ціна", "Од.", "Ціна"],
    ]
    rows += [
        [f"Коліно {40 + number}/45", "Пласт", f"3{number}", 12.5 + number, "шт", 11 + number] for number in range(5)
    ]
    rows += [[f"Трап {60 + number}", "Аква-Н", f"4{number}", 42.5 + number, "шт", 39 + number] for number in range(5)]
    found = named(rows, merges=["A1:B1", "D1:E1"])
    assert [found[0], found[-1]] == ["Коліно 40/45 Пласт", "Трап 64 Аква-Н"]


def test_colours_are_no_months_and_may_be_made_of_few_goods():
    rows = [["Nazwa", "Kolor", "", "", ""], ["", "szary", "czerwony", "żółty", "melanż"]]
    rows += [[f"Płyta tarasowa {number}0x40", 40 + number, 44 + number, 45 + number, "–"] for number in range(3, 8)]
    rows += [["Kostka łupana 6", 60, 63, 64, 71]]
    found = offers(xlsx(rows, merges=["B1:E1"]))
    assert [row.price for row in found if row.name == "Kostka łupana 6 melanż"] == [71]
    assert len(found) == 5 * 3 + 4


def test_a_yellow_price_is_none_of_october():
    rows = [["Назва", "Ціна, грн", "", ""], ["", "жовтий", "червоний", "сірий"]]
    rows += [[f"Плитка стара площа {number}0 мм", 400 + number, 410 + number, 380 + number] for number in range(3, 8)]
    found = offers(xlsx(rows, merges=["B1:D1"]))
    assert [row.name.split()[-1] for row in found[:3]] == ["жовтий", "червоний", "сірий"]


def test_goods_with_prices_in_words_are_no_header():
    rows = [["Студия «Свод»", ""], ["Звоните, замер без оплаты", ""], ["", ""], ["ПОЛОТНА", ""]]
    rows += [[f"Полотно белое тип {number}", f"{400 + 10 * number} руб."] for number in range(1, 6)]
    rows += [["", ""], ["ПРОФИЛИ", ""]]
    rows += [[f"Профиль стеновой {number}", f"{100 + 10 * number} руб./м.п."] for number in range(1, 6)]
    found = offers(xlsx(rows))
    assert [(row.name, row.price) for row in found][::5] == [("Полотно белое тип 1", 410), ("Профиль стеновой 1", 110)]
    assert len(found) == 10


def test_a_footnotes_stars_are_no_part_of_a_name():
    rows = [["Наименование", "Цена, руб."], ["Полотно резное*", 1850], ["Монтаж выше 3 м **", 150], ["Профиль", 90]]
    assert named(rows) == ["Полотно резное", "Монтаж выше 3 м", "Профиль"]


_TILES = ["Фото", "Артикул", "Наименование", "Размер, см", "Ед.", "Цена, руб."]


def _collections(kinds, *titles):
    rows = [["Плитка Юга — склад и магазин"], ["Керамика Волга"], [""]]
    for number, title in enumerate(titles, 1):
        rows += [["", title], _TILES]
        rows += [
            ["", f"Т{number}{at}", kind, "20х40", "м2", 900 + 10 * number + at] for at, kind in enumerate(kinds, 1)
        ]
        rows += [[""]]
    return rows


def test_collections_whose_titles_stand_beside_the_names_begin_the_names_that_come_again():
    rows = _collections(["Плитка светлая", "Плитка тёмная", "Бордюр"], "Коллекция «Дон»", "Коллекция «Ока»")
    found = offers(xlsx(rows))
    assert {row.category for row in found} == {("Коллекция «Дон»",), ("Коллекция «Ока»",)}
    assert [found[0].name, found[3].name] == [
        "Коллекция «Дон» Плитка светлая 20х40",
        "Коллекция «Ока» Плитка светлая 20х40",
    ]


def _models(*series):
    rows = [["Климат-Волга, Саратов"], ["Цены в у.е. (1 у.е. = 1 доллар США)"], [""]]
    for number, title in enumerate(series, 1):
        rows += [[title], ["Код", "Модель", "Площадь, м²", "Розница", "Дилер 1"]]
        rows += [[f"{number}0{at}", f"KV-{number}{at}HN", 20 + at, 300 + at, 250 + at] for at in range(1, 5)] + [[""]]
    return rows


def test_models_are_called_by_the_title_right_above_each_header_the_first_too():
    found = offers(xlsx({"Бытовые": _models("Сплит-системы Волга", "Мобильные кондиционеры Кама"), "Прочее": [["-"]]}))
    assert [found[0].name, found[-1].name] == ["Сплит-системы Волга KV-11HN", "Мобильные кондиционеры Кама KV-24HN"]
    assert found[0].category == ("Бытовые", "Сплит-системы Волга")


def test_conventional_units_that_one_sheet_defines_are_those_of_the_next():
    pipes = [[f"Труба медная {number}/4", "м", 2.1 + number] for number in range(1, 5)]
    book = {
        "Бытовые": _models("Сплит-системы Волга"),
        "Трубы": [["Материал", "Ед.", "Розница"], *pipes],
        "Крепёж": [["Материал", "Ед.", "Цена, у.е."], ["Кронштейн 450", "компл", 5.4], ["Дюбель", "шт", 0.2]],
    }
    assert {(row.sheet, row.currency) for row in offers(xlsx(book))} == {(sheet, "USD") for sheet in book}


def test_the_first_collection_begins_its_names_also_where_the_header_stands_once():
    rows = _collections(["Плитка светлая", "Плитка тёмная", "Бордюр"], "Коллекция «Дон»", "Коллекция «Ока»")
    once = [row for at, row in enumerate(rows) if row != _TILES or at == rows.index(_TILES)]
    assert named(once)[0] == "Коллекция «Дон» Плитка светлая 20х40"


def test_the_first_section_of_a_text_file_has_its_title_as_the_others_do():
    rows = _models("Сплит-системы Волга", "Мобильные кондиционеры Кама")
    text = "\n".join(";".join(map(str, [*row, *[""] * (5 - len(row))])) for row in rows)
    found = [row.name for row in offers(text)]
    assert [found[0], found[-1]] == ["Сплит-системы Волга KV-11HN", "Мобильные кондиционеры Кама KV-24HN"]
