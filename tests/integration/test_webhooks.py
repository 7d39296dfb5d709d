"""Webhooks over the API, the outbox in PostgreSQL, and the maintenance function that empties it."""

import importlib.util
import json
import os
import socket
import ssl
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_address

import pytest

from local import ROOT, parts
from local.processes import Nursery, free_port
from quarry.adapters.webhook_sender import WebhookSender
from quarry.dependencies.composition import composition
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.postgresql import webhooks as repository
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.repositories.postgresql.outbox import Outbox
from quarry.runtime import run
from tests.environment import composed, forget, invocation
from tests.integration.catalogue_samples import Importer, row
from tests.integration.functions import call, restored
from tests.integration.receivers import receiver
from tests.integration.tls_servers import certificate
from tests.webhooks import verified

INGEST = "ingest/api.py"
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
BODY = b'{"type":"test"}'


@pytest.fixture
def api(request, importer):
    with restored(), composed(request) as patch:
        patch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
        forget()
        importer.patch = patch
        yield importer


@pytest.fixture
def hooked(api):
    """A receiver that is told of everything."""
    with receiver() as server:
        ask("PUT", "/webhooks", body={"url": server.url, "secret": SECRET})
        yield server


def ask(method, path, status=200, body=None, **query):
    answer = call(INGEST, method, path, body, **query)
    assert answer.status == status, answer.body
    return answer.body


