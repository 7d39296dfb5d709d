"""The search function's routes, through its own application."""

import uuid

import httpx
import pytest

from quarry.http import search_models
from quarry.http.app import create_app
from quarry.http.search import get_catalogue_service, get_search_service, router
from quarry.runtime import run
from quarry.services.pages import Cursors
from tests.integration.searching import CATALOGUE, NOWHERE, connect, identity, sample_stack


@pytest.fixture(scope="module")
def stack(engines):
    with sample_stack(engines) as made:
        yield made


def client_of(search, catalogue=None):
    async def give_search():
        return search

    async def give_catalogue():
        return catalogue

    app = create_app("search", [router])
    app.dependency_overrides[get_search_service] = give_search
    app.dependency_overrides[get_catalogue_service] = give_catalogue

    def call(method, path, **options):
        async def send():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, "/api/v1" + path, **options)

        return run(send())

    return call


@pytest.fixture
def call(stack):
    return client_of(stack.search(), stack.catalogue())


def test_a_search_answers_as_documented(call):
    body = {
        "query": "wtvtyn v500",
        "limit": 10,
        "cursor": None,
        "search_type": "auto",
        "filters": {
            "category": ["Сухие смеси"],
            "unit": ["мешок"],
            "supplier_id": [101],
            "in_stock": True,
            "price": {"min": "100", "max": "900", "currency": "RUB"},
        },
        "sort": {"by": "relevance", "order": "desc"},
        "facets": ["category", "supplier_id", "unit"],
    }
    response = call("POST", "/search", json=body)
    assert response.status_code == 200
    answer = search_models.SearchAnswer.model_validate(response.json())
    assert [hit.material.name for hit in answer.hits] == [CATALOGUE[0].name]
    assert set(response.json()) >= set(search_models.SearchAnswer.model_fields)


def test_the_header_says_what_the_cache_did(call):
    states = [call("GET", "/search", params={"q": "клей"}).headers["x-cache"] for _ in range(2)]
    assert states == ["miss", "hit"]


def test_the_short_form_pages_too(call):
    first = call("GET", "/search", params={"q": "гипсокартон", "limit": 2}).json()
    second = call("GET", "/search", params={"q": "гипсокартон", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert (len(first["hits"]), len(second["hits"]), second["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/query"),
        ({"query": "a", "limit": 0}, "/limit"),
        ({"query": "a", "limit": 101}, "/limit"),
        ({"query": "a", "sort": {"by": "weight"}}, "/sort/by"),
        ({"query": "a", "search_type": "magic"}, "/search_type"),
        ({"query": "a", "filters": {"colour": "red"}}, "/filters/colour"),
        ({"query": "a", "filters": {"price": {"min": "9", "max": "1"}}}, "/filters/price"),
        ({"query": "a", "filters": {"price": {"min": "NaN"}}}, "/filters/price/min"),
        ({"query": "a", "facets": ["price"]}, "/facets/0"),
        ({"query": "a", "cursor": "zzz"}, "/cursor"),
        ({"query": "a", "limit": True}, "/limit"),
        ({"query": "a", "filters": {"supplier_id": ["101"]}}, "/filters/supplier_id/0"),
        ({"query": "a", "filters": {"in_stock": "yes"}}, "/filters/in_stock"),
        ({"query": "a" * 501}, "/query"),
    ],
)
def test_wrong_values_are_pointed_at(call, body, pointer):
    response = call("POST", "/search", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    "query", ["'; DROP TABLE materials; --", "%", "_", "\\", "a & b | !c <-> :*", "\x00", "🧱", "(", "'"]
)
@pytest.mark.parametrize("search_type", ["auto", "sql", "fuzzy", "hybrid"])
def test_odd_queries_are_only_words(call, query, search_type):
    assert call("POST", "/search", json={"query": query, "search_type": search_type}).status_code == 200


def test_half_a_surrogate_pair_is_refused(call):
    response = call(
        "POST", "/search", content=b'{"query": "\\ud800 \\u0446"}', headers={"content-type": "application/json"}
    )
    assert response.status_code == 422


@pytest.mark.parametrize("query", ["", "цемент"])
def test_by_relevance_there_is_one_order(call, query):
    def names(sort):
        hits = call("POST", "/search", json={"query": query, **sort}).json()["hits"]
        return [hit["material"]["name"] for hit in hits]

    assert names({"sort": {"by": "relevance", "order": "desc"}}) == names({}) != []


def test_a_body_of_unknown_length_is_refused_by_its_type_too(call):
    async def parts():
        yield b"<search/>"

    response = call("POST", "/search", content=parts(), headers={"content-type": "application/xml"})
    assert (response.status_code, response.headers["content-type"]) == (415, "application/problem+json")


UNITS, OFFERS = Cursors("units"), Cursors("offers")


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        ("/reference/units", UNITS.write(after=True)),
        ("/reference/units", UNITS.write(after="\0")),
        ("/reference/units", OFFERS.write(after=1)),
        (f"/materials/{uuid.UUID(int=0)}/offers", OFFERS.write(after=-(10**18))),
        (f"/materials/{uuid.UUID(int=0)}/offers", OFFERS.write(after=1.5)),
        (f"/materials/{uuid.UUID(int=0)}/offers", UNITS.write(after="кг")),
    ],
)
def test_a_cursor_that_someone_made_up_or_of_another_list_is_refused(call, path, cursor):
    response = call("GET", path, params={"cursor": cursor})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_suggestions(call):
    assert call("GET", "/search/suggestions", params={"q": "порт"}).json()["items"][0]["text"] == "портландцемент"
    assert call("GET", "/search/suggestions").status_code == 422


def test_a_material_its_offers_and_prices(call):
    path = f"/materials/{identity(CATALOGUE[0].name)}"
    search_models.MaterialAnswer.model_validate(call("GET", path).json())
    offers = search_models.OfferPage.model_validate(call("GET", f"{path}/offers").json())
    assert [offer.price for offer in offers.items] == ["430.00", "450.00"]
    prices = search_models.PriceHistory.model_validate(call("GET", f"{path}/price-history?supplier_id=101").json())
    assert [price.price for price in prices.items] == ["450.00"]


@pytest.mark.parametrize("tail", ["", "/offers", "/price-history"])
def test_a_material_that_is_not_there_is_404(call, tail):
    assert call("GET", f"/materials/{identity('нет такого')}{tail}").status_code == 404
    assert call("GET", f"/materials/not-a-uuid{tail}").status_code == 422


def test_reference_lists(call):
    units = search_models.UnitPage.model_validate(call("GET", "/reference/units?limit=100").json())
    assert "кг" in [unit.symbol for unit in units.items]
    assert call("GET", "/reference/categories").json() == {"items": [], "next_cursor": None}


def test_an_outage_of_everything_is_503_or_the_mock_both_with_retry_after(collection):
    unavailable = connect(f"postgresql://quarry:x@{NOWHERE}/none", f"http://{NOWHERE}", None, None, collection)
    refused = client_of(unavailable.search())("GET", "/search?q=клей")
    assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    mock = client_of(unavailable.search(mock=True))("GET", "/search?q=клей")
    assert (mock.status_code, mock.json()["source"], mock.headers["x-cache"]) == (200, "mock", "off")
    assert {"retry-after"} <= set(refused.headers) & set(mock.headers)
    unavailable.close()
