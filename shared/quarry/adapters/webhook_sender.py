"""Sends messages to webhooks. The addresses are other people's: see ``public_addresses``; nothing is followed."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from quarry.adapters.public_addresses import Address, Resolve, address_of, addressed, is_public, look_up
from quarry.adapters.tls import verification
from quarry.errors import StoreError, StoreUnavailable

RECEIVER: Final = "The webhook's receiver"
_SECONDS: Final = 10.0


class WebhookSender:
    """``to_loopback``: this machine is allowed too, also without TLS. ``resolve`` and ``tls`` are a test's own."""

    def __init__(
        self, *, to_loopback: bool = False, resolve: Resolve = look_up, tls: ssl.SSLContext | None = None
    ) -> None:
        self._to_loopback = to_loopback
        self._resolve = resolve
        self._tls = tls

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises StoreUnavailable and StoreError, with the reason, unless the receiver has taken it."""
        try:
            # httpx limits each step alone, so that a receiver could take that long several times.
            async with asyncio.timeout(_SECONDS):
                status = await self._status(httpx.URL(url), headers, body)
        except TimeoutError as error:
            raise StoreUnavailable(RECEIVER, f"did not answer within {_SECONDS:g} seconds") from error
        except httpx.InvalidURL as error:
            raise StoreError(RECEIVER, "has no valid URL") from error
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise StoreUnavailable(RECEIVER) from error
        if httpx.codes.is_redirect(status):
            raise StoreUnavailable(RECEIVER, f"answered with status {status}: redirects are not followed")
        if not httpx.codes.is_success(status):
            raise StoreUnavailable(RECEIVER, f"answered with status {status}")

    async def _status(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> int:
        """What the receiver says is not read: nothing is done with it."""
        if url.scheme not in ("https", "http"):
            raise StoreError(RECEIVER, "is asked by https alone")
        address = await address_of(url, RECEIVER, self._allows, self._resolve)
        if url.scheme == "http" and not address.is_loopback:
            raise StoreError(RECEIVER, "is asked by https alone")
        there, host, names = addressed(url, address)
        async with (
            httpx.AsyncClient(verify=self._tls or verification(url), timeout=_SECONDS, trust_env=False) as client,
            client.stream("POST", there, content=body, headers={**headers, **host}, extensions=names) as answer,
        ):
            return answer.status_code

    def _allows(self, address: Address) -> bool:
        return is_public(address) or (self._to_loopback and address.is_loopback)
