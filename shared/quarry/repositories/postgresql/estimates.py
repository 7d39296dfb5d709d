"""Estimates in PostgreSQL: a header, a row for each line with its answer as JSON, and what people chose for names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import as_json, copy_rows, json_text, read_json
from quarry.domain.estimates.lines import AskedLine, Terms
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name
from quarry.errors import NotFound
from quarry.repositories.estimates import EstimateHeader

_ADD: Final = """
INSERT INTO estimates (id, request_id, name, currency, max_suppliers, waste_percent, lines)
VALUES (:id, :id, :name, :currency, :most, :waste, :lines) ON CONFLICT (id) DO NOTHING
"""
_REPLACE: Final = """
UPDATE estimates SET request_id = :request, lines = :lines, priced = 0, summary = NULL, degraded = false,
    updated_at = now() WHERE id = :id
"""
_LINES: Final = ("estimate_id", "line", "name", "name_id", "quantity", "unit", "group")
_COLUMNS: Final = """
id, request_id, name, currency, max_suppliers, waste_percent, lines, priced, degraded, summary, created_at, updated_at
"""
_HEADER: Final = f"SELECT {_COLUMNS} FROM estimates WHERE CAST(:id AS uuid) IN (id, request_id)"  # noqa: S608
_NEWEST: Final = f"""
SELECT {_COLUMNS} FROM estimates
WHERE CAST(:moment AS timestamptz) IS NULL OR (created_at, id) < (CAST(:moment AS timestamptz), CAST(:before AS uuid))
ORDER BY created_at DESC, id DESC LIMIT :limit
"""  # noqa: S608
_OPEN: Final = f"""
SELECT {_COLUMNS} FROM estimates WHERE summary IS NULL AND updated_at < :moment ORDER BY updated_at LIMIT :limit
"""  # noqa: S608
_ASKED: Final = """
SELECT line, name, quantity, unit, "group" FROM estimate_lines
WHERE estimate_id = CAST(:id AS uuid) AND line BETWEEN :first AND :last AND (:again OR answer IS NULL) ORDER BY line
"""
_SAVE: Final = """
UPDATE estimate_lines SET answer = found.answer
FROM json_to_recordset(CAST(:answers AS json)) AS found(line integer, answer jsonb)
WHERE estimate_id = CAST(:id AS uuid) AND estimate_lines.line = found.line
"""
_MOVED: Final = f"""
UPDATE estimates SET updated_at = now(), degraded = degraded OR :degraded,
    priced = (SELECT count(*) FROM estimate_lines WHERE estimate_id = estimates.id AND answer IS NOT NULL)
WHERE id = CAST(:id AS uuid) RETURNING {_COLUMNS}
"""  # noqa: S608
# Else two chunks that end at once would each count without the other's lines.
_ALONE: Final = "SELECT id FROM estimates WHERE id = CAST(:id AS uuid) FOR UPDATE"
_SUMMARIZE: Final = """
UPDATE estimates SET summary = CAST(:summary AS jsonb), updated_at = now() WHERE id = CAST(:id AS uuid)
"""
_ANSWERS: Final = """
SELECT answer FROM estimate_lines
WHERE estimate_id = CAST(:id AS uuid) AND line > :after AND answer IS NOT NULL ORDER BY line LIMIT :limit
"""
_COSTS: Final = """
SELECT line, answer->>'status' AS status, answer->'best' AS best,
    coalesce((SELECT json_agg(json_build_object('supplier_id', one->'supplier_id', 'cost', one->'cost'))
              FROM jsonb_array_elements(answer->'offers') AS one), '[]') AS offers
