import pytest

from quarry import deadline


def test_nothing_bounds_a_wait_outside():
    assert deadline.share() is None


def test_a_wait_takes_half_of_what_is_left():
    with deadline.within(100):
        assert deadline.share() == pytest.approx(50, abs=1)


def test_a_bound_within_is_never_wider():
    with deadline.within(10), deadline.within(1000):
        assert deadline.share() <= 5
    with deadline.within(1000), deadline.within(10):
        assert deadline.share() <= 5


def test_no_time_left_is_no_time_at_all():
    with deadline.within(-1):
        assert deadline.share() == 0


def test_an_answer_remembers_who_was_away_to_its_end():
    with deadline.within(10, answering=True):
        deadline.note_away("Qdrant")
        with deadline.within(5):
            assert (deadline.is_away("Qdrant"), deadline.is_away("PostgreSQL")) == (True, False)
    assert not deadline.is_away("Qdrant")


def test_work_that_nobody_waits_for_asks_again():
    with deadline.within(10):
        deadline.note_away("Qdrant")

        assert not deadline.is_away("Qdrant")
