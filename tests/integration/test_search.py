"""Search as a buyer sees it, on the real engines."""

import uuid

import pytest

from quarry.adapters.interfaces import SparseVector
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.breaker import CircuitBreaker, State
from quarry.domain.query import Filters, PriceRange, SearchRequest, SearchType, Sort, SortBy
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Terms, Vocabulary
from quarry.errors import AllDatabasesUnavailableError, InvalidRequest, NotFound, StoreError, StoreUnavailable
from quarry.repositories.materials import HybridMaterialsRepository, MaterialQuery
from quarry.repositories.postgresql import material_sql
from quarry.repositories.postgresql.trade import TradeRepository
from quarry.repositories.qdrant.index_words import IndexWords
from quarry.runtime import run
from quarry.services.understanding import QueryReader
from tests.integration.searching import CATALOGUE, EMBEDDER, NOWHERE, connect, fill, identity, sample_stack


@pytest.fixture(scope="module")
def stack(engines):
    """For tests that only read."""
    with sample_stack(engines) as made:
        yield made


@pytest.fixture
def changing(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection):
    """For tests that change the catalogue or look at the cache."""
    made = connect(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection)
    fill(made.postgresql)
    run(made.indexing().index_pending(1000))
    yield made
    made.close()


@pytest.fixture
def broken(engines):
    """Makes stacks on another one's data in which some stores are unavailable."""
    made = []

    def unavailable(whole, *stores, cached=False):
        stack = connect(
            f"postgresql://quarry:x@{NOWHERE}/none" if "postgresql" in stores else whole.postgresql_url,
            f"http://{NOWHERE}" if "qdrant" in stores else engines.qdrant.url,
            engines.secrets.qdrant,
            engines.redis.url if cached else None,
            whole.collection,
        )
        made.append(stack)
        return stack

    yield unavailable
    for stack in made:
        stack.close()


def request(service, query, **options):
    limit = options.pop("limit", 20)
    cursor = options.pop("cursor", None)
    return run(service.search(SearchRequest(query, **options), limit, cursor)).value


def names(answer):
    return [hit["material"]["name"] for hit in answer["hits"]]


FIRST_HITS = [
    ("цемент м500", "Портландцемент М500"),
    ("м500 цемента", "Портландцемент М500"),
    ("wtvtyn v500", "Портландцемент М500"),
    ("cement m400", "Портландцемент М400"),
    ("tsement м400", "Портландцемент М400"),
    ("клей для плитки", "Клей для плитки"),
    ("клей для плитк", "Клей для плитки"),
    ("rktq lkz gkbnrb", "Клей для плитки"),
    ("гипсокартон влагостойкий 12,5", "Гипсокартон влагостойкий 2500х1200х12,5"),
    ("гипсакартон 9,5", "Гипсокартон влагостойкий 2500х1200х9,5"),
    ("гкл 12,5", "Гипсокартон 2500х1200х12,5"),
    ("труба 20х3,4", "Труба PN 20 20х3,4"),
    ("трубы 20*3.4", "Труба PN 20 20х3,4"),
    ("kiilto 20 кг дешевле", "Kiilto Start"),
    ("7724601304", "Клей для плитки"),
    ("18352", "Труба PN 20 20х3,4"),  # 0018352
    ("cem-500", "Портландцемент М500"),
    ("радиатор 22/500/1000", "Радиатор панельный"),
]


def test_the_first_hit_is_the_right_one(stack):
    service = stack.search()
    answers = {query: request(service, query) for query, _ in FIRST_HITS}
    assert {answer["source"] for answer in answers.values()} == {"vector"}
    assert {
        query: names(answers[query])[:3]
        for query, expected in FIRST_HITS
        if not any(name.startswith(expected) for name in names(answers[query])[:1])
    } == {}


def test_sql_alone_gives_the_right_first_hits_too(stack):
    service = stack.search()
    answers = {query: request(service, query, search_type=SearchType.SQL) for query, _ in FIRST_HITS}
    assert {answer["source"] for answer in answers.values()} == {"sql"}
    assert {
        query: names(answers[query])[:3]
        for query, expected in FIRST_HITS
        if not any(name.startswith(expected) for name in names(answers[query])[:1])
    } == {}


