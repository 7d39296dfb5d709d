from decimal import Decimal

import pytest

from quarry.adapters.qdrant.filters import of_materials
from quarry.domain.excerpts import Candidate, candidate_of, excerpt
from quarry.domain.highlights import Marker
from quarry.domain.money import money, quantity
from quarry.domain.query import Filters, PriceRange, Sort, SortBy, matches
from quarry.domain.ranking import rank, relevant, sort_hits
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Vocabulary

NOTHING_KNOWN = Vocabulary({})


def document(name, *, category=None, price=1.0, skus=(), offers=(), currency="RUB", unit="кг"):
    return {
        "material": {"id": name, "name": name, "sku": None},
        "category": category,
        "skus": list(skus),
        "offers": [{"name": offer, "currency": currency} for offer in offers or (name,)],
        "prices": [] if price is None else [{"amount": price}],
        "cheapest": {} if price is None else {currency: price},
        "compared_unit": unit,
    }


def order(query, *documents):
    understood = understand(query, NOTHING_KNOWN)
    ranked = relevant(rank(understood, list(map(Candidate.of, documents)), lambda _word: 1), understood.terms)
    return [item.candidate.document["material"]["name"] for item in ranked]


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("цемент м500", "Портландцемент М500", "Штукатурка цементная М150"),
        ("цемент м500", "Цемент 500 Д0", "Цемент М400"),
        ("гипсокартон 12,5", "Гипсокартон 2500х1200х12,5", "Гипсокартон 2500х1200х9,5"),
        ("труба 20х3,4", "Труба PN20 20х3,4", "Труба PN20 20х2,8"),
        ("труба 20х3,4", "Труба 20 (3,4)", "Труба 25 (3,5)"),
        ("сетка50х50", "Сетка сварная 50х50х1,6 рулон", "Сетка малярная 2х2 (50м)"),
        ("сетка 50х50", "Сетка сварная 50х50х1,6 рулон", "Сетка сварная 50х25х1,6 рулон"),
        ("клей для плитки", "Клей для плитки 25 кг", "Плитка клеевая"),
        ("пена монтажная", "Пена монтажная 750 мл", "Пистолет для монтажной пены"),
        ("кабель", "Кабель ВВГ 3х2,5", "Зажим для кабеля"),
        ("пгп", "Плита пазогребневая 667х500х80", "Плита бетонная"),
        ("газоблок", "Блок газобетонный D500", "Дюбель для газобетона"),
        ("осб 9", "Плита OSB-3 9 мм", "Сверло 9 мм"),
        ("гвозди 100", "Гвозди строительные 4х100", "Гвозди финишные 2х40 (100 шт)"),
        ("смеситель", "Смеситель для кухни", "Гусак смесителя"),
        ("молоток 500", "Молоток слесарный 500 г", "Молоток слесарный 800 г"),
        ("обои", "Обои виниловые", "Поклейка обоев"),
        ("чем заделать швы между плиткой", "Затирка серая 2 кг", "Плитка для пола"),
    ],
)
def test_the_better_name_comes_first_whatever_the_store_said(query, right, wrong):
    assert order(query, document(wrong), document(right))[0] == right


def test_few_exact_hits_are_followed_by_the_same_goods_and_by_what_their_maker_makes():
    names = ["Перфоратор Makita HR2470", "Бур SDS Makita 8х160", "Перфоратор Bosch 2-26", "Лента перфорированная 20 м"]

    assert order("перфоратор makita", *map(document, names)) == [names[0], names[2], names[1]]


def test_those_that_follow_do_not_pass_for_what_was_asked():
    asked = understand("арматура а500с14", NOTHING_KNOWN)
    names = ["Арматура А500С 14 мм", "Арматура А240 6 мм"]
    candidates = [Candidate.of(document(name)) for name in names]
    found = relevant(rank(asked, candidates, lambda _word: 1), asked.terms)

    assert [(item.candidate.name, item.exact) for item in found] == [(names[0], True), (names[1], False)]


@pytest.mark.parametrize(
    ("query", "name", "exact"),
    [
        ("цемент м500", "Портландцемент М500 50 кг", True),
        ("цемент м500", "Цемент М400", False),
        ("труба пнд 32", "Труба ПНД 32", True),
        ("труба пнд 32", "Труба ПНД 63", False),
        ("газоблок d900", "Блок газобетонный D500", False),
        ("кнауф ротбанд", "Штукатурка Knauf Ротбанд 30 кг", True),
        ("шуруповерт", "Хомут с шурупом", False),
        ("бетон м600", "Бетон М600 В45", True),
        ("бетон м600", "Газобетон D500 600х300х250", False),
        ("ct 24", "Штукатурка Ceresit CT24 25 кг", True),
    ],
)
def test_a_hit_is_exact_when_it_misses_nothing_that_was_asked_for(query, name, exact):
    (found,) = rank(understand(query, NOTHING_KNOWN), [Candidate.of(document(name))], lambda _word: 1)
    assert found.exact is exact


