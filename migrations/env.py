"""Alembic's environment: migrates the database of POSTGRESQL_URL, one process at a time."""

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from migrations.tables import metadata
from quarry.adapters.postgresql.connection import PostgreSQLServer
from quarry.dependencies.composition import composition

# An arbitrary number, which nothing else in the database uses for an advisory lock.
MIGRATION_LOCK = 8_253_419_740


def run() -> None:
    """Migrate under an advisory lock, on a connection of its own: Alembic takes none, and two runs would race."""
    settings = composition().settings
    server = PostgreSQLServer(
        settings.postgresql_url.get_secret_value(),
        connect_timeout=settings.connect_timeout,
        ca_file=settings.postgresql_ca_file,
        tunnel=composition().tunnel,
        pooled=settings.postgresql_pooled,
    )
    engine = create_engine("postgresql+pg8000://", creator=server.connect, poolclass=NullPool)
    # Outside of a transaction, in which a session that is idle for a minute is ended, and its lock with it.
    guard = engine.execution_options(isolation_level="AUTOCOMMIT")
    with guard.connect() as lock_connection, engine.connect() as connection:
        lock_connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        migrate(connection)


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()
