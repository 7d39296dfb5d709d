"""PostgreSQL through an SSH server: a process of its own, which is killed, frozen, and started again."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import boto3
import httpx
import psutil
import pytest

from local import ROOT
from local.processes import free_port
from quarry import patience
from quarry.adapters import ssh_tunnel
from quarry.adapters.postgresql.copying import copy_rows
from quarry.adapters.ssh_tunnel import SSHTunnel
from quarry.breaker import State
from quarry.dependencies import environment as environments
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.http.app import create_app
from quarry.http.health import router
from quarry.runtime import run
from tests.environment import composed, forget
from tests.integration.ssh_servers import HOST_KEYS, KINDS, USER, SSHServer, new_key, prepared
from tests.integration.tls_servers import TLSFront, certificate

CLIENT_KEYS = {kind: new_key(kind) for kind in HOST_KEYS}
PASSPHRASE = "geheim"
ED25519 = HOST_KEYS[0]


@pytest.fixture(scope="module", params=KINDS)
def standing(request, tmp_path_factory) -> Iterator[SSHServer]:
    yield from prepared(request.param, tmp_path_factory.mktemp("ssh"), *CLIENT_KEYS.values())


@pytest.fixture
def server(standing) -> SSHServer:
    standing.renew()
    return standing


@pytest.fixture
def environment(request, server):
    """An execution environment that reaches PostgreSQL through the server."""
    with composed(request) as patch:
        for name, value in settings(server).items():
            patch.setenv(name, value)
        forget()
        yield patch
        server.thaw()
        disconnect()


@pytest.fixture
def link(server) -> Iterator[SSHTunnel]:
    """A tunnel that sends a keep-alive ten times a second."""
    about = {"host_key": server.host_key(ED25519), "private_key": private(), "keep_alive": 0.1}
    made = SSHTunnel("127.0.0.1", server.port, USER, **about)
    yield made
    made.close()


def private(kind: str = ED25519, passphrase: str | None = None) -> str:
    return CLIENT_KEYS[kind].export_private_key(passphrase=passphrase, rounds=50).decode()


def settings(server: SSHServer, **changes: str) -> dict[str, str]:
    return {
        "ENABLE_SSH_TUNNEL": "true",
        "SSH_HOST": "127.0.0.1",
        "SSH_PORT": str(server.port),
        "SSH_USER": USER,
        "SSH_HOST_KEY": server.host_key(ED25519),
        "SSH_PRIVATE_KEY": private(),
    } | changes


def disconnect() -> None:
    composition().postgresql.close()
    composition().tunnel.close()


def change(environment, **changes: str) -> None:
    for name, value in changes.items():
        environment.setenv(name, value)
    forget()


def query() -> list[dict]:
    return run(composition().postgresql.execute_query("SELECT 1 AS one"))


def health() -> tuple[dict, str]:
    """The tunnel's state and PostgreSQL's, as the full diagnosis reports them."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app("health", [router]))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.get("/api/v1/health/full")

    answer = run(ask())
    assert PASSPHRASE not in answer.text
    assert "127.0.0.1" not in answer.text
    reported = answer.json()
    return reported["tunnel"], reported["databases"]["relational_database"]["status"]


def until(reached) -> None:
    while not reached():
        time.sleep(0.05)


def listening() -> set[tuple]:
    found = psutil.Process().net_connections("inet")
    return {one.laddr for one in found if one.status == psutil.CONN_LISTEN}


def test_both_connections_share_one_link_and_no_port_is_opened(environment, server):
    before = listening()
    db = composition().postgresql
    rows = [(n, "кирпич " * 20) for n in range(20_000)]
    run(db.execute_command("CREATE TABLE numbers (n integer, text text)"))

    async def at_once():
        await asyncio.gather(
            db.transaction(lambda session: copy_rows(session, "numbers", ("n", "text"), rows)),
            db.execute_query("SELECT pg_sleep(0.2)"),
        )

    run(at_once())

    assert run(db.execute_query("SELECT count(*) AS n, sum(n) AS sum FROM numbers")) == [{"n": 20000, "sum": 199990000}]
    assert (server.count("let in"), server.count("forwarded")) == (1, 2)
    assert listening() == before
    reported, postgresql = health()
    assert (reported["status"], postgresql) == ("healthy", "healthy")


@pytest.mark.parametrize("kind", HOST_KEYS)
def test_the_pinned_key_is_known_whatever_kind_it_is_of(environment, server, kind):
    change(environment, SSH_HOST_KEY=f"[ssh-gate.example]:{server.port} {server.host_key(kind)}")

    assert query() == [{"one": 1}]


