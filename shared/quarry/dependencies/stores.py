"""The three stores as routes are given them, see the specification's dependency injection."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from quarry.adapters.interfaces import ICacheDatabase, IRelationalDatabase
from quarry.dependencies import database
from quarry.repositories.materials import MaterialVectors


@dataclass(frozen=True, slots=True)
class Databases:
    """``relational`` is null in Qdrant-only mode."""

    vector: MaterialVectors
    relational: IRelationalDatabase | None
    cache: ICacheDatabase


def selected() -> Databases:
    """What the settings select."""
    return Databases(database.qdrant(), database.relational(), database.redis())


async def get_databases(
    vector: Annotated[MaterialVectors, Depends(database.get_vector_db_dependency)],
    relational: Annotated[IRelationalDatabase | None, Depends(database.get_relational_db_dependency)],
    cache: Annotated[ICacheDatabase, Depends(database.get_cache_db_dependency)],
) -> Databases:
    return Databases(vector, relational, cache)


Stores = Annotated[Databases, Depends(get_databases)]
