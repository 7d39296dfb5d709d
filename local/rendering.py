"""The API's answers as tables for the terminal."""

import html
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local.export import harmless
from local.remarks import grouped
from local.tables import show

if TYPE_CHECKING:
    from local.doctor import Finding

CURRENCIES = {"RUB": "₽", "EUR": "€", "USD": "$"}
STATUS_COLOURS = {
    "completed": "green",
    "healthy": "green",
    "completed_with_errors": "yellow",
    "degraded": "yellow",
    "disabled": "dim",
    "undone": "dim",
    "failed": "red",
    "unhealthy": "red",
}
PIPE_COLUMNS = 120
# They count columns, and no rows.
_OF_COLUMNS = frozenset({"amounts_unused", "texts_unused"})
MAX_SHOWN_ERRORS = 20


def safe(value: Any) -> str:
    """A supplier's text without markup, and without characters that control the terminal."""
    return escape(harmless(str(value or "")))


def console(*, stderr: bool = False) -> Console:
    """The terminal; into a pipe, which has no width, tables are as wide as fits a log."""
    target = Console(stderr=stderr, highlight=False)
    if not target.is_terminal:
        target.width = PIPE_COLUMNS
    return target


def money(amount: str | None, currency: str | None) -> str:
    """As on a price tag: «1 250 ₽», «9.04 ₽», «0.0035 ₽»."""
    if amount is None:
        return "no price"
    value = Decimal(amount)
    if value >= 1:
        value = value.quantize(Decimal("0.01"))
    whole, _, cents = f"{value:,f}".replace(",", " ").partition(".")
    kept = cents.rstrip("0")
    return f"{whole}{'.' + kept.ljust(2, '0') if kept else ''} {CURRENCIES.get(currency or '', safe(currency))}"


def status(value: str) -> str:
    colour = STATUS_COLOURS.get(value, "cyan")
    return f"[{colour}]{value.replace('_', ' ')}[/]"


