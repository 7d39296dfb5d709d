"""What the command finds wrong with the whole API on real stores, and with the queues of its dead letters."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from typer.testing import CliRunner

from local import doctor
from local.cli import app
from local.client import Api
from local.doctor import State, of_certificate, of_clock, of_dead_letters, of_diagnosis, of_encryption
from local.home import Home
from local.processes import free_port
from local.redrive import QUEUES
from quarry.dependencies.composition import composition
from quarry.runtime import run
from tests.integration.served import served
from tests.integration.tls_servers import certificate

COUNTS = dict.fromkeys(("materials", "points", "unindexed", "unreconciled", "batches_waiting"), 0)
MATERIALS = [
    {"id": str(place), "name": f"Клей плиточный {place} кг", "unit": "шт", "price": "380"} for place in range(5)
]


@pytest.fixture(scope="module")
def api(engines):
    with served(engines) as api:
        api.submit(MATERIALS, supplier_id=7)
        yield api


@pytest.fixture
def home(tmp_path, engines):
    """Of a stack whose queues are there, and empty."""
    client = boto3.client("sqs")
    for names in QUEUES.values():
        for name in names:
            client.create_queue(QueueName=name)
    Home(tmp_path).write_endpoints({"sqs": {"url": engines.aws.url}})
    yield tmp_path
    for names in QUEUES.values():
        for name in names:
            client.delete_queue(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"])
    client.close()


def examined(api, home):
    done = CliRunner().invoke(app, ["doctor", "--api", api.url, "--home", str(home), "--json"])
    # The functions are of this process, and count metrics on the same output.
    answer = json.loads(done.stdout[done.stdout.index('{\n  "healthy"') :])
    assert done.exit_code == (0 if answer["healthy"] else 1)
    return {one["part"]: (one["state"], one["found"], one["mend"]) for one in answer["findings"]}


def test_what_is_in_order_is_said_to_be(api, home):
    found = examined(api, home)
    faults = {part: said for part, said in found.items() if said[0] == "fault"}
    assert faults == {}
    assert {"api", "clock", "Qdrant", "PostgreSQL", "Redis", "schema", "index", "queue of chunks"} <= found.keys()
    assert found["index"][1] == "5 points of 5 materials"
    assert found["dead letters of chunks"][:2] == ("ok", "none")


def test_the_table_says_what_to_do(api, home):
    run(composition().postgresql.execute_command("UPDATE alembic_version SET version_num = 'earlier'"))
    try:
        done = CliRunner().invoke(app, ["doctor", "--api", api.url, "--home", str(home)])
        assert (done.exit_code, "earlier" in done.stdout, "migrations" in done.stdout) == (1, True, True)
    finally:
        revision = examined(api, home)["schema"][1].rpartition(" ")[2]
        command = "UPDATE alembic_version SET version_num = :revision"
        run(composition().postgresql.execute_command(command, {"revision": revision}))
    assert examined(api, home)["schema"][0] == "ok"


def test_an_index_that_was_lost_is_to_be_rebuilt(api, home):
    qdrant, name = composition().qdrant, composition().settings.materials_collection
    run(qdrant._connection.call("DELETE", "/collections/{name}", read=bool, name=name))
    assert examined(api, home)["index"] == ("fault", "is empty, of 5 materials", "quarry reindex")
    assert CliRunner().invoke(app, ["reindex", "--api", api.url]).exit_code == 0
    assert examined(api, home)["index"][0] == "ok"


def test_stores_that_are_unavailable_are_faults_with_their_reason(api, home):
    settings = composition().settings
    api.changed(QDRANT_URL=f"http://127.0.0.1:{free_port()}", REDIS_URL=f"redis://127.0.0.1:{free_port()}")
    try:
        found = examined(api, home)
        assert {part for part, said in found.items() if said[0] == "fault"} == {"Qdrant", "Redis"}
        assert "cannot be reached" in found["Qdrant"][1]
    finally:
        api.changed(QDRANT_URL=settings.qdrant_url, REDIS_URL=settings.redis_url.get_secret_value())


def test_dead_letters_are_a_fault(api, home):
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName="ChunksDeadLetters")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="{}")
    said = examined(api, home)["dead letters of chunks"]
    assert (said[0], said[1], "quarry redrive" in said[2]) == ("fault", "1 messages", True)
    (gone,) = of_dead_letters(client, {"chunks": f"{url}-gone"})
    assert (gone.state, "cannot be read" in gone.found) == (State.FAULT, True)


def test_an_api_that_is_not_there_is_a_fault():
    url = f"http://127.0.0.1:{free_port()}"
    (only,) = doctor.examine(Api(url), url)
    assert (only.part, only.state, "Nothing answers" in only.found) == ("api", State.FAULT, True)


@pytest.mark.parametrize(("ahead", "state"), [(0.4, State.OK), (-31, State.ATTENTION), (300, State.FAULT)])
def test_a_clock_that_is_off_is_found(ahead, state):
    found = of_clock(ahead)
    assert (found.state, bool(found.mend)) == (state, state is not State.OK)
    assert ("behind" if ahead < 0 else "ahead") in found.found


@pytest.mark.parametrize(
    ("days", "state"), [(80, State.OK), (29, State.ATTENTION), (6.5, State.FAULT), (-1, State.FAULT)]
)
def test_a_certificate_that_ends_is_found(days, state):
    assert of_certificate("certificate", days).state is state


class Silent(BaseHTTPRequestHandler):
    """Nobody asks it anything: its certificate is looked at."""

    def log_message(self, *_):
        """No line for each request."""


@pytest.fixture
def https(tmp_path, monkeypatch):
    """The address of a server whose certificate ends tomorrow."""
    file = certificate(tmp_path / "server.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}", file
        server.shutdown()
        thread.join()


def test_the_apis_certificate_is_looked_at(https, monkeypatch):
    url, file = https
    (untrusted,) = doctor.of_api_certificate(url)
    assert (untrusted.state, "is not trusted: self-signed certificate" in untrusted.found) == (State.FAULT, True)
    monkeypatch.setenv("SSL_CERT_FILE", file)
    (trusted,) = doctor.of_api_certificate(url)
    assert (trusted.state, trusted.found, trusted.mend) == (State.FAULT, "ends in 1 days", "Renew it.")
    (away,) = doctor.of_api_certificate(f"https://127.0.0.1:{free_port()}")
    assert (away.state, "cannot be read" in away.found) == (State.ATTENTION, True)
    assert list(doctor.of_api_certificate("http://127.0.0.1:1")) == []


def diagnosis(**about):
    healthy = {"type": "S", "status": "healthy", "response_time_ms": 1.0}
    return {
        "databases": dict.fromkeys(("vector_database", "relational_database", "cache_database"), healthy),
        "embeddings": healthy,
        "tunnel": {"type": "SSH tunnel", "status": "disabled"},
        "breakers": [],
        "certificates": {},
        "migrations": {"expected": "a", "found": "a"},
        "queues": {"chunks": 0},
        "counts": COUNTS,
        "settings": {
            "qdrant_only_mode": False,
            "disable_redis_connection": False,
            "enable_fallback_databases": True,
            "enable_mock_response": False,
            "exchange_rates_url": "set",
        },
    } | about


@pytest.mark.parametrize(
    ("about", "part", "state"),
    [
        ({"embeddings": {"type": "E", "status": "unhealthy", "error": "refuses our key"}}, "E", State.FAULT),
        ({"tunnel": {"type": "T", "status": "degraded", "error": "not used yet"}}, "T", State.ATTENTION),
        (
            {"breakers": [{"store": "Qdrant", "state": "open", "failures": 3}]},
            "breaker of Qdrant",
            State.ATTENTION,
        ),
        ({"certificates": {"Qdrant": 3}}, "certificate of Qdrant", State.FAULT),
        ({"certificates": {"Redis": None}}, "certificate of Redis", State.ATTENTION),
        ({"migrations": {"expected": "a", "found": None}}, "schema", State.FAULT),
        ({"queues": {"chunks": None}}, "queue of chunks", State.FAULT),
        ({"counts": COUNTS | {"materials": 9000, "points": 8000}}, "index", State.ATTENTION),
        ({"counts": COUNTS | {"batches_waiting": 2}}, "batches_waiting", State.ATTENTION),
    ],
)
def test_what_the_diagnosis_reports_is_found(about, part, state):
    (found,) = [one for one in of_diagnosis(diagnosis(**about)) if one.state is not State.OK]
    assert (found.part, found.state) == (part, state)


def test_a_deployments_redis_without_tls_is_found():
    off = diagnosis()["databases"] | {"cache_database": {"type": "Redis", "status": "disabled"}}

    assert [one.part for one in of_encryption(diagnosis())] == ["encryption of Redis"]
    assert [*of_encryption(diagnosis(certificates={"Redis": 90}))] == []
    assert [*of_encryption(diagnosis(databases=off))] == []


def test_settings_that_give_something_up_are_named():
    given = diagnosis()["settings"] | {"enable_mock_response": True, "exchange_rates_url": None}
    found = [one.part for one in of_diagnosis(diagnosis(settings=given)) if one.state is not State.OK]
    assert found == ["setting ENABLE_MOCK_RESPONSE", "setting EXCHANGE_RATES_URL"]
    assert [one.state for one in of_diagnosis(diagnosis())] == [State.OK] * 7
