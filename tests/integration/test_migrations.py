import io
import os
import subprocess
import sys
import time

import pytest
from alembic import command
from alembic.config import Config

from local import ROOT
from quarry.adapters.postgresql.connection import PostgreSQLServer
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.domain.matching import match_keys
from quarry.domain.materials import material_id
from quarry.domain.units import UNITS
from quarry.runtime import run
from tests.environment import forget

# Everything that a migration can leave behind: columns with types and defaults, indexes, constraints.
SCHEMA = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '') || is_nullable
    || coalesce(generation_expression, '') AS line
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT relname || ' ' || reloptions::text FROM pg_class WHERE reloptions IS NOT NULL
ORDER BY line
"""


def alembic(url, run_command, *arguments):
    """In this process: a new one would spend most of its time on imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTGRESQL_URL", url)
        forget()
        run_command(Config(toml_file=ROOT / "pyproject.toml", stdout=io.StringIO()), *arguments)
    forget()


@pytest.fixture
def connect():
    opened = []

    def database(url):
        opened.append(PostgreSQLDatabase(url, connect_timeout=5))
        return opened[-1]

    yield database
    for each in opened:
        each.close()


def schema(database):
    return [row["line"] for row in run(database.execute_query(SCHEMA))]


def test_down_to_base_and_up_again_leaves_the_same_schema(postgresql_url, connect):
    database = connect(postgresql_url)
    before = schema(database)
    alembic(postgresql_url, command.downgrade, "-1")
    alembic(postgresql_url, command.downgrade, "base")
    tables = run(database.execute_query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    assert [row["tablename"] for row in tables] == ["alembic_version"]
    alembic(postgresql_url, command.upgrade, "head")
    assert schema(database) == before
    assert any("ix_materials_name_trgm" in line for line in before)


@pytest.mark.filterwarnings("ignore")  # Alembic says what it cannot compare: a type, an operator class
def test_the_tables_and_the_migrations_agree(postgresql_url):
    alembic(postgresql_url, command.check)  # raises where they do not


def test_two_migrators_at_once_both_succeed(empty_postgresql_url, connect):
    environment = {**os.environ, "POSTGRESQL_URL": empty_postgresql_url}
    migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
    runs = [subprocess.Popen(migrate, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(migrator.communicate()[1][-500:], migrator.returncode) for migrator in runs] == [(b"", 0)] * 2
    assert schema(connect(empty_postgresql_url))


def test_the_lock_outlasts_a_migration_that_takes_long(postgresql_url):
    guards = """
    SELECT a.state FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
      AND EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted AND w.relation = 'alembic_version'::regclass)
    """
    session = PostgreSQLServer(postgresql_url, connect_timeout=5).session()
    migrator = None
    try:
        session.execute("BEGIN")
        session.execute("LOCK TABLE alembic_version")
        migrator = subprocess.Popen(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={**os.environ, "POSTGRESQL_URL": postgresql_url},
            stderr=subprocess.PIPE,
        )
        while migrator.poll() is None and not (found := session.rows(guards)):
            time.sleep(0.05)
        # A session that is idle in a transaction is ended after a minute.
        assert [row["state"] for row in found] == ["idle"]
    finally:
        session.roll_back()
        session.close()
        if migrator is not None:
            assert (migrator.communicate()[1], migrator.returncode) == (b"", 0)


@pytest.mark.parametrize("before", ["a41c8e07d5b2", "5b0e7c4d92f6"])
def test_materials_that_are_there_get_their_keys(postgresql_url, connect, before):
    database = connect(postgresql_url)
    names = [f"плитка {letter} 10мм" for letter in "абв"]
    alembic(postgresql_url, command.downgrade, before)
    for name in [*names, "12.5мм"]:
        material = {"id": material_id(name), "name": name}
        insert = "INSERT INTO materials (id, name, normalized_name) SELECT :id, n, n FROM CAST(:name AS text) AS n"
        run(database.execute_command(insert, material))
    if before == "5b0e7c4d92f6":
        outdated = "INSERT INTO material_keys (key, place, material_id) SELECT 1, 2, id FROM materials"
        run(database.execute_command(outdated))
    alembic(postgresql_url, command.upgrade, "head")

    rows = run(database.execute_query("SELECT material_id, key, place FROM material_keys"))

    places = {material_id(name): match_keys(name, None) for name in names}
    expected = {(known, key, place.place) for known, place in places.items() for key in place.keys}
    assert {(row["material_id"], row["key"], row["place"]) for row in rows} == expected


def test_every_unit_of_the_code_is_seeded(postgresql_url, connect):
    rows = run(
        connect(postgresql_url).execute_query("SELECT code, name, symbol, synonyms, dimension, factor FROM units")
    )
    seeded = {row.pop("code"): tuple(row.values()) for row in rows}
    assert seeded == {
        unit.code: (unit.name, unit.symbol, list(unit.synonyms), str(unit.dimension), unit.factor) for unit in UNITS
    }


def test_a_search_of_a_part_of_a_name_uses_an_index(postgresql_url, connect):
    database = connect(postgresql_url)
    run(
        database.execute_command(
            "INSERT INTO materials (id, name, normalized_name) SELECT gen_random_uuid(), 'Кирпич ' || n, 'кирпич ' || n"
            " FROM generate_series(1, 20000) AS n"
        )
    )
    run(database.transaction(lambda session: session.execute("ANALYZE materials")))
    plan = run(database.execute_query("EXPLAIN SELECT * FROM materials WHERE name ILIKE '%цемент%'"))
    assert any("ix_materials_name_trgm" in row["QUERY PLAN"] for row in plan)
