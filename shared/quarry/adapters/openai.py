"""Embeddings from OpenAI, or from a server that speaks its API."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import isfinite
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final

from quarry import patience
from quarry.adapters.interfaces import Health, Vector
from quarry.errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI

STORE: Final = "OpenAI"
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
# What an answer that is no list of embeddings raises when it is read.
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _Lasting(StoreUnavailable):
    """An outage that another try a moment later meets as well."""


class OpenAIEmbedder:
    """Retries rate limits and server faults with jittered backoff, all within ``budget`` seconds a request.

    What is left of the answer's or the invocation's time bounds it as well.
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
    ) -> None:
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._budget = budget if budget is not None else 3 * timeout
        self._client: AsyncOpenAI | None = None

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        vectors: list[Vector] = []
        for batch in _batches(texts):
            vectors += await self._within_budget(lambda batch=batch: self._request(batch))  # type: ignore[misc]
        return vectors

    def prepare(self) -> None:
        self._connected()

    async def health_check(self) -> Health:
        started = perf_counter()
        try:
            await self._request(["цемент"])
        except (StoreUnavailable, StoreError) as fault:
            return Health(self.model, "unhealthy", error=str(fault))
        return Health(self.model, "healthy", (perf_counter() - started) * 1000)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _within_budget(self, request: Callable[[], Awaitable[list[Vector]]]) -> list[Vector]:
        self._connected()  # takes a second the first time, which is no part of the wait
        budget = min(self._budget, patience.share(self._budget))
        try:
            async with asyncio.timeout(budget):
                return await self._tried(request, monotonic() + budget)
        except TimeoutError as late:
            raise StoreUnavailable(STORE, "did not answer in time") from late

    async def _tried(self, request: Callable[[], Awaitable[list[Vector]]], until: float) -> list[Vector]:
        attempt = 0
        while True:
            attempt += 1
            try:
                return await request()
            except _Lasting:
                raise
            except StoreUnavailable:
                pause = _FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311
                if attempt == _ATTEMPTS or monotonic() + pause >= until:
                    raise
                await asyncio.sleep(pause)

    def _connected(self) -> "AsyncOpenAI":
        import openai
        from httpx2 import InvalidURL

        if self._client is None:
            try:
                self._client = openai.AsyncOpenAI(
                    api_key=self._api_key, base_url=self._base_url, timeout=self._timeout, max_retries=0
                )
            except InvalidURL:
                raise StoreUnavailable(STORE, "cannot be reached: OPENAI_BASE_URL is no URL") from None
        return self._client

    async def _request(self, batch: Sequence[str]) -> list[Vector]:
        import openai

        try:
            answer = await self._connected().embeddings.create(
                input=list(batch), model=self.model, dimensions=DIMENSIONS, encoding_format="float"
            )
            # Our own servers' answers are not validated by the client: read only what must be there.
            vectors: list[Vector] = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
            sound = len(vectors) == len(batch) and all(
                len(vector) == DIMENSIONS and isfinite(sum(vector)) for vector in vectors
            )
        except openai.APITimeoutError as fault:
            raise StoreUnavailable(STORE, "did not answer in time") from fault
        except openai.APIStatusError as fault:
            # Without the cause, whose text may repeat the key.
            raise _by_status(fault.status_code, fault.code) from None
        except (openai.OpenAIError, OSError) as fault:
            raise StoreUnavailable(STORE) from fault
        except _UNREADABLE as fault:
            raise StoreUnavailable(STORE, "gave an answer that is no list of embeddings") from fault
        if not sound:
            raise StoreUnavailable(STORE, f"gave other than {len(batch)} embeddings of {DIMENSIONS} finite numbers")
        return vectors


def _by_status(status: int, code: str | None) -> StoreUnavailable | StoreError:
    if status in _KEY_REFUSED:
        return _Lasting(STORE, f"refuses our API key ({status})")
    if code == _QUOTA_SPENT:
        return _Lasting(STORE, "says that our quota is spent")
    if status in _BUSY or status >= _SERVER_FAULT:
        return StoreUnavailable(STORE, f"answered with status {status}")
    return StoreError(STORE, f"refused the request with status {status}", str(status))


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
