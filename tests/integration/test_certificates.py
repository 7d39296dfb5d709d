"""Days that certificates of stores are still valid, seen by a handshake as each store has it."""

import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from local.processes import free_port
from quarry.adapters.certificates import Certificate, certificates
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from quarry.settings import Settings
from tests.environment import composed, forget
from tests.integration.functions import call, restored
from tests.integration.tls_servers import TLSFront, certificate


@pytest.fixture
def tls(tmp_path):
    """The port of a server of TLS, and the file of its certificate, which ends tomorrow."""
    file = certificate(tmp_path / "server.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def serve():
        with suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                with accepted, suppress(OSError), context.wrap_socket(accepted, server_side=True) as encrypted:
                    encrypted.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], file


def test_a_certificates_days_are_counted(tls):
    port, file = tls
    assert run(Certificate("Qdrant", "127.0.0.1", port, file).days_left()) == 0


def test_one_that_is_not_trusted_or_not_there_is_not_counted(tls):
    port, _ = tls
    with pytest.raises(StoreUnavailable, match="not trusted: self-signed"):
        run(Certificate("Qdrant", "127.0.0.1", port).days_left())
    with pytest.raises(StoreUnavailable):
        run(Certificate("Qdrant", "127.0.0.1", free_port()).days_left())
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(StoreUnavailable):
        run(Certificate("PostgreSQL", "127.0.0.1", silent.getsockname()[1], asked_for=True).days_left())


def test_the_diagnosis_counts_the_days_of_postgresqls_which_is_asked_for_tls(request, tmp_path, postgresql_url):
    file = certificate(tmp_path / "server.pem", "127.0.0.1")
    front = TLSFront(urlsplit(postgresql_url).port, file, asked=True)
    with restored(), composed(request) as patch:
        patch.setenv("POSTGRESQL_URL", postgresql_url.replace(f":{front.target}/", f":{front.port}/"))
        patch.setenv("POSTGRESQL_CA_FILE", file)
        forget()
        said = call("health/app.py", "GET", "/health/full").body
        assert said["certificates"] == {"PostgreSQL": 0}
        assert said["databases"]["relational_database"]["status"] == "healthy"
    front.close()


@pytest.mark.parametrize(
    ("given", "looked_at"),
    [
        ({}, {}),
        ({"qdrant_url": "https://q.example.com:6333"}, {"Qdrant": ("q.example.com", 6333)}),
        ({"redis_url": "rediss://:secret@r.example.com"}, {"Redis": ("r.example.com", 6379)}),
        ({"redis_url": "rediss://r.example.com", "disable_redis_connection": True}, {}),
        ({"postgresql_url": "postgresql://u:p@db.example.com/q"}, {"PostgreSQL": ("db.example.com", 5432)}),
        ({"postgresql_url": "postgresql://u:p@db.example.com/q", "qdrant_only_mode": True}, {}),
        (
            {
                "postgresql_url": "postgresql://u:p@db.internal/q",
                "enable_ssh_tunnel": True,
                "ssh_host": "h",
                "ssh_user": "u",
                "ssh_host_key": "k",
            },
            {},
        ),
    ],
)
def test_only_stores_that_are_reached_by_tls_are_looked_at(given, looked_at):
    found = {name: (one.host, one.port) for name, one in certificates(Settings(**given)).items()}
    assert found == looked_at
