"""The web page: files of ``quarry/web``, sent as they are under an address that changes with their content."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from quarry import __version__
from quarry.dependencies.composition import composition
from quarry.http import problems
from quarry.settings import Settings

FOLDER: Final = Path(__file__).parents[1] / "web"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_KEPT_FOR_EVER: Final = "public, max-age=31536000, immutable"
_DOCUMENT: Final = "index.html"
_VERSION: Final = b"{version}"  # in the addresses by which the document refers to the other files


class Site:
    """The files by their path below ``folder``, each read and compressed when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        files = (path for path in folder.rglob("*.*") if path.suffix in _TYPES)
        self._names = sorted(path.relative_to(folder).as_posix() for path in files)
        self.version = _digest(b"".join(name.encode() + self._read(name) for name in self._names))
        self._made: dict[str, tuple[bytes, bytes]] = {}

    def file(self, name: str) -> tuple[bytes, bytes] | None:
        """The content and the same compressed; None for a name that is not in the folder's list."""
        if name not in self._made:
            if name not in self._names:
                return None
            content = self._read(name)
            if name == _DOCUMENT:
                content = content.replace(_VERSION, self.version.encode())
            self._made[name] = content, gzip.compress(content, mtime=0)
        return self._made[name]

    def _read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()


@cache
def site() -> Site:
    return Site(FOLDER)


def serve_page(app: FastAPI) -> None:
    """Add the page's routes, which need no token: they send the same to everybody."""
    app.add_route("/", _index, ["GET"], include_in_schema=False)
    app.add_route("/ui/config.json", _configuration, ["GET"], include_in_schema=False)
    app.add_route("/ui/{version}/{file:path}", _file, ["GET"], include_in_schema=False)


async def _index(request: Request) -> Response:
    headers = {"Content-Security-Policy": content_security_policy(composition().settings), "Cache-Control": "no-cache"}
    return _send(request, _DOCUMENT, headers)


async def _file(request: Request) -> Response:
    # Files of another version are not served: a mixture of two versions would be worse than a reload.
    known = request.path_params["version"] == site().version and site().file(request.path_params["file"])
    if not known:
        return problems.problem(request, 404, "Not found", "The page has a newer version: reload it.")
    return _send(request, request.path_params["file"], {"Cache-Control": _KEPT_FOR_EVER})


async def _configuration(_: Request) -> Response:
    body = orjson.dumps(configuration(composition().settings))
    return Response(body, headers={**_ALWAYS, "Cache-Control": "no-cache"}, media_type="application/json")


def configuration(settings: Settings) -> dict[str, object]:
    """What the page is given before anybody has signed in: how to, and nothing that is secret."""
    sign_in = None
    if settings.page_client_id:
        sign_in = {
            "client_id": settings.page_client_id,
            "authorize_url": settings.page_authorize_url,
            "token_url": settings.page_token_url,
            "scopes": settings.page_scopes,
            "audience": settings.page_audience,
        }
    return {
        "version": __version__,
        "base_currency": settings.base_currency,
        "max_file_bytes": settings.max_file_bytes,
        "sign_in": sign_in,
    }


def content_security_policy(settings: Settings) -> str:
    """Scripts and styles of this origin alone; beside it the page speaks to the bucket and to who issues tokens."""
    elsewhere = [settings.page_uploads_url, settings.page_client_id and settings.page_token_url]
    connect = " ".join(["'self'", *(_origin(url) for url in elsewhere if url)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _send(request: Request, name: str, headers: Mapping[str, str]) -> Response:
    found = site().file(name)
    assert found
    content, compressed = found
    etag = f'"{_digest(content)}"'
    headers = {**_ALWAYS, **headers, "ETag": etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = compressed, {**headers, "Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
