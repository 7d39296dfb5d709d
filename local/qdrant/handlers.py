"""The handler of each route: takes a call, returns the ``result`` of the response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qdrant_edge as engine

from local.qdrant import points, queries
from local.qdrant.collection import Collection
from local.qdrant.rebuild import is_due
from local.qdrant.schema import NO_VECTORS, described, described_indexes, read_index
from local.qdrant.store import Store
from local.qdrant.strict import RequestError, fields, items, point_id, point_ids


@dataclass(frozen=True, slots=True)
class Call:
    store: Store
    path: dict[str, str]
    body: Any

    @property
    def name(self) -> str:
        return self.path["name"]

    @property
    def collection(self) -> Collection:
        return self.store[self.name]


Handler = Callable[[Call], Any]
_COMPLETED = {"operation_id": 0, "status": "completed"}


def list_collections(call: Call) -> Any:
    return {"collections": [{"name": name} for name in call.store.names()]}


def create_collection(call: Call) -> bool:
    call.store.create(call.name, {} if call.body is None else call.body)
    return True


def update_collection(call: Call) -> bool:
    call.collection.change_optimizers(call.body)
    return True


def delete_collection(call: Call) -> bool:
    return call.store.delete(call.name)


def collection_exists(call: Call) -> Any:
    return {"exists": call.name in call.store}


def collection_info(call: Call) -> Any:
    collection = call.collection
    info = collection.read(lambda shard: shard.info())
    return {
        "status": "yellow" if collection.rebuilding or is_due(collection, quiet=True) else "green",
        "optimizer_status": "ok",
        "points_count": info.points_count,
        "indexed_vectors_count": info.indexed_vectors_count,
        "segments_count": info.segments_count,
        "config": described(collection.settings),
        "payload_schema": described_indexes(info),
    }


def create_index(call: Call) -> Any:
    call.collection.change_schema(read_index(call.body))
    return _COMPLETED


def delete_index(call: Call) -> Any:
    call.collection.change_schema(engine.UpdateOperation.delete_field_index(call.path["field"]))
    return _COMPLETED


def create_vector(call: Call) -> Any:
    call.collection.add_vector(call.path["vector"], call.body)
    return _COMPLETED


def _writing(writer: points.Writer) -> Handler:
    def write(call: Call) -> Any:
        call.collection.write(writer, call.body)
        return _COMPLETED

    return write


def write_batch(call: Call) -> Any:
    collection = call.collection
    operations = points.batch_items(call.body)
    for writer, value in operations:
        collection.write(writer, value)
    return [_COMPLETED] * len(operations)


def query(call: Call) -> Any:
    request = queries.query_request(call.body)
    return {"points": _scored(call.collection.read(lambda shard: shard.query(request)))}


def query_batch(call: Call) -> Any:
    given = fields(call.body, "batch", ("searches",), required=("searches",))
    request = engine.QueryBatchRequest([queries.query_request(item) for item in items(given["searches"], "searches")])
    answers = call.collection.read(lambda shard: shard.query_batch(request))
    return [{"points": _scored(answer)} for answer in answers]


def scroll(call: Call) -> Any:
    request = queries.scroll_request(call.body)
    records, following = call.collection.read(lambda shard: shard.scroll(request))
    return {"points": _records(records), "next_page_offset": following}


def count(call: Call) -> Any:
    request = queries.count_request(call.body)
    return {"count": call.collection.read(lambda shard: shard.count(request))}


def facet(call: Call) -> Any:
    request = queries.facet_request(call.body)
    answer = call.collection.read(lambda shard: shard.facet(request))
    return {"hits": [{"value": hit.value, "count": hit.count} for hit in answer.hits]}


def retrieve(call: Call) -> Any:
    given = fields(call.body, "retrieve", ("ids", "with_payload", "with_vector"), required=("ids",))
    ids = point_ids(given["ids"], "ids")
    payload = queries.with_payload(given.get("with_payload"), default=True)
    vector = queries.with_vector(given.get("with_vector"))
    return _records(call.collection.read(lambda shard: shard.retrieve(ids, payload, vector)))


def get_point(call: Call) -> Any:
    text = call.path["id"]
    try:
        requested = point_id(int(text) if text.isdecimal() else text)
    except RequestError as error:
        raise RequestError(400, error.message.replace("Format error in JSON body", "Wrong input")) from error
    found = _records(call.collection.read(lambda shard: shard.retrieve([requested], True, True)))
    if not found:
        raise RequestError(404, f"Not found: Point with id {text} does not exists!")
    return found[0]


def _scored(found: list[engine.ScoredPoint]) -> list[dict[str, Any]]:
    return [{**_record(point), "version": point.version, "score": point.score} for point in found]


def _records(found: list[engine.Record]) -> list[dict[str, Any]]:
    return [_record(point) for point in found]


def _record(point: engine.Record | engine.ScoredPoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": point.id, "payload": point.payload}
    if point.vector is not None:
        answer["vector"] = _vectors(point.vector)
    if point.order_value is not None:
        answer["order_value"] = point.order_value
    return answer


def _vectors(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _vectors(one) for name, one in value.items() if name != NO_VECTORS}
    if isinstance(value, engine.SparseVector):
        return {"indices": value.indices, "values": value.values}
    return value


_COLLECTION = "/collections/{name}"
_POINTS = f"{_COLLECTION}/points"
Route = tuple[str, str, Handler]
READS: list[Route] = [
    ("GET", "/collections", list_collections),
    ("GET", _COLLECTION, collection_info),
    ("GET", f"{_COLLECTION}/exists", collection_exists),
    ("POST", f"{_COLLECTION}/facet", facet),
    ("POST", _POINTS, retrieve),
    ("POST", f"{_POINTS}/query", query),
    ("POST", f"{_POINTS}/query/batch", query_batch),
    ("POST", f"{_POINTS}/scroll", scroll),
    ("POST", f"{_POINTS}/count", count),
    ("GET", f"{_POINTS}/{{id}}", get_point),
]
WRITES: list[Route] = [
    ("PUT", _COLLECTION, create_collection),
    ("PATCH", _COLLECTION, update_collection),
    ("DELETE", _COLLECTION, delete_collection),
    ("PUT", f"{_COLLECTION}/index", create_index),
    ("DELETE", f"{_COLLECTION}/index/{{field:path}}", delete_index),
    ("PUT", f"{_COLLECTION}/vectors/{{vector}}", create_vector),
    ("PUT", _POINTS, _writing(points.upsert)),
    ("POST", f"{_POINTS}/delete", _writing(points.delete)),
    ("POST", f"{_POINTS}/batch", write_batch),
    ("POST", f"{_POINTS}/payload", _writing(points.set_payload)),
    ("PUT", f"{_POINTS}/payload", _writing(points.overwrite_payload)),
    ("POST", f"{_POINTS}/payload/delete", _writing(points.delete_payload)),
    ("POST", f"{_POINTS}/payload/clear", _writing(points.clear_payload)),
    ("PUT", f"{_POINTS}/vectors", _writing(points.update_vectors)),
    ("POST", f"{_POINTS}/vectors/delete", _writing(points.delete_vectors)),
]
