"""Suppliers' names and exchange rates, in PostgreSQL."""

from collections.abc import Sequence

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.domain.rates import ExchangeRate
from quarry.errors import StoreError
from quarry.repositories.trade import LARGEST_COUNTED, LastList, name_key, next_free, taken

_LATEST = """
SELECT DISTINCT ON (currency) currency, rate, date, source FROM exchange_rates
WHERE base_currency = :base ORDER BY currency, date DESC
"""
_SAVE_RATE = """
INSERT INTO exchange_rates (base_currency, currency, date, rate, source)
VALUES (:base, :currency, :date, :rate, :source)
ON CONFLICT (base_currency, currency, date) DO UPDATE SET rate = excluded.rate, source = excluded.source
"""
# From one number to the next by an index, however many offers and lists there are. Bills of materials have none.
_NEXT = """
SELECT min(id) FROM (
    SELECT min(supplier_id) AS id FROM raw_products WHERE superseded_at IS NULL AND supplier_id > {after}
    UNION ALL SELECT min(supplier_id) FROM pricelists WHERE supplier_id > {after} AND kind <> 'estimate'
    UNION ALL SELECT min(id) FROM suppliers WHERE id > {after}
) AS each
"""
_IN_USE = f"""
WITH RECURSIVE in_use(id, place) AS (
    SELECT ({_NEXT.format(after=":after")}), 1
    UNION ALL
    SELECT ({_NEXT.format(after="in_use.id")}), place + 1 FROM in_use WHERE in_use.id IS NOT NULL AND place < :limit
)
SELECT in_use.id, suppliers.name FROM in_use LEFT JOIN suppliers USING (id)
WHERE in_use.id IS NOT NULL ORDER BY in_use.place
"""  # noqa: S608
_LARGEST = f"""
SELECT coalesce(greatest(
    (SELECT max(supplier_id) FROM raw_products WHERE superseded_at IS NULL AND supplier_id < {LARGEST_COUNTED}),
    (SELECT max(supplier_id) FROM pricelists WHERE supplier_id < {LARGEST_COUNTED}),
    (SELECT max(id) FROM suppliers WHERE id < {LARGEST_COUNTED})
), 0) AS id
"""  # noqa: S608
# What a supplier offers now came with it; an import that was undone or failed is none.
_LAST_LISTS = """
SELECT wanted.id, last.request_id, last.file_name, last.listed_at
FROM unnest(CAST(:suppliers AS integer[])) AS wanted(id) CROSS JOIN LATERAL (
    SELECT request_id, file_name, coalesce(uploaded_at, created_at) AS listed_at FROM pricelists
    WHERE supplier_id = wanted.id AND kind IN ('pricelist', 'materials')
      AND status IN ('completed', 'completed_with_errors')
    ORDER BY listed_at DESC, id DESC LIMIT 1
) AS last
"""
_NAMES = "SELECT id, name FROM suppliers WHERE id BETWEEN :first AND :last"
_NAME = """
INSERT INTO suppliers (id, name, name_key) VALUES (:id, :name, :key)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key
"""
_NAMED = "SELECT id FROM suppliers WHERE name_key = :key"
# Two that ask for a new number at once must not be given the same one.
_ALONE = "LOCK TABLE suppliers IN SHARE ROW EXCLUSIVE MODE"
_DUPLICATE = "23505"


class TradeRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def rates(self, base: str) -> list[ExchangeRate]:
        return [ExchangeRate(**row) for row in await self._db.execute_query(_LATEST, {"base": base})]

    async def save_rates(self, base: str, rates: Sequence[ExchangeRate]) -> None:
        def save(session: Session) -> None:
            for one in sorted(rates, key=lambda one: one.currency):
                values = {"currency": one.currency, "date": one.date, "rate": one.rate, "source": one.source}
                session.execute(_SAVE_RATE, {"base": base, **values})

        await self._db.transaction(save)

    async def suppliers(self, after: int | None = None, limit: int = 1000) -> dict[int, str | None]:
        params = {"after": -1 if after is None else after, "limit": limit}
        return {row["id"]: row["name"] for row in await self._db.execute_query(_IN_USE, params)}

    async def last_lists(self, suppliers: Sequence[int]) -> dict[int, LastList]:
        rows = await self._db.execute_query(_LAST_LISTS, {"suppliers": list(suppliers)})
        return {row.pop("id"): LastList(**row) for row in map(dict, rows)}

    async def names(self, first: int, last: int) -> dict[int, str]:
        rows = await self._db.execute_query(_NAMES, {"first": first, "last": last})
        return {row["id"]: row["name"] for row in rows}

    async def name_supplier(self, supplier_id: int, name: str) -> None:
        values = {"id": supplier_id, "name": name, "key": name_key(name)}
        try:
            await self._db.transaction(lambda session: session.execute(_NAME, values))
        except StoreError as error:
            if error.code == _DUPLICATE:
                raise taken(name) from error
            raise

    async def supplier_named(self, name: str) -> int:
        key = name_key(name)

        def find(session: Session) -> int:
            session.execute(_ALONE)
            known = session.rows(_NAMED, {"key": key})
            if known:
                return int(known[0]["id"])
            free = _next_free(session)
            session.execute(_NAME, {"id": free, "name": name, "key": key})
            return free

        return await self._db.transaction(find)


def _next_free(session: Session) -> int:
    taken_numbers = [row["id"] for row in session.rows(_LARGEST)]
    while True:
        free = next_free(taken_numbers)
        following = session.rows(_IN_USE, {"after": free - 1, "limit": 1})
        if not following or following[0]["id"] != free:
            return free
        taken_numbers.append(free)
