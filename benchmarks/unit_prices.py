"""Prices per base unit against a file that says what each must be: `python -m benchmarks.unit_prices FILE.tsv`.

Columns: name, unit, package, price, currency, base_unit, price_per_base_unit, kind. ``a|b``: either is right; ``null``:
nothing certain can be said, and the price of the unit itself is as good. A price is right within half a per cent.
"""

import argparse
import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from quarry.domain.pricing import PriceBasis, price_basis
from quarry.domain.rows import PriceRow
from quarry.pricelists.amounts import amount_of

_TOLERANCE = Decimal("0.005")
RIGHT, WRONG, ABSENT = "right", "wrong", "absent"


@dataclass(frozen=True)
class Line:
    row: PriceRow
    wanted: tuple[tuple[str, Decimal | None], ...]
    kind: str


def lines(path: Path) -> list[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [_line(at, one) for at, one in enumerate(told, start=2)]


def _line(number: int, told: dict[str, str]) -> Line:
    package, package_unit = amount_of(told["package"])
    row = PriceRow(
        row=number,
        name=told["name"],
        unit=told["unit"] or None,
        package=package,
        package_unit=package_unit,
        price=Decimal(told["price"]),
        currency=told["currency"],
    )
    bases, prices = told["base_unit"].split("|"), told["price_per_base_unit"].split("|")
    pairs = zip(bases, prices, strict=True)
    return Line(
        row, tuple((base, Decimal(price) if price != "null" and price else None) for base, price in pairs), told["kind"]
    )


def judged(line: Line, basis: PriceBasis) -> str:
    """``absent``: a price per unit that follows from the row is not given, which is no lie."""
    price, own = basis.price_per_base_unit, line.row.price
    if price is None:
        return RIGHT if any(base == "null" for base, _ in line.wanted) else ABSENT
    if any(base == basis.base_unit and wanted and _near(price, wanted) for base, wanted in line.wanted):
        return RIGHT
    if any(base == "null" for base, _ in line.wanted):
        return RIGHT if price == own else WRONG
    return ABSENT if price == own and basis.base_unit not in {base for base, _ in line.wanted} else WRONG


def _near(price: Decimal, wanted: Decimal) -> bool:
    return abs(price - wanted) <= wanted * _TOLERANCE or abs(price - wanted) <= Decimal("0.0001")


def report(told: list[Line], *, wrong: bool) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    missed = []
    for line in told:
        basis = price_basis(line.row)
        verdict = judged(line, basis)
        counts[line.kind][verdict] += 1
        if verdict != RIGHT:
            missed.append((verdict, line, basis))
    console = Console(width=160)
    console.print(_table(counts))
    for verdict, line, basis in missed if wrong else ():
        row = line.row
        wanted = " or ".join(f"{price}/{base}" for base, price in line.wanted)
        given = f"{basis.price_per_base_unit}/{basis.base_unit}"
        console.print(f"{verdict}: {row.name} | {row.price}/{row.unit} → {given}, wanted {wanted}", markup=False)


def _table(counts: dict[str, Counter[str]]) -> Table:
    table = Table(title="Prices per base unit, by kind")
    for column in ("kind", "rows", RIGHT, WRONG, ABSENT, "share right"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    total = sum(counts.values(), Counter[str]())
    for kind, one in [*sorted(counts.items()), ("all", total)]:
        rows = one.total()
        figures = (str(rows), str(one[RIGHT]), str(one[WRONG]), str(one[ABSENT]), f"{one[RIGHT] / rows:.3f}")
        table.add_row(kind, *figures, end_section=kind != "all" and kind == max(counts))
    return table


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--wrong", action="store_true", help="list the rows that are not right")
    chosen = arguments.parse_args()
    report(lines(chosen.file), wrong=chosen.wrong)


if __name__ == "__main__":
    main()
