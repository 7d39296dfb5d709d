"""Qdrant's filters as JSON: all of them are written here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # only searches bring them
    from quarry.domain.query import Filters, PriceRange

# A condition, or a filter of several: Qdrant takes a filter as a condition of another one.
Filter = Mapping[str, Any]


def all_of(*conditions: Filter, none_of: Sequence[Filter] = ()) -> Filter:
    return {"must": list(conditions), **({"must_not": list(none_of)} if none_of else {})}


def any_of(*conditions: Filter) -> Filter:
    return {"should": list(conditions)}


def none_of(*conditions: Filter) -> Filter:
    return {"must_not": list(conditions)}


def equals(key: str, value: object) -> Filter:
    return {"key": key, "match": {"value": value}}


def among(key: str, values: Sequence[object]) -> Filter:
    return {"key": key, "match": {"any": list(values)}}


def in_range(key: str, **bounds: object) -> Filter:
    """``bounds`` are ``gt``, ``gte``, ``lt``, ``lte``: numbers, or moments in ISO format."""
    return {"key": key, "range": bounds}


def has_id(ids: Sequence[str]) -> Filter:
    return {"has_id": list(ids)}


def without_vector(name: str) -> Filter:
    return {"must_not": [{"has_vector": name}]}


def not_newer(field: str, payloads: Mapping[str, Mapping[str, Any]]) -> Filter:
    """Those of the points that are as of their payload's moment ``field`` or of an earlier one."""
    by_moment: dict[str, list[str]] = defaultdict(list)
    for point_id, payload in payloads.items():
        by_moment[payload[field]].append(point_id)
    tests = [all_of(has_id(ids), in_range(field, lte=moment)) for moment, ids in by_moment.items()]
    # Without a filter around it: each of a chunk's payloads brings its own.
    return tests[0] if len(tests) == 1 else any_of(*tests)


def of_materials(filters: "Filters", *others: Filter) -> Filter | None:
    """A buyer's filters, over the flat fields of a material's document, and ``others``; None when there are none."""
    conditions = [*others]
    if filters.category:
        conditions.append(among("category", filters.category))
    if filters.unit:
        conditions.append(among("unit", filters.unit))
    if filters.supplier_id:
        conditions.append(among("supplier_ids", filters.supplier_id))
    if filters.in_stock is not None:
        conditions.append(equals("in_stock", filters.in_stock))
    if filters.price:
        ranges = [
            {"nested": {"key": "prices", "filter": _priced(price, filters.supplier_id)}} for price in filters.price.all
        ]
        conditions.append(any_of(*ranges) if len(ranges) > 1 else ranges[0])
    return all_of(*conditions) if conditions else None


def _priced(price: "PriceRange", supplier_ids: Sequence[int]) -> Filter:
    """One offer must meet them all: its price, in that currency, of one of the suppliers."""
    bounds = {"gte": price.min, "lte": price.max}
    limits = {name: float(bound) for name, bound in bounds.items() if bound is not None}
    conditions = [equals("currency", price.currency)]
    if limits:
        conditions.append(in_range("amount", **limits))
    if supplier_ids:
        conditions.append(among("supplier_id", supplier_ids))
    return all_of(*conditions)
