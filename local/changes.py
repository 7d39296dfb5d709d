"""Changed prices, prices over time, watches and webhooks, as tables for the terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from local.client import Api, ApiFailure
from local.rendering import money, per_base_unit, safe, supplier
from local.tables import show

_COLOURS = {"dearer": "red", "cheaper": "green", "gone": "yellow"}
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def show_changes(target: Console, page: Mapping[str, Any], *, more: bool) -> None:
    digest = page["digest"]
    kinds = ", ".join(f"{number:,} {_kind(kind)}" for kind, number in digest["by_kind"].items())
    total = digest["total"]
    counted = f"{'more than ' if total['relation'] == 'gte' else ''}{total['value']:,}"
    since, until = (page[name][:16].replace("T", " ") for name in ("since", "until"))
    target.print(f"{counted} changes from {since} to {until} UTC{f': {kinds}' if kinds else ''}")
    if page["items"]:
        show(target, _changes(page["items"]))
    if more:
        target.print("There are more of them: --limit, or a narrower question.")


def _changes(items: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("day", "supplier", "what", "goods")
    for name in ("before", "now", "%"):
        table.add_column(name, justify="right", no_wrap=True)
    for item in items:
        percent = item["change_percent"]
        table.add_row(
            item["at"][:10],
            supplier(item),
            f"[{_COLOURS.get(item['kind'], 'default')}]{_kind(item['kind'])}[/]",
            safe(item["name"]),
            _amount(item["old_price"], item["old_currency"], item["old_unit"]),
            _amount(item["new_price"], item["currency"], item["unit"]),
            "" if percent is None else f"{percent:+.1f}",
        )
    return table


def _kind(kind: str) -> str:
    return kind.replace("_", " ")


def _amount(price: str | None, currency: str | None, unit: str | None) -> str:
    return "" if price is None else f"{money(price, currency)}{f'/{safe(unit)}' if unit else ''}"


def material_of(api: Api, asked: str) -> Mapping[str, Any]:
    """The material of that id, or the first one that a search finds."""
    if _ID.fullmatch(asked):
        return api.get(f"/materials/{asked}")
    hits = api.post("/search", {"query": asked, "limit": 1})["hits"]
    if not hits:
        raise ApiFailure(f"«{asked}» finds no material. Try fewer or other words.")
    found: Mapping[str, Any] = hits[0]["material"]
    return found


def show_history(target: Console, material: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
    table = Table("supplier", "from", "to", title=safe(material["name"]), title_justify="left")
    for name in ("price", "per base unit"):
        table.add_column(name, justify="right", no_wrap=True)
    for item in items:
        offer = {**item, "base_unit": material["base_unit"]}
        table.add_row(
            supplier(item),
            item["valid_from"][:10],
            (item["superseded_at"] or "now")[:10],
            money(item["price"], item["currency"]),
            per_base_unit(offer),
        )
    show(target, table)


def show_watches(target: Console, items: Sequence[Mapping[str, Any]]) -> None:
    if not items:
        target.print(
            'No price is watched. Watch one: quarry watch cement --query "цемент м500" --below 400 --unit мешок'
        )
        return
    table = Table("watch", "of", title="Watches", title_justify="left")
    for name in ("below", "cheapest now", "fired"):
        table.add_column(name, no_wrap=True)
    for item in items:
        seen = item["cheapest"]
        shown = "no offer" if seen is None else f"{_in_unit(item, seen['watched_price'])}, {supplier(seen)}"
        table.add_row(
            safe(item["id"]),
            safe(item["query"] or (seen and seen["name"]) or item["material_id"]),
            _in_unit(item, item["below"]),
            f"[green]{shown}[/]" if item["is_below"] else shown,
            (item["fired_at"] or "")[:16].replace("T", " "),
        )
    show(target, table)


def _in_unit(watch: Mapping[str, Any], amount: str) -> str:
    return f"{money(amount, watch['currency'])}/{safe(watch['unit'])}"


def show_webhooks(target: Console, items: Sequence[Mapping[str, Any]]) -> None:
    if not items:
        target.print("Nobody is notified. Notify somebody: quarry webhooks NAME https://…")
        return
    table = Table("webhook", "address", "events", title="Webhooks", title_justify="left")
    for name in ("waiting", "given up"):
        table.add_column(name, justify="right")
    table.add_column("last delivered")
    table.add_column("last error")
    for item in items:
        table.add_row(
            safe(item["name"]),
            safe(item["url"]),
            ", ".join(item["events"]),
            str(item["waiting"]),
            str(item["given_up"]),
            (item["delivered_at"] or "never")[:16].replace("T", " "),
            safe(item["last_error"]),
        )
    show(target, table)
