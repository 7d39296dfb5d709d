"""The caller of a request, as API Gateway has checked it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from quarry.dependencies.composition import composition
from quarry.domain.callers import Caller, suppliers_of
from quarry.domain.uploads import MAX_SUBJECT

Event = Mapping[str, Any]


def subject_of(event: Event) -> str | None:
    """The token's subject, or the ARN of whoever signed the request."""
    authorizer = _authorizer(event)
    found = _claims(authorizer).get("sub") or (authorizer.get("iam") or {}).get("userArn")
    return str(found)[:MAX_SUBJECT] if found else None


def caller_of(event: Event, claim: str | None) -> Caller:
    """``claim`` names the claim that binds a caller to suppliers; without it nobody is bound."""
    bound = suppliers_of(_claims(_authorizer(event)).get(claim)) if claim else None
    return Caller(subject_of(event), bound)


def caller(request: Request) -> Caller:
    return caller_of(request.scope.get("aws.event") or {}, composition().settings.supplier_claim)


async def get_caller(request: Request) -> Caller:
    return caller(request)


CallerDep = Annotated[Caller, Depends(get_caller)]


def _authorizer(event: Event) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (event.get("requestContext") or {}).get("authorizer") or {}
    return found


def _claims(authorizer: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (authorizer.get("jwt") or {}).get("claims") or {}
    return found
