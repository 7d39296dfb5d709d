"""How price lists were understood, on screen; and what a person says instead."""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from local.client import FINAL_STATUSES, Api, ApiFailure
from local.drop import POLL_SECONDS
from local.rendering import attention, safe
from local.tables import show

ROLES = {
    "name": "what the goods are called",
    "size": "a size that belongs to the name",
    "model": "a model or grade that belongs to the name",
    "brand": "the maker",
    "sku": "the article",
    "id": "the supplier's own number of the row",
    "unit": "the unit of sale",
    "price": "a price",
    "currency": "the prices' currency",
    "category": "the group",
    "stock": "how many are in stock",
    "pack": "how much a package holds",
    "weight": "a weight",
    "description": "a description",
    "ignored": "nothing that is used",
}
_CORRECTION = re.compile(r"([A-Za-z]{1,3})\s*=\s*(\w+)")
_MAX_CELL = 40


def preview(api: Api, files: Sequence[Path], supplier_id: int) -> list[dict[str, Any]]:
    """What each file would be read as; nothing is imported."""
    return [_previewed(api, file, api.upload(file, supplier_id=supplier_id, preview=True)) for file in files]


def _previewed(api: Api, file: Path, request_id: str) -> dict[str, Any]:
    progress = wait_for(api, request_id)
    reading = api.get(f"/batches/{request_id}/reading")
    return {
        "file": str(file),
        "request_id": request_id,
        "status": progress["status"],
        "error": progress["error"],
        "rows_seen": progress["rows_seen"],
        "attention": progress["attention"],
        "sheets": reading["sheets"],
    }


def wait_for(api: Api, request_id: str) -> Mapping[str, Any]:
    """The batch's progress when it has ended."""
    while True:
        progress = api.get(f"/batches/{request_id}", on_wait=lambda _: None)
        if progress["status"] in FINAL_STATUSES:
            return progress
        time.sleep(POLL_SECONDS)


def show_previews(target: Console, previews: Sequence[Mapping[str, Any]]) -> None:
    for one in previews:
        target.print(f"[bold]{safe(one['file'])}[/]: {one['rows_seen'] or 0:,} rows, nothing was imported")
        for line in attention(one["attention"]):
            target.print(line)
        if one["error"]:
            target.print(f"[red]{safe(one['error']['message'])}[/]")
        show_reading(target, one["sheets"])


def show_reading(target: Console, sheets: Sequence[Mapping[str, Any]]) -> None:
    for sheet in sheets:
        show(target, _columns(sheet) if sheet["fingerprint"] else _offers(sheet))
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sheet["rows"].items() if count)
        target.print(f"Rows: {kinds or 'none'}. Confidence {sheet['confidence']:.0%}, read by {sheet['read_by']}.\n")


def _columns(sheet: Mapping[str, Any]) -> Table:
    rows = ", ".join(map(str, sheet["header_rows"])) or "none"
    title = f"Sheet {safe(sheet['sheet'] or '1')}, header in row {rows}"
    table = Table("column", "title", "is", "because", title=title, title_justify="left")
    for sample in sheet["sample"]:
        table.add_column(f"row {sample['row']}", max_width=_MAX_CELL)
    for number, column in enumerate(sheet["columns"]):
        cells = [sample["cells"][number] if number < len(sample["cells"]) else "" for sample in sheet["sample"]]
        table.add_row(
            column["letter"],
            safe(column["title"]),
            safe(column["role"] or "—"),
            safe(column["why"]),
            *map(safe, cells),
        )
    return table


def _offers(sheet: Mapping[str, Any]) -> Table:
    """Of a format without columns its first offers."""
    table = Table("row", "name", "article", "unit", "price", "category", title="The first offers", title_justify="left")
    for sample in sheet["sample"]:
        offer = sample["offer"]
        price = f"{offer['price']} {offer['currency']}" if offer["price"] else "—"
        shown = (offer["name"], offer["sku"] or "—", offer["unit"] or "—", price, " / ".join(offer["category"]))
        table.add_row(str(sample["row"]), *map(safe, shown))
    return table


def correct(
    api: Api, target: Console, request_id: str, sheet: str | None, columns: Sequence[str], header_rows: str | None
) -> str | None:
    """Store what a person says of a layout; returns the id of the list's second reading, if one was asked for.

    Without ``columns`` the person is asked on the terminal.
    """
    progress = api.get(f"/batches/{request_id}")
    if progress["supplier_id"] is None:
        raise ApiFailure(f"The batch {request_id} has no supplier, so nothing can be remembered for its lists.")
    chosen = _chosen(api.get(f"/batches/{request_id}/reading")["sheets"], sheet)
    if not columns:
        show_reading(target, [chosen])
    roles = dict(map(_role, columns)) if columns else _asked(target)
    if not roles:
        return None
    body: dict[str, Any] = {
        "fingerprint": chosen["fingerprint"],
        "columns": [{"letter": letter, "role": role} for letter, role in roles.items()],
    }
    if header_rows is not None:
        body["header_rows"] = [_row(part) for part in header_rows.split(",") if part.strip()]
    api.put(f"/suppliers/{progress['supplier_id']}/layouts", body)
    target.print("Remembered for this supplier's lists of this layout.")
    if not columns and not typer.confirm("Read this list again with it now?", default=True):
        return None
    return str(api.post(f"/batches/{request_id}/reread", {})["request_id"])


def _chosen(sheets: Sequence[Mapping[str, Any]], name: str | None) -> Mapping[str, Any]:
    named = [sheet for sheet in sheets if name is None or sheet["sheet"] == name]
    if len(named) == 1:
        if not named[0]["fingerprint"]:
            raise ApiFailure("This format has no columns to correct: its fields say what they are by their names.")
        return named[0]
    names = ", ".join(f"«{sheet['sheet']}»" for sheet in sheets) or "none"
    raise ApiFailure(f"Say which sheet you mean with --sheet. There are: {names}.")


def _role(correction: str) -> tuple[str, str | None]:
    found = _CORRECTION.fullmatch(correction.strip())
    role = found[2].lower() if found else ""
    if not found or role not in {*ROLES, "none"}:
        raise ApiFailure(f"«{correction}» is not a column and what it is, such as C=price. {_known()}")
    return found[1].upper(), None if role == "none" else role


def _asked(target: Console) -> dict[str, str | None]:
    for role, meaning in ROLES.items():
        target.print(f"  {role:12} {meaning}")
    roles: dict[str, str | None] = {}
    question = "Column and what it is, such as C=price; Enter when done"
    while answer := typer.prompt(question, default="", show_default=False):
        try:
            letter, meant = _role(answer)
        except ApiFailure as error:
            target.print(safe(str(error)))
        else:
            roles[letter] = meant
    return roles


def _row(text: str) -> int:
    if not text.strip().isdecimal():
        raise ApiFailure(f"«{text}» is not a row: write the header's rows as numbers, such as 3,4.")
    return int(text)


def _known() -> str:
    return f"A column can be: {', '.join((*ROLES, 'none'))}."
