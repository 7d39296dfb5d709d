from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pairs import pairs
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.matching import MatchKeys, match_keys, may_be_one, score
from quarry.domain.names.agreement import compare, plainly_others
from quarry.domain.names.facts import candidate_keys, facts_of
from quarry.settings import Settings

MATCH, REVIEW = Settings().match_threshold, Settings().review_threshold

MATCHED = [
    ("Цемент М500 Д0 50кг", "Цемент М-500 Д0, мешок 50 кг"),
    ("Клей для плитки Мастер 25 кг", "Мастер клей плитки 25кг"),
    ("Гипсокартон влагостойкий 12,5 мм", "гипсокартон 12.5мм влагостойкий"),
    ("Гипсокартон влагост. 12,5 мм", "Гипсокартон влагостойкий 12,5 мм"),
    ("Гипсакартон влагостойкий 12,5", "Гипсокартон влагостойкий 12,5"),
    ("Краска фасадная белая 10 л", "Фасадная белая краска, 10л"),
    ("Труба полипропиленовая 20х3,4", "Трубы полипропиленовые 20x3.4 мм"),
    ("Саморез чёрный 3,5х35", "саморезы черные 3.5*35"),
    ("КESTONIT Rapid 20кг", "Kestonit RAPID 20 кг"),
    ("Шпаклевка финишная 5 кг", "Шпатлевка финишная 5кг"),
    ("Эмаль ПФ-115 белая 1,9 кг", "эмаль пф 115 белая 1.9кг"),
    ("Кирпич керамический М150", "Кирпич керамич. М-150"),
    ("Плита OSB-3 9 мм", "плита OSB 3 9мм"),
    ('Кран шаровой 1/2" ВВ', "Кран шаровой ½ ВВ"),
    ('Кран шаровой 1/2" ВВ', "Кран шар. ВВ 1/2"),
    ("Розетка с заземлением белая", "Розетка с/з белая"),
    ("Песок речной мешок 40 кг", "Песок речной 40 кг"),
    # one root
    ("Анкер клиновой 12х100", "Анкер-клин 12х100"),
    ("Желоб водосточный 125 мм", "Желоб водостока 125"),
    # an abbreviation of several words
    ("Труба профильная 40х20х2", "Труба проф. 40х20х2"),
    ("Пена монтажная профессиональная 750 мл", "Пена монтажная проф. 750мл"),
    # what most goods of a kind are
    ("Гипсокартон стандартный 12,5 мм", "Гипсокартон обычный 12.5 мм"),
    # purposes, and what they are called
    ("Смеситель для раковины Fortis 1/2", "Смеситель Fortis для умывальника 1/2"),
    ("Подложка под ламинат Зефир 3 мм", "Подложка Зефир 3мм"),
    # numbers in words, ratings, areas that follow, coils
    ("Выключатель двухклавишный белый", "Выключатель 2-кл. белый"),
    ("Ламинат Дуб Альба 33кл 8 мм", "Ламинат Дуб Альба 33 класс 8мм"),
    ("Пленка Барьер 1,6х50 м", "Пленка Барьер 1,6х50 (80 м2)"),
    ("Провод ПуГВ 1х6 красный", "Провод ПуГВ 6 мм2 красный"),
    ("Кольцо колодезное КС 10-9", "Кольцо КС10.9 (колодец)"),
    ("Отвод 50 угол 45", "Отвод 50х45о"),
    # an article behind all else, another alphabet, a colour's number
    ("Замок навесной Барс 66 мм 468-093", "Замок Барс навесной 66мм"),
    ("Смеситель Eurosmart для кухни", "Евросмарт смеситель кухонный"),
    ("Профнастил С8 0,5 RAL 3005", "Профлист С-8 0.5 RAL3005 красное вино"),
    # unknown words among much that agrees
    ("Задвижка Вектор ПР-40 50х16х180 шпунтовая", "Задвижка Вектор ПР-40 50х16х180"),
    # a maker whom the files write otherwise, another alphabet
    ("ОСП-3 Кроноспан 12 мм 2500х1250", "OSB-3 Kronospan 2500х1250х12"),
    ("Блок Termoblok 510х250х219", "Блок Термоблок 510х250х219"),
    # standards, sorts, compounds, metres and centimetres, several purposes
    ("Швеллер 10П 12 м ГОСТ 8240-97", "Швеллер 10П 12м"),
    ("Доска обрезная 40х150х6000 сорт 2", "Доска обрезная 40х150х6000 2 сорт"),
    ("Решетка вентиляционная 150х150 бежевая", "Вентрешетка 150х150 бежевая"),
    ("Панель Альфа 1,22х0,44", "Панель Альфа 1220х440 мм"),
    ("Дверь Лиана 80х200 венге", "Дверь Лиана 800х2000 венге"),
    ("Краска Альфа для стен и потолков 9 л", "Краска Альфа 9 л"),
    ("Рулон Дельта 10 м2", "Рулон Дельта 10 м"),
    ("Эмаль Дельта бежевая 2 кг", "Эмаль Дельта беж 2кг"),
    # names heard alike in both alphabets, nouns of one thing, compounds, ratings, standards of parts
    ("Пол наливной Дельта TIE-ROD 20 кг", "Дельта Тай-Род наливной пол 20кг"),
    ("Шланг гибкий Каскад 1/2 1,5 м", "Каскад подводка L=1500, 1/2"),
    ("Труба профильная 40х20х2", "Профтруба 40*20*2,0"),
    ("Кабель ВВГнг 3х2,5 (N,PE)", "ВВГнг кабель 3*2.5"),
    ("Лампа Альфа 11 Вт 4000К", "Альфа лампа 11Вт 4100 K"),
    ("Щит ЩРН-12 IP31", "ЩРН 12 щит"),
    ("Задвижка Каскад Ду50 Ру16", "Каскад задвижка DN50"),
    ("Болт М12х80 DIN 933", "Болт 12*80"),
    ("Бордюр Альфа 7х44", "Альфа бордюр 440*70"),
    ("Автомат Альфа 1P+N 16", "Альфа автомат 1P+Н 16А"),
    ("Розетка двойная Альфа белая", "Альфа розетка 2-местная белая"),
    # a maker's article, and how it begins
    ("Смеситель Grohe Волна 23456789", "Grohe Волна 23456 смеситель"),
    # Ukrainian
    ("Утеплювач мінеральна вата 50 мм", "Утеплитель минвата 50мм"),
]
NOT_MATCHED = [
    ("Цемент М500 50 кг", "Цемент М400 50 кг"),
    ("Арматура 12 мм", "Арматура 16 мм"),
    ("Затирка белая 2 кг", "Затирка серая 2 кг"),
    ("Затирка белая 2 кг", "Затирка бежевая 2 кг"),
    ("Кирпич красный", "Кирпич белый"),
    ("Штукатурка Зима 25 кг", "Штукатурка Лето 25 кг"),
    ("Штукатурка Зима 25 кг", "Штукатурка 25 кг"),
    ("Гипсокартон влагостойкий 12,5", "Гипсокартон 12,5"),
    ("Гипсокартон влагостойкий 12,5", "Гипсокартон огнестойкий 12,5"),
    ("Клей Альфа для плитки 25 кг", "Клей Бета для плитки 25 кг"),
    ("Кран шаровой 1/2 ВВ", "Кран шаровой 1/2 ВН"),
    ("Радиатор Classic K-Profil 22/500/600", "Радиатор Classic VK-Profil 22/500/600"),
    ("Клей CT 17 25 кг", "Клей CM 17 25 кг"),
    ("Петля левая", "Петля правая"),
    ("Труба канализационная внутренняя 110", "Труба канализационная наружная 110"),
    ("Краска матовая 10 л", "Краска глянцевая 10 л"),
    ("Лист оцинкованный 0,5", "Лист неоцинкованный 0,5"),
    ("Герметик силиконовый 300 мл", "Герметик силикатный 300 мл"),
    ("Герметик силиконовый белый 300 мл", "Герметик силиконовый прозрачный 300 мл"),
    ("Пенополистирол 50 мм", "Пенополиуретан 50 мм"),
    ("Гипс 20 кг", "Гипсокартон 20 кг"),
    ("Саморез черный 3,5х35", "Саморез черновой 3,5х35"),
    ("Песок речной", "Песок карьерный"),
    ("Щебень гранитный 5-20", "Щебень гравийный 5-20"),
    ("Уголок внутренний 40", "Уголок внешний 40"),
    ("Доска обрезная 25х100", "Доска необрезная 25х100"),
    ("Плита OSB 9 мм", "Плита ДСП 9 мм"),
    ("Муфта 20 мм", "Муфта 25 мм"),
    ("Краска фасадная база А 9 л", "Краска фасадная база С 9 л"),
    ("Провод ВВГ 3х2,5", "Провод ВВГнг 3х2,5"),
    ("12,5", "12,5"),
    ("Плитка Альта настенная 20х30", "Плитка Альта напольная 20х30"),
    ("Герметик Сфера санитарный 280 мл", "Герметик Сфера универсальный 280 мл"),
    ("Смеситель Fortis для раковины", "Смеситель Fortis для ванны"),
    ("Дверь Лиана ПГ 800", "Дверь Лиана ПО 800"),
    ("Керамогранит Берег RW 10 (60х60х1)", "Керамогранит Берег RW 09 (60х60х1)"),
    ("Выключатель одноклавишный белый", "Выключатель двухклавишный белый"),
    ("Муфта 25х3/4 ВР", "Муфта разъемная 25х3/4 ВР"),
    ("Замок навесной Барс 468-093", "Замок навесной Барс 468-094"),
    # both speak, whatever else agrees
    ("Кран Itap 3/4 ВН 25х50 ручка", "Кран Itap 3/4 ВН 25х50 бабочка"),
    ("Тройник Rehau 16х16х20 PN10", "Уголок Rehau 16х16х20 PN10"),
    ("Вентилятор Эра 100 с таймером", "Вентилятор Эра 100 с датчиком"),
    ("Мойка Лагуна 60х50 белая", "Мойка Лагуна 60х50 оникс"),
    ("Труба 25х3,2 ГОСТ 3262-75", "Труба 25х3,2 ГОСТ 10704-91"),
    ("Клей CM 17 5 кг", "Клей CT 17 5 кг"),
    ("Рулон Дельта 15 м2", "Рулон Дельта, рулон 10 м2"),
    # one core against several, articles of one series, marks, a power and a number in its place, standards of parts
    ("Кабель NYM 1х6, бухта 10 м", "Кабель NYM 2х6, бухта 10 м"),
    ("Розетка Glossa белая GSL000143", "Glossa розетка GSL000343"),
    ("Выключатель Legrand Etika 672201", "Legrand Etika выключатель 672202"),
    ("Кабель КВВГнг 10х1,5", "КВВГэнг кабель 10*1.5"),
    ("Лампа ДНаТ 150Вт Е40", "ДНАТ-250 E40 лампа"),
    ("Болт М12х80 DIN 933", "DIN 931 болт 12*80"),
    ("Люк пластиковый 30х30", "30*30 чугунный люк"),
    ("Смеситель Grohe Волна 23456789", "Grohe Волна 24680 смеситель"),
    # one hand means two things by two nouns
    ("Угольник Каскад 25 белый 90", "Отвод Каскад 25 белый 90"),
]


