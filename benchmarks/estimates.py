"""How well bills of materials are priced: `python -m benchmarks.estimates [BILL.csv … --lists FOLDER]`.

Beside a bill ``NAME.csv`` (goods, quantity, unit) lies ``NAME.expected.json``: the ``lists`` to import, and of each
line what is ``right`` (expression for the right goods' offers; null: nobody has them, and nothing may be offered) and
the ``best`` offer with its ``price_per_base_unit``. A line is right when the offer that is given as the best one is of
the right goods, and cheapest when its price is the best one's as well. The plain baseline is the first hit of
PostgreSQL's full-text search, with its cheapest offer that can be brought to the line's unit.

The lists are imported once into a local stack whose folder is kept. Without arguments the bills of benchmarks/labelled
are priced.
"""

import argparse
import csv
import json
import os
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.baselines import full_text
from benchmarks.quality import _folded, _use, stack

_OWN = Path(__file__).parent / "labelled"
_NEAR = Decimal("0.005")
_CURRENCY = "RUB"
_BY_UNIT = {"кг": "weight", "т": "weight", "м": "length", "м²": "area", "м2": "area", "м³": "volume", "м3": "volume"}


@dataclass(frozen=True)
class Labelled:
    """``right`` None: nobody has it."""

    name: str
    quantity: Decimal
    unit: str | None
    kind: str
    right: re.Pattern[str] | None
    best: Decimal | None


@dataclass(frozen=True)
class Given:
    """The best offer of an answer."""

    name: str
    price: Decimal


@dataclass(frozen=True)
class Bill:
    path: Path
    lines: Sequence[Labelled]
    lists: Sequence[str]
    currency: str


def read(path: Path) -> Bill:
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))[1:]
    lines = [_labelled(row, said) for row, said in zip(rows, expected["lines"], strict=True)]
    return Bill(path, lines, expected["lists"], expected.get("currency", _CURRENCY))


def _labelled(row: Sequence[str], said: Mapping[str, Any]) -> Labelled:
    right, best = said["right"], said["best"]
    unit = row[2].strip() or None
    kind = said.get("class") or ("unserved" if right is None else _BY_UNIT.get(unit or "", "pieces"))
    return Labelled(
        row[0],
        Decimal(row[1].replace(",", ".")),
        unit,
        kind,
        re.compile(_folded(right)) if right else None,
        Decimal(str(best["price_per_base_unit"])) if best else None,
    )


def judge(asked: Labelled, given: Given | None) -> tuple[bool, bool]:
    """Whether the goods are right, and the offer is the cheapest."""
    if asked.right is None or asked.best is None:
        return given is None, given is None
    right = given is not None and bool(asked.right.search(given.name.lower().replace("ё", "е")))
    return right, right and given is not None and abs(given.price - asked.best) <= _NEAR * asked.best


class Systems:
    """The service's pricing, and the baseline, over the stores of a stack."""

    def __init__(self) -> None:
        from quarry.dependencies.composition import composition
        from quarry.runtime import run

        self._made = composition()
        self._run = run
        self._first = full_text(self._made.databases.relational)

    def quarry(self, bill: Bill) -> list[tuple[Given | None, Mapping[str, Any]]]:
        from quarry.domain.estimates.lines import Terms

        pricer = self._made.estimates.service.pricer
        priced = self._run(pricer.price(_asked(bill.lines), Terms(currency=bill.currency), {}))
        return [(_given(line["best"]), line) for line in priced.lines]

    def first_hit(self, bill: Bill) -> list[Given | None]:
        from quarry.domain.estimates.choosing import answer
        from quarry.domain.estimates.lines import Found, Terms

        found = []
        for asked in _asked(bill.lines):
            hits = self._first(asked.name)[:1]
            offers, _ = self._run(self._made.search.finder.offers(hits))
            materials = [Found(id=key, name="", offers=offers.get(key, ())) for key in hits]
            found.append(_given(answer(asked, materials, Terms(currency=bill.currency))["best"]))
        return found


def _asked(lines: Sequence[Labelled]) -> list[Any]:
    from quarry.domain.estimates.lines import AskedLine

    return [
        AskedLine(line=at, name=one.name, quantity=one.quantity, unit=one.unit) for at, one in enumerate(lines, start=1)
    ]


def _given(best: Mapping[str, Any] | None) -> Given | None:
    return Given(best["name"], Decimal(best["price_per_base_unit"])) if best else None


def report(title: str, lines: Sequence[Labelled], systems: Mapping[str, Sequence[Given | None]], out: Console) -> None:
    table = Table(title=title)
    for column in ("class", "lines", *(f"{name}: {what}" for name in systems for what in ("goods", "cheapest"))):
        table.add_column(column, justify="left" if column == "class" else "right")
    kinds = Counter(one.kind for one in lines)
    groups = [(kind, [at for at, one in enumerate(lines) if one.kind == kind]) for kind in kinds]
    served = [at for at, one in enumerate(lines) if one.right]
    for kind, places in [*groups, ("all that are served", served)]:
        row = []
        for given in systems.values():
            judged = [judge(lines[at], given[at]) for at in places]
            row += [f"{100 * sum(each) / len(places):.1f} %" for each in zip(*judged, strict=True)]
        table.add_row(kind, str(len(places)), *row, end_section=kind == groups[-1][0])
    out.print(table)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own = [path.with_name(path.name.replace(".expected.json", ".csv")) for path in _OWN.glob("*.expected.json")]
    arguments.add_argument("bills", type=Path, nargs="*", default=sorted(own))
    arguments.add_argument("--lists", type=Path, default=_OWN)
    arguments.add_argument("--home", type=Path, default=Path(".quality"), help="the stack's folder, which is kept")
    arguments.add_argument("--wrong", action="store_true", help="list the lines that are not right or not cheapest")
    chosen = arguments.parse_args()
    bills = list(map(read, chosen.bills))
    lists = [chosen.lists / name for name in dict.fromkeys(name for bill in bills for name in bill.lists)]
    out = Console(width=160)
    with stack(chosen.home, lists) as endpoints:
        _use(endpoints)
        systems = Systems()
        for bill in bills:
            lines = bill.lines
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # the service's metrics
                began = time.process_time()
                ours = systems.quarry(bill)
                spent = time.process_time() - began
                first = systems.first_hit(bill)
            answers = {"Quarry": [given for given, _ in ours], "first hit": first}
            report(f"{bill.path.name}: {len(lines)} lines", lines, answers, out)
            out.print(f"CPU of this process: {1000 * spent / len(lines):.1f} ms a line")
            for asked, (given, line) in zip(lines, ours, strict=True):
                if chosen.wrong and not all(judge(asked, given)):
                    out.print(f"{asked.kind}: {asked.name} → {given} ({line['why']})", markup=False)


if __name__ == "__main__":
    main()
