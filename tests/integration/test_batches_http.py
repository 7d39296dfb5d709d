"""The batch routes over HTTP semantics, on real stores and a real queue."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import httpx
import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.adapters.redis import NullCache
from quarry.adapters.sqs import SQSQueue
from quarry.cache.catalogue_cache import CatalogueCache
from quarry.cache.progress import ShownProgress
from quarry.dependencies.answers import get_trade_reader
from quarry.dependencies.batches import get_batch_service
from quarry.domain.attention import Attention
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat
from quarry.fallback.manager import DatabaseFallbackManager
from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.repositories.postgresql.offers import OfferRepository
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.repositories.postgresql.trade import TradeRepository
from quarry.runtime import run
from quarry.services.batches import BatchProcessingService
from quarry.services.pages import Cursors
from quarry.services.trade import TradeReader
from tests.batches import MOMENT, batch, days_ago, record, records, settled


class Batches:
    """The application, and what is behind it."""

    def __init__(self, db: PostgreSQLDatabase, vector: QdrantVectorDatabase, queue_url: str) -> None:
        self.manager = DatabaseFallbackManager(ProcessingRepository(db), vector)
        self.queue = SQSQueue(queue_url)
        self._queue_url = queue_url
        service = BatchProcessingService(self.manager, self.queue, OfferRepository(db), ShownProgress(NullCache()))
        self._app = create_app("batches", [router])

        async def given() -> BatchProcessingService:
            return service

        async def names() -> TradeReader:
            return TradeReader(TradeRepository(db), CatalogueCache(NullCache(), stale_ttl=1), "RUB", 1)

        self._app.dependency_overrides[get_batch_service] = given
        self._app.dependency_overrides[get_trade_reader] = names

    def ask(self, method: str, path: str, **params: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.request(method, f"/api/v1{path}", params=params)

        return run(send())

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        response = self.ask("GET", path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def pages(self, path: str, **params: Any) -> list[dict[str, Any]]:
        items, cursor = [], None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def messages(self) -> list[dict[str, Any]]:
        taken = boto3.client("sqs").receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in taken.get("Messages", [])]

    def save(self, header, rows=()) -> None:
        run(self.manager.save_batch(header))
        run(self.manager.create_processing_records(header.request_id, rows))


@pytest.fixture
def api(postgresql_url, qdrant_url, qdrant_api_key, collection, aws_url) -> Iterator[Batches]:
    db = PostgreSQLDatabase(postgresql_url, connect_timeout=2)
    vector = QdrantVectorDatabase(qdrant_url, qdrant_api_key, model="m", processing_collection=collection)
    sqs = boto3.client("sqs")
    queue_url = sqs.create_queue(QueueName=collection)["QueueUrl"]
    made = Batches(db, vector, queue_url)
    yield made
    made.queue.close()
    sqs.close()
    db.close()
    run(vector.close())


def test_progress_has_the_documented_shape(api):
    new, *known = records(3)
    done = [settled(new, match_type=MatchType.CREATED), *(settled(row, match_type=MatchType.EXACT) for row in known)]
    api.save(batch(total=4, chunks=1, created_at=days_ago(0.00001)), [*done, record(3)])

    progress = api.get("/batches/b1")

    assert progress.pop("created_at").endswith("Z")
    assert progress.pop("eta_seconds") >= 0
    assert progress.pop("rows_per_second") > 0
    assert progress == {
        "request_id": "b1",
        "kind": "pricelist",
        "supplier_id": 7,
        "supplier_name": None,
        "file_name": "прайс.xlsx",
        "status": "processing",
        "total": 4,
        "pending": 1,
        "processing": 0,
        "completed": 3,
        "failed": 0,
        "needs_review": 0,
        "offers": 3,
        "materials_created": 1,
        "percent": 75.0,
        "updated_at": "2026-03-01T12:00:00.123456Z",
        "finished_at": None,
        "source": "sql",
        "degraded": False,
        "error": None,
        "waiting": None,
        "rows_seen": None,
        "attention": [],
        "uploaded_by": None,
    }


def test_one_row_left_of_many_is_not_yet_all(api):
    header = batch(total=2000, status=BatchStatus.PROCESSING)
    api.save(header, [settled(row) for row in records(1999)] + [record(1999)])

    assert api.get("/batches/b1")["percent"] == 99.9


def test_a_refused_file_says_why(api):
    api.save(batch(status=BatchStatus.FAILED, error_code="encrypted", error_message="Снимите пароль."))

    assert api.get("/batches/b1")["error"] == {"code": "encrypted", "message": "Снимите пароль."}
    (issue,) = api.get("/batches/b1/errors")["items"]
    assert (issue["code"], issue["message"], issue["row"]) == ("encrypted", "Снимите пароль.", None)


def test_what_a_person_should_look_at_is_part_of_the_progress(api):
    skipped = Attention(code="rows_skipped", message="3 of 40 rows were not understood.", sheet="Лист 2", count=3)
    api.save(batch(total=0, rows_seen=40, attention=(skipped,)))

    progress = api.get("/batches/b1")

    assert progress["rows_seen"] == 40
    assert progress["attention"] == [
        {"code": "rows_skipped", "message": "3 of 40 rows were not understood.", "sheet": "Лист 2", "count": 3}
    ]
    assert api.get("/batches")["items"][0]["attention"] == progress["attention"]


def test_an_unknown_batch_is_404_on_every_route(api):
    for method, path in (("GET", ""), ("GET", "/results"), ("GET", "/errors"), ("GET", "/changes"), ("POST", "/retry")):
        response = api.ask(method, f"/batches/none{path}")

        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


def test_results_carry_every_price_and_the_match(api):
    listed = ListedPrice(
        label="Розничная", kind=PriceKind.RETAIL, price=Decimal("450.50"), currency="RUB", vat=Vat.INCLUDED
    )
    row = PriceRow(
        row=9,
        name="Цемент",
        sheet="Лист",
        category=("Смеси", "Сухие"),
        sku="A-17",
        unit="мешок",
        price=listed.price,
        prices=(listed,),
    )
    linked = settled(
        record(row=row),
        material_id="7b0c9d5e-3a52-5a39-9c59-0b7c2cfb8f11",
        match_type=MatchType.MATCHED,
        similarity_score=0.95,
        normalized_unit="кг",
        coefficient=Decimal(50),
    )
    api.save(batch(total=1), [linked])

    (result,) = api.get("/batches/b1/results", match_type="matched")["items"]

    assert result["prices"] == [
        {"label": "Розничная", "kind": "retail", "price": "450.50", "currency": "RUB", "vat": "included"}
    ]
    assert result["category"] == ["Смеси", "Сухие"]
    chosen = ("sheet", "row", "name", "sku", "unit", "price", "status", "material_id", "coefficient", "retry_count")
    assert [result[name] for name in chosen] == [
        "Лист",
        9,
        "Цемент",
        "A-17",
        "мешок",
        "450.50",
        "completed",
        "7b0c9d5e-3a52-5a39-9c59-0b7c2cfb8f11",
        50.0,
        0,
    ]


def test_results_page_through_all_rows_once(api):
    api.save(batch(total=25), records(25))

    assert [item["row"] for item in api.pages("/batches/b1/results", limit=10)] == [n + 2 for n in range(25)]


def test_errors_page_through_file_sheet_and_row_issues_in_order(api):
    def issue(code, row=None, severity=Severity.ERROR):
        return RowIssue(code=code, message=code, severity=severity, row=row, column="Цена", value="x")

    two = PriceRow(row=2, name="a", issues=(issue("w1", 2, Severity.WARNING), issue("w2", 2, Severity.WARNING)))
    bad = PriceRow(row=3, name="b", issues=(issue("bad_price", 3),))
    rows = [
        settled(record(0, row=two)),
        settled(record(1, row=bad), RowStatus.FAILED, error_code="bad_price", error="bad_price"),
        settled(record(2)),
        settled(record(3), RowStatus.FAILED, error_code="not_understood", error="Исправьте строку."),
    ]
    api.save(batch(total=4, issues=(issue("sheet_1"), issue("sheet_2"))), rows)

    for limit in (1, 2, 3, 100):
        items = api.pages("/batches/b1/errors", limit=limit)
        assert [item["code"] for item in items] == ["sheet_1", "sheet_2", "w1", "w2", "bad_price", "not_understood"]
    assert [item["severity"] for item in items] == ["error", "error", "warning", "warning", "error", "error"]
    assert items[-1]["row"] == 5


def test_changes_of_a_batch_that_is_not_ended_are_empty(api):
    api.save(batch(total=1))

    summary = {"new": 0, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 0}
    assert api.get("/batches/b1/changes") == {"summary": summary, "of_which": {}, "items": [], "next_cursor": None}


def test_the_list_is_newest_first_and_pages(api):
    for number in range(5):
        api.save(batch(f"b{number}", created_at=MOMENT + timedelta(minutes=number), supplier_id=number % 2))

    assert [item["request_id"] for item in api.pages("/batches", limit=2)] == ["b4", "b3", "b2", "b1", "b0"]
    assert [item["request_id"] for item in api.pages("/batches", supplier_id=1)] == ["b3", "b1"]


@pytest.mark.parametrize("cursor", ["?", "bm90IGpzb24", "e30", "eyJtb21lbnQiOiJ4IiwiaWQiOiJ5In0"])
def test_a_foreign_cursor_is_refused(api, cursor):
    assert api.ask("GET", "/batches", cursor=cursor).status_code == 422


@pytest.mark.parametrize(
    ("tail", "cursor"),
    [
        ("", Cursors("batches").write(moment="2026-01-01T00:00:00Z", id="\0")),
        ("", Cursors("batches").write(moment="yesterday", id="b0")),
        ("", Cursors("batches").write(moment="2026-01-01T00:00:00Z")),
        ("/b0/results", Cursors("results").write(after=-(10**18))),
        ("/b0/results", Cursors("results").write(after=True)),
        ("/b0/results", Cursors("results").write(after=1, more=2)),
        ("/b0/errors", Cursors("issues").write(record=None, skip=-1)),
        ("/b0/errors", Cursors("issues").write(record="1", skip=0)),
        ("/b0/changes", Cursors("changes").write(after=2**53)),
        ("/b0/changes", Cursors("results").write(after=1)),
        ("/b0/errors", Cursors("results").write(after=1)),
    ],
)
def test_a_cursor_that_someone_made_up_or_of_another_list_is_refused(api, tail, cursor):
    api.save(batch("b0"))

    assert api.ask("GET", f"/batches{tail}", cursor=cursor).status_code == 422


@pytest.mark.parametrize("tail", ["", "/results", "/errors", "/changes"])
def test_a_control_character_in_the_address_is_not_a_batch_id(api, tail):
    assert api.ask("GET", f"/batches/a%00b{tail}").status_code == 422


def test_statistics_have_the_documented_shape(api):
    assert api.get("/batches/statistics", days=7) == {
        "batches": 0,
        "rows": 0,
        "completed": 0,
        "failed": 0,
        "needs_review": 0,
        "success_rate": None,
        "average_seconds": None,
        "by_status": {},
        "source": "sql",
        "degraded": False,
    }
