import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.keyboard_layout import cyrillic_readings, latin_reading, other_layout, spoken, spoken_readings
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Vocabulary

NAMES = (
    "Портландцемент М500",
    "Клей для плитки",
    "Плитка",
    "Гипсокартон влагостойкий",
    "Труба",
    "Kiilto шпаклевка",
    "Ceresit грунтовка",
    "OSB",
    "Саморез",
    "Штукатурка",
    "Кабель ВВГ",
)
WORDS = {word: 5 for name in NAMES for word in name.split()}
SYNONYMS = {"гкл": "гипсокартон", "осп": "osb", "tile adhesive": "клей для плитки", "ввг": "кабель ввг"}
VOCABULARY = Vocabulary(WORDS, SYNONYMS)


@pytest.mark.parametrize(
    ("query", "text", "reasons"),
    [
        ("клей для плитки", "клей для плитки", []),
        ("КЛЕЯ", "клея", []),
        ("wtvtyn", "цемент", ["keyboard_layout"]),
        ("rktq lkz gkbnrb", "клей для плитки", ["keyboard_layout"] * 3),
        ("v500", "м500", ["keyboard_layout"]),
        ("лшшдещ", "kiilto", ["keyboard_layout"]),
        ("truba 20x3.4", "труба 20x3.4", ["transliteration"]),
        ("gipsokarton", "гипсокартон", ["transliteration"]),
        ("церезит", "церезит", []),
        ("киилто", "киилто", []),
        ("гипсакартон", "гипсокартон", ["typo"]),
        ("грунтофка", "грунтовка", ["typo"]),
        ("шпатлевка", "шпатлевка", []),
        ("гкл 12,5", "гипсокартон 12,5", ["synonym"]),
        ("осп 9", "osb 9", ["synonym"]),
        ("Tile Adhesive 25 кг", "клей для плитки 25 кг", ["synonym"]),
        ("kiilto 20 кг дешевле", "kiilto 20 кг", ["cheapest_first"]),
        ("недорогой клей", "клей", ["cheapest_first"]),
        ("совершенно незнакомое", "совершенно незнакомое", []),
        ("", "", []),
    ],
)
def test_a_query_is_read_as_it_was_meant(query, text, reasons):
    understood = understand(query, VOCABULARY)
    assert understood.text == text
    assert [rewrite.reason for rewrite in understood.rewrites] == reasons
    assert understood.cheapest_first == ("cheapest_first" in reasons)


def test_an_abbreviation_that_the_catalogue_uses_itself_is_searched_both_ways():
    understood = understand("ввг 3х2,5", VOCABULARY)
    assert understood.text == "ввг 3х2,5"
    assert "кабел" in understood.expansions


@pytest.mark.parametrize(
    ("query", "token", "alternative"),
    [("церезит", "церезит", "@ceresit"), ("киилто", "киилто", "@kiilto"), ("шпатлевка", "шпатлевка", "шпатлевк")],
)
def test_a_maker_and_an_abbreviation_are_one_in_all_their_spellings(query, token, alternative):
    (term,) = understand(query, VOCABULARY).terms
    assert term.token == token
    assert alternative in {term.stem, *term.alternatives}
    assert term.spelled


def test_the_last_word_may_be_its_beginning():
    (first, last) = understand("клей гипсок", VOCABULARY).terms
    assert (first.prefix, last.prefix) == ("", "гипсок")
    assert "гипсокартон" in last.spelled


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ("osb3 12", ["osb", "3", "12"]),
        ("цемент м 500", ["цемент", "м500"]),
        ("осб-3", ["осб", "3"]),
        ("кабель2х0,75", ["кабель", "2x0.75"]),
        ("ва47с63", ["ва47с", "63"]),
        ("м8х30", ["м8x30"]),
        ("труба см 17", ["труба", "см17"]),
    ],
)
def test_letters_and_digits_are_one_glued_or_split(query, tokens):
    assert [term.token for term in understand(query, VOCABULARY).terms] == tokens


def test_a_purpose_is_asked_as_the_goods_that_serve_it():
    terms = understand("чем заделать швы между плиткой", VOCABULARY).terms
    head = next(term for term in terms if term.heads)
    assert "затирка" in head.spelled
    assert all(term.optional for term in terms if term is not head)


