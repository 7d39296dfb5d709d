"""The catalogue in PostgreSQL: which material a row means, and what a chunk of rows changes."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from quarry.adapters.copying import json_text
from quarry.adapters.postgresql import PostgreSQLDatabase
from quarry.domain.links import Candidate, Link, Resolved, RowKey, WriteReceipt
from quarry.domain.materials import material_id
from quarry.errors import StoreError
from quarry.repositories.columns import bounded_key
from quarry.repositories.linked_rows import distinct_articles
from quarry.repositories.replacement import finish_list
from quarry.repositories.writing import write_chunk

T = TypeVar("T")
__all__ = ["Candidate", "CatalogueRepository", "Link", "Resolved", "RowKey", "WriteReceipt"]

# Two lists of a supplier may write the same offer at once: duplicate key, deadlock, serialisation failure.
_COLLISIONS = frozenset({"23505", "40P01", "40001"})
_ATTEMPTS = 3

# Of up to so many materials of one number key each is compared, of more only those that share a long word.
_COMPARED = 200
_WORDS_COMPARED = 500
_SHORTEST_WORD = 4
_LEAST_SIMILARITY = 0.3

_BY_NAME = """
SELECT k.row_id, m.id AS material_id, m.origin_pricelist_id
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, id uuid) JOIN materials m ON m.id = k.id
"""

# An article counts when it stands for one material alone, and not by this list's own rows: some lists give one
# article to many products, and the first of them must not swallow the others.
_BY_ARTICLE = """
SELECT k.row_id, (array_agg(m.id))[1] AS material_id, (array_agg(m.origin_pricelist_id))[1] AS origin_pricelist_id
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, sku text, number_key text)
JOIN raw_products r ON lower(r.sku) = k.sku AND r.supplier_id = :supplier AND r.superseded_at IS NULL
JOIN materials m ON m.id = r.material_id AND m.number_key = k.number_key
GROUP BY k.row_id
HAVING count(DISTINCT m.id) = 1 AND bool_or(r.pricelistid IS DISTINCT FROM CAST(:pricelist AS integer))
"""

_FOREIGN = """
SELECT k.number_key, (
    SELECT count(*) FROM (
        SELECT FROM materials m
        WHERE m.number_key = k.number_key AND m.origin_pricelist_id IS DISTINCT FROM :pricelist LIMIT :most
    ) AS counted
) AS materials
FROM json_array_elements_text(CAST(:number_keys AS json)) AS k(number_key)
"""

_CANDIDATES = """
SELECT k.row_id, c.*
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, normalized_name text, number_key text, words text)
CROSS JOIN LATERAL (
    SELECT id, name, normalized_name, unit, base_unit, sku, similarity FROM (
        SELECT m.*, similarity(m.normalized_name, k.normalized_name) AS similarity FROM materials m
        WHERE m.number_key = k.number_key AND m.origin_pricelist_id IS DISTINCT FROM :pricelist
          AND (k.words IS NULL OR m.search_vector @@ to_tsquery('simple', k.words))
        LIMIT :most
    ) AS compared
    WHERE similarity >= :least ORDER BY similarity DESC, id LIMIT :limit
) AS c
ORDER BY k.row_id, c.similarity DESC, c.id
"""


class CatalogueRepository:
    """Set-based: each method takes a chunk of rows and makes a few statements of it."""

    def __init__(self, db: PostgreSQLDatabase) -> None:
        self._db = db

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> dict[str, Resolved]:
        """The rows whose material stands beyond doubt: by the normalised name, else by the supplier's own article.

        ``pricelist_id`` is the list that the rows come from: its own offers do not tell what an article means.
        """
        named = [{"row_id": key.row_id, "id": material_id(key.normalized_name)} for key in keys]
        found = await self._resolved(_BY_NAME, {"keys": json_text(named)})
        articles = distinct_articles(key for key in keys if key.row_id not in found)
        if supplier_id is None or not articles:
            return found
        params = {"keys": json_text(articles), "supplier": supplier_id, "pricelist": pricelist_id}
        return found | await self._resolved(_BY_ARTICLE, params)

    async def _resolved(self, query: str, params: Mapping[str, Any]) -> dict[str, Resolved]:
        rows = await self._db.execute_query(query, params)
        return {row["row_id"]: Resolved(row["material_id"], row["origin_pricelist_id"]) for row in rows}

    async def candidates(
        self, keys: Sequence[RowKey], pricelist_id: int | None, limit: int = 8
    ) -> dict[str, list[Candidate]]:
        """Materials that unresolved rows may mean: the same numbers, a like name, first named by another list."""
        foreign = await self._foreign(keys, pricelist_id)
        few = [_compared(key) for key in keys if 0 < foreign[bounded_key(key.number_key)] <= _COMPARED]
        many = [_compared(key, words=True) for key in keys if foreign[bounded_key(key.number_key)] > _COMPARED]
        found: dict[str, list[Candidate]] = defaultdict(list)
        for compared, most in ((few, _COMPARED), ([key for key in many if key["words"]], _WORDS_COMPARED)):
            if not compared:
                continue
            params = {"pricelist": pricelist_id, "most": most, "least": _LEAST_SIMILARITY, "limit": limit}
            for row in await self._db.execute_query(_CANDIDATES, {**params, "keys": json_text(compared)}):
                found[row.pop("row_id")].append(Candidate(**row))
        return dict(found)

    async def _foreign(self, keys: Sequence[RowKey], pricelist_id: int | None) -> Mapping[str, int]:
        """How many materials of other lists have each number key, counted a little above what matters."""
        number_keys = sorted({bounded_key(key.number_key) for key in keys})
        params = {"number_keys": json_text(number_keys), "pricelist": pricelist_id, "most": _COMPARED + 1}
        return {row["number_key"]: row["materials"] for row in await self._db.execute_query(_FOREIGN, params)}

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[Link]) -> WriteReceipt:
        """Write materials and offers in one transaction; done twice it leaves the same state."""
        return await self._again(partial(write_chunk, pricelist_id=pricelist_id, supplier_id=supplier_id, links=links))

    async def finish(self, pricelist_id: int) -> dict[str, int]:
        """Let the list, all of whose rows are settled, replace the lists that it stands for.

        Returns what changed: new, gone, dearer, cheaper, unchanged. Done twice it changes nothing more.
        """
        return await self._again(partial(finish_list, pricelist_id=pricelist_id), whole_list=True)

    async def _again(self, work: Callable[[Connection], T], *, whole_list: bool = False) -> T:
        """In a transaction, and once more when another one came in between."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._db.transaction(work, whole_list=whole_list)
            except StoreError as error:
                if error.code not in _COLLISIONS:
                    raise
        return await self._db.transaction(work, whole_list=whole_list)


def _compared(key: RowKey, *, words: bool = False) -> dict[str, str | None]:
    return {
        "row_id": key.row_id,
        "normalized_name": key.normalized_name,
        "number_key": bounded_key(key.number_key),
        "words": " | ".join(_longest_words(key.normalized_name)) if words else None,
    }


def _longest_words(name: str) -> list[str]:
    words = {word for word in name.split() if word.isalpha() and len(word) >= _SHORTEST_WORD}
    return sorted(words, key=lambda word: (-len(word), word))[:2]
