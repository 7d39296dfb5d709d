"""Rows that a supplier repeats are settled without being read, with the same result as if they had been processed."""

from datetime import UTC, datetime, timedelta

import boto3
import orjson
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.domain.uploads import Upload
from quarry.errors import StoreUnavailable
from quarry.pricelists import ReadOptions, digests, story
from quarry.pricelists.offers import OfferReader
from quarry.repositories.postgresql.unchanged import UnchangedRowsRepository
from quarry.runtime import run
from tests.environment import composed, forget, with_bucket
from tests.filled import FILLED

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
HEADER = "Артикул;Наименование;Ед. изм.;Цена, руб.\n"
CEMENT, GLUE, PIPE, SAND = (
    "A1;Цемент М500 Д0, мешок 50 кг;мешок;450\n",
    "A2;Клей для плитки 25 кг;мешок;380\n",
    "A3;Труба 20х3,4;м;40,71\n",
    ";Песок речной;т;900\n",
)


@pytest.fixture(autouse=True)
def bucket(request, collection):
    with composed(request) as patch:
        s3, name = with_bucket(patch, collection, CHUNK_ROWS="2")
        yield s3, name


@pytest.fixture
def uploaded(bucket):
    s3, name = bucket
    hours = iter(range(100))

    def put(content, supplier=101, hour=None):
        key = f"incoming/supplier={supplier}/прайс.csv"
        version = s3.put_object(Bucket=name, Key=key, Body=content.encode())["VersionId"]
        return Upload(key, version, MORNING + timedelta(hours=next(hours) if hour is None else hour))

    return put


@pytest.fixture
def reads(monkeypatch):
    """The numbers of the rows that were read, apart from the samples that a reading shows and doubts."""
    monkeypatch.setattr(story, "SAMPLE_ROWS", 0)
    monkeypatch.setattr(story, "SAMPLED", 0)
    numbers = []
    read = OfferReader.read

    def counted(self, line, path, above):
        numbers.append(line.number)
        return read(self, line, path, above)

    monkeypatch.setattr(OfferReader, "read", counted)
    return numbers


