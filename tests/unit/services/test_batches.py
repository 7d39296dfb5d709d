"""What a caller may know of batches, and have tried again."""

from datetime import UTC, datetime

import pytest

from quarry.adapters.redis import NullCache
from quarry.cache.progress import ShownProgress
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import BatchStatus
from quarry.domain.callers import Caller
from quarry.domain.changes import Change
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import AllDatabasesUnavailableError, Conflict, InvalidRequest, NotFound, StoreUnavailable
from quarry.runtime import run
from quarry.services.batches import BatchProcessingService
from tests.batches import batch, record, records, settled
from tests.fakes import MemoryBatchStore, MemoryOffers, MemoryQueue

ENDED = {"status": BatchStatus.COMPLETED_WITH_ERRORS, "finished_at": datetime.now(UTC)}
LATER = {"error_code": "later", "error": "later"}
WARNING = RowIssue(code="no_unit", message="no unit", severity=Severity.WARNING)
UNREADABLE = PriceRow(row=2, name="x", issues=(RowIssue(code="bad", message="bad"),))


class Api:
    def __init__(self) -> None:
        self.store, self.queue, self.offers = MemoryBatchStore(), MemoryQueue(), MemoryOffers()
        self.service = BatchProcessingService(self.store, self.queue, self.offers, ShownProgress(NullCache()))

    def save(self, header, rows=()) -> None:
        run(self.store.save_batch(header))
        run(self.store.create_processing_records(header.request_id, rows))

    @property
    def header(self):
        return run(self.store.get_batch("b1"))

    @property
    def rows(self):
        return run(self.store.get_processing_results("b1", RecordQuery(limit=100)))

    @property
    def queued(self) -> list[int]:
        return [message["chunk"] for message in self.queue.messages]

    def pages(self, ask, **about):
        """Every item, page by page."""
        items, cursor = [], None
        while True:
            page = run(ask("b1", cursor=cursor, **about))
            page = getattr(page, "page", page)
            items += page.items
            cursor = page.next_cursor
            if cursor is None:
                return items


@pytest.fixture
def api():
    return Api()


def failed(sequence, **about):
    return settled(record(sequence, **about), RowStatus.FAILED, **LATER)


def test_a_retry_opens_failed_rows_and_sends_their_chunks_and_leaves_what_cannot_be_read(api):
    unreadable = settled(record(0, row=UNREADABLE), RowStatus.FAILED, error_code="bad", error="bad")
    api.save(batch(total=4, chunks=2, **ENDED), [unreadable, settled(record(1)), failed(2), failed(15)])

    assert run(api.service.retry("b1")) == 2

    assert [row.status for row in api.rows] == ["failed", "completed", "pending", "pending"]
    assert [row.retry_count for row in api.rows] == [0, 0, 1, 1]
    assert (api.header.status, api.header.finished_at, api.queued) == (BatchStatus.PROCESSING, None, [0, 1])


def test_a_retry_is_seen_before_its_first_row_and_after_its_last(api):
    api.save(batch(total=1, chunks=1, **ENDED), [failed(0)])
    before = len(api.store.saved)

    run(api.service.retry("b1"))

    assert [one.status for one in api.store.saved[before:]] == [BatchStatus.PROCESSING] * 2


def test_a_retry_without_failed_rows_changes_nothing(api):
    api.save(batch(total=1, status=BatchStatus.COMPLETED), [settled(record())])

    assert run(api.service.retry("b1")) == 0
    assert (api.header.status, api.queued) == (BatchStatus.COMPLETED, [])


def test_a_retry_whose_queue_was_unavailable_is_sent_when_it_is_requested_again(api):
    api.save(batch(total=1, chunks=1, **ENDED), [failed(0)])
    api.queue.unavailable = True
    with pytest.raises(StoreUnavailable):
        run(api.service.retry("b1"))
    api.queue.unavailable = False

    assert run(api.service.retry("b1")) == 0
    assert (api.queued, [row.retry_count for row in api.rows]) == ([0], [1])


def test_a_broken_off_retry_that_was_ended_meanwhile_goes_on_when_it_is_requested_again(api):
    api.save(batch(total=2, chunks=1, status=BatchStatus.COMPLETED), [settled(record()), record(1, retry_count=1)])

    assert run(api.service.retry("b1")) == 0
    assert (api.header.status, api.queued) == (BatchStatus.PROCESSING, [0])


