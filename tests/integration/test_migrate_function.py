"""The step of a deployment that migrates: what CloudFormation is answered, and what it leaves behind."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quarry.adapters.postgresql.connection import PostgreSQLServer
from quarry.dependencies.composition import composition
from quarry.repositories.postgresql.figures import SCHEMA_REVISION
from tests.environment import close, forget
from tests.integration.functions import invoke, restored

ASKED = {
    "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/quarry/1",
    "RequestId": "one",
    "LogicalResourceId": "Migration",
}


@pytest.fixture
def environment(empty_postgresql_url, monkeypatch):
    """The function's, on an empty database."""
    with restored():
        monkeypatch.setenv("POSTGRESQL_URL", empty_postgresql_url)
        forget()
        yield monkeypatch
        close()
        forget()


@pytest.fixture
def cloudformation():
    """The address where answers are awaited, and those that came."""
    answers = []

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self):
            # The address is signed for no type of content.
            refused = self.headers.get("Content-Type")
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(403 if refused else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/signed", answers
        server.shutdown()


def deployed(cloudformation, kind="Create", **settings):
    """What CloudFormation is answered to a request."""
    url, answers = cloudformation
    properties = {"ServiceToken": "arn", "ServiceTimeout": "960", "Code": "arn:1", "Settings": settings}
    invoke("migrate/app.py", {**ASKED, "ResponseURL": url, "RequestType": kind, "ResourceProperties": properties})
    return answers.pop()


def run_in(url, *statements):
    session = PostgreSQLServer(url, connect_timeout=5).session()
    try:
        return [session.rows(one) if one.startswith("SELECT") else session.execute(one) for one in statements][-1]
    finally:
        session.close()


def test_an_empty_database_gets_the_schema(environment, cloudformation, empty_postgresql_url):
    answer = deployed(cloudformation)

    assert {name: answer[name] for name in ASKED} == ASKED
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "Migration")
    assert run_in(empty_postgresql_url, "SELECT version_num FROM alembic_version") == [{"version_num": SCHEMA_REVISION}]


def test_who_calls_it_by_hand_is_answered_what_was_done(environment):
    assert invoke("migrate/app.py", {}) == {"before": None, "after": SCHEMA_REVISION}
    assert invoke("migrate/app.py", {}) == {"before": SCHEMA_REVISION, "after": SCHEMA_REVISION}


def test_a_schema_that_is_newer_is_left_to_the_version_before(environment, cloudformation, empty_postgresql_url):
    deployed(cloudformation)
    run_in(empty_postgresql_url, "UPDATE alembic_version SET version_num = 'of-tomorrow'")

    assert deployed(cloudformation, "Update")["Status"] == "SUCCESS"
    assert run_in(empty_postgresql_url, "SELECT version_num FROM alembic_version") == [{"version_num": "of-tomorrow"}]


def test_a_migration_that_fails_is_reported_and_leaves_nothing_behind(
    environment, cloudformation, empty_postgresql_url
):
    run_in(empty_postgresql_url, "CREATE TABLE materials (of_somebody_else integer)")

    answer = deployed(cloudformation)

    assert answer["Status"] == "FAILED"
    assert 'PostgreSQL: relation "materials" already exists' in answer["Reason"]
    tables = run_in(empty_postgresql_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert tables == [{"tablename": "materials"}]


def test_a_sign_in_that_is_refused_is_reported_without_the_password(environment, cloudformation, empty_postgresql_url):
    user = empty_postgresql_url.partition("//")[2].partition(":")[0]
    host = empty_postgresql_url.rpartition("@")[2]
    environment.setenv("POSTGRESQL_URL", f"postgresql://{user}:a-wrong-secret@{host}")
    forget()

    answer = deployed(cloudformation)

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("PostgreSQL refuses")
    assert "a-wrong-secret" not in json.dumps(answer)


def test_deleting_the_stack_contacts_no_database(environment, cloudformation):
    environment.setenv("POSTGRESQL_URL", "postgresql://nobody@127.0.0.1:9/none")
    forget()

    assert deployed(cloudformation, "Delete")["Status"] == "SUCCESS"


def test_without_postgresql_there_is_nothing_to_migrate(environment, cloudformation):
    environment.setenv("QDRANT_ONLY_MODE", "true")
    forget()

    assert deployed(cloudformation)["Status"] == "SUCCESS"
    assert "postgresql" not in vars(composition())


def test_the_answer_changes_with_the_settings_alone(environment, cloudformation):
    answers = [
        deployed(cloudformation, "Update", QDRANT_URL=url) for url in ("https://one", "https://one", "https://two")
    ]
    one, again, two = (answer["Data"]["Configuration"] for answer in answers)

    assert one == again != two
