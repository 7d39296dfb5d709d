"""A client of the HTTP API, on this machine or deployed, for the ``quarry`` command."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

PREFIX = "/api/v1"
PAGE_SIZE = 100
RETRY_SECONDS = 1.0
# A function that is killed while it works answers one 500; more of them in a row are a bug, which no waiting cures.
MAX_CONSECUTIVE_500 = 5
# Only ends what would hang for ever: the API itself limits how long it takes to answer.
TIMEOUT = httpx.Timeout(900.0, connect=60.0)
FINAL_STATUSES = {"completed", "completed_with_errors", "failed", "undone"}
_TEMPORARY = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class ApiFailure(RuntimeError):
    """The API refused or cannot be reached; the text is for a person."""


class ApiUnavailable(ApiFailure):
    """The same request may succeed later; ``may_be_permanent`` when it is as likely never to."""

    def __init__(self, text: str, *, may_be_permanent: bool = False) -> None:
        super().__init__(text)
        self.may_be_permanent = may_be_permanent


class NotThere(ApiFailure):
    """The API has nothing at ``path``."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text)
        self.path = path


class Fields(dict[str, Any]):
    """A JSON object of an answer; a missing field is reported as the API's failure, not as a KeyError."""

    def __missing__(self, name: str) -> Any:
        raise ApiFailure(f"The API's answer has no «{name}»: {_excerpt(json.dumps(self, ensure_ascii=False))}")


class Api:
    """``has_ended`` is true when the API will not come back: then nothing is retried."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        auth: httpx.Auth | None = None,
        has_ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self._url = url.rstrip("/")
        self._has_ended = has_ended
        self._http = _client(self._url, auth)
        if token:
            self._http.headers["authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, *, on_wait: Callable[[str], None] | None = None, **parameters: Any) -> Fields:
        """With ``on_wait`` it is repeated while the API is unavailable, and ``on_wait`` is called with the reason."""
        sent = {name: value for name, value in parameters.items() if value is not None}
        consecutive_500 = 0
        while True:
            try:
                return _content(self._send("GET", path, params=sent))
            except ApiUnavailable as error:
                consecutive_500 = consecutive_500 + 1 if error.may_be_permanent else 0
                if on_wait is None or consecutive_500 > MAX_CONSECUTIVE_500 or self._has_ended():
                    raise
                on_wait(str(error))
                time.sleep(RETRY_SECONDS)

    def post(self, path: str, body: Any) -> Fields:
        return _content(self._send("POST", path, json=body))

    def content(self, path: str) -> bytes:
        """A file."""
        response = self._send("GET", path)
        if not response.is_success:
            raise _failure(response)
        return response.content

    def put(self, path: str, body: Any) -> Fields:
        return _content(self._send("PUT", path, json=body))

    def delete(self, path: str, **parameters: Any) -> Fields:
        return _content(self._send("DELETE", path, params=parameters))

    def health(self) -> tuple[Fields, bool]:
        """The stores' states, and whether the service can answer."""
        response = self._send("GET", "/health/databases")
        states = _json(response)
        # 503 carries either the states, when no store can answer, or a problem document of the API itself.
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and _are_states(states):
            return states, False
        states = _content(response)
        if not _are_states(states):
            raise _foreign_answer(response)
        return states, True

    def alive(self) -> httpx.Response:
        """The public answer, with its headers."""
        response = self._send("GET", "/health")
        _content(response)
        return response

    def diagnosis(self) -> Fields:
        """The full diagnosis, also where no store can answer."""
        response = self._send("GET", "/health/full")
        said = _json(response)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and isinstance(said, Fields) and "migrations" in said:
            return said
        return _content(response)

    def pages(self, path: str, *, on_wait: Callable[[str], None] | None = None, **parameters: Any) -> Iterator[Fields]:
        """Every item of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, on_wait=on_wait, limit=PAGE_SIZE, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def upload(self, file: Path, *, preview: bool = False, **about: Any) -> str:
        """Drop a file into the bucket; returns the batch's request id."""
        path = "/pricelists/preview" if preview else "/pricelists"
        ticket = self.post(path, {**about, "file_name": file.name})
        form = ticket["upload"]
        try:
            with file.open("rb") as content, _client(form["url"]) as bucket:
                response = bucket.post(form["url"], data=form["fields"], files={"file": (file.name, content)})
        except httpx.TransportError as error:
            raise ApiFailure(f"The bucket cannot be reached: {error}") from error
        if not response.is_success:  # nor is a redirect: the bucket has taken nothing
            raise ApiFailure(f"The bucket did not take {file.name} ({response.status_code}): {response.text[:500]}")
        return str(ticket["request_id"])

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"{self._url}{PREFIX}{path}", **request)
        except httpx.ConnectError as error:
            raise ApiUnavailable(
                f"Nothing answers at {self._url}. Start the stack with «quarry up», or name another API with --api."
            ) from error
        except httpx.TransportError as error:
            raise ApiUnavailable(f"{self._url} did not answer: {error}") from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise ApiFailure(f"{self._url} is not an address of the API: {error}") from error


