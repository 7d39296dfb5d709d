"""Rows that repeat records of another list have none of their own, and are read, merged, cleaned up as if they had."""

import random

import pytest

from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.repositories.postgresql.unchanged import UnchangedRowsRepository
from quarry.runtime import run
from tests.batches import settled
from tests.environment import forget
from tests.filled import FILLED
from tests.integration.test_unchanged_rows import HEADER, asked, bucket, imported, process, records, uploaded

__all__ = ["bucket", "uploaded"]
ROWS = [f"C{number};Саморез 3,5х{number};шт;1,{number}\n" for number in range(10, 22)]
CHANGED = {place: ROWS[place].replace(";1,", ";2,") for place in (3, 8)}
# A person is to say whether they are one.
BRANDED, PLAIN = "B1;Клей Альфа плиточный 25 кг;шт;400\n", "P1;Клей плиточный 25 кг;шт;380\n"
# Its remark names its own row.
ODD = "D1;Уголок 50х50;шт;\n"


def listed(changed=(), rows=ROWS):
    return HEADER + "".join(dict(changed).get(place, row) for place, row in enumerate(rows))


@pytest.fixture
def store():
    return ProcessingRepository(composition().postgresql)


@pytest.fixture
def second(uploaded):
    """The second list, of which rows 3 and 8 are not those of the first."""
    imported(uploaded(listed(rows=[*ROWS, ODD])))
    return imported(uploaded(listed(CHANGED, [*ROWS, ODD])))[0]


def held(table, batch):
    (found,) = asked(f"SELECT count(*) AS rows FROM {table} WHERE request_id = '{batch.request_id}'")
    return found["rows"]


def test_rows_that_follow_each_other_are_one_run_and_have_no_record(second):
    assert (held("processing_results", second), held("repeated_rows", second)) == (2, 3)
    assert [record.sequence for record in records(second)] == list(range(13))
    assert [record.row.row for record in records(second)] == list(range(2, 15))


def test_a_third_list_repeats_the_records_that_the_second_repeated(second, uploaded):
    third, messages = imported(uploaded(listed(CHANGED, [*ROWS, ODD]) + "\n"))

    assert (held("processing_results", third), held("repeated_rows", third)) == (0, 5)
    assert (messages, third.status, third.changes["unchanged"]) == ([], BatchStatus.COMPLETED, 13)
    assert [record.row for record in records(third)] == [record.row for record in records(second)]


def test_an_offer_that_moves_on_is_written_beside_its_row_without_an_entry_in_an_index(second):
    """A heap-only tuple stays in its page, to which the indexes lead; with an index on the list it would not be one."""
    indexed = asked("SELECT indexdef FROM pg_indexes WHERE tablename = 'raw_products'")
    moved = {"pricelistid", "previous_pricelistid", "row_number", "record_sequence"}

    for index in indexed:
        columns = index["indexdef"].partition("USING")[2].replace("(", " ").replace(")", " ").replace(",", " ").split()
        assert not moved & set(columns), index


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_go_across_records_and_runs(second, store, limit):
    def pages(**chosen):
        after, found = -1, []
        while page := run(
            store.get_processing_results(second.request_id, RecordQuery(after=after, limit=limit, **chosen))
        ):
            found += page
            after = page[-1].sequence
        return [record.sequence for record in found]

    assert pages() == pages(status=RowStatus.COMPLETED) == pages(match_type=MatchType.EXACT) == list(range(13))
    assert pages(with_issues=True) == [12]
    assert pages(chunk=2) == [4, 5]
    assert pages(status=RowStatus.FAILED) == pages(match_type=MatchType.CREATED) == pages(unsettled=True) == []


@pytest.mark.parametrize("open_copy", [True, False])
def test_a_copy_of_a_repeated_row_that_another_store_took_is_merged(second, store, open_copy):
    before = records(second)
    copy = settled(before[5], RowStatus.PENDING if open_copy else RowStatus.NEEDS_REVIEW)

    assert run(store.update_processing_status(second.request_id, [copy])) == (0 if open_copy else 1)

    kept = before[5] if open_copy else copy
    assert records(second) == [*before[:5], kept, *before[6:]]
    assert run(store.current(second.request_id, ["5", "no number"])) == [kept]
    assert run(store.get_processing_progress(second.request_id)).settled == 13
    assert (held("processing_results", second), held("repeated_rows", second)) == (6, 2)


def test_rows_are_known_by_their_places_and_counted_with_the_copies_that_are_held_elsewhere(second, store):
    before = records(second)

    assert run(store.current(second.request_id, ["0", "3", "12", "13"])) == [before[3], before[0], before[12]]
    copies = [settled(before[4], RowStatus.PENDING), settled(before[6], RowStatus.NEEDS_REVIEW)]
    progress = run(store.progress_with(second.request_id, copies))
    assert (progress.counts["completed"], progress.counts["needs_review"], progress.settled) == (12, 1, 13)


def test_records_stay_as_long_as_a_younger_list_repeats_them(second, store):
    shown = records(second)
    (first,) = asked(f"SELECT request_id FROM pricelists WHERE request_id <> '{second.request_id}'")

    def age(request_id, days):
        moment = f"now() - interval '{days} days'"
        update = (
            f"UPDATE pricelists SET created_at = {moment}, finished_at = {moment} WHERE request_id = '{request_id}'"
        )
        run(composition().postgresql.execute_command(update))

    age(first["request_id"], 40)
    assert run(store.cleanup_old_records(30)) == 0
    assert records(second) == shown

    age(second.request_id, 31)
    assert run(store.cleanup_old_records(30)) == 11 + 2 + 13
    assert asked("SELECT request_id FROM processing_results UNION SELECT request_id FROM repeated_rows") == []
    assert [batch["request_id"] for batch in asked("SELECT request_id FROM pricelists")] == [second.request_id]