@pytest.mark.parametrize(
    ("query", "serves"),
    [
        ("чем потушить пожар", "огнетушитель"),
        ("что нужно чтобы не упасть с крыши", "привязь"),
        ("прикрутить полку к бетону", "анкер"),  # a verb of a list
        ("привинтить полку к бетону", "анкер"),
        ("защита слуха", "наушники"),
    ],
)
def test_a_purpose_is_asked_in_any_of_its_words(query, serves):
    head = next(term for term in understand(query, Vocabulary({})).terms if term.heads)
    assert serves in head.spelled


def test_goods_that_are_named_are_no_question_what_serves():
    vocabulary = Vocabulary({"счетчик": 3, "горячей": 2, "воды": 4, "водонагреватель": 2})
    assert [term.token for term in understand("счетчик горячей воды", vocabulary).terms] == [
        "счетчик",
        "горячей",
        "воды",
    ]
    assert understand("счетчик для горячей воды", vocabulary).terms[0].heads
    assert "водонагреватель" in understand("чем нагреть воду", vocabulary).terms[0].spelled


def test_of_several_names_of_the_trade_the_catalogues_own_is_taken():
    assert understand("поребрик", Vocabulary({"камень": 2, "бортовой": 2})).text == "камень бортовой"
    assert understand("поребрик", Vocabulary({"бордюр": 2})).text == "бордюр"


def test_what_users_say_comes_before_what_the_trade_says_where_the_catalogue_has_it():
    vocabulary = {"поребрик": "решетка газонная"}

    assert understand("поребрик", Vocabulary({"решетка": 1, "газонная": 1, "бордюр": 2}, vocabulary)).text == (
        "решетка газонная"
    )
    assert understand("поребрик", Vocabulary({"бордюр": 2}, vocabulary)).text == "бордюр"


@pytest.mark.parametrize(
    ("query", "text", "reason"),
    [("прафтруба", "труба профильная", "typo"), ("профтруба", "труба профильная", "synonym")],
)
def test_a_name_of_the_trade_may_be_misspelt_too(query, text, reason):
    found = understand(query, Vocabulary({"труба": 3, "профильная": 2}))
    assert found.text == text
    assert [rewrite.reason for rewrite in found.rewrites] == [reason]


def test_a_name_of_the_trade_may_be_begun():
    term = understand("профтр", Vocabulary({"труба": 3, "профильная": 2})).terms[0]
    assert frozenset({"труб", "профильн"}) in term.synonyms


def test_letters_that_are_no_word_belong_to_the_number_behind_them():
    vocabulary = Vocabulary({"фланец": 3, "he": 5})  # the keys of «ру»
    assert understand("фланец ру 16", vocabulary).text == "фланец ру 16"


def test_a_known_brand_has_no_other_meaning():
    assert understand("церезит", Vocabulary(WORDS, {"церезит": "клей для плитки"})).text == "церезит"


def test_a_code_of_two_letters_and_a_grade_in_the_other_layout():
    assert understand("d500", VOCABULARY).text == "d500"
    assert understand("l500", VOCABULARY).text == "д500"


def test_the_beginning_of_a_word_is_no_slip_of_the_layout():
    vocabulary = Vocabulary({"радиатор": 3, "биметаллический": 2, "bv": 5})

    assert understand("радиатор бим", vocabulary).rewrites == []


def test_a_word_in_latin_letters_may_be_one_that_the_catalogue_calls_otherwise():
    assert understand("gazoblok", Vocabulary({"блок": 3, "газобетонный": 2})).text == "газоблок"


def test_a_makers_name_by_ear_may_have_a_long_vowel():
    assert understand("гринрезин", Vocabulary({"greenrezin": 1})).text == "greenrezin"


def test_a_query_of_only_wishes_is_searched_unchanged():
    assert understand("дешевле", Vocabulary({})).text == "дешевле"


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("7724601304", "7724601304"),
        (" cem-500 ", "cem-500"),
        ("клей", None),
        ("545 025", "545 025"),
        ("арт. 77-1", "77-1"),
    ],
)
def test_one_word_with_digits_may_be_an_article(query, article):
    assert understand(query, VOCABULARY).article == article


@given(st.text(max_size=80))
def test_any_text_is_understood(query):
    understood = understand(query, VOCABULARY)
    assert all(term.token for term in understood.terms)
    assert understand(query, VOCABULARY) == understood


@given(st.text(alphabet="qwertyuiopasdfghjklzxcvbnm[];',. ", max_size=30))
def test_a_layout_turned_over_twice_is_the_text_again(text):
    assert other_layout(other_layout("q" + text)) == "q" + text


