"""Questions about what may be one material, and people's decisions about materials."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from quarry.errors import NotSupported, StoreError, StoreUnavailable
from quarry.repositories.postgresql.decisions import Decided
from quarry.repositories.postgresql.reviews import Review, ReviewRepository
from quarry.services.finishing import Generation, Index
from quarry.services.pages import Cursors, Page

log = logging.getLogger(__name__)
Remove = Callable[[Sequence[str]], Awaitable[None]]
_OPEN: Final = Cursors("reviews", offers=int, id=UUID)
_DECIDED: Final = Cursors("decided-reviews", moment=datetime, id=UUID)
REASONS: Final = {
    "general": "a word that most such goods have in common",
    "descriptor": "a word that describes the goods",
    "abbreviation": "an abbreviated word",
    "root": "two words of one root",
    "descriptor of alike": "a usual word, where the names are alike but for it",
    "kin": "another word for what the thing is",
    "kin alone": "another word for what the thing is",
    "series": "a series",
    "spelling": "a word that is spelled otherwise",
    "heard": "two words that sound alike",
    "compound": "a word that is a part of the other's",
    "purpose": "what the goods are for",
    "code": "letters of an article",
    "detail": "a word",
    "detail among few": "a word",
    "detail among few alone": "a word",
    "detail among some": "a word",
    "detail among some alone": "a word",
    "detail among many": "a word, beside much that both say",
    "detail among many alone": "a word, beside much that both say",
    "letter": "a letter or two of a model",
    "letters": "letters of a model",
    "name among some": "a name",
    "name among some alone": "a name",
    "name among many": "a name, beside much that both say",
    "name among many alone": "a name, beside much that both say",
    "noun of a name": "what a named thing is",
    "noun of names": "what a named thing is",
    "noun": "what the thing is",
    "noun alone": "what the thing is",
    "other noun": "another word for what the thing is",
    "further": "more words",
    "further alone": "more words",
    "accessory": "what the goods come with",
    "cut": "a word cut short",
    "counted": "a number in a word",
    "contrast": "a word in the place of another",
    "contrast among many": "a word in the place of another, beside much that both say",
    "contrast with known": "a word in the place of a usual one",
    "contrast of known": "a usual word in the place of another",
    "contrast of alike": "another word, where the names are alike but for it",
    "telling": "a word that usually tells goods apart",
    "telling of alike": "a word that tells goods apart, where the names are alike but for it",
    "named": "a model or series",
    "model": "letters of a model",
    "proper": "a name",
    "number": "a size, grade or amount",
    "number among few": "a size, grade or amount",
    "number among many": "a size, grade or amount, beside much that both say",
    "further number": "more sizes or amounts",
    "count": "the number of pieces in a pack",
    "maker": "the maker",
    "maker of a name": "the maker of a named thing",
    "side": "the side or thread",
    "colour": "the colour",
    "shade": "the colour, beside a code",
    "tint": "the colour",
    "unit": "another unit",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with a few offers of both sides, and why it is asked."""

    review: Review
    why: Sequence[str]
    offers: Sequence[Mapping[str, Any]]
    other_offers: Sequence[Mapping[str, Any]]


class ReviewService:
    """``repository`` is None in Qdrant-only mode, in which decisions cannot be made."""

    def __init__(
        self, repository: ReviewRepository | None, index: Index, remove: Remove, generation: Generation
    ) -> None:
        self._repository = repository
        self._index = index
        self._remove = remove
        self._generation = generation

    async def page(self, *, decided: bool, limit: int, cursor: str | None) -> Page[Asked]:
        store = self._store()
        if decided:
            # One more than is shown says whether there is a next page.
            found = await store.decided(_before(cursor) if cursor else None, limit + 1)
            page = _DECIDED.page(found, limit, lambda one: {"moment": one.decided_at, "id": one.id})
        else:
            place = _OPEN.read(cursor) if cursor else None
            found = await store.open((place["offers"], place["id"]) if place else None, limit + 1)
            page = _OPEN.page(found, limit, lambda one: {"offers": one.offers, "id": one.id})
        offers = await store.offers(page.items) if page.items else {}
        items = [Asked(one, _why(one), offers[one.name_id], offers[one.material_id]) for one in page.items]
        return Page(items, page.next_cursor)

    async def decide(self, review: str, decision: str, other: str | None) -> Decided:
        return await self._done(await self._store().decide(review, decision, other))

    async def merge(self, into: str, other: str) -> Decided:
        return await self._done(await self._store().merge(into, other))

    async def split(self, material: str, offers: Sequence[int]) -> Decided:
        return await self._done(await self._store().split(material, offers))

    async def remove_points(self, limit: int) -> int:
        """Take out of the index what merges have removed; returns how many materials."""
        if self._repository is None:
            return 0
        # Noted in the transaction of the merge, forgotten after the index: broken off in between, it is done again.
        removed = await self._repository.removed(limit)
        await self._remove(removed)
        await self._repository.forget_removed(removed)
        return len(removed)

    def _store(self) -> ReviewRepository:
        if self._repository is None:
            raise NotSupported("Reviews, merges and splits need PostgreSQL, which is not used in Qdrant-only mode.")
        return self._repository

    async def _done(self, decided: Decided) -> Decided:
        """The decision is made already: what the index misses now, maintenance brings to it."""
        try:
            await self._index.index(decided.changed)
            await self._remove(decided.removed)
        except (StoreUnavailable, StoreError) as error:
            log.warning("a decision is not indexed yet", extra={"reason": str(error)})
        # Outdated after the index is written: an answer that was made in between would stay in the cache.
        if decided.changed:
            await self._generation.invalidate()
        return decided


def _why(review: Review) -> list[str]:
    return [
        f"only one of the names says {REASONS[kind]}" if kind in _SAID else REASONS[kind] for kind in review.missing
    ]


_SAID: Final = REASONS.keys() - {
    "abbreviation", "root", "spelling", "heard", "compound", "contrast", "contrast among many", "contrast with known",
    "contrast of known", "contrast of alike", "other noun", "unit",
}  # fmt: skip


def _before(cursor: str) -> tuple[datetime, str]:
    place = _DECIDED.read(cursor)
    return place["moment"], place["id"]
