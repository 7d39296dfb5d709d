import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from io import StringIO
from urllib.parse import urlsplit

import paramiko
import pytest

from local import ROOT
from quarry.adapters.copying import copy_rows
from quarry.adapters.postgresql import PostgreSQLDatabase
from quarry.adapters.ssh_tunnel import SSHTunnel
from quarry.errors import StoreTimeout, StoreUnavailable
from quarry.runtime import run

USER = "quarry"
BROKEN = (OSError, EOFError, paramiko.SSHException)


def pump(read, write, close):
    with suppress(*BROKEN):
        while data := read(32768):
            write(data)
    with suppress(*BROKEN):
        close()


class Gate(paramiko.ServerInterface):
    """Lets in whoever has the key, and forwards whatever is asked for."""

    def __init__(self, client_key):
        self.client_key = client_key
        self.asked = []

    def check_auth_publickey(self, username, key):
        known = username == USER and key.asbytes() == self.client_key.asbytes()
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey"

    def check_channel_direct_tcpip_request(self, chanid, origin, destination):
        try:
            self.asked.append(socket.create_connection(destination, 5))
        except OSError:
            return paramiko.OPEN_FAILED_CONNECT_FAILED
        return paramiko.OPEN_SUCCEEDED


class SSHServer:
    """An SSH server in threads of this process."""

    def __init__(self, host_key, client_key):
        self.host_key = host_key
        self.client_key = client_key
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.transports = []
        self.sockets = []
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        with suppress(OSError):
            while True:
                accepted, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted):
        transport = paramiko.Transport(accepted)
        self.transports.append(transport)
        transport.add_server_key(self.host_key)
        gate = Gate(self.client_key)
        with suppress(*BROKEN):
            transport.start_server(server=gate)
            while transport.is_active():
                channel = transport.accept(1)
                if channel:
                    target = gate.asked.pop(0)
                    self.sockets.append(target)
                    for read, write in ((channel.recv, target.sendall), (target.recv, channel.sendall)):
                        threading.Thread(target=pump, args=(read, write, channel.close), daemon=True).start()

    def drop_connections(self):
        for transport in self.transports:
            transport.close()

    def close(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()
        self.drop_connections()
        for opened in self.sockets:
            opened.close()


@pytest.fixture(scope="module")
def client_key():
    return paramiko.ECDSAKey.generate()


@pytest.fixture(scope="module", params=["ecdsa", "rsa"])
def host_key(request):
    return paramiko.RSAKey.generate(2048) if request.param == "rsa" else paramiko.ECDSAKey.generate()


@pytest.fixture
def server(host_key, client_key):
    made = SSHServer(host_key, client_key)
    yield made
    made.close()


def tunnel_to(server, client_key, **changes):
    text = StringIO()
    client_key.write_private_key(text)
    known = {"host_key": f"[127.0.0.1]:{server.port} {server.host_key.get_name()} {server.host_key.get_base64()}"}
    return SSHTunnel("127.0.0.1", server.port, USER, private_key=text.getvalue(), **{**known, **changes})


@pytest.fixture
def tunnel(server, client_key):
    made = tunnel_to(server, client_key)
    yield made
    made.close()


@pytest.fixture
def db(empty_postgresql_url, tunnel):
    opened = PostgreSQLDatabase(
        empty_postgresql_url, connect_timeout=5, query_timeout=10, write_timeout=10, tunnel=tunnel
    )
    yield opened
    opened.close()


def test_queries_and_bulk_writes_go_through_the_tunnel(db, server, tunnel):
    run(db.execute_command("CREATE TABLE numbers (n integer, text text)"))
    rows = [(n, "кирпич " * 20) for n in range(20_000)]
    run(db.transaction(lambda connection: copy_rows(connection, "numbers", ("n", "text"), rows)))
    assert run(db.execute_query("SELECT count(*) AS n, sum(n) AS sum FROM numbers")) == [{"n": 20000, "sum": 199990000}]
    assert len(server.transports) == 1
    assert tunnel.health().status == "healthy"


def test_migrations_go_through_the_tunnel(server, client_key, empty_postgresql_url):
    text = StringIO()
    client_key.write_private_key(text)
    settings = {
        "POSTGRESQL_URL": empty_postgresql_url,
        "ENABLE_SSH_TUNNEL": "true",
        "SSH_HOST": "127.0.0.1",
        "SSH_PORT": str(server.port),
        "SSH_USER": USER,
        "SSH_HOST_KEY": f"{server.host_key.get_name()} {server.host_key.get_base64()}",
        "SSH_PRIVATE_KEY": text.getvalue(),
    }
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)
    assert len(server.transports) == 1