DOUBTFUL = [
    ("Клей Альфа плиточный 25 кг", "Клей плиточный 25 кг"),
    ("Краска фасадная с блеском 9 л", "Краска фасадная 9 л"),
    ("Грунт-эмаль Альфа серая 2 кг", "Эмаль Альфа серая 2 кг"),
    ("Муфта 32х1 ВР", "Муфта 32х1"),
    ("Затирка белая 2 кг", "Затирка 2 кг"),
    ("Саморез 3,5х35 (500 шт)", "Саморез 3,5х35"),
    ("Радиатор Rifar Base 500", "Радиатор Base 500"),
    ("Труба 32х2,4 SDR 17", "Труба 32 SDR 17"),
    ("Опора Каскад 50 с креплением", "Опора Каскад 50"),
    ("Евродоска Альфа 96х15", "Доска Альфа 96х15"),
    # a series that is called as another maker; what most goods are, where one hand says it of some alone
    ("Радиатор Rifar Base 500 8 секций", "Радиатор Rifar Base Monolit 500 8 секций"),
    ("Головка ударная Альфа 14 мм", "Головка Альфа 14 мм"),
]
OWN_PAIRS = pairs(Path(__file__).parent / "names" / "pairs.tsv")


@pytest.mark.parametrize(("name", "other"), MATCHED)
def test_one_material_named_twice_is_matched(name, other):
    assert score(name, "шт", other, "шт") >= MATCH


