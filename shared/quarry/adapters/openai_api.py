"""OpenAI's API, or a server that speaks it: one request at a time through httpx, whose faults become ours."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from quarry.adapters.interfaces import Renew
from quarry.adapters.tls import verification
from quarry.adapters.unreachable import unreachable
from quarry.errors import StoreError, StoreUnavailable

STORE: Final = "OpenAI"
BASE_URL: Final = "https://api.openai.com/v1"
# What OpenAI's own package tries again, beside faults of the server.
_BUSY: Final = frozenset((408, 409, 429))
_KEY_REFUSED: Final = frozenset((401, 403))
_QUOTA_SPENT: Final = "insufficient_quota"
_SERVER_FAULT: Final = 500
# httpx repeats a header that it refuses, and so the key, in its error.
_KEY: Final = re.compile(r"[!-~]+")


class Lasting(StoreUnavailable):
    """An outage that a retry a moment later would meet again."""


class Busy(StoreUnavailable):
    """A transient error; ``wait`` are the seconds of its Retry-After."""

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(STORE, reason)
        self.wait = wait


class OpenAIApi:
    """``renew`` is asked for another key when this one was refused."""

    def __init__(self, api_key: str, *, base_url: str | None, timeout: float, renew: Renew | None) -> None:
        self._api_key = api_key
        self._renew = renew
        self._base_url = base_url or BASE_URL
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None

    def connected(self) -> httpx.AsyncClient:
        """The client, made without a connection the first time: that reads the CA certificates."""
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

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The answer's content. Raises StoreUnavailable (Lasting, Busy) and StoreError, never httpx' errors."""
        content = orjson.dumps(body)
        try:
            answer = await self.connected().post(path, content=content)
            if answer.status_code in _KEY_REFUSED and await self._has_renewed():
                answer = await self.connected().post(path, content=content)
        except httpx.TimeoutException as error:
            raise StoreUnavailable(STORE, "did not answer in time") from error
        except (httpx.HTTPError, OSError) as error:
            raise StoreUnavailable(STORE, unreachable(error)) from error
        if not answer.is_success:
            raise _refusal(answer)
        return answer.content

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _has_renewed(self) -> bool:
        key = await asyncio.to_thread(self._renew, self._api_key) if self._renew else None
        if key is None:
            return False
        await self.close()
        self._api_key = key
        return True


def _refusal(answer: httpx.Response) -> StoreUnavailable | StoreError:
    status, code = answer.status_code, _code(answer.content)
    if status in _KEY_REFUSED:
        return Lasting(STORE, f"refuses our API key ({status})")
    if code == _QUOTA_SPENT:
        return Lasting(STORE, "says that our quota is spent")
    if status in _BUSY or status >= _SERVER_FAULT:
        return Busy(f"answered with status {status}", _seconds(answer.headers.get("Retry-After", "")))
    return StoreError(STORE, f"refused the request with status {status}", str(status))


def _code(content: bytes) -> Any:
    try:
        return orjson.loads(content)["error"]["code"]
    except (LookupError, TypeError, ValueError):
        return None


def _seconds(text: str) -> float:
    """The seconds of a Retry-After header; 0 for a date, since the sender's clock may differ."""
    try:
        return float(text)
    except ValueError:
        return 0.0
