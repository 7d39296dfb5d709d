"""The two state machines as their docstrings draw them, for any sequence of transitions."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import ROOT
from quarry.domain.batches import INTERRUPTED, Batch, BatchKind, BatchStatus, latest_header
from quarry.domain.messages import ChunkMessage
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, latest_record
from quarry.errors import InvalidTransition
from tests.batches import batch, record

R, B = RowStatus, BatchStatus
OPEN, DONE = {R.PENDING, R.PROCESSING}, {B.COMPLETED, B.COMPLETED_WITH_ERRORS}


def completed(row: ProcessingRecord, match: MatchType = MatchType.CREATED) -> ProcessingRecord:
    return row.complete(
        material_id="m1", match_type=match, similarity_score=None, normalized_unit="шт", coefficient=Decimal(1)
    )


# A row's transitions: the states that allow each, and the state that it leads to.
ROW_VERBS: dict[str, tuple[Callable[[ProcessingRecord], ProcessingRecord], set[RowStatus], RowStatus]] = {
    "start": (ProcessingRecord.start, OPEN, R.PROCESSING),
    "put_back": (ProcessingRecord.put_back, {R.PROCESSING}, R.PENDING),
    "complete": (completed, OPEN, R.COMPLETED),
    "review": (lambda row: completed(row, MatchType.REVIEW), OPEN, R.NEEDS_REVIEW),
    "fail": (lambda row: row.fail("refused", "Correct it."), OPEN, R.FAILED),
    "retry": (ProcessingRecord.retry, {R.FAILED}, R.PENDING),
}
BATCH_VERBS: dict[str, tuple[Callable[[Batch], Batch], set[BatchStatus], BatchStatus | None]] = {
    "start_planning": (Batch.start_planning, {B.RECEIVED, B.PLANNING}, B.PLANNING),
    "resubmit": (Batch.resubmit, {B.RECEIVED, B.PLANNING}, B.RECEIVED),
    "describe": (lambda one: one.describe(total=2), {B.RECEIVED, B.PLANNING}, None),
    "start_processing": (lambda one: one.start_processing({}), {B.RECEIVED, B.PLANNING}, B.PROCESSING),
    "fail": (lambda one: one.fail("no_rows", "Save it anew."), {B.RECEIVED, B.PLANNING, B.FAILED}, B.FAILED),
    "complete": (
        lambda one: one.complete({"completed": 2}, None),
        {B.RECEIVED, B.PLANNING, B.PROCESSING} | DONE,
        B.COMPLETED,
    ),
    "reopen": (Batch.reopen, {B.PROCESSING} | DONE, B.PROCESSING),
    "undo": (Batch.undo, DONE, B.UNDOING),
    "conclude_undo": (Batch.conclude_undo, {B.UNDOING}, B.UNDONE),
    "keep": (Batch.keep, {B.UNDOING}, B.COMPLETED),
    "wait": (
        lambda one: one.wait("PostgreSQL cannot be reached"),
        {B.RECEIVED, B.PLANNING, B.PROCESSING, B.UNDOING},
        None,
    ),
}


def check(ask, allowed, leads_to, before):
    if before.status not in allowed:
        with pytest.raises(InvalidTransition, match=before.status.value):
            ask(before)
        return
    after = ask(before)
    assert (after.status, after.revision > before.revision) == (leads_to or before.status, True)
    assert after.updated_at > before.updated_at


@pytest.mark.parametrize("verb", ROW_VERBS)
@pytest.mark.parametrize("status", R)
def test_a_row_does_what_its_state_allows_and_nothing_else(verb, status):
    check(*ROW_VERBS[verb], record(status=status))


@pytest.mark.parametrize("verb", BATCH_VERBS)
@pytest.mark.parametrize("status", B)
def test_a_batch_does_what_its_state_allows_and_nothing_else(verb, status):
    check(*BATCH_VERBS[verb], batch(status=status))


# What a batch may do from ``failed`` where its reading broke off.
INTERRUPTED_VERBS = {"start_planning", "resubmit", "start_processing", "undo"}


def drawn(diagram: int) -> set[tuple[str, str]]:
    """Each transition of one of the page's diagrams of states: the state before, and the method."""
    page = (ROOT / "docs/architecture.md").read_text()
    lines = re.findall(r"stateDiagram-v2\n(.*?)```", page, re.DOTALL)[diagram]
    return set(re.findall(r"^ +(\w+) --> \w+: (\w+)", lines, re.MULTILINE))


def test_the_page_draws_what_a_batch_may_do_and_nothing_else():
    moves = {verb: allowed for verb, (_, allowed, leads_to) in BATCH_VERBS.items() if leads_to}
    done = {(str(status), verb) for verb, allowed in moves.items() for status in allowed}
    assert drawn(0) == done | {("failed", verb) for verb in INTERRUPTED_VERBS}


