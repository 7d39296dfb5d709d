"""Synonyms that users add: what buyers call goods that price lists call otherwise."""

from typing import Final

from quarry.errors import InvalidRequest, NotFound, NotSupported
from quarry.repositories.postgresql.synonyms import SynonymRepository
from quarry.services.pages import Cursors, Page

_CURSORS: Final = Cursors("synonyms", after=str)
Pair = tuple[str, str]


class SynonymService:
    """``synonyms`` is None in Qdrant-only mode."""

    def __init__(self, synonyms: SynonymRepository | None) -> None:
        self._kept = synonyms

    @property
    def _synonyms(self) -> SynonymRepository:
        if self._kept is None:
            raise NotSupported("Synonyms need PostgreSQL, which is not used in Qdrant-only mode.")
        return self._kept

    async def page(self, limit: int, cursor: str | None) -> Page[Pair]:
        after = _CURSORS.read(cursor)["after"] if cursor else None
        return _CURSORS.page(await self._synonyms.page(after, limit + 1), limit, lambda pair: {"after": pair[0]})

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
