"""Suppliers' names and exchange rates, in PostgreSQL."""

from collections.abc import Sequence

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.domain.rates import ExchangeRate
from quarry.errors import StoreError
from quarry.repositories.trade import name_key, next_free, taken

_LATEST = """
SELECT DISTINCT ON (currency) currency, rate, date, source FROM exchange_rates
WHERE base_currency = :base ORDER BY currency, date DESC
"""
_SAVE_RATE = """
INSERT INTO exchange_rates (base_currency, currency, date, rate, source)
VALUES (:base, :currency, :date, :rate, :source)
ON CONFLICT (base_currency, currency, date) DO UPDATE SET rate = excluded.rate, source = excluded.source
"""
# From one supplier to the next by the index of current offers, whatever their number.
_IN_USE = """
WITH RECURSIVE selling AS (
    SELECT min(supplier_id) AS id FROM raw_products WHERE superseded_at IS NULL
    UNION ALL
    SELECT (SELECT min(supplier_id) FROM raw_products WHERE superseded_at IS NULL AND supplier_id > selling.id)
    FROM selling WHERE selling.id IS NOT NULL
), in_use AS (
    SELECT id FROM suppliers UNION SELECT id FROM selling UNION SELECT supplier_id FROM pricelists
)
SELECT in_use.id, suppliers.name FROM in_use LEFT JOIN suppliers USING (id) WHERE in_use.id IS NOT NULL
"""
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

    async def suppliers(self) -> dict[int, str | None]:
        return {row["id"]: row["name"] for row in await self._db.execute_query(_IN_USE)}

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
            free = next_free(row["id"] for row in session.rows(_IN_USE))
            session.execute(_NAME, {"id": free, "name": name, "key": key})
            return free

        return await self._db.transaction(find)
