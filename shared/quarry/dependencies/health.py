"""Composition of the health function."""

from functools import cache
from typing import Any

from pydantic import SecretStr

from quarry.dependencies import database, stores
from quarry.dependencies.routes import Stores
from quarry.dependencies.secrets import get_settings
from quarry.dependencies.stores import Databases
from quarry.dependencies.tunnel import ssh_tunnel
from quarry.repositories.figures import FigureRepository
from quarry.services.health import HealthService, Store
from quarry.settings import Settings

_ADDRESSES = ("_url", "_host", "_user", "_host_key")


@cache
def health_service(databases: Databases) -> HealthService:
    settings = get_settings()
    relational = databases.relational
    tunnel = ssh_tunnel() if relational else None
    return HealthService(
        vector=Store("Qdrant", databases.vector.health_check),
        relational=Store("PostgreSQL", relational.health_check if relational else None),
        cache=Store("Redis", databases.cache.health_check),
        tunnel=Store("SSH tunnel", tunnel.health_check if tunnel else None),
        queues={"uploads": database.uploads_queue(), "chunks": database.chunks_queue()},
        embedder=database.embedder(),
        figures=FigureRepository(relational) if relational else None,
        pending=database.get_fallback_manager().pending,
        waiting=database.batch_waits().count,
        breakers=database.breakers(),
        settings=shown(settings),
    )


def prepare() -> None:
    database.prepare()
    database.embedder().prepare()
    for queue in (database.uploads_queue(), database.chunks_queue()):
        queue.prepare()
    health_service(stores.selected())


async def connect() -> None:
    """Ask once for all that is asked for, which opens what it needs."""
    await health_service(stores.selected()).full()


def shown(settings: Settings) -> dict[str, Any]:
    """The settings in force: of a secret and of an address only whether it is set."""
    return {
        name: "set" if value and (isinstance(value, SecretStr) or name.endswith(_ADDRESSES)) else value
        for name, value in settings.model_dump().items()
    }


async def get_health_service(databases: Stores) -> HealthService:
    return health_service(databases)