def test_an_answer_has_the_agreed_shape(stack):
    answer = request(stack.search(), "wtvtyn v500", facets=("category", "supplier_id", "unit"))
    hit = answer["hits"][0]
    assert answer["source"] == "vector"
    assert answer["degraded"] is False
    assert answer["understood"]["text"] == "цемент м500"
    assert {"from": "wtvtyn", "to": "цемент", "reason": "keyboard_layout"} in answer["understood"]["rewrites"]
    assert hit["highlights"] == ["Портланд<mark>цемент</mark> <mark>М500</mark> Д0, мешок 50 кг"]
    assert [offer["price"] for offer in hit["offers"]] == ["430.00", "450.00"]
    assert [offer["price_per_base_unit"] for offer in hit["offers"]] == ["8.60", "9.00"]
    assert hit["offers_total"] == 2
    assert hit["material"]["base_unit"] == "кг"
    assert 0 < hit["score"] <= 1
    assert answer["total"]["relation"] == "eq"
    assert {"value": 102, "count": 1} in answer["facets"]["supplier_id"]


@pytest.mark.parametrize("search_type", list(SearchType))
def test_every_kind_of_search_finds_the_word(stack, search_type):
    answer = request(stack.search(), "гипсокартон", search_type=search_type)
    assert len(answer["hits"]) == 3
    sources = {"sql": "sql", "fuzzy": "sql", "hybrid": "hybrid"}
    assert answer["source"] == sources.get(search_type, "vector")


def test_what_vectors_do_not_find_is_looked_for_by_sql_and_nothing_is_made_up(stack):
    answer = request(stack.search(), "щцкъэфыва")
    assert (answer["hits"], answer["source"], answer["degraded"]) == ([], "sql", False)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(category=("Трубы",)), 3),
        (Filters(unit=("лист", "м2")), 4),
        (Filters(supplier_id=(102,)), 1),
        (Filters(in_stock=True), 1),
        (Filters(in_stock=False), 1),
        (Filters(price=PriceRange("RUB", min=1000, max=1500)), 2),
        (Filters(price=PriceRange("EUR")), 1),
        (Filters(supplier_id=(102,), price=PriceRange("RUB", min=440)), 0),
        (Filters(category=("Трубы", "Листы"), price=PriceRange("RUB", max=90)), 3),
    ],
)
def test_an_empty_query_browses_what_passes_the_filters(stack, filters, expected):
    by_sql = request(stack.search(), "", filters=filters)
    assert (len(by_sql["hits"]), by_sql["total"]["value"]) == (expected, expected)
    by_index = request(stack.search(without_sql=True), " ", filters=filters)
    assert {hit["material"]["id"] for hit in by_index["hits"]} == {hit["material"]["id"] for hit in by_sql["hits"]}


def test_browsing_says_when_there_is_more_than_it_orders_and_counts(stack, monkeypatch):
    monkeypatch.setattr(material_sql, "MOST_BROWSED", 5)
    browsed = request(stack.search(), "", facets=("unit",), sort=Sort(SortBy.PRICE))
    assert browsed["total"] == {"value": 5, "relation": "gte"}
    assert sum(unit["count"] for unit in browsed["facets"]["unit"]) <= 6


def test_filters_hold_for_text_in_either_store(stack):
    filters = Filters(category=("Листы",), price=PriceRange("RUB", max=400))
    for search_type in (SearchType.VECTOR, SearchType.SQL, SearchType.FUZZY, SearchType.HYBRID):
        answer = request(stack.search(), "гипсокартон", filters=filters, search_type=search_type)
        assert len(answer["hits"]) == 2, search_type


def test_an_article_does_not_bypass_the_filters(stack):
    assert names(request(stack.search(), "7724601304", filters=Filters(category=("Трубы",)))) == []


@pytest.mark.parametrize("query", ["", "труба"])
def test_hits_come_in_the_requested_order(stack, query):
    pipes = Filters(category=("Трубы",))

    def prices(descending):
        answer = request(stack.search(), query, filters=pipes, sort=Sort(SortBy.PRICE, descending))
        return [float(hit["offers"][0]["price"]) for hit in answer["hits"]]

    assert prices(False) == [60, 80, 90]
    assert prices(True) == [90, 80, 60]
    by_name = names(request(stack.search(), query, filters=pipes, sort=Sort(SortBy.NAME)))
    assert by_name == sorted(by_name)


