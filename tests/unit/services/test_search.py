"""A search from the cache down to the answer without hits, and its pages."""

import pytest

from quarry.cache.catalogue_cache import CatalogueCache
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.domain.query import SearchRequest
from quarry.domain.vocabulary import Terms
from quarry.errors import AllDatabasesUnavailableError, InvalidRequest, StoreUnavailable
from quarry.runtime import run
from quarry.services.search import SearchPolicy, SearchService
from quarry.services.trade import TradeReader
from quarry.services.understanding import QueryReader, Words
from tests.fakes import MemoryCache, MemoryMaterials, MemoryTrade

NAMES = [f"Цемент М500 {weight} кг" for weight in (10, 20, 30, 40, 50)]
CEMENT = SearchRequest("цемент")


class Dictionary(Words):
    async def synonyms(self):
        return {}

    async def vocabulary(self, since=None, least=0):
        return Terms({"цемент": 5, "клей": 3, "цемента": 1})

    async def counts_of(self, words):
        return {}


class Embedder:
    model = "navec"
    stored = False

    def __init__(self):
        self.unavailable = False

    async def embed(self, texts):
        if self.unavailable:
            raise StoreUnavailable("OpenAI")
        return [(1.0,)] * len(texts)


class Searching:
    def __init__(self):
        self.materials, self.embedder = MemoryMaterials(*NAMES, "Клей 25 кг"), Embedder()
        self.store, self.trade = MemoryCache(), MemoryTrade(Стройбаза=7)
        self.now = 0.0
        self.cache = CatalogueCache(self.store, stale_ttl=3600, now=lambda: self.now)
        self.service = self.made()

    def made(self, *, mock=False):
        reader = TradeReader(self.trade, self.cache, "RUB", 60)
        popular = PopularQueries(self.store)
        sessions, policy = Sessions(self.store, 600), SearchPolicy(ttl=60, mock=mock)
        words = QueryReader(Dictionary())
        return SearchService(self.materials, self.embedder, words, self.cache, sessions, popular, policy, reader)

    def ask(self, request=CEMENT, **about):
        return run(self.service.search(request, **about))


@pytest.fixture
def searching():
    return Searching()


def names(answer):
    return [hit["material"]["name"] for hit in answer.value["hits"]]


def test_an_answer_is_made_once_and_then_comes_from_the_cache(searching):
    first, second = searching.ask(), searching.ask()

    assert (first.state, second.state, len(searching.materials.asked)) == ("miss", "hit", 1)
    assert names(first) == names(second) == NAMES
    assert {hit["offers"][0]["supplier_name"] for hit in first.value["hits"]} == {"Стройбаза"}
    assert "took_ms" in second.value


def test_a_degraded_answer_is_not_kept(searching):
    searching.materials.degraded = True

    assert searching.ask().value["degraded"] is True
    searching.ask()
    assert len(searching.materials.asked) == 2


def test_without_a_vector_words_alone_are_searched_for(searching):
    searching.embedder.unavailable = True

    assert names(searching.ask()) == NAMES
    (query,) = searching.materials.asked
    assert (query.vector, len(query.sparse.indices) > 0) == ((), True)


def test_without_any_database_the_stale_copy_answers_and_says_so(searching):
    searching.ask()
    searching.now += 120
    searching.materials.unavailable = True

    stale = searching.ask()

    assert (stale.state, stale.value["source"], stale.value["degraded"]) == ("stale", "stale", True)
    assert names(stale) == NAMES


def test_without_any_database_or_copy_it_is_an_error_unless_a_mock_is_wanted(searching):
    searching.materials.unavailable = True
    with pytest.raises(AllDatabasesUnavailableError):
        searching.ask()

    searching.service = searching.made(mock=True)
    answer = searching.ask(SearchRequest("цемент", facets=("unit",)))
    assert (answer.mock, answer.value["source"], answer.value["hits"]) == (True, "mock", [])
    assert answer.value["facets"] == {"unit": []}


def test_a_query_without_a_word_finds_nothing_and_asks_no_store(searching):
    assert names(searching.ask(SearchRequest("?!"))) == []
    assert (searching.materials.asked, searching.materials.browsed) == ([], 0)


def test_an_empty_query_browses(searching):
    assert len(names(searching.ask(SearchRequest(" "), limit=10))) == 6
    assert (searching.materials.asked, searching.materials.browsed) == ([], 1)


def test_pages_are_of_one_ranking_and_leave_out_what_is_gone_meanwhile(searching):
    first = searching.ask(limit=2)
    searching.materials.known.pop(NAMES[2])
    second = searching.ask(limit=2, cursor=first.value["next_cursor"])
    third = searching.ask(limit=2, cursor=second.value["next_cursor"])

    assert [names(page) for page in (first, second, third)] == [NAMES[:2], NAMES[3:4], NAMES[4:]]
    assert (third.value["next_cursor"], len(searching.materials.asked)) == (None, 1)


def test_a_ranking_that_was_forgotten_is_made_anew_and_the_page_goes_on_where_it_was(searching):
    first = searching.ask(limit=2)
    searching.store.values.clear()

    second = searching.ask(limit=2, cursor=first.value["next_cursor"])

    assert (names(second), len(searching.materials.asked)) == (NAMES[2:4], 2)


def test_a_cursor_is_of_one_search(searching):
    cursor = searching.ask(limit=2).value["next_cursor"]

    with pytest.raises(InvalidRequest, match="another search"):
        searching.ask(SearchRequest("клей"), cursor=cursor)


def test_popular_queries_are_searched_for_before_anybody_waits(searching):
    for _ in range(3):
        searching.ask()
    searching.store.values.clear()

    assert run(searching.service.warm(5)) == 1
    assert searching.ask().state == "hit"


@pytest.mark.parametrize(("askers", "shown"), [(["a", "b", "c"], True), (["a", "a", "a"], False)])
def test_a_query_is_suggested_to_others_once_several_people_have_asked_for_it(searching, askers, shown):
    for asker in askers:
        searching.ask(SearchRequest("клей белый"), asker=asker)

    found = [one["text"] for one in run(searching.service.suggest("кле", 5))]

    assert ("клей белый" in found) is shown
    assert "клей" in found


def test_what_was_typed_in_the_other_keyboard_layout_is_completed(searching):
    assert [one["text"] for one in run(searching.service.suggest("wtv", 5))] == ["цемент"]


def test_suggestions_of_several_words_need_a_database_and_are_none_in_an_outage(searching):
    searching.materials.unavailable = True
    assert run(searching.service.suggest("цемент м", 5)) == []


def test_names_are_as_last_known_while_they_cannot_be_read(searching):
    searching.ask()
    searching.trade.unavailable = True
    searching.store.values.clear()

    assert searching.ask().value["hits"][0]["offers"][0]["supplier_name"] == "Стройбаза"
