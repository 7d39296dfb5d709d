"""Qdrant-only mode, composed as in production: lists are imported, replaced and found without contacting PostgreSQL."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import boto3
import httpx
import pytest

from local.processes import free_port
from local.template import REGION
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.dependencies.composition import composition
from quarry.dependencies.maintenance import maintenance
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.matching import match_keys
from quarry.domain.materials import material_id
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow
from quarry.domain.text import normalize_name
from quarry.domain.units import UNITS
from quarry.domain.uploads import Upload
from quarry.errors import StoreUnavailable
from quarry.http import batches, health, reviews, search
from quarry.http.app import create_app
from quarry.pricelists import ReadRow
from quarry.repositories.linked_rows import OFFERS_OF_AN_ARTICLE
from quarry.repositories.qdrant.catalogue import QdrantCatalogue
from quarry.repositories.qdrant.documents import QdrantDocuments
from quarry.repositories.qdrant.material_points import EXCERPT, MaterialPoints
from quarry.repositories.qdrant.replacement import ListReplacement
from quarry.runtime import run
from quarry.services.processing import ChunkProcessor, Thresholds
from quarry.services.waits import BatchWaits
from tests.batches import MOMENT, batch, revised
from tests.environment import composed, forget
from tests.integration.catalogue_samples import key_of

CEMENT, PUTTY, GLUE = "Портландцемент М500 Д0, мешок 50 кг", "Шпаклёвка гипсовая 25 кг", "Клей для плитки 25 кг"


@pytest.fixture(autouse=True)
def environment(request):
    with composed(request) as patch:
        patch.setenv("QDRANT_ONLY_MODE", "true")
        patch.setenv("POSTGRESQL_URL", f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")
        patch.setenv("CHUNK_ROWS", "2")
        forget()
        yield patch


def row(name: str, price: str | None = "100", **about: Any) -> PriceRow:
    return PriceRow(row=1, name=name, price=Decimal(price) if price else None, **{"unit": "мешок", **about})


def opened(rows, supplier=101, file="прайс.xlsx", minute=0, kind=BatchKind.PRICELIST):
    header = batch(
        str(uuid.uuid4()),
        status=BatchStatus.PLANNING,
        supplier_id=supplier,
        file_name=file,
        kind=kind,
        created_at=MOMENT + timedelta(minutes=minute),
    )
    opening = composition().ingestion.opener.open(
        run(composition().batches.save_batch(header)), [ReadRow(one) for one in rows]
    )
    return run(opening)[0]


def processed(header):
    async def chunks():
        await asyncio.gather(
            *(
                composition().ingestion.processor.process_chunk(header.request_id, chunk)
                for chunk in range(header.chunks)
            )
        )

    run(chunks())
    return run(composition().batches.get_batch(header.request_id))


def imported(rows, **about):
    return processed(opened(rows, **about))


def again(header):
    """Everything of a list once more, as when its messages are delivered again after a crash before the settling."""
    manager = composition().batches
    records = run(manager.get_processing_results(header.request_id, RecordQuery(limit=1000)))
    reopened = [replace(each, status=RowStatus.PENDING, retry_count=each.retry_count + 1) for each in records]
    run(manager.update_processing_status(header.request_id, reopened))
    run(manager.save_batch(revised(header, status=BatchStatus.PROCESSING, finished_at=None)))
    return processed(header)


def call(path: str, **params: Any) -> tuple[int, dict[str, Any]]:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(
            create_app("all", [search.router, batches.router, health.router, reviews.router])
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.get(f"/api/v1{path}", params=params)

    response = run(send())
    return response.status_code, response.json()


def answer(path: str, **params: Any) -> dict[str, Any]:
    status, body = call(path, **params)
    assert status == 200, body
    return body


def found(query: str) -> dict[str, list[tuple[int, str]]]:
    """Names of the hits with their offers' suppliers and prices."""
    hits = answer("/search", q=query)["hits"]
    return {hit["material"]["name"]: [(o["supplier_id"], o["price"]) for o in hit["offers"]] for hit in hits}


def identity(name: str) -> str:
    return material_id(normalize_name(name))


def state():
    """Offers and documents without their revisions and times of writing."""
    settings = {"id", "place", "pricelist_id", "first_pricelist_id", "price", "current", "ended_by", "former"}
    offers = run(composition().qdrant_only.offer_points.find({}))
    points, _ = run(composition().qdrant.scroll(composition().settings.materials_collection, None, 1000))
    for point in points:
        # The excerpt is made of the rest.
        del point.payload["updated_at"], point.payload["material"]["updated_at"], point.payload[EXCERPT]
    documents = sorted(((point.id, point.payload) for point in points), key=str)
    return sorted(({name: offer[name] for name in settings} for offer in offers), key=str), documents