@pytest.mark.parametrize(("name", "other"), NOT_MATCHED)
def test_another_variant_is_neither_matched_nor_a_question_for_a_person(name, other):
    assert score(name, "шт", other, "шт") < REVIEW


@pytest.mark.parametrize(("name", "other"), DOUBTFUL)
def test_a_missing_detail_is_for_a_person_to_decide(name, other):
    assert REVIEW <= score(name, "упак", other, "упак") < MATCH


def test_a_bag_is_a_piece_but_a_kilogram_is_less_sure():
    names = "Цемент М500 50 кг", "цемент м500, 50кг"
    surest = score(names[0], "шт", names[0], "шт")
    assert score(names[0], "мешок", names[1], "шт.") == pytest.approx(surest)
    assert MATCH <= score(names[0], "кг", names[1], "шт") < surest


def test_the_surer_a_candidate_the_higher_its_score():
    name = "Утеплитель фасадный влагостойкий 50 мм"
    likest_first = [
        ("фасадный влагостойкий утеплитель 50", "лист"),
        ("фасадный влагостойкий 50мм", "лист"),
        ("Утеплитель фасад. влагост. 50", "кг"),
        ("Утеплитель влагостойкий 50 мм", "лист"),
        ("Утеплитель влагостойкий 50 мм", "кг"),
        ("Утеплитель 50 мм", "лист"),
    ]
    scores = [score(name, "лист", other, unit) for other, unit in likest_first]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_of_pairs_in_other_words_nearly_all_are_joined_and_none_wrongly():
    """By the measure of `python -m benchmarks.pairs`: what would have to be asked is counted half."""
    scores = [(one.same, score(one.name, one.unit, one.other_name, one.other_unit)) for one in OWN_PAIRS]
    joined = [same for same, found in scores if found >= MATCH]
    asked = [same for same, found in scores if REVIEW <= found < MATCH]

    assert len(OWN_PAIRS) > 250
    assert all(joined)
    assert sum(joined) + sum(asked) / 2 >= 0.95 * sum(same for same, _ in scores)
    assert len(asked) <= 0.08 * len(scores)


