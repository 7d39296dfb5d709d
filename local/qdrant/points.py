"""Writes: from JSON to the engine's operations, with the ids of the points that they change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import qdrant_edge as engine

from local.qdrant.filters import read_filter
from local.qdrant.strict import fields, items, malformed, mapping, one_of, point_id, point_ids, readable, text, texts
from local.qdrant.vectors import VectorSpace

PointId = int | UUID | str
_MODES = {
    "upsert": engine.UpdateMode.Upsert,
    "insert_only": engine.UpdateMode.InsertOnly,
    "update_only": engine.UpdateMode.UpdateOnly,
}
_SELECTION = ("points", "filter")
# Points that one operation of the engine upserts: reads wait for 3 ms. Smaller parts take more time in total.
_POINTS_PER_OPERATION = 20


class Target(Protocol):
    """What a write needs from its collection."""

    @property
    def space(self) -> VectorSpace: ...

    def select(self, condition: engine.Filter) -> list[PointId]:
        """Ids of all points that match."""


@dataclass(frozen=True, slots=True)
class Write:
    """The changed points, and the operations to apply one after the other."""

    ids: list[PointId]
    operations: list[engine.UpdateOperation]


def upsert(value: Any, target: Target) -> Write:
    given = fields(value, "upsert", ("points", "batch", "update_filter", "update_mode"))
    if ("points" in given) == ("batch" in given):
        raise malformed("`upsert` must have exactly one of points, batch")
    structs = items(given["points"], "points") if "points" in given else _from_batch(given["batch"])
    ids, points = [], []
    for struct in structs:
        point = fields(struct, "point", ("id", "vector", "payload"), required=("id", "vector"))
        ids.append(point_id(point["id"]))
        points.append(_point(ids[-1], point, target.space))
    condition = read_filter(given["update_filter"]) if "update_filter" in given else None
    mode = one_of(given.get("update_mode", "upsert"), "update_mode", _MODES)
    # Of two points with one id the last wins. In two operations the condition would be tested on the first of them.
    size = _POINTS_PER_OPERATION if len(set(ids)) == len(ids) else len(ids)
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return Write(ids, [engine.UpdateOperation.upsert_points(part, condition, mode) for part in parts])


def _from_batch(value: Any) -> list[dict[str, Any]]:
    """Points sent as columns, converted to rows."""
    given = fields(value, "batch", ("ids", "vectors", "payloads"), required=("ids", "vectors"))
    ids = items(given["ids"], "ids")
    payloads = items(given.get("payloads", [None] * len(ids)), "payloads")
    vectors = given["vectors"]
    columns = list(vectors.values()) if isinstance(vectors, dict) else [items(vectors, "vectors")]
    if any(len(column) != len(ids) for column in (payloads, *columns)):
        raise malformed("`batch`: ids, vectors and payloads must have the same length")
    rows = (
        [dict(zip(vectors, row, strict=True)) for row in zip(*columns, strict=True)]
        if isinstance(vectors, dict)
        else vectors
    )
    return [
        {"id": one, "vector": row, "payload": payload} for one, row, payload in zip(ids, rows, payloads, strict=True)
    ]


def _point(one: PointId, given: dict[str, Any], space: VectorSpace) -> engine.Point:
    payload = mapping(given.get("payload", {}), "payload")
    try:
        return engine.Point(one, space.read(given["vector"]), payload)
    except (TypeError, ValueError, OverflowError) as error:
        raise malformed(f"point {given['id']}: {error}") from error


def update_vectors(value: Any, target: Target) -> Write:
    given = fields(value, "update_vectors", ("points",), required=("points",))
    rows = [
        fields(item, "point", ("id", "vector"), required=("id", "vector")) for item in items(given["points"], "points")
    ]
    ids = [point_id(row["id"]) for row in rows]
    with readable():
        vectors = [
            engine.PointVectors(one, target.space.read(row["vector"])) for one, row in zip(ids, rows, strict=True)
        ]
    return Write(ids, [engine.UpdateOperation.update_vectors(vectors)])


def delete_vectors(value: Any, target: Target) -> Write:
    given = fields(value, "delete_vectors", (*_SELECTION, "vector"), required=("vector",))
    ids, names = _selected(given, target), target.space.check_names(texts(given["vector"], "vector"))
    return Write(ids, [engine.UpdateOperation.delete_vectors(ids, names)])


def delete(value: Any, target: Target) -> Write:
    ids = _selected(fields(value, "delete", _SELECTION), target)
    return Write(ids, [engine.UpdateOperation.delete_points(ids)])


def set_payload(value: Any, target: Target) -> Write:
    ids, payload, key = _payload_change(value, target)
    return Write(ids, [engine.UpdateOperation.set_payload(ids, payload, key)])


def overwrite_payload(value: Any, target: Target) -> Write:
    ids, payload, key = _payload_change(value, target)
    return Write(ids, [engine.UpdateOperation.overwrite_payload(ids, payload, key)])


def _payload_change(value: Any, target: Target) -> tuple[list[PointId], dict[str, Any], str | None]:
    given = fields(value, "payload", (*_SELECTION, "payload", "key"), required=("payload",))
    key = text(given["key"], "key") if "key" in given else None
    return _selected(given, target), mapping(given["payload"], "payload"), key


def delete_payload(value: Any, target: Target) -> Write:
    given = fields(value, "delete_payload", (*_SELECTION, "keys"), required=("keys",))
    ids = _selected(given, target)
    return Write(ids, [engine.UpdateOperation.delete_payload(ids, texts(given["keys"], "keys"))])


def clear_payload(value: Any, target: Target) -> Write:
    ids = _selected(fields(value, "clear_payload", _SELECTION), target)
    return Write(ids, [engine.UpdateOperation.clear_payload(ids)])


def _selected(given: dict[str, Any], target: Target) -> list[PointId]:
    if ("points" in given) == ("filter" in given):
        raise malformed("exactly one of `points` and `filter` must be given")
    return point_ids(given["points"]) if "points" in given else target.select(read_filter(given["filter"]))


Writer = Callable[[Any, Target], Write]

# The operations of a batch of updates, by the name of their one field.
WRITERS: dict[str, Writer] = {
    "upsert": upsert,
    "delete": delete,
    "set_payload": set_payload,
    "overwrite_payload": overwrite_payload,
    "delete_payload": delete_payload,
    "clear_payload": clear_payload,
    "update_vectors": update_vectors,
    "delete_vectors": delete_vectors,
}


def batch_items(value: Any) -> list[tuple[Writer, Any]]:
    """The operations of ``points/batch``, in order."""
    given = fields(value, "batch", ("operations",), required=("operations",))
    operations = []
    for item in items(given["operations"], "operations"):
        operation = fields(item, "operation", tuple(WRITERS))
        if len(operation) != 1:
            raise malformed(f"an operation must be exactly one of {', '.join(WRITERS)}")
        ((name, content),) = operation.items()
        operations.append((WRITERS[name], content))
    return operations