def test_a_dropped_list_is_imported_and_found(environment, collection):
    place = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket=collection, CreateBucketConfiguration=place)
    boto3.client("s3").put_bucket_versioning(Bucket=collection, VersioningConfiguration={"Status": "Enabled"})
    environment.setenv("BUCKET_NAME", collection)
    forget()
    key = "incoming/supplier=101/прайс.csv"
    run(composition().bucket.put(key, f"Наименование;Ед.;Цена\n{CEMENT};мешок;450\n{GLUE};мешок;300\n".encode()))
    version = run(composition().bucket.head(key)).version

    run(composition().ingestion.planner.plan(Upload(key, version)))
    header = processed(run(composition().batches.list_batches())[0])

    assert (header.status, header.changes["new"]) == (BatchStatus.COMPLETED, 2)
    assert found("цемент м500") == {CEMENT: [(101, "450.00")]}


def test_a_list_imported_twice_leaves_the_same_state():
    header = imported([row(CEMENT, "450"), row(PUTTY, "200"), row(GLUE, "300")])
    before = state()
    after = again(header)

    assert state() == before
    assert after.changes == header.changes == {"new": 3, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 0}
    records = answer(f"/batches/{header.request_id}/results")["items"]
    assert {record["match_type"] for record in records} == {"created"}


def test_the_next_list_reports_what_it_changed():
    imported([row(CEMENT, "450"), row(PUTTY, "200"), row(GLUE, "300")])
    header = imported([row(CEMENT, "500"), row(PUTTY, "200"), row("Грунтовка 10 л", "700")], minute=1)

    assert header.changes == {"new": 1, "gone": 1, "dearer": 1, "cheaper": 0, "unchanged": 1}
    items = answer(f"/batches/{header.request_id}/changes")["items"]
    assert {(item["kind"], item["name"], item["old_price"], item["new_price"]) for item in items} == {
        ("new", "Грунтовка 10 л", None, "700.00"),
        ("gone", GLUE, "300.00", None),
        ("dearer", CEMENT, "450.00", "500.00"),
    }
    assert found("портландцемент") == {CEMENT: [(101, "500.00")]}
    assert found("клей для плитки")[GLUE] == []


def test_changes_of_an_earlier_list_are_still_reported_after_the_next():
    imported([row(CEMENT, "450"), row(GLUE, "300")])
    second = imported([row(CEMENT, "500"), row(GLUE, "300")], minute=1)
    imported([row(CEMENT, "600"), row(GLUE, "250")], minute=2)

    items = answer(f"/batches/{second.request_id}/changes")["items"]
    assert [(item["kind"], item["change_percent"]) for item in items] == [("dearer", 11.1)]


def test_a_price_that_rose_is_in_the_history():
    imported([row(CEMENT, "450")])
    imported([row(CEMENT, "500")], minute=1)

    history = answer(f"/materials/{identity(CEMENT)}/price-history")["items"]
    assert [(item["price"], item["superseded_at"] is None) for item in history] == [("500.00", True), ("450.00", False)]


def test_an_older_list_never_overwrites_a_newer_ones_price():
    older = opened([row(CEMENT, "450"), row(GLUE, "300")])
    imported([row(CEMENT, "500")], minute=1)
    processed(older)

    assert found("портландцемент") == {CEMENT: [(101, "500.00")]}
    # The newer list of the same series has already ended: what it no longer contains is superseded.
    assert found("клей для плитки") == {GLUE: []}


def test_another_assortment_of_the_supplier_stays_in_force():
    imported([row(CEMENT, "450")], file="цемент.xlsx")
    header = imported([row(GLUE, "300")], file="клей.xlsx", minute=1)

    assert header.changes["gone"] == 0
    assert found("портландцемент") == {CEMENT: [(101, "450.00")]}


def test_a_list_in_several_chunks_at_once_loses_no_offer():
    names = [row(CEMENT, str(400 + number), sku=f"A-{number}") for number in range(12)]
    imported(names)
    document = answer("/search", q="портландцемент")["hits"][0]

    assert (len(document["offers"]), document["offers_total"]) == (5, 12)
    first = answer(f"/materials/{identity(CEMENT)}/offers", limit=7)
    rest = answer(f"/materials/{identity(CEMENT)}/offers", limit=7, cursor=first["next_cursor"])
    prices = [item["price"] for item in first["items"] + rest["items"]]
    assert prices == [f"{400 + number}.00" for number in range(12)]
    assert rest["next_cursor"] is None