@pytest.mark.parametrize(("query", "size"), [("гипсокартон", 1), ("", 5)])
def test_pages_join_into_the_whole_without_gaps_or_repeats(stack, query, size):
    service = stack.search()
    whole = names(request(service, query, limit=100))
    paged, cursor = [], None
    while True:
        answer = request(service, query, limit=size, cursor=cursor)
        paged += names(answer)
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    assert len(whole) == len(set(whole)) > size


def test_pages_stay_in_step_while_the_catalogue_changes(changing):
    service = changing.search()
    first = request(service, "гипсокартон", limit=2)
    expected = [name for name in names(request(service, "гипсокартон", limit=3)) if name not in names(first)]
    run(changing.postgresql.execute_command("UPDATE materials SET use_category = 'Плиты', updated_at = now()"))
    run(changing.qdrant.delete(changing.collection, first["hits"][0]["material"]["id"]))
    run(service._cache.invalidate())
    assert names(request(service, "гипсокартон", limit=2, cursor=first["next_cursor"])) == expected


def test_pages_go_on_without_redis(stack, broken):
    service = broken(stack).search()
    first = request(service, "гипсокартон", limit=2)
    second = request(service, "гипсокартон", limit=2, cursor=first["next_cursor"])
    assert len({*names(first), *names(second)}) == 3


@pytest.mark.parametrize("cursor", ["", "abc", "e30", "!!!", "W10"])
def test_a_foreign_cursor_is_refused(stack, cursor):
    with pytest.raises(InvalidRequest):
        request(stack.search(), "цемент", cursor=cursor)


def test_a_cursor_of_another_query_is_refused(stack):
    cursor = request(stack.search(), "гипсокартон", limit=1)["next_cursor"]
    with pytest.raises(InvalidRequest):
        request(stack.search(), "цемент", limit=1, cursor=cursor)


def test_facets_count_what_passes_the_filters(stack):
    answer = request(stack.search(), "", facets=("category", "supplier_id", "unit"))
    assert {"value": "Трубы", "count": 3} in answer["facets"]["category"]
    assert answer["facets"]["supplier_id"] == [{"value": 101, "count": 16}, {"value": 102, "count": 1}]
    assert {"value": "лист", "count": 3} in answer["facets"]["unit"]


def test_suggestions_complete_the_last_word(stack):
    service = stack.search()
    assert [item["text"] for item in run(service.suggest("гип", 5))] == ["гипсокартон"]
    assert run(service.suggest("клей для плитк", 5))[0]["text"].startswith("клей для плитк")
    assert run(service.suggest("ubg", 5))[0]["text"] == "гипсокартон"
    assert run(service.suggest("  ", 5)) == []


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("клей для п", ["клей для плитки"]),
        ("киилто ш", ["киилто шпаклевка"]),
        ("труба pn 2", ["труба pn 20x3.4", "труба pn 25x4.2"]),
        ("гипсокартон гип", []),
        # Both words are known, and stand together nowhere.
        ("гипсокартон пли", []),
        ("плитка гипсок", []),
    ],
)
def test_suggestions_are_phrases_that_occur(stack, typed, suggested):
    assert [item["text"] for item in run(stack.search().suggest(typed, 10))] == suggested


def test_without_qdrant_sql_answers_degraded(stack, broken):
    answer = request(broken(stack, "qdrant").search(), "цемент м500")
    assert (answer["source"], answer["degraded"]) == ("sql", True)
    assert names(answer)[0].startswith("Портландцемент М500")


class WithoutVectors:
    """An embedder whose provider is unavailable."""

    model = EMBEDDER.model
    stored = False

    async def embed(self, texts):
        raise StoreUnavailable("OpenAI")


@pytest.fixture
def uncached(stack, broken):
    """Makes a search whose answers are its own; by default its queries have no vectors."""
    made = broken(stack)
    return lambda embedder=None: made.search(embedder=embedder or WithoutVectors())


@pytest.mark.parametrize("search_type", [SearchType.AUTO, SearchType.VECTOR, SearchType.HYBRID])
def test_without_vectors_an_answer_says_that_it_is_degraded(uncached, search_type):
    answer = request(uncached(), "цемент м500", search_type=search_type)
    assert names(answer)[0].startswith("Портландцемент М500")
    assert answer["degraded"]


