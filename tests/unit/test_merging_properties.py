"""Copies of records and headers merge to one result, whoever wrote them, by whatever clock, and in whatever order."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.batches import BatchStatus, latest_header
from quarry.domain.clock import HybridClock
from quarry.domain.records import ProcessingRecord, RowStatus, latest_record
from tests.batches import batch, record

SETTLED = [RowStatus.COMPLETED, RowStatus.FAILED, RowStatus.NEEDS_REVIEW]


def _copy(revision: int, status: RowStatus, attempt: int) -> ProcessingRecord:
    return record(0, status=status, revision=revision, retry_count=attempt, error=f"of revision {revision}")


# One revision is one copy: what was drawn for a number stands for every copy with that number.
histories = st.lists(st.tuples(st.sampled_from(RowStatus), st.integers(0, 2)), min_size=1, max_size=8).map(
    lambda drawn: [_copy(revision, *about) for revision, about in enumerate(drawn)]
)


@st.composite
def headers(draw: st.DrawFn) -> list[Any]:
    """Headers of one batch: its number and its changes are known from some revision on, its counts to some copies."""
    statuses = draw(st.lists(st.sampled_from(BatchStatus), min_size=1, max_size=7))
    changed_at = draw(st.integers(0, 7))
    made = []
    for revision, status in enumerate(statuses):
        changes = {"new": 1} if status.rows_recorded and revision >= changed_at else None
        header = batch("b1", status=status, revision=revision, changes=changes)
        for _ in range(draw(st.integers(1, 2))):
            completed, number = draw(st.integers(0, 2)), draw(st.sampled_from([None, 5]))
            made.append(replace(header, counts={"completed": completed}, pricelist_id=number))
    return made


@st.composite
def orders(draw: st.DrawFn, copies: st.SearchStrategy[list[Any]]) -> tuple[list[Any], list[Any]]:
    """Copies, and the same in another order with some of them repeated."""
    first = draw(copies)
    again = draw(st.lists(st.sampled_from(first), max_size=4))
    return first, draw(st.permutations([*first, *again]))


def grouped(copies: Sequence[Any], at: int, rule: Callable[[Any, Any], Any]) -> Any:
    """Merged in two stores, then with each other."""
    parts = [part for part in (copies[:at], copies[at:]) if part]
    return reduce(rule, [reduce(rule, part) for part in reversed(parts)])


@given(orders(histories), st.integers(0, 12))
def test_copies_of_a_record_merge_to_one_in_any_order_and_grouping(given_orders, at):
    first, other = given_orders

    assert reduce(latest_record, first) == grouped(other, at, latest_record)


@given(orders(headers()), st.integers(0, 18))
def test_copies_of_a_header_merge_to_one_in_any_order_and_grouping(given_orders, at):
    first, other = given_orders

    assert reduce(latest_header, first) == grouped(other, at, latest_header)


@given(histories)
def test_within_one_attempt_what_is_settled_stays_settled(copies):
    stands = reduce(latest_record, copies)

    attempt = [one for one in copies if one.retry_count == stands.retry_count]
    assert stands.retry_count == max(one.retry_count for one in copies)
    assert stands.status.terminal == any(one.status.terminal for one in attempt)


@given(headers())
def test_a_header_that_was_opened_is_not_closed_by_a_later_reader(copies):
    stands = reduce(latest_header, copies)

    opened = [one for one in copies if one.status.rows_recorded]
    assert stands.revision == max(one.revision for one in opened or copies)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1000, 1000), st.integers(0, 1000)), max_size=20))
def test_an_update_wins_over_its_origin_whatever_the_clocks_say(updates):
    clocks = {number: [0, None] for number in range(3)}
    for about in clocks.values():
        about[1] = HybridClock(lambda about=about: 2_000_000 + about[0])
    copies = [record(0, status=RowStatus.COMPLETED, revision=0)]

    for writer, wall, seen in updates:  # each environment's wall clock is anywhere, and steps back too
        clocks[writer][0] = wall
        read = copies[seen % len(copies)]
        written = replace(read, error=f"after {read.revision}", revision=clocks[writer][1].next(read.revision))
        assert latest_record(read, written) == latest_record(written, read) == written
        copies.append(written)

    assert len({one.revision for one in copies}) == len(copies)


def test_two_environments_that_write_after_the_same_copy_in_one_moment_give_two_revisions():
    here, there = HybridClock(lambda: 1_800_000_000_000), HybridClock(lambda: 1_800_000_000_000)
    fast = HybridClock(lambda: 1_800_000_060_000).next()

    of_the_moment = {environment.next() for environment in (here, there)}
    after_a_fast_clock = {environment.next(fast) for environment in (here, there)}

    assert len(of_the_moment) == len(after_a_fast_clock) == 2
    assert min(after_a_fast_clock) > fast


def test_revisions_fit_the_stores_for_two_centuries():
    last_day = HybridClock(lambda: 8_770_000_000_000)  # late in the year 2247

    assert last_day.next() < 2**63
