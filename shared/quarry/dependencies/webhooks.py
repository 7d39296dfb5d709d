"""Composition of webhooks."""

from functools import cached_property

from quarry.adapters.webhook_sender import WebhookSender
from quarry.dependencies.composition import Composition
from quarry.repositories.postgresql.outbox import Outbox
from quarry.repositories.postgresql.webhooks import WebhookRepository
from quarry.services.webhooks import WebhookDelivery, WebhookService


class Webhooks:
    def __init__(self, made: Composition) -> None:
        self._relational = made.relational
        self._to_loopback = made.settings.webhooks_to_loopback

    @cached_property
    def service(self) -> WebhookService:
        repository = WebhookRepository(self._relational) if self._relational else None
        return WebhookService(repository, self._sender, to_loopback=self._to_loopback)

    @cached_property
    def delivery(self) -> WebhookDelivery | None:
        """None where there are no webhooks: in Qdrant-only mode."""
        return WebhookDelivery(Outbox(self._relational), self._sender) if self._relational else None

    @cached_property
    def _sender(self) -> WebhookSender:
        # Not allowed in AWS, where the loopback address is Lambda's own runtime.
        return WebhookSender(to_loopback=self._to_loopback)
