"""``python -m benchmarks.candidates``: what matching a row costs as the catalogue grows.

The same rows of a second supplier are matched with larger and larger catalogues, which are copied straight into a
PostgreSQL server of the benchmark's own. CPU time of PostgreSQL and ours, before PostgreSQL has looked at its tables
and after VACUUM ANALYZE.
"""

import argparse
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice, product
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.growing import growing
from local import ROOT, parts
from local.processes import Nursery, free_port
from quarry.adapters.postgresql.connection import PostgreSQLServer, Session
from quarry.adapters.postgresql.copying import copy_rows
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.domain import matching
from quarry.domain.links import MatchedRow, RowKey
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.materials import material_id
from quarry.domain.names.facts import facts_of
from quarry.domain.pricing import PriceBasis
from quarry.domain.records import MatchType
from quarry.domain.rows import PriceRow
from quarry.domain.text import normalize_name, number_key
from quarry.repositories.linked_rows import KEYS, MATERIAL, key_rows, material_row
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.runtime import run
from quarry.settings import Settings

CHUNK_ROWS = 1_000
BLOCK_ROWS = 10_000
OUR_PRICELIST, THEIR_PRICELIST = 1, 2
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "autovacuum": "off"}
OFFERS = """
INSERT INTO raw_products (supplier_id, pricelistid, name, sku, material_id, offer_key)
SELECT 101, :pricelist, name, sku, id, 'id:' || sku FROM materials m
WHERE m.id = ANY(CAST(:ids AS uuid[]))
"""
GOODS = (
    "плинтус обои краска грунтовка шпатель валик кисть рулетка молоток карниз светильник розетка зеркало полка дверь"
)
KINDS = "напольный декоративный фасадный малярный бытовой усиленный матовый глянцевый рельефный влагостойкий"
COLOURS = "белый чёрный серый бежевый коричневый синий зелёный красный золотистый серебристый"
COLLECTIONS = "премиум стандарт эконом классика модерн лофт прованс север берег вектор"


def plain(count: int) -> Iterator[str]:
    """Names without any number."""
    words = (part.split() for part in (COLLECTIONS, COLLECTIONS, COLLECTIONS, GOODS, KINDS, COLOURS))
    named = (" ".join((*parts[3:], *parts[:3])) for parts in product(*words))
    return islice(named, count)


@contextmanager
def database() -> Iterator[tuple[PostgreSQLDatabase, str]]:
    """An empty catalogue on a server of its own, and its URL."""
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as home:
        nursery = Nursery(Path(home) / "logs")
        keys = parts.Secrets(*(secrets.token_hex(16) for _ in range(3)))
        try:
            url = parts.start_postgresql(nursery, Path(home), free_port(), keys, SETTINGS).url
            command = [sys.executable, "-m", "alembic", "upgrade", "head"]
            subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "POSTGRESQL_URL": url})
            opened = PostgreSQLDatabase(url, connect_timeout=5)
            yield opened, url
            opened.close()
        finally:
            nursery.close()


def look_at_tables(url: str) -> None:
    """As PostgreSQL does by itself from time to time; in no transaction."""
    session = PostgreSQLServer(url, connect_timeout=5).session()
    session.execute("VACUUM ANALYZE")
    session.close()


def fill(db: PostgreSQLDatabase, names: Iterator[str], first: int) -> None:
    """Add materials with these names, and an offer of each."""
    number = first
    while block := list(islice(names, BLOCK_ROWS)):
        add(db, block, number)
        number += len(block)


def add(db: PostgreSQLDatabase, names: Sequence[str], first: int) -> list[str]:
    """Add materials, and an offer of each, in one transaction; returns their ids."""
    made = [_material(name, first + offset) for offset, name in enumerate(names)]
    ids = [row[0] for row in made]
    keys = [found for one, name in zip(ids, names, strict=True) for found in key_rows(one, name, "шт", OUR_PRICELIST)]
    rows = [(*row, OUR_PRICELIST, MATCH_VERSION) for row in made]

    def write(session: Session) -> None:
        copy_rows(session, "materials", (*MATERIAL, "origin_pricelist_id", "match_version"), rows)
        copy_rows(session, "material_keys", KEYS, keys)
        session.execute(OFFERS, {"pricelist": OUR_PRICELIST, "ids": ids})

    run(db.transaction(write))
    return ids


