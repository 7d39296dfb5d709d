"""Names, exchange rates and compared prices through the whole API, with both databases and with Qdrant alone."""

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

import pytest

from quarry.adapters.exchange_rates import BankRates
from quarry.dependencies.answers import get_trade_reader
from quarry.dependencies.composition import Composition, composition
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from quarry.services.trade import TradeService
from tests.integration.served import served
from tests.integration.tls_servers import certificate
from tests.unit.test_exchange_rates import ROUBLES

WOOL = "Утеплитель Северный 50 мм 1200х600х50 (8 плит, 5,76 м2, 0,288 м3)"
CEMENT = "Цемент М500 Д0 мешок 50 кг"


@pytest.fixture(scope="module", params=["false", "true"], ids=["both databases", "Qdrant alone"])
def catalogue(request, engines):
    """Three suppliers' wool and cement, some of it in dollars."""
    with served(engines, QDRANT_ONLY_MODE=request.param) as api:
        offers = [
            (11, WOOL, "упак", "1440", "RUB"),
            (12, WOOL, "м2", "240", "RUB"),
            (13, WOOL, "упак", "20", "USD"),
            (11, CEMENT, "мешок", "500", "RUB"),
            (12, CEMENT, "мешок", "510", "RUB"),
            (13, CEMENT, "мешок", "4900", "RUB"),
            (14, CEMENT, "мешок", "5", "USD"),
        ]
        for number, (supplier, name, unit, price, currency) in enumerate(offers):
            material = {"id": str(number), "name": name, "unit": unit, "price": price, "currency": currency}
            api.submit([material], supplier_id=supplier)
        run(composition().ingestion.indexing.index_pending(100))
        yield api


def found(api, query, **about):
    answer = api.ask("POST", "/search", json={"query": query, **about})
    assert answer.status_code == 200, answer.text
    return answer.json()


def offers(api, name):
    hit = found(api, name)["hits"][0]
    listed = api.ask("GET", f"/materials/{hit['material']['id']}/offers").json()["items"]
    # Where an offer comes from is told of one material's, not of a search's.
    assert [{name: value for name, value in one.items() if name != "source"} for one in listed] == hit["offers"]
    return listed


def test_an_offer_has_its_price_in_every_unit_that_follows_from_its_name(catalogue):
    by_supplier = {one["supplier_id"]: one for one in offers(catalogue, WOOL)}
    assert by_supplier[11]["comparable"] == [
        {"unit": "м³", "price": "5000.00"},
        {"unit": "м²", "price": "250.00"},
        {"unit": "шт", "price": "180.00"},
    ]
    assert by_supplier[12]["comparable"] == [{"unit": "м²", "price": "240.00"}]
    assert (by_supplier[11]["price_per_base_unit"], by_supplier[11]["base_unit"]) == ("5000.00", "м³")


def test_an_offer_that_cannot_be_brought_to_the_unit_comes_last_and_says_so(catalogue):
    listed = offers(catalogue, WOOL)
    assert listed[-1]["supplier_id"] == 12
    assert "м³" in listed[-1]["not_comparable"]
    assert found(catalogue, WOOL)["hits"][0]["compared_unit"] == "м³"


def test_a_price_ten_times_the_others_is_flagged_and_kept(catalogue):
    suspects = [one["supplier_id"] for one in offers(catalogue, CEMENT) if one["suspect"]]
    assert suspects == [13]
    assert "median of 3" in next(one["suspect_reason"] for one in offers(catalogue, CEMENT) if one["suspect"])


def test_a_supplier_is_known_by_number_and_by_name(catalogue):
    assert catalogue.ask("PUT", "/suppliers/11", json={"name": "Северная  база"}).json() == {
        "id": 11,
        "name": "Северная база",
    }
    assert catalogue.ask("POST", "/suppliers", json={"name": "СЕВЕРНАЯ БАЗА"}).json()["id"] == 11
    made = catalogue.ask("POST", "/suppliers", json={"name": "Новый двор"}).json()
    assert made == catalogue.ask("POST", "/suppliers", json={"name": "новый двор"}).json()
    assert made["id"] > 14
    refused = catalogue.ask("PUT", "/suppliers/12", json={"name": "новый  Двор"})
    assert (refused.status_code, "новый Двор" in refused.json()["detail"]) == (409, True)
    listed = {one["id"]: one["name"] for one in catalogue.ask("GET", "/suppliers").json()["items"]}
    assert listed == {11: "Северная база", 12: None, 13: None, 14: None, made["id"]: "Новый двор"}


