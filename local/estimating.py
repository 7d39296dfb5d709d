"""``quarry estimate``: drop a bill of materials, wait until it is priced, show what it costs."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local import tables
from local.client import FINAL_STATUSES, Api, ApiFailure
from local.export import harmless
from local.notices import WaitNotices
from local.rendering import money

POLL_SECONDS = 0.25
_SIGNS = {"matched": "", "doubtful": "check", "unserved": "nobody"}


def begin(api: Api, file: Path, terms: Mapping[str, Any]) -> str:
    """Drop the bill; returns the estimate's id."""
    return api.upload(file, kind="estimate", terms=terms)


def priced(api: Api, file: Path, request_id: str, notices: WaitNotices) -> dict[str, Any]:
    """The whole estimate, as ``quarry estimate --json`` prints it, when all lines are priced."""
    on_wait = notices.show
    while (progress := api.get(f"/batches/{request_id}", on_wait=on_wait))["status"] not in FINAL_STATUSES:
        notices.show_waiting(file, progress)
        time.sleep(POLL_SECONDS)
    if progress["status"] == "failed":
        raise ApiFailure(f"{file.name} is no bill of materials: {progress['error']['message']}")
    while (page := api.get(f"/estimates/{request_id}", on_wait=on_wait))["status"] == "pricing":
        on_wait(f"{page['progress']['priced']:,} of {page['progress']['lines']:,} lines are priced")
        time.sleep(POLL_SECONDS)
    estimate = dict(page)
    while page["next_cursor"]:
        page = api.get(f"/estimates/{request_id}", on_wait=on_wait, cursor=page["next_cursor"])
        estimate["lines"] += page["lines"]
    remarks = list(api.pages(f"/batches/{request_id}/errors", on_wait=on_wait))
    return {**estimate, "next_cursor": None, "left_out": remarks}


def show(console: Console, estimate: Mapping[str, Any]) -> None:
    """Lines in doubt first."""
    table = Table(title=f"Estimate {estimate['id']}", title_justify="left")
    for column in ("line", "asked for", "look", "offer", "supplier"):
        table.add_column(column)
    for column in ("price", "packages", "cost"):
        table.add_column(column, justify="right", no_wrap=True)
    order = {"doubtful": 0, "unserved": 1, "matched": 2}
    for line in sorted(estimate["lines"], key=lambda one: (order[one["status"]], one["line"])):
        best = line["best"]
        asked = f"{line['name']}, {line['quantity']} {line['unit'] or ''}".strip()
        shown = (
            (best["name"], best["supplier_name"] or best["supplier_id"], _each(best), best["packages"], _money(best))
            if best
            else (line["why"], "", "", "", "")
        )
        table.add_row(*(_plain(one) for one in (line["line"], asked, _SIGNS[line["status"]], *shown)))
    tables.show(console, table)
    _totals(console, estimate)


def _each(best: Mapping[str, Any]) -> str:
    return f"{money(best['price_per_base_unit'], best['currency'])}/{best['base_unit']}"


def _money(best: Mapping[str, Any]) -> str:
    return money(best["cost"], best["currency"])


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _plain(value: Any) -> str:
    return escape(harmless(str(value)))


def _totals(console: Console, estimate: Mapping[str, Any]) -> None:
    totals, currency = estimate["totals"], estimate["currency"]
    cheapest, few = totals["cheapest"], totals["with_at_most"]
    console.print(
        f"Cheapest: {money(cheapest['cost'], currency)} from {_many(cheapest['suppliers'], 'supplier')}, "
        f"{cheapest['served']:,} of {_many(len(estimate['lines']), 'line')}."
    )
    if few:
        console.print(
            f"With at most {few['suppliers']}: {money(few['cost'], currency)}, {_many(few['served'], 'line')}."
        )
    for one in totals["by_supplier"]:
        name = _plain(one["supplier_name"] or one["supplier_id"])
        cost, lines = money(one["cost"], currency), _many(one["served"], "line")
        console.print(f"  {name}: {cost} for {lines}, {one['missing']:,} missing")
    if estimate["degraded"]:
        console.print("A store was unavailable: offers may be missing.")
    for remark in estimate["left_out"]:
        console.print(_plain(f"Left out: {remark['message']}"))
