"""The three stores that services are given."""

from dataclasses import dataclass

from quarry.adapters.interfaces import ICacheDatabase, IRelationalDatabase
from quarry.repositories.material_vectors import MaterialVectors


@dataclass(frozen=True, slots=True)
class Databases:
    """``relational`` is None in Qdrant-only mode."""

    vector: MaterialVectors
    relational: IRelationalDatabase | None
    cache: ICacheDatabase
