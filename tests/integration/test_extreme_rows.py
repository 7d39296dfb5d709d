"""Amounts too large for every column: each row is stored or refused with a reason, whatever the others contain."""

import io
import json
from decimal import Decimal

import boto3
import pytest

from quarry import pricelists
from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow
from quarry.domain.uploads import Upload
from quarry.runtime import run
from tests.environment import composed, forget

HEADER = "Наименование;Ед. изм.;Цена;Фасовка, кг;Остаток\n"
PLAIN = "Цемент М500;мешок;450;50;12\n"
HUGE, TINY = "9" * 300, f"0,{'0' * 300}1"


@pytest.fixture(autouse=True)
def stores(request):
    with composed(request) as patch:
        yield patch


def stored(*tables: bytes, name: str = "прайс.csv") -> dict[str, tuple]:
    """All rows of the lists, written as one chunk: by name the price, that of a base unit, the content, the stock."""
    rows = [item for table in tables for item in pricelists.read(io.BytesIO(table), name) if isinstance(item, PriceRow)]
    batch = run(composition().ingestion.service.submit("extremes", 7, rows))
    run(composition().ingestion.processor.process_chunk(batch.request_id, 0))
    records = run(composition().batches.get_processing_results(batch.request_id, RecordQuery(limit=100)))
    assert [record.row.name for record in records if record.row.usable and record.status is RowStatus.FAILED] == []
    coefficients = {record.row.name: record.coefficient for record in records}
    query = "SELECT name, unit_price, price_per_base_unit, stock FROM raw_products WHERE superseded_at IS NULL"
    return {
        row["name"]: (row["unit_price"], row["price_per_base_unit"], coefficients[row["name"]], row["stock"])
        for row in run(composition().postgresql.execute_query(query))
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"мешок;450;{HUGE};1", ("450", "450", "1", "1")),
        (f"мешок;450;{TINY};1", ("450", "450", "1", "1")),
        ("мешок;450;0,0000000001;1", ("450", "450", "1", "1")),
        (f"мешок;450;50;{HUGE}", ("450", "9", "50", None)),
        ("мешок;450;50;9999999999,99999", ("450", "9", "50", None)),
        ("мешок;450;50;9999999999", ("450", "9", "50", "9999999999")),
        ("мл;9999999999,99;;1", ("9999999999.99", None, "0.001", "1")),
        ("т;0,0001;;1", ("0.0001", None, "1000", "1")),
    ],
)
def test_an_amount_too_large_for_its_column_is_unknown_and_the_rest_of_the_row_is_stored(row, expected):
    found = stored(f"{HEADER}Клей;{row}\n{PLAIN}".encode())

    assert found["Клей"] == tuple(None if one is None else Decimal(one) for one in expected)
    assert found["Цемент М500"] == (450, 9, 50, 12)


@pytest.mark.parametrize("price", [HUGE, "10000000000", "9999999999,99996", "1e400"])
def test_a_price_that_no_column_holds_fails_its_row_alone(price):
    found = stored(f"{HEADER}Клей;мешок;{price};25;1\n{PLAIN}".encode())

    assert found == {"Цемент М500": (450, 9, 50, 12)}


def test_numbers_of_a_document_are_bounded_like_texts():
    goods = [
        '{"name": "Клей", "price": 1e400, "unit": "мешок"}',
        f'{{"name": "Гвозди", "price": 95, "unit": "кг", "stock": {"9" * 90}}}',
        json.dumps({"name": "Цемент М500", "price": 450, "unit": "мешок", "stock": 12}),
    ]

    found = stored(f"[{','.join(goods)}]".encode(), name="list.json")

    assert found == {
        "Гвозди": (95, 95, 1, None),
        "Цемент М500": (450, 450, 1, 12),
    }


def test_a_file_above_the_limit_is_refused_by_its_size_before_it_is_fetched(stores, collection, tmp_path):
    s3, name, key = boto3.client("s3"), collection.replace("_", "-"), "incoming/supplier=7/прайс.csv"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    stores.setenv("BUCKET_NAME", name)
    stores.setenv("MAX_FILE_BYTES", "1000000")
    forget()
    with (tmp_path / "sparse").open("w+b") as file:
        file.truncate(1_000_001)
        s3.put_object(Bucket=name, Key=key, Body=file)

    run(composition().ingestion.planner.plan(Upload(key, None)))

    (batch,) = run(composition().batches.list_batches(BatchQuery(limit=10)))
    assert (batch.error_code, batch.content_hash) == ("file_too_large", None)  # the hash is of what was fetched
    assert "1,000,001 bytes" in batch.error_message
