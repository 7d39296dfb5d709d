"""The vector index anew from PostgreSQL, block by block, while searches go on."""

from quarry import deadline
from quarry.errors import NotSupported
from quarry.repositories.postgresql.figures import FigureRepository
from quarry.repositories.postgresql.rebuilding import RebuildingRepository, Rebuilt
from quarry.services.indexing import IndexingService

# Small enough that a block fits into what is left of a function when the embeddings are slow.
_MATERIALS_AT_ONCE = 500
# No block is begun with less time left: one takes a few seconds, and longer while stores are slow.
_SPARE_SECONDS = 20.0


class Rebuilding:
    """A point is replaced by a newer one of itself only, so that searches find all that they found before.

    Raises StoreUnavailable where a store or the embeddings are unavailable; the rebuilding stays where it is.
    """

    def __init__(
        self,
        state: RebuildingRepository | None,
        figures: FigureRepository | None,
        indexing: IndexingService | None,
    ) -> None:
        self._state = state
        self._figures = figures
        self._indexing = indexing

    async def start(self) -> Rebuilt:
        """Raises NotSupported in Qdrant-only mode, in which nothing else holds the catalogue."""
        if self._state is None or self._figures is None:
            raise NotSupported("Without PostgreSQL there is nothing that the index could be rebuilt from.")
        return await self._state.start((await self._figures.counts()).materials)

    async def go_on(self, blocks: int = 1) -> Rebuilt | None:
        """Index at most so many blocks; returns how far it is, None where nothing was ever rebuilt."""
        if self._state is None or self._indexing is None:
            return None
        state = await self._state.state()
        while state is not None and state.finished_at is None and blocks > 0 and _has_time():
            ids = await self._state.next_ids(state, _MATERIALS_AT_ONCE)
            await self._indexing.index(ids, anew=True)
            # After the block: broken off in between, it is indexed twice, which changes nothing.
            await self._state.advance(state, ids)
            state = await self._state.state()
            blocks -= 1
        return state


def _has_time() -> bool:
    left = deadline.left()
    return left is None or left > _SPARE_SECONDS
