"""The API, as the ``quarry`` command uses it: on this machine or deployed."""

import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

PREFIX = "/api/v1"
PAGE = 100
TRIES_SECONDS = 60.0
ENDED = {"completed", "completed_with_errors", "failed"}


class ApiFailure(RuntimeError):
    """The API refused or cannot be reached; the text is for a person."""


class Api:
    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(headers=headers, timeout=60.0, trust_env=not _local(self._url))

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **parameters: Any) -> Any:
        given = {name: value for name, value in parameters.items() if value is not None}
        return _content(self._send("GET", path, params=given))

    def post(self, path: str, body: Any) -> Any:
        return _content(self._send("POST", path, json=body))

    def health(self) -> tuple[dict[str, Any], bool]:
        """The stores' states, and whether the service can answer."""
        response = self._send("GET", "/health/databases")
        if response.status_code not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise ApiFailure(_explained(response))
        try:
            return response.json(), response.status_code == HTTPStatus.OK
        except ValueError:
            raise ApiFailure(_explained(response)) from None

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every item of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, limit=PAGE, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def upload(self, file: Path, supplier_id: int) -> str:
        """Drop a price list into the bucket; returns the batch's request id."""
        ticket = self.post("/pricelists", {"supplier_id": supplier_id, "file_name": file.name})
        form = ticket["upload"]
        try:
            with (
                file.open("rb") as content,
                httpx.Client(timeout=300.0, trust_env=not _local(form["url"])) as bucket,
            ):
                response = bucket.post(form["url"], data=form["fields"], files={"file": (file.name, content)})
        except httpx.TransportError as failure:
            raise ApiFailure(f"The bucket cannot be reached: {failure}") from failure
        if response.is_error:
            raise ApiFailure(f"The bucket refused {file.name}: {response.text[:500]}")
        return str(ticket["request_id"])

    def progress(self, request_id: str) -> dict[str, Any]:
        """A batch's progress; waits out an outage of up to a minute."""
        deadline = time.monotonic() + TRIES_SECONDS
        while True:
            try:
                return dict(self.get(f"/batches/{request_id}"))
            except ApiFailure:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1.0)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"{self._url}{PREFIX}{path}", **request)
        except httpx.ConnectError as failure:
            raise ApiFailure(
                f"Nothing answers at {self._url}. Start the stack with «quarry up», or name another API with --api."
            ) from failure
        except httpx.TransportError as failure:
            raise ApiFailure(f"{self._url} did not answer: {failure}") from failure


def _local(url: str) -> bool:
    """A proxy of the environment is no way to this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost"}


def _content(response: httpx.Response) -> Any:
    if response.is_error:
        raise ApiFailure(_explained(response))
    return response.json()


def _explained(response: httpx.Response) -> str:
    """What a problem document or a gateway says."""
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return "The API asks for a token: give it with --token."
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, Mapping):
        problem = {}
    text = problem.get("detail") or problem.get("title") or problem.get("message") or response.text[:200]
    fields = "".join(f"\n  {one['pointer']}: {one['message']}" for one in problem.get("errors") or [])
    return f"The API answered {response.status_code}: {text}{fields}"
