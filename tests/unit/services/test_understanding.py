"""The words at hand: the most frequent ones, and the rare ones of a query when it comes."""

from collections.abc import Mapping, Sequence

from quarry.domain.vocabulary import Terms
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from quarry.services.understanding import QueryReader, Words

FREQUENT = {"цемент": 900, "мешок": 700, "кирпич": 500}
RARE = {"цеметт": 1, "кирпичев": 2}


class Dictionary(Words):
    """Knows all words; at hand are those that ``least`` materials have."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.asked: list[list[str]] = []
        self.unavailable = False

    async def synonyms(self) -> dict[str, str]:
        return {}

    async def vocabulary(self, since: str | None = None, least: int = 0) -> Terms:
        assert since is None or least == self.least
        return Terms({} if since else FREQUENT, "1", self.least)

    async def counts_of(self, words: Sequence[str]) -> Mapping[str, int]:
        if self.unavailable:
            raise StoreUnavailable("PostgreSQL", "is unavailable")
        self.asked.append(list(words))
        return {word: RARE[word] for word in words if word in RARE}


def read(reader: QueryReader, query: str) -> str:
    return run(reader.understand(query, 1))[0].text


def test_a_rare_word_is_no_slip_of_a_frequent_one():
    words = Dictionary(least=500)
    assert read(QueryReader(words), "цеметт мешок") == "цеметт мешок"
    assert words.asked == [["цеметт"]]


def test_a_word_that_no_name_has_is_corrected_and_asked_for_once():
    words = Dictionary(least=500)
    reader = QueryReader(words)
    assert [read(reader, query) for query in ("цемннт", "цемннт мешок")] == ["цемент", "цемент мешок"]
    assert words.asked == [["цемннт"]]


def test_where_all_words_are_at_hand_none_is_asked_for():
    words = Dictionary(least=0)
    assert read(QueryReader(words), "цеметт") == "цемент"
    assert words.asked == []


def test_in_an_outage_the_frequent_words_serve():
    words = Dictionary(least=500)
    reader = QueryReader(words)
    run(reader.vocabulary(1))
    words.unavailable = True
    assert read(reader, "цеметт") == "цемент"
