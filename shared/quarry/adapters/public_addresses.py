"""Addresses that others name: only the Internet's are asked, never this machine's, its network's or the cloud's.

A name is looked up once, and the connection goes to the checked address: a second look-up could return another one.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import httpx

from quarry.errors import StoreError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
Allows = Callable[[Address], bool]
_PORTS: Final = {"https": 443, "http": 80}
# A gateway between IPv6 and IPv4 would send these on to the address in their last 32 bits.
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether it is an address of the Internet: not of this machine, its network or the cloud's own services."""
    return all(one.is_global and not one.is_multicast for one in (address, *_embedded(address)))


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that packets to an IPv6 address may end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    translated = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else None
    known = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), translated)
    return [one for one in known if one is not None]


async def look_up(host: str, port: int) -> list[Address]:
    """Every address of a name. Raises OSError where there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


async def address_of(url: httpx.URL, store: str, allows: Allows, resolve: Resolve = look_up) -> Address:
    """Where to connect to. Raises StoreError when one of the name's addresses is not allowed."""
    found = await resolve(url.host, url.port or _PORTS[url.scheme])
    if not found or not all(map(allows, found)):
        raise StoreError(store, "is at an internal address, which is not asked")
    return found[0]


def addressed(url: httpx.URL, address: Address) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
    """The URL at that very address, with the header and the extension (TLS) that carry the name."""
    return url.copy_with(host=str(address)), {"Host": url.netloc.decode()}, {"sni_hostname": url.host}