def test_another_suppliers_wording_is_the_same_material():
    imported([row("Штукатурка гипсовая Ротбанд 30 кг", "400", sku="R-30")])
    header = imported([row("Ротбанд штукатурка гипсовая, 30кг", "390")], supplier=102, minute=1)

    results = answer(f"/batches/{header.request_id}/results")["items"]
    assert [result["match_type"] for result in results] == ["matched"]
    assert found("ротбанд") == {"Штукатурка гипсовая Ротбанд 30 кг": [(102, "390.00"), (101, "400.00")]}


def test_the_suppliers_own_article_identifies_a_renamed_row():
    imported([row("Штукатурка Ротбанд 30 кг", "400", sku="R-30")])
    header = imported([row("Смесь строительная 30 кг", "410", sku="r-30")], minute=1)

    results = answer(f"/batches/{header.request_id}/results")["items"]
    assert [result["match_type"] for result in results] == ["exact"]
    assert found("R-30") == {"Штукатурка Ротбанд 30 кг": [(101, "410.00")]}


def documents_of(points: MaterialPoints) -> QdrantDocuments:
    return QdrantDocuments(
        composition().qdrant,
        composition().qdrant_only.offer_points,
        points,
        composition().settings.materials_collection,
    )


def catalogue_with(points: MaterialPoints) -> QdrantCatalogue:
    offers = composition().qdrant_only.offer_points
    replacement = ListReplacement(offers, composition().batches)
    collection = composition().settings.materials_collection
    return QdrantCatalogue(composition().qdrant, offers, documents_of(points), replacement, collection)


def test_of_many_materials_with_one_key_few_are_compared_and_the_right_one_is_among_them(environment):
    environment.setenv("CHUNK_ROWS", "100")
    forget()
    tails = ["".join(pair) for pair in product("абвгдежз", repeat=2)]
    crowd = imported([row(f"Обои артем{tail} виниловые") for tail in tails])
    rows = [row("Виниловые обои артемгд"), row("Виниловые обои артемгд матовые"), row("12,5")]
    catalogue = catalogue_with(MaterialPoints(composition().qdrant, composition().embedder, "any"))
    keys = [key_of(each, str(place)) for place, each in enumerate(rows)]

    found = run(catalogue.candidates(keys, None))

    assert list(found) == ["0", "1"]
    assert len(found["0"]) == 30
    assert identity("Обои артемгд виниловые") in [candidate.id for candidate in found["0"]]
    assert run(catalogue.candidates(keys, crowd.pricelist_id)) == {}


def test_without_postgresql_nobody_can_decide_so_that_what_is_uncertain_is_a_material_of_its_own():
    imported([row("Клей Альфа плиточный 25 кг")])
    header = imported([row("Клей плиточный 25 кг")], minute=1)

    (result,) = answer(f"/batches/{header.request_id}/results")["items"]
    assert (result["match_type"], result["material_id"]) == ("created", identity("Клей плиточный 25 кг"))
    status, problem = call("/reviews")
    assert (status, "need PostgreSQL" in problem["detail"]) == (501, True)


def test_keys_of_other_rules_are_made_anew():
    header = imported([row(PUTTY)])
    vectors, collection = composition().qdrant, composition().settings.materials_collection
    (point,) = run(vectors.scroll(collection))[0]
    stale = {**point.payload, "match_keys": ["1"], "match_version": 0}
    run(vectors.overwrite_payloads(collection, {point.id: stale}))
    assert header.status is BatchStatus.COMPLETED

    assert run(maintenance().upkeep())["examine_materials"] == {"status": "done", "materials": 1}
    (point,) = run(vectors.scroll(collection))[0]
    assert point.payload["match_keys"] == [str(key) for key in match_keys(PUTTY, None).keys]
    assert run(maintenance().upkeep())["examine_materials"] == {"status": "done", "materials": 0}


