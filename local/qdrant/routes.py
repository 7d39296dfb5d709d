"""Which handler serves a request."""

import re
from dataclasses import dataclass

from local.qdrant.handlers import READS, WRITES, Handler
from local.qdrant.strict import Refused


@dataclass(frozen=True, slots=True)
class Served:
    handler: Handler
    writes: bool


def _pattern(path: str) -> re.Pattern[str]:
    """``{name}`` is one part of the path, ``{name:path}`` all that is left of it."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+):path\}", r"(?P<\1>.*)", path)))


_ROUTES: dict[str, list[tuple[re.Pattern[str], Served]]] = {}
for _served, _writes in ((READS, False), (WRITES, True)):
    for _method, _path, _handler in _served:
        _ROUTES.setdefault(_method, []).append((_pattern(_path), Served(_handler, _writes)))


def find(method: str, path: str) -> tuple[Served, dict[str, str]]:
    """The handler with the names that stand in the path. Raises Refused."""
    for pattern, served in _ROUTES.get(method, ()):
        if match := pattern.fullmatch(path):
            return served, match.groupdict()
    raise Refused(404, f"{method} {path} is not served by this server")
