"""Routes of the health function."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from quarry import __version__
from quarry.dependencies.health import get_health_service
from quarry.http.routes import Routes
from quarry.services.health import DatabaseStates, HealthService

router = Routes()
Service = Annotated[HealthService, Depends(get_health_service)]
Status = Literal["healthy", "degraded", "unhealthy", "disabled"]


class Alive(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = __version__


class StoreHealth(BaseModel):
    """``response_time_ms`` and ``error`` are there where there is one."""

    model_config = ConfigDict(from_attributes=True)

    type: str
    status: Status
    response_time_ms: float | None = None
    error: str | None = None


class DatabasesHealth(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    vector_database: StoreHealth
    relational_database: StoreHealth
    cache_database: StoreHealth


class BreakerState(BaseModel):
    """Of the environment that answers: each has its own."""

    store: str
    state: Literal["closed", "open", "half_open"]
    failures: int
    retry_in_seconds: float


class Migrations(BaseModel):
    expected: str
    found: str | None


class Diagnosis(BaseModel):
    version: str
    databases: DatabasesHealth
    breakers: list[BreakerState]
    tunnel: StoreHealth
    queues: dict[str, int | None]
    embeddings: StoreHealth
    certificates: dict[str, int | None] = Field(description="days that a store's is still valid; null: cannot be seen")
    migrations: Migrations
    counts: dict[str, int | None]
    settings: dict[str, Any]


@router.get("/health", for_suppliers=True)
async def alive() -> Alive:
    """Touches no store."""
    return Alive()


@router.get(
    "/health/databases",
    for_suppliers=True,
    response_model_exclude_none=True,
    responses={503: {"model": DatabasesHealth, "description": "No store can answer"}},
)
async def databases(service: Service, response: Response) -> DatabasesHealth:
    """200 while the service can answer from any store."""
    found = await service.databases()
    _set_status(response, found)
    return DatabasesHealth.model_validate(found)


@router.get("/health/full", responses={503: {"model": Diagnosis, "description": "No store can answer"}})
async def full(service: Service, response: Response) -> Diagnosis:
    """Every part, the queues, the schema, counts and the settings in force, without secrets."""
    found = await service.full()
    _set_status(response, found.databases)
    return Diagnosis(
        version=__version__,
        databases=DatabasesHealth.model_validate(found.databases),
        breakers=[BreakerState(**state) for state in found.breakers],
        tunnel=StoreHealth.model_validate(found.tunnel),
        queues=dict(found.queues),
        embeddings=StoreHealth.model_validate(found.embeddings),
        certificates=dict(found.certificates),
        migrations=Migrations(expected=found.expected_revision, found=found.revision),
        counts=dict(found.counts),
        settings=dict(found.settings),
    )


def _set_status(response: Response, found: DatabaseStates) -> None:
    response.headers["Cache-Control"] = "no-store"
    if not found.serving:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