@pytest.mark.parametrize("verb", sorted(INTERRUPTED_VERBS))
def test_a_batch_whose_reading_broke_off_goes_on_from_there(verb):
    interrupted = batch(status=B.PLANNING).fail_interrupted("Drop it again.")
    ask, _, leads_to = BATCH_VERBS[verb]
    assert ask(interrupted).status is leads_to


def test_the_page_draws_what_a_row_may_do_and_nothing_else():
    named = {"review": "complete"}
    done = {(str(status), named.get(verb, verb)) for verb, (_, allowed, _) in ROW_VERBS.items() for status in allowed}
    assert drawn(1) == done


@given(st.lists(st.sampled_from(sorted(ROW_VERBS))))
def test_each_step_of_a_row_prevails_over_all_before_it(verbs):
    row = record()
    for verb in verbs:
        ask, allowed, _ = ROW_VERBS[verb]
        if row.status in allowed:
            after = ask(row)
            assert latest_record(row, after) == latest_record(after, row) == after
            row = after


@given(st.lists(st.sampled_from(sorted(BATCH_VERBS))))
def test_each_step_of_a_batch_prevails_over_all_before_it(verbs):
    header = batch(status=B.RECEIVED)
    for verb in verbs:
        ask, allowed, _ = BATCH_VERBS[verb]
        if header.status in allowed:
            after = ask(header)
            assert latest_header(header, after) == latest_header(after, header)
            assert latest_header(header, after).status is after.status
            header = after


def test_an_undo_of_a_list_that_broke_off_forgets_its_failure_and_what_it_changed():
    broken = batch(status=B.PLANNING, changes={"new": 3}).fail_interrupted("Drop it again.")
    undone = broken.undo().conclude_undo()
    assert (undone.status, undone.error_code, undone.changes, undone.needs_planning) == (
        B.UNDONE,
        None,
        {"new": 0},
        False,
    )


def test_a_list_that_is_kept_ends_as_it_had_ended():
    ended = batch(status=B.PROCESSING).complete({"completed": 1, "failed": 1}, {"new": 1})
    assert ended.undo().keep().status is B.COMPLETED_WITH_ERRORS


def test_a_retry_counts_and_forgets_the_error():
    again = record().fail("refused", "Correct it.").retry()
    assert (again.retry_count, again.error_code, again.error) == (1, None, None)


def test_only_an_interrupted_batch_is_taken_up_again_from_its_failure():
    interrupted = batch(status=B.PLANNING).fail_interrupted("Drop it again.")
    assert (interrupted.error_code, interrupted.needs_planning) == (INTERRUPTED, True)
    again = interrupted.start_planning(object_key="k")
    assert (again.status, again.error_code, again.finished_at, again.object_key) == (B.PLANNING, None, None, "k")
    refused = batch(status=B.PLANNING).fail("no_rows", "Save it anew.")
    assert not refused.needs_planning
    with pytest.raises(InvalidTransition):
        refused.start_planning()


def test_a_reader_who_was_given_up_and_comes_to_the_end_opens_the_batch():
    given_up = batch(status=B.PLANNING).fail_interrupted("Drop it again.")
    opened = given_up.describe(total=2).start_processing({"pending": 2})
    assert (opened.status, opened.error_code, opened.finished_at, opened.total) == (B.PROCESSING, None, None, 2)


@pytest.mark.parametrize("status", [B.PROCESSING, B.COMPLETED, B.FAILED])
def test_no_batch_begins_in_the_midst_of_its_life(status):
    with pytest.raises(InvalidTransition):
        Batch.new("b1", BatchKind.PRICELIST, status)


def test_the_end_of_a_batch_yields_to_a_retry_that_began_meanwhile():
    header = batch(status=B.PROCESSING)
    ended, reopened = header.complete({"completed": 1, "failed": 1}, {"new": 1}), header.reopen()
    assert ended.status is B.COMPLETED_WITH_ERRORS
    assert latest_header(ended, reopened).status is latest_header(reopened, ended).status is B.PROCESSING


def test_a_wait_counts_its_attempts_until_the_batch_moves_on():
    header = batch().wait("PostgreSQL cannot be reached")
    again = header.wait("Qdrant cannot be reached")
    assert (again.waiting.attempts, again.waiting.since) == (2, header.waiting.since)
    assert again.waiting.reason == "Qdrant cannot be reached"
    assert again.move_on().waiting is None


@given(
    st.builds(
        ChunkMessage,
        st.text(min_size=1),
        st.integers(0, 10**6),
        st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
        st.integers(0, 5),
        st.none() | st.text(min_size=1),
    )
)
def test_a_chunk_message_comes_back_as_it_was_sent(message):
    assert ChunkMessage.parse(message.json()) == message


def test_a_whole_chunks_message_says_no_more_than_it_must():
    message = ChunkMessage("b1", 3)
    assert message.json() == {"request_id": "b1", "chunk": 3}
    assert ChunkMessage.parse(replace(message, rows=(4, 9)).timed_out().json()).timeouts == 1
    with pytest.raises(KeyError):
        ChunkMessage.parse({"chunk": 3})
