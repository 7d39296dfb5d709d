"""What lists changed, in PostgreSQL: written when a list ends, read by list and over time.

A row says which offer changed, and how; prices and names are read from the offers themselves.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.changes import Change, ChangeFilter, ChangeKind, Digest
from quarry.domain.money import money
from quarry.domain.webhooks import Event

# One row a change, as ``domain.changes`` compares prices.
_CHANGES: Final = r"""
WITH compared AS (
    SELECT coalesce(n.id, o.id) AS id, n.id AS new_id, o.id AS old_id,
        coalesce(n.supplier_id, o.supplier_id) AS supplier_id, coalesce(n.category, o.category) AS category,
        coalesce(n.offer_key, o.offer_key) ~ '\|[1-9][0-9]*$' AS duplicate,
        o.unit_price AS old_price, n.unit_price AS new_price, n.currency <> o.currency AS other_currency,
        n.unit IS DISTINCT FROM o.unit AS other_unit, n.base_unit <> o.base_unit AS other_base_unit,
        CASE
            WHEN n.unit IS NOT DISTINCT FROM o.unit THEN n.unit_price / nullif(o.unit_price, 0)
            WHEN n.base_unit = o.base_unit THEN n.price_per_base_unit / nullif(o.price_per_base_unit, 0)
        END AS ratio
    FROM (SELECT * FROM raw_products WHERE first_pricelistid = :pricelist) AS n
    FULL JOIN (SELECT * FROM raw_products WHERE superseded_pricelistid = :pricelist) AS o ON o.superseded_by = n.id
),
changes AS (
    SELECT *,
        CASE
            WHEN new_id IS NULL THEN CASE WHEN duplicate THEN 'duplicate_gone' ELSE 'gone' END
            WHEN old_id IS NULL THEN CASE WHEN duplicate THEN 'duplicate' ELSE 'new' END
            WHEN new_price IS NULL AND old_price IS NOT NULL THEN 'price_removed'
            WHEN new_price IS NOT NULL AND old_price IS NULL THEN 'price_added'
            WHEN new_price IS NULL THEN 'unchanged'
            WHEN other_currency THEN 'currency_changed'
            WHEN ratio > 1 THEN 'dearer'
            WHEN ratio < 1 THEN 'cheaper'
            WHEN ratio = 1 THEN 'unchanged'
            WHEN other_base_unit THEN 'unit_changed'
            WHEN new_price = old_price THEN 'unchanged'
            WHEN other_unit THEN 'unit_changed'
            ELSE 'new'
        END AS kind
    FROM compared
)
"""
# A list that is finished again keeps the moment at which its changes were first known.
_FORGET: Final = """
WITH forgotten AS (DELETE FROM price_changes WHERE pricelist_id = :pricelist RETURNING at) SELECT min(at) FROM forgotten
"""
_RECORD: Final = f"""
{_CHANGES}, recorded AS (
    INSERT INTO price_changes (pricelist_id, offer_id, old_offer_id, supplier_id, at, kind, percent, category)
    SELECT :pricelist, id, old_id, supplier_id, coalesce(CAST(:at AS timestamptz), now()), kind,
        CASE WHEN kind IN ('dearer', 'cheaper') THEN round((ratio - 1) * 100, 1) END, category
    FROM changes WHERE kind <> 'unchanged'
)
SELECT kind, count(*) AS offers FROM changes GROUP BY kind
"""  # noqa: S608
# Row by row, by the key: a table that a list was just written to has statistics that do not know it.
_SHOWN: Final = """
SELECT c.offer_id AS id, c.kind, c.at, c.supplier_id, c.pricelist_id, p.request_id, s.material_id, s.name, c.category,
    o.unit_price AS old_price, n.unit_price AS new_price, o.currency AS old_currency, s.currency,
    o.unit AS old_unit, s.unit, s.base_unit, o.price_per_base_unit AS old_price_per_base_unit,
    n.price_per_base_unit AS new_price_per_base_unit, c.percent AS change_percent