def _client(url: str, auth: httpx.Auth | None = None) -> httpx.Client:
    address = urlsplit(url)
    return httpx.Client(
        auth=auth,
        timeout=TIMEOUT,
        # A proxy from the environment cannot reach this machine.
        trust_env=address.hostname not in {"127.0.0.1", "localhost"},
        # Loading the CA certificates takes a fifth of a second, and plain HTTP needs none.
        verify=address.scheme == "https",
    )


def _content(response: httpx.Response) -> Fields:
    if not response.is_success:
        raise _failure(response)
    content = _json(response)
    if not isinstance(content, Fields):
        raise _foreign_answer(response)
    return content


def _foreign_answer(response: httpx.Response) -> ApiFailure:
    return ApiFailure(f"{response.url} is not Quarry's API, it answers: {_excerpt(response.text)}")


def _are_states(content: Any) -> bool:
    return (
        isinstance(content, Fields) and bool(content) and all(isinstance(state, Fields) for state in content.values())
    )


def _json(response: httpx.Response) -> Any:
    """The body; None when it is not JSON."""
    try:
        return response.json(object_hook=Fields)
    except ValueError:
        return None


def _failure(response: httpx.Response) -> ApiFailure:
    """The text of a problem document, or of a gateway's own answer."""
    problem = _json(response)
    if not isinstance(problem, Mapping):
        problem = {}
    # Of a 403 the API says itself why; API Gateway does not.
    refused = response.status_code == HTTPStatus.FORBIDDEN and not problem.get("detail")
    if refused or response.status_code == HTTPStatus.UNAUTHORIZED:
        return ApiFailure(
            "The API requires a token, or a signature where it has no issuer of tokens, and took neither: "
            f"pass --token, or quarry --aws-profile NAME. It answered {response.status_code}: {_excerpt(response.text)}"
        )
    messages = [str(problem[name]) for name in ("title", "detail", "message") if problem.get(name)]
    text = ": ".join(messages) or _excerpt(response.text) or response.reason_phrase
    reported = problem.get("errors")
    fields = "".join(f"\n  {_field_error(one)}" for one in reported) if isinstance(reported, list) else ""
    answered = f"The API answered {response.status_code}, {text}{fields}"
    if response.status_code == HTTPStatus.NOT_FOUND:
        return NotThere(answered, response.url.path.removeprefix(PREFIX))
    if response.status_code not in _TEMPORARY:
        return ApiFailure(answered)
    return ApiUnavailable(answered, may_be_permanent=response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR)


def _field_error(one: Any) -> str:
    return f"{one.get('pointer')}: {one.get('message')}" if isinstance(one, Mapping) else str(one)


def _excerpt(text: str) -> str:
    return " ".join(text.split())[:200]
