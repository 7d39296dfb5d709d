import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind, Vat
from quarry.pricelists.headers import price_header, role_of


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Наименование товаров.", Role.NAME),
        ("Номенклатура", Role.NAME),
        ("ТОВАР", Role.NAME),
        ("Наименование, артикул", Role.NAME),
        ("Product name", Role.NAME),
        ("Артикул", Role.SKU),
        ("Код товара", Role.SKU),
        ("vendorCode", Role.SKU),
        ("Ед. Измер.", Role.UNIT),
        ("Единица измерения", Role.UNIT),
        ("calc_unit", Role.UNIT),
        ("Цена за ед. руб.", Role.PRICE),
        ("цена с НДС,руб", Role.PRICE),
        ("Мелк.опт.", Role.PRICE),
        ("руб./м3", Role.PRICE),
        ("unitPrice", Role.PRICE),
        ("РРЦ", Role.PRICE),
        ("Вал.", Role.CURRENCY),
        ("unit_price_currency", Role.CURRENCY),
        ("Группа товаров", Role.CATEGORY),
        ("use_category", Role.CATEGORY),
        ("Остаток на складе", Role.STOCK),
        ("count", Role.STOCK),
        ("Кол-во в уп.", Role.PACK),
        ("шт/уп", Role.PACK),
        ("Фасовка", Role.PACK),
        ("Вес", Role.WEIGHT),
        ("Размер", Role.SIZE),
        ("Марка", Role.MODEL),
        ("Производитель", Role.BRAND),
        ("Примечание", Role.DESCRIPTION),
        ("№ п/п", Role.IGNORED),
        ("Ваш заказ", Role.IGNORED),
        ("date_price_change", Role.IGNORED),
        ("Цены указаны с НДС 18%", None),
        ("Kiilto", None),
        ("", None),
    ],
)
def test_a_header_is_known_by_its_synonyms(label, role):
    assert role_of(label) is role


@pytest.mark.parametrize(
    ("label", "kind", "vat", "currency", "unit"),
    [
        ("Розн. Цена", PriceKind.RETAIL, None, None, None),
        ("Опт., руб", PriceKind.WHOLESALE, None, "RUB", None),
        ("Дилерская цена без НДС, EUR", PriceKind.DEALER, Vat.EXCLUDED, "EUR", None),
        ("Цена с НДС за 1 шт., руб", PriceKind.RETAIL, Vat.INCLUDED, "RUB", "шт"),
        ("Цена, руб/м²", PriceKind.RETAIL, None, "RUB", "м²"),
        ("Цена за ед. руб.", PriceKind.RETAIL, None, "RUB", None),
        ("buy_price", PriceKind.OTHER, None, None, None),
        ("Старая цена", PriceKind.OTHER, None, None, None),
        ("от 10 шт", PriceKind.WHOLESALE, None, None, None),
    ],
)
def test_a_price_header_says_whose_price_it_is(label, kind, vat, currency, unit):
    header = price_header(label)

    assert (header.kind, header.vat, header.currency, header.unit) == (kind, vat, currency, unit)


_LATIN = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")


@given(st.sampled_from(["Наименование", "Цена", "Остаток", "Артикул", "Категория", "Ед. изм."]), st.data())
def test_lookalike_letters_never_hide_a_header(label, data):
    mixed = "".join(data.draw(st.sampled_from([letter, letter.translate(_LATIN)])) for letter in label)

    assert role_of(mixed) is role_of(label)


@given(st.sampled_from(["Наименование", "Цена", "Остаток", "Артикул"]), st.sampled_from(["", " ", ".", ":", "\n"]))
def test_case_and_punctuation_never_hide_a_header(label, tail):
    assert role_of(label.upper() + tail) is role_of(label) is role_of(f" {label.lower()}{tail}")


@given(st.text(max_size=200))
def test_no_text_breaks_it(label):
    role_of(label)
    price_header(label)


@pytest.mark.parametrize(
    ("label", "unit"),
    [("Цена за 1000 шт, руб.", "1000 шт"), ("Preis per 100 Stück, EUR", "100 шт"), ("Цена за 50 кг", "50 кг"),
     ("Цена за 1 шт", "шт"), ("Цена, руб/м2", "м²"), ("Цена на 01.12", None)],
)  # fmt: skip
def test_a_price_may_be_for_several_of_a_unit(label, unit):
    assert price_header(label).unit == unit


def test_thousands_of_sums():
    assert price_header("Нархи, минг сўм").scale == 1000