FROM found c
CROSS JOIN LATERAL (SELECT * FROM raw_products WHERE id = c.offer_id LIMIT 1) AS s
LEFT JOIN LATERAL (SELECT * FROM raw_products WHERE id = c.old_offer_id LIMIT 1) AS o ON true
LEFT JOIN LATERAL (
    SELECT * FROM raw_products WHERE id = c.offer_id AND id IS DISTINCT FROM c.old_offer_id LIMIT 1
) AS n ON true
LEFT JOIN LATERAL (SELECT request_id FROM pricelists WHERE id = c.pricelist_id LIMIT 1) AS p ON true
"""
_OF_LIST: Final = f"""
WITH found AS (
    SELECT * FROM price_changes WHERE pricelist_id = :pricelist AND offer_id > :after ORDER BY offer_id LIMIT :limit
)
{_SHOWN} ORDER BY c.offer_id
"""  # noqa: S608
_LARGEST: Final = """
SELECT c.kind, s.material_id, s.name, s.unit, o.unit_price AS old_price, s.unit_price AS new_price, s.currency,
    c.percent AS change_percent
FROM (
    SELECT * FROM price_changes WHERE pricelist_id = :pricelist AND percent IS NOT NULL
    ORDER BY abs(percent) DESC, offer_id LIMIT :limit
) AS c
JOIN raw_products s ON s.id = c.offer_id JOIN raw_products o ON o.id = c.old_offer_id
ORDER BY abs(c.percent) DESC, c.offer_id
"""
_REPORTED: Final = 10
_EVENTS: Final = uuid.UUID("5f0d7f2a-6a0b-4f0e-9a58-0c8b7b3b1d11")
_EVERYWHERE: Final = "price_changes c"
# A material's changes by its offers, whichever material they were of then.
_OF_MATERIAL: Final = """
(SELECT DISTINCT list.id AS pricelist_id, r.id AS offer_id
 FROM raw_products r CROSS JOIN LATERAL (VALUES (r.first_pricelistid), (r.superseded_pricelistid)) AS list(id)
 WHERE r.material_id = :material_id) AS own JOIN price_changes c USING (pricelist_id, offer_id)
