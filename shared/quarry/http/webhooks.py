"""Routes of webhooks: of the ingest function, which writes."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from quarry.dependencies.ingestion import get_webhooks
from quarry.domain.webhooks import EVENT_KINDS, EventKind
from quarry.http.app import RequestModel
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.services.webhooks import WebhookService

router = Routes(JsonRoute)
Service = Annotated[WebhookService, Depends(get_webhooks)]
_NAME = r"^[A-Za-z0-9_.-]{1,64}$"
Name = Annotated[str, Path(pattern=_NAME)]


class WebhookRequest(RequestModel):
    """Without ``secret`` one is made, or the one that is there stays."""

    name: Annotated[str, Field(pattern=_NAME)] = "default"
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]
    events: Annotated[list[EventKind], Field(min_length=1, max_length=10, default_factory=lambda: [*EVENT_KINDS])]
    secret: Annotated[SecretStr, Field(min_length=16, max_length=200)] | None = None


class WebhookAnswer(BaseModel):
    """``waiting`` messages are on their way; ``given_up``: of the last 30 days."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    url: str
    events: list[EventKind]
    created_at: datetime
    waiting: int
    given_up: int
    delivered_at: datetime | None
    last_error: str | None


class KeptWebhook(WebhookAnswer):
    secret: str | None = Field(description="only where it was made just now; it is never shown again")


class Webhooks(BaseModel):
    items: list[WebhookAnswer]


class WebhookDeleted(BaseModel):
    deleted: str


class Tested(BaseModel):
    delivered: bool
    error: str | None


@router.get("/webhooks")
async def webhooks(service: Service) -> Webhooks:
    """Who is notified of what, and what became of the messages."""
    return Webhooks(items=[WebhookAnswer.model_validate(one) for one in await service.all()])


@router.put("/webhooks")
async def put_webhook(body: WebhookRequest, service: Service) -> KeptWebhook:
    """Be notified of events: of lists that end, with what they changed, and of watches that fire."""
    secret = None if body.secret is None else body.secret.get_secret_value()
    kept = await service.put(body.name, body.url, body.events, secret)
    return KeptWebhook(**WebhookAnswer.model_validate(kept.webhook).model_dump(), secret=kept.secret)


@router.delete("/webhooks/{name}")
async def delete_webhook(name: Name, service: Service) -> WebhookDeleted:
    """Notify nobody any more, not even of what is on its way."""
    await service.delete(name)
    return WebhookDeleted(deleted=name)


@router.post("/webhooks/{name}/test")
async def test_webhook(name: Name, service: Service) -> Tested:
    """Send an event of type ``test`` now."""
    error = await service.test(name)
    return Tested(delivered=error is None, error=error)