def test_what_is_cleaned_up_after_it_was_found_is_processed(uploaded, monkeypatch):
    imported(uploaded(listed()))
    settle = UnchangedRowsRepository.settle

    async def cleaned(self, batch, rows, chunk_rows, revision):
        await self._db.execute_command("DELETE FROM processing_results")
        return await settle(self, batch, rows, chunk_rows, revision)

    monkeypatch.setattr(UnchangedRowsRepository, "settle", cleaned)
    second, messages = imported(uploaded(listed() + "\n"))

    assert len(messages) == 6
    assert (second.status, second.changes["unchanged"]) == (BatchStatus.COMPLETED, 12)
    assert [record.status for record in records(second)] == [RowStatus.COMPLETED] * 12


def test_two_readers_of_one_upload_leave_each_row_once(uploaded, monkeypatch):
    imported(uploaded(listed()))
    upload = uploaded(listed(CHANGED))
    settle = UnchangedRowsRepository.settle

    async def both(self, *about):
        monkeypatch.setattr(UnchangedRowsRepository, "settle", settle)
        await composition().ingestion.planner.plan(upload)
        return await settle(self, *about)

    monkeypatch.setattr(UnchangedRowsRepository, "settle", both)
    second, _ = imported(upload)

    assert (second.status, second.changes["unchanged"], second.changes["dearer"]) == (BatchStatus.COMPLETED, 10, 2)
    assert [record.sequence for record in records(second)] == list(range(12))
    assert {record.status for record in records(second)} == {RowStatus.COMPLETED}


STEPS = (
    (UnchangedRowsRepository, "find"),
    (UnchangedRowsRepository, "settle"),
    (ProcessingRepository, "create_processing_records"),
    (ProcessingRepository, "get_processing_progress"),
)


# A list that was begun again may have taken a number in vain: lists are distinguished by their upload.
OFFERS = """
SELECT r.offer_key, r.unit_price, r.material_id, r.row_number, r.superseded_at IS NULL AS current,
    date_trunc('hour', held.uploaded_at) AS held_by, date_trunc('hour', brought.uploaded_at) AS brought_by
FROM raw_products r JOIN pricelists held ON held.id = r.pricelistid
JOIN pricelists brought ON brought.id = r.first_pricelistid
ORDER BY r.offer_key, brought.uploaded_at, r.unit_price
"""


class Killed(BaseException):
    """The planner dies."""


def edition(rows, chance):
    """The list as a supplier goes on with it."""
    rows = list(rows)
    for _ in range(chance.randrange(3)):
        place = chance.randrange(len(rows))
        match chance.randrange(5):
            case 0:
                rows[place] = rows[place].rpartition(";")[0] + f";{chance.randrange(9, 99)}\n"
            case 1:
                rows.insert(place, f"N{chance.randrange(99)};Болт М{chance.randrange(5, 15)};шт;7\n")
            case 2:
                rows.append(rows[place])
            case 3:
                rows.insert(0, rows.pop(place))
            case 4 if len(rows) > 3:
                del rows[place]
    return rows


def outcome(editions, uploaded, planned):
    """What is there after the lists, which are read one after the other whatever order they were uploaded in."""
    run(composition().postgresql.execute_command(f"TRUNCATE {FILLED} RESTART IDENTITY"))
    imported(uploaded(HEADER + BRANDED, supplier=202, hour=0))
    found = []
    for hour, rows in editions:
        upload = uploaded(HEADER + "".join(rows), hour=hour)
        while True:
            try:
                planned(upload)
                break
            except Killed:
                process()
        process()
        (batch,) = run(composition().batches.list_batches(BatchQuery(limit=1)))
        rows_shown = [(one.sequence, one.row, one.status, one.material_id) for one in records(batch)]
        found.append((batch.status, batch.changes, dict(batch.counts), rows_shown))
    return found, asked(OFFERS)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_lists_and_deaths_of_the_planner_rows_come_out_as_if_each_had_been_processed(
    uploaded, monkeypatch, seed
):
    monkeypatch.setenv("CHUNK_ROWS", "3")
    forget()
    chance = random.Random(seed)
    editions, rows = [], [*ROWS, ODD, PLAIN]
    for hour in range(6):
        editions.append((hour, rows))
        rows = edition(rows, chance)
    late = chance.randrange(1, 5)
    editions.append(editions.pop(late))

    def whole(upload):
        run(composition().ingestion.planner.plan(upload))

    def mortal(upload):
        with monkeypatch.context() as deaths:
            for kind, name in STEPS:
                deaths.setattr(kind, name, deadly(getattr(kind, name), chance))
            whole(upload)

    with monkeypatch.context() as unknown:
        unknown.setattr(UnchangedRowsRepository, "lists", nothing)
        processed = outcome(editions, uploaded, whole)
    assert outcome(editions, uploaded, whole) == processed
    assert held_runs() > 0
    assert outcome(editions, uploaded, mortal) == processed


async def nothing(self, pricelist_id):
    return {}


def deadly(method, chance):
    """The method, in which its caller dies now and then: before it did anything, or after."""

    async def tried(self, *about, **more):
        fate = chance.randrange(8)
        if fate == 0:
            raise Killed
        done = await method(self, *about, **more)
        if fate == 1:
            raise Killed
        return done

    return tried


def held_runs():
    return len(asked("SELECT 1 AS one FROM repeated_rows"))