FROM estimate_lines WHERE estimate_id = CAST(:id AS uuid) ORDER BY line
"""
_CHOICES: Final = "SELECT name_id, material_id FROM estimate_choices WHERE name_id = ANY(CAST(:ids AS uuid[]))"
_CHOOSE: Final = """
INSERT INTO estimate_choices (name_id, material_id, name) VALUES (:id, :material, :name)
ON CONFLICT (name_id) DO UPDATE SET material_id = excluded.material_id, name = excluded.name, decided_at = now()
"""
_REMOVE: Final = """
WITH old AS (DELETE FROM estimates WHERE created_at < :moment RETURNING id)
DELETE FROM estimate_lines USING old WHERE estimate_id = old.id
"""


class EstimateRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def add(self, estimate_id: str, name: str, terms: Terms, lines: Sequence[AskedLine]) -> None:
        header = {
            "id": estimate_id,
            "name": name,
            "currency": terms.currency,
            "most": terms.max_suppliers,
            "waste": terms.waste_percent,
            "lines": len(lines),
        }

        def add(session: Session) -> None:
            if session.execute(_ADD, header):
                _copy(session, estimate_id, lines)

        await self._db.transaction(add)

    async def replace(self, estimate_id: str, request_id: str, lines: Sequence[AskedLine]) -> None:
        def replace(session: Session) -> None:
            session.execute(_REPLACE, {"id": estimate_id, "request": request_id, "lines": len(lines)})
            session.execute("DELETE FROM estimate_lines WHERE estimate_id = :id", {"id": estimate_id})
            _copy(session, estimate_id, lines)

        await self._db.transaction(replace)

    async def header(self, estimate_id: str) -> EstimateHeader | None:
        rows = await self._db.execute_query(_HEADER, {"id": estimate_id})
        return _header(rows[0]) if rows else None

    async def newest(self, limit: int, before: tuple[str, str] | None) -> list[EstimateHeader]:
        moment, key = before or (None, None)
        rows = await self._db.execute_query(_NEWEST, {"moment": moment, "before": key, "limit": limit})
        return list(map(_header, rows))

    async def open_since(self, moment: datetime, limit: int) -> list[EstimateHeader]:
        return list(map(_header, await self._db.execute_query(_OPEN, {"moment": moment, "limit": limit})))

    async def asked(self, estimate_id: str, first: int, last: int, *, again: bool = False) -> list[AskedLine]:
        params = {"id": estimate_id, "first": first, "last": last, "again": again}
        return [AskedLine(**row) for row in await self._db.execute_query(_ASKED, params)]

    async def save(self, estimate_id: str, answers: Sequence[Mapping[str, Any]], *, degraded: bool) -> EstimateHeader:
        written = json_text([{"line": one["line"], "answer": one} for one in answers])

        def save(session: Session) -> list[dict[str, Any]]:
            session.rows(_ALONE, {"id": estimate_id})
            session.execute(_SAVE, {"id": estimate_id, "answers": written})
            return session.rows(_MOVED, {"id": estimate_id, "degraded": degraded})

        rows = await self._db.transaction(save)
        if not rows:
            raise NotFound(f"There is no estimate {estimate_id}.")
        return _header(rows[0])

    async def summarize(self, estimate_id: str, summary: Mapping[str, Any]) -> None:
        await self._db.execute_command(_SUMMARIZE, {"id": estimate_id, "summary": json_text(summary)})

    async def answers(self, estimate_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        params = {"id": estimate_id, "after": after, "limit": limit}
        return [row["answer"] for row in read_json(await self._db.execute_query(as_json(_ANSWERS), params))]

    async def costs(self, estimate_id: str) -> list[dict[str, Any]]:
        return read_json(await self._db.execute_query(as_json(_COSTS), {"id": estimate_id}))

    async def choices(self, names: Sequence[str]) -> dict[str, str | None]:
        keys = {name: _key(name) for name in names}
        rows = await self._db.execute_query(_CHOICES, {"ids": sorted(set(keys.values()))})
        known = {str(row["name_id"]): row["material_id"] and str(row["material_id"]) for row in rows}
        return {name: known[key] for name, key in keys.items() if key in known}

    async def choose(self, name: str, material_id: str | None) -> None:
        await self._db.execute_command(_CHOOSE, {"id": _key(name), "material": material_id, "name": name})

    async def forget(self, name: str) -> None:
        await self._db.execute_command("DELETE FROM estimate_choices WHERE name_id = :id", {"id": _key(name)})

    async def remove_older(self, moment: datetime) -> int:
        return await self._db.execute_command(_REMOVE, {"moment": moment})


def _copy(session: Session, estimate_id: str, lines: Sequence[AskedLine]) -> None:
    rows = [(estimate_id, one.line, one.name, _key(one.name), str(one.quantity), one.unit, one.group) for one in lines]
    copy_rows(session, "estimate_lines", _LINES, rows)


def _key(name: str) -> str:
    """Equal for names that differ in how they are written alone."""
    return material_id(normalize_name(name))


def _header(row: Mapping[str, Any]) -> EstimateHeader:
    waste = Decimal(row["waste_percent"])
    terms = Terms(currency=row["currency"], max_suppliers=row["max_suppliers"], waste_percent=waste)
    same = {name: row[name] for name in ("name", "lines", "priced", "degraded", "summary", "created_at", "updated_at")}
    return EstimateHeader(id=str(row["id"]), request_id=str(row["request_id"]), terms=terms, **same)
