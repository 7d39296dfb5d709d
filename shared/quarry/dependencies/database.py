"""The stores under the specification's names; coroutines, so that FastAPI's ``Depends`` takes no thread for them."""

from typing import TYPE_CHECKING

from quarry.adapters.interfaces import ICacheDatabase, IRelationalDatabase, IVectorDatabase
from quarry.dependencies.composition import composition

if TYPE_CHECKING:
    from quarry.adapters.batch_store import IBatchStore


async def get_vector_db_dependency() -> IVectorDatabase:
    return composition().qdrant


async def get_relational_db_dependency() -> IRelationalDatabase | None:
    return composition().relational


async def get_cache_db_dependency() -> ICacheDatabase:
    return composition().redis


def get_fallback_manager() -> "IBatchStore":
    return composition().batches
