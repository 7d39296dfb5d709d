"""The table of routes."""

import re
from dataclasses import dataclass

from local.qdrant.handlers import READS, WRITES, Handler
from local.qdrant.strict import RequestError


@dataclass(frozen=True, slots=True)
class Served:
    handler: Handler
    writes: bool


def _pattern(path: str) -> re.Pattern[str]:
    """``{name}`` matches one segment of the path, ``{name:path}`` all that remain."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+):path\}", r"(?P<\1>.*)", path)))


_ROUTES: dict[str, list[tuple[re.Pattern[str], Served]]] = {}
for _served, _writes in ((READS, False), (WRITES, True)):
    for _method, _path, _handler in _served:
        _ROUTES.setdefault(_method, []).append((_pattern(_path), Served(_handler, _writes)))


def find(method: str, path: str) -> tuple[Served, dict[str, str]]:
    """The handler of a request, and the path's parameters. Raises RequestError."""
    for pattern, served in _ROUTES.get(method, ()):
        if match := pattern.fullmatch(path):
            return served, match.groupdict()
    raise RequestError(404, f"{method} {path} is not served by this server")
