"""Environments that write the same batch to Qdrant in the same moment."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from random import Random

import pytest

from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import BatchStatus, latest_header
from quarry.domain.clock import clock
from quarry.domain.records import RowStatus, latest_record
from quarry.runtime import run
from tests.batches import batch, records

WRITERS, ROWS = 6, 40


@pytest.fixture
def environments(qdrant_url, qdrant_api_key, collection) -> Iterator[list[QdrantVectorDatabase]]:
    made = [
        QdrantVectorDatabase(qdrant_url, qdrant_api_key, model="m", processing_collection=collection)
        for _ in range(WRITERS)
    ]
    yield made
    for one in made:
        run(one.close())


async def at_once(*work):
    return await asyncio.gather(*work)


def test_the_winning_copy_of_every_record_survives_simultaneous_writers(environments):
    shuffle = Random(7)
    rows = records(ROWS)
    drawn = [
        [
            replace(
                row, status=shuffle.choice(list(RowStatus)), retry_count=shuffle.randrange(2), revision=clock.next()
            )
            for row in rows
        ]
        for _ in environments
    ]
    copies = [[shuffle.choice(drawn)[number] for number in range(ROWS)] for _ in drawn]

    run(at_once(*(one.update_processing_status("b1", mine) for one, mine in zip(environments, copies, strict=True))))

    expected = [reduce(latest_record, of_row) for of_row in zip(*copies, strict=True)]
    assert run(environments[0].get_processing_results("b1", RecordQuery(limit=ROWS))) == expected


def test_records_created_at_once_are_there_once(environments):
    rows = records(ROWS)

    run(at_once(*(one.create_processing_records("b1", rows) for one in environments)))

    assert run(environments[0].pending_counts("b1")) == {"pending": ROWS}
    assert run(environments[0].get_processing_results("b1", RecordQuery(limit=99))) == rows


def test_the_newest_header_survives_writers_at_once(environments):
    headers = [batch(status=status, total=1) for status in (BatchStatus.COMPLETED, *BatchStatus)][:WRITERS]

    run(at_once(*(one.save_batch(header) for one, header in zip(environments, reversed(headers), strict=True))))

    assert run(environments[0].get_batch("b1")) == reduce(latest_header, headers)
