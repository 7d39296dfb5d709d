"""Every reason of a line has words in Russian, and what has none is shown as it is."""

import re
from decimal import Decimal

import pytest

from quarry.domain.estimates.choosing import answer
from quarry.domain.estimates.lines import AskedLine, Found, Terms
from quarry.domain.estimates.reasons import in_russian, language_of, line_in
from quarry.domain.names.asking import fit
from quarry.knowledge import load

LATIN = re.compile(r"[A-Za-z]{2,}")
OFFER = {
    "id": 1,
    "supplier_id": 7,
    "name": "Цемент",
    "sku": None,
    "price": "450",
    "currency": "RUB",
    "unit": "мешок",
    "price_per_base_unit": "9",
    "base_unit": "кг",
    "comparable": [{"unit": "кг", "price": "9"}],
    "in_stock": None,
    "valid_from": None,
}


def asked(name="Цемент М500", unit="кг", quantity=Decimal(100)):
    return AskedLine(line=1, name=name, quantity=quantity, unit=unit)


def conflicts():
    pairs = [
        ("Труба ПНД 32", "Муфта ПНД 32"),
        ("Клей Церезит", "Клей Кнауф для плитки"),
        ("Дверь левая", "Дверь правая"),
        ("Краска белая", "Краска красная"),
        ("Цемент М500", "Цемент М400"),
        ("Штукатурка фасадная", "Штукатурка интерьерная"),
        ("Тройник 20", "Тройник 20х25х20"),
        ("Кирпич облицовочный", "Образец кирпича облицовочного"),
        ("Пенополистирол ПСБ-С-25", "Пенополистирол ПСБ-С-25-Ф"),
        ("Труба 20х3,4", "Труба 25х4,2"),
        ("Отвод 110 45°", "Отвод 110 90°"),
        ("Смеситель", "Гусак смесителя"),
        ("Изоспан В", "Изоспан А"),
    ]
    return [(a, b, found.conflict) for a, b in pairs if (found := fit(a, b, "шт")).conflict]


def test_why_goods_are_others_is_said_in_russian():
    found = conflicts()
    assert len(found) >= 9
    assert [one for one in found if LATIN.search(in_russian(one[2]))] == []


@pytest.mark.parametrize(
    ("found", "terms", "decided", "says"),
    [
        ([], "RUB", False, "нет ни в одном"),
        ([], "RUB", True, "Человек отметил"),
        ([{"offers": [OFFER]}], "RUB", False, "всё, что требуется"),
        ([{"offers": [OFFER], "chosen": True}], "RUB", True, "выбран человеком"),
        ([{"offers": [OFFER], "silent": ("М500",), "cost": 0.2}], "RUB", False, "не сказано: М500"),
        ([{"offers": [OFFER]}], "EUR", False, "цена в RUB"),
        ([{"offers": [{**OFFER, "price": None}]}], "RUB", False, "цена не указана"),
        (
            [{"offers": [{**OFFER, "unit": None, "base_unit": "шт", "comparable": []}]}],
            "RUB",
            False,
            "«штука» не пересчитывается в «кг»",
        ),
        ([{"offers": []}], "RUB", False, "никто не предлагает"),
    ],
)
def test_why_a_line_is_answered_so_is_said_in_russian(found, terms, decided, says):
    materials = [Found(id="m", name="Цемент М500", **one) for one in found]
    line = answer(asked(), materials, Terms(currency=terms), decided=decided)
    shown = line_in("ru", line)
    assert says in shown["why"]
    assert not LATIN.search(re.sub("RUB|EUR", "", shown["why"]))
    assert line_in("en", line) == line


def test_alternatives_and_offers_that_do_not_count_are_said_in_russian_too():
    others = [
        Found(id="m", name="Цемент М500", offers=[OFFER]),
        Found(id="n", name="Цемент М400", conflict="another grade", offers=[OFFER]),
        Found(id="o", name="Цемент", silent=("500",), cost=2.0, offers=[OFFER]),
        Found(id="p", name="Цемент М500 Д0", offers=[{**OFFER, "id": 2, "currency": "USD"}, {**OFFER, "id": 3}]),
    ]
    shown = line_in("ru", answer(asked(), others, Terms(currency="RUB")))
    assert [one["why"] for one in shown["alternatives"]] == ["тоже подходит", "не сказано: 500", "другая марка"]
    assert [one["reason"] for one in shown["left_out"]] == ["цена в USD"]


def test_every_kind_of_goods_has_a_name_in_russian():
    codes = [one["code"] for one in load("goods")["class"]]
    assert [one for one in codes if LATIN.search(in_russian(f"{one} instead of {codes[0]}"))] == []


def test_what_nobody_translated_is_shown_as_it_is():
    assert in_russian("A reason of tomorrow.") == "A reason of tomorrow."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, ru;q=0.5", "ru"),
        ("de", "en"),
        ("en-GB, ru", "en"),
    ],
)
def test_the_first_language_that_is_spoken_here_counts(accepted, language):
    assert language_of(accepted) == language
