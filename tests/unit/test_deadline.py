import pytest

from quarry import deadline


def test_nothing_bounds_work_outside():
    assert deadline.left() is None


def test_what_is_left_is_counted_down():
    with deadline.within(100):
        assert deadline.left() == pytest.approx(100, abs=50)


def test_a_bound_within_is_never_wider():
    with deadline.within(10), deadline.within(1000):
        assert deadline.left() <= 10
    with deadline.within(1000), deadline.within(10):
        assert deadline.left() <= 10


def test_no_remaining_time_is_zero():
    with deadline.within(-1):
        assert deadline.left() == 0


def test_a_last_word_takes_its_own_time():
    with deadline.within(0), deadline.unbounded():
        assert deadline.left() is None
