"""The local Qdrant server over REST, through qdrant-client and by hand-written requests."""

import uuid
from collections.abc import Iterator

import httpx
import pytest
from qdrant_client import QdrantClient, models

from tests.conftest import Engines

IDS = [str(uuid.UUID(int=number)) for number in range(1, 7)]
ROWS = [
    {"n": 1, "kind": "мешок", "tags": ["a"], "stock": True, "at": "2026-01-01T00:00:00Z", "title": "Цемент М500 серый"},
    {
        "n": 2,
        "kind": "мешок",
        "tags": ["a", "b"],
        "stock": False,
        "at": "2026-01-02T00:00:00Z",
        "title": "Цемент белый",
    },
    {"n": 3, "kind": "рулон", "tags": [], "stock": True, "at": "2026-01-03T00:00:00Z", "title": "Обои"},
    {"n": 4, "kind": "лист", "note": None, "at": "2026-01-04T00:00:00Z", "title": "Гипсокартон"},
    {"n": 5, "prices": [{"amount": 10.5, "currency": "RUB"}, {"amount": 900.0, "currency": "EUR"}]},
    {"n": 6, "prices": [{"amount": 900.0, "currency": "RUB"}]},
]


@pytest.fixture(scope="module")
def rest(engines: Engines) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=engines.qdrant.url, headers={"api-key": engines.secrets.qdrant}) as client:
        yield client


@pytest.fixture(scope="module")
def client(engines: Engines) -> Iterator[QdrantClient]:
    headers = {"api-key": engines.secrets.qdrant}
    client = QdrantClient(url=engines.qdrant.url, headers=headers, check_compatibility=False)
    yield client
    client.close()


@pytest.fixture(scope="module")
def standing(client: QdrantClient) -> str:
    """The six points, for tests that change nothing."""
    return fill(client, f"test_{uuid.uuid4().hex}")


@pytest.fixture
def filled(client: QdrantClient, collection: str) -> str:
    return fill(client, collection)


