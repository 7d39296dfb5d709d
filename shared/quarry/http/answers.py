"""Answers that are built as JSON at once: their models document them and validate nothing again."""

from typing import Any

import orjson
from starlette.responses import Response

from quarry.cache.policy import Cached


def answer(cached: Cached, headers: dict[str, str] | None = None) -> Response:
    return json_answer(cached.value, {"X-Cache": cached.state.value, **(headers or {})})


def json_answer(content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")