def test_without_vectors_what_was_left_to_sql_is_degraded(uncached):
    answer = request(uncached(), "щцкъэфыва")
    assert (answer["hits"], answer["source"], answer["degraded"]) == ([], "sql", True)


@pytest.mark.parametrize("search_type", [SearchType.SQL, SearchType.FUZZY])
def test_sql_alone_needs_no_vectors(uncached, search_type):
    assert request(uncached(), "цемент м500", search_type=search_type)["degraded"] is False


@pytest.mark.parametrize("search_type", [SearchType.AUTO, SearchType.HYBRID])
def test_where_the_index_refuses_sql_answers_degraded(uncached, monkeypatch, search_type):
    async def refusing(*_, **__):
        raise StoreError("Qdrant", "too long", "400")

    monkeypatch.setattr(QdrantVectorDatabase, "search", refusing)
    answer = request(uncached(EMBEDDER), "цемент м500", search_type=search_type)
    assert names(answer)[0].startswith("Портландцемент М500")
    assert (answer["source"], answer["degraded"]) == ("sql", True)


def test_what_is_shown_without_its_suppliers_names_is_not_kept(changing, broken):
    run(TradeRepository(changing.postgresql).name_supplier(101, "Стройбаза"))
    starting = broken(changing, "postgresql", cached=True).search()
    first = run(starting.search(SearchRequest("цемент м500"), 20))
    assert first.value["hits"][0]["offers"][0]["supplier_name"] is None

    again = run(changing.search().search(SearchRequest("цемент м500"), 20))

    assert again.state == "miss"
    assert "Стройбаза" in {offer["supplier_name"] for offer in again.value["hits"][0]["offers"]}


def test_a_material_that_the_index_has_not_yet_is_not_missing_while_postgresql_is_unavailable(stack, broken):
    material = uuid.uuid4()
    with pytest.raises(AllDatabasesUnavailableError):
        run(broken(stack, "postgresql").catalogue().material(str(material)))
    with pytest.raises(NotFound):
        run(stack.catalogue().material(str(material)))


def test_without_postgresql_vectors_answer(stack, broken):
    service = broken(stack, "postgresql").search()
    assert names(request(service, "портландцемент м500"))[0].startswith("Портландцемент М500")
    fallen_back = request(service, "портландцемент", search_type=SearchType.SQL)
    assert (fallen_back["source"], fallen_back["degraded"]) == ("vector", True)
    browsed = request(service, "")
    assert (browsed["source"], browsed["degraded"], browsed["total"]["value"]) == ("vector", True, 16)
    both = request(service, "портландцемент", search_type=SearchType.HYBRID)
    assert (both["source"], both["degraded"]) == ("vector", True)


def test_queries_are_parsed_by_the_index_when_postgresql_is_unavailable_or_not_used(stack, broken):
    for service in (broken(stack, "postgresql").search(), broken(stack).search(without_sql=True)):
        assert names(request(service, "wtvtyn v500"))[0].startswith("Портландцемент М500")
        assert names(request(service, "гипсакартон 9,5"))[0].endswith("9,5")


def test_words_once_read_serve_on_in_an_outage(stack, broken):
    class Outage:
        """The words, until ``unavailable``."""

        unavailable = False

        async def vocabulary(self, since=None, least=0):
            if self.unavailable:
                raise StoreUnavailable("PostgreSQL")
            return Terms({"гипсокартон": 1}, since or "1")

        async def synonyms(self):
            return {"гкл": "гипсокартон"}

    best = Outage()
    reader = QueryReader(best, IndexWords(stack.qdrant, stack.collection))
    run(reader.vocabulary(1))
    best.unavailable = True
    understood, _ = run(reader.understand("гкл", 2))
    assert understood.text == "гипсокартон"


def test_without_any_database_the_stale_copy_answers_and_says_so(changing, broken):
    before = request(changing.search(), "цемент м500")
    run(changing.search()._cache.invalidate())
    service = broken(changing, "qdrant", "postgresql", cached=True).search()
    cached = run(service.search(SearchRequest("цемент м500"), 20))
    assert (cached.value["source"], cached.value["degraded"], cached.state) == ("stale", True, "stale")
    assert cached.value["hits"] == before["hits"]


