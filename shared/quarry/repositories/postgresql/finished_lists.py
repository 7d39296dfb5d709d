"""What the end of a price list changes in PostgreSQL; readers of lists need this, and nothing of what rows change."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.errors import StoreError
from quarry.repositories.postgresql.replacement import finish_list

T = TypeVar("T")

# Two lists of a supplier may write the same offer at once: duplicate key, deadlock, serialisation failure.
_COLLISIONS = frozenset({"23505", "40P01", "40001"})
_ATTEMPTS = 3


class FinishedLists:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def finish(self, pricelist_id: int) -> dict[str, int]:
        """Let the list, all of whose rows are settled, replace the lists that it stands for.

        Returns what changed: new, gone, dearer, cheaper, unchanged. Done twice it changes nothing more.
        """
        return await again(self._db, partial(finish_list, pricelist_id=pricelist_id))


async def again(db: IRelationalDatabase, work: Callable[[Session], T]) -> T:
    """In a transaction, and once more when another one came in between."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await db.transaction(work)
        except StoreError as error:
            if error.code not in _COLLISIONS:
                raise
    return await db.transaction(work)