@pytest.mark.parametrize(("asked", "score"), [("545 025", 1.0), ("545-025", 1.0), ("545025", 1.0), ("545 02", 0.98)])
def test_an_article_is_one_whatever_stands_between_its_parts(asked, score):
    parsed = understand(asked, NOTHING_KNOWN)
    (found,) = rank(parsed, [Candidate.of(document("Лейка", skus=("545-025",)))], lambda _word: 1)
    assert (found.score, found.exact) == (score, True)


def test_the_order_does_not_depend_on_the_stores():
    documents = [document("Клей Альфа"), document("Клей Бета"), document("Клей Вега")]
    assert order("клей", *documents) == order("клей", *reversed(documents))


def test_an_excerpt_holds_all_that_ranking_needs_of_a_document():
    whole = document("Клей ПВА, 5 кг", category="Клеи", skus=("a-1",), offers=("ПВА 5кг", "Клей ПВА 5 кг"))
    understood = understand("клей пва 5 кг", NOTHING_KNOWN)
    found = candidate_of(excerpt(whole))
    assert found.document is None
    (by_document,), (by_excerpt,) = (rank(understood, [one], lambda _word: 1) for one in (Candidate.of(whole), found))
    assert (by_document.score, by_document.coverage) == (by_excerpt.score, by_excerpt.coverage)
    assert (found.name, found.category, found.cheapest) == ("Клей ПВА, 5 кг", "Клеи", {"RUB": 1.0})


@pytest.mark.parametrize("text", [None, "", "[0,1]", "{}", "[11,2]"])
def test_an_excerpt_of_another_version_is_none(text):
    assert candidate_of(text) is None


def test_an_article_beats_every_name():
    named = document("Кран ct-17")
    assert order("ct-17", named, document("Смесь", skus=("ct-17",)))[0] == "Смесь"


def test_an_offers_own_name_counts():
    assert order("цемент", document("ЦЕМ I 42,5", offers=("Цемент М500",))) == ["ЦЕМ I 42,5"]


def test_a_material_that_covers_little_of_the_query_is_not_a_hit():
    assert order("гипсокартон влагостойкий", document("Кран шаровой")) == []


def ranked(*documents):
    return rank(understand("клей", NOTHING_KNOWN), list(map(Candidate.of, documents)), lambda _word: 1)


def test_sorting_puts_what_lacks_the_value_last_in_either_direction():
    found = ranked(document("Клей А", price=5.0), document("Клей Б", price=None), document("Клей В", price=2.0))

    def names(descending):
        return [
            item.candidate.document["material"]["name"][-1] for item in sort_hits(found, Sort(SortBy.PRICE, descending))
        ]

    assert names(False) == ["В", "А", "Б"]
    assert names(True) == ["А", "В", "Б"]


def test_prices_of_two_currencies_are_not_mixed():
    found = ranked(
        document("Клей А", price=5.0),
        document("Клей Б", price=0.5, currency="EUR"),
        document("Клей В", price=2.0),
    )
    names = [item.candidate.document["material"]["name"][-1] for item in sort_hits(found, Sort(SortBy.PRICE))]
    assert names == ["В", "А", "Б"]


def test_prices_for_two_units_are_not_mixed():
    found = ranked(
        document("Клей А", price=5.0),
        document("Клей Б", price=0.5, unit="шт"),
        document("Клей В", price=2.0),
    )
    for descending, order in ((False, ["В", "А", "Б"]), (True, ["А", "В", "Б"])):
        arranged = sort_hits(found, Sort(SortBy.PRICE, descending))
        assert [item.candidate.name[-1] for item in arranged] == order


def test_another_product_of_the_same_size_is_not_a_hit():
    assert order("арматура 12", document("Радиатор 12 секций"), document("Арматура 12")) == ["Арматура 12"]


def test_a_material_without_a_price_is_ranked_below_one_with_a_price():
    sold, unsold = document("Клей Альфа"), document("Клей Бета", price=None)
    assert order("клей", unsold, sold) == ["Клей Альфа", "Клей Бета"]