@pytest.mark.parametrize("pair", [one for one in OWN_PAIRS if one.same], ids=lambda pair: pair.other_name)
def test_names_that_mean_one_material_share_a_key_to_be_found_by(pair):
    ours, theirs = candidate_keys(pair.name, pair.unit), candidate_keys(pair.other_name, pair.other_unit)

    assert set(ours) & set(theirs)
    assert len(ours) <= 20


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_score_does_not_depend_on_which_name_comes_first(name, other):
    assert score(name, None, other, None) == pytest.approx(score(other, None, name, None))
    assert 0.0 <= score(name, None, other, None) <= 1.0


def test_names_with_the_same_numbers_have_one_place():
    names = ("Клей Мастер 25 кг, 5 мм", "5мм мастер-клей 25кг")
    assert match_keys(names[0], "шт").place == match_keys(names[1], "шт").place
    assert match_keys(names[0], "шт").place != match_keys("Клей Мастер 25 кг", "шт").place


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("Клей Мастер 25 кг, 5 мм", "Клей Мастер 25 кг", True),
        ("Клей Мастер 25 кг", "Клей Мастер", True),
        ("Клей Мастер 25 кг, 5 мм", "Клей Мастер 25 кг, 7 мм", False),
        ("Ванна 170х70", "Ванна 1700х700", True),
        ("Доска 50х150х6000", "Доска 50х150х6 м", True),
        ("Плёнка 3х100 м", "Плёнка 300 м2", True),
        ("Саморез 3,5х35 (100 шт)", "Саморез 3,5х35 (200 шт)", True),
    ],
)
def test_names_that_both_have_a_number_of_their_own_are_told_apart_by_their_places(name, other, expected):
    assert may_be_one(match_keys(name, "шт").place, match_keys(other, "шт").place) is expected


LISTED = [one for pair in OWN_PAIRS for one in ((pair.name, pair.unit), (pair.other_name, pair.other_unit))]


def test_no_pair_is_left_out_by_its_places_that_a_person_might_be_asked_about():
    places = [match_keys(*one).place for one in LISTED]
    apart = [
        score(*LISTED[one], *LISTED[other])
        for one, other in combinations(range(len(LISTED)), 2)
        if not may_be_one(places[one], places[other])
    ]
    assert len(apart) > len(LISTED)
    assert max(apart) < REVIEW


@given(st.sampled_from(LISTED), st.sampled_from(LISTED))
def test_numbers_that_nothing_explains_contradict_each_other(one, other):
    ours, theirs = facts_of(*one), facts_of(*other)
    assert not plainly_others(ours, theirs) or compare(ours, theirs).contradiction


def test_a_name_without_words_has_no_key():
    assert match_keys("12,5 мм", None).keys == ()
    assert match_keys("", None).keys == ()