def test_suppliers_are_listed_in_pages(catalogue):
    everyone = catalogue.ask("GET", "/suppliers").json()
    assert everyone["next_cursor"] is None
    first = catalogue.ask("GET", "/suppliers", params={"limit": 3}).json()
    rest = catalogue.ask("GET", "/suppliers", params={"limit": 100, "cursor": first["next_cursor"]}).json()
    assert len(first["items"]) == 3
    assert [*first["items"], *rest["items"]] == everyone["items"]


def test_a_suppliers_last_list_is_the_one_that_was_uploaded_last_of_those_that_were_imported(catalogue):
    def listed():
        return {one["id"]: one["last_list"] for one in catalogue.ask("GET", "/suppliers").json()["items"]}

    if composition().settings.qdrant_only_mode:
        assert set(listed().values()) == {None}
        return
    newest = catalogue.ask("GET", "/batches", params={"supplier_id": 11}).json()["items"][0]["request_id"]
    assert listed()[11]["request_id"] == newest
    uploaded = (
        "UPDATE pricelists SET status = :state, uploaded_at = now() - CAST(:age AS interval) WHERE request_id = :id"
    )
    for state, age in (("undone", "0 days"), ("completed", "100 days")):
        run(composition().relational.execute_command(uploaded, {"state": state, "age": age, "id": newest}))
        assert listed()[11]["request_id"] != newest


def test_a_bill_of_materials_makes_no_supplier(catalogue):
    if composition().settings.qdrant_only_mode:
        return  # it takes no bills as files
    ticket = catalogue.ask("POST", "/pricelists", json={"kind": "estimate", "file_name": "bill.csv"})
    assert ticket.status_code == 201, ticket.text
    listed = [one["id"] for one in catalogue.ask("GET", "/suppliers").json()["items"]]
    assert 0 not in listed


def test_names_are_in_answers_at_once(catalogue):
    catalogue.ask("PUT", "/suppliers/12", json={"name": "Ветер"})
    assert {one["supplier_name"] for one in offers(catalogue, WOOL) if one["supplier_id"] == 12} == {"Ветер"}
    catalogue.ask("PUT", "/suppliers/12", json={"name": "Берег"})
    assert {one["supplier_name"] for one in offers(catalogue, WOOL) if one["supplier_id"] == 12} == {"Берег"}
    batches = catalogue.ask("GET", "/batches", params={"supplier_id": 12}).json()["items"]
    assert {one["supplier_name"] for one in batches} == {"Берег"}
    (facet,) = [
        one for one in found(catalogue, WOOL, facets=["supplier_id"])["facets"]["supplier_id"] if one["value"] == 12
    ]
    assert facet["name"] == "Берег"
    material = found(catalogue, WOOL)["hits"][0]["material"]["id"]
    history = catalogue.ask("GET", f"/materials/{material}/price-history").json()["items"]
    assert "Берег" in {one["supplier_name"] for one in history}


@pytest.mark.usefixtures("catalogue")
def test_a_name_given_in_another_environment_is_known_at_once():
    async def known():
        return (await (await get_trade_reader()).showing([12])).supplier(12)

    async def rename(name):
        other = Composition(composition().settings)
        await other.trade.name_supplier(12, name)
        await other.close()

    run(rename("Пристань"))
    assert run(known()) == "Пристань"
    run(rename("Затон"))
    assert run(known()) == "Затон"


def test_without_a_rate_currencies_stay_apart(catalogue):
    dollars = [one for one in offers(catalogue, CEMENT) if one["currency"] == "USD"]
    assert offers(catalogue, CEMENT)[-1]["currency"] == "USD"
    assert [one["price_in"] for one in dollars] == [None]


