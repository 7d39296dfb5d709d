"""Synonyms that users add: what buyers call goods that price lists call otherwise."""

from typing import Final

from quarry.errors import InvalidRequest, NotFound, StoreUnavailable
from quarry.repositories.postgresql.synonyms import SynonymRepository
from quarry.services.pages import Cursors, Page

_CURSORS: Final = Cursors("synonyms", after=str)
Pair = tuple[str, str]


class SynonymService:
    def __init__(self, synonyms: SynonymRepository | None) -> None:
        """Without PostgreSQL there are none."""
        self._kept = synonyms

    @property
    def _synonyms(self) -> SynonymRepository:
        if self._kept is None:
            raise StoreUnavailable("PostgreSQL", "is not used in Qdrant-only mode, which has no synonyms")
        return self._kept

    async def page(self, limit: int, cursor: str | None) -> Page[Pair]:
        after = _CURSORS.read(cursor)["after"] if cursor else None
        found = await self._synonyms.page(after, limit + 1)
        more = len(found) > limit
        return Page(found[:limit], _CURSORS.write(after=found[limit - 1][0]) if more else None)

    async def put(self, term: str, means: str) -> Pair:
        """Both as they are compared: in small letters, without idle blanks."""
        pair = _plain(term), _plain(means)
        if not all(pair) or pair[0] == pair[1]:
            raise InvalidRequest("A synonym is two different texts.", [("/means", "must differ from the term")])
        await self._synonyms.put(*pair)
        return pair

    async def delete(self, term: str) -> None:
        if not await self._synonyms.delete(_plain(term)):
            raise NotFound(f"There is no synonym «{term}»: GET /api/v1/synonyms lists those that there are.")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
