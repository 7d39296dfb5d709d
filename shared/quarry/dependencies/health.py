"""Composition of the health function."""

from typing import Annotated, Any

from fastapi import Depends
from pydantic import SecretStr

from quarry.adapters.certificates import certificates
from quarry.adapters.interfaces import ICacheDatabase, IRelationalDatabase
from quarry.dependencies.composition import composition
from quarry.dependencies.database import (
    get_cache_db_dependency,
    get_relational_db_dependency,
    get_vector_db_dependency,
)
from quarry.dependencies.databases import Databases
from quarry.repositories.material_vectors import MaterialVectors
from quarry.repositories.postgresql.figures import FigureRepository
from quarry.services.health import Check, HealthService
from quarry.settings import Settings

# Hosts and users are not secret, but whoever may see health need not learn them.
_ADDRESSES = ("_url", "_address", "_host", "_user", "_host_key")


def health_service(databases: Databases) -> HealthService:
    made = composition()
    relational = databases.relational
    # In Qdrant-only mode the tunnel is not used, whatever the settings say.
    tunnel = made.tunnel if relational else None
    return HealthService(
        vector=Check("Qdrant", databases.vector.health_check),
        relational=Check("PostgreSQL", relational.health_check if relational else None),
        cache=Check("Redis", databases.cache.health_check),
        tunnel=Check("SSH tunnel", tunnel.health_check if tunnel else None),
        queues={"uploads": made.uploads_queue, "chunks": made.chunks_queue},
        embedder=made.embedder,
        certificates={store: one.days_left for store, one in certificates(made.settings).items()},
        figures=FigureRepository(relational) if relational else None,
        points=lambda: made.qdrant.size(made.settings.materials_collection),
        pending=made.batches.pending,
        waiting=made.batch_waits.count,
        breakers=made.breakers,
        settings=shown(made.settings),
    )


def prepare() -> None:
    made = composition()
    made.prepare()
    made.embedder.prepare()
    for queue in (made.uploads_queue, made.chunks_queue):
        queue.prepare()
    # Only for its imports: the service itself is made anew for each request.
    health_service(made.databases)


async def connect() -> None:
    """Check everything once, which opens what it needs."""
    await health_service(composition().databases).full()


def shown(settings: Settings) -> dict[str, Any]:
    """The settings in force; of a secret or an address only whether it is set."""
    return {
        name: "set" if value and (isinstance(value, SecretStr) or name.endswith(_ADDRESSES)) else value
        for name, value in settings.model_dump().items()
    }


async def get_databases(
    vector: Annotated[MaterialVectors, Depends(get_vector_db_dependency)],
    relational: Annotated[IRelationalDatabase | None, Depends(get_relational_db_dependency)],
    cache: Annotated[ICacheDatabase, Depends(get_cache_db_dependency)],
) -> Databases:
    return Databases(vector, relational, cache)


async def get_health_service(databases: Annotated[Databases, Depends(get_databases)]) -> HealthService:
    return health_service(databases)
