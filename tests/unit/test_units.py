from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.units import UNITS, Dimension, base_factor, base_symbol, parse_unit, unit


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        *[(word, "м³") for word in ("м3", "м³", "куб.м", "м.куб", "куб. м.", "m3", "кубометр", "М3")],
        *[
            (word, "м²")
            for word in ("м2", "м²", "кв.м", "кв. м", "м.кв.", "sqm", "m2", "руб/м2", "₽ за м²", "Цена, руб/м²")
        ],
        *[(word, "м") for word in ("м", "м.п.", "п.м.", "пог. м", "пог.м.", "погонный метр", "m", "М")],
        *[(word, "шт") for word in ("шт", "шт.", "ШТ", "штука", "штук", "pcs", "piece", "за 1 шт", "1 шт.")],
        *[(word, "упак") for word in ("уп", "уп.", "упак", "упаковка", "pack", "yп", "уп (10 шт)")],
        *[(word, "т") for word in ("т", "тн", "тонна", "t", "руб./т")],
        *[(word, "кг") for word in ("кг", "КГ", "kg", "кг.", "Kг")],
        *[(word, "л") for word in ("л", "л.", "литр", "l")],
        *[(word, "тыс. шт") for word in ("тыс. шт", "тыс.шт.", "1000 шт", "тшт")],
        ("100 шт", "100 шт"),
        ("рулон", "рулон"),
        ("рул.", "рулон"),
        ("лист", "лист"),
        ("мешок", "мешок"),
        ("меш", "мешок"),
        ("мешок 50 кг", "мешок"),
        ("ведро (25кг)", "ведро"),
        ("компл.", "компл"),
        ("к-т", "компл"),
        ("бухта", "бухта"),
        ("пар", "пара"),
        ("секц.", "секция"),
        ("мл", "мл"),
    ],
)
def test_a_unit_is_known_however_it_is_written(written, symbol):
    found = parse_unit(written)

    assert found is not None
    assert found.symbol == symbol


@pytest.mark.parametrize("written", [None, "", "-", "Цена за ед. руб.", "абв", "20", "мм2/с", "x" * 500])
def test_a_text_that_is_not_a_unit_is_none(written):
    assert parse_unit(written) is None


def test_every_name_symbol_and_synonym_leads_to_its_own_unit():
    for each in UNITS:
        for word in (each.name, each.symbol, *each.synonyms):
            assert parse_unit(word) is each, word


def test_every_dimension_has_its_base_unit():
    bases = {each.dimension for each in UNITS if each.factor == 1}

    assert bases == set(Dimension)
    assert all(each.factor > 0 for each in UNITS)
    assert len({each.code for each in UNITS}) == len(UNITS)


def test_liquids_are_compared_per_litre_and_solids_per_cubic_metre():
    assert (base_symbol(unit("l")), base_factor(unit("l"))) == ("л", Decimal(1))
    assert (base_symbol(unit("ml")), base_factor(unit("ml"))) == ("л", Decimal("0.001"))
    assert (base_symbol(unit("m3")), base_factor(unit("m3"))) == ("м³", Decimal(1))
    assert unit("l").factor * 1000 == unit("m3").factor


@given(st.sampled_from(UNITS), st.data())
def test_case_dots_and_spaces_do_not_matter(each, data):
    word = data.draw(st.sampled_from([each.name, each.symbol, *each.synonyms]))
    written = f"  {word.upper() if data.draw(st.booleans()) else word}{data.draw(st.sampled_from(['', '.', ' .']))} "

    assert parse_unit(written) is each


@given(st.text(max_size=80))
def test_no_text_breaks_it(text):
    parse_unit(text)
