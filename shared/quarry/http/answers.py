"""Answers that are built as JSON at once: their models document them and validate nothing again."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from quarry.cache.catalogue_cache import Cached

# API Gateway compresses nothing; what is shorter fits into a packet as it is.
MIN_COMPRESSED_BYTES: Final = 1000


class _Answer(Response):
    """Sent compressed, as it is kept, to those who take that; read anew for the others."""

    media_type = "application/json"

    def __init__(self, cached: Cached, headers: Mapping[str, str]) -> None:
        self._cached = cached
        super().__init__(headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cached = self._cached
        if cached.packed.size < MIN_COMPRESSED_BYTES:
            self.body = cached.body
        elif "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            self.body = cached.packed.gzip(cached.rest)
            self.headers["Content-Encoding"] = "gzip"
            self.headers.add_vary_header("Accept-Encoding")
        else:
            self.body = cached.body
        self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def answer(cached: Cached, headers: dict[str, str] | None = None) -> Response:
    return _Answer(cached, {"X-Cache": cached.state.value, **(headers or {})})


def json_answer(content: Any, headers: dict[str, str] | None = None, *, status: int = 200) -> Response:
    return _json(orjson.dumps(content), headers, status)


def _json(body: bytes, headers: dict[str, str] | None, status: int = 200) -> Response:
    return Response(body, status, headers, "application/json")