def _material(name: str, number: int) -> tuple:
    normalized = normalize_name(name)
    row = PriceRow(row=number, name=name, price=Decimal(100), sku=f"Q-{number}", unit="шт")
    link = MatchedRow(
        row_id=str(number),
        row=row,
        material_id=material_id(normalized),
        normalized_name=normalized,
        number_key=number_key(name),
        match_type=MatchType.CREATED,
        score=None,
        offer_key=f"id:{number}",
        basis=PriceBasis(None, None, None, None),
    )
    return material_row(link)


def other_list(names: Sequence[str], count: int) -> list[str]:
    """Rows of another supplier: a third has known names, a third the same words in another order, a third is new."""
    chance = random.Random(3)
    rows = []
    for index, name in enumerate(chance.choices(names, k=count)):
        head, *rest = name.split()
        rows.append((name, " ".join((*rest, head)), f"{name} особый")[index % 3])
    return rows


def matched(catalogue: CatalogueRepository, rows: Sequence[str]) -> tuple[int, int]:
    """How many rows of a chunk are known, and how many are matched to a candidate."""
    named = {str(index): normalize_name(name) for index, name in enumerate(rows)}
    keys = [
        RowKey(row_id, rows[int(row_id)], "шт", name, number_key(name), f"B-{row_id}") for row_id, name in named.items()
    ]
    known = run(catalogue.resolve(101, keys, THEIR_PRICELIST))
    candidates = run(catalogue.candidates([key for key in keys if key.row_id not in known], THEIR_PRICELIST))
    threshold = Settings().match_threshold
    best = [
        max(matching.score(rows[int(row)], "шт", each.name, each.unit) for each in candidates[row])
        for row in candidates
    ]
    return len(known), sum(score >= threshold for score in best)


class Meter:
    """CPU seconds of the PostgreSQL process that serves us, and of this process."""

    def __init__(self, db: PostgreSQLDatabase) -> None:
        backend = run(db.transaction(lambda session: session.value("SELECT pg_backend_pid()")))
        self._backend = psutil.Process(backend)

    def read(self) -> tuple[float, float]:
        spent = self._backend.cpu_times()
        return spent.user + spent.system, time.process_time()


def measure(db: PostgreSQLDatabase, rows: Sequence[str]) -> tuple[float, float, int, int]:
    """Microseconds of CPU per row, PostgreSQL's and ours; rows known and rows matched."""
    catalogue, meter = CatalogueRepository(db), Meter(db)
    matched(catalogue, rows[:CHUNK_ROWS])  # warm-up: opens the connection, caches the words' stems
    for name in rows:  # reading a row does this in any case
        normalize_name(name), number_key(name)
    for known_names in (matching.match_keys, facts_of):
        known_names.cache_clear()
    before = meter.read()
    found = [matched(catalogue, rows[start : start + CHUNK_ROWS]) for start in range(CHUNK_ROWS, len(rows), CHUNK_ROWS)]
    spent = [
        (after - earlier) / (len(rows) - CHUNK_ROWS) * 1e6 for earlier, after in zip(before, meter.read(), strict=True)
    ]
    return spent[0], spent[1], sum(known for known, _ in found), sum(matches for _, matches in found)


def report(kind: str, sizes: Sequence[int], chunks: int) -> None:
    table = Table(title=f"{kind} names, {chunks:,} chunks of {CHUNK_ROWS:,} rows")
    for column in ("materials", "analysed", "PostgreSQL µs/row", "ours µs/row", "ratio", "known", "matched"):
        table.add_column(column, justify="right")
    named = {"sized": growing, "plain": plain}[kind]
    smallest = None
    rows = other_list(list(named(sizes[0])), (chunks + 1) * CHUNK_ROWS)
    with database() as (db, url):
        names, filled = named(sizes[-1]), 0
        for size in sizes:
            fill(db, islice(names, size - filled), filled)
            filled = size
            for analysed in ("no", "yes"):
                if analysed == "yes":
                    look_at_tables(url)
                server, ours, known, matches = measure(db, rows)
                smallest = smallest or server + ours
                ratio = f"{(server + ours) / smallest:.2f}"
                table.add_row(f"{size:,}", analysed, f"{server:.0f}", f"{ours:.0f}", ratio, str(known), str(matches))
    Console().print(table)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[3_000, 40_000, 200_000])
    arguments.add_argument("--chunks", type=int, default=10)
    chosen = arguments.parse_args()
    for kind in ("sized", "plain"):
        report(kind, chosen.sizes, chosen.chunks)


if __name__ == "__main__":
    main()
