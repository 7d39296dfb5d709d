"""Watches in PostgreSQL: kept, and looked at when a list ends, all that it concerns at once.

Of a query one word is its key: what a list touched is joined with the keys, and only the watches that are found so are
compared in full. A watch is locked before its offers are read: two lists that end at once see each other's prices.
"""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.money import money
from quarry.domain.text import tokens
from quarry.domain.units import base_factor, base_symbol, parse_unit
from quarry.domain.watches import Seen, Watch, Watched
from quarry.domain.webhooks import Event
from quarry.errors import Conflict, InvalidRequest, NotFound

MOST_WATCHES: Final = 1000
# Matches beyond this many are not looked at: such a query does not name goods.
MOST_MATERIALS: Final = 1000
_COLUMNS: Final = """
w.id, w.material_id, w.query, w.below, w.unit, w.currency, w.is_below, w.cheapest, w.fired_at, w.fired, w.created_at
"""
_ANY: Final = "SELECT EXISTS (SELECT FROM watches)"
# Materials may have been merged since they were watched: the decision says into which.
_CONCERNED: Final = """
WITH touched AS MATERIALIZED (
    SELECT DISTINCT r.material_id AS id FROM price_changes c
    CROSS JOIN LATERAL (VALUES (c.offer_id), (c.old_offer_id)) AS of_change(id)
    CROSS JOIN LATERAL (SELECT material_id FROM raw_products WHERE id = of_change.id LIMIT 1) AS r
    WHERE c.pricelist_id = :pricelist AND r.material_id IS NOT NULL
),
said AS (
    SELECT m.search_vector, unnest(tsvector_to_array(m.search_vector)) AS lexeme
    FROM touched CROSS JOIN LATERAL (SELECT search_vector FROM materials WHERE id = touched.id LIMIT 1) AS m
    WHERE EXISTS (SELECT FROM watches WHERE query IS NOT NULL)
)
SELECT w.id FROM watches w LEFT JOIN name_links l ON l.name_id = w.material_id AND l.supplier_id = -1
WHERE coalesce(l.material_id, w.material_id) IN (SELECT id FROM touched)
UNION
SELECT w.id FROM said
JOIN (SELECT id, terms, unnest(key_lexemes) AS lexeme FROM watches WHERE query IS NOT NULL) AS w USING (lexeme)
WHERE said.search_vector @@ w.terms
"""
_LOCK: Final = "SELECT id FROM watches WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id FOR UPDATE"
_OFFERS: Final = f"""
WITH asked AS (
    SELECT w.*, coalesce(l.material_id, w.material_id) AS target FROM watches w
    LEFT JOIN name_links l ON l.name_id = w.material_id AND l.supplier_id = -1
    WHERE w.id = ANY(CAST(:ids AS text[]))
),
goods AS (
    SELECT id AS watch, target AS material_id FROM asked WHERE target IS NOT NULL
    UNION ALL
    SELECT asked.id, m.id FROM asked CROSS JOIN LATERAL (
        SELECT id FROM materials WHERE search_vector @@ asked.terms LIMIT {MOST_MATERIALS}
    ) AS m WHERE asked.query IS NOT NULL
),
offers AS (
    SELECT goods.watch, o.* FROM goods CROSS JOIN LATERAL (
        SELECT id, material_id, supplier_id, name, unit_price, currency, unit, base_unit, price_per_base_unit,
            comparable
        FROM raw_products
        WHERE material_id = goods.material_id AND superseded_at IS NULL AND unit_price IS NOT NULL OFFSET 0
    ) AS o
)
"""  # noqa: S608
_UNITS: Final = f"{_OFFERS} SELECT DISTINCT unit FROM offers WHERE unit IS NOT NULL"  # noqa: S608
# Prices in the watch's unit: for that very unit, or brought to it over the base unit. Without a rate there is none.
_LOOK: Final = f"""
{_OFFERS}, rates AS (
    SELECT DISTINCT ON (base_currency, currency) base_currency, currency, rate FROM exchange_rates
    ORDER BY base_currency, currency, date DESC
),
priced AS (
    SELECT o.*, CASE
        WHEN u.symbol = asked.unit OR o.unit = asked.unit THEN o.unit_price
        WHEN o.base_unit = asked.base_unit THEN o.price_per_base_unit * asked.base_factor
        ELSE asked.base_factor * (
            SELECT CAST(c ->> 'price' AS numeric) FROM jsonb_array_elements(o.comparable) AS c
            WHERE c ->> 'unit' = asked.base_unit LIMIT 1
        ) END * CASE
        WHEN o.currency = asked.currency THEN 1
        ELSE CASE WHEN o.currency = asked.base_currency THEN 1 ELSE theirs.rate END
           / CASE WHEN asked.currency = asked.base_currency THEN 1 ELSE ours.rate END
        END AS watched_price
    FROM offers o JOIN asked ON asked.id = o.watch
    LEFT JOIN json_to_recordset(CAST(:units AS json)) AS u(unit text, symbol text) ON u.unit = o.unit
    LEFT JOIN rates theirs ON theirs.base_currency = asked.base_currency AND theirs.currency = o.currency
    LEFT JOIN rates ours ON ours.base_currency = asked.base_currency AND ours.currency = asked.currency
),
cheapest AS (
    SELECT DISTINCT ON (watch) watch, watched_price, jsonb_build_object(
        'offer_id', id, 'material_id', material_id, 'supplier_id', supplier_id, 'name', name,
        'price', unit_price::text, 'currency', currency, 'unit', unit, 'watched_price', round(watched_price, 4)::text
    ) AS seen
    FROM priced WHERE watched_price IS NOT NULL ORDER BY watch, watched_price, id
),
looked AS (
    SELECT asked.id, seen, coalesce(watched_price < asked.below, false) AS is_below, asked.is_below AS was_below
    FROM asked LEFT JOIN cheapest ON cheapest.watch = asked.id
)
UPDATE watches w SET is_below = looked.is_below, cheapest = looked.seen,
    fired_at = CASE WHEN :fire AND looked.is_below AND NOT looked.was_below THEN now() ELSE fired_at END,
    fired = CASE WHEN :fire AND looked.is_below AND NOT looked.was_below THEN looked.seen ELSE fired END
FROM looked WHERE w.id = looked.id
RETURNING {_COLUMNS}, looked.is_below AND NOT looked.was_below AS fires
"""  # noqa: S608
_WORDS: Final = """
SELECT length(word) AS length, numnode(phraseto_tsquery('russian', word)) > 0 AS says,
    (phraseto_tsquery('russian', word) || phraseto_tsquery('simple', word))::text AS terms,
    tsvector_to_array(to_tsvector('russian', word)) || tsvector_to_array(to_tsvector('simple', word)) AS lexemes
FROM unnest(CAST(:words AS text[])) AS word
"""
_FOUND: Final = f"""
SELECT count(*) FROM (
    SELECT FROM materials WHERE search_vector @@ CAST(:terms AS tsquery) LIMIT {MOST_MATERIALS} + 1
) AS found
"""  # noqa: S608
_KNOWN: Final = """
SELECT EXISTS (SELECT FROM materials WHERE id = :id) OR EXISTS (
    SELECT FROM name_links WHERE name_id = :id AND supplier_id = -1
)
"""
# Of two that put a watch one waits. A lock of the table would meet with a list that ends, which holds a watch's row.
_ALONE: Final = "SELECT pg_advisory_xact_lock(:watches, 0)"
_WATCHES: Final = 11
_OTHERS: Final = "SELECT count(*) FROM watches WHERE id <> :id"
# The same watch put again changes nothing, and what has fired is not forgotten.
_PUT: Final = """
INSERT INTO watches AS w (id, material_id, query, terms, key_lexemes, below, unit, base_unit, base_factor, currency,
    base_currency)
VALUES (:id, :material_id, :query, CAST(:terms AS tsquery), :key_lexemes, :below, :unit, :base_unit, :base_factor,
    :currency, :base_currency)
ON CONFLICT (id) DO UPDATE SET material_id = excluded.material_id, query = excluded.query, terms = excluded.terms,
    key_lexemes = excluded.key_lexemes, below = excluded.below, unit = excluded.unit, base_unit = excluded.base_unit,
    base_factor = excluded.base_factor, currency = excluded.currency, base_currency = excluded.base_currency,
    fired_at = NULL, fired = NULL, created_at = now()
WHERE (w.material_id, w.query, w.below, w.unit, w.currency) IS DISTINCT FROM
    (excluded.material_id, excluded.query, excluded.below, excluded.unit, excluded.currency)
"""
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM watches w WHERE CAST(:after AS text) IS NULL OR id > :after ORDER BY id LIMIT :limit
"""  # noqa: S608
_DELETE: Final = "DELETE FROM watches WHERE id = :id"


def look_at_list(session: Session, pricelist_id: int) -> list[Watch]:
    """Those that fire by what a list changed, whose changes are written."""
    concerned = concerned_watches(session, pricelist_id)
    return [watch for watch, fires in _look(session, concerned, fire=True) if fires] if concerned else []


def concerned_watches(session: Session, pricelist_id: int) -> list[str]:
    """Of materials that a list changed, whose changes are written."""
    if not session.value(_ANY):
        return []
    return [row["id"] for row in session.rows(_CONCERNED, {"pricelist": pricelist_id})]


def look_again(session: Session, watches: Sequence[str]) -> None:
    """Nothing fires: a price that is again what it was is not news."""
    if watches:
        _look(session, watches, fire=False)


def fired_event(watch: Watch) -> Event:
    assert watch.fired is not None
    seen = {name: getattr(watch.fired, name) for name in Seen.__dataclass_fields__}
    amounts = {name: money(seen[name]) for name in ("price", "watched_price")}
    about = {"watch": watch.id, "material_id": watch.material_id, "query": watch.query}
    threshold = {"below": money(watch.below), "unit": watch.unit, "currency": watch.currency}
    return Event(id=str(uuid.uuid4()), kind="watch.fired", data={**about, **threshold, "offer": {**seen, **amounts}})


class WatchRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def put(self, watched: Watched, base_currency: str) -> Watch:
        """Looked at at once; what is below already does not fire. Raises NotFound, InvalidRequest, Conflict."""
        return await self._db.transaction(lambda session: _put(session, watched, base_currency))

    async def page(self, after: str | None, limit: int) -> list[Watch]:
        """By their ids."""
        rows = await self._db.execute_query(_PAGE, {"after": after, "limit": limit})
        return [_watch(row) for row in rows]

    async def delete(self, watch: str) -> bool:
        return bool(await self._db.execute_command(_DELETE, {"id": watch}))


def _put(session: Session, watched: Watched, base_currency: str) -> Watch:
    session.execute(_ALONE, {"watches": _WATCHES})
    if session.value(_OTHERS, {"id": watched.id}) >= MOST_WATCHES:
        raise Conflict(f"There are {MOST_WATCHES} watches already: delete one that is not needed any more.")
    if watched.material_id and not session.value(_KNOWN, {"id": watched.material_id}):
        raise NotFound(f"There is no material {watched.material_id}.")
    terms, key_lexemes = _terms(session, watched.query) if watched.query else (None, None)
    unit = parse_unit(watched.unit)
    values = {
        "id": watched.id,
        "material_id": watched.material_id,
        "query": watched.query,
        "terms": terms,
        "key_lexemes": key_lexemes,
        "below": watched.below,
        "unit": unit.symbol if unit else watched.unit,
        "base_unit": base_symbol(unit) if unit else None,
        "base_factor": base_factor(unit) if unit else None,
        "currency": watched.currency,
        "base_currency": base_currency,
    }
    session.execute(_PUT, values)
    ((watch, _),) = _look(session, [watched.id], fire=False)
    return watch


def _terms(session: Session, query: str) -> tuple[str, list[str]]:
    """All words of the query as PostgreSQL seeks them, and the longest one's forms. Raises InvalidRequest."""
    rows = [row for row in session.rows(_WORDS, {"words": list(tokens(query))}) if row["says"]]
    if not rows:
        raise InvalidRequest("The query has no word by which goods could be found.", [("/query", "says nothing")])
    terms = " & ".join(f"({row['terms']})" for row in rows)
    if session.value(_FOUND, {"terms": terms}) > MOST_MATERIALS:
        raise InvalidRequest(
            f"More than {MOST_MATERIALS} materials have these words: add a size, a grade or a maker.",
            [("/query", "is too general")],
        )
    longest = max(rows, key=lambda row: int(row["length"]))
    return terms, sorted(set(longest["lexemes"]))


def _look(session: Session, ids: Sequence[str], *, fire: bool) -> list[tuple[Watch, bool]]:
    session.execute(_LOCK, {"ids": list(ids)})
    written = [row["unit"] for row in session.rows(_UNITS, {"ids": list(ids)})]
    units = [{"unit": text, "symbol": unit.symbol} for text in written if (unit := parse_unit(text))]
    rows = session.rows(_LOOK, {"ids": list(ids), "units": json_text(units), "fire": fire})
    return [(_watch(row), fires) for row in rows for fires in [row.pop("fires")]]


def _watch(row: Mapping[str, Any]) -> Watch:
    return Watch(**{**row, "cheapest": _seen(row["cheapest"]), "fired": _seen(row["fired"])})


def _seen(offer: Mapping[str, Any] | None) -> Seen | None:
    if offer is None:
        return None
    amounts = {name: Decimal(offer[name]) for name in ("price", "watched_price")}
    return Seen(**{**offer, **amounts})
