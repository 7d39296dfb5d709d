"""A collection's settings: from JSON to the engine's objects and back.

They are stored as canonical JSON: ``{"vectors", "sparse_vectors", "hnsw_config", …}`` as sent.
"""

from __future__ import annotations

from typing import Any

import qdrant_edge as engine

from local.qdrant.strict import (
    boolean,
    fields,
    integer,
    invalid,
    malformed,
    mapping,
    number,
    one_of,
    readable,
    text,
    wrong,
)
from local.qdrant.vectors import UNNAMED, VectorSpace

# The engine has no collections without vectors; this vector takes their place, is never filled and never shown.
NO_VECTORS = "__none__"

HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000}
OPTIMIZERS = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0}

_MIN_QUANTILE = 0.5
_DISTANCES = {
    "Cosine": engine.Distance.Cosine,
    "Euclid": engine.Distance.Euclid,
    "Dot": engine.Distance.Dot,
    "Manhattan": engine.Distance.Manhattan,
}
_DENSE = ("size", "distance", "hnsw_config", "quantization_config", "on_disk")
_COLLECTION = (
    "vectors",
    "sparse_vectors",
    "hnsw_config",
    "quantization_config",
    "optimizers_config",
    "on_disk_payload",
    "shard_number",
    "replication_factor",
    "write_consistency_factor",
)
_SINGLE_NODE = ("shard_number", "replication_factor", "write_consistency_factor")


@readable()
def read_settings(value: Any) -> dict[str, Any]:
    """The settings of a new collection; each field is checked by building the engine's object from it."""
    given = fields(value, "collection", _COLLECTION)
    for name in _SINGLE_NODE:
        if integer(given.pop(name, 1), name, 1) != 1:
            raise wrong(f"{name}: this server is one node")
    vectors = mapping(given.pop("vectors", {}), "vectors")
    settings = {
        **given,
        "vectors": {UNNAMED: vectors} if "size" in vectors else vectors,
        "sparse_vectors": mapping(given.get("sparse_vectors", {}), "sparse_vectors"),
    }
    edge_config(settings)
    return settings


def edge_config(settings: dict[str, Any]) -> engine.EdgeConfig:
    sparse = {name: _sparse_params(params) for name, params in settings["sparse_vectors"].items()}
    if not sparse and not settings["vectors"]:
        sparse[NO_VECTORS] = engine.EdgeSparseVectorParams()
    return engine.EdgeConfig(
        vectors={name: _dense_params(params) for name, params in settings["vectors"].items()},
        sparse_vectors=sparse,
        on_disk_payload=boolean(settings.get("on_disk_payload", True), "on_disk_payload"),
        hnsw_config=_hnsw(settings.get("hnsw_config", {})),
        quantization_config=_quantization(settings.get("quantization_config")),
        optimizers=_optimizers(settings.get("optimizers_config", {})),
    )


def vector_space(settings: dict[str, Any]) -> VectorSpace:
    sizes = {name: params["size"] for name, params in settings["vectors"].items()}
    return VectorSpace(sizes, frozenset(settings["sparse_vectors"]))


def _dense_params(value: Any) -> engine.EdgeVectorParams:
    given = fields(value, "vectors", _DENSE, required=("size", "distance"))
    return engine.EdgeVectorParams(
        size=integer(given["size"], "size", 1),
        distance=one_of(given["distance"], "distance", _DISTANCES),
        on_disk=boolean(given["on_disk"], "on_disk") if "on_disk" in given else None,
        hnsw_config=_hnsw(given["hnsw_config"]) if "hnsw_config" in given else None,
        quantization_config=_quantization(given.get("quantization_config")),
    )


def _sparse_params(value: Any) -> engine.EdgeSparseVectorParams:
    given = fields(value, "sparse_vectors", ("index", "modifier"))
    index = fields(given.get("index", {}), "index", ("full_scan_threshold", "on_disk"))
    return engine.EdgeSparseVectorParams(
        full_scan_threshold=integer(index["full_scan_threshold"], "full_scan_threshold")
        if "full_scan_threshold" in index
        else None,
        on_disk=boolean(index["on_disk"], "on_disk") if "on_disk" in index else None,
        modifier=one_of(given.get("modifier", "none"), "modifier", {"none": None, "idf": engine.Modifier.Idf}),
    )


def _hnsw(value: Any) -> engine.HnswIndexConfig:
    given = fields(value, "hnsw_config", ("m", "ef_construct", "full_scan_threshold", "on_disk", "payload_m"))
    m, ef_construct, full_scan = (integer(given.get(name, default), name) for name, default in HNSW.items())
    return engine.HnswIndexConfig(
        m,
        ef_construct,
        full_scan,
        on_disk=boolean(given["on_disk"], "on_disk") if "on_disk" in given else None,
        payload_m=integer(given["payload_m"], "payload_m") if "payload_m" in given else None,
    )


def _quantization(value: Any) -> engine.ScalarQuantizationConfig | None:
    if value is None:
        return None
    given = fields(value, "quantization_config", ("scalar",), required=("scalar",))
    scalar = fields(given["scalar"], "scalar", ("type", "quantile", "always_ram"), required=("type",))
    quantile = number(scalar["quantile"], "quantile") if "quantile" in scalar else None
    if quantile is not None and not _MIN_QUANTILE <= quantile <= 1:
        raise invalid(f"scalar.quantile: must be from {_MIN_QUANTILE} to 1.0")
    return engine.ScalarQuantizationConfig(
        type=one_of(scalar["type"], "type", {"int8": engine.ScalarType.Int8}),
        quantile=quantile,
        always_ram=boolean(scalar["always_ram"], "always_ram") if "always_ram" in scalar else None,
    )


