"""Who calls is noted with each batch, and who is bound to suppliers sees their batches alone."""

import json

import httpx
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.uploads import parse_key
from quarry.runtime import run
from tests.environment import composed, forget, with_bucket
from tests.integration.functions import call, invoke, restored, sample, uploaded

INGEST, BATCHES, SEARCH, HEALTH = "ingest/api.py", "batch_status/app.py", "search/app.py", "health/app.py"
ANNA = {"sub": "anna", "supplier_id": "101"}
BUYER = {"sub": "vera"}
BOTH = {"sub": "dealer", "supplier_id": "[101 102]"}
UNREADABLE = {"sub": "eve", "supplier_id": "101; DROP"}
MATERIALS = [{"id": "a1", "name": "Клей плиточный", "unit": "мешок", "price": "380"}]
LIST = "Наименование;Ед. изм.;Цена, руб.\nЦемент М500;мешок;450\n"


@pytest.fixture
def stores(request, collection):
    """The functions, whose callers may be bound by the claim ``supplier_id``; the patch changes settings."""
    with restored(), composed(request) as patch:
        with_bucket(patch, collection, SUPPLIER_CLAIM="supplier_id")
        yield patch


def ticket(claims, supplier_id=101, path="/pricelists"):
    return call(INGEST, "POST", path, {"supplier_id": supplier_id, "file_name": "прайс.csv"}, claims=claims)


def submitted(claims, supplier_id=None):
    return call(INGEST, "POST", "/batches", {"supplier_id": supplier_id, "materials": MATERIALS}, claims=claims)


def refused(answer, status, words):
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.body["detail"]
    return True


def listed(claims, **query):
    return [one["supplier_id"] for one in call(BATCHES, "GET", "/batches", claims=claims, **query).body["items"]]


@pytest.mark.parametrize("path", ["/pricelists", "/pricelists/preview"])
def test_a_ticket_is_for_the_callers_own_supplier_alone(stores, path):
    assert ticket(ANNA, 101, path).status == 201
    assert ticket(BOTH, 102, path).status == 201
    assert ticket(BUYER, 102, path).status == 201
    assert refused(ticket(ANNA, 102, path), 403, "for the supplier 101")
    assert refused(ticket(UNREADABLE, 101, path), 403, "cannot be read")


def test_rows_are_of_the_callers_own_supplier_which_a_bound_caller_must_name(stores):
    assert submitted(ANNA, 101).status == 202
    assert submitted(BUYER).status == 202
    assert refused(submitted(ANNA, 102), 403, "for the supplier 101")
    assert refused(submitted(ANNA), 403, "Name it as supplier_id")


def test_a_bound_caller_sees_its_own_batches_alone(stores):
    own, other = (submitted(BUYER, one).body["request_id"] for one in (101, 102))
    nobodys = submitted(BUYER).body["request_id"]

    assert listed(ANNA) == listed(ANNA, supplier_id=101) == [101]
    assert listed(BUYER) == [None, 102, 101]
    assert listed(BOTH, supplier_id=102) == [102]
    assert refused(call(BATCHES, "GET", "/batches", claims=ANNA, supplier_id=102), 403, "for the supplier 101")
    assert refused(call(BATCHES, "GET", "/batches", claims=BOTH), 403, "for the suppliers 101, 102")
    for path in ("", "/results", "/errors", "/changes"):
        assert call(BATCHES, "GET", f"/batches/{own}{path}", claims=ANNA).status == 200
        assert call(BATCHES, "GET", f"/batches/{other}{path}", claims=BUYER).status == 200
        for hidden in (other, nobodys):
            assert refused(call(BATCHES, "GET", f"/batches/{hidden}{path}", claims=ANNA), 404, f"no batch {hidden}")
    assert refused(call(BATCHES, "GET", f"/batches/{other}/reading", claims=ANNA), 404, f"no batch {other}")
    assert refused(call(BATCHES, "POST", f"/batches/{other}/retry", claims=ANNA), 404, f"no batch {other}")
    assert refused(call(INGEST, "POST", f"/batches/{other}/reread", claims=ANNA), 404, f"no batch {other}")
    assert refused(call(INGEST, "POST", f"/batches/{other}/undo", claims=ANNA), 404, f"no batch {other}")
    assert call(BATCHES, "POST", f"/batches/{own}/retry", claims=ANNA).status == 202
    assert call(INGEST, "POST", f"/batches/{own}/undo", claims=ANNA).body["code"] == "not_ended"


