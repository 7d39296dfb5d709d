"""Reference data as PostgreSQL has it, and the words that a query is understood by."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.domain.vocabulary import Terms
from quarry.repositories.reference import Category, UnitOfMeasure

_CATEGORIES = """
SELECT id, name, description FROM categories
WHERE CAST(:after AS text) IS NULL OR name > :after ORDER BY name LIMIT :limit
"""
_UNITS = """
SELECT id, code, name, symbol, dimension, factor, synonyms FROM units
WHERE CAST(:after AS text) IS NULL OR name > :after ORDER BY name LIMIT :limit
"""
# What transactions wrote that are still running is not seen yet: the next look begins with the oldest of them.
_UNTIL = "CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS until"
# An environment keeps so many words at hand, the most frequent ones: building them takes it a second of CPU.
MOST_TERMS = 50_000
_TERMS = f"""
SELECT t.term, t.count, {_UNTIL} FROM (SELECT) AS once
LEFT JOIN (SELECT * FROM search_terms ORDER BY count DESC LIMIT {MOST_TERMS}) AS t ON true
"""  # noqa: S608
# The upper bound leaves out what a dump from an older cluster brought with it.
_NEW_TERMS = f"""
SELECT t.term, t.count, {_UNTIL} FROM (SELECT) AS once LEFT JOIN search_terms t
ON t.changed_by >= CAST(:since AS xid8) AND t.changed_by < pg_snapshot_xmax(pg_current_snapshot())
AND t.count >= :least
"""  # noqa: S608
_COUNTS = "SELECT term, count FROM search_terms WHERE term = ANY(CAST(:words AS text[]))"


class ReferenceRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def categories(self, after: str | None = None, limit: int = 20) -> list[Category]:
        return [Category(**row) for row in await self._page(_CATEGORIES, after, limit)]

    async def units(self, after: str | None = None, limit: int = 20) -> list[UnitOfMeasure]:
        return [UnitOfMeasure(**row) for row in await self._page(_UNITS, after, limit)]

    async def _page(self, query: str, after: str | None, limit: int) -> list[dict[str, Any]]:
        return await self._db.execute_query(query, {"after": after, "limit": limit})

    async def synonyms(self) -> dict[str, str]:
        """What each term stands for."""
        rows = await self._db.execute_query("SELECT term, replacement FROM synonyms")
        return {row["term"]: row["replacement"] for row in rows}

    async def vocabulary(self, since: str | None = None, least: int = 0) -> Terms:
        """The most frequent words of the materials' names with the number of materials that have each."""
        if since is None:
            rows = await self._db.execute_query(_TERMS)
        else:
            rows = await self._db.execute_query(_NEW_TERMS, {"since": since, "least": least})
        until = rows[0]["until"] if rows else since
        counts = {row["term"]: row["count"] for row in rows if row["term"] is not None}
        if since is None and len(counts) == MOST_TERMS:
            least = min(counts.values())
        return Terms(counts, until, least)

    async def counts_of(self, words: Sequence[str]) -> Mapping[str, int]:
        """The same of these words, as far as some name has them."""
        rows = await self._db.execute_query(_COUNTS, {"words": list(words)})
        return {row["term"]: row["count"] for row in rows}