@pytest.mark.parametrize("kind", HOST_KEYS)
def test_a_server_with_another_key_is_refused_before_it_learns_the_user(environment, server, kind, caplog):
    change(environment, SSH_HOST_KEY=new_key(kind).export_public_key().decode())

    with caplog.at_level(logging.WARNING, "quarry"), pytest.raises(StoreUnavailable, match="PostgreSQL"):
        query()

    reason = "the server's key is not the one in SSH_HOST_KEY"
    reasons = {record.reason for record in caplog.records if record.name == "quarry.adapters.ssh_tunnel"}
    reported, postgresql = health()
    assert reasons == {reason}
    assert (reported["status"], reported["error"], postgresql) == ("unhealthy", reason, "unhealthy")
    assert server.count("asked") == 0


def test_a_server_without_a_key_of_the_pinned_kind_is_refused(environment, server):
    change(environment, SSH_HOST_KEY=new_key("ecdsa-sha2-nistp384").export_public_key().decode())

    with pytest.raises(StoreUnavailable):
        query()
    assert server.count("asked") == 0


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
@pytest.mark.parametrize("kind", HOST_KEYS)
def test_a_private_key_is_read_whatever_kind_it_is_of(environment, kind, passphrase):
    change(environment, SSH_PRIVATE_KEY=private(kind, passphrase), SSH_PRIVATE_KEY_PASSPHRASE=passphrase or "")

    assert query() == [{"one": 1}]


@pytest.mark.parametrize("passphrase", ["", f"{PASSPHRASE}!"])
def test_a_private_key_that_cannot_be_unlocked_is_refused_without_contacting_the_server(
    environment, server, passphrase
):
    change(environment, SSH_PRIVATE_KEY=private(passphrase=PASSPHRASE), SSH_PRIVATE_KEY_PASSPHRASE=passphrase)

    with pytest.raises(StoreUnavailable):
        query()

    reported, _ = health()
    assert reported["status"] == "unhealthy"
    assert reported["error"] == "SSH_PRIVATE_KEY is no key that its passphrase opens"
    assert server.count("asked") == 0


def test_a_private_key_that_the_server_does_not_know_is_an_outage(environment, server):
    change(environment, SSH_PRIVATE_KEY=new_key().export_private_key().decode())

    with pytest.raises(StoreUnavailable):
        query()

    reported, postgresql = health()
    assert (reported["status"], reported["error"], postgresql) == ("unhealthy", "Authentication failed.", "unhealthy")
    assert server.count("asked") > server.count("let in") == 0


def test_a_private_key_is_rotated_without_a_deployment(environment, server, aws_url):
    manager = boto3.client("secretsmanager")
    old, new = new_key().export_private_key().decode(), private(passphrase=PASSPHRASE)
    names = {name: f"{name}-{uuid.uuid4().hex}" for name in ("SSH_PRIVATE_KEY", "SSH_PRIVATE_KEY_PASSPHRASE")}
    for name, value in zip(names, (old, "old"), strict=True):
        manager.create_secret(Name=names[name], SecretString=value)
    change(environment, **{f"{name}_SECRET": secret for name, secret in names.items()})
    composition()

    for name, value in zip(names, (new, PASSPHRASE), strict=True):
        manager.put_secret_value(SecretId=names[name], SecretString=value)

    assert query() == [{"one": 1}]
    assert server.count("let in") == 1
    for secret in names.values():
        manager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def test_an_idle_link_is_kept_alive(link, server):
    link("127.0.0.1", server.port, 5).close()

    until(lambda: server.count("keep-alive") >= 3)
    assert run(link.health_check()).status == "healthy"


def test_an_idle_connection_without_answers_is_closed_and_opened_again(link, server, monkeypatch):
    monkeypatch.setattr(ssh_tunnel, "_ANSWER_SECONDS", 0.3)
    opened = link("127.0.0.1", server.port, 5)
    opened.settimeout(30)
    assert opened.recv(4096).startswith(b"SSH-2.0")
    server.freeze()

    assert opened.recv(4096) == b""

    server.thaw()
    opened.close()
    link("127.0.0.1", server.port, 5).close()
    assert server.count("let in") == 2


def test_a_link_that_was_silent_for_long_is_not_relied_on(environment, server, monkeypatch):
    assert query() == [{"one": 1}]
    monkeypatch.setattr(ssh_tunnel, "_STALE_SECONDS", 0.0)
    composition().postgresql.drop_connections()

    assert query() == [{"one": 1}]
    assert server.count("let in") == 2


def test_a_restored_environment_opens_a_link_of_its_own(environment, server):
    assert query() == [{"one": 1}]
    environments._restore(composition().connect)

    assert query() == [{"one": 1}]
    assert server.count("let in") == 2


def test_a_server_that_was_killed_and_came_back_is_used_again(environment, server):
    assert query() == [{"one": 1}]
    server.kill()
    server.start()

    assert query() == [{"one": 1}]
    assert server.count("let in") == 2


