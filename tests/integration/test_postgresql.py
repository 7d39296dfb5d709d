import socket
import uuid
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal

import botocore
import pytest

from quarry import deadline, patience
from quarry.adapters.postgresql import database as postgresql
from quarry.adapters.postgresql.copying import copy_rows, json_text
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run

PID = "SELECT pg_backend_pid() AS pid"
AUTHORITIES = f"{botocore.__path__[0]}/cacert.pem"


def database(url, **options):
    limits = {"connect_timeout": 2, **options}
    return PostgreSQLDatabase(url, **limits)


@pytest.fixture
def db(empty_postgresql_url):
    opened = database(empty_postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def other(empty_postgresql_url):
    """A second client of the same database."""
    opened = database(empty_postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def notes(db):
    run(db.execute_command("CREATE TABLE notes (id integer PRIMARY KEY, text text)"))


def backends(db):
    read = run(db.execute_query(PID))[0]["pid"]
    write = run(db.transaction(lambda session: session.value(PID)))
    return read, write


def end(client, *pids):
    for pid in pids:
        run(client.execute_query("SELECT pg_terminate_backend(:pid, 5000)", {"pid": pid}))


def test_rows_come_with_the_types_that_the_code_works_with(db):
    key = uuid.uuid4()
    row = run(
        db.execute_query(
            "SELECT CAST(:key AS uuid) AS key, CAST(:keys AS uuid[]) AS keys, CAST('12.3400' AS numeric) AS price,"
            """ CAST('{"a": [1]}' AS jsonb) AS json, CAST('2026-01-02 03:04:05+00' AS timestamptz) AS moment""",
            {"key": str(key), "keys": [str(key)]},
        )
    )[0]
    assert row == {
        "key": str(key),
        "keys": [str(key)],
        "price": Decimal("12.3400"),
        "json": {"a": [1]},
        "moment": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }


def test_a_command_returns_how_many_rows_it_changed_and_is_committed(db, other, notes):
    assert run(db.execute_command("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")) == 2
    assert run(other.execute_query("SELECT text FROM notes ORDER BY id")) == [{"text": "a"}, {"text": "b"}]


def test_a_transaction_that_fails_changes_nothing(db, notes):
    def work(session):
        session.execute("INSERT INTO notes VALUES (1, 'a')")
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        run(db.transaction(work))
    assert run(db.execute_query("SELECT * FROM notes")) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELEC 1", "42601"),
        ("SELECT * FROM missing", "42P01"),
        ("SELECT 1 / 0", "22012"),
        ("INSERT INTO notes VALUES (1, 'a'), (1, 'b')", "23505"),
        ("INSERT INTO notes VALUES (NULL, 'a')", "23502"),
    ],
)
def test_what_the_server_refuses_is_an_error_with_its_code_and_no_outage(db, notes, statement, code):
    with pytest.raises(StoreError) as error:
        run(db.execute_command(statement))
    assert error.value.code == code
    assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]


def test_a_refused_statement_costs_no_new_connection(db):
    before = backends(db)
    with pytest.raises(StoreError):
        run(db.execute_query("SELEC 1"))
    assert backends(db) == before


def test_a_transaction_that_is_refused_half_way_is_rolled_back_on_its_connection(db, other, notes):
    def work(session):
        session.execute("INSERT INTO notes VALUES (1, 'a')")
        session.execute("INSERT INTO notes VALUES (:id, 'b')", {"id": 1})

    before = backends(db)
    with pytest.raises(StoreError) as error:
        run(db.transaction(work))
    assert error.value.code == "23505"
    assert run(db.transaction(lambda session: session.rows("SELECT * FROM notes"))) == []
    assert run(other.execute_command("INSERT INTO notes VALUES (1, 'c')")) == 1  # no lock is held
    assert backends(db) == before


def test_a_name_that_is_used_twice_is_one_value_and_an_array_goes_as_text(db):
    statement = "SELECT CAST(:one AS text) || :one AS twice, CAST(:many AS text[]) AS many"
    reported = run(db.transaction(lambda session: session.rows(statement, {"one": "a", "many": ["b, c", None]})))
    assert reported == [{"twice": "aa", "many": ["b, c", None]}]


def test_a_slow_statement_is_ended_with_the_time_of_its_function(empty_postgresql_url):
    slow = database(empty_postgresql_url)
    for ask in (slow.execute_query, slow.execute_command):
        with deadline.within(0.2), pytest.raises(StoreTimeout):
            run(ask("SELECT pg_sleep(60)"))
    assert run(slow.execute_query("SELECT 1 AS one")) == [{"one": 1}]
    slow.close()


def test_a_connection_that_the_server_ended_is_replaced_unseen(db, other):
    before = backends(db)
    end(other, *before)
    after = backends(db)
    assert not set(before) & set(after)


def test_work_is_done_once_when_its_connection_was_stale(db, other, notes):
    end(other, backends(db)[1])
    calls = []

    def work(session):
        calls.append(session)
        session.execute("INSERT INTO notes VALUES (1, 'a')")

    run(db.transaction(work))
    assert len(calls) == 1
    assert len(run(db.execute_query("SELECT * FROM notes"))) == 1


def test_work_that_loses_its_connection_is_an_outage_and_changes_nothing(db, other, notes):
    def work(session):
        session.execute("INSERT INTO notes VALUES (1, 'a')")
        end_by_itself = "SELECT pg_terminate_backend(pg_backend_pid())"
        session.execute(end_by_itself)

    with pytest.raises(StoreUnavailable):
        run(db.transaction(work))
    assert run(other.execute_query("SELECT * FROM notes")) == []
    assert run(db.execute_command("INSERT INTO notes VALUES (1, 'a')")) == 1


