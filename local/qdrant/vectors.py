"""Parsing of vectors, and the check that they fit the collection.

The engine logs an operation before it finds that a vector does not fit, and may then keep half of it. So every vector
is checked before it reaches the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import qdrant_edge as engine

from local.qdrant.strict import fields, invalid, items, malformed, mapping, readable, wrong

UNNAMED = ""
_NUMBERS = frozenset({int, float})


def dense(value: Any, what: str) -> list[float]:
    given = items(value, what)
    # The common case first: nearly every vector is all floats. The engine would accept a boolean as a number.
    types = list(map(type, given))
    if types.count(float) == len(types):
        return given
    kinds = set(types)
    if list in kinds:
        raise malformed(f"`{what}`: multi-vectors are not served by this server")
    if not kinds <= _NUMBERS:
        raise malformed(f"`{what}` must be a list of numbers")
    return given


def sparse(value: Any, what: str) -> engine.SparseVector:
    given = fields(value, what, ("indices", "values"), required=("indices", "values"))
    indices, values = items(given["indices"], "indices"), items(given["values"], "values")
    if len(indices) != len(values):
        raise invalid(f"{what}: must be the same length as indices")
    if len(set(indices)) != len(indices):
        raise invalid(f"{what}.indices: must be unique")
    if not _NUMBERS.issuperset(map(type, values)):
        raise malformed("`values` must be a list of numbers")
    with readable():
        return engine.SparseVector(indices, values)


class VectorSpace:
    """The collection's named vectors: the size of each dense one, and the names of the sparse ones."""

    def __init__(self, sizes: Mapping[str, int], sparse_names: frozenset[str]) -> None:
        self._sizes = sizes
        self._sparse = sparse_names

    def read(self, value: Any) -> dict[str, Any] | list[float]:
        """A point's vectors as the engine takes them."""
        if isinstance(value, list):
            return self._dense(UNNAMED, value)
        return {name: self._named(name, content) for name, content in mapping(value, "vector").items()}

    def _named(self, name: str, value: Any) -> list[float] | engine.SparseVector:
        if name in self._sparse:
            return sparse(value, name)
        return self._dense(name, value)

    def _dense(self, name: str, value: Any) -> list[float]:
        size = self._sizes.get(name)
        if size is None:
            raise wrong(f"Not existing vector name error: {name}")
        given = dense(value, name or "vector")
        if len(given) != size:
            raise wrong(f"Vector dimension error: expected dim: {size}, got {len(given)}")
        return given

    def check_names(self, names: list[str]) -> list[str]:
        for name in names:
            if name not in self._sizes and name not in self._sparse:
                raise wrong(f"Not existing vector name error: {name}")
        return names