def test_keys_stay_what_the_stored_ones_are():
    """After a change here raise MATCH_VERSION, so that maintenance makes the stored keys anew."""
    cement, glue = "Портландцемент М500 Д0, мешок 50 кг", "Клей CT17 плиточный усиленный, серия Б"
    assert MATCH_VERSION == 8
    assert match_keys(cement, "шт") == MatchKeys(
        (7415637533256205718, -2148928936230084864, -865094189005057084, -8407085121398793824), 4503599651366202
    )
    assert match_keys(glue, "шт") == MatchKeys(
        (-5188691683931446194, 5405128914228622810, 8190287549551675050, 6022158700801167223, 6360360437611866767),
        4611686018435390709,
    )


def test_one_word_in_names_that_are_written_alike_is_a_question():
    assert REVIEW <= score("Кожух Альфа зубатинский 20х30х40", "шт", "Кожух Альфа 20х30х40", "шт") < MATCH


def test_one_word_in_names_that_are_written_otherwise_is_none():
    assert score("Альфа 20*30*40 мм, кожух зубатинский", "шт", "Кожух Альфа 20х30х40", "шт") >= MATCH


def test_words_in_the_same_place_of_names_written_alike_are_no_question():
    assert score("Кожух Альфа зубатинский 20х30х40", "шт", "Кожух Альфа кругаловский 20х30х40", "шт") < REVIEW


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Кожух КТП 20х30х40", "Кожух козлотрубопроводный 20*30*40 мм"),
        ("Кожух Альфа ш/ж 20х30", "Альфа 20*30 мм кожух шершавой жилистости"),
        ("Кожух ВГД 20х30х40", "Кожух 20*30*40 мм волнистый горбатый дырчатый"),
    ],
)
def test_initials_are_the_words_that_they_stand_for(name, other):
    assert score(name, "шт", other, "шт") >= MATCH


def test_a_number_that_one_name_adds_is_a_question_only_where_the_rest_is_written_alike():
    assert REVIEW <= score("Кожух Альфа 20х30х40, 5 мм", "шт", "Кожух Альфа 20х30х40", "шт") < MATCH
    assert score("Альфа кожух 5 мм, 20*30*40", "шт", "Кожух Альфа 20х30х40", "шт") >= MATCH


def test_a_letter_that_sounds_the_same_makes_no_other_name():
    assert score("Гидроизоляция Флэхендихт 5 кг", "шт", "Флехендихт гидроизоляция 5 кг", "шт") >= 0.9


def test_elbows_of_other_angles_are_others():
    assert score("Угольник ПВХ 45 гр. D 50 мм", "шт", "Угольник ПВХ 90° D50", "шт") == 0


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Выключатель 2кл. белый Козодой", "Выключатель одноклавишный белый Козодой"),
        ("Брусчатка тротуарная h80 200*100 серая", "Плитка тротуарная брусчатка 200х100х60 серая"),
        ("Лист рифленый чечевица 4х1500х6000", "Лист рифленый ромб 4х1500х6000"),
    ],
)
def test_keys_the_height_of_a_stone_and_the_pattern_of_a_sheet_tell_goods_apart(name, other):
    assert score(name, "шт", other, "шт") == 0


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Выключатель 2кл. белый Козодой", "Выключатель двухклавишный белый Козодой"),
        ("Брусчатка тротуарная h60 200*100 серая", "Плитка тротуарная брусчатка 200х100х60 серая"),
        ("Лист рифленый чечевица 4х1500х6000", "Лист рифленый 4х1500х6000"),
        ("Кабель ВЩБнг(А)-LS 4х16", "Кабель ВЩБ нг(А) LS 4*16"),
    ],
)
def test_keys_the_height_of_a_stone_and_the_pattern_of_a_sheet_said_otherwise(name, other):
    assert score(name, "шт", other, "шт") >= MATCH


def test_sides_in_centimetres_are_the_same_beside_other_numbers():
    assert score("Ванна Козодой 150х70 на 180 л", "шт", "Козодой ванна 1500*700 мм 180 л, 25 кг", "шт") >= REVIEW
    assert score("Ванна Козодой 150х70", "шт", "Козодой ванна 1600*700 мм, 212", "шт") == 0


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Глухарь 12х140 оц.", "Шуруп сантехнический шестигранный 12*140 цинк"),
        ("Нивелир лазерный Козодой 3-120", "Козодой 3-120 построитель лазерных плоскостей"),
        ("Герметик силик. белый 280 мл", "Герметик силиконовый 280мл белый"),
        ("Кирпич силик. белый М150", "Кирпич силикатный М150 белый"),
        ("Рад. стальной 22 500х700", "Радиатор стальной 22/500/700"),
    ],
)
def test_what_trades_call_by_two_names(name, other):
    assert score(name, "шт", other, "шт") >= MATCH