def fill(client: QdrantClient, collection: str) -> str:
    client.create_collection(
        collection,
        vectors_config={"dense": models.VectorParams(size=2, distance=models.Distance.COSINE)},
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    for field, schema in {
        "n": "integer",
        "kind": "keyword",
        "tags": "keyword",
        "stock": "bool",
        "at": "datetime",
    }.items():
        client.create_payload_index(collection, field, field_schema=schema)
    client.create_payload_index(
        collection, "title", models.TextIndexParams(type="text", tokenizer=models.TokenizerType.WORD, lowercase=True)
    )
    points = [
        models.PointStruct(
            id=one,
            vector={
                "dense": [1.0, row["n"] / 10],
                "words": models.SparseVector(indices=[0, row["n"]], values=[1.0, 1.0]),
            },
            payload=row,
        )
        for one, row in zip(IDS, ROWS, strict=True)
    ]
    client.upsert(collection, points)
    return collection


def numbers(rest: httpx.Client, collection: str, condition: object) -> list[int]:
    answer = rest.post(f"/collections/{collection}/points/scroll", json={"filter": condition, "limit": 100})
    assert answer.status_code == 200, answer.text
    return [point["payload"]["n"] for point in answer.json()["result"]["points"]]


def test_a_collection_is_made_described_listed_and_deleted(client: QdrantClient, collection: str):
    quantization = models.ScalarQuantization(scalar=models.ScalarQuantizationConfig(type="int8", quantile=0.99))
    client.create_collection(
        collection,
        vectors_config={"dense": models.VectorParams(size=1536, distance=models.Distance.COSINE)},
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        hnsw_config=models.HnswConfigDiff(m=32, ef_construct=64),
        quantization_config=quantization,
    )
    client.create_payload_index(collection, "kind", "keyword")

    info = client.get_collection(collection)

    assert info.config.params.vectors["dense"].size == 1536
    assert info.config.params.sparse_vectors["words"].modifier == models.Modifier.IDF
    assert info.config.hnsw_config.m == 32
    assert info.config.quantization_config == quantization
    assert info.payload_schema["kind"].data_type == models.PayloadSchemaType.KEYWORD
    assert (info.status, info.points_count) == (models.CollectionStatus.GREEN, 0)
    assert collection in [one.name for one in client.get_collections().collections]
    assert client.collection_exists(collection)
    assert client.delete_collection(collection)
    assert not client.collection_exists(collection)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"must": [{"key": "kind", "match": {"value": "мешок"}}]}, [1, 2]),
        ({"must": {"key": "n", "match": {"value": 3}}}, [3]),
        ({"must": [{"key": "stock", "match": {"value": True}}]}, [1, 3]),
        ({"must": [{"key": "stock", "match": {"value": False}}]}, [2]),
        ({"must": [{"key": "tags", "match": {"any": ["a", "b"]}}]}, [1, 2]),
        ({"must": [{"key": "n", "match": {"any": [1, 6]}}]}, [1, 6]),
        ({"must": [{"key": "n", "match": {"any": []}}]}, []),
        ({"must": [{"key": "kind", "match": {"except": ["мешок"]}}]}, [3, 4]),
        ({"must": [{"key": "title", "match": {"text": "ЦЕМЕНТ серый"}}]}, [1]),
        ({"must": [{"key": "title", "match": {"text_any": "обои серый"}}]}, [1, 3]),
        ({"must": [{"key": "n", "range": {"gte": 2, "lt": 4}}]}, [2, 3]),
        (
            {"must": [{"key": "at", "range": {"gt": "2026-01-01T00:00:00Z", "lte": "2026-01-03T03:00:00+03:00"}}]},
            [2, 3],
        ),
        ({"must": [{"is_empty": {"key": "kind"}}]}, [5, 6]),
        ({"must": [{"is_null": {"key": "note"}}]}, [4]),
        ({"must": [{"key": "tags", "values_count": {"gte": 2}}]}, [2]),
        ({"must": [{"has_id": [IDS[0], IDS[5], str(uuid.uuid4())]}]}, [1, 6]),
        ({"must": [{"has_vector": "dense"}], "must_not": [{"key": "n", "range": {"lt": 6}}]}, [6]),
        ({"must_not": [{"key": "stock", "match": {"value": True}}]}, [2, 4, 5, 6]),
        ({"should": [{"key": "n", "match": {"value": 1}}, {"key": "n", "match": {"value": 2}}]}, [1, 2]),
        (
            {
                "min_should": {
                    "conditions": [
                        {"key": "kind", "match": {"value": "мешок"}},
                        {"key": "stock", "match": {"value": True}},
                        {"key": "tags", "match": {"value": "b"}},
                    ],
                    "min_count": 2,
                }
            },
            [1, 2],
        ),
        ({"must": [{"key": "prices[].amount", "range": {"gte": 900}}]}, [5, 6]),
        (
            {
                "must": [
                    {
                        "nested": {
                            "key": "prices",
                            "filter": {
                                "must": [
                                    {"key": "amount", "range": {"gte": 900}},
                                    {"key": "currency", "match": {"value": "RUB"}},
                                ]
                            },
                        }
                    }
                ]
            },
            [6],
        ),
        (
            {
                "must": [{"should": [{"key": "n", "match": {"value": 1}}, {"key": "n", "match": {"value": 2}}]}],
                "must_not": [{"key": "n", "match": {"value": 2}}],
            },
            [1],
        ),
        ({"must": None, "should": []}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_filter_keeps_the_points_that_match(
    rest: httpx.Client, standing: str, condition: object, expected: list[int]
):
    assert numbers(rest, standing, condition) == expected


def test_dense_search_gives_the_nearest_first_within_the_threshold(client: QdrantClient, standing: str):
    found = client.query_points(standing, [1.0, 0.6], using="dense", limit=3, with_payload=["n"], score_threshold=0.99)
    assert [point.payload for point in found.points] == [{"n": 6}, {"n": 5}]
    assert found.points[0].score == pytest.approx(1.0)
    further = client.query_points(standing, [1.0, 0.6], using="dense", limit=1, offset=1, with_payload=False)
    assert [(point.id, point.payload) for point in further.points] == [(IDS[4], None)]


def test_rare_words_weigh_more_in_sparse_search(client: QdrantClient, standing: str):
    words = models.SparseVector(indices=[0, 4], values=[1.0, 1.0])
    found = client.query_points(standing, words, using="words", limit=2).points
    assert found[0].id == IDS[3]
    assert found[0].score > found[1].score


def test_fusion_sums_reciprocal_ranks_with_the_constant_of_the_query(client: QdrantClient, standing: str):
    found = client.query_points(
        standing,
        prefetch=[
            models.Prefetch(query=[1.0, 0.1], using="dense", limit=2),
            models.Prefetch(query=models.SparseVector(indices=[2], values=[1.0]), using="words", limit=2),
        ],
        query=models.RrfQuery(rrf=models.Rrf(k=60)),
        limit=10,
    ).points
    assert [point.id for point in found] == [IDS[1], IDS[0]]
    assert [point.score for point in found] == pytest.approx([1 / 61 + 1 / 60, 1 / 60])


def test_a_batch_of_queries_is_answered_in_order(client: QdrantClient, standing: str):
    requests = [models.QueryRequest(query=[1.0, n / 10], using="dense", limit=1, with_payload=True) for n in (3, 1)]
    answers = client.query_batch_points(standing, requests)
    assert [answer.points[0].payload["n"] for answer in answers] == [3, 1]


def test_scrolling_meets_each_point_once(client: QdrantClient, standing: str):
    seen, offset = [], None
    while True:
        points, offset = client.scroll(standing, limit=4, offset=offset, with_payload=False)
        seen += [point.id for point in points]
        if offset is None:
            break
    assert seen == IDS


def test_scrolling_can_be_ordered_by_an_indexed_field(client: QdrantClient, standing: str):
    order = models.OrderBy(key="n", direction=models.Direction.DESC, start_from=4)
    points, following = client.scroll(standing, limit=2, order_by=order)
    assert [point.payload["n"] for point in points] == [4, 3]
    assert following is None


def test_counts_and_facets(client: QdrantClient, standing: str):
    in_bags = models.Filter(must=[models.FieldCondition(key="kind", match=models.MatchValue(value="мешок"))])
    assert client.count(standing).count == 6
    assert client.count(standing, count_filter=in_bags).count == 2
    hits = client.facet(standing, "tags", facet_filter=in_bags, exact=True).hits
    assert [(hit.value, hit.count) for hit in hits] == [("a", 2), ("b", 1)]
    assert {(hit.value, hit.count) for hit in client.facet(standing, "stock", exact=True).hits} == {
        (True, 2),
        (False, 1),
    }


def test_points_are_retrieved_with_the_requested_parts(client: QdrantClient, rest: httpx.Client, standing: str):
    (record,) = client.retrieve(standing, [IDS[0], str(uuid.uuid4())], with_vectors=True)
    assert record.payload == ROWS[0]
    assert record.vector["words"] == models.SparseVector(indices=[0, 1], values=[1.0, 1.0])
    (bare,) = client.retrieve(standing, [IDS[1]], with_payload=models.PayloadSelectorExclude(exclude=["title", "at"]))
    assert bare.payload == {"n": 2, "kind": "мешок", "tags": ["a", "b"], "stock": False}
    assert rest.get(f"/collections/{standing}/points/{IDS[2]}").json()["result"]["payload"] == ROWS[2]
    assert rest.get(f"/collections/{standing}/points/{uuid.uuid4()}").status_code == 404


def test_payloads_are_set_overwritten_thinned_and_cleared(client: QdrantClient, filled: str):
    client.set_payload(filled, {"extra": 1}, points=[IDS[0]])
    client.overwrite_payload(filled, {"n": 20}, points=[IDS[1]])
    client.delete_payload(filled, ["title", "at"], points=[IDS[2]])
    client.clear_payload(filled, points_selector=models.PointIdsList(points=[IDS[3]]))
    payloads = {record.id: record.payload for record in client.retrieve(filled, IDS[:4])}
    assert payloads[IDS[0]] == {**ROWS[0], "extra": 1}
    assert payloads[IDS[1]] == {"n": 20}
    assert payloads[IDS[2]] == {"n": 3, "kind": "рулон", "tags": [], "stock": True}
    assert not payloads[IDS[3]]


def test_changes_can_be_made_by_filter(client: QdrantClient, rest: httpx.Client, filled: str):
    in_bags = models.Filter(must=[models.FieldCondition(key="kind", match=models.MatchValue(value="мешок"))])
    client.set_payload(filled, {"seen": True}, points=in_bags)
    assert numbers(rest, filled, {"must": [{"key": "seen", "match": {"value": True}}]}) == [1, 2]
    client.delete(filled, models.FilterSelector(filter=in_bags))
    assert numbers(rest, filled, None) == [3, 4, 5, 6]


def test_a_batch_of_changes_is_applied_in_order(client: QdrantClient, filled: str):
    client.batch_update_points(
        filled,
        [
            models.UpsertOperation(
                upsert=models.PointsList(points=[models.PointStruct(id=7, vector={}, payload={"n": 7})])
            ),
            models.OverwritePayloadOperation(overwrite_payload=models.SetPayload(payload={"n": 70}, points=[7])),
            models.DeleteOperation(delete=models.PointIdsList(points=[IDS[0]])),
        ],
    )
    assert [record.payload["n"] for record in client.retrieve(filled, [7, IDS[0]])] == [70]


def test_the_column_form_of_points_is_the_same_as_rows(client: QdrantClient, filled: str):
    batch = models.Batch(ids=[8, 9], vectors={"dense": [[1.0, 0.0], [0.0, 1.0]]}, payloads=[{"n": 8}, {"n": 9}])
    client.upsert(filled, batch)
    found = client.query_points(filled, [0.0, 1.0], using="dense", limit=1, with_payload=True).points
    assert (found[0].id, found[0].payload) == (9, {"n": 9})


def test_vectors_are_replaced_and_removed_alone(client: QdrantClient, filled: str):
    client.update_vectors(filled, [models.PointVectors(id=IDS[0], vector={"dense": [0.0, 1.0]})])
    client.delete_vectors(filled, ["words"], points=[IDS[0]])
    (record,) = client.retrieve(filled, [IDS[0]], with_vectors=True)
    assert record.vector == {"dense": [0.0, 1.0]}
    assert record.payload == ROWS[0]


def test_an_existing_collection_accepts_another_vector(client: QdrantClient, rest: httpx.Client, filled: str):
    config = {"dense": {"size": 3, "distance": "Cosine"}}
    for _ in range(2):
        assert rest.put(f"/collections/{filled}/vectors/newer", json=config).status_code == 200
    other = rest.put(f"/collections/{filled}/vectors/newer", json={"dense": {"size": 4, "distance": "Cosine"}})
    assert other.status_code == 400
    client.update_vectors(filled, [models.PointVectors(id=IDS[4], vector={"newer": [1.0, 0.0, 0.0]})])
    assert [point.id for point in client.query_points(filled, [1.0, 0.0, 0.0], using="newer").points] == [IDS[4]]
    assert set(client.get_collection(filled).config.params.vectors) == {"dense", "newer"}


def test_a_collection_may_have_no_vectors(client: QdrantClient, collection: str):
    client.create_collection(collection, vectors_config={})
    client.upsert(collection, [models.PointStruct(id=1, vector={}, payload={"a": 1})])
    (record,) = client.retrieve(collection, [1], with_vectors=True)
    assert (record.payload, record.vector) == ({"a": 1}, {})
    assert client.get_collection(collection).config.params.vectors == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/points/query", {"query": [1.0, 0.0], "using": "dense", "limit": 0}, 422, "limit"),
        ("POST", "/points/query", {"query": [1.0], "using": "dense"}, 400, "expected dim: 2, got 1"),
        (
            "POST",
            "/points/query",
            {"query": [1.0, 0.0], "using": "other"},
            400,
            "Not existing vector name error: other",
        ),
        ("POST", "/points/query", {"query": [1.0, 0.0], "using": "words"}, 400, "sparse"),
        ("POST", "/points/query", {"query": {"recommend": {}}}, 400, "unknown field `recommend`"),
        ("POST", "/points/query", {"query": {"fusion": "rrf"}}, 400, "prefetch"),
        ("POST", "/points/query", {"query": [1.0, 0.0], "lookup_from": {}}, 400, "unknown field `lookup_from`"),
        ("POST", "/points/query", {"filter": {"must": [{"key": "n", "geo_radius": {}}]}}, 400, "geo_radius"),
        ("POST", "/points/query", {"filter": {"must": [{"key": "n"}]}}, 400, "exactly one of"),
        ("POST", "/points/query", {"filter": {"must": [{"what": 1}]}}, 400, "what"),
        ("POST", "/points/query", {"filter": {"musst": []}}, 400, "unknown field `musst`"),
        ("POST", "/points/query", {"filter": {"must": [{"key": "n", "match": {"any": ["a", 1]}}]}}, 400, "match.any"),
        ("POST", "/points/query", {"filter": {"must": [{"key": "n", "match": {"value": 1.5}}]}}, 400, "match.value"),
        ("POST", "/points/query", {"filter": {"must": [{"key": "n", "range": {"gt": True}}]}}, 400, "range.gt"),
        ("POST", "/points/scroll", {"filter": {"must": [{"key": "at", "range": {"gt": "soon"}}]}}, 400, "date-time"),
        ("POST", "/points/scroll", {"filter": {"must": [{"key": "n", "match": {"value": 2**63}}]}}, 400, "too large"),
        ("POST", "/points/scroll", {"order_by": "prices"}, 400, "No range index for `order_by` key: `prices`"),
        ("POST", "/points/scroll", {"with_vectors": True}, 400, "unknown field `with_vectors`"),
        ("POST", "/facet", {"key": "unindexed"}, 400, "No appropriate index for faceting"),
        (
            "POST",
            "/points",
            {"ids": ["abc"]},
            400,
            "value abc is not a valid point ID, valid values are either an unsigned integer or a UUID",
        ),
        ("POST", "/points", {"ids": [-1]}, 400, "value -1 is not a valid point ID"),
        ("GET", "/points/abc", None, 400, "not a valid point ID"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {"dense": [[1.0, 2.0]]}}]}, 400, "multi"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {"dense": [1.0, "x"]}}]}, 400, "numbers"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {"dense": [1.0, True]}}]}, 400, "numbers"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {"dense": [1.0, None]}}]}, 400, "numbers"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {"dense": [True, False]}}]}, 400, "numbers"),
        ("POST", "/points/query", {"query": [False, 1.0], "using": "dense"}, 400, "numbers"),
        (
            "PUT",
            "/points",
            {"points": [{"id": 1, "vector": {"words": {"indices": [1], "values": [True]}}}]},
            400,
            "numbers",
        ),
        (
            "PUT",
            "/points",
            {"points": [{"id": 1, "vector": {"words": {"indices": [1, 1], "values": [1, 1]}}}]},
            422,
            "unique",
        ),
        (
            "PUT",
            "/points",
            {"points": [{"id": 1, "vector": {"words": {"indices": [1], "values": []}}}]},
            422,
            "same length",
        ),
        ("PUT", "/points", {"points": [{"id": 1}]}, 400, "missing field `vector`"),
        ("PUT", "/points", {"points": [{"id": 1, "vector": {}, "shard": 1}]}, 400, "unknown field `shard`"),
        ("POST", "/points/delete", {}, 400, "exactly one of `points` and `filter`"),
        ("POST", "/points/payload", {"payload": {"a": 1}, "points": [99]}, 404, "No point with id 99"),
        ("POST", "/points/batch", {"operations": [{"explode": {}}]}, 400, "unknown field `explode`"),
        ("PUT", "/index", {"field_name": "place", "field_schema": "geo"}, 400, "unknown field_schema `geo`"),
        ("PUT", "/vectors/more", {"dense": {"size": 2, "distance": "Cosine", "datatype": "uint8"}}, 400, "datatype"),
        ("PUT", "", {"vectors": {"size": 2, "distance": "Cosine"}}, 409, "already exists"),
    ],
)
def test_what_is_wrong_or_unknown_is_refused_by_name(
    rest: httpx.Client, standing: str, method: str, path: str, body: object, status: int, words: str
):
    answer = rest.request(method, f"/collections/{standing}{path}", json=body)
    assert answer.status_code == status
    assert words in answer.json()["status"]["error"]
    assert "time" in answer.json()
    assert numbers(rest, standing, None) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"vectors": {"size": 2, "distance": "Cosine", "multivector_config": {}}}, "multivector_config"),
        ({"vectors": {"size": 2, "distance": "Chebyshev"}}, "Chebyshev"),
        ({"vectors": {"size": 0, "distance": "Dot"}}, "size"),
        ({"vectors": {}, "quantization_config": {"product": {}}}, "product"),
        ({"vectors": {}, "shard_number": 2}, "shard_number"),
        ({"vectors": {}, "wal_config": {}}, "wal_config"),
    ],
)
def test_settings_that_are_not_kept_make_no_collection(rest: httpx.Client, collection: str, body: object, words: str):
    answer = rest.put(f"/collections/{collection}", json=body)
    assert answer.status_code in {400, 422}
    assert words in answer.json()["status"]["error"]
    assert rest.get(f"/collections/{collection}/exists").json()["result"] == {"exists": False}


