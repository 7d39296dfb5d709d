import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.layout import cyrillic_readings, latin_reading, other_layout
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
        ("церезит", "ceresit", ["transliteration"]),
        ("киилто", "kiilto", ["transliteration"]),
        ("гипсакартон", "гипсокартон", ["typo"]),
        ("грунтофка", "грунтовка", ["typo"]),
        ("шпатлевка", "шпаклевка", ["typo"]),
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


def test_a_query_of_only_wishes_is_searched_unchanged():
    assert understand("дешевле", Vocabulary({})).text == "дешевле"


@pytest.mark.parametrize(("query", "article"), [("7724601304", "7724601304"), (" cem-500 ", "cem-500"), ("клей", None)])
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
    assert VOCABULARY.correction("отопительный") is None
    assert VOCABULARY.correction("клай") == "клей"
    assert VOCABULARY.correction("12500") is None