def test_without_any_database_or_copy_the_answer_is_503_or_a_mock_that_says_so(stack, broken):
    stack = broken(stack, "qdrant", "postgresql")
    with pytest.raises(AllDatabasesUnavailableError):
        request(stack.search(), "цемент")
    mock = request(stack.search(mock=True), "цемент")
    assert (mock["source"], mock["degraded"], mock["hits"], mock["total"]["value"]) == ("mock", True, [], 0)


def test_where_fallback_is_off_the_first_failure_is_the_answer(stack, broken):
    with pytest.raises(StoreUnavailable, match="Qdrant"):
        request(broken(stack, "qdrant").search(fallback=False), "цемент")
    with pytest.raises(StoreUnavailable, match="Qdrant"):
        run(broken(stack, "qdrant").materials(fallback=False).documents([identity(CATALOGUE[0].name)]))


def test_a_finished_import_outdates_what_is_cached(changing):
    service = changing.search()
    assert run(service.search(SearchRequest("цемент"), 20)).state == "miss"
    assert run(service.search(SearchRequest("цемент"), 20)).state == "hit"
    run(service._cache.invalidate())
    assert run(service.search(SearchRequest("цемент"), 20)).state == "miss"


def test_popular_queries_are_warm_after_warming(changing):
    service = changing.search()
    request(service, "Гипсокартон")
    run(service._cache.invalidate())
    assert run(service.warm(10)) == 1
    assert run(service.search(SearchRequest("гипсокартон"), 20)).state == "hit"


def test_another_person_s_query_is_suggested_when_it_was_asked_three_times(changing):
    service = changing.search()
    for _ in range(2):
        request(service, "гипсокартон для кухни")
    assert "гипсокартон для кухни" not in [item["text"] for item in run(service.suggest("гипсокартон д", 5))]
    request(service, "гипсокартон для кухни")
    assert {"text": "гипсокартон для кухни", "count": 3} in run(service.suggest("гипсокартон д", 5))


def test_one_material_and_its_offers(stack):
    catalogue = stack.catalogue()
    key = identity(CATALOGUE[0].name)
    assert run(catalogue.material(key)).value["offers_total"] == 2
    first = run(catalogue.offers(key, 1, None)).value
    second = run(catalogue.offers(key, 1, first["next_cursor"])).value
    assert [page["items"][0]["price"] for page in (first, second)] == ["430.00", "450.00"]
    assert second["next_cursor"] is None
    history = run(catalogue.price_history(key, 102, 20, None)).value["items"]
    assert [(item["price"], item["superseded_at"]) for item in history] == [("430.00", None)]


def test_a_material_is_shown_by_either_store_alone(stack, broken):
    key = identity(CATALOGUE[0].name)
    assert run(broken(stack, "qdrant").catalogue().material(key)).value["offers_total"] == 2
    offers = run(broken(stack, "postgresql").catalogue().offers(key, 20, None)).value
    assert [offer["price"] for offer in offers["items"]] == ["430.00", "450.00"]


def test_units_page_by_cursor(stack):
    catalogue = stack.catalogue()
    first = run(catalogue.units(5, None)).value
    second = run(catalogue.units(5, first["next_cursor"])).value
    assert len({unit["name"] for unit in (*first["items"], *second["items"])}) == 10
    kilogram = next(unit for unit in run(catalogue.units(100, None)).value["items"] if unit["symbol"] == "кг")
    assert (kilogram["dimension"], kilogram["factor"]) == ("mass", "1")


def test_an_open_breaker_spares_the_unavailable_store_and_sql_answers(stack, broken):
    away = broken(stack, "qdrant")
    breaker = CircuitBreaker("Qdrant", 2, 60)
    qdrant = QdrantVectorDatabase(f"http://{NOWHERE}", model=EMBEDDER.model, connect_timeout=0.5, breaker=breaker)
    materials = HybridMaterialsRepository(qdrant, away.postgresql, collection=away.collection)
    for query in ("клей", "труба", "плитка"):
        understood = understand(query, Vocabulary({}))
        asked = MaterialQuery(
            SearchRequest(query), understood, EMBEDDER.matrix([query])[0], SparseVector((), ()), lambda _: 1
        )
        assert run(materials.search_materials(asked)).source == "sql"
    assert (breaker.state, breaker.failures) == (State.OPEN, 2)
    states = run(materials.health_check())
    assert (states["vector_database"].status, states["relational_database"].status) == ("unhealthy", "healthy")
