"""Composition: which adapters the settings select, each made once an environment and connected at its first use.

The ``get_…_dependency`` functions serve FastAPI's ``Depends``; they are coroutines so that no thread is taken for them.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from quarry.adapters.interfaces import (
    Embedder,
    ICacheDatabase,
    IRelationalDatabase,
    IVectorDatabase,
    MessageQueue,
    ObjectStore,
)
from quarry.breaker import CircuitBreaker
from quarry.cache.changes import ChangeLog
from quarry.cache.policy import CatalogueCache
from quarry.dependencies.secrets import get_settings
from quarry.dependencies.tunnel import ssh_tunnel
from quarry.errors import StoreUnavailable

if TYPE_CHECKING:
    from quarry.adapters.batch_store import IBatchStore
    from quarry.adapters.postgresql.database import PostgreSQLDatabase
    from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
    from quarry.adapters.redis import NullCache, RedisCache
    from quarry.services.readings import Readings
    from quarry.services.waits import BatchWaits


@cache
def postgresql() -> "PostgreSQLDatabase":
    """PostgreSQL; raises StoreUnavailable in Qdrant-only mode, in which it must not be contacted."""
    from quarry.adapters.postgresql.database import PostgreSQLDatabase

    settings = get_settings()
    if settings.qdrant_only_mode:
        raise StoreUnavailable("PostgreSQL", "is not used in Qdrant-only mode")
    return PostgreSQLDatabase(
        settings.postgresql_url.get_secret_value(),
        connect_timeout=settings.connect_timeout,
        ca_file=settings.postgresql_ca_file,
        tunnel=ssh_tunnel(),
        breaker=_breaker("PostgreSQL"),
    )


def relational() -> "PostgreSQLDatabase | None":
    """PostgreSQL, where it is used."""
    return None if get_settings().qdrant_only_mode else postgresql()


@cache
def qdrant() -> "QdrantVectorDatabase":
    from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase

    settings = get_settings()
    key = settings.qdrant_api_key
    return QdrantVectorDatabase(
        settings.qdrant_url,
        key.get_secret_value() if key else None,
        model=embedder().model,
        quantization=settings.vector_quantization,
        processing_collection=settings.processing_collection,
        connect_timeout=settings.connect_timeout,
        breaker=_breaker("Qdrant"),
    )


@cache
def redis() -> "RedisCache | NullCache":
    from quarry.adapters.redis import NullCache, RedisCache

    settings = get_settings()
    if settings.disable_redis_connection:
        return NullCache()
    return RedisCache(settings.redis_url.get_secret_value(), settings.redis_timeout)


@cache
def embedder() -> Embedder:
    """OpenAI's vectors where there is a key, else the embedded ones."""
    settings = get_settings()
    if settings.openai_api_key:
        from quarry.adapters.openai import OpenAIEmbedder

        return OpenAIEmbedder(
            settings.openai_api_key.get_secret_value(),
            model=settings.openai_embedding_model,
            base_url=settings.openai_base_url or None,
            timeout=settings.openai_timeout,
        )
    from quarry.adapters.local_embeddings import LocalEmbedder

    return LocalEmbedder()


@cache
def bucket() -> ObjectStore:
    from quarry.adapters.s3 import S3ObjectStore

    return S3ObjectStore(get_settings().bucket_name)


@cache
def readings() -> "Readings":
    from quarry.adapters.s3 import S3ObjectStore
    from quarry.services.readings import Readings

    return Readings(S3ObjectStore(get_settings().readings_bucket_name))


@cache
def uploads_queue() -> MessageQueue:
    from quarry.adapters.sqs import SQSQueue

    return SQSQueue(get_settings().uploads_queue_url)


@cache
def chunks_queue() -> MessageQueue:
    from quarry.adapters.sqs import SQSQueue

    return SQSQueue(get_settings().chunks_queue_url)


def _breaker(store: str) -> CircuitBreaker:
    settings = get_settings()
    return CircuitBreaker(store, settings.breaker_failures, settings.breaker_open_seconds)


def breakers() -> list[CircuitBreaker]:
    """Of the databases that are used."""
    used = [relational(), qdrant()]
    return [store.breaker for store in used if store]


@cache
def get_fallback_manager() -> "IBatchStore":
    """Imported here: a search has no use for it."""
    from quarry.adapters import codec

    codec.prepare()
    settings = get_settings()
    if settings.qdrant_only_mode:
        return qdrant().batches()
    from quarry.fallback.manager import DatabaseFallbackManager
    from quarry.repositories.processing import ProcessingRepository

    sql = ProcessingRepository(postgresql())
    return DatabaseFallbackManager(sql, qdrant(), fallback=settings.enable_fallback_databases)


@cache
def batch_waits() -> "BatchWaits":
    from quarry.services.waits import BatchWaits

    return BatchWaits(get_fallback_manager())


@cache
def change_log() -> ChangeLog:
    return ChangeLog(redis())


@cache
def catalogue_cache() -> CatalogueCache:
    return CatalogueCache(redis(), stale_ttl=get_settings().stale_ttl)


def prepare() -> None:
    """Make the stores' clients, without a connection."""
    qdrant().prepare()
    redis().prepare()
    if postgresql_ := relational():
        postgresql_.prepare()


async def connect() -> None:
    """Open a connection to each store; one that is unavailable is told of by whoever needs it."""
    used = [qdrant(), redis(), relational()]
    await asyncio.gather(*(store.connect() for store in used if store), return_exceptions=True)


async def get_vector_db_dependency() -> IVectorDatabase:
    return qdrant()


async def get_relational_db_dependency() -> IRelationalDatabase | None:
    return relational()


async def get_cache_db_dependency() -> ICacheDatabase:
    return redis()
