"""Exchange rates from a bank's XML document: the Bank of Russia's, or the European Central Bank's.

The address is a setting, and what answers there is not trusted: HTTPS alone, no internal address at any step, few
redirects, a bounded document, and an end to waiting.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from quarry.adapters.public_addresses import Allows, address_of, addressed, is_public
from quarry.adapters.tls import verification
from quarry.domain.rates import ExchangeRate
from quarry.errors import StoreError, StoreUnavailable

STORE: Final = "The source of exchange rates"
_SECONDS: Final = 20.0
_MOST_BYTES: Final = 1024 * 1024
_MOST_REDIRECTS: Final = 3
_CURRENCY: Final = re.compile("[A-Z]{3}")
_PLACES: Final = Decimal("1E-10")
_SMALLEST, _LARGEST = Decimal("1E-9"), Decimal(10) ** 9
_ROUBLE, _EURO = "RUB", "EUR"


class BankRates:
    """``allows`` and ``tls`` are other ones where a test's own server stands for the bank."""

    def __init__(self, url: str, *, allows: Allows = is_public, tls: ssl.SSLContext | None = None) -> None:
        self._url = url
        self._allows = allows
        self._tls = tls

    async def fetch(self, base: str) -> list[ExchangeRate]:
        try:
            # httpx limits each step alone: a server that sends a byte a second would never come to an end.
            async with asyncio.timeout(_SECONDS):
                content = await self._document(httpx.URL(self._url))
        except TimeoutError as error:
            raise StoreUnavailable(STORE, "did not answer in time") from error
        except httpx.InvalidURL as error:
            raise StoreError(STORE, "EXCHANGE_RATES_URL is no URL") from error
        except (httpx.HTTPError, OSError) as error:
            raise StoreUnavailable(STORE) from error
        return rates_of(content, base, self._url.split("/")[2])

    async def _document(self, url: httpx.URL) -> bytes:
        for _ in range(_MOST_REDIRECTS + 1):
            if url.scheme != "https":
                raise StoreError(STORE, "is asked by https alone")
            there, headers, names = addressed(url, await address_of(url, STORE, self._allows))
            verify = self._tls or verification(url)
            # No proxy from the environment (``trust_env``), since the connection must go to the address that was looked
            # at; and nothing compressed, since a small answer could unpack to any size.
            async with (
                httpx.AsyncClient(verify=verify, timeout=_SECONDS, trust_env=False) as client,
                client.stream(
                    "GET", there, headers={**headers, "Accept-Encoding": "identity"}, extensions=names
                ) as answer,
            ):
                if answer.is_redirect and "location" in answer.headers:
                    url = url.join(answer.headers["location"])
                    continue
                if not answer.is_success:
                    raise StoreUnavailable(STORE, f"answered with status {answer.status_code}")
                return await _bounded(answer)
        raise StoreError(STORE, f"redirects more than {_MOST_REDIRECTS} times")


async def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for part in answer.aiter_raw():
        content += part
        if len(content) > _MOST_BYTES:
            raise StoreError(STORE, f"sent more than {_MOST_BYTES} bytes")
    return bytes(content)


def rates_of(content: bytes, base: str, source: str) -> list[ExchangeRate]:
    """The rates of a document in ``base``, whichever currency the bank gives them in. Raises StoreError."""
    try:
        root = fromstring(content, forbid_dtd=True)
        given, values, day = _bank_of_russia(root) if root.tag == "ValCurs" else _ecb(root)
        worth = {currency: value for currency, value in values if _CURRENCY.fullmatch(currency)}
    except (ParseError, DefusedXmlException, InvalidOperation, ArithmeticError, LookupError, ValueError) as error:
        raise StoreError(STORE, "sent no document of exchange rates that is known") from error
    worth[given] = Decimal(1)
    if len(worth) == 1 or not all(value.is_finite() and _SMALLEST < value < _LARGEST for value in worth.values()):
        raise StoreError(STORE, "sent rates that cannot be right")
    if base not in worth:
        raise StoreError(STORE, f"has no rate of the base currency, {base}")
    return [
        ExchangeRate(currency=currency, rate=(value / worth[base]).quantize(_PLACES), date=day, source=source)
        for currency, value in sorted(worth.items())
        if currency != base
    ]


Values = Iterator[tuple[str, Decimal]]


def _bank_of_russia(root: Element) -> tuple[str, Values, date]:
    """Roubles for so many (``Nominal``) of each currency, with a decimal comma."""

    def values() -> Values:
        for one in root.iterfind("Valute"):
            nominal = _decimal(one.findtext("Nominal", ""))
            yield one.findtext("CharCode", ""), _decimal(one.findtext("Value", "")) / nominal

    return _ROUBLE, values(), datetime.strptime(root.attrib["Date"], "%d.%m.%Y").replace(tzinfo=UTC).date()


def _ecb(root: Element) -> tuple[str, Values, date]:
    """How many of each currency a euro is; of several days the first, which is the latest."""
    daily = next((one for one in root.iter() if _local(one) == "Cube" and "time" in one.attrib), None)
    if daily is None:
        raise LookupError("time")

    def values() -> Values:
        for one in daily:
            rate: Mapping[str, str] = one.attrib
            yield rate["currency"], 1 / _decimal(rate["rate"])

    return _EURO, values(), date.fromisoformat(daily.attrib["time"])


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _decimal(text: str) -> Decimal:
    return Decimal(text.strip().replace(",", "."))
