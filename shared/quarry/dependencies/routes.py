"""The three stores as routes are given them, see the specification's dependency injection.

Apart from the composition, which functions without HTTP use too: they have no use for FastAPI.
"""

from typing import Annotated

from fastapi import Depends

from quarry.adapters.interfaces import ICacheDatabase, IRelationalDatabase
from quarry.dependencies import database
from quarry.dependencies.databases import Databases
from quarry.repositories.material_vectors import MaterialVectors


async def get_databases(
    vector: Annotated[MaterialVectors, Depends(database.get_vector_db_dependency)],
    relational: Annotated[IRelationalDatabase | None, Depends(database.get_relational_db_dependency)],
    cache: Annotated[ICacheDatabase, Depends(database.get_cache_db_dependency)],
) -> Databases:
    return Databases(vector, relational, cache)


DatabasesDep = Annotated[Databases, Depends(get_databases)]
