from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.packages import Contents, parse_package


def contents(name: str) -> dict[str, str]:
    found = parse_package(name)
    return {
        field: f"{amount.normalize():f}"
        for field in Contents.__dataclass_fields__
        if (amount := getattr(found, field)) is not None
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Клей плиточный 25кг", {"mass": "25"}),
        ("Штукатурка гипсовая (30 кг)", {"mass": "30"}),
        ("Цемент М500 Д0, мешок 50 кг", {"mass": "50"}),
        ("Мешок цемента М500 50 кг", {"mass": "50"}),
        ("Ведро краски 10 л", {"liquid": "10"}),
        ("Пескобетон М-300 40кг", {"mass": "40"}),
        ("Цемент М500 Д0 25кг", {"mass": "25"}),
        ("Пигмент железоокисный 500 г", {"mass": "0.5"}),
        ("Песок фракционированный, биг-бэг 0,5 т", {"mass": "500"}),
        ("Затирка 1кг, сине-серая, 1кг", {"mass": "1"}),
        ("Состав для пола (слой 3-20 мм) 20 кг", {"mass": "20"}),
        ("Краска напольная 0.33л", {"liquid": "0.33"}),
        ("Очиститель 1000 мл", {"liquid": "1"}),
        ("Эмаль белая (2,7л)", {"liquid": "2.7"}),
        ("Плёнка пароизоляционная 70м2", {"area": "70"}),
        ("Утеплитель 50 мм (уп 0,24м3; 4,8 м2)", {"area": "4.8", "cubic": "0.24"}),
        ("Гипсокартон влагостойкий 2500х1200х12,5", {"area": "3"}),
        ("Лист ГКЛ (12,5мм 1,2*2,5м)", {"area": "3"}),
        ("Фанера ФК 1525*1525 сорт 4/4", {"area": "2.325625"}),
        ("Обои под покраску 1,06х25", {"area": "26.5"}),
        ("Рубероид рулон 1х10 м", {"area": "10"}),
        ("Доска обрезная 50х150х6000", {"cubic": "0.045"}),
        ("Саморез 3,5х25 (1000 шт)", {"pieces": "1000"}),
        ("Муфта 20 (упаковка по 10 шт./кор.)", {"pieces": "10"}),
        ("Крестики 2 мм 200 шт/упак", {"pieces": "200"}),
        ("Лента 50 шт. в уп.", {"pieces": "50"}),
    ],
)
def test_the_content_is_read_from_the_name(name, expected):
    assert contents(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Труба PN20 20х3,4",
        "Цемент М500",
        "Труба DN20",
        "Смесь для пола, слой 3-20 мм",
        "Состав самовыравнивающий 20к",
        "Бойлер напольный 95л 26 кВт",
        "Бак расширительный 24 л",
        "Тройник ПВХ 90 гр. D 20 мм",
        "Кувалда 5 кг",
        "Молоток слесарный 500 г",
        "Кронштейн до 150 кг",
        "Домкрат 2 т",
        "Мешок строительный 50 кг",
        "Утеплитель плотностью 35 кг/м3",
        "Грунтовка, расход 0,2 л/м2",
        "Манометр 10 кгс/см2",
        "Комплект (смола 25кг + отвердитель 4.5 кг)",
        "Каталог 2015 г.",
        "Люк чугунный 770 х 626 х 90",
        "Радиатор 500х600х100",
        "Обогреватель на 20 м2",
        "Двигатель 5 л.с.",
        "Кирпич М150 250х120х65",
        "Сетка шлифовальная 115х280 мм",
        "Насос 10-15 кг",
        "",
    ],
)
def test_numbers_that_are_not_a_content_are_ignored(name):
    assert contents(name) == {}


def test_two_different_amounts_leave_it_open():
    assert contents("Мастика 20 кг (ведро 18 кг)") == {}


@given(st.text(max_size=120))
def test_no_name_breaks_it_and_amounts_are_positive(name):
    found = parse_package(name)

    assert all(amount is None or amount > 0 for amount in (found.mass, found.liquid, found.area, found.pieces))


@given(st.decimals(min_value=Decimal("0.1"), max_value=1000, places=1), st.sampled_from(["кг", " кг", " КГ", "kg"]))
def test_any_mass_survives_being_written(amount, mark):
    assert parse_package(f"Смесь сухая {str(amount).replace('.', ',')}{mark}").mass == amount