def test_while_the_server_is_dead_the_breaker_opens_and_closes_once_it_is_back(environment, server):
    change(environment, BREAKER_FAILURES="1", BREAKER_OPEN_SECONDS="0.2")
    breaker = composition().postgresql.breaker
    assert query() == [{"one": 1}]
    server.kill()

    with pytest.raises(StoreUnavailable):
        query()
    assert breaker.state is not State.CLOSED
    reported, postgresql = health()
    assert (reported["status"], postgresql) == ("unhealthy", "unhealthy")
    assert "refused" in reported["error"]

    def recovered() -> bool:
        try:
            return query() == [{"one": 1}]
        except StoreUnavailable:
            return False

    server.start()
    until(recovered)
    assert breaker.state is State.CLOSED
    reported, postgresql = health()
    assert (reported["status"], postgresql) == ("healthy", "healthy")


def test_an_unavailable_database_behind_a_healthy_server_is_the_databases_outage(environment, server):
    change(environment, POSTGRESQL_URL=f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")

    with pytest.raises(StoreUnavailable, match="PostgreSQL"):
        query()

    reported, postgresql = health()
    assert (reported["status"], postgresql) == ("healthy", "unhealthy")
    assert server.count("let in") == 1


def test_a_server_that_refuses_to_forward_says_so(environment, server):
    server.kill()
    server.start(forwarding=False)

    with pytest.raises(StoreUnavailable):
        query()

    reported, postgresql = health()
    assert (reported["status"], reported["error"]) == ("degraded", "the SSH server refuses to forward")
    assert postgresql == "unhealthy"


def test_a_frozen_server_is_an_outage_until_it_thaws(environment, server):
    # The full diagnosis asks for much: its failures open no breaker here.
    change(environment, CONNECT_TIMEOUT="0.5", BREAKER_FAILURES="100")
    assert query() == [{"one": 1}]
    server.freeze()

    reported, postgresql = health()
    assert (reported["status"], postgresql) == ("unhealthy", "unhealthy")
    assert reported["error"]
    with patience.answering(1), pytest.raises(StoreUnavailable):
        query()

    server.thaw()
    assert query() == [{"one": 1}]
    assert health()[0]["status"] == "healthy"


def test_a_server_that_is_frozen_from_the_start_is_an_outage(environment, server):
    change(environment, CONNECT_TIMEOUT="0.5")
    server.freeze()

    with patience.answering(1), pytest.raises(StoreUnavailable):
        query()
    assert health()[0]["status"] == "unhealthy"


def test_a_wait_for_another_connection_respects_its_own_limit(link, server):
    server.freeze()

    def wait() -> None:
        with pytest.raises(TimeoutError):
            link("127.0.0.1", server.port, 2)

    first = threading.Thread(target=wait)
    first.start()
    until(link._lock.locked)

    with pytest.raises(TimeoutError, match="another connection"):
        link("127.0.0.1", server.port, 0.1)
    first.join()
    server.thaw()


def test_tls_holds_inside_the_tunnel(environment, server, tmp_path):
    authority = certificate(tmp_path / "server.pem", "127.0.0.1")
    url = os.environ["POSTGRESQL_URL"]
    with closing(TLSFront(urlsplit(url).port, authority, asked=True)) as front:
        behind = url.replace(f":{urlsplit(url).port}/", f":{front.port}/")
        change(environment, POSTGRESQL_URL=behind, POSTGRESQL_CA_FILE=authority)
        assert query() == [{"one": 1}]
        assert (front.encrypted, server.count("let in")) == (1, 1)

        disconnect()
        change(environment, POSTGRESQL_CA_FILE=certificate(tmp_path / "other.pem", "127.0.0.1"))
        with pytest.raises(StoreUnavailable):
            query()
        assert front.encrypted == 1


def test_migrations_go_through_the_tunnel(server, empty_postgresql_url):
    known = {**os.environ, "POSTGRESQL_URL": empty_postgresql_url, **settings(server)}
    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, env=known, check=True)
    assert server.count("let in") == 1


def test_closing_the_socket_ends_its_threads(link, server):
    opened = link("127.0.0.1", server.port, 5)
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("ssh-tunnel")]
    opened.close()
    for thread in ours:
        thread.join(10)
    assert len(ours) == 2
    assert not any(thread.is_alive() for thread in ours)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "example.org",
        "ssh-ed25519",
        "ssh-ed25519 §",
        "ssh-dss AAAAB3NzaC1kc3MAAACBAA==",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==",
        pytest.param("@revoked * " + new_key().export_public_key().decode(), id="revoked"),
    ],
)
def test_a_host_key_that_is_none_is_refused_at_once(key):
    with pytest.raises(ValueError):
        SSHTunnel("127.0.0.1", 22, USER, host_key=key)


def test_a_tunnel_that_was_not_used_says_so():
    unused = SSHTunnel("127.0.0.1", 22, USER, host_key=new_key().export_public_key().decode())
    reported = run(unused.health_check())
    assert (reported.status, reported.error) == ("degraded", "not opened yet")
