from hypothesis import given, settings
from hypothesis import strategies as st

from quarry.domain.keyboard_layout import latin_reading
from quarry.domain.vocabulary import Vocabulary

WORDS = ("цемент", "цемента", "портландцемент", "труба", "трубка", "kiilto", "ceresit", "osb")
COUNTS = st.dictionaries(st.sampled_from(WORDS), st.integers(1, 9))
ASKED = ("цемнт", "трубы", "киилто", "цем", "тру", "осб", "цемент", "ceresit")


def seen(vocabulary):
    return [
        (
            vocabulary.knows(word),
            vocabulary.count(word),
            vocabulary.corrections(word, 3),
            vocabulary.heard_as(word),
            vocabulary.spoken_as(latin_reading(word)),
        )
        for word in ASKED
    ], [vocabulary.completions(word[:3], 5) for word in ASKED]


@settings(max_examples=30)  # each is two vocabularies, indexed
@given(COUNTS, COUNTS)
def test_words_that_are_learnt_later_are_known_as_if_they_had_been_there(first, later):
    grown = Vocabulary(first)
    seen(grown)  # everything that is created at its first use has been created
    has_new_words = grown.learn(later)
    assert seen(grown) == seen(Vocabulary({**first, **later}))
    assert has_new_words == bool(later.keys() - first.keys())


def test_the_first_half_of_a_compound_is_no_abbreviation_of_it():
    vocabulary = Vocabulary({"асфальт": 3, "смес": 2, "гипс": 1})

    assert vocabulary.abbreviations("смеситель") == ["смес"]
    assert vocabulary.abbreviations("асфальтоукладчик") == []
    assert vocabulary.abbreviations("гипсокартон") == []


def test_an_abbreviation_of_a_compounds_half_is_none_of_the_compound():
    assert Vocabulary({"метал": 3, "металлочерепица": 1}).abbreviations("металлочерепица") == []


def test_three_letters_abbreviate_no_word_that_the_catalogue_has():
    assert Vocabulary({"раб": 3, "рабица": 1}).abbreviations("рабица") == []
    assert Vocabulary({"раб": 3}).abbreviations("рабица") == ["раб"]


def test_half_a_compound_with_a_short_end_is_no_abbreviation_of_it():
    assert Vocabulary({"битум": 1}).abbreviations("битумовоз") == []
    assert Vocabulary({"гипс": 1}).abbreviations("гипсовый") == ["гипс"]
