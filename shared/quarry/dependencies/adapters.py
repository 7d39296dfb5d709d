"""Which adapter each setting selects: made at its first use, and closed with the environment.

What only one function uses is imported where it is made: processing reads no files, a search has no transactions.
"""

import asyncio
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from quarry.adapters.interfaces import Embedder, MessageQueue, ObjectStore
from quarry.breaker import CircuitBreaker
from quarry.dependencies.databases import Databases
from quarry.dependencies.settings import Renewal
from quarry.errors import StoreUnavailable
from quarry.settings import Settings

if TYPE_CHECKING:
    from quarry.adapters.aws import Clients
    from quarry.adapters.postgresql.database import PostgreSQLDatabase
    from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
    from quarry.adapters.redis import NullCache, RedisCache
    from quarry.adapters.ssh_tunnel import SSHTunnel

# What holds connections, threads or sockets; PostgreSQL before the tunnel that it is reached through.
_CLOSED = ("postgresql", "tunnel", "qdrant", "redis", "aws")


class Adapters:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.renewal = Renewal(settings)

    @cached_property
    def postgresql(self) -> "PostgreSQLDatabase":
        """Raises StoreUnavailable in Qdrant-only mode, in which it must not be contacted."""
        from quarry.adapters.postgresql.database import PostgreSQLDatabase

        settings = self.settings
        if settings.qdrant_only_mode:
            raise StoreUnavailable("PostgreSQL", "is not used in Qdrant-only mode")
        return PostgreSQLDatabase(
            settings.postgresql_url.get_secret_value(),
            connect_timeout=settings.connect_timeout,
            ca_file=settings.postgresql_ca_file,
            tunnel=self.tunnel,
            pooled=settings.postgresql_pooled,
            renew=self.renewal.of("postgresql_url"),
            breaker=self._breaker("PostgreSQL"),
        )

    @property
    def relational(self) -> "PostgreSQLDatabase | None":
        """PostgreSQL, where it is used."""
        # Code that ignores the mode gets an error from ``postgresql``, and never reaches the database.
        return None if self.settings.qdrant_only_mode else self.postgresql

    @cached_property
    def tunnel(self) -> "SSHTunnel | None":
        """The SSH tunnel to PostgreSQL, opened at its first use; None when that is reached directly."""
        settings = self.settings
        # The settings have checked that a tunnel has all three.
        if not (settings.enable_ssh_tunnel and settings.ssh_host and settings.ssh_user and settings.ssh_host_key):
            return None
        from quarry.adapters.ssh_tunnel import SSHTunnel

        key, passphrase = settings.ssh_private_key, settings.ssh_private_key_passphrase
        return SSHTunnel(
            settings.ssh_host,
            settings.ssh_port,
            settings.ssh_user,
            host_key=settings.ssh_host_key,
            private_key=key.get_secret_value() if key else None,
            passphrase=passphrase.get_secret_value() if passphrase else None,
            renew=(self.renewal.of("ssh_private_key"), self.renewal.of("ssh_private_key_passphrase")),
        )

    @cached_property
    def qdrant(self) -> "QdrantVectorDatabase":
        from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase

        settings = self.settings
        key = settings.qdrant_api_key
        return QdrantVectorDatabase(
            settings.qdrant_url,
            key.get_secret_value() if key else None,
            # Vectors of several models lie in one collection: this one's are searched.
            model=self.embedder.model,
            quantization=settings.vector_quantization,
            processing_collection=settings.processing_collection,
            connect_timeout=settings.connect_timeout,
            renew=self.renewal.of("qdrant_api_key"),
            breaker=self._breaker("Qdrant"),
        )

    def _breaker(self, store: str) -> CircuitBreaker:
        # One breaker for each store: the outage of one must not block the other.
        return CircuitBreaker(store, self.settings.breaker_failures, self.settings.breaker_open_seconds)

    @property
    def breakers(self) -> list[CircuitBreaker]:
        """The breakers of the databases that are used, by store."""
        return [store.breaker for store in (self.relational, self.qdrant) if store]

    @cached_property
    def redis(self) -> "RedisCache | NullCache":
        from quarry.adapters.redis import NullCache, RedisCache

        # A cache that stores nothing, so that no caller has to ask whether there is one.
        if self.settings.disable_redis_connection:
            return NullCache()
        settings = self.settings
        return RedisCache(settings.redis_url.get_secret_value(), settings.redis_timeout, self.renewal.of("redis_url"))

    @property
    def databases(self) -> Databases:
        return Databases(self.qdrant, self.relational, self.redis)

    @cached_property
    def embedder(self) -> Embedder:
        """OpenAI's vectors where there is a key, else the embedded ones."""
        settings = self.settings
        if settings.openai_api_key:
            from quarry.adapters.openai import OpenAIEmbedder

            return OpenAIEmbedder(
                settings.openai_api_key.get_secret_value(),
                model=settings.openai_embedding_model,
                base_url=settings.openai_base_url or None,
                timeout=settings.openai_timeout,
                renew=self.renewal.of("openai_api_key"),
            )
        from quarry.adapters.local_embeddings import LocalEmbedder

        return LocalEmbedder()

    @cached_property
    def aws(self) -> "Clients":
        from quarry.adapters.aws import Clients

        return Clients()

    @cached_property
    def bucket(self) -> ObjectStore:
        from quarry.adapters.s3 import S3ObjectStore

        return S3ObjectStore(self.settings.bucket_name, self.aws)

    @cached_property
    def readings_bucket(self) -> ObjectStore:
        from quarry.adapters.s3 import S3ObjectStore

        # A bucket of its own, since whatever comes into the other one is read as a price list.
        return S3ObjectStore(self.settings.readings_bucket_name, self.aws)

    @cached_property
    def uploads_queue(self) -> MessageQueue:
        from quarry.adapters.sqs import SQSQueue

        return SQSQueue(self.settings.uploads_queue_url, self.aws)

    @cached_property
    def chunks_queue(self) -> MessageQueue:
        from quarry.adapters.sqs import SQSQueue

        return SQSQueue(self.settings.chunks_queue_url, self.aws)

    def prepare(self) -> None:
        """Make the stores' clients, without a connection."""
        self.qdrant.prepare()
        self.redis.prepare()
        if self.relational:
            self.relational.prepare()

    async def connect(self) -> None:
        """Open a connection to each store; an unavailable one is reported by the first call that needs it."""
        # Side by side: one that does not answer must not keep the others from being ready.
        used = [self.qdrant, self.redis, self.relational]
        await asyncio.gather(*(store.connect() for store in used if store), return_exceptions=True)

    async def drop_connections(self) -> None:
        """Forget the connections of clients that exist already: they do not outlive a snapshot."""
        # No farewell is sent to PostgreSQL: the server closed the snapshot's connections long ago.
        for part in self._made("postgresql"):
            part.drop_connections()
        await self._close("tunnel", "qdrant", "redis")

    async def close(self) -> None:
        """Close what was made."""
        await self._close(*_CLOSED)

    async def _close(self, *names: str) -> None:
        for part in self._made(*names):
            closing = part.close()
            if closing is not None:
                await closing
        await asyncio.sleep(0)  # what was closed has disappeared after a turn of the loop

    def _made(self, *names: str) -> Iterator[Any]:
        """Those of the parts that exist already."""
        return (vars(self)[name] for name in names if vars(self).get(name) is not None)
