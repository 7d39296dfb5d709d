"""Embeddings from OpenAI, or from a server that speaks its API: one endpoint, called through httpx."""

import asyncio
import random
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import isfinite
from struct import Struct
from time import monotonic, perf_counter
from typing import Any, Final

import httpx
import orjson

from quarry import patience
from quarry.adapters.interfaces import Health, Renew, Vector
from quarry.adapters.reasons import unreachable
from quarry.adapters.tls import verification
from quarry.errors import StoreError, StoreUnavailable
from quarry.observability import count

STORE: Final = "OpenAI"
BASE_URL: Final = "https://api.openai.com/v1"
DIMENSIONS: Final = 1536
MAX_INPUTS: Final = 2048
# The API takes 8,192 tokens an input and 300,000 a request; a token is a character at the least.
MAX_INPUT_CHARS: Final = 8_000
MAX_REQUEST_CHARS: Final = 250_000
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.25
_BUSY: Final = frozenset((408, 409, 429))
_KEY_REFUSED: Final = frozenset((401, 403))
_QUOTA_SPENT: Final = "insufficient_quota"
_SERVER_FAULT: Final = 500
_FLOATS: Final = Struct(f"<{DIMENSIONS}f")
# httpx repeats a header that it refuses, and so the key, in its error.
_KEY: Final = re.compile(r"[!-~]+")
# What an answer that is no list of embeddings raises when it is read.
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class _Lasting(StoreUnavailable):
    """An outage that another try a moment later meets as well."""


class _Busy(StoreUnavailable):
    """A transient error; ``wait`` are the seconds of its Retry-After."""

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(STORE, reason)
        self.wait = wait


class OpenAIEmbedder:
    """Retries rate limits and server faults with jittered backoff, all within ``budget`` seconds a request.

    What is left of the answer's or the invocation's time bounds it as well. ``renew`` is asked for another key when
    this one was refused.
    """

    stored = True

    def __init__(
        self,
        api_key: str,
        *,
        model: str,
        base_url: str | None = None,
        timeout: float = 3.0,
        budget: float | None = None,
        renew: Renew | None = None,
    ) -> None:
        self.model = model
        self._api_key = api_key
        self._renew = renew
        self._base_url = base_url or BASE_URL
        self._timeout = timeout
        self._budget = budget if budget is not None else 3 * timeout
        self._client: httpx.AsyncClient | None = None

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        vectors: list[Vector] = []
        for batch in _batches(texts):
            vectors += await self._within_budget(lambda batch=batch: self._request(batch))  # type: ignore[misc]
        return vectors

    def prepare(self) -> None:
        """Make the client, without a connection."""
        self._connected()

    async def health_check(self) -> Health:
        started = perf_counter()
        try:
            await self._request(["цемент"])
        except (StoreUnavailable, StoreError) as error:
            return Health(self.model, "unhealthy", error=str(error))
        return Health(self.model, "healthy", (perf_counter() - started) * 1000)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _within_budget(self, request: Callable[[], Awaitable[list[Vector]]]) -> list[Vector]:
        self._connected()  # reads the CA certificates the first time, which is no part of the wait
        budget = min(self._budget, patience.share(self._budget))
        return await patience.in_silence(STORE, self._tried(request, monotonic() + budget), budget)

    async def _tried(self, request: Callable[[], Awaitable[list[Vector]]], until: float) -> list[Vector]:
        attempt = 0
        while True:
            attempt += 1
            try:
                return await request()
            except _Lasting:
                raise
            except StoreUnavailable as error:
                pause = _FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                left = until - monotonic()
                if isinstance(error, _Busy) and pause < error.wait < left:
                    pause = error.wait
                if attempt == _ATTEMPTS or pause >= left:
                    raise
                await asyncio.sleep(pause)

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            if not _KEY.fullmatch(self._api_key):
                raise StoreUnavailable(STORE, "cannot be called: OPENAI_API_KEY is not a key")
            try:
                address = httpx.URL(self._base_url)
                self._client = httpx.AsyncClient(
                    base_url=address,
                    verify=verification(address),
                    headers={"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"},
                    timeout=self._timeout,
                    follow_redirects=True,
                )
            except httpx.InvalidURL:
                # Without the cause, which repeats the URL.
                raise StoreUnavailable(STORE, "cannot be reached: OPENAI_BASE_URL is no URL") from None
        return self._client

    async def _has_renewed(self) -> bool:
        key = await asyncio.to_thread(self._renew, self._api_key) if self._renew else None
        if key is None:
            return False
        await self.close()
        self._api_key = key
        return True

    async def _request(self, batch: Sequence[str]) -> list[Vector]:
        body = {"input": batch, "model": self.model, "dimensions": DIMENSIONS, "encoding_format": "base64"}
        try:
            answer = await self._connected().post("/embeddings", content=orjson.dumps(body))
            if answer.status_code in _KEY_REFUSED and await self._has_renewed():
                answer = await self._connected().post("/embeddings", content=orjson.dumps(body))
        except httpx.TimeoutException as error:
            raise StoreUnavailable(STORE, "did not answer in time") from error
        except (httpx.HTTPError, OSError) as error:
            raise StoreUnavailable(STORE, unreachable(error)) from error
        if not answer.is_success:
            raise _refusal(answer)
        count("TextsEmbedded", len(batch))
        try:
            items = sorted(orjson.loads(answer.content)["data"], key=lambda item: item["index"])
            vectors = [_vector(item["embedding"]) for item in items]
            sound = len(vectors) == len(batch) and all(
                len(vector) == DIMENSIONS and isfinite(sum(vector)) for vector in vectors
            )
        except _UNREADABLE as error:
            raise StoreUnavailable(STORE, "gave an answer that is no list of embeddings") from error
        if not sound:
            raise StoreUnavailable(STORE, f"gave other than {len(batch)} embeddings of {DIMENSIONS} finite numbers")
        return vectors


def _vector(embedding: Any) -> Vector:
    """Base64 costs a third of numbers' CPU to read; compatible servers may know numbers alone."""
    if not isinstance(embedding, str):
        return list(embedding)
    content = b64decode(embedding, validate=True)
    return _FLOATS.unpack(content) if len(content) == _FLOATS.size else ()


def _refusal(answer: httpx.Response) -> StoreUnavailable | StoreError:
    status, code = answer.status_code, _code(answer.content)
    if status in _KEY_REFUSED:
        return _Lasting(STORE, f"refuses our API key ({status})")
    if code == _QUOTA_SPENT:
        return _Lasting(STORE, "says that our quota is spent")
    if status in _BUSY or status >= _SERVER_FAULT:
        return _Busy(f"answered with status {status}", _seconds(answer.headers.get("Retry-After", "")))
    return StoreError(STORE, f"refused the request with status {status}", str(status))


def _code(content: bytes) -> Any:
    try:
        return orjson.loads(content)["error"]["code"]
    except (LookupError, TypeError, ValueError):
        return None


def _seconds(text: str) -> float:
    """Of a Retry-After; 0 when it is a date, whose clock is another's."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        # An empty input is refused by the API.
        cut = text[:MAX_INPUT_CHARS].encode(errors="replace").decode().strip() or "-"
        if batch and (len(batch) == MAX_INPUTS or size + len(cut) > MAX_REQUEST_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(cut)
        size += len(cut)
    if batch:
        yield batch
