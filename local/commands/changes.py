"""Subcommands of changed prices: over time, of one material, watched, and reported to others."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from local.commands.common import (
    LOCAL_API,
    ApiOption,
    JsonOption,
    TokenOption,
    api_client,
    print_changed,
    print_json,
)

commands = typer.Typer()


@commands.command()
def changes(
    since: Annotated[str | None, typer.Option(metavar="2026-11-01", help="A date or moment; seven days ago.")] = None,
    until: Annotated[str | None, typer.Option(metavar="2026-11-30", help="A date (within) or moment; now.")] = None,
    supplier: Annotated[int | None, typer.Option(help="Number of one supplier.", min=0)] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="dearer, cheaper, new, gone and others; can be repeated.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Category in the supplier's list.")] = None,
    min_percent: Annotated[str | None, typer.Option(help="Prices that rose or fell by so much or more.")] = None,
    material: Annotated[str | None, typer.Option(help="Id of one material.")] = None,
    limit: Annotated[int, typer.Option(help="Maximum number of changes.", min=1, max=100)] = 50,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """What price lists changed: dearer, cheaper, new, gone."""
    asked: dict[str, Any] = {"since": since, "until": until, "supplier_id": supplier, "kind": kind, "group": group}
    asked |= {"min_percent": min_percent, "material_id": material, "limit": limit}
    with api_client(api, token) as client:
        answer = client.get("/changes", **asked)
        if as_json:
            print_json(answer)
            return
        from local import rendering
        from local.changes import show_changes

        show_changes(rendering.console(), answer, more=answer["next_cursor"] is not None)


@commands.command()
def history(
    material: Annotated[str, typer.Argument(help="Id of a material, or words that find it.")],
    supplier: Annotated[int | None, typer.Option(help="Number of one supplier.", min=0)] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Each supplier's price of a material over time, the newest first."""
    from local import rendering
    from local.changes import material_of, show_history

    with api_client(api, token) as client:
        found = material_of(client, material)
        items = list(client.pages(f"/materials/{found['id']}/price-history", supplier_id=supplier))
        if as_json:
            print_json({"material": found, "items": items})
        else:
            show_history(rendering.console(), found, items)


@commands.command()
def watch(
    name: Annotated[str | None, typer.Argument(help="What the watch is called; without it all are listed.")] = None,
    material: Annotated[str | None, typer.Option(help="Id of the material to watch.")] = None,
    query: Annotated[str | None, typer.Option(help="Words that every material to watch has.")] = None,
    below: Annotated[str | None, typer.Option(metavar="400", help="Fire when the cheapest falls below.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="мешок", help="The unit of that price.")] = None,
    currency: Annotated[str, typer.Option(help="Its currency.")] = "RUB",
    delete: Annotated[bool, typer.Option("--delete", help="Watch it no longer.")] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """List the watched prices, or watch one: quarry watch cement --query "цемент м500" --below 400 --unit мешок."""
    said = [material, query, below, unit]
    if any(said) and (name is None or not below or not unit or (material is None) == (query is None) or delete):
        raise typer.BadParameter("Give a name, --material or --query, --below and --unit; or a name with --delete.")
    if name is not None and not any(said) and not delete:
        raise typer.BadParameter("Say what to watch with --query or --material, or --delete it.")
    answer: Any
    with api_client(api, token) as client:
        if name is None:
            answer = {"items": list(client.pages("/watches"))}
        elif delete:
            answer = client.delete(f"/watches/{quote(name, safe='')}")
        else:
            what = {"material_id": material} if material else {"query": query}
            body = {**what, "below": below, "unit": unit, "currency": currency}
            answer = client.put(f"/watches/{quote(name, safe='')}", body)
    if as_json:
        print_json(answer)
        return
    from local.changes import show_watches

    print_changed(answer, show_watches)


@commands.command()
def webhooks(
    name: Annotated[str | None, typer.Argument(help="What the webhook is called; without it all are listed.")] = None,
    url: Annotated[str | None, typer.Argument(help="Who is notified: https://…")] = None,
    event: Annotated[list[str] | None, typer.Option(help="list.finished or watch.fired; both without it.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Send a test message now.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Tell it nothing any more.")] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """List who is notified of ended lists and fired watches; add, test or delete one. Exit code 1: the test failed."""
    if (name is not None) != (sum((url is not None, test, delete)) == 1) or (event and not url):
        raise typer.BadParameter("Give a name with an address, with --test or with --delete; or nothing to list all.")
    answer: Any
    with api_client(api, token) as client:
        if name is None:
            answer = client.get("/webhooks")
        elif test:
            answer = client.post(f"/webhooks/{quote(name, safe='')}/test", {})
        elif delete:
            answer = client.delete(f"/webhooks/{quote(name, safe='')}")
        else:
            answer = client.put("/webhooks", {"name": name, "url": url, **({"events": event} if event else {})})
    if as_json:
        print_json(answer)
    else:
        _show_webhooks(answer)
    raise typer.Exit(0 if answer.get("delivered", True) else 1)


def _show_webhooks(answer: Any) -> None:
    from local import rendering
    from local.changes import show_webhooks

    target = rendering.console()
    if "deleted" in answer:
        target.print(f"deleted: {rendering.safe(answer['deleted'])}")
    elif "delivered" in answer:
        target.print("delivered" if answer["delivered"] else f"[red]{rendering.safe(answer['error'])}[/]")
    else:
        show_webhooks(target, answer.get("items", [answer]))
        if answer.get("secret"):
            target.print("The secret by which its messages are signed; it is not shown again:")
            target.print(answer["secret"], soft_wrap=True)