def deliver():
    spec = importlib.util.spec_from_file_location("maintenance_app", ROOT / "functions/maintenance/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler({"task": "webhooks"}, invocation(300))


def a_minute_later(db, minutes=1):
    """What is due then is due now."""
    move = """
    UPDATE webhook_deliveries
    SET next_at = next_at - CAST(:by AS interval), created_at = created_at - CAST(:by AS interval)
    """
    run(db.execute_command(move, {"by": f"{minutes} minutes"}))


def told(server):
    return [json.loads(body) for _, body in server.taken]


def cement(price):
    return row("Цемент М500", price, unit="мешок")


def test_the_end_of_a_list_is_told_with_what_it_changed(api, hooked):
    api.run_list([cement("400"), row("Гипс", "90")], 7)
    api.run_list([cement("440")], 7)
    assert deliver() == {"delivered": 2, "failed": 0, "given_up": 0}
    first, second = sorted(told(hooked), key=lambda one: one["data"]["request_id"])
    assert (first["type"], first["data"]["summary"]["new"], first["data"]["largest"]) == ("list.finished", 2, [])
    assert second["data"]["summary"] == {"new": 0, "gone": 1, "dearer": 1, "cheaper": 0, "unchanged": 0}
    assert (second["data"]["supplier_id"], second["data"]["request_id"]) == (7, "r-2")
    (largest,) = second["data"]["largest"]
    assert (largest["old_price"], largest["new_price"], largest["change_percent"]) == ("400.00", "440.00", 10.0)


def test_a_watch_that_fires_is_told_with_the_offer(api, hooked):
    api.run_list([cement("450")], 1)
    ask("PUT", "/watches/w", body={"query": "цемент м500", "below": "400", "unit": "мешок"})
    api.run_list([cement("390")], 2)
    deliver()
    (fired,) = [one for one in told(hooked) if one["type"] == "watch.fired"]
    assert (fired["data"]["watch"], fired["data"]["below"], fired["data"]["unit"]) == ("w", "400.00", "мешок")
    assert (fired["data"]["offer"]["supplier_id"], fired["data"]["offer"]["watched_price"]) == (2, "390.00")


def test_a_message_is_signed_over_its_id_moment_and_body(api, hooked):
    api.run_list([cement("400")], 7)
    deliver()
    ((headers, body),) = hooked.taken
    assert verified(SECRET, headers, body) == json.loads(body)
    assert headers["webhook-id"] == json.loads(body)["id"]


def test_a_receiver_that_fails_is_told_again_with_the_same_id_and_body(api, hooked):
    hooked.answers = [500, 503]
    api.run_list([cement("400")], 7)
    assert deliver()["failed"] == 1
    assert deliver() == {"delivered": 0, "failed": 0, "given_up": 0}  # not before its time
    a_minute_later(api.db)
    assert deliver()["failed"] == 1
    a_minute_later(api.db)
    assert deliver()["failed"] == 0  # the delay has doubled
    a_minute_later(api.db)
    assert deliver()["delivered"] == 1
    assert len({body for _, body in hooked.taken}) == 1
    assert len({headers["webhook-id"] for headers, _ in hooked.taken}) == 1
    (shown,) = ask("GET", "/webhooks")["items"]
    assert (shown["waiting"], shown["last_error"]) == (0, None)
    assert shown["delivered_at"]


def test_a_message_is_given_up_after_three_days_and_that_is_said(api, hooked, capsys):
    hooked.answers = [500] * 100
    api.run_list([cement("400")], 7)
    outcomes = []
    for _ in range(40):
        outcomes.append(deliver())
        a_minute_later(api.db, 6 * 60)
    assert sum(one["given_up"] for one in outcomes) == 1
    assert 10 < sum(one["failed"] for one in outcomes) < 15
    (shown,) = ask("GET", "/webhooks")["items"]
    assert (shown["waiting"], shown["given_up"]) == (0, 1)
    assert "status 500" in shown["last_error"]
    assert "WebhooksGivenUp" in capsys.readouterr().out


def test_one_receiver_that_fails_does_not_keep_others_waiting(api, hooked):
    with receiver() as other:
        ask("PUT", "/webhooks", body={"name": "other", "url": other.url, "secret": SECRET})
        hooked.answers = [500]
        for price in ("400", "410", "420"):
            api.run_list([cement(price)], 7)
        assert deliver() == {"delivered": 3, "failed": 1, "given_up": 0}
        assert (len(other.taken), len(hooked.taken)) == (3, 1)
        a_minute_later(api.db, 2)
        assert deliver()["delivered"] == 3
    assert len({one["id"] for one in told(hooked)}) == 3


def test_a_list_that_is_finished_again_is_told_again_only_when_its_changes_are_others(api, hooked):
    pricelist, _, _ = api.run_list([cement("400")], 7)
    run(api.catalogue.finish(pricelist))
    assert deliver()["delivered"] == 1
    api.write(pricelist, [row("Гипс", "90")], 7)
    run(api.catalogue.finish(pricelist))
    assert deliver()["delivered"] == 1
    assert [one["data"]["summary"]["new"] for one in told(hooked)] == [1, 2]


def test_a_sender_that_dies_leaves_its_messages_to_the_next_one(api, hooked):
    api.run_list([cement("400")], 7)
    outbox = Outbox(api.db)
    assert len(run(outbox.claim(10, timedelta(minutes=10)))) == 1
    assert run(outbox.claim(10, timedelta(minutes=10))) == []
    a_minute_later(api.db, 10)
    assert deliver()["delivered"] == 1


def test_who_is_told_of_one_kind_is_not_told_of_others(api):
    with receiver() as server:
        ask("PUT", "/webhooks", body={"url": server.url, "events": ["watch.fired"]})
        api.run_list([cement("400")], 7)
        assert deliver()["delivered"] == 0


def test_a_secret_is_shown_once_and_stays(api, caplog):
    body = {"name": "a", "url": "https://hooks.example.com/x"}
    made = ask("PUT", "/webhooks", body=body)["secret"]
    assert made.startswith("whsec_")
    assert ask("PUT", "/webhooks", body=body | {"events": ["list.finished"]})["secret"] is None
    (kept,) = run(api.db.execute_query("SELECT secret, events FROM webhooks"))
    assert kept == {"secret": made, "events": ["list.finished"]}
    assert ask("PUT", "/webhooks", body=body | {"secret": SECRET})["secret"] is None
    listed = ask("GET", "/webhooks")
    assert "secret" not in listed["items"][0]
    assert made not in caplog.text + repr(run(composition().webhooks.service.all()))
    refused = ask("PUT", "/webhooks", 422, body | {"secret": "short-secret-15"})
    assert "short-secret-15" not in json.dumps(refused)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/", "ftp://hooks.example.com/", "https://u:p@hooks.example.com/", "https:///x", "x", ""],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(api, url):
    api.patch.setenv("WEBHOOKS_TO_LOOPBACK", "false")
    forget()
    assert ask("PUT", "/webhooks", 422, {"url": url})["errors"][0]["pointer"] == "/url"


def test_a_test_says_what_the_receiver_answered(api, hooked):
    assert ask("POST", "/webhooks/default/test") == {"delivered": True, "error": None}
    assert told(hooked)[0]["type"] == "test"
    hooked.answers = [404]
    refused = ask("POST", "/webhooks/default/test")
    assert refused == {"delivered": False, "error": "The webhook's receiver answered with status 404"}
    assert "GET /api/v1/webhooks" in ask("POST", "/webhooks/none/test", 404)["detail"]


def test_what_is_on_its_way_to_a_deleted_webhook_is_not_sent(api, hooked):
    api.run_list([cement("400")], 7)
    assert ask("DELETE", "/webhooks/default") == {"deleted": "default"}
    assert deliver()["delivered"] == 0
    assert hooked.taken == []
    assert "GET /api/v1/webhooks" in ask("DELETE", "/webhooks/default", 404)["detail"]


def test_more_webhooks_than_there_may_be_are_refused(api, monkeypatch):
    monkeypatch.setattr(repository, "MOST_WEBHOOKS", 1)
    ask("PUT", "/webhooks", body={"url": "https://hooks.example.com/x"})
    ask("PUT", "/webhooks", 409, {"name": "b", "url": "https://hooks.example.com/x"})


def test_without_postgresql_the_answer_says_so_and_nothing_is_sent(api):
    api.patch.setenv("QDRANT_ONLY_MODE", "true")
    forget()
    assert "PostgreSQL" in ask("GET", "/webhooks", 501)["detail"]
    assert deliver() == {}


def test_old_messages_are_deleted(api, hooked):
    api.run_list([cement("400")], 7)
    deliver()
    outbox = Outbox(api.db)
    assert run(outbox.clean(timedelta(days=30))) == 0
    a_minute_later(api.db, 60 * 24 * 31)
    assert run(outbox.clean(timedelta(days=30))) == 1


def test_a_killed_postgresql_loses_no_event_between_the_end_of_a_list_and_its_delivery(request, tmp_path, engines):
    nursery, port = Nursery(tmp_path / "logs"), free_port()
    part = parts.start_postgresql(nursery, tmp_path, port, engines.secrets)
    _migrate(part.url)
    with restored(), composed(request) as patch, receiver() as server:
        patch.setenv("POSTGRESQL_URL", part.url)
        patch.setenv("WEBHOOKS_TO_LOOPBACK", "true")
        forget()
        ask("PUT", "/webhooks", body={"url": server.url, "secret": SECRET})
        database = composition().postgresql
        Importer(database, CatalogueRepository(database)).run_list([cement("400")], 7)
        part.process.kill()
        part.process.wait()
        assert deliver() == {}
        assert server.taken == []
        parts.start_postgresql(nursery, tmp_path, port, engines.secrets)
        forget()
        assert deliver()["delivered"] == 1
        assert told(server)[0]["data"]["summary"]["new"] == 1
        database.close()
    nursery.close()


def _migrate(url):
    environment = {**os.environ, "POSTGRESQL_URL": url}
    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], check=True, cwd=ROOT, env=environment)