def _optimizers(value: Any) -> engine.EdgeOptimizersConfig:
    whole = ("vacuum_min_vector_number", "default_segment_number", "max_segment_size", "indexing_threshold")
    given = fields(value, "optimizers_config", ("deleted_threshold", *whole))
    sizes: dict[str, Any] = {name: integer(given[name], name) for name in whole if name in given}
    return engine.EdgeOptimizersConfig(
        deleted_threshold=number(given["deleted_threshold"], "deleted_threshold")
        if "deleted_threshold" in given
        else None,
        **sizes,
    )


@readable()
def with_optimizers(settings: dict[str, Any], value: Any) -> dict[str, Any]:
    """An existing collection's settings with these ``optimizers_config``; others of them stay as they are."""
    given = fields(value, "collection", ("optimizers_config",), required=("optimizers_config",))
    optimizers = mapping(given["optimizers_config"], "optimizers_config")
    changed = {**settings, "optimizers_config": {**settings.get("optimizers_config", {}), **optimizers}}
    edge_config(changed)
    return changed


@readable()
def read_new_vector(name: str, value: Any) -> tuple[str, dict[str, Any], engine.UpdateOperation]:
    """A vector to add to an existing collection: its section of the settings, its settings, the engine's operation."""
    given = fields(value, "vector", ("dense", "sparse"))
    if len(given) != 1:
        raise malformed("a new vector must be exactly one of dense, sparse")
    if "dense" in given:
        dense = fields(given["dense"], "dense", ("size", "distance"), required=("size", "distance"))
        size, distance = integer(dense["size"], "size", 1), one_of(dense["distance"], "distance", _DISTANCES)
        return "vectors", dense, engine.UpdateOperation.create_dense_vector(name, size, distance)
    sparse = fields(given["sparse"], "sparse", ("modifier",))
    modifier = one_of(sparse.get("modifier", "none"), "modifier", {"none": None, "idf": engine.Modifier.Idf})
    return "sparse_vectors", sparse, engine.UpdateOperation.create_sparse_vector(name, modifier)


def described(settings: dict[str, Any]) -> dict[str, Any]:
    """The ``config`` part of a collection's info."""
    vectors = settings["vectors"]
    return {
        "params": {
            "vectors": vectors.get(UNNAMED, vectors),
            "sparse_vectors": settings["sparse_vectors"] or None,
            "shard_number": 1,
            "replication_factor": 1,
            "write_consistency_factor": 1,
            "on_disk_payload": settings.get("on_disk_payload", True),
        },
        "hnsw_config": {**HNSW, **settings.get("hnsw_config", {})},
        "optimizer_config": {**OPTIMIZERS, "flush_interval_sec": 5, **settings.get("optimizers_config", {})},
        "wal_config": None,
        "quantization_config": settings.get("quantization_config"),
    }


_SCHEMAS: dict[str, Any] = {
    "keyword": engine.PayloadSchemaType.Keyword,
    "integer": engine.PayloadSchemaType.Integer,
    "float": engine.PayloadSchemaType.Float,
    "bool": engine.PayloadSchemaType.Bool,
    "datetime": engine.PayloadSchemaType.Datetime,
    "uuid": engine.PayloadSchemaType.Uuid,
    "text": engine.PayloadSchemaType.Text,
}
_TOKENIZERS = {
    "prefix": engine.TokenizerType.Prefix,
    "whitespace": engine.TokenizerType.Whitespace,
    "word": engine.TokenizerType.Word,
    "multilingual": engine.TokenizerType.Multilingual,
}


@readable()
def read_index(value: Any) -> engine.UpdateOperation:
    given = fields(value, "index", ("field_name", "field_schema"), required=("field_name", "field_schema"))
    return engine.UpdateOperation.create_field_index(
        text(given["field_name"], "field_name"), _schema(given["field_schema"])
    )


def _schema(value: Any) -> Any:
    if isinstance(value, str):
        return one_of(value, "field_schema", _SCHEMAS)
    kind = text(mapping(value, "field_schema").get("type"), "field_schema.type")
    if kind == "text":
        return _text_index(value)
    if kind == "integer":
        given = fields(value, "field_schema", ("type", "lookup", "range"))
        return engine.IntegerIndexParams(
            lookup=boolean(given.get("lookup", True), "lookup"), range=boolean(given.get("range", True), "range")
        )
    fields(value, "field_schema", ("type",))
    return one_of(kind, "field_schema", _SCHEMAS)


def _text_index(value: Any) -> engine.TextIndexParams:
    known = ("type", "tokenizer", "min_token_len", "max_token_len", "lowercase", "phrase_matching")
    given = fields(value, "field_schema", known)
    lengths: dict[str, Any] = {
        name: integer(given[name], name) for name in ("min_token_len", "max_token_len") if name in given
    }
    return engine.TextIndexParams(
        tokenizer=one_of(given.get("tokenizer", "word"), "tokenizer", _TOKENIZERS),
        lowercase=boolean(given.get("lowercase", True), "lowercase"),
        phrase_matching=boolean(given.get("phrase_matching", False), "phrase_matching"),
        **lengths,
    )


def described_indexes(info: engine.ShardInfo) -> dict[str, Any]:
    names = {schema: name for name, schema in _SCHEMAS.items()}
    return {
        key: {"data_type": names[index.data_type], "points": index.points} for key, index in info.payload_schema.items()
    }
