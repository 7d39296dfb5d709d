"""Questions for people, and what was decided, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.adapters.postgresql.copying import json_text
from quarry.repositories.postgresql import decisions
from quarry.repositories.postgresql.decisions import Decided
from quarry.repositories.postgresql.finished_lists import again

# A question about goods that nobody offers any more is not asked.
_OPEN: Final = """
SELECT * FROM (
    SELECT r.*, EXISTS (SELECT FROM materials m WHERE m.id = r.name_id) AS is_material,
        (SELECT count(*) FROM raw_products p WHERE p.name_id = r.name_id AND p.material_id IS NULL
            AND p.superseded_at IS NULL)
        + (SELECT count(*) FROM raw_products p WHERE p.material_id = r.name_id AND p.superseded_at IS NULL) AS offers
    FROM reviews r WHERE r.decision IS NULL
) AS asked
WHERE offers > 0 AND (CAST(:offers AS bigint) IS NULL OR (-offers, id) > (-CAST(:offers AS bigint), CAST(:id AS uuid)))
ORDER BY -offers, id LIMIT :limit
"""
_DECIDED: Final = """
SELECT r.*, EXISTS (SELECT FROM materials m WHERE m.id = r.name_id) AS is_material, CAST(0 AS bigint) AS offers
FROM reviews r
WHERE decision IS NOT NULL AND (CAST(:moment AS timestamptz) IS NULL OR (decided_at, id) < (:moment, CAST(:id AS uuid)))
ORDER BY decided_at DESC, id DESC LIMIT :limit
"""
_SHOWN: Final = 3
_OFFERS: Final = """
SELECT a.side, o.id, o.supplier_id, o.name, o.unit, o.unit_price AS price, o.currency, o.price_per_base_unit,
    o.base_unit
FROM json_to_recordset(CAST(:sides AS json)) AS a(side uuid, waiting boolean)
CROSS JOIN LATERAL (
    (SELECT * FROM raw_products WHERE a.waiting AND name_id = a.side AND material_id IS NULL AND superseded_at IS NULL
     ORDER BY id LIMIT :shown)
    UNION ALL
    (SELECT * FROM raw_products WHERE material_id = a.side AND superseded_at IS NULL
     ORDER BY valid_from, id LIMIT :shown)
) AS o
"""
_REMOVED: Final = "SELECT id FROM removed_materials ORDER BY removed_at LIMIT :limit"
# A worker that read the material before it was removed may write its point once more.
_FORGET: Final = """
DELETE FROM removed_materials WHERE id = ANY(CAST(:ids AS uuid[])) AND removed_at < now() - interval '1 hour'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Whether ``name`` means the material ``other_name``; ``is_material``: the name is a material of its own now."""

    id: str
    name_id: str
    material_id: str
    name: str
    unit: str | None
    normalized_name: str
    other_name: str
    other_unit: str | None
    score: float
    missing: dict[str, int]
    created_at: datetime
    decision: str | None
    decided_at: datetime | None
    is_material: bool
    offers: int


class ReviewRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def open(self, after: tuple[int, str] | None, limit: int) -> list[Review]:
        """Those with the most offers first."""
        offers, key = after or (None, None)
        rows = await self._db.execute_query(_OPEN, {"offers": offers, "id": key, "limit": limit})
        return [Review(**row) for row in rows]

    async def decided(self, before: tuple[datetime, str] | None, limit: int) -> list[Review]:
        """The newest decision first."""
        moment, key = before or (None, None)
        rows = await self._db.execute_query(_DECIDED, {"moment": moment, "id": key, "limit": limit})
        return [Review(**row) for row in rows]

    async def offers(self, reviews: Sequence[Review]) -> dict[str, list[dict[str, Any]]]:
        """A few current offers of each side, by the side's id."""
        # A material may also be the name of another review, whose waiting offers are then shown too.
        sides = {one.material_id: False for one in reviews} | {one.name_id: True for one in reviews}
        listed = json_text([{"side": key, "waiting": waiting} for key, waiting in sides.items()])
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in sides}
        for row in await self._db.execute_query(_OFFERS, {"sides": listed, "shown": _SHOWN}):
            found[row.pop("side")].append(row)
        return found

    async def decide(self, review: str, decision: str, other: str | None) -> Decided:
        return await again(self._db, partial(decisions.decide, review=review, decision=decision, other=other))

    async def merge(self, into: str, other: str) -> Decided:
        return await again(self._db, partial(decisions.merge, into=into, other=other))

    async def split(self, material: str, offers: Sequence[int]) -> Decided:
        return await again(self._db, partial(decisions.split, material=material, offers=offers))

    async def removed(self, limit: int) -> list[str]:
        """Materials whose points the index may still have."""
        return [row["id"] for row in await self._db.execute_query(_REMOVED, {"limit": limit})]

    async def forget_removed(self, ids: Sequence[str]) -> None:
        await self._db.execute_command(_FORGET, {"ids": list(ids)})
