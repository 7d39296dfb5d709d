"""What one of two names need not say, and what must not be taken for silence."""

import pytest

from quarry.domain.matching import difference, score
from quarry.settings import Settings

MATCH, REVIEW = Settings().match_threshold, Settings().review_threshold

JOINED = [
    # what goods are unless they are called otherwise
    ("Арматура А500С 12 мм 11,7 м", "Арматура рифленая A500C 12мм 11.7м"),
    ("Кабель ВВГнг-LS 3х4", "Кабель силовой медный ВВГнг-LS 3х4 0,66 кВ"),
    ("Уголок 45х45х4 ст3сп5 6м", "Уголок стальной горячекатаный 45х4 6 м"),
    ("Кирпич рядовой М150 1НФ", "Кирпич керамический рядовой одинарный М150"),
    ("Отвод канализационный 50х45", "Отвод канализации внутренней 50х45 серый"),
    ("Плита ПБ 60-12-8", "Плита перекрытия ПБ 60.12-8 железобетонная (5980х1190х220)"),
    ("Саморез желтый цинк 4х40 (500 шт)", "Саморез 4,0х40 желтый 500 шт"),
    # a thing of a name needs no noun, and no maker
    ("Эмаль Tikkurila Мираль гладкая 0,75 л", "Tikkurila Мираль гладкая 750 мл"),
    # articles, a colour's number, centimetres
    ("Перфоратор Ветрокс РХ 26 0.612.345.0A1", "Ветрокс РХ 26 перфоратор"),
    ("Профнастил С8 0,5 7024 серый графит", "Профлист С8 0.5 RAL 7024 полиэстер"),
    ("Раковина Мелисса 60 см", "Умывальник Мелисса 60"),
    # two words for one, contractions
    ("Плита NordBoard 12 мм", "Норд Борд плита 12мм"),
    ("Шт-ка гипсовая Аркада 25 кг", "Штукатурка Аркада гипсовая 25кг"),
    ("Труба э/св 76х3,5", "Труба электросварная прямошовная 76*3.5"),
]
APART = [
    ("Арматура А240 гладкая 12 мм", "Арматура А240 рифленая 12 мм"),
    ("Кисть плоская 50 мм", "Кисть радиаторная 50 мм"),
    ("Пена монтажная ручная 750 мл", "Пена монтажная пистолетная 750 мл"),
    ("Отвод ПЭ 100 SDR 11 75 мм", "Отвод ПЭ 100 SDR 11 75 мм эл/св"),
    ("ГВЛ 10х1200х2500", "ГВЛВ 10х1200х2500"),
    ("Выключатель 2P 40А", "Выключатель дифференциальный 2P 40А"),
    ("Эмаль для радиаторов белая 1 кг", "Эмаль для металла белая 1 кг"),
    ("Труба канализационная 110 серая", "Труба канализационная 110 рыжая"),
    ("Удлинитель 1/2 1 см", "Удлинитель 1/2 10 см"),
    ("Герметик акриловый 280 мл", "Герметик силиконовый 280 мл"),
    ("Профнастил С8 0,5 RAL 7024", "Профнастил С8 0,5 RAL 6005"),
]
ASKED = [
    ("Котел настенный Тайга 24", "Котел настенный Тайга 24 F"),
    ("Экопанель Комфорт 50 мм 1185х585", "Экопанель 50 мм 1185х585"),
]


@pytest.mark.parametrize(("name", "other"), JOINED)
def test_what_goods_are_anyway_makes_no_other_goods(name, other):
    assert score(name, "шт", other, "шт") >= MATCH
    assert score(other, "шт", name, "шт") >= MATCH


@pytest.mark.parametrize(("name", "other"), APART)
def test_a_name_that_says_something_else_is_not_silent(name, other):
    assert score(name, "шт", other, "шт") < MATCH
    assert score(other, "шт", name, "шт") < MATCH


@pytest.mark.parametrize(("name", "other"), ASKED)
def test_a_letter_or_a_series_that_one_name_lacks_is_a_question(name, other):
    assert REVIEW <= score(name, "шт", other, "шт") < MATCH


def test_details_that_are_met_are_not_counted():
    found = difference("Лист 3 мм", "т", "Лист 3 мм", "т")
    assert found
    assert not found.missing
