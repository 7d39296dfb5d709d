"""The catalogue in PostgreSQL: which material a row means, and what a chunk of rows changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import as_json, json_text, read_json
from quarry.domain.links import Candidate, MatchedRow, ResolvedMaterial, RowKey, WriteReceipt
from quarry.domain.matching import match_keys
from quarry.domain.materials import material_id
from quarry.repositories.linked_rows import OFFERS_OF_AN_ARTICLE, distinct_articles
from quarry.repositories.postgresql.candidates import Sought, likest_materials, look_up
from quarry.repositories.postgresql.finished_lists import FinishedLists, again
from quarry.repositories.postgresql.writing import write_chunk

# Other names that people gave to a material, which are compared too.
NAMES = 5

_BY_NAME = """
SELECT k.row_id, m.id AS material_id, m.origin_pricelist_id
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, id uuid)
LEFT JOIN LATERAL (
    SELECT material_id FROM name_links
    WHERE name_id = k.id AND supplier_id IN (:supplier, -1) ORDER BY supplier_id DESC LIMIT 1
) AS decided ON true
CROSS JOIN LATERAL (
    SELECT id, origin_pricelist_id FROM materials WHERE id = coalesce(decided.material_id, k.id) LIMIT 1
) AS m
"""

# An article counts when it stands for one material alone, and not by this list's own rows: some lists give one
# article to many products, and the first of them must not swallow the others. A range has an order, which its own index
# alone gives; of an equality any index of the supplier's offers might be read to the end.
_BY_ARTICLE = """
SELECT k.row_id, (array_agg(m.id))[1] AS material_id, (array_agg(m.origin_pricelist_id))[1] AS origin_pricelist_id
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, sku text, number_key text)
CROSS JOIN LATERAL (
    SELECT found.*, count(*) OVER () AS offers FROM (
        SELECT material_id, pricelistid FROM raw_products
        WHERE superseded_at IS NULL AND sku IS NOT NULL
          AND (lower(sku), supplier_id) >= (k.sku, :supplier) AND (lower(sku), supplier_id) <= (k.sku, :supplier)
        ORDER BY lower(sku), supplier_id LIMIT :most + 1
    ) AS found
) AS r
CROSS JOIN LATERAL (
    SELECT id, origin_pricelist_id FROM materials WHERE id = r.material_id AND number_key = k.number_key LIMIT 1
) AS m
WHERE r.offers <= :most
GROUP BY k.row_id
HAVING count(DISTINCT m.id) = 1 AND bool_or(r.pricelistid IS DISTINCT FROM CAST(:pricelist AS integer))
"""

# Of what is compared, all its names.
NAMES_OF: Final = """
CROSS JOIN LATERAL (
    (SELECT id, name, unit FROM materials WHERE id = likest.material_id LIMIT 1)
    UNION ALL
    (SELECT material_id, name, unit FROM name_links WHERE material_id = likest.material_id LIMIT :names)
) AS m
"""
_CANDIDATES = as_json(f"""
SELECT k.row_id, m.id, m.name, m.unit
FROM json_to_recordset(CAST(:keys AS json)) AS k(row_id text, id uuid, likest uuid[])
CROSS JOIN unnest(k.likest) AS likest(material_id)
{NAMES_OF}
WHERE NOT EXISTS (
    SELECT FROM reviews WHERE name_id = k.id AND material_id = m.id AND decision = 'different' OFFSET 0
)
""")  # noqa: S608


class CatalogueRepository(FinishedLists):
    """Set-based: each method takes a chunk of rows and makes a few statements of it."""

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> dict[str, ResolvedMaterial]:
        """The rows whose material stands beyond doubt: by the normalised name, else by the supplier's own article.

        ``pricelist_id`` is the list that the rows come from: its own offers do not tell what an article means.
        """
        named = [{"row_id": key.row_id, "id": material_id(key.normalized_name)} for key in keys]
        found = await self._resolved(_BY_NAME, {"keys": json_text(named), "supplier": supplier_id})
        articles = distinct_articles(key for key in keys if key.row_id not in found)
        if supplier_id is None or not articles:
            return found
        params = {"supplier": supplier_id, "pricelist": pricelist_id, "most": OFFERS_OF_AN_ARTICLE}
        return found | await self._resolved(_BY_ARTICLE, {**params, "keys": json_text(articles)})

    async def _resolved(self, query: str, params: Mapping[str, Any]) -> dict[str, ResolvedMaterial]:
        rows = await self._db.transaction(partial(look_up, query, params))
        return {row["row_id"]: ResolvedMaterial(row["material_id"], row["origin_pricelist_id"]) for row in rows}

    async def candidates(self, keys: Sequence[RowKey], pricelist_id: int | None) -> dict[str, list[Candidate]]:
        """Materials that unresolved rows may mean: of a key that the names share, first named by another list."""
        sought = [(key, Sought(own, pricelist_id)) for key in keys if (own := match_keys(key.name, key.unit)).keys]
        found: dict[str, list[Candidate]] = defaultdict(list)
        for row in await self._db.transaction(partial(_candidates, sought=sought)) if sought else ():
            found[row["row_id"]].append(Candidate(row["id"], row["name"], row["unit"]))
        return dict(found)

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> WriteReceipt:
        """Write materials and offers in one transaction; done twice it leaves the same state."""
        return await again(
            self._db, partial(write_chunk, pricelist_id=pricelist_id, supplier_id=supplier_id, links=links)
        )


def _candidates(session: Session, *, sought: Sequence[tuple[RowKey, Sought]]) -> list[dict[str, Any]]:
    found = likest_materials(session, [one for _, one in sought])
    keys = [
        {"row_id": key.row_id, "id": material_id(key.normalized_name), "likest": ids}
        for (key, _), ids in zip(sought, found, strict=True)
        if ids
    ]
    return read_json(look_up(_CANDIDATES, {"keys": json_text(keys), "names": NAMES}, session)) if keys else []