def test_one_wrong_point_keeps_its_whole_request_out(rest: httpx.Client, standing: str):
    points = [{"id": 10, "vector": {"dense": [1, 2]}}, {"id": 11, "vector": {"dense": [1, 2, 3]}}]
    assert rest.put(f"/collections/{standing}/points", json={"points": points}).status_code == 400
    assert numbers(rest, standing, {"must": [{"has_id": [10, 11]}]}) == []


def test_an_unknown_collection_is_named(rest: httpx.Client):
    answer = rest.post("/collections/nowhere/points/count", json={})
    assert answer.status_code == 404
    assert answer.json()["status"]["error"] == "Not found: Collection `nowhere` doesn't exist!"


@pytest.mark.parametrize(("method", "path"), [("GET", "/cluster"), ("POST", "/collections/x/points/recommend")])
def test_an_unknown_route_is_not_found(rest: httpx.Client, method: str, path: str):
    answer = rest.request(method, path)
    assert answer.status_code == 404
    assert path in answer.json()["status"]["error"]


def test_an_unknown_query_parameter_is_refused(rest: httpx.Client, standing: str):
    answer = rest.post(f"/collections/{standing}/points/count", params={"shard": "1"}, json={})
    assert (answer.status_code, answer.json()["status"]["error"]) == (400, "unknown query parameter `shard`")


@pytest.mark.parametrize("headers", [{}, {"api-key": "wrong"}, {"authorization": "Bearer wrong"}])
def test_without_the_key_only_the_greeting_and_health_answer(qdrant_url: str, headers: dict[str, str]):
    with httpx.Client(base_url=qdrant_url, headers=headers) as stranger:
        assert stranger.get("/collections").status_code == 401
        assert stranger.put("/collections/x", json={}).status_code == 401
        assert stranger.get("/readyz").status_code == 200
        assert stranger.get("/").json()["title"] == "qdrant - vector search engine"


def test_the_key_may_come_as_a_bearer_token(qdrant_url: str, qdrant_api_key: str):
    answer = httpx.get(f"{qdrant_url}/collections", headers={"authorization": f"Bearer {qdrant_api_key}"})
    assert answer.status_code == 200