def test_an_article_of_very_many_offers_means_none_of_them(environment):
    environment.setenv("CHUNK_ROWS", "1000")
    forget()
    imported(
        [*(row(f"Профиль {number} мм", sku="KNAUF") for number in range(OFFERS_OF_AN_ARTICLE + 1)), row(PUTTY, sku="A")]
    )
    catalogue = catalogue_with(MaterialPoints(composition().qdrant, composition().embedder, "any"))
    keys = [key_of(row("Рейка 7 мм", sku="knauf"), "0"), key_of(row("Смесь 25 кг", sku="a"), "1")]

    found = run(catalogue.resolve(101, keys))

    assert {row_id: known.material_id for row_id, known in found.items()} == {"1": identity(PUTTY)}


def test_a_batch_without_a_supplier_is_written_too():
    header = imported([row(CEMENT, "450")], supplier=None, kind=BatchKind.MATERIALS)

    assert header.status is BatchStatus.COMPLETED
    assert found("портландцемент") == {CEMENT: [(None, "450.00")]}


def test_the_reference_lists_answer():
    imported([row(CEMENT, category=("Смеси", "Цемент")), row(GLUE, category=("Клеи",))])

    first = answer("/reference/categories", limit=1)
    second = answer("/reference/categories", limit=1, cursor=first["next_cursor"])
    assert [page["items"][0]["name"] for page in (first, second)] == ["Клеи", "Смеси / Цемент"]
    assert second["next_cursor"] is None
    assert len(answer("/reference/units", limit=100)["items"]) == len(UNITS)


def test_a_material_and_suggestions_are_answered():
    imported([row(CEMENT, "450")])

    assert answer(f"/materials/{identity(CEMENT)}")["offers_total"] == 1
    assert [item["text"] for item in answer("/search/suggestions", q="портл")["items"]] == ["портландцемент"]
    assert call(f"/materials/{uuid.uuid4()}")[0] == 404


def test_health_says_that_postgresql_is_disabled():
    assert answer("/health/databases")["relational_database"]["status"] == "disabled"


def processor_with(points: MaterialPoints) -> ChunkProcessor:
    """A worker that writes the materials' points in its own way."""
    catalogue, manager, documents = catalogue_with(points), composition().batches, documents_of(points)
    return ChunkProcessor(
        manager,
        catalogue,
        documents,
        composition().ingestion.finisher,
        Thresholds(match=0.9, review=0.8),
        BatchWaits(manager),
    )


def test_a_chunk_that_breaks_off_between_offers_and_materials_is_completed_by_the_next_try():
    header = opened([row(CEMENT, "450")])
    away = QdrantVectorDatabase(f"http://127.0.0.1:{free_port()}", model=composition().embedder.model)
    breaking = processor_with(MaterialPoints(away, composition().embedder, "any"))
    with pytest.raises(StoreUnavailable):
        run(breaking.process_chunk(header.request_id, 0))
    run(away.close())
    assert len(run(composition().qdrant_only.offer_points.find({}))) == 1
    assert found("портландцемент") == {}

    assert processed(header).status is BatchStatus.COMPLETED
    assert found("портландцемент") == {CEMENT: [(101, "450.00")]}


def test_a_material_that_was_written_without_another_workers_offer_is_written_again():
    header = opened([row(CEMENT, "450", sku="A-1"), row(PUTTY), row(CEMENT, "440", sku="A-2")])

    class Overtaken(MaterialPoints):
        """Between its reading of the offers and its writing another worker does the second chunk."""

        overtaken = False

        async def write(self, stored):
            if not self.overtaken:
                self.overtaken = True
                await composition().ingestion.processor.process_chunk(header.request_id, 1)
            return await super().write(stored)

    slow = Overtaken(composition().qdrant, composition().embedder, composition().settings.materials_collection)
    run(processor_with(slow).process_chunk(header.request_id, 0))

    assert found("портландцемент") == {CEMENT: [(101, "440.00"), (101, "450.00")]}


def test_a_material_without_a_vector_gets_it_later():
    class Silent:
        """The provider of embeddings is unavailable."""

        model, stored = composition().embedder.model, False

        async def embed(self, texts):
            raise StoreUnavailable("embeddings")

    header = opened([row(CEMENT, "450")])
    unseeing = MaterialPoints(composition().qdrant, Silent(), composition().settings.materials_collection)
    run(processor_with(unseeing).process_chunk(header.request_id, 0))

    # The end of the batch has given it already; nothing is left.
    assert run(composition().ingestion.indexing.index_pending(10)) == 0
    assert found("портландцемент") == {CEMENT: [(101, "450.00")]}
    lacking = {"must_not": [{"has_vector": Silent.model}]}
    assert run(composition().qdrant.count(composition().settings.materials_collection, lacking)) == 0