def results(files: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("file", "status", title="Imported price lists", title_justify="left")
    for name in ("rows", "used", "failed", "to review", "offers", "new materials", "seconds"):
        table.add_column(name, justify="right")
    for file in files:
        table.add_row(
            safe(file["file"].rpartition("/")[2]),
            status(file["status"]),
            *(
                f"{file[name]:,}"
                for name in ("total", "completed", "failed", "needs_review", "offers", "materials_created")
            ),
            f"{file['seconds']:.1f}",
        )
    return table


def show_refused(target: Console, files: Sequence[Mapping[str, Any]]) -> None:
    """What was not even uploaded, each reason once."""
    refused: dict[str, list[str]] = {}
    for file in files:
        if file["request_id"] is None:
            refused.setdefault(file["error"]["message"], []).append(file["file"])
    for message, names in refused.items():
        target.print(f"{safe(', '.join(names))}: {safe(message)}")


def show_results(target: Console, files: Sequence[Mapping[str, Any]], suffix: str = "") -> None:
    """Of uploaded files the summary, then why files or rows were not used.

    ``suffix`` belongs to each command that is suggested.
    """
    for file in files:
        if file["seconds"] is None:
            target.print(f"{safe(file['file'])} was uploaded. See its progress:")
            target.print(_status_of(file, suffix), soft_wrap=True)
    ended = [file for file in files if file["seconds"] is not None]
    if ended:
        _show_ended(target, ended, suffix)


def _show_ended(target: Console, files: Sequence[Mapping[str, Any]], suffix: str) -> None:
    for file in files:
        for line in attention(file["attention"]):
            target.print(f"{safe(file['file'].rpartition('/')[2])}: {line}")
    show(target, results(files))
    for file in files:
        if file["error"]:
            target.print(f"[red]{safe(file['file'])}[/]: {safe(file['error']['message'])}")
        said = file["error"] and file["error"]["message"]
        remarks = grouped(one for one in file["errors"] if one["message"] != said or one["row"] is not None)
        if remarks:
            title = f"Remarks on rows of {safe(file['file'].rpartition('/')[2])}"
            show(target, row_errors(remarks[:MAX_SHOWN_ERRORS], title))
            if len(remarks) > MAX_SHOWN_ERRORS:
                more = len(remarks) - MAX_SHOWN_ERRORS
                target.print(f"… and {more} more: quarry errors {file['request_id']}{suffix}", soft_wrap=True)


def show_interruption(files: Sequence[Mapping[str, Any]], suffix: str) -> None:
    """What goes on, and how to see it."""
    target = console(stderr=True)
    for file in files:
        if file["request_id"] is None:
            target.print(f"{safe(file['file'])} was not uploaded.")
        elif file["seconds"] is None:
            target.print(f"The import of {safe(file['file'])} goes on. See it:")
            target.print(_status_of(file, suffix), soft_wrap=True)
    if not files:
        target.print("Interrupted; nothing was imported.")


def _status_of(file: Mapping[str, Any], suffix: str) -> str:
    return f"quarry status {file['request_id']}{safe(suffix)}"


def attention(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a person should look at in how a list was read, a line for each."""
    return [
        "[yellow]attention[/] "
        + (f"sheet «{safe(item['sheet'])}»: " if item["sheet"] else "")
        + safe(item["message"])
        + (f" ({item['count']:,} {'row' if item['count'] == 1 else 'rows'})" if _counts_rows(item) else "")
        for item in items
    ]


def _counts_rows(item: Mapping[str, Any]) -> bool:
    return item["count"] > 0 and item["code"] not in _OF_COLUMNS


def row_errors(items: Sequence[Mapping[str, Any]], title: str) -> Table:
    table = Table("sheet", "row", "column", "value", "what is wrong", title=title, title_justify="left")
    for item in items:
        table.add_row(*(safe(item[name]) for name in ("sheet", "row", "column", "value", "message")))
    return table


def show_hits(target: Console, answer: Mapping[str, Any]) -> None:
    if answer["hits"]:
        show(target, hits(answer))
    else:
        target.print(f"{_title(answer)}. Try fewer or other words.")


def hits(answer: Mapping[str, Any]) -> Table:
    table = Table("material", "unit", title=_title(answer), title_justify="left", show_lines=True)
    for name in ("price", "per base unit", "supplier"):
        table.add_column(name, justify="right", no_wrap=True)
    for hit in answer["hits"]:
        offers = hit["offers"]
        table.add_row(
            _highlighted(hit),
            safe(hit["material"]["unit"]),
            "\n".join(price(offer) for offer in offers),
            "\n".join(per_base_unit(offer) for offer in offers),
            "\n".join(supplier(offer) for offer in offers),
        )
    return table


def supplier(item: Mapping[str, Any]) -> str:
    """«7 Стройбаза»."""
    return safe(f"{item['supplier_id'] or ''} {item['supplier_name'] or ''}".strip())


def price(offer: Mapping[str, Any]) -> str:
    """As the supplier says it, and in the base currency where that is another; with a mark where it looks wrong."""
    shown = money(offer["price"], offer["currency"])
    converted = offer["price_in"]
    if converted and converted["currency"] != offer["currency"]:
        shown += f" ≈ {money(converted['price'], converted['currency'])}"
    return f"{shown} [yellow]?[/]" if offer["suspect"] else shown


def suppliers(items: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Suppliers", title_justify="left")
    table.add_column("number", justify="right")
    table.add_column("name")
    for item in items:
        table.add_row(str(item["id"]), safe(item["name"]))
    return table


def rates(answer: Mapping[str, Any]) -> Table:
    base = safe(answer["base_currency"])
    table = Table("currency", title=f"What currencies are worth in {base}", title_justify="left")
    table.add_column("rate", justify="right")
    table.add_column("of")
    table.add_column("from")
    for item in answer["items"]:
        table.add_row(*(safe(item[name]) for name in ("currency", "rate", "date", "source")))
    return table


def per_base_unit(offer: Mapping[str, Any]) -> str:
    if offer["price_per_base_unit"] is None:
        return ""
    return f"{money(offer['price_per_base_unit'], offer['currency'])}/{safe(offer['base_unit'])}"


def progress(items: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Batches", title_justify="left")
    table.add_column("request id", no_wrap=True)  # so that it can be copied into the next command
    for name in ("supplier", "file", "status"):
        table.add_column(name)
    for name in ("rows", "done", "failed", "to review"):
        table.add_column(name, justify="right")
    known = any(item.get("uploaded_by") for item in items)
    if known:
        table.add_column("uploaded by")
    for item in items:
        table.add_row(
            item["request_id"],
            supplier(item),
            safe(item["file_name"]),
            status(item["status"]),
            str(item["total"]),
            f"{item['percent']:g} %" if item["percent"] is not None else "",
            str(item["failed"]),
            str(item["needs_review"]),
            *([safe(item.get("uploaded_by"))] if known else []),
        )
    return table


def show_undone(target: Console, progress: Mapping[str, Any], read_again: Sequence[str]) -> None:
    if progress["status"] != "undone":
        target.print("A newer list of the supplier came meanwhile: this one stays. Undo the newer one first.")
        return
    target.print(
        f"Undone: {safe(progress['file_name'] or 'rows without a file')}. What was offered before counts again."
    )
    for other in read_again:
        target.print(f"Read after it, though it came before: drop the file of {safe(other)} again.")


def show_progress(target: Console, items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        for line in attention(item.get("attention", ())):
            target.print(f"{item['request_id']}: {line}")
    show(target, progress(items))
    for item in items:
        if item["error"]:
            target.print(f"{item['request_id']}: {safe(item['error']['message'])}")
        if item.get("waiting"):
            target.print(f"{item['request_id']} {waiting_for(item['waiting'])}")


def waiting_for(waiting: Mapping[str, Any]) -> str:
    """Why a batch makes no progress, as the end of a sentence."""
    attempts, since = waiting["attempts"], waiting["since"]
    times = "once" if attempts == 1 else f"{attempts} times"
    return f"has waited since {since[:19].replace('T', ' ')} UTC, tried {times}: {safe(waiting['reason'])}"


def health(states: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("store", "role", "state", title="Stores", title_justify="left")
    table.add_column("response time", justify="right")
    table.add_column("error")
    for name, state in states.items():
        milliseconds = state.get("response_time_ms")
        table.add_row(
            state["type"],
            name.replace("_", " "),
            status(state["status"]),
            f"{milliseconds:.1f} ms" if milliseconds is not None else "",
            safe(state.get("error")),
        )
    return table


def findings(found: "Sequence[Finding]") -> Table:
    table = Table("part", "state", "found", "what to do", title="Examination", title_justify="left")
    colours = {"ok": "green", "attention": "yellow", "fault": "red"}
    for one in found:
        table.add_row(safe(one.part), f"[{colours[one.state]}]{one.state}[/]", safe(one.found), safe(one.mend))
    return table


def _title(answer: Mapping[str, Any]) -> str:
    rewrites = ", ".join(f"{one['from']} → {one['to']}" for one in answer["understood"]["rewrites"])
    total = answer["total"]
    count = f"{'at least ' if total['relation'] == 'gte' else ''}{total['value']} found"
    degraded = ", degraded" if answer["degraded"] else ""
    return safe(f"«{answer['query']}»{f' ({rewrites})' if rewrites else ''}: {count}, {answer['source']}{degraded}")


def _highlighted(hit: Mapping[str, Any]) -> Text:
    """The material's name with the matching words in bold; the API sends highlights as HTML."""
    highlighted = hit["highlights"][0] if hit["highlights"] else hit["material"]["name"]
    text = Text()
    for part in re.split(r"(<mark>.*?</mark>)", highlighted):
        bold = part.startswith("<mark>")
        text.append(harmless(html.unescape(re.sub(r"</?mark>", "", part))), style="bold" if bold else "")
    return text


def synonyms(items: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Synonyms")
    table.add_column("buyers say")
    table.add_column("price lists say")
    for item in items:
        table.add_row(safe(item["term"]), safe(item["means"]))
    return table