def test_latin_letters_have_few_readings_and_the_likely_one_first():
    assert next(cyrillic_readings("shtukaturka")) == "штукатурка"
    assert len(list(cyrillic_readings("c" * 30))) < 100
    assert latin_reading("кнауф") == "knauf"


def test_completions_are_the_known_words_most_frequent_first():
    vocabulary = Vocabulary({"труба": 3, "трубка": 9, "тройник": 5})
    assert vocabulary.completions("тр", 2) == [("трубка", 9), ("тройник", 5)]
    assert vocabulary.completions("ъ", 5) == []


def test_a_correction_stays_near_the_word():
    assert VOCABULARY.corrections("отопительный", 5) == []
    assert VOCABULARY.corrections("клай", 5)[0] == "клей"
    assert VOCABULARY.corrections("12500", 5) == []


@pytest.mark.parametrize(
    ("query", "as_written", "text"),
    [
        ("wtvtyn", "wtvtyn", "wtvtyn"),
        ("wtvtyn v500", "v500", "цемент v500"),
        ("гкл 12,5", "гкл", "гкл 12,5"),
        ("tile adhesive", "tile adhesive", "tile adhesive"),
    ],
)
def test_a_word_is_read_as_it_is_written_where_a_person_wants_that(query, as_written, text):
    parsed = understand(query, VOCABULARY, (as_written,))

    assert parsed.text == text
    assert as_written not in {rewrite.source for rewrite in parsed.rewrites}


def test_a_wish_is_a_word_where_a_person_wants_that():
    assert understand("цемент дешевый", VOCABULARY).cheapest_first
    parsed = understand("цемент дешевый", VOCABULARY, ("дешевый",))

    assert not parsed.cheapest_first
    assert "дешевый" in parsed.text


TRADE = Vocabulary(
    dict.fromkeys(("счетчик", "щебень", "ламинат", "ламин", "водоэмульсионная", "хомут", "цокольный"), 3)
)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("schetchik", "счетчик"),
        ("shchetchik", "счетчик"),
        ("scheben", "щебень"),
        ("sheben", "щебень"),
        ("laminat", "ламинат"),
        ("vodoemulsionaya", "водоэмульсионная"),  # and a slip
        ("xomut", "хомут"),
        ("khomut", "хомут"),
        ("cokolnyj", "цокольный"),
        ("tsokolnyy", "цокольный"),
        ("vikluchatel", "выключатель"),  # the trade's, not the catalogue's
        ("pila", "пила"),
    ],
)
def test_russian_is_read_in_whatever_latin_letters_it_is_written(query, read):
    assert understand(query, TRADE).text == read


def test_a_latin_word_of_the_catalogue_may_be_a_russian_one_as_well():
    vocabulary = Vocabulary({"profil": 1, "профиль": 40})

    (term,) = understand("profil", vocabulary).terms
    assert (term.token, term.alternatives) == ("profil", {"профил"})


@pytest.mark.parametrize("word", ["пила", "пилы", "морилка", "морилку"])
def test_what_the_trade_has_a_name_for_is_no_slip(word):
    vocabulary = Vocabulary({"пола": 9, "полы": 9, "мочалка": 9, "мочалку": 9})

    assert understand(word, vocabulary).text == word


@pytest.mark.parametrize(
    "word",
    ["отсев", "схема", "щебень", "изоляция", "подъезд", "жёлоб", "ключи", "пьезо", "радиоузел", "цоколь", "шуруп"],
)
def test_a_russian_word_has_the_key_of_its_usual_spelling(word):
    folded = word.replace("ё", "е")
    assert spoken(folded) in set(spoken_readings(latin_reading(folded)))


def test_of_the_purposes_that_fit_one_is_taken_that_goods_of_the_catalogue_serve():
    query = "защита от удара током"

    assert "диэлектрические" in understand(query, Vocabulary({})).text
    assert "узо" in understand(query, Vocabulary({"узо": 1})).text


@pytest.mark.parametrize(
    ("query", "names", "text"),
    [
        ("котел делюкс", ("Котел Deluxe 24K", "Окно мансардное Velux"), "котел deluxe"),
        ("пароизаляция плёнка", ("Пленка пароизоляционная",), "пароизоляционная пленка"),
        ("труба ппr", ("Труба ППР",), "труба ппр"),
    ],
)
def test_a_slip_is_mended_into_what_the_catalogue_has(query, names, text):
    vocabulary = Vocabulary({word: 1 for name in names for word in name.split()})

    assert understand(query, vocabulary).text == text
