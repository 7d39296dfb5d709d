"""Reads: from JSON to the engine's request objects."""

from __future__ import annotations

from typing import Any

import qdrant_edge as engine

from local.qdrant.filters import read_filter
from local.qdrant.strict import (
    boolean,
    fields,
    integer,
    items,
    malformed,
    mapping,
    number,
    one_of,
    point_id,
    readable,
    text,
    texts,
)
from local.qdrant.vectors import dense, sparse

DEFAULT_LIMIT = 10
_DEFAULT_RRF_K = 2
_STAGE = ("prefetch", "query", "using", "filter", "params", "score_threshold", "limit")
_REQUEST = (*_STAGE, "offset", "with_payload", "with_vector")
_DIRECTIONS = {"asc": engine.Direction.Asc, "desc": engine.Direction.Desc}


def with_payload(value: Any, *, default: bool) -> Any:
    if value is None:
        return default
    if isinstance(value, list):
        return engine.PayloadSelector.Include(texts(value, "with_payload"))
    if isinstance(value, dict):
        given = fields(value, "with_payload", ("include", "exclude"))
        if len(given) != 1:
            raise malformed("`with_payload` must have exactly one of include, exclude")
        if "include" in given:
            return engine.PayloadSelector.Include(texts(given["include"], "include"))
        return engine.PayloadSelector.Exclude(texts(given["exclude"], "exclude"))
    return boolean(value, "with_payload")


def with_vector(value: Any) -> bool | list[str]:
    if value is None:
        return False
    return texts(value, "with_vector") if isinstance(value, list) else boolean(value, "with_vector")


def order_by(value: Any) -> engine.OrderBy:
    if isinstance(value, str):
        return engine.OrderBy(value, engine.Direction.Asc)
    given = fields(value, "order_by", ("key", "direction", "start_from"), required=("key",))
    start = given.get("start_from")
    if isinstance(start, bool) or not isinstance(start, str | int | float | None):
        raise malformed("`start_from` must be a number or a datetime")
    direction = one_of(given.get("direction", "asc"), "direction", _DIRECTIONS)
    return engine.OrderBy(text(given["key"], "key"), direction, start)


@readable()
def query_request(value: Any) -> engine.QueryRequest:
    given = fields(value, "query", _REQUEST)
    return engine.QueryRequest(
        limit=integer(given.get("limit", DEFAULT_LIMIT), "limit", 1),
        offset=integer(given.get("offset", 0), "offset"),
        query=_query(given.get("query"), given.get("using")),
        prefetches=_prefetches(given.get("prefetch")),
        filter=_filter(given),
        score_threshold=_threshold(given),
        params=_params(given.get("params")),
        with_payload=with_payload(given.get("with_payload"), default=False),
        with_vector=with_vector(given.get("with_vector")),
    )


def _prefetches(value: Any) -> list[engine.Prefetch]:
    if value is None:
        return []
    return [_prefetch(item) for item in (value if isinstance(value, list) else [value])]


def _prefetch(value: Any) -> engine.Prefetch:
    given = fields(value, "prefetch", _STAGE)
    return engine.Prefetch(
        limit=integer(given.get("limit", DEFAULT_LIMIT), "limit", 1),
        query=_query(given.get("query"), given.get("using")),
        prefetches=_prefetches(given.get("prefetch")),
        filter=_filter(given),
        score_threshold=_threshold(given),
        params=_params(given.get("params")),
    )


def _filter(given: dict[str, Any]) -> engine.Filter | None:
    return read_filter(given["filter"]) if "filter" in given else None


def _threshold(given: dict[str, Any]) -> float | None:
    return number(given["score_threshold"], "score_threshold") if "score_threshold" in given else None


def _query(value: Any, using: Any) -> Any:
    name = None if using is None else text(using, "using")
    if value is None:
        return None
    if isinstance(value, list):
        return engine.Query.Nearest(dense(value, "query"), using=name)
    if not isinstance(value, dict):
        raise malformed("queries by a point's id are not served by this server: send the vector")
    if "indices" in value or "values" in value:
        return engine.Query.Nearest(sparse(value, "query"), using=name)
    return _named_query(value, name)


def _named_query(value: dict[str, Any], using: str | None) -> Any:
    given = fields(value, "query", ("nearest", "fusion", "rrf", "order_by"))
    if len(given) != 1:
        raise malformed("`query` must have exactly one of nearest, fusion, rrf, order_by")
    ((kind, content),) = given.items()
    if kind == "nearest":
        return _query(content, using)
    if kind == "order_by":
        return order_by(content)
    if kind == "fusion":
        fusions = {"rrf": engine.Fusion.Rrf(k=_DEFAULT_RRF_K), "dbsf": engine.Fusion.Dbsf()}
        return one_of(content, "fusion", fusions)
    rrf = fields(content, "rrf", ("k", "weights"))
    weights = [number(weight, "weights") for weight in items(rrf["weights"], "weights")] if "weights" in rrf else None
    return engine.Fusion.Rrf(k=integer(rrf.get("k", _DEFAULT_RRF_K), "k", 1), weights=weights)


def _params(value: Any) -> engine.SearchParams | None:
    if value is None:
        return None
    given = fields(value, "params", ("hnsw_ef", "exact", "quantization", "indexed_only"))
    quantization = given.get("quantization")
    return engine.SearchParams(
        hnsw_ef=integer(given["hnsw_ef"], "hnsw_ef") if "hnsw_ef" in given else None,
        exact=boolean(given.get("exact", False), "exact"),
        indexed_only=boolean(given.get("indexed_only", False), "indexed_only"),
        quantization=None if quantization is None else _quantization(quantization),
    )


def _quantization(value: Any) -> engine.QuantizationSearchParams:
    given = fields(value, "quantization", ("ignore", "rescore", "oversampling"))
    return engine.QuantizationSearchParams(
        ignore=boolean(given.get("ignore", False), "ignore"),
        rescore=boolean(given["rescore"], "rescore") if "rescore" in given else None,
        oversampling=number(given["oversampling"], "oversampling") if "oversampling" in given else None,
    )


@readable()
def scroll_request(value: Any) -> engine.ScrollRequest:
    given = fields(value, "scroll", ("offset", "limit", "filter", "with_payload", "with_vector", "order_by"))
    return engine.ScrollRequest(
        offset=point_id(given["offset"]) if "offset" in given else None,
        limit=integer(given.get("limit", DEFAULT_LIMIT), "limit", 1),
        filter=_filter(given),
        with_payload=with_payload(given.get("with_payload"), default=True),
        with_vector=with_vector(given.get("with_vector")),
        order_by=order_by(given["order_by"]) if "order_by" in given else None,
    )


def count_request(value: Any) -> engine.CountRequest:
    given = fields(mapping(value, "count"), "count", ("filter", "exact"))
    return engine.CountRequest(exact=boolean(given.get("exact", True), "exact"), filter=_filter(given))


@readable()
def facet_request(value: Any) -> engine.FacetRequest:
    given = fields(value, "facet", ("key", "limit", "filter", "exact"), required=("key",))
    return engine.FacetRequest(
        key=text(given["key"], "key"),
        limit=integer(given.get("limit", DEFAULT_LIMIT), "limit", 1),
        exact=boolean(given.get("exact", False), "exact"),
        filter=_filter(given),
    )
