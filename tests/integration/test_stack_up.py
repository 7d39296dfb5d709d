"""``quarry up`` as a process: what it prints and writes, how its parts come and go."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx
import pg8000.native
import psutil
import pytest
import redis

from local import ROOT
from local.processes import free_port
from local.template import REGION

PARTS = {"api", "postgresql", "redis", "qdrant", "s3", "sqs"}


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "local", *map(str, arguments)]


@contextmanager
def _running(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    port = str(free_port())
    command = _command("up", "--home", home, "--port", port, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as stack:
        try:
            assert stack.stdout.readline() == f"ready http://127.0.0.1:{port}\n"
            yield stack
        finally:
            stack.send_signal(signal.SIGTERM)
            stack.wait()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("stack") / "home"


@pytest.fixture(scope="module")
def stack(home):
    with _running(home, "--auth") as running:
        yield running


@pytest.fixture
def endpoints(stack, home):
    return json.loads((home / "endpoints.json").read_text())


def _gone(pids: set[int]) -> bool:
    return all(not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in pids)


def _family(stack: subprocess.Popen[str]) -> set[int]:
    return {child.pid for child in psutil.Process(stack.pid).children(recursive=True)}


def _only(home: Path, part: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command("up", "--only", part, "--home", home), capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_endpoints_name_every_part_with_a_living_process(endpoints):
    assert set(endpoints) == PARTS
    assert all({"url", "port", "pid"} <= set(part) for part in endpoints.values())
    assert all(psutil.pid_exists(part["pid"]) for part in endpoints.values())


def test_each_store_answers_under_its_address(endpoints):
    with redis.Redis.from_url(endpoints["redis"]["url"]) as client:
        assert client.ping()
    user, _, rest = endpoints["postgresql"]["url"].removeprefix("postgresql://").partition(":")
    password, _, place = rest.partition("@")
    with pg8000.native.Connection(user, "127.0.0.1", "quarry", endpoints["postgresql"]["port"], password) as database:
        assert database.run("SELECT count(*) FROM alembic_version") == [[1]]
    assert place.endswith("/quarry")
    key = {"api-key": endpoints["qdrant"]["api_key"]}
    assert httpx.get(f"{endpoints['qdrant']['url']}/collections", headers=key).status_code == 200
    access = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": REGION}
    s3 = boto3.client("s3", endpoint_url=endpoints["s3"]["url"], **access)
    names = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert names == {"quarry-pricelists-123456789012", "quarry-readings-123456789012"}
    s3.close()


def test_the_stores_refuse_clients_without_a_password(endpoints):
    with (
        redis.Redis(port=endpoints["redis"]["port"]) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
    assert httpx.get(f"{endpoints['qdrant']['url']}/collections").status_code in {401, 403}
    with pytest.raises(pg8000.exceptions.DatabaseError):
        pg8000.native.Connection("quarry", "127.0.0.1", "quarry", endpoints["postgresql"]["port"], "guess")


def test_with_auth_callers_need_the_token(endpoints):
    url = f"{endpoints['api']['url']}/api/v1/batches"

    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"authorization": f"Bearer {endpoints['api']['token']}"}).status_code != 401


def test_files_with_passwords_are_their_owners_alone(stack, home):
    for name in ("secrets.json", "endpoints.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


def test_a_home_in_use_is_not_opened_twice(stack, home):
    second = subprocess.run(
        _command("up", "--home", home, "--port", str(free_port())),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert (second.returncode, second.stdout) == (1, "")
    assert "already" in second.stderr


def test_a_taken_port_is_said(endpoints, tmp_path):
    second = subprocess.run(
        _command("up", "--home", tmp_path / "other", "--port", str(endpoints["api"]["port"])),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert second.returncode == 1
    assert "is taken" in second.stderr


@pytest.mark.parametrize("part", ["redis", "qdrant", "sqs", "postgresql", "api"])
def test_a_dead_part_ends_nothing_else_and_comes_back_on_its_port(stack, home, part):
    before = json.loads((home / "endpoints.json").read_text())
    os.kill(before[part]["pid"], signal.SIGKILL)
    while not _gone({before[part]["pid"]}):
        time.sleep(0.02)
    restarted = _only(home, part)
    after = json.loads((home / "endpoints.json").read_text())

    assert stack.poll() is None
    assert restarted.returncode == 0, restarted.stderr
    assert after[part]["port"] == before[part]["port"]
    assert after[part]["pid"] != before[part]["pid"]
    same_process = {"s3", "sqs"} if part in {"s3", "sqs"} else {part}
    assert {name for name in PARTS if after[name] != before[name]} == same_process


def test_a_part_that_does_not_exist_is_wrong_usage(stack, home):
    assert _only(home, "mysql").returncode == 2


def test_a_stop_leaves_no_child_and_the_data_and_passwords_stay(tmp_path):
    home = tmp_path / "home"
    with _running(home) as stack:
        known = (home / "secrets.json").read_text()
        url = json.loads((home / "endpoints.json").read_text())["redis"]["url"]
        with redis.Redis.from_url(url) as client:
            client.set("kept", "yes")
        family = _family(stack)
    assert stack.returncode == 0
    assert _gone(family)
    assert not (home / "endpoints.json").exists()
    assert _only(home, "redis").returncode == 1

    with _running(home):
        assert (home / "secrets.json").read_text() == known
        url = json.loads((home / "endpoints.json").read_text())["redis"]["url"]
        with redis.Redis.from_url(url) as client:
            assert client.get("kept") == b"yes"


def test_a_killed_supervisor_takes_its_children_along(tmp_path):
    home = tmp_path / "home"
    with _running(home) as stack:
        family = _family(stack)
        stack.kill()
        stack.wait()
        while not _gone(family):
            time.sleep(0.05)