"""
_DIGEST: Final = """
SELECT supplier_id, kind, count(*) AS offers FROM ({found} LIMIT :most) AS counted GROUP BY supplier_id, kind
"""
_MOST_COUNTED: Final = 100_000
_MOST_SUPPLIERS: Final = 100
_DELETED_AT_ONCE: Final = 20_000
_CLEAN: Final = """
DELETE FROM price_changes WHERE (pricelist_id, offer_id) IN (
    SELECT pricelist_id, offer_id FROM price_changes WHERE at < now() - CAST(:age AS interval) ORDER BY at LIMIT :most
)
"""
Place = tuple[datetime, int, int]


_TESTS: Final = {
    "until": "c.at < :until",
    "supplier_id": "c.supplier_id = :supplier_id",
    "group": "c.category = :group",
    "min_percent": "abs(c.percent) >= :min_percent",
    "material_id": "true",
}
_NEWEST_FIRST: Final = "ORDER BY c.at DESC, c.pricelist_id DESC, c.offer_id DESC"


def _chosen(asked: ChangeFilter) -> tuple[str, dict[str, Any]]:
    """``FROM … WHERE …`` with its parameters. What is not asked for is left out, so that each filter has its index."""
    tests = ["c.at >= :since"]
    params: dict[str, Any] = {"since": asked.since}
    for name, test in _TESTS.items():
        if (value := getattr(asked, name)) is not None:
            tests.append(test)
            params[name] = value
    if asked.kinds:
        tests.append("c.kind = ANY(CAST(:kinds AS text[]))")
        params["kinds"] = list(asked.kinds)
    if (asked.kinds and "new" not in asked.kinds) or asked.min_percent is not None:
        tests.append("c.kind <> 'new'")
    source = _EVERYWHERE if asked.material_id is None else _OF_MATERIAL
    return f"FROM {source} WHERE {' AND '.join(tests)}", params


def record_changes(session: Session, pricelist_id: int) -> Counter[str]:
    """Write what a list changed, anew if it was written before; returns the number of offers by kind."""
    first = session.value(_FORGET, {"pricelist": pricelist_id})
    rows = session.rows(_RECORD, {"pricelist": pricelist_id, "at": first})
    return Counter({row["kind"]: row["offers"] for row in rows})


def list_event(session: Session, issue: Mapping[str, Any], summary: Mapping[str, int]) -> Event:
    """That a list ended, with its summary and the largest changes of prices; reported again only if they changed."""
    about = {name: issue[name] for name in ("request_id", "supplier_id", "file_name")}
    largest = [_reported(row) for row in session.rows(_LARGEST, {"pricelist": issue["id"], "limit": _REPORTED})]
    key = f"{issue['request_id']}|{json_text(summary)}"
    return Event(
        id=str(uuid.uuid5(_EVENTS, key)), kind="list.finished", data={**about, "summary": summary, "largest": largest}
    )


def _reported(row: Mapping[str, Any]) -> dict[str, Any]:
    amounts = {name: money(row[name]) for name in ("old_price", "new_price")}
    return {**row, **amounts, "change_percent": float(row["change_percent"])}


class PriceChanges:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def of_list(self, pricelist_id: int, after: int, limit: int) -> list[Change]:
        return await self._changes(_OF_LIST, {"pricelist": pricelist_id, "after": after, "limit": limit})

    async def page(self, asked: ChangeFilter, after: Place | None, limit: int) -> list[Change]:
        """The newest list first."""
        chosen, params = _chosen(asked)
        if after:
            chosen += " AND (c.at, c.pricelist_id, c.offer_id) < (:after_at, :after_list, :after_offer)"
            params |= dict(zip(("after_at", "after_list", "after_offer"), after, strict=True))
        found = f"SELECT c.* {chosen} {_NEWEST_FIRST} LIMIT :limit"
        query = f"WITH found AS ({found}) {_SHOWN} {_NEWEST_FIRST}"
        return await self._changes(query, {**params, "limit": limit})

    async def digest(self, asked: ChangeFilter) -> Digest:
        """Of more changes than can be counted quickly, the newest."""
        chosen, params = _chosen(asked)
        query = _DIGEST.format(found=f"SELECT c.supplier_id, c.kind {chosen} {_NEWEST_FIRST}")
        return _digest(await self._db.execute_query(query, {**params, "most": _MOST_COUNTED + 1}))

    async def clean(self, older_than: timedelta) -> int:
        """Delete some of what is older; returns how many, 0 when nothing is left."""
        params = {"age": f"{older_than.days} days", "most": _DELETED_AT_ONCE}
        return await self._db.execute_command(_CLEAN, params)

    async def _changes(self, query: str, params: Mapping[str, Any]) -> list[Change]:
        return [Change(**row) for row in await self._db.execute_query(query, params)]


def _digest(rows: list[dict[str, Any]]) -> Digest:
    by_kind: Counter[ChangeKind] = Counter()
    by_supplier: defaultdict[int | None, dict[ChangeKind, int]] = defaultdict(dict)
    for row in rows:
        by_kind[row["kind"]] += row["offers"]
        by_supplier[row["supplier_id"]][row["kind"]] = row["offers"]
    total = by_kind.total()
    most_first = sorted(by_supplier.items(), key=lambda one: (-sum(one[1].values()), one[0] or 0))
    return Digest(min(total, _MOST_COUNTED), total <= _MOST_COUNTED, dict(by_kind), most_first[:_MOST_SUPPLIERS])
