"""Errors as ``application/problem+json`` (RFC 9457): one table from our error tree to HTTP."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from quarry import errors
from quarry.observability import count

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    pointer: str = Field(description="JSON pointer into the request, e.g. /filters/price/min")
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None = None
    code: str | None = Field(None, description="which of several reasons a conflict has")
    errors: list[FieldError] = []


_STATUS: dict[type[errors.QuarryError], tuple[int, str]] = {
    errors.NotFound: (404, "Not found"),
    errors.Forbidden: (403, "Forbidden"),
    errors.Conflict: (409, "Conflict"),
    errors.NotSupported: (501, "Not supported"),
    errors.InvalidRequest: (422, "Invalid request"),
    errors.BadPriceList: (422, "The price list cannot be read"),
    errors.AllDatabasesUnavailableError: (503, "The databases are unavailable"),
    errors.StoreUnavailable: (503, "A database is unavailable"),
    errors.StoreTimeout: (503, "The service is too slow at the moment"),
    errors.StoreError: (500, "The request could not be carried out"),
}
_HTTP_DETAIL = {
    404: "There is nothing at this address. The addresses are listed in the OpenAPI document.",
    405: "This address does not take that method.",
}
_MAX_NAME = 200
# Plain words for messages in which pydantic refers to Python.
_MESSAGES = {
    "extra_forbidden": "this field is not known",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "string_unicode": "must be text without halves of surrogate pairs",
}
_UNEXPECTED = "Something unexpected happened; it is in the log under this request id. Try again, or report the id."


def problem(
    request: Request,
    status: int,
    title: str,
    detail: str,
    field_errors: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
    code: str | None = None,
) -> JSONResponse:
    """An error response."""
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        instance=request.scope["path"],
        request_id=request.scope.get("request_id"),
        code=code,
        errors=[FieldError(pointer=pointer, message=message) for pointer, message in field_errors],
    )
    return JSONResponse(body.model_dump(exclude=None if code else {"code"}), status, headers, MEDIA_TYPE)


# The handlers are coroutines so that no thread is taken for them.
async def from_quarry_error(request: Request, error: errors.QuarryError) -> JSONResponse:
    status, title = next(known for kind, known in _STATUS.items() if isinstance(error, kind))
    detail = str(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = _UNEXPECTED
        log.error("unhandled error", exc_info=error, extra={"path": request.url.path})
        count("UnhandledErrors")
    headers = None
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": str(getattr(error, "retry_after", 5))}
    code = error.code if isinstance(error, errors.Conflict) else None
    return problem(request, status, title, detail, getattr(error, "errors", ()), headers, code)


async def from_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    title = HTTPStatus(error.status_code).phrase
    detail = _HTTP_DETAIL.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, title, detail, headers=dict(error.headers or {}))


async def from_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    """422 with a pointer to each wrong field."""
    found = error.errors()
    fields = [(_pointer(item["loc"]), _message(item)) for item in found]
    detail = "Correct the fields listed in errors and send the request again."
    return problem(request, 422, "Invalid request", detail, fields)


def late(request: Request) -> JSONResponse:
    detail = "The answer was not there in time. Try again in a moment."
    return problem(request, 503, "The service is too slow at the moment", detail, headers={"Retry-After": "5"})


def unexpected(request: Request) -> JSONResponse:
    return problem(request, 500, "Unexpected error", _UNEXPECTED)


def _pointer(location: Sequence[int | str]) -> str:
    parts = location[1:] if location and location[0] in {"body", "query", "path"} else location
    return "".join(f"/{_named(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _named(part: int | str) -> str:
    """A caller's own name may be of any length, and hold halves of surrogate pairs."""
    return str(part)[:_MAX_NAME].encode(errors="replace").decode()


def _message(item: dict[str, Any]) -> str:
    if item["type"] == "missing" and item["loc"] == ("body",):
        return "a body is required"
    if item["type"] == "too_long":
        return f"must have at most {item['ctx']['max_length']} items"
    return _MESSAGES.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
