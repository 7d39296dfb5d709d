"""The API, as the ``quarry`` command uses it: on this machine or deployed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

PREFIX = "/api/v1"
PAGE = 100
PAUSE_SECONDS = 1.0
# A function that is killed at its work gives one; so many in a row are a fault in the API, which no waiting mends.
FAULTS = 5
# It ends what would hang for ever; whether an answer is late, the API says.
SILENCE = httpx.Timeout(900.0, connect=60.0)
ENDED = {"completed", "completed_with_errors", "failed"}
_FOR_NOW = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class ApiFailure(RuntimeError):
    """The API refused or cannot be reached; the text is for a person."""


class ApiUnavailable(ApiFailure):
    """For now: the same question may be answered later; ``may_last`` when it may as well never be."""

    def __init__(self, text: str, *, may_last: bool = False) -> None:
        super().__init__(text)
        self.may_last = may_last


class Fields(dict[str, Any]):
    """An object of an answer; a field that is asked for and is not there is the API's failure."""

    def __missing__(self, name: str) -> Any:
        raise ApiFailure(f"The API's answer has no «{name}»: {_beginning(json.dumps(self, ensure_ascii=False))}")


class Api:
    """``gone`` tells that the API will not come back: then nothing is waited for."""

    def __init__(self, url: str, token: str | None = None, *, gone: Callable[[], bool] = lambda: False) -> None:
        self._url = url.rstrip("/")
        self._gone = gone
        self._http = _client(self._url)
        if token:
            self._http.headers["authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, *, waiting: Callable[[str], None] | None = None, **parameters: Any) -> Fields:
        """With ``waiting`` it is asked again as long as the API is unavailable, and ``waiting`` is told why."""
        given = {name: value for name, value in parameters.items() if value is not None}
        faults = 0
        while True:
            try:
                return _content(self._send("GET", path, params=given))
            except ApiUnavailable as failure:
                faults = faults + 1 if failure.may_last else 0
                if waiting is None or faults > FAULTS or self._gone():
                    raise
                waiting(str(failure))
                time.sleep(PAUSE_SECONDS)

    def post(self, path: str, body: Any) -> Fields:
        return _content(self._send("POST", path, json=body))

    def health(self) -> tuple[Fields, bool]:
        """The stores' states, and whether the service can answer."""
        response = self._send("GET", "/health/databases")
        states = _json(response)
        # When no store can answer, their states come with 503, as a problem of the API itself does.
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and _are_states(states):
            return states, False
        states = _content(response)
        if not _are_states(states):
            raise _no_answer(response)
        return states, True

    def pages(self, path: str, *, waiting: Callable[[str], None] | None = None) -> Iterator[Fields]:
        """Every item of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, waiting=waiting, limit=PAGE, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def upload(self, file: Path, supplier_id: int) -> str:
        """Drop a price list into the bucket; returns the batch's request id."""
        ticket = self.post("/pricelists", {"supplier_id": supplier_id, "file_name": file.name})
        form = ticket["upload"]
        try:
            with file.open("rb") as content, _client(form["url"]) as bucket:
                response = bucket.post(form["url"], data=form["fields"], files={"file": (file.name, content)})
        except httpx.TransportError as failure:
            raise ApiFailure(f"The bucket cannot be reached: {failure}") from failure
        if response.is_error:
            raise ApiFailure(f"The bucket refused {file.name}: {response.text[:500]}")
        return str(ticket["request_id"])

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"{self._url}{PREFIX}{path}", **request)
        except httpx.ConnectError as failure:
            raise ApiUnavailable(
                f"Nothing answers at {self._url}. Start the stack with «quarry up», or name another API with --api."
            ) from failure
        except httpx.TransportError as failure:
            raise ApiUnavailable(f"{self._url} did not answer: {failure}") from failure
        except (httpx.RequestError, httpx.InvalidURL) as failure:
            raise ApiFailure(f"{self._url} is no address of the API: {failure}") from failure


def _client(url: str) -> httpx.Client:
    place = urlsplit(url)
    return httpx.Client(
        timeout=SILENCE,
        # A proxy of the environment is no way to this machine.
        trust_env=place.hostname not in {"127.0.0.1", "localhost"},
        # Reading all certificates takes a fifth of a second, which a plain connection has no use for.
        verify=place.scheme == "https",
    )


def _content(response: httpx.Response) -> Fields:
    if not response.is_success:
        raise _failure(response)
    content = _json(response)
    if not isinstance(content, Fields):
        raise _no_answer(response)
    return content


def _no_answer(response: httpx.Response) -> ApiFailure:
    return ApiFailure(f"{response.url} is not Quarry's API, it answers: {_beginning(response.text)}")


def _are_states(content: Any) -> bool:
    return (
        isinstance(content, Fields) and bool(content) and all(isinstance(state, Fields) for state in content.values())
    )


def _json(response: httpx.Response) -> Any:
    """None when it is something else."""
    try:
        return response.json(object_hook=Fields)
    except ValueError:
        return None


def _failure(response: httpx.Response) -> ApiFailure:
    """What a problem document or a gateway says."""
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ApiFailure("The API asks for a token: give it with --token.")
    problem = _json(response)
    if not isinstance(problem, Mapping):
        problem = {}
    told = [str(problem[name]) for name in ("title", "detail", "message") if problem.get(name)]
    text = ": ".join(told) or _beginning(response.text) or response.reason_phrase
    listed = problem.get("errors")
    fields = "".join(f"\n  {_field_error(one)}" for one in listed) if isinstance(listed, list) else ""
    answered = f"The API answered {response.status_code}, {text}{fields}"
    if response.status_code not in _FOR_NOW:
        return ApiFailure(answered)
    return ApiUnavailable(answered, may_last=response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR)


def _field_error(one: Any) -> str:
    return f"{one.get('pointer')}: {one.get('message')}" if isinstance(one, Mapping) else str(one)


def _beginning(text: str) -> str:
    return " ".join(text.split())[:200]
