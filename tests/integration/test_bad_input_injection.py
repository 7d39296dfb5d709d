"""Text that could be a statement, a pattern or an operator in a store is only text, and changes nothing there."""

import base64
import json

import httpx
import pytest

from quarry.dependencies.composition import composition
from quarry.services.pages import Cursors
from tests.integration.searching import NOWHERE
from tests.integration.served import served

TYPES = ("auto", "vector", "sql", "fuzzy", "hybrid")
NAMES = (
    "Robert'); DROP TABLE materials;--",
    'Клей плиточный " OR 1=1 -- 25 кг',
    "Шпатлёвка'; SELECT pg_sleep(30); --",
    "Труба %s %(name)s {0} ${x} :limit",
    "Плита 100% _ \\ скидка \\' \\x00",
    "Лента & | ! :* <-> (скотч) '':*",
    "Гвоздь .* [a-z]+ (?:) ^$ 50",
    "<script>alert(1)</script> саморез",
    "Кабель \u202eГВВ\u202c силовой",
    "Кирпич 🧱 полнотелый",
    '{"must_not": [{"key": "id"}]} доска',
)
ODD = (*NAMES, "%", "_", "\\", "'", '"', "((((", "a" * 500, "\u202e\u200f", "&|!:*<->", "*", "(a+)+$", "..%2f..")
STORES = {
    "both": {},
    "postgresql": {"QDRANT_URL": f"http://{NOWHERE}"},
    "qdrant": {"POSTGRESQL_URL": f"postgresql://quarry:x@{NOWHERE}/none"},
    "qdrant only": {"QDRANT_ONLY_MODE": "true", "POSTGRESQL_URL": f"postgresql://quarry:x@{NOWHERE}/none"},
}


@pytest.fixture(scope="module", params=STORES)
def api(engines, request):
    """Materials with such names; then the stores that are asked."""
    settings = STORES[request.param]
    first = settings if request.param == "qdrant only" else {}
    with served(engines, DISABLE_REDIS_CONNECTION="true", **first) as made:
        made.submit([_material(name) for name in NAMES], request_id="known", supplier_id=7)
        made.counts = _counter(engines)
        made.changed(**settings)
        before = made.counts()
        assert before[composition().settings.materials_collection]["count"] == len(NAMES)
        yield made
        assert made.counts() == before, "what was asked changed something"


def _material(name):
    about = name[:40]
    return {"id": name, "name": name, "unit": about, "category": about, "sku": about, "price": "450"}


def _counter(engines):
    """How much lies in each table, when PostgreSQL is used, and in each collection."""
    settings = composition().settings
    url, key = engines.qdrant.url, {"api-key": engines.secrets.qdrant}
    names = [settings.materials_collection, f"{settings.materials_collection}_offers", settings.processing_collection]
    relational = None if settings.qdrant_only_mode else settings.postgresql_url.get_secret_value()

    def count():
        counts = {
            name: httpx.post(f"{url}/collections/{name}/points/count", json={"exact": True}, headers=key).json()
            for name in names
        }
        return {name: one.get("result") for name, one in counts.items()} | (_rows(relational) if relational else {})

    return count


def _rows(url):
    from sqlalchemy import create_engine, text

    engine = create_engine(url.replace("postgresql://", "postgresql+pg8000://"))
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        counts = {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in tables}
    engine.dispose()
    return counts


def find(api, **body):
    for _ in range(5):
        response = api.ask("POST", "/search", json={"query": "", **body})
        # On a busy machine an answer may miss its time.
        if response.status_code != 503:
            break
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("search_type", TYPES)
def test_a_material_is_found_by_its_name_whatever_it_looks_like(api, search_type):
    first = {name: find(api, query=name, search_type=search_type)["hits"][:1] for name in NAMES}

    assert {name: [hit["material"]["name"] for hit in hits] for name, hits in first.items()} == {
        name: [name] for name in NAMES
    }