def process():
    """The messages that were there."""
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    messages = []
    while found := sqs.receive_message(QueueUrl=url).get("Messages"):
        message = orjson.loads(found[0]["Body"])
        run(composition().ingestion.processor.process_chunk(message["request_id"], message["chunk"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        messages.append(message)
    return messages


def imported(upload):
    run(composition().ingestion.planner.plan(upload))
    messages = process()
    return batches()[0], messages


def batches():
    return run(composition().batches.list_batches(BatchQuery(limit=100)))


def records(batch):
    return run(composition().batches.get_processing_results(batch.request_id, RecordQuery(limit=100)))


def asked(query):
    return run(composition().postgresql.execute_query(query))


def test_a_list_with_one_changed_price_is_read_and_processed_in_that_row_alone(uploaded, reads):
    first, _ = imported(uploaded(HEADER + CEMENT + GLUE + PIPE + SAND))
    reads.clear()
    second, messages = imported(uploaded(HEADER + CEMENT + GLUE + PIPE.replace("40,71", "41,50") + SAND))

    assert set(reads) == {4}
    assert [message["chunk"] for message in messages] == [1]
    assert second.status is BatchStatus.COMPLETED
    assert second.changes == {"new": 0, "gone": 0, "dearer": 1, "cheaper": 0, "unchanged": 3}
    assert [record.row.name for record in records(second)] == [record.row.name for record in records(first)]
    assert {record.match_type for record in records(second)} == {MatchType.EXACT}


def test_few_changed_rows_of_several_chunks_are_one_chunk(uploaded):
    imported(uploaded(HEADER + CEMENT + GLUE + PIPE + SAND))
    second, messages = imported(
        uploaded(HEADER + CEMENT.replace("450", "460") + GLUE + PIPE + SAND.replace("900", "9"))
    )

    assert second.chunks == 2
    assert [message["chunk"] for message in messages] == [0]
    assert second.changes == {"new": 0, "gone": 0, "dearer": 1, "cheaper": 1, "unchanged": 2}


def test_many_changed_rows_of_several_chunks_are_two_chunks(uploaded, monkeypatch):
    monkeypatch.setenv("CHUNK_ROWS", "5")
    forget()
    rows = [f"C{number};Саморез 3,5х{number};шт;1,{number}\n" for number in range(10, 25)]
    imported(uploaded(HEADER + "".join(rows)))
    changed = {place: rows[place].replace(";1,", ";2,") for place in (0, 5, 6, 12)}
    second, messages = imported(uploaded(HEADER + "".join(changed.get(place, row) for place, row in enumerate(rows))))

    assert [message["chunk"] for message in messages] == [0, 1]
    assert [record.chunk for record in records(second) if record.sequence in changed] == [0, 1, 1, 1]
    assert second.changes == {"new": 0, "gone": 0, "dearer": 4, "cheaper": 0, "unchanged": 11}


class Explained:
    """Executes queries with their plans, and counts the offers that they read."""

    offers = 0

    async def execute_query(self, query, params):
        (row,) = await composition().postgresql.execute_query(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", params)
        self._count(row["QUERY PLAN"][0]["Plan"])
        return []

    def _count(self, node):
        if node.get("Relation Name") == "raw_products":
            self.offers += node["Actual Rows"] * node["Actual Loops"]
        for child in node.get("Plans", ()):
            self._count(child)


def test_lists_with_current_offers_are_found_in_one_pass_over_the_offers(uploaded):
    for _ in range(5):
        newest, _ = imported(uploaded(HEADER + CEMENT + GLUE + PIPE))
    explained = Explained()
    run(UnchangedRowsRepository(explained).lists(newest.pricelist_id))

    assert 0 < explained.offers <= 3


def test_a_list_without_a_change_ends_without_a_message(uploaded, reads):
    imported(uploaded(HEADER + CEMENT + GLUE + PIPE))
    reads.clear()
    second, messages = imported(uploaded(HEADER + CEMENT + GLUE + PIPE + "\n"))

    assert (reads, messages) == ([], [])
    assert second.status is BatchStatus.COMPLETED
    assert second.counts["completed"] == 3
    assert asked("SELECT DISTINCT pricelistid FROM raw_products") == [{"pricelistid": second.pricelist_id}]


# What may happen to a row from one list to the next, and to those beside it.
EDITIONS = (
    HEADER + "Смеси\n" + CEMENT + GLUE + "A4;Труба 25х4,2;м;\n" + SAND + SAND.replace("900", "950")
    + "A5;Уголок 50х50;шт;1,250\nA6;Швеллер 10;шт;дорого\n;Щебень 5-20;т;700\n;Гравий;т;800\n;Гравий;т;800\n"
    "B1;Портландцемент ЦЕМ I 42.5 Б мешок 50кг;мешок;510\nA7;Кабель ВВГ 3х1,5;м;60\nA8;Кабель ВВГ 3х2,5;м;90\n"
    "Трубы\n" + PIPE,
    # one row above all, a price, equal rows the other way round, a twin before a row that stood alone, a heading
    HEADER + "Смеси\n;Известь;кг;30\n" + CEMENT + GLUE.replace("380", "390") + "A4;Труба 25х4,2;м;\n"
    + SAND.replace("900", "950") + SAND
    + "A5;Уголок 50х50;шт;1,250\nA6;Швеллер 10;шт;дорого\n;Щебень 5-20;т;650\n;Щебень 5-20;т;700\n;Гравий;т;800\n"
    "B1;Портландцемент ЦЕМ I 42.5 Б мешок 50кг;мешок;510\nA8;Кабель ВВГ 3х2,5;м;90\nA7;Кабель ВВГ 3х1,5;м;60\n"
    "Трубы и фитинги\n" + PIPE,
)  # fmt: skip
EDITIONS = (*EDITIONS, EDITIONS[0] + CEMENT + "A9;Уголок 40х40;шт;99\n")

STATE = """
SELECT offer_key, name, unit_price, category, sku, unit, price_per_base_unit, material_id, match_type, row_number,
       pricelistid, first_pricelistid, previous_pricelistid, superseded_pricelistid, superseded_at IS NULL AS current
FROM raw_products ORDER BY offer_key, first_pricelistid
"""


def reported(record):
    """All but the chunk: few rows of several are one chunk's."""
    return (
        record.sequence, record.row_id, record.row, record.status, record.occurrence,
        record.material_id, record.match_type, record.similarity_score, record.normalized_unit, record.coefficient,
        record.error_code, record.error, record.retry_count,
    )  # fmt: skip


def outcomes(uploaded):
    """What each edition leaves: its records, its changes and counts, and all offers with their history."""
    found = []
    imported(uploaded(HEADER + ";Портландцемент ЦЕМ I 42,5Б, мешок 50 кг;мешок;500\n", supplier=202))
    for hour, edition in enumerate(EDITIONS, 1):
        batch, _ = imported(uploaded(edition, hour=hour))
        found.append(([*map(reported, records(batch))], batch.changes, dict(batch.counts), batch.status, asked(STATE)))
    return found


def test_editions_come_out_as_if_each_row_had_been_processed(uploaded, reads, monkeypatch):
    monkeypatch.setenv("CHUNK_ROWS", "5")
    forget()
    settled = outcomes(uploaded)
    few = len(reads)
    run(composition().postgresql.execute_command(f"TRUNCATE {FILLED} RESTART IDENTITY"))
    reads.clear()

    async def nothing(self, pricelist_id):
        return {}

    monkeypatch.setattr(UnchangedRowsRepository, "lists", nothing)
    processed = outcomes(uploaded)

    assert few <= len(reads) - 10
    for ours, theirs in zip(settled, processed, strict=True):
        assert ours == theirs


def offers():
    return asked("SELECT sku, unit_price, pricelistid FROM raw_products WHERE superseded_at IS NULL ORDER BY id")


def test_planning_that_broke_off_between_two_parts_is_taken_up_where_it_was(uploaded, monkeypatch):
    monkeypatch.setenv("CHUNK_ROWS", "1")
    forget()
    rows = [f"C{number};Саморез 3,5х{number};шт;1,{number}\n" for number in range(10, 22)]
    first, _ = imported(uploaded(HEADER + "".join(rows)))
    settle, settled = UnchangedRowsRepository.settle, []

    async def breaks_off(self, batch, part, chunk_rows, revision):
        if len(settled) == 2:
            raise RuntimeError("killed")
        settled.append(len(part))
        return await settle(self, batch, part, chunk_rows, revision)

    changed = {3: rows[3].replace(";1,", ";2,"), 8: rows[8].replace(";1,", ";2,")}
    second = uploaded(HEADER + "".join(changed.get(place, row) for place, row in enumerate(rows)))
    monkeypatch.setattr(UnchangedRowsRepository, "settle", breaks_off)
    with pytest.raises(RuntimeError):
        imported(second)
    assert settled == [3, 4]
    assert batches()[0].status is BatchStatus.PLANNING
    monkeypatch.setattr(UnchangedRowsRepository, "settle", settle)
    again, messages = imported(second)

    assert (again.status, again.counts["completed"]) == (BatchStatus.COMPLETED, 12)
    assert again.changes == {"new": 0, "gone": 0, "dearer": 2, "cheaper": 0, "unchanged": 10}
    assert {message["chunk"] for message in messages} == set(changed)
    assert [record.row_id for record in records(again)] == [str(number) for number in range(12)]
    assert {offer["pricelistid"] for offer in offers()} == {again.pricelist_id}
    assert again.pricelist_id != first.pricelist_id


def test_the_end_that_was_lost_with_the_planner_comes_with_the_next_delivery(uploaded, monkeypatch):
    imported(uploaded(HEADER + CEMENT + GLUE))
    second = uploaded(HEADER + CEMENT + GLUE + "\n")

    async def dies(request_id):
        raise RuntimeError("killed")

    with monkeypatch.context() as killed:
        killed.setattr(composition().ingestion.finisher, "finish_if_settled", dies)
        with pytest.raises(RuntimeError):
            imported(second)
    assert batches()[0].status is BatchStatus.PROCESSING

    assert imported(second)[0].status is BatchStatus.COMPLETED


def test_an_older_list_that_is_read_late_takes_no_offer_from_the_newer_one(uploaded):
    imported(uploaded(HEADER + CEMENT + GLUE, hour=1))
    newer, _ = imported(uploaded(HEADER + CEMENT + GLUE.replace("380", "395"), hour=3))
    older, _ = imported(uploaded(HEADER + CEMENT + GLUE.replace("380", "370"), hour=2))

    assert older.status is BatchStatus.COMPLETED
    assert {offer["pricelistid"] for offer in offers()} == {newer.pricelist_id}
    assert [int(offer["unit_price"]) for offer in offers()] == [450, 395]


def test_a_newer_list_that_comes_in_between_keeps_its_offers(uploaded, monkeypatch):
    first, _ = imported(uploaded(HEADER + CEMENT + GLUE, hour=1))
    older = uploaded(HEADER + CEMENT + GLUE + "A9;Уголок 40х40;шт;99\n", hour=2)
    settle = UnchangedRowsRepository.settle

    async def overtaken(self, batch, rows, chunk_rows, revision):
        monkeypatch.setattr(UnchangedRowsRepository, "settle", settle)
        await composition().ingestion.planner.plan(uploaded(HEADER + CEMENT.replace("450", "470") + GLUE, hour=3))
        newer = (await composition().batches.list_batches(BatchQuery(limit=1)))[0]
        await composition().ingestion.processor.process_chunk(newer.request_id, 0)
        return await settle(self, batch, rows, chunk_rows, revision)

    monkeypatch.setattr(UnchangedRowsRepository, "settle", overtaken)
    imported(older)

    assert len(batches()) == 3
    newest = max(batches(), key=lambda batch: batch.upload_order)
    assert {batch.status for batch in batches()} == {BatchStatus.COMPLETED}
    assert {offer["pricelistid"] for offer in offers()} == {newest.pricelist_id}
    assert sorted(int(offer["unit_price"]) for offer in offers()) == [380, 470]
    (ended,) = asked("SELECT pricelistid FROM raw_products WHERE superseded_at IS NOT NULL AND sku = 'A1'")
    assert ended["pricelistid"] == first.pricelist_id


@pytest.mark.parametrize("away", ["lists", "find", "settle"])
def test_in_an_outage_the_rows_are_recorded_and_processed_like_any_others(uploaded, monkeypatch, away):
    imported(uploaded(HEADER + CEMENT + GLUE))

    async def unavailable(*_):
        raise StoreUnavailable("PostgreSQL")

    monkeypatch.setattr(UnchangedRowsRepository, away, unavailable)
    second, messages = imported(uploaded(HEADER + CEMENT + GLUE + "\n"))

    assert len(messages) == 1
    assert second.status is BatchStatus.COMPLETED
    assert second.changes["unchanged"] == 2
    assert [record.status for record in records(second)] == [RowStatus.COMPLETED] * 2


def test_another_version_of_the_reader_or_another_currency_reads_every_row(uploaded, reads, monkeypatch):
    imported(uploaded(HEADER + CEMENT + GLUE))
    reads.clear()
    monkeypatch.setattr(digests, "READER_VERSION", digests.READER_VERSION + 1)
    imported(uploaded(HEADER + CEMENT + GLUE + "\n"))
    assert set(reads) == {2, 3}

    reads.clear()
    monkeypatch.setattr(composition().ingestion.planner, "_options", ReadOptions(default_currency="BYN"))
    batch, _ = imported(uploaded(HEADER + CEMENT + GLUE + "\n\n"))
    assert set(reads) == {2, 3}
    assert batch.changes["unchanged"] == 2  # the header says in which currency the prices are


def test_what_was_cleaned_up_is_processed(uploaded, reads):
    imported(uploaded(HEADER + CEMENT + GLUE))
    run(composition().postgresql.execute_command("DELETE FROM processing_results"))
    reads.clear()
    second, messages = imported(uploaded(HEADER + CEMENT + GLUE + "\n"))

    assert (set(reads), len(messages)) == ({2, 3}, 1)
    assert second.changes["unchanged"] == 2
