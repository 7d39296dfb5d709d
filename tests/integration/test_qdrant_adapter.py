"""QdrantVectorDatabase against the local Qdrant server."""

import asyncio
import gc
import socket
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
import pytest

from quarry.adapters.interfaces import Point, SparseVector
from quarry.adapters.qdrant.vector_database import DIMENSIONS, LEXICAL, PAYLOAD_INDEXES, RRF_K, QdrantVectorDatabase
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run

MODEL = "model-a"


def database(url: str, key: str | None, **options) -> QdrantVectorDatabase:
    return QdrantVectorDatabase(url, key, **{"model": MODEL, **options})


@pytest.fixture
def db(qdrant_url: str, qdrant_api_key: str) -> Iterator[QdrantVectorDatabase]:
    made = database(qdrant_url, qdrant_api_key)
    yield made
    run(made.close())


def vector(angle: float) -> np.ndarray:
    """A unit vector in the plane of the first two axes."""
    made = np.zeros(DIMENSIONS, dtype=np.float32)
    made[0], made[1] = np.cos(angle), np.sin(angle)
    return made


def point(number: int, **payload: object) -> Point:
    words = SparseVector([0, number], [1.0, 1.0])
    content = {"name": f"Материал {number}", "category": ["Смеси", "Крепёж"][number % 2], **payload}
    return Point(str(uuid.UUID(int=number)), content, {MODEL: vector(number / 100)}, {LEXICAL: words})


def names(found: object) -> list[int]:
    return [int(hit.payload["name"].split()[1]) for hit in found]


def test_the_collection_is_made_at_first_use_with_vectors_and_indexes(db: QdrantVectorDatabase, collection: str):
    async def first_uses() -> None:
        await asyncio.gather(*(db.count(collection) for _ in range(5)))

    run(first_uses())
    info = run(db._connection.call("GET", "/collections/{name}", read=dict, name=collection))
    assert info["config"]["params"]["vectors"] == {MODEL: {"size": DIMENSIONS, "distance": "Cosine"}}
    assert info["config"]["params"]["sparse_vectors"] == {LEXICAL: {"modifier": "idf"}}
    assert {key: index["data_type"] for key, index in info["payload_schema"].items()} == PAYLOAD_INDEXES


def test_several_environments_may_make_the_collection_at_once(qdrant_url: str, qdrant_api_key: str, collection: str):
    several = [database(qdrant_url, qdrant_api_key) for _ in range(4)]

    async def all_at_once() -> None:
        await asyncio.gather(*(one.ensure_materials_collection(collection) for one in several))
        for one in several:
            await one.close()

    run(all_at_once())


def test_a_new_model_gets_its_own_vector_and_never_meets_the_old_one(
    db: QdrantVectorDatabase, qdrant_url: str, qdrant_api_key: str, collection: str
):
    run(db.upsert(collection, [point(1)]))
    newer = database(qdrant_url, qdrant_api_key, model="model-b")
    assert run(newer.search(collection, vector(0.01))) == []
    run(newer.upsert(collection, [Point(str(uuid.UUID(int=2)), {"name": "Материал 2"}, {"model-b": vector(1.0)})]))
    assert names(run(newer.search(collection, vector(0.01)))) == [2]
    assert names(run(db.search(collection, vector(0.01)))) == [1]
    run(newer.close())


def test_upserted_points_are_found_by_meaning_nearest_first(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(number) for number in range(1, 251)]))
    found = run(db.search(collection, vector(0.40), limit=3))
    assert names(found)[0] == 40
    assert set(names(found)[1:]) == {39, 41}
    assert found[0].score == pytest.approx(1.0)
    assert run(db.count(collection)) == 250


def test_words_and_meaning_are_fused_by_reciprocal_rank(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(number) for number in range(1, 6)]))
    found = run(db.search(collection, vector(0.05), sparse=SparseVector([1], [1.0])))
    scores = dict(zip(names(found), (hit.score for hit in found), strict=True))
    assert set(scores) == {1, 2, 3, 4, 5}
    # Last by meaning, first and only by word.
    assert scores[1] == pytest.approx(1 / (RRF_K + 4) + 1 / RRF_K)
    assert names(found)[0] == 1
    assert names(run(db.search(collection, [], sparse=SparseVector([3], [1.0])))) == [3]
    assert run(db.search(collection, [], sparse=SparseVector([], []))) == []


def test_filters_hold_for_both_kinds_of_search(db: QdrantVectorDatabase, collection: str):
    prices = {"prices": [{"amount": 450.0, "currency": "RUB", "supplier_id": 7}]}
    run(db.upsert(collection, [point(1, in_stock=True, **prices), point(2, in_stock=False, **prices), point(3)]))
    in_stock = {"must": [{"key": "in_stock", "match": {"value": True}}]}
    cheap = {"key": "amount", "range": {"lte": 450}}
    in_roubles = {"key": "currency", "match": {"value": "RUB"}}
    priced = {"must": [{"nested": {"key": "prices", "filter": {"must": [cheap, in_roubles]}}}]}
    words = SparseVector([0], [1.0])
    assert names(run(db.search(collection, vector(0.03), filters=in_stock))) == [1]
    assert names(run(db.search(collection, vector(0.03), sparse=words, filters=in_stock))) == [1]
    assert sorted(names(run(db.search(collection, vector(0.03), sparse=words, filters=priced)))) == [1, 2]