def test_of_a_list_that_failed_as_a_whole_no_row_can_be_tried_again(api):
    api.save(batch(status=BatchStatus.FAILED, error_code="no_rows", error_message="Save it anew."))

    assert run(api.service.retry("b1")) == 0
    assert (api.header.status, api.queued) == (BatchStatus.FAILED, [])


def test_an_undone_list_is_not_tried_again(api):
    api.save(batch(status=BatchStatus.UNDONE), [failed(0)])

    with pytest.raises(Conflict, match="is undone"):
        run(api.service.retry("b1"))


def test_an_ended_batch_is_listed_by_its_header_and_an_open_one_is_counted(api):
    counts = {"completed": 1}
    api.save(batch("old", status=BatchStatus.COMPLETED, total=1, counts=counts), [settled(record(request_id="old"))])
    api.save(batch(total=1), [record()])

    page = run(api.service.batches(status=None, supplier_id=None, limit=5, cursor=None))

    assert {one.batch.request_id: (one.completed, one.pending) for one in page.items} == {"old": (1, 0), "b1": (0, 1)}
    assert api.store.counted == 1


def test_lists_page_from_the_newest_on(api):
    for number in range(3):
        api.save(batch(f"b{number}", created_at=datetime(2026, 3, 1 + number, tzinfo=UTC), total=0))

    first = run(api.service.batches(status=None, supplier_id=None, limit=2, cursor=None))
    second = run(api.service.batches(status=None, supplier_id=None, limit=2, cursor=first.next_cursor))

    names = [[one.batch.request_id for one in page.items] for page in (first, second)]
    assert (names, second.next_cursor) == ([["b2", "b1"], ["b0"]], None)
    with pytest.raises(InvalidRequest):
        run(api.service.results("b0", status=None, match_type=None, limit=1, cursor=first.next_cursor))


def test_a_batch_that_no_store_knows_is_not_found_unless_one_could_not_be_read(api):
    with pytest.raises(NotFound):
        run(api.service.progress("nothing"))

    api.store.degraded = True
    with pytest.raises(AllDatabasesUnavailableError, match="may know this batch"):
        run(api.service.progress("nothing"))


def test_a_batch_whose_records_are_not_at_hand_shows_what_its_header_knows(api):
    api.save(batch(total=3, counts={"completed": 2, "pending": 1}))
    api.store.degraded = True

    async def none(_):
        return None

    api.store.get_processing_progress = none
    shown = run(api.service.progress("b1"))

    assert (shown.completed, shown.pending, shown.degraded) == (2, 1, True)


def test_another_supplier_s_batch_is_not_found_and_one_s_own_is(api):
    api.save(batch())

    run(api.service.demand("b1", Caller(suppliers=frozenset({7}))))
    with pytest.raises(NotFound):
        run(api.service.demand("b1", Caller(suppliers=frozenset({8}))))


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_errors_are_the_file_s_then_each_row_s_however_they_are_paged(api, limit):
    twice = PriceRow(row=3, name="y", issues=(WARNING, RowIssue(code="no_price", message="no price")))
    rows = [settled(record(0)), failed(1), record(2, row=twice, status=RowStatus.FAILED, **LATER)]
    api.save(batch(total=3, issues=(RowIssue(code="no_category", message="no category"),)), rows)

    found = api.pages(api.service.errors, limit=limit)

    assert [issue.code for issue in found] == ["no_category", "later", "no_unit", "no_price", "later"]


def test_results_page_in_the_order_of_the_list(api):
    api.save(batch(total=5), records(5))

    found = api.pages(api.service.results, limit=2, status=None, match_type=None)

    assert [row.sequence for row in found] == [0, 1, 2, 3, 4]


def test_changes_are_of_ended_lists_and_name_their_batch(api):
    api.save(batch(total=0))
    assert run(api.service.changes("b1", limit=5, cursor=None)).summary == {}

    number = api.header.pricelist_id
    api.offers.changed[number] = [change(one, number) for one in (1, 2, 3)]
    api.save(api.header.complete({}, {"new": 3}))

    assert run(api.service.changes("b1", limit=5, cursor=None)).summary == {"new": 3}
    found = api.pages(api.service.changes, limit=2)
    assert [(one.id, one.request_id) for one in found] == [(1, "b1"), (2, "b1"), (3, "b1")]


def change(number, pricelist):
    known = {
        "id": number,
        "kind": "new",
        "at": datetime.now(UTC),
        "pricelist_id": pricelist,
        "currency": "RUB",
    }
    return Change(**{**dict.fromkeys(Change.__slots__), **known})
