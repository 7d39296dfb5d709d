"""Embeddings from OpenAI, or from a server that speaks its API: one endpoint, called through httpx."""

import asyncio
import random
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import isfinite
from struct import Struct
from time import monotonic, perf_counter
from typing import Any, Final

import orjson

from quarry import patience
from quarry.adapters.interfaces import Health, Renew, Vector
from quarry.adapters.openai_api import STORE, Busy, Lasting, OpenAIApi
from quarry.errors import StoreError, StoreUnavailable
from quarry.observability import count

DIMENSIONS: Final = 1536
MAX_INPUTS: Final = 2048
# The API takes 8,192 tokens an input and 300,000 a request; a token is a character at the least.
MAX_INPUT_CHARS: Final = 8_000
MAX_REQUEST_CHARS: Final = 250_000
_ATTEMPTS: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.25
_FLOATS: Final = Struct(f"<{DIMENSIONS}f")
# Raised while reading an answer that is not a list of embeddings.
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


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
        self._api = OpenAIApi(api_key, base_url=base_url, timeout=timeout, renew=renew)
        self._budget = budget if budget is not None else 3 * timeout

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        vectors: list[Vector] = []
        for batch in _batches(texts):
            vectors += await self._within_budget(lambda batch=batch: self._request(batch))  # type: ignore[misc]
        return vectors

    def prepare(self) -> None:
        """Make the client, without a connection."""
        self._api.connected()

    async def health_check(self) -> Health:
        started = perf_counter()
        try:
            await self._request(["цемент"])
        except (StoreUnavailable, StoreError) as error:
            return Health(self.model, "unhealthy", error=str(error))
        return Health(self.model, "healthy", (perf_counter() - started) * 1000)

    async def close(self) -> None:
        await self._api.close()

    async def _within_budget(self, request: Callable[[], Awaitable[list[Vector]]]) -> list[Vector]:
        self._api.connected()  # reads the CA certificates the first time, which is not part of the wait
        budget = min(self._budget, patience.share(self._budget))
        return await patience.in_silence(STORE, self._tried(request, monotonic() + budget), budget)

    async def _tried(self, request: Callable[[], Awaitable[list[Vector]]], until: float) -> list[Vector]:
        attempt = 0
        while True:
            attempt += 1
            try:
                return await request()
            # A refused key or a spent quota will not have changed a second later.
            except Lasting:
                raise
            except StoreUnavailable as error:
                pause = _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                left = until - monotonic()
                if isinstance(error, Busy) and pause < error.wait < left:
                    pause = error.wait
                if attempt == _ATTEMPTS or pause >= left:
                    raise
                await asyncio.sleep(pause)

    async def _request(self, batch: Sequence[str]) -> list[Vector]:
        body = {"input": batch, "model": self.model, "dimensions": DIMENSIONS, "encoding_format": "base64"}
        content = await self._api.post("/embeddings", body)
        # Counted before it is read, since an unreadable answer is paid for too.
        count("TextsEmbedded", len(batch))
        try:
            # The order of the items is not documented; each item carries its index.
            items = sorted(orjson.loads(content)["data"], key=lambda item: item["index"])
            vectors = [_vector(item["embedding"]) for item in items]
            sound = len(vectors) == len(batch) and all(
                # One test for all numbers: a sum with NaN or infinity in it is not finite.
                len(vector) == DIMENSIONS and isfinite(sum(vector))
                for vector in vectors
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
