"""A connection to Redis: its protocol (RESP 2), how it is reached and signed in to.

Ours, because redis-py imports its clients for clusters, modules and sentinels with itself: 30 ms of each INIT.
"""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

log = logging.getLogger(__name__)
Command = tuple[str | bytes | int, ...]
_END: Final = b"\r\n"
_PORT: Final = 6379
_SCHEMES: Final = frozenset({"redis", "rediss", "unix"})
_VERIFICATION: Final = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_NO: Final = frozenset({"0", "false", "no", "off", "f", "n"})
_SIGN_IN: Final = frozenset({"NOAUTH", "WRONGPASS"})
# Older servers have no error code of their own for these.
_SIGN_IN_WORDS: Final = (
    "ERR invalid password",
    "ERR Client sent AUTH",
    "ERR AUTH ",
    "ERR wrong number of arguments for 'auth",
)
_FULL: Final = "ERR max number of clients"


class Refusal(Exception):
    """Redis answers a command with an error."""

    @property
    def code(self) -> str:
        """Its first word, which contains no secret."""
        word = str(self).partition(" ")[0]
        return word if word.isascii() and word.isalpha() and word.isupper() else "ERR"


class SignInRefused(Refusal):
    """Of the whole connection: user or password are wrong, or missing."""


class NotReady(ConnectionError):
    """Redis is there, and takes no commands yet, or no more connections."""


@dataclass(frozen=True, slots=True)
class _Tls:
    verification: ssl.VerifyMode
    check_host: bool
    authorities: str | None

    def context(self) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=self.authorities)
        made.check_hostname = self.check_host and self.verification is not ssl.CERT_NONE
        made.verify_mode = self.verification
        return made


@dataclass(frozen=True)
class Address:
    """``path`` is that of a Unix socket, in place of ``host`` and ``port``."""

    host: str
    port: int
    path: str
    user: str
    password: str
    database: int
    tls: _Tls | None

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises ValueError for what is not a URL of a Redis; its message may repeat a part."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise ValueError("scheme")
        options = dict(parse_qsl(parts.query))
        socket = unquote(parts.path) if parts.scheme == "unix" else ""
        database = options.pop("db", "") or ("" if socket else parts.path.strip("/"))
        tls = _tls(options) if parts.scheme == "rediss" else None
        if options:
            log.warning("REDIS_URL has options that are not used", extra={"options": sorted(options)})
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "localhost", parts.port or _PORT, socket, user, password, int(database or 0), tls)

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        return self.tls.context() if self.tls else None

    @property
    def greeting(self) -> list[Command]:
        """The commands that come first on a connection."""
        sign_in = [("AUTH", *filter(None, [self.user]), self.password)] if self.password else []
        return [*sign_in, *([("SELECT", self.database)] if self.database else [])]


class Connection:
    """One conversation; after an error in it nothing that it still brings can be trusted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: Address) -> "Connection":
        """Raises OSError, EOFError or SignInRefused; ValueError when what answers is not Redis."""
        if address.path:
            streams = await asyncio.open_unix_connection(address.path)
        else:
            streams = await asyncio.open_connection(address.host, address.port, ssl=address.context)
        made = cls(*streams)
        try:
            await made._greet(address.greeting)
        except BaseException:
            made.close()
            raise
        return made

    async def _greet(self, greeting: Sequence[Command]) -> None:
        for answer in await self.ask(greeting):
            if isinstance(answer, Refusal):
                raise answer

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """What Redis answers to each command: bytes, an int, None, a list of those, or a :class:`Refusal`."""
        self._writer.write(b"".join(map(_packed, commands)))
        await self._writer.drain()
        answers = [await self._answer() for _ in commands]
        for answer in answers:
            if isinstance(answer, SignInRefused | NotReady):
                raise answer
        return answers

    async def _answer(self) -> Any:
        line = await self._reader.readuntil(_END)
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return await self._bytes(int(rest))
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"*":
            count = int(rest)
            return [await self._answer() for _ in range(count)] if count >= 0 else None
        if kind == b"-":
            return _refused(rest.decode(errors="replace"))
        raise ValueError("no answer of Redis")

    async def _bytes(self, length: int) -> bytes | None:
        if length < 0:
            return None
        return (await self._reader.readexactly(length + len(_END)))[: -len(_END)]

    def close(self) -> None:
        """Without a farewell, and without waiting for anybody."""
        self._writer.transport.abort()


def _packed(command: Command) -> bytes:
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
    return b"*%d\r\n%b" % (len(parts), b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))


def _refused(words: str) -> Exception:
    refusal = Refusal(words)
    if refusal.code in _SIGN_IN or words.startswith(_SIGN_IN_WORDS):
        return SignInRefused(words)
    return NotReady(words) if refusal.code == "LOADING" or words.startswith(_FULL) else refusal


def _tls(options: dict[str, str]) -> _Tls:
    """Takes its own out of the URL's ``options``, which are called as redis-py's."""
    verification = _VERIFICATION[options.pop("ssl_cert_reqs", "required").lower()]
    check_host = options.pop("ssl_check_hostname", "true").lower() not in _NO
    return _Tls(verification, check_host, options.pop("ssl_ca_certs", None))