def test_a_server_with_another_key_is_refused(server, client_key, empty_postgresql_url, caplog):
    other = (paramiko.RSAKey if server.host_key.get_name() == "ssh-rsa" else paramiko.ECDSAKey).generate
    stranger = other(2048) if server.host_key.get_name() == "ssh-rsa" else other()
    tunnel = tunnel_to(server, client_key, host_key=f"{stranger.get_name()} {stranger.get_base64()}")
    db = PostgreSQLDatabase(empty_postgresql_url, connect_timeout=5, query_timeout=5, write_timeout=5, tunnel=tunnel)
    with caplog.at_level(logging.WARNING, "quarry"), pytest.raises(StoreUnavailable):
        run(db.execute_query("SELECT 1"))
    reasons = {record.reason for record in caplog.records if record.name == "quarry.adapters.ssh_tunnel"}
    assert reasons == {"the server's key is not the one that SSH_HOST_KEY tells"}
    db.close()


def test_a_key_that_the_server_does_not_know_is_an_outage(server, empty_postgresql_url):
    tunnel = tunnel_to(server, paramiko.ECDSAKey.generate())
    db = PostgreSQLDatabase(empty_postgresql_url, connect_timeout=5, query_timeout=5, write_timeout=5, tunnel=tunnel)
    with pytest.raises(StoreUnavailable):
        run(db.execute_query("SELECT 1"))
    db.close()


def test_a_private_key_with_a_passphrase_is_opened(server, client_key):
    text = StringIO()
    client_key.write_private_key(text, password="secret")
    tunnel = tunnel_to(server, client_key)
    locked = SSHTunnel(
        "127.0.0.1",
        server.port,
        USER,
        host_key=f"{server.host_key.get_name()} {server.host_key.get_base64()}",
        private_key=text.getvalue(),
        passphrase="secret",
    )
    with closing(socket.create_server(("127.0.0.1", 0))) as target:
        locked("127.0.0.1", target.getsockname()[1], 5).close()
    locked.close()
    tunnel.close()


def test_a_tunnel_that_broke_is_opened_anew(db, server):
    assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]
    server.drop_connections()
    assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]
    assert len(server.transports) == 2


def test_a_database_that_the_ssh_server_cannot_reach_is_an_outage(tunnel):
    with closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        port = nobody.getsockname()[1]
    url = f"postgresql://quarry@127.0.0.1:{port}/quarry"
    db = PostgreSQLDatabase(url, connect_timeout=5, query_timeout=5, write_timeout=5, tunnel=tunnel)
    with pytest.raises(StoreUnavailable):
        run(db.execute_query("SELECT 1"))
    db.close()


def test_a_silent_ssh_server_is_an_outage_within_the_time_to_connect(client_key, host_key, empty_postgresql_url):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        text = StringIO()
        client_key.write_private_key(text)
        key = f"{host_key.get_name()} {host_key.get_base64()}"
        port = silent.getsockname()[1]
        tunnel = SSHTunnel("127.0.0.1", port, USER, host_key=key, private_key=text.getvalue())
        db = PostgreSQLDatabase(
            empty_postgresql_url, connect_timeout=0.5, query_timeout=60, write_timeout=60, tunnel=tunnel
        )
        with pytest.raises((StoreUnavailable, StoreTimeout)):
            run(db.execute_query("SELECT 1"))
        db.close()
        tunnel.close()


def test_closing_the_socket_ends_its_threads(server, tunnel, empty_postgresql_url):
    port = urlsplit(empty_postgresql_url).port
    opened = tunnel("127.0.0.1", port, 5)
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("ssh-tunnel")]
    opened.close()
    for thread in ours:
        thread.join(10)
    assert len(ours) == 2
    assert not any(thread.is_alive() for thread in ours)


@pytest.mark.parametrize("key", ["", "example.org", "ssh-ed25519", "ssh-ed25519 §"])
def test_a_host_key_that_is_none_is_refused_at_once(key):
    with pytest.raises(ValueError):
        SSHTunnel("127.0.0.1", 22, USER, host_key=key)


def test_a_tunnel_that_was_not_used_says_so():
    key = paramiko.ECDSAKey.generate()
    tunnel = SSHTunnel("127.0.0.1", 22, USER, host_key=f"{key.get_name()} {key.get_base64()}")
    assert tunnel.health().status == "degraded"
