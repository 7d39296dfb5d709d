import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quarry.domain.lexical import lexical_query, lexical_vector
from quarry.domain.text import normalize_name, number_key

SAME = [
    ("Цемент М500", "цемент м 500"),
    ("Цемент М500", "ЦЕМЕНТ М-500"),
    ("Цемент M500", "Цемент М500"),
    ("КESTONIT шпаклевка", "KESTONIT шпаклёвка"),
    ("Клей 20 кг", "клей 20кг"),
    ("Клей 20 kg", "клей, 20кг"),
    ("Брус 50х150х6000", "Брус 50 x 150 x 6000"),
    ("Брус 50×150×6000 мм", "Брус 50*150*6000"),
    ("Гипсокартон 12,5 мм", "гипсокартон 12.50мм"),
    ("Арматура ⌀12", "арматура d12"),
    ("Арматура Ø 12 мм", "арматура 12 мм"),
    ("Кран Ду 15", "Кран DN15"),
    ("Краска «Белая»  (матовая)", 'Краска "белая", матовая'),
    ("Грунт 1000 мл", "грунт 1 л"),
    ("Цемент 0,5 т", "Цемент 500 кг"),
    ('Кран шаровой 1/2"', "кран шаровой ½"),
    ("Эмаль ПФ-115", "эмаль пф 115"),
    ("Блок ФБС 24.4.6-Т", "блок ФБС 24-4-6Т"),
]
DIFFERENT = [
    ("Цемент М500", "Цемент М400"),
    ("Арматура 12 мм", "Арматура 16 мм"),
    ("затирка белая 10", "затирка бежевая 30"),
    ("Труба 20х3,4", "Труба 20х2,8"),
    ("Блок D400", "Блок 40 мм"),
    ("Кран 1/2", "Кран 3/4"),
    ("Блок ФБС 24.4.6-Т", "Блок ФБС 12.4.6-Т"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_name_written_differently_is_the_same_material(one, other):
    assert normalize_name(one) == normalize_name(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_numbers_make_another_material(one, other):
    assert normalize_name(one) != normalize_name(other)
    assert number_key(one) != number_key(other)


names = st.text(max_size=60) | st.text(alphabet='мdmxх×*дкгтлу0123456789 ,.-/½°⌀"авс²³№', max_size=30)


@settings(max_examples=400)
@given(names)
def test_the_canonical_form_is_its_own_canonical_form(name):
    once = normalize_name(name)
    assert normalize_name(once) == once
    assert number_key(once) == number_key(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Цемент М-500 Д0 50кг", "50кг|д0|м500"),
        ("Гипсокартон 12,5 мм", "12.5"),
        ("Труба PN 20 20х3,4", "20x3.4|pn20"),
        ("Эмаль ПФ-115 белая 1,9кг", "1.9кг|115"),
        ("Песок речной", ""),
    ],
)
def test_the_key_holds_grades_sizes_and_amounts(name, key):
    assert number_key(name) == key


def shared_terms(query, name):
    return set(lexical_query(query)[0]) & set(lexical_vector(name)[0])


def test_word_forms_meet_in_the_lexical_vector():
    assert shared_terms("плитки", "плитка")


def test_a_compound_word_is_found_by_its_end():
    assert shared_terms("цемент", "Портландцемент М500")


def test_a_size_is_found_by_one_of_its_numbers():
    assert shared_terms("труба 20", "Труба 20х3,4") > shared_terms("труба", "Труба 20х3,4")


def test_lexical_indices_are_unsigned_32_bit_and_distinct():
    indices, weights = lexical_vector("Клей для плитки Клей 20х20 2500х1200")
    assert len(set(indices)) == len(indices) == len(weights)
    assert all(0 <= index < 2**32 for index in indices)
