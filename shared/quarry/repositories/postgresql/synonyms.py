"""The table of users' synonyms."""

from quarry.adapters.interfaces import IRelationalDatabase

_PAGE = """
SELECT term, replacement FROM synonyms
WHERE CAST(:after AS text) IS NULL OR term > :after ORDER BY term LIMIT :limit
"""
_PUT = """
INSERT INTO synonyms (term, replacement) VALUES (:term, :replacement)
ON CONFLICT (term) DO UPDATE SET replacement = excluded.replacement
"""


class SynonymRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def page(self, after: str | None, limit: int) -> list[tuple[str, str]]:
        """Pairs of a term and what it means, by the term."""
        rows = await self._db.execute_query(_PAGE, {"after": after, "limit": limit})
        return [(row["term"], row["replacement"]) for row in rows]

    async def put(self, term: str, replacement: str) -> None:
        await self._db.execute_command(_PUT, {"term": term, "replacement": replacement})

    async def delete(self, term: str) -> bool:
        """Whether there was one."""
        return bool(await self._db.execute_command("DELETE FROM synonyms WHERE term = :term", {"term": term}))
