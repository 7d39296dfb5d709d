"""Filters: from Qdrant's JSON to the engine's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qdrant_edge as engine

from local.qdrant.strict import (
    boolean,
    fields,
    integer,
    items,
    malformed,
    mapping,
    number,
    point_ids,
    readable,
    text,
)

_CLAUSES = ("must", "should", "must_not", "min_should")
_BOUNDS = ("gt", "gte", "lt", "lte")
_FIELD_TESTS = ("match", "range", "values_count", "is_empty", "is_null")
_GEO = ("geo_bounding_box", "geo_radius", "geo_polygon")


@readable()
def read_filter(value: Any) -> engine.Filter:
    given = fields(value, "filter", _CLAUSES)
    min_should = given.pop("min_should", None)
    return engine.Filter(min_should=_min_should(min_should), **{clause: _conditions(given[clause]) for clause in given})


def _conditions(value: Any) -> list[engine.ConditionType]:
    return [_condition(item) for item in (value if isinstance(value, list) else [value])]


def _min_should(value: Any) -> engine.MinShould | None:
    if value is None:
        return None
    given = fields(value, "min_should", ("conditions", "min_count"), required=("conditions", "min_count"))
    return engine.MinShould(
        _conditions(items(given["conditions"], "conditions")), integer(given["min_count"], "min_count")
    )


def _condition(value: Any) -> engine.ConditionType:
    given = mapping(value, "condition")
    if "key" in given:
        return _field(given)
    for name, read in _CONDITIONS.items():
        if name in given:
            return read(fields(given, "condition", (name,), required=(name,))[name])
    if any(clause in given for clause in _CLAUSES):
        return read_filter(given)
    raise malformed(f"unknown condition with the fields {', '.join(given) or 'none'}")


def _payload_key(value: Any) -> str:
    return text(fields(value, "condition", ("key",), required=("key",))["key"], "key")


def _nested(value: Any) -> engine.NestedCondition:
    given = fields(value, "nested", ("key", "filter"), required=("key", "filter"))
    return engine.NestedCondition(text(given["key"], "key"), read_filter(given["filter"]))


_CONDITIONS: dict[str, Callable[[Any], engine.ConditionType]] = {
    "is_empty": lambda value: engine.IsEmptyCondition(_payload_key(value)),
    "is_null": lambda value: engine.IsNullCondition(_payload_key(value)),
    "has_id": lambda value: engine.HasIdCondition(set(point_ids(value, "has_id"))),
    "has_vector": lambda value: engine.HasVectorCondition(text(value, "has_vector")),
    "nested": _nested,
}


def _field(value: dict[str, Any]) -> engine.FieldCondition:
    for geo in _GEO:
        if value.get(geo) is not None:
            raise malformed(f"`{geo}` conditions are not served by this server")
    given = fields(value, "condition", ("key", *_FIELD_TESTS, *_GEO), required=("key",))
    key = text(given.pop("key"), "key")
    if len(given) != 1:
        raise malformed(f"the condition on `{key}` must have exactly one of {', '.join(_FIELD_TESTS)}")
    ((test, content),) = given.items()
    return engine.FieldCondition(key, **{test: _FIELD_READERS[test](content)})


def _match(value: Any) -> engine.MatchType:
    given = fields(value, "match", tuple(_MATCHES))
    if len(given) != 1:
        raise malformed(f"`match` must have exactly one of {', '.join(_MATCHES)}")
    ((kind, content),) = given.items()
    return _MATCHES[kind](content)


class _Boolean:
    """A boolean that the engine's Python binding recognises.

    The binding takes Python's bool for an integer, and then matches nothing; it recognises numpy's by the name of the
    type. This class has that name, since importing numpy would be half of this server's start.
    """

    def __init__(self, *, value: bool) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return self._value


_Boolean.__module__, _Boolean.__name__ = "numpy", "bool_"
_TRUE, _FALSE = _Boolean(value=True), _Boolean(value=False)


def _match_value(value: Any) -> engine.MatchValue:
    if isinstance(value, bool):
        return engine.MatchValue(_TRUE if value else _FALSE)  # type: ignore[arg-type]
    if isinstance(value, str | int):
        return engine.MatchValue(value)
    raise malformed("`match.value` must be a string, an integer or a boolean")


def _alternatives(value: Any, what: str) -> Any:
    given = items(value, what)
    if all(isinstance(item, str) for item in given):
        return given
    if all(isinstance(item, int) and not isinstance(item, bool) for item in given):
        return given
    raise malformed(f"`match.{what}` must be a list of strings or a list of integers")


_MATCHES: dict[str, Callable[[Any], engine.MatchType]] = {
    "value": _match_value,
    "text": lambda value: engine.MatchText(text(value, "text")),
    "text_any": lambda value: engine.MatchTextAny(text(value, "text_any")),
    "phrase": lambda value: engine.MatchPhrase(text(value, "phrase")),
    "any": lambda value: engine.MatchAny(_alternatives(value, "any")),
    "except": lambda value: engine.MatchExcept(_alternatives(value, "except")),
}


def _range(value: Any) -> engine.RangeType:
    given = fields(value, "range", _BOUNDS)
    if not given:
        raise malformed(f"`range` must have at least one of {', '.join(_BOUNDS)}")
    if all(isinstance(bound, str) for bound in given.values()):
        return engine.RangeDateTime(**given)
    return engine.RangeFloat(**{name: number(bound, f"range.{name}") for name, bound in given.items()})


def _values_count(value: Any) -> engine.ValuesCount:
    given = fields(value, "values_count", _BOUNDS)
    if not given:
        raise malformed(f"`values_count` must have at least one of {', '.join(_BOUNDS)}")
    return engine.ValuesCount(**{name: integer(bound, f"values_count.{name}") for name, bound in given.items()})


_FIELD_READERS: dict[str, Callable[[Any], Any]] = {
    "match": _match,
    "range": _range,
    "values_count": _values_count,
    "is_empty": lambda value: boolean(value, "is_empty"),
    "is_null": lambda value: boolean(value, "is_null"),
}
