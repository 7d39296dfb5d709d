"""Whatever PostgreSQL and its connection do wrong becomes one of our own errors."""

import socket
import struct

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.errors import ContentRefused, StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run
from tests.integration.borders import SECRET, closed_port, met, playing, reset

NAME = "PostgreSQL"
CODES = {
    "08000": StoreUnavailable,
    "08006": StoreUnavailable,
    "0A000": StoreError,
    "21000": StoreError,
    "22003": ContentRefused,
    "22P02": ContentRefused,
    "23502": ContentRefused,
    "23503": ContentRefused,
    "23505": StoreError,
    "23514": ContentRefused,
    "25006": StoreUnavailable,
    "25P02": StoreError,
    "28000": StoreUnavailable,
    "28P01": StoreUnavailable,
    "3D000": StoreUnavailable,
    "3F000": StoreError,
    "40001": StoreError,
    "40P01": StoreError,
    "42501": StoreError,
    "42601": StoreError,
    "42P01": StoreError,
    "53000": StoreUnavailable,
    "53100": StoreUnavailable,
    "53200": StoreUnavailable,
    "53300": StoreUnavailable,
    "54001": ContentRefused,
    "55006": StoreError,
    "55P03": StoreTimeout,
    "57014": StoreTimeout,
    "57P01": StoreUnavailable,
    "57P02": StoreUnavailable,
    "57P03": StoreUnavailable,
    "58000": StoreUnavailable,
    "58030": StoreUnavailable,
    "P0001": StoreError,
    "XX000": StoreError,
    "XX001": StoreUnavailable,
    "XX002": StoreUnavailable,
}


def database(port):
    url = f"postgresql://{SECRET}:{SECRET}@127.0.0.1:{port}/{SECRET}"
    return PostgreSQLDatabase(url, connect_timeout=0.3)


@pytest.fixture(scope="module")
def real(engines):
    url = engines.database("template1")
    opened = PostgreSQLDatabase(url, connect_timeout=2)
    yield opened
    opened.close()
    engines.drop(url)


@pytest.mark.parametrize(("code", "error"), CODES.items())
def test_each_code_of_the_real_server_is_an_outage_or_a_refusal(real, code, error):
    fault = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"
    for ask in (real.execute_query, real.execute_command):
        found = met(NAME, lambda ask=ask: ask(fault))
        assert type(found) is error
        assert getattr(found, "code", code) == code
    assert run(real.execute_query("SELECT 1 AS one")) == [{"one": 1}]


@pytest.mark.parametrize(
    ("statement", "params", "code"),
    [
        ("SELECT CAST(:text AS text)", {"text": "NUL \0"}, "22021"),
        ("SELECT CAST(:text AS text)", {"text": "lone \ud800 surrogate"}, "22021"),
        ("SELECT CAST(:missing AS text)", {}, None),
        ("SELECT CAST('infinity' AS timestamptz)", {}, "22000"),
        ("CREATE TABLE nothing_to_read (id integer)", {}, None),
    ],
)
def test_what_cannot_be_sent_or_read_is_not_an_outage(real, statement, params, code):
    found = met(NAME, lambda: real.execute_query(statement, params))
    assert (type(found), found.code) == (ContentRefused if code else StoreError, code)
    assert run(real.execute_query("SELECT 1 AS one")) == [{"one": 1}]


