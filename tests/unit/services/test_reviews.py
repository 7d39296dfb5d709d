from quarry.domain.matching import WEIGHTS
from quarry.services.reviews import REASONS


def test_each_kind_of_detail_has_words_for_the_person_who_is_asked():
    assert WEIGHTS.keys() == REASONS.keys()