def test_a_copy_that_breaks_off_leaves_the_next_one_unharmed(db, notes):
    def rows():
        yield 1, "a"
        raise RuntimeError("the source broke off")

    with pytest.raises(RuntimeError):
        run(db.transaction(lambda session: copy_rows(session, "notes", ("id", "text"), rows())))
    run(db.transaction(lambda session: copy_rows(session, "notes", ("id", "text"), [(2, "b")])))
    assert run(db.execute_query("SELECT * FROM notes")) == [{"id": 2, "text": "b"}]


def test_an_idle_connection_is_not_trusted(db, monkeypatch):
    before = backends(db)
    monkeypatch.setattr(postgresql, "_IDLE_SECONDS", -1.0)
    assert not set(before) & set(backends(db))


def test_connections_are_dropped_on_demand(db):
    before = backends(db)
    db.drop_connections()
    assert not set(before) & set(backends(db))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda url: url.rpartition("/")[0] + "/missing", id="no such database"),
        pytest.param(lambda url: url.replace(":", ":wrong", 2).replace("wrong//", "//"), id="wrong password"),
    ],
)
def test_a_database_that_refuses_every_login_is_an_outage(empty_postgresql_url, change):
    shut = database(change(empty_postgresql_url))
    with pytest.raises(StoreUnavailable) as error:
        run(shut.execute_query("SELECT 1"))
    assert "wrong" not in str(error.value)
    shut.close()


@pytest.fixture
def silent_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


def test_a_silent_server_is_unavailable(silent_port):
    silent = database(f"postgresql://quarry@127.0.0.1:{silent_port}/quarry")
    for ask in (
        lambda: silent.execute_query("SELECT 1"),
        lambda: silent.transaction(lambda session: session),
    ):
        with patience.answering(0.4), pytest.raises(StoreUnavailable):
            run(ask())
    with patience.answering(0.4):
        assert run(silent.health_check()).status == "unhealthy"
    silent.close()


def test_a_closed_port_is_an_outage(closed_port):
    unavailable = database(f"postgresql://quarry:secret@127.0.0.1:{closed_port}/quarry")
    with pytest.raises(StoreUnavailable):
        run(unavailable.execute_query("SELECT 1"))
    health = run(unavailable.health_check())
    assert (health.status, "secret" in health.error) == ("unhealthy", False)
    unavailable.close()


def test_a_healthy_server_says_how_long_it_took(db):
    health = run(db.health_check())
    assert (health.type, health.status, health.error) == ("PostgreSQL", "healthy", None)


def test_an_authority_demands_tls_and_a_server_without_it_is_refused(empty_postgresql_url):
    demanding = database(empty_postgresql_url, ca_file=AUTHORITIES)
    with pytest.raises(StoreUnavailable):
        run(demanding.execute_query("SELECT 1"))
    demanding.close()


NASTY = [
    "",
    " ",
    "\\",
    "\\N",
    "\\.",
    "a\tb\nc\rd",
    "back\\slash\\",
    "quote \" and ' and ,",
    "{brace}",
    "NULL",
    "ёЁ 🧱 \u00a0",
    "\x1f\x1e\x7f",
]


def test_copied_rows_come_back_as_they_were(db):
    columns = {
        "place": "integer",
        "word": "text",
        "words": "text[]",
        "numbers": "real[]",
        "price": "numeric",
        "json": "jsonb",
        "list": "jsonb",
        "flag": "boolean",
        "moment": "timestamptz",
    }
    run(db.execute_command(f"CREATE TABLE copied ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"))
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    rows = [
        (
            place,
            word,
            [word, None],
            [1.5, -2],
            Decimal("12.3400"),
            {"word": word},
            json_text([word]),
            place % 2 == 0,
            moment,
        )
        for place, word in enumerate(NASTY)
    ]
    rows.append((len(NASTY), *[None] * (len(columns) - 1)))
    run(db.transaction(lambda session: copy_rows(session, "copied", tuple(columns), rows)))
    found = [tuple(row.values()) for row in run(db.execute_query("SELECT * FROM copied ORDER BY place"))]
    expected = [(*row[:6], [row[1]] if row[6] else None, *row[7:]) for row in rows]
    assert found == expected


def test_what_postgresql_cannot_hold_is_left_out_of_a_copy(db):
    run(db.execute_command("CREATE TABLE copied (word text, json jsonb)"))
    rows = [("a\x00b", {"a\x00": ["c\x00d"], "e": "\\u0000"}), ("lone \ud800 surrogate", None)]
    run(db.transaction(lambda session: copy_rows(session, "copied", ("word", "json"), rows)))
    assert run(db.execute_query("SELECT * FROM copied")) == [
        {"word": "ab", "json": {"a": ["cd"], "e": "\\u0000"}},
        {"word": "lone ? surrogate", "json": None},
    ]


def test_blocks_of_any_number_of_rows_are_copied(db):
    run(db.execute_command("CREATE TABLE copied (place integer)"))
    run(db.transaction(lambda session: copy_rows(session, "copied", ("place",), ((n,) for n in range(1201)))))
    assert run(db.execute_query("SELECT count(*), sum(place) FROM copied")) == [{"count": 1201, "sum": 720600}]