def message(kind: bytes, content: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


def refusal(code: str, severity: str = "FATAL") -> bytes:
    fields = (f"S{severity}", f"V{severity}", f"C{code}", "Mno")
    return message(b"E", b"".join(field.encode() + b"\0" for field in fields) + b"\0")


WELCOME = message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I")


def greeted(connection: socket.socket, greeting: bytes) -> None:
    connection.recv(4096)
    connection.sendall(greeting)


def starting(greeting: bytes):
    """A server whose first answer is ``greeting``, and which then closes."""
    return lambda connection: greeted(connection, greeting)


def asked(answer: bytes | None):
    """A server that accepts the login and answers the first statement like this; with a reset when it is None."""

    def play(connection):
        greeted(connection, WELCOME)
        connection.recv(4096)
        if answer is None:
            reset(connection)
        else:
            connection.sendall(answer)

    return play


REFUSED_AT_THE_START = ["0A000", "22023", "28000", "28P01", "3D000", "42501", "53300", "57P03", "XX000"]
ROW = message(b"T", b"\0\1x\0" + struct.pack("!ihihih", 0, 0, 23, 4, -1, 0))
FAULTS = {
    **{f"refused with {code}": starting(refusal(code)) for code in REFUSED_AT_THE_START},
    "closed at once": lambda connection: None,
    "reset at once": reset,
    "closed in the greeting": starting(WELCOME[:7]),
    "an unknown message": starting(message(b"?")),
    "a length below zero": starting(b"R" + struct.pack("!i", -7)),
    "a length of a gigabyte": starting(b"R" + struct.pack("!i", 1 << 30)),
    "HTTP": starting(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a way to log in that nobody knows": starting(message(b"R", struct.pack("!i", 99))),
    "SCRAM that goes wrong": starting(
        message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0") + message(b"R", b"\0\0\0\x0br=x")
    ),
    "closed in the answer": asked(message(b"T", b"\0\1")[:6]),
    "closed after the statement": asked(b""),
    "reset after the statement": asked(None),
    "an unknown message in the answer": asked(message(b"?")),
    "a row shorter than its columns": asked(ROW + message(b"D", b"\0\1")),
    "columns without their names": asked(message(b"T", b"\0\5")),
    "an error without its code": asked(message(b"E", b"Mno\0\0") + message(b"Z", b"I")),
    "an end of the connection, told": asked(refusal("25P03") + message(b"Z", b"I")),
}


@pytest.mark.parametrize("play", FAULTS.values(), ids=FAULTS)
def test_a_server_that_breaks_off_or_speaks_rubbish_is_an_outage(play):
    with playing(play) as port:
        db = database(port)
        for ask in (db.execute_query, db.execute_command):
            assert type(met(NAME, lambda ask=ask: ask("SELECT 1"))) is StoreUnavailable
        health = run(db.health_check())
        assert (health.status, SECRET in health.error) == ("unhealthy", False)
        db.drop_connections()
        db.close()


@pytest.mark.parametrize(
    "play", [lambda connection: connection.recv(1) and connection.recv(1 << 20) and connection.recv(1), asked(ROW)]
)
def test_a_server_that_goes_silent_is_unavailable(play):
    def silent(connection):
        play(connection)
        connection.recv(1)

    with playing(silent) as port:
        db = database(port)
        assert type(met(NAME, lambda: db.execute_query("SELECT 1"))) is StoreUnavailable
        db.close()


def test_a_tls_handshake_that_fails_is_an_outage():
    import botocore

    with playing(lambda connection: (connection.recv(8), connection.sendall(b"Srubbish"))) as port:
        db = PostgreSQLDatabase(
            f"postgresql://quarry:{SECRET}@127.0.0.1:{port}/quarry",
            connect_timeout=0.3,
            ca_file=f"{botocore.__path__[0]}/cacert.pem",
        )
        assert type(met(NAME, lambda: db.execute_query("SELECT 1"))) is StoreUnavailable
        db.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 70, "127.0.0.1"])
def test_an_address_that_leads_nowhere_is_an_outage(host, monkeypatch, caplog):
    resolve = socket.getaddrinfo

    def unknown(name, *rest):
        # Without a network the resolver may take its time: it says here what it would.
        if name == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(name, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    db = PostgreSQLDatabase(
        f"postgresql://quarry:{SECRET}@{host}:{closed_port()}/quarry",
        connect_timeout=0.3,
    )
    assert type(met(NAME, lambda: db.execute_query("SELECT 1"))) is StoreUnavailable
    db.close()
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", [f"postgresql://quarry:x@127.0.0.1:{SECRET}/quarry", f"nonsense {SECRET}"])
def test_a_url_that_cannot_be_read_is_not_shown(url):
    with pytest.raises(ValueError, match="POSTGRESQL_URL") as error:
        PostgreSQLDatabase(url, connect_timeout=1)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