def test_payloads_are_overwritten_whole_and_vectors_stay(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(number) for number in range(1, 4)]))
    run(db.overwrite_payloads(collection, {str(uuid.UUID(int=2)): {"name": "Материал 20"}}))
    found = run(db.search(collection, vector(0.02), limit=1))
    assert found[0].payload == {"name": "Материал 20"}
    with pytest.raises(StoreError) as error:
        run(db.overwrite_payloads(collection, {str(uuid.uuid4()): {}}))
    assert error.value.code == "404"


def test_points_are_deleted_and_retrieved_by_id(db: QdrantVectorDatabase, collection: str):
    points = [point(number) for number in range(1, 4)]
    ids = [one.id for one in points]
    run(db.upsert(collection, points))
    run(db.delete(collection, ids[0]))
    run(db.delete(collection, [ids[1], str(uuid.uuid4())]))
    assert run(db.retrieve(collection, ids, with_payload=["name"])) == {ids[2]: {"name": "Материал 3"}}


def test_scrolling_meets_every_point_that_matches_once(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(number) for number in range(1, 12)]))
    odd = {"must": [{"key": "category", "match": {"value": "Крепёж"}}]}
    seen, offset = [], None
    while True:
        page, offset = run(db.scroll(collection, odd, limit=4, offset=offset))
        seen += names(page)
        if offset is None:
            break
    assert seen == [1, 3, 5, 7, 9, 11]


def test_facets_count_values_most_frequent_first(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(number, supplier_ids=[7]) for number in range(1, 4)]))
    assert run(db.facets(collection, "category")) == [("Крепёж", 2), ("Смеси", 1)]
    only_even = {"must": [{"key": "category", "match": {"value": "Смеси"}}]}
    assert run(db.facets(collection, "supplier_ids", only_even)) == [(7, 1)]


def test_scalar_quantisation_is_set_and_rescored(qdrant_url: str, qdrant_api_key: str, collection: str):
    db = database(qdrant_url, qdrant_api_key, quantization="scalar")
    run(db.upsert(collection, [point(number) for number in range(1, 4)]))
    info = run(db._connection.call("GET", "/collections/{name}", read=dict, name=collection))
    assert info["config"]["quantization_config"]["scalar"]["type"] == "int8"
    assert names(run(db.search(collection, vector(0.02), limit=1))) == [2]
    run(db.close())


def test_a_lost_collection_is_created_again_when_it_is_used(db: QdrantVectorDatabase, collection: str):
    run(db.upsert(collection, [point(1)]))
    run(db._connection.call("DELETE", "/collections/{name}", read=bool, name=collection))
    assert run(db.count(collection)) == 0
    run(db.upsert(collection, [point(1)]))
    assert names(run(db.search(collection, vector(0.02), limit=1))) == [1]


def test_what_qdrant_refuses_is_an_error_with_its_words_and_no_outage(db: QdrantVectorDatabase, collection: str):
    with pytest.raises(StoreError) as error:
        run(db.upsert(collection, [Point("abc", {})]))
    assert "value abc is not a valid point ID" in str(error.value)
    assert error.value.code == "400"


def test_health_says_how_long_it_took_or_why_not(db: QdrantVectorDatabase, qdrant_url: str):
    health = run(db.health_check())
    assert (health.type, health.status, health.error) == ("Qdrant", "healthy", None)
    assert health.response_time_ms is not None
    stranger = database(qdrant_url, "wrong")
    refused = run(stranger.health_check())
    assert refused.status == "unhealthy"
    assert refused.error == "Qdrant refuses our API key (401)"
    run(stranger.close())


def test_connections_are_kept_between_requests_and_closed_at_the_end(qdrant_url: str, qdrant_api_key: str):
    class Counting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        connections: ClassVar[set[object]] = set()

        def do_GET(self) -> None:
            self.connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "15")
            self.end_headers()
            self.wfile.write(b'{"result":true}')

        def log_message(self, *_: object) -> None:
            pass

    with serving(Counting) as url:
        db = database(url, None)
        for _ in range(5):
            run(db.ping())
        run(db.close())
    gc.collect()
    assert len(Counting.connections) == 1


class serving:  # noqa: N801 - used as a function
    """A local server with that handler, for the time of the block."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_nothing_at_the_address_is_an_outage_and_later_uses_try_again(
    qdrant_url: str, qdrant_api_key: str, collection: str
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    db = database(f"http://127.0.0.1:{port}", None)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            run(db.upsert(collection, [point(1)]))
    run(db.close())