def test_rates_convert_order_and_filter_and_outdate_the_cache(catalogue):
    path = "/reference/exchange-rates"
    priced = {"filters": {"price": {"min": "390", "max": "450"}}}
    assert found(catalogue, CEMENT, **priced)["hits"] == []
    for rate, expected in (("80", "400.00"), ("84.5", "422.50")):
        body = {"rates": [{"currency": "USD", "rate": rate, "date": "2026-11-26"}]}
        assert catalogue.ask("PUT", path, json=body).status_code == 200
        cheapest = offers(catalogue, CEMENT)[0]
        assert cheapest["supplier_id"] == 14
        assert (cheapest["price"], cheapest["currency"]) == ("5.00", "USD")
        assert cheapest["price_in"]["currency"] == "RUB"
        assert cheapest["price_in"]["price"] == expected
        assert cheapest["price_in"]["rate_date"] == "2026-11-26"
        assert len(found(catalogue, CEMENT, **priced)["hits"]) == 1
        assert len(found(catalogue, CEMENT, search_type="sql", **priced)["hits"]) == 1
    assert catalogue.ask("GET", path).json() == {
        "base_currency": "RUB",
        "items": [{"currency": "USD", "rate": "84.5", "date": "2026-11-26", "source": "entered"}],
    }
    refused = catalogue.ask("PUT", path, json={"rates": [{"currency": "RUB", "rate": "1"}]})
    assert refused.status_code == 422
    assert catalogue.ask("PUT", path, json={"rates": [{"currency": "USD", "rate": "0"}]}).status_code == 422


def test_browsing_by_price_keeps_units_apart(catalogue):
    for descending, query in product((False, True), ("",)):
        order = {"sort": {"by": "price_per_base_unit", "order": "desc" if descending else "asc"}}
        hits = found(catalogue, query, **order)["hits"]
        assert sorted(one["compared_unit"] for one in hits) == ["кг", "м³"]


class Bank(BaseHTTPRequestHandler):
    """What it answers is in its server's ``script``: a status with headers, or content."""

    def do_GET(self):
        status, headers, content = self.server.script(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def bank(tmp_path, script):
    """Its address, and the context that trusts it."""
    file = certificate(tmp_path / "bank.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    server.script = script
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}", ssl.create_default_context(cafile=file)
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(url, tls, **about):
    return run(BankRates(url, allows=lambda _: True, tls=tls, **about).fetch("RUB"))


def test_rates_are_fetched_over_redirects(tmp_path):
    def script(path):
        return (200, {}, ROUBLES) if path == "/daily.xml" else (302, {"location": "/daily.xml"}, b"")

    with bank(tmp_path, script) as (url, tls):
        assert [one.currency for one in fetched(f"{url}/today", tls)] == ["KZT", "USD"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((302, {"location": "/again"}, b""), "redirects more than 3 times"),
        ((302, {"location": "http://127.0.0.1/"}, b""), "https alone"),
        ((200, {}, b"<ValCurs>" + b" " * 2**21), "sent more than"),
        ((200, {}, b"no rates"), "no document of exchange rates"),
        ((503, {}, b""), "status 503"),
    ],
)
def test_an_answer_that_is_not_to_be_trusted_is_refused(tmp_path, answer, reason):
    with bank(tmp_path, lambda _: answer) as (url, tls), pytest.raises((StoreError, StoreUnavailable), match=reason):
        fetched(url, tls)


@pytest.mark.parametrize("url", ["http://bank.example/rates.xml", "https://127.0.0.1/", "https://[::1]/rates.xml"])
def test_an_address_that_is_not_https_or_internal_is_not_asked(url):
    with pytest.raises(StoreError):
        run(BankRates(url).fetch("RUB"))


def test_a_certificate_that_nobody_signed_is_refused(tmp_path):
    with bank(tmp_path, lambda _: (200, {}, ROUBLES)) as (url, _), pytest.raises(StoreUnavailable):
        fetched(url, None)


def test_the_daily_fetch_keeps_what_the_bank_says(catalogue, tmp_path):
    made = composition()
    with bank(tmp_path, lambda _: (200, {}, ROUBLES)) as (url, tls):
        source = BankRates(f"{url}/daily.xml", allows=lambda _: True, tls=tls)
        service = TradeService(made._kept_trade, made.catalogue_cache, "RUB", source)
        assert run(service.fetch_rates()) == {"rates": 2}
    listed = {one["currency"]: one["rate"] for one in catalogue.ask("GET", "/reference/exchange-rates").json()["items"]}
    assert listed["KZT"] == "0.161"
    assert run(TradeService(made._kept_trade, made.catalogue_cache, "RUB").fetch_rates()) == {"rates": 0}
