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
