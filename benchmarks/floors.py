"""The steps that no import can do without, measured alone: reading, normalising, COPY, embedding, upsert.

Microseconds of CPU per row, of our process and of the store. The catalogue already contains the imported rows; what is
written here goes into empty copies of its tables and into a collection of its own.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.cpu import spent
from quarry import pricelists
from quarry.adapters.interfaces import Point
from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.adapters.postgresql.connection import Session
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.lexical import lexical_vector
from quarry.domain.pricing import price_basis
from quarry.domain.rows import PriceRow
from quarry.domain.text import normalize_name, number_key
from quarry.repositories.postgresql.documents import DocumentReader
from quarry.repositories.qdrant.material_points import MaterialPoints
from quarry.runtime import run

_TABLES = ("materials", "raw_products", "processing_results")
_BLOCK_ROWS = 1000
_CONNECT_SECONDS = 10.0


class Floors:
    """``root`` is the main process of the stack whose stores are used."""

    def __init__(self, root: int, endpoints: dict[str, Any]) -> None:
        self._root = root
        self._db = PostgreSQLDatabase(endpoints["postgresql"]["url"], connect_timeout=_CONNECT_SECONDS)
        qdrant = endpoints["qdrant"]
        self._embedder = LocalEmbedder()
        self._vectors = QdrantVectorDatabase(
            qdrant["url"], qdrant["api_key"], model=self._embedder.model, connect_timeout=_CONNECT_SECONDS
        )
        self._rows = 1
        self.measured: dict[str, float] = {}

    def measure(self, content: bytes) -> dict[str, float]:
        """Microseconds per row of each step, for a price list that has been imported."""
        with self._step("read the file"):
            rows = [row for row in pricelists.read(io.BytesIO(content), "list.csv") if isinstance(row, PriceRow)]
        self._rows = len(rows)
        self.measured["read the file"] /= len(rows)
        with self._step("normalise names and prices"):
            for row in rows:
                normalize_name(row.name), number_key(row.name), price_basis(row)
        self._copy()
        points = self._points()
        with self._step("embed"):
            run(LocalEmbedder().embed([row.name for row in rows]))
        with self._step("lexical vectors"):
            for row in rows:
                lexical_vector(row.name)
        run(self._vectors.ensure_materials_collection("floors"))
        with self._step("upsert the points"):
            for start in range(0, len(points), _BLOCK_ROWS):
                run(self._vectors.upsert("floors", points[start : start + _BLOCK_ROWS], newest_by="updated_at"))
        self._db.close()
        run(self._vectors.close())
        return self.measured

    def _copy(self) -> None:
        """COPY of the stored rows into copies of the three tables, with all indexes."""
        copied = {table: run(self._db.transaction(_copy_out(table))) for table in _TABLES}
        with self._step("COPY into the three tables"):
            for table, (columns, blocks) in copied.items():
                run(self._db.transaction(_copy_in(table, columns, blocks)))

    def _points(self) -> list[Point]:
        collected = _CollectedPoints()
        writer = MaterialPoints(collected, self._embedder, "floors", newest_by="updated_at")  # type: ignore[arg-type]
        reader = DocumentReader(self._db)
        ids = [row["id"] for row in run(self._db.execute_query("SELECT id::text AS id FROM materials"))][: self._rows]
        for start in range(0, len(ids), _BLOCK_ROWS):
            stored = run(reader.read(ids[start : start + _BLOCK_ROWS]))
            run(writer.write([replace(item, indexed_model=None) for item in stored]))
        return collected.points

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        own, stores = time.process_time(), spent(self._root)
        yield
        used = spent(self._root)
        seconds = time.process_time() - own + sum(used[group] - stores[group] for group in ("PostgreSQL", "Qdrant"))
        self.measured[name] = seconds * 1_000_000 / self._rows


def _copy_out(table: str) -> Callable[[Session], tuple[str, bytes]]:
    """The table's columns that are not generated, and its rows in COPY's format; creates an empty copy of the table."""
    stored_columns = """
        SELECT string_agg('"' || column_name || '"', ', ') FROM information_schema.columns
        WHERE table_name = :table AND table_schema = current_schema() AND is_generated = 'NEVER'
    """

    def work(session: Session) -> tuple[str, bytes]:
        columns = str(session.value(stored_columns, {"table": table}))
        session.execute(f"DROP TABLE IF EXISTS floor_{table}")
        session.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
        rows = io.BytesIO()
        session.copy(f"COPY {table} ({columns}) TO STDOUT", rows)
        return columns, rows.getvalue()

    return work


def _copy_in(table: str, columns: str, rows: bytes) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        session.copy(f"COPY floor_{table} ({columns}) FROM STDIN", io.BytesIO(rows))

    return work


class _CollectedPoints:
    """Collects points in place of the vector store; it has none, so that each point is written in full."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    async def upsert(self, _: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None:
        self.points += vectors

    async def overwrite_payloads(self, *_: Any, newest_by: str | None = None) -> None:
        raise AssertionError("every point is new to this store")


def report_floors(floors: dict[str, float], first: Counter[str], rows: int) -> None:
    """Our first import, compared with the sum of the steps that it cannot do without."""
    table = Table(title="what a first import cannot do without, µs of CPU per row")
    table.add_column("step")
    table.add_column("alone", justify="right")
    for step, microseconds in floors.items():
        table.add_row(step, f"{microseconds:.0f}")
    ours = sum(first[group] for group in ("functions", "PostgreSQL", "Qdrant")) * 1_000_000 / rows
    table.add_section()
    table.add_row("sum", f"{sum(floors.values()):.0f}")
    table.add_row("our first import: functions, PostgreSQL, Qdrant", f"{ours:.0f}")
    table.add_row("ours : sum of the floors", f"{ours / sum(floors.values()):.2f}")
    Console().print(table)