def test_a_wish_for_the_cheapest_keeps_what_answers_less_behind():
    documents = (
        document("Клей плиточный", price=9.0),
        document("Клей плиточный", price=3.0),
        document("Клей обойный", price=1.0),
    )
    found = rank(understand("клей плиточный", NOTHING_KNOWN), list(map(Candidate.of, documents)), lambda _word: 1)
    arranged = sort_hits(found, Sort(), cheapest_first=True)
    assert [item.candidate.cheapest["RUB"] for item in arranged] == [3.0, 9.0, 1.0]


@pytest.mark.parametrize(
    ("query", "name", "marked"),
    [
        ("цемент м500", "Портландцемент М500", "Портланд<mark>цемент</mark> <mark>М500</mark>"),
        ("плитка", "Клей для плитки", "Клей для <mark>плитки</mark>"),
        ("20 кг", "Смесь 20кг", "Смесь <mark>20кг</mark>"),
        ("труба 20х3,4", "Труба 20 x 3,4 (160м)", "<mark>Труба</mark> <mark>20 x 3,4</mark> (160м)"),
        ("клей", 'Клей <b>"A" & B', "<mark>Клей</mark> &lt;b&gt;&quot;A&quot; &amp; B"),
        ("обои", "Клей", None),
    ],
)
def test_matches_are_marked_and_the_rest_is_escaped(query, name, marked):
    assert Marker(understand(query, NOTHING_KNOWN).terms).mark(name) == marked


@pytest.mark.parametrize(
    ("amount", "text"),
    [("450.0000", "450.00"), ("0.0035", "0.0035"), ("9.5", "9.50"), ("120000000", "120000000.00"), ("1E+3", "1000.00")],
)
def test_money_has_two_places_and_more_only_where_they_matter(amount, text):
    assert money(Decimal(amount)) == text


def test_stock_is_a_whole_number_where_it_is_whole():
    assert (quantity(Decimal("12.0000")), quantity(Decimal("2.5")), quantity(None)) == (12, 2.5, None)


def test_one_offer_must_meet_all_filters_of_offers():
    filters = Filters(supplier_id=(1,), price=PriceRange("RUB", max=Decimal(100)))
    offers = [
        {"amount": 90.0, "currency": "RUB", "supplier_id": 2},
        {"amount": 120.0, "currency": "RUB", "supplier_id": 1},
    ]
    row = {"category": None, "unit": None, "in_stock": None, "supplier_ids": [1, 2], "prices": offers}
    assert not matches(filters, row)
    assert matches(filters, {**row, "prices": [{"amount": 90.0, "currency": "RUB", "supplier_id": 1}]})
    nested = of_materials(filters)["must"][1]["nested"]
    assert nested["key"] == "prices"
    assert len(nested["filter"]["must"]) == 3


def test_no_filters_are_no_filter():
    assert of_materials(Filters()) is None


@pytest.mark.parametrize(
    ("query", "article", "other"),
    [("18352", "0018352", "7718352"), ("0018352", "18352", "9918352"), ("00 00001010", "00-00001010", "551010")],
)
def test_an_article_is_known_with_and_without_its_zeros(query, article, other):
    assert order(query, document("Краска", skus=[other]), document("Эмаль", skus=[article]))[0] == "Эмаль"


def test_an_article_as_it_is_written_comes_before_one_without_its_zeros():
    goods = [document("Краска", skus=["1010"]), document("Эмаль", skus=["00-00001010"])]

    assert order("00 00001010", *goods) == ["Эмаль", "Краска"]


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("краск рез", "Краска резиновая 6 кг", "Смывка старой краски 0,8 кг"),
        ("швеллер 40у", "Швеллер 40У", "Швеллер гнутый 80х40х3"),
        ("швеллер 12", "Швеллер 12П 12 м", "Швеллер 10П 12 м"),
        ("фбс 24.4.6", "Блок фундаментный ФБС 24.4.6-Т", "Блок фундаментный ФБС 12.4.6-Т"),
    ],
)
def test_a_beginning_is_no_form_of_another_noun_and_a_section_no_side(query, right, wrong):
    words = Vocabulary({word: 1 for name in (right, wrong) for word in name.lower().split()})
    understood = understand(query, words)
    ranked = rank(understood, [Candidate.of(document(wrong)), Candidate.of(document(right))], lambda _word: 1)

    assert [item.candidate.document["material"]["name"] for item in ranked] == [right, wrong]


def test_a_rolled_section_is_no_side_of_another():
    (item,) = rank(
        understand("швеллер 40у", NOTHING_KNOWN), [Candidate.of(document("Швеллер гнутый 80х40х3"))], lambda _word: 1
    )
    assert not item.exact