def send(url, **about):
    run(WebhookSender(**about).send(url, {}, BODY))


def resolving(*addresses):
    async def resolve(host, port):
        return [ip_address(one) for one in addresses]

    return resolve


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.8"],
        ["169.254.169.254"],
        ["192.168.1.1"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["::1"],
        ["fd00::1"],
        ["fe80::1"],
        ["::ffff:10.0.0.8"],
        ["64:ff9b::a00:8"],
        ["2002:a00:8::1"],
        ["224.0.0.1"],
        ["93.184.216.34", "10.0.0.8"],
        [],
    ],
)
def test_a_name_that_leads_to_an_internal_address_is_not_asked(addresses):
    with pytest.raises(StoreError, match="internal address"):
        send("https://hooks.example.com/", resolve=resolving(*addresses))


def test_this_machine_is_asked_only_where_a_setting_says_so(tmp_path):
    with receiver() as server:
        with pytest.raises(StoreError, match="internal address"):
            send(server.url)
        send(server.url, to_loopback=True)
    assert len(server.taken) == 1


def test_the_internet_is_asked_by_https_alone():
    with pytest.raises(StoreError, match="https alone"):
        send("http://hooks.example.com/", resolve=resolving("93.184.216.34"), to_loopback=True)


def test_the_connection_goes_to_the_address_that_was_looked_at_and_no_second_look_is_taken(tmp_path):
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return [ip_address("127.0.0.1")] if len(asked) == 1 else [ip_address("10.0.0.8")]

    file = certificate(tmp_path / "hook.pem", "127.0.0.1", "hooks.example.com")
    with receiver(file) as server:
        url = f"https://hooks.example.com:{server.server_port}/a?b=c"
        send(url, resolve=resolve, to_loopback=True, tls=ssl.create_default_context(cafile=file))
    ((headers, body),) = server.taken
    assert (headers["host"], body) == (f"hooks.example.com:{server.server_port}", BODY)
    assert asked == [("hooks.example.com", server.server_port)]


def test_a_certificate_for_another_name_is_refused(tmp_path):
    file = certificate(tmp_path / "hook.pem", "127.0.0.1", "other.example.com")
    tls = ssl.create_default_context(cafile=file)
    with receiver(file) as server, pytest.raises(StoreUnavailable):
        send(
            f"https://hooks.example.com:{server.server_port}/",
            resolve=resolving("127.0.0.1"),
            to_loopback=True,
            tls=tls,
        )
    assert server.taken == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status):
    with receiver() as server, receiver() as internal:
        server.answers, server.location = [status], internal.url
        with pytest.raises(StoreUnavailable, match="redirects are not followed"):
            send(server.url, to_loopback=True)
    assert internal.taken == []


def test_a_name_that_nobody_knows_is_an_outage_of_the_receiver():
    async def unknown(host, port):
        raise OSError("no such name")

    with pytest.raises(StoreUnavailable):
        send("https://hooks.example.com/", resolve=unknown)


def test_a_receiver_that_says_nothing_is_waited_for_so_long(monkeypatch):
    monkeypatch.setattr("quarry.adapters.webhook_sender._SECONDS", 0.3)
    late = pytest.raises(StoreUnavailable, match="did not answer within")
    with socket.create_server(("127.0.0.1", 0)) as silent, late:
        send(f"http://127.0.0.1:{silent.getsockname()[1]}/", to_loopback=True)
