"""Filters of the local Qdrant server compared with plain Python: on points as written, indexed, and changed since."""

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.qdrant import points
from local.qdrant.collection import Collection
from local.qdrant.filters import read_filter
from local.qdrant.rebuild import rebuild
from local.qdrant.schema import read_index, read_settings
from quarry.adapters.qdrant.vector_database import PAYLOAD_INDEXES

Document = dict[str, Any]


def _document(chance: random.Random, number: int) -> Document:
    return {
        "n": number,
        "category": chance.choice(["Смеси", "Крепёж", None]),
        "unit": chance.choice(["мешок", "шт"]),
        "supplier_ids": chance.sample(range(5), chance.randint(0, 3)),
        "in_stock": chance.choice([True, False, None]),
        "prices": [
            {
                "amount": float(chance.randint(1, 100)),
                "currency": chance.choice(["RUB", "EUR"]),
                "supplier_id": chance.randint(0, 4),
            }
            for _ in range(chance.randint(0, 3))
        ],
        "price_per_base_unit": chance.choice([None, float(chance.randint(1, 50))]),
        "skus": chance.sample(["a-1", "b-2", "c-3"], chance.randint(0, 2)),
        "number_key": chance.choice(["12", "500", ""]),
        "updated_at": f"2026-01-{chance.randint(1, 28):02}T00:00:00Z",
    }


def _key(key: str, **test: object) -> dict[str, object]:
    return {"key": key, **test}


def _fits(price: Document) -> bool:
    return price["currency"] == "RUB" and 20 <= price["amount"] <= 60 and price["supplier_id"] in {1, 2}


CASES: list[tuple[dict[str, Any], Callable[[Document], bool]]] = [
    ({"must": [_key("in_stock", match={"value": True})]}, lambda d: d["in_stock"] is True),
    ({"must": [_key("in_stock", match={"value": False})]}, lambda d: d["in_stock"] is False),
    ({"must": [_key("category", match={"any": ["Смеси", "Обои"]})]}, lambda d: d["category"] == "Смеси"),
    ({"must": [_key("category", match={"except": ["Смеси"]})]}, lambda d: d["category"] == "Крепёж"),
    ({"must": [{"is_empty": {"key": "category"}}]}, lambda d: d["category"] is None),
    ({"must": [_key("supplier_ids", match={"any": [1, 3]})]}, lambda d: bool({1, 3} & set(d["supplier_ids"]))),
    ({"must_not": [_key("supplier_ids", match={"value": 2})]}, lambda d: 2 not in d["supplier_ids"]),
    ({"must": [_key("number_key", match={"value": ""})]}, lambda d: d["number_key"] == ""),
    ({"must": [_key("prices", values_count={"gte": 2})]}, lambda d: len(d["prices"]) >= 2),
    ({"must": [_key("prices[].amount", range={"gt": 90})]}, lambda d: any(p["amount"] > 90 for p in d["prices"])),
    ({"must": [_key("price_per_base_unit", range={"lte": 10})]}, lambda d: (d["price_per_base_unit"] or 11) <= 10),
    (
        {"must": [_key("updated_at", range={"gte": "2026-01-10T00:00:00Z", "lt": "2026-01-12T03:00:00+03:00"})]},
        lambda d: "2026-01-10" <= d["updated_at"] < "2026-01-12",
    ),
    (
        {
            "must": [_key("skus", match={"value": "b-2"})],
            "should": [_key("unit", match={"value": "шт"}), _key("category", match={"value": "Крепёж"})],
        },
        lambda d: "b-2" in d["skus"] and (d["unit"] == "шт" or d["category"] == "Крепёж"),
    ),
    (
        {
            "must": [
                {
                    "nested": {
                        "key": "prices",
                        "filter": {
                            "must": [
                                _key("currency", match={"value": "RUB"}),
                                _key("amount", range={"gte": 20, "lte": 60}),
                                _key("supplier_id", match={"any": [1, 2]}),
                            ]
                        },
                    }
                }
            ]
        },
        lambda d: any(
            p["currency"] == "RUB" and 20 <= p["amount"] <= 60 and p["supplier_id"] in {1, 2} for p in d["prices"]
        ),
    ),
]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Collection, list[Document]]]]:
    """The same documents as they were written; with the index built; with the index built and half of them changed."""
    home = tmp_path_factory.mktemp("filters")
    made: dict[str, tuple[Collection, list[Document]]] = {}
    for state in ("written", "indexed", "changed"):
        chance = random.Random(7)
        settings = {"vectors": {"v": {"size": 4, "distance": "Dot"}}, "optimizers_config": {"indexing_threshold": 1}}
        collection = Collection.create(home / state, read_settings(settings))
        for field, schema in PAYLOAD_INDEXES.items():
            collection.change_schema(read_index({"field_name": field, "field_schema": schema}))
        documents = [_document(chance, number) for number in range(600)]
        rows = [
            {"id": document["n"], "vector": {"v": [float(document["n"]), 1, 0, 0]}, "payload": document}
            for document in documents
        ]
        collection.write(points.upsert, {"points": rows})
        if state != "written":
            rebuild(collection, threading.Event())
            assert collection.shard.info().indexed_vectors_count >= 600
        if state == "changed":
            for number in range(0, 600, 2):
                documents[number] = _document(chance, number)
                collection.write(points.overwrite_payload, {"points": [number], "payload": documents[number]})
        made[state] = collection, documents
    yield made
    for collection, _ in made.values():
        collection.close()


@pytest.mark.parametrize("state", ["written", "indexed", "changed"])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_a_filter_finds_what_a_plain_reading_finds(
    states: dict[str, tuple[Collection, list[Document]]], state: str, case: int
):
    collection, documents = states[state]
    condition, reads = CASES[case]
    expected = [document["n"] for document in documents if reads(document)]
    assert 0 < len(expected) < len(documents)
    assert sorted(collection.select(read_filter(condition))) == expected
