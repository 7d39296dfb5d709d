"""Composition of the health function."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from quarry.adapters.interfaces import Health
from quarry.dependencies import database
from quarry.dependencies.guarded import breakers
from quarry.dependencies.secrets import get_settings
from quarry.dependencies.tunnel import ssh_tunnel
from quarry.repositories.figures import FigureRepository
from quarry.services.health import HealthService, Store
from quarry.settings import Settings


@cache
def health_service() -> HealthService:
    import qdrant_client  # noqa: F401 - half a second, which is no part of a ping's budget

    settings = get_settings()
    relational = None if settings.qdrant_only_mode else database.postgresql()
    return HealthService(
        vector=Store("Qdrant", database.qdrant().health_check),
        relational=Store("PostgreSQL", relational.health_check if relational else None),
        cache=Store("Redis", database.redis().health_check),
        tunnel=_tunnel,
        queues={"uploads": database.uploads_queue(), "chunks": database.chunks_queue()},
        embedder=database.embedder(),
        figures=FigureRepository(relational) if relational else None,
        held=database.get_fallback_manager().held,
        breakers=breakers(),
        settings=shown(settings),
    )


def _tunnel() -> Health:
    tunnel = ssh_tunnel()
    return tunnel.health() if tunnel else Health("SSH tunnel", "disabled")


def shown(settings: Settings) -> dict[str, Any]:
    """The settings in force: of a secret whether it is set, of an address no user or password."""
    return {name: _shown(value) for name, value in settings.model_dump().items()}


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, str) and "://" in value:
        parts = urlsplit(value)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
    return value


async def get_health_service() -> HealthService:
    return health_service()