@pytest.mark.parametrize("search_type", TYPES)
def test_odd_text_is_only_looked_for(api, search_type):
    for text in ODD:
        find(api, query=text, search_type=search_type, facets=["category", "unit", "supplier_id"])
        assert api.ask("GET", "/search/suggestions", params={"q": text}).status_code == 200


@pytest.mark.parametrize("search_type", TYPES)
def test_a_wildcard_matches_only_itself(api, search_type):
    for wildcard in ("%", "_", "\\", "*", ".*", "%%%", "____"):
        names = [hit["material"]["name"] for hit in find(api, query=wildcard, search_type=search_type)["hits"]]
        assert all(wildcard in name for name in names)


@pytest.mark.parametrize("query", ["", "труба"])
def test_a_filter_matches_what_equals_it(api, query):
    for field in ("category", "unit"):
        for text in ODD:
            hits = find(api, query=query, filters={field: [text]})["hits"]
            assert {hit["material"][field] for hit in hits} <= {text}
    everything = find(api, filters={"category": [name[:40] for name in NAMES]}, facets=["category", "unit"])
    assert everything["total"]["value"] == len(NAMES)


def test_what_matched_is_shown_as_html_without_the_names_own(api):
    (hit,) = [hit for hit in find(api, query="саморез script")["hits"] if "саморез" in hit["material"]["name"]]

    assert "<script>" not in "".join(hit["highlights"])


def test_a_value_that_is_not_a_currency_is_refused(api):
    for currency in ("'; DROP TABLE materials;--", "RUB'", "rub", "RUBL", "РУБ", "RUB\n", ""):
        response = api.ask("POST", "/search", json={"query": "", "filters": {"price": {"currency": currency}}})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/filters/price/currency")


def _raw(place):
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


CURSORS = (
    "",
    "'; DROP TABLE materials;--",
    "a" * 1000,
    "a" * 1001,
    "\ud83e\uddf1",
    "=" * 9,
    _raw([]),
    _raw("text"),
    _raw({"f": {"$ne": 1}, "o": 0, "s": None}),
    _raw({"f": "other search", "o": 20, "s": None}),
    _raw({"list": "search", "search": "x", "offset": 10**400, "session": None}),
    _raw({"list": "batches", "moment": "'; DROP TABLE pricelists;--", "id": "1"}),
    _raw({"list": "batches", "moment": "9999-99-99", "id": []}),
    _raw({"list": "results", "after": "1 OR 1=1"}),
    _raw({"list": "results", "after": -2}),
    _raw({"list": "changes", "after": 1.5}),
    _raw({"list": "issues", "record": True, "skip": 0}),
    _raw({"list": "units", "after": "\ud800"}),
    _raw({"list": "units", "after": "\0"}),
    _raw({"list": "units", "after": {"b": []}}),
    base64.urlsafe_b64encode(b"[" * 600).decode(),
    base64.urlsafe_b64encode(b'{"o": NaN}').decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    Cursors("search").write(search="x", offset=2**53 - 1, session="' OR ''='"),
)


@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/batches",
        "/batches/known/results",
        "/batches/known/errors",
        "/batches/known/changes",
        "/reference/units",
        "/reference/categories",
    ],
)
def test_a_cursor_that_someone_made_up_is_refused_or_a_place_in_the_list(api, path):
    for cursor in CURSORS:
        response = api.ask("GET", path, params={"q": "a", "cursor": cursor.encode(errors="replace")})
        assert response.status_code in {200, 422}, (cursor, response.text)
        if response.status_code == 422:
            assert [fault["pointer"] for fault in response.json()["errors"]] == ["/cursor"]


IDS = ("known' OR '1'='1", "known%00", "%25", "_nown", "known--", "*", "$(id)", "\u202eknown")


@pytest.mark.parametrize("tail", ["", "/results", "/errors"])
def test_an_id_in_an_address_names_one_batch_or_none(api, tail):
    statuses = {text: api.ask("GET", f"/batches/{text}{tail}").status_code for text in IDS}

    # Qdrant alone cannot tell that PostgreSQL does not know it.
    assert set(statuses.values()) <= {404, 422, 503}