def test_the_catalogue_and_its_prices_are_not_for_bound_callers(stores):
    material = "7b0c9d5e-3a52-5a39-9c59-0b7c2cfb8f11"
    for function, method, path, body in (
        (SEARCH, "POST", "/search", {"query": "клей"}),
        (SEARCH, "GET", "/search", None),
        (SEARCH, "GET", "/search/suggestions", None),
        (SEARCH, "GET", f"/materials/{material}", None),
        (SEARCH, "GET", f"/materials/{material}/offers", None),
        (SEARCH, "GET", "/suppliers", None),
        (BATCHES, "GET", "/batches/statistics", None),
        (INGEST, "GET", "/reviews", None),
        (INGEST, "POST", f"/reviews/{material}", {"decision": "same"}),
        (INGEST, "POST", f"/materials/{material}/merge", {"material_id": material}),
        (INGEST, "POST", f"/materials/{material}/split", {"offer_ids": [1]}),
        (INGEST, "POST", "/suppliers", {"name": "Стройбаза"}),
        (INGEST, "PUT", "/reference/exchange-rates", {"rates": []}),
        (INGEST, "GET", "/synonyms", None),
        (HEALTH, "GET", "/health/full", None),
    ):
        assert refused(call(function, method, path, body, claims=ANNA, q="кл"), 403, "are for buyers"), path
    history = f"/materials/{material}/price-history"
    assert refused(call(SEARCH, "GET", history, claims=ANNA, supplier_id=102), 403, "for the supplier 101")
    for path in (history, "/reference/units", "/reference/categories", "/reference/exchange-rates"):
        assert call(SEARCH, "GET", path, claims=ANNA).status in {200, 404}, path
    assert call(SEARCH, "GET", "/search", claims=BUYER, q="клей").status == 200
    assert call(HEALTH, "GET", "/health/databases", claims=ANNA).status == 200


def test_a_suppliers_name_and_layouts_are_its_own(stores):
    layout = {"fingerprint": "0123abcd", "columns": [{"letter": "A", "role": "name"}]}
    for path, body in (("", {"name": "Стройбаза"}), ("/layouts", layout)):
        assert call(INGEST, "PUT", f"/suppliers/101{path}", body, claims=ANNA).status == 200
        assert refused(call(INGEST, "PUT", f"/suppliers/102{path}", body, claims=ANNA), 403, "for the supplier 101")


def test_without_the_setting_no_claim_binds(stores):
    stores.delenv("SUPPLIER_CLAIM")
    forget()
    assert ticket(ANNA, 102).status == 201
    assert call(SEARCH, "GET", "/search", claims=ANNA, q="клей").status == 200


@pytest.mark.parametrize("qdrant_only", ["false", "true"])
@pytest.mark.parametrize("subject", ["anna", "auth0|Анна Петрова", "arn:aws:iam::123456789012:user/anna"])
def test_who_asked_for_the_form_is_noted_with_the_batch(stores, qdrant_only, subject):
    stores.setenv("QDRANT_ONLY_MODE", qdrant_only)
    forget()
    given = ticket({"sub": subject, "supplier_id": "101"})
    request_id = given.body["request_id"]
    assert call(BATCHES, "GET", f"/batches/{request_id}").body["uploaded_by"] == subject

    form = given.body["upload"]
    httpx.post(form["url"], data=form["fields"], files={"file": LIST.encode()}).raise_for_status()
    stored = run(composition().bucket.head(form["fields"]["key"]))
    # The stores forget the ticket: what the object carries is left.
    stores.setenv("PROCESSING_COLLECTION", f"{composition().settings.processing_collection}_other")
    if qdrant_only == "false":
        run(composition().postgresql.execute_command("DELETE FROM pricelists"))
    forget()
    assert invoke("ingest/plan.py", uploaded(stored.key, stored.version))["batchItemFailures"] == []

    progress = call(BATCHES, "GET", f"/batches/{request_id}").body
    assert (progress["uploaded_by"], progress["status"]) == (subject, "processing")


def test_a_file_that_was_put_into_the_bucket_is_of_whom_s3_names(stores):
    key = "incoming/supplier=101/прайс.csv"
    settings = composition().settings
    run(composition().bucket.put(key, LIST.encode()))
    version = run(composition().bucket.head(key)).version
    assert invoke("ingest/plan.py", uploaded(key, version))["batchItemFailures"] == []

    principal = json.loads(sample("sqs_s3_put.json")["Records"][0]["body"])["Records"][0]["userIdentity"]["principalId"]
    (only,) = call(BATCHES, "GET", "/batches", claims=ANNA).body["items"]
    assert (only["uploaded_by"], only["supplier_id"]) == (principal, parse_key(key)[0])
    again = call(INGEST, "POST", f"/batches/{only['request_id']}/reread", claims=ANNA)
    assert again.status == 409  # not ended yet
    assert settings.supplier_claim == "supplier_id"


def test_each_line_of_the_log_says_who_called(stores, capsys):
    call(BATCHES, "GET", "/batches", claims=ANNA)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert {line["caller"] for line in lines if line.get("message") == "answered"} == {"anna"}
