"""Answers that are built as JSON at once: their models document them and validate nothing again."""

from typing import Any

import orjson
from starlette.responses import Response

from quarry.cache.catalogue_cache import Cached


def answer(cached: Cached, headers: dict[str, str] | None = None) -> Response:
    return _json(cached.body, {"X-Cache": cached.state.value, **(headers or {})})


def json_answer(content: Any, headers: dict[str, str] | None = None, *, status: int = 200) -> Response:
    return _json(orjson.dumps(content), headers, status)


def _json(body: bytes, headers: dict[str, str] | None, status: int = 200) -> Response:
    return Response(body, status, headers, "application/json")
