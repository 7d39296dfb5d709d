"""``quarry review``: questions about what may be one material, answered in the terminal or by scripts."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from local import rendering
from local.client import Api, ApiFailure
from local.tables import show

_ANSWERS = {"s": "same", "d": "different", "o": "other"}
_PROMPT = "same (s), different (d), another material (o), later (Enter), stop (q): "
_COLUMNS = ("label", "name_a", "unit_a", "name_b", "unit_b")


def listed(api: Api, status: str) -> Iterator[Mapping[str, Any]]:
    return api.pages("/reviews", status=status)


def decide(api: Api, review: str, decision: str, material: str | None) -> Mapping[str, Any]:
    return api.post(f"/reviews/{review}", {"decision": decision, **({"material_id": material} if material else {})})


def ask(api: Api, console: Console, read: Callable[[str], str] = input) -> int:
    """Put the open questions one by one; returns how many were answered."""
    answered = 0
    for question in list(listed(api, "open")):
        show(console, _shown(question))
        answer = _answer(read)
        if answer == "q":
            break
        if answer not in _ANSWERS:
            continue
        material = read("id of the material: ").strip() if answer == "o" else None
        try:
            moved = decide(api, question["id"], _ANSWERS[answer], material)["moved"]
        except ApiFailure as error:
            console.print(f"[red]{rendering.safe(error)}[/]")
            continue
        answered += 1
        console.print(f"{_ANSWERS[answer]}: {len(moved)} offers moved")
    console.print(f"{answered} answered")
    return answered


def _answer(read: Callable[[str], str]) -> str:
    try:
        return read(_PROMPT).strip().lower()[:1]
    except EOFError:
        return "q"


def _shown(question: Mapping[str, Any]) -> Table:
    why = "; ".join(question["why"])
    title = f"{question['offers_total']} offers wait, score {question['score']:.2f}: {why}"
    table = Table("side", "name", "unit", "offers", title=rendering.safe(title), title_justify="left", show_lines=True)
    for side, label in ((question["row"], "row"), (question["material"], "material")):
        offers = [
            f"{offer['supplier_id']}: {rendering.money(offer['price'], offer['currency'])}" for offer in side["offers"]
        ]
        table.add_row(label, rendering.safe(side["name"]), rendering.safe(side["unit"]), "\n".join(offers))
    return table


def export(api: Api, target: Path) -> int:
    """Write the decided pairs as `python -m benchmarks.fit_pairs` reads them; returns how many."""
    decided = list(listed(api, "decided"))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(
            file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None, escapechar=None
        )
        writer.writerow(_COLUMNS)
        for one in decided:
            material, row = one["material"], one["row"]
            cells = (one["decision"], material["name"], material["unit"], row["name"], row["unit"])
            writer.writerow(" ".join((cell or "").split()) for cell in cells)
    return len(decided)
