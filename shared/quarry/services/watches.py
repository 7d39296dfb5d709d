"""Watches: «tell me when this falls below 400 ₽/мешок»."""

from typing import Final

from quarry.domain.watches import Watch, Watched
from quarry.errors import NotFound, NotSupported
from quarry.repositories.postgresql.watches import WatchRepository
from quarry.services.pages import Cursors, Page

_CURSORS: Final = Cursors("watches", after=str)


class WatchService:
    """``repository`` is None in Qdrant-only mode."""

    def __init__(self, repository: WatchRepository | None, base_currency: str) -> None:
        self._repository = repository
        self._base_currency = base_currency

    async def put(self, watched: Watched) -> Watch:
        return await self._watches.put(watched, self._base_currency)

    async def page(self, limit: int, cursor: str | None) -> Page[Watch]:
        after = _CURSORS.read(cursor)["after"] if cursor else None
        return _CURSORS.page(await self._watches.page(after, limit + 1), limit, lambda one: {"after": one.id})

    async def delete(self, watch: str) -> None:
        if not await self._watches.delete(watch):
            raise NotFound(f"There is no watch «{watch}»: GET /api/v1/watches lists those that there are.")

    @property
    def _watches(self) -> WatchRepository:
        if self._repository is None:
            raise NotSupported("Watches need PostgreSQL, which is not used in Qdrant-only mode.")
        return self._repository
