"""The catalogue in PostgreSQL: which material a row means, and what a chunk of rows changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import as_json, json_text, plain_array_text, read_json
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
_NAMES = as_json(f"""
SELECT m.id, m.name, m.unit FROM unnest(CAST(:likest AS uuid[])) AS likest(material_id) {NAMES_OF}
""")  # noqa: S608
# What people have said of these names: that they do not mean these materials. Again a range, for its order.
_DIFFERENT = as_json("""
SELECT k.name_id, r.material_id FROM unnest(CAST(:names AS uuid[])) AS k(name_id)
CROSS JOIN LATERAL (
    SELECT material_id FROM reviews
    WHERE (name_id, material_id) >= (k.name_id, CAST(:lowest AS uuid))
      AND (name_id, material_id) <= (k.name_id, CAST(:highest AS uuid)) AND decision = 'different'
    ORDER BY name_id, material_id LIMIT :most
) AS r
""")
_UUIDS = {"lowest": "0" * 32, "highest": "f" * 32}
_MOST_DECISIONS = 1_000


class CatalogueRepository(FinishedLists):
    """Set-based: each method takes a chunk of rows and makes a few statements of it."""

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> dict[str, ResolvedMaterial]:
        """The rows whose material is beyond doubt: by the normalised name, else by the supplier's own article.

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
        return await self._db.transaction(partial(_candidates, sought=sought)) if sought else {}

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> WriteReceipt:
        """Write materials and offers in one transaction; done twice it leaves the same state."""
        return await again(
            self._db, partial(write_chunk, pricelist_id=pricelist_id, supplier_id=supplier_id, links=links)
        )


def _candidates(session: Session, *, sought: Sequence[tuple[RowKey, Sought]]) -> dict[str, list[Candidate]]:
    likest = likest_materials(session, [one for _, one in sought])
    names = _names(session, set(chain.from_iterable(likest)))
    apart = _different(
        session, {material_id(key.normalized_name) for (key, _), ids in zip(sought, likest, strict=True) if ids}
    )
    found: dict[str, list[Candidate]] = {}
    for (key, _), ids in zip(sought, likest, strict=True):
        others = apart.get(material_id(key.normalized_name), ()) if apart else ()
        if candidates := [each for known in ids if known not in others for each in names.get(known, ())]:
            found[key.row_id] = candidates
    return found


def _names(session: Session, ids: Collection[str]) -> dict[str, list[Candidate]]:
    """All names of each material, which many rows of a list are compared with."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    if ids:
        params = {"likest": plain_array_text(ids), "names": NAMES}
        for row in read_json(look_up(_NAMES, params, session)):
            found[row["id"]].append(Candidate(row["id"], row["name"], row["unit"]))
    return found


def _different(session: Session, names: Collection[str]) -> dict[str, set[str]]:
    """By a name's own material, those that it does not mean as people have decided."""
    found: dict[str, set[str]] = defaultdict(set)
    if names:
        params = {"names": plain_array_text(names), "most": _MOST_DECISIONS, **_UUIDS}
        for row in read_json(look_up(_DIFFERENT, params, session)):
            found[row["name_id"]].add(row["material_id"])
    return found
