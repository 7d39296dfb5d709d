"""A run's price list, and the expected result of each of its rows."""

import csv
import io
import random
from dataclasses import dataclass, replace
from decimal import Decimal

from benchmarks.materials import materials

SUPPLIER = 7
KNOWN_SUPPLIER = 3
FIRST_ROW = 2  # as the spreadsheet program counts, below the header
_SHARED, _BROKEN, _TWICE = 10, 0.01, 0.005
# The other supplier's constant offers; unlike anything in the assortment, so that no row matches one of them.
KNOWN = tuple(f"Люстра подвесная Л-{number}" for number in range(101, 151))


def known_price(name: str) -> str:
    return f"{name[-3:]}.50"


@dataclass(frozen=True, slots=True)
class Row:
    """``price`` as it is written; ``usable`` rows become offers, the others fail."""

    name: str
    category: str
    unit: str
    price: str
    sku: str
    usable: bool = True

    @property
    def amount(self) -> Decimal:
        return Decimal(self.price)


def listing(seed: int, count: int) -> list[Row]:
    """Rows in their order: some equal to others, some that cannot be used, some of goods that are known already."""
    chance = random.Random(seed)
    equal = int(count * _TWICE)
    drawn = materials(count - equal - _SHARED, seed)
    rows = [Row(one.name, one.category, one.unit, one.price, one.sku) for one in drawn]
    rows += [
        Row(name, "Свет", "шт", f"{chance.uniform(20, 9000):.2f}", f"L-{name[-3:]}")
        for name in chance.sample(KNOWN, _SHARED)
    ]
    rows += chance.sample(rows, equal)
    chance.shuffle(rows)
    for place in chance.sample(range(count), max(3, int(count * _BROKEN))):
        rows[place] = _broken(chance, rows[place])
    return rows


def _broken(chance: random.Random, row: Row) -> Row:
    changed = chance.choice([{"price": f"-{row.price}"}, {"price": "дорого"}, {"name": ""}])
    return replace(row, **changed, usable=False)


def as_csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["Артикул", "Наименование", "Категория", "Ед. изм.", "Цена, руб."])
    writer.writerows([row.sku, row.name, row.category, row.unit, row.price] for row in rows)
    return text.getvalue().encode()
