"""Subcommands of the catalogue: search, what people decide and say of it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from local.commands.common import (
    INTERRUPTED,
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
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(help="Maximum number of hits.", min=1, max=100)] = 10,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Find materials, each with its cheapest offers."""
    with api_client(api, token) as client:
        answer = client.post("/search", {"query": text, "limit": limit})
        if as_json:
            print_json(answer)
            return
        from local import rendering

        rendering.show_hits(rendering.console(), answer)


@commands.command()
def estimate(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    suppliers: Annotated[int | None, typer.Option(min=1, max=100, help="Also from at most so many suppliers.")] = None,
    waste: Annotated[float, typer.Option(min=0, max=999, help="Per cent that are added to each quantity.")] = 0,
    currency: Annotated[str, typer.Option(help="Of the offers that count.")] = "RUB",
    xlsx: Annotated[Path | None, typer.Option(help="Also write a workbook, which can be dropped again.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Price a bill of materials: what fits each line, from whom it is cheapest, and what all costs."""
    from local import estimating, rendering
    from local.notices import WaitNotices

    terms = {"currency": currency, "max_suppliers": suppliers, "waste_percent": f"{waste:.2f}"}
    with api_client(api, token) as client:
        request_id = estimating.begin(client, file, terms)
        try:
            priced = estimating.priced(client, file, request_id, WaitNotices(rendering.console(stderr=True)))
        except KeyboardInterrupt:
            page = f"{api.rstrip('/')}/#/estimates/{request_id}"
            print(f"The bill is still being priced. See it: {page}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        if xlsx:
            xlsx.write_bytes(client.content(f"/estimates/{priced['id']}/export"))
        if as_json:
            print_json(priced)
        else:
            estimating.show(rendering.console(), priced)


@commands.command()
def review(
    review_id: Annotated[str | None, typer.Argument(help="Question to answer; without it, all are asked.")] = None,
    decision: Annotated[str | None, typer.Argument(help="same, different or other.")] = None,
    material: Annotated[str | None, typer.Option(help="Material that the row means, for the decision other.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the decided pairs into a file, to fit the weights with.")
    ] = None,
    decided: Annotated[
        bool, typer.Option("--decided", help="With --json: what was decided, not what is open.")
    ] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Decide which names mean one material."""
    from local import rendering, reviews

    if (review_id is None) != (decision is None):
        raise typer.BadParameter("name a decision for the question: same, different or other")
    with api_client(api, token) as client:
        if export:
            answer: Any = {"pairs": reviews.export(client, export)}
        elif review_id and decision:
            answer = reviews.decide(client, review_id, decision, material)
        elif as_json:
            answer = {"items": list(reviews.listed(client, "decided" if decided else "open"))}
        else:
            reviews.ask(client, rendering.console())
            return
        print_json(answer)


@commands.command()
def synonyms(
    term: Annotated[str | None, typer.Argument(help="What buyers say.")] = None,
    means: Annotated[str | None, typer.Argument(help="What price lists say.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the synonym of the term.")] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """List users' synonyms, say what a term means, or delete it; search follows within five minutes."""
    if (delete and not (term and means is None)) or (term and means is None and not delete):
        raise typer.BadParameter("Give a term with its meaning, or a term with --delete, or nothing to list all.")
    answer: Any
    with api_client(api, token) as client:
        if term and means:
            answer = client.put("/synonyms", {"term": term, "means": means})
        elif term:
            answer = client.delete("/synonyms", term=term)
        else:
            answer = {"items": list(client.pages("/synonyms"))}
    if as_json:
        print_json(answer)
        return
    from local import rendering
    from local.tables import show

    print_changed(answer, lambda console, items: show(console, rendering.synonyms(items)))


@commands.command()
def suppliers(
    number: Annotated[int | None, typer.Argument(help="Supplier to name.", min=0, max=2**31 - 1)] = None,
    name: Annotated[str | None, typer.Argument(help="Its name.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """List the suppliers, or give one its name: quarry suppliers 7 "Стройбаза"."""
    if (number is None) != (name is None):
        raise typer.BadParameter("Give both the number and the name, or neither.")
    with api_client(api, token) as client:
        if number is not None:
            client.put(f"/suppliers/{number}", {"name": name})
        from local.suppliers import all_suppliers

        answer = all_suppliers(client)
        if as_json:
            print_json(answer)
            return
        from local import rendering
        from local.tables import show

        show(rendering.console(), rendering.suppliers(answer["items"]))


@commands.command()
def rates(
    given: Annotated[list[str] | None, typer.Argument(metavar="USD=81.5…", help="Rates to keep.")] = None,
    date: Annotated[str | None, typer.Option(metavar="2026-11-26", help="Their date; today without it.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Show the exchange rates by which prices are compared, or say what they are."""
    from local.suppliers import rates_of

    try:
        kept = rates_of(given or (), date)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with api_client(api, token) as client:
        path = "/reference/exchange-rates"
        answer = client.put(path, {"rates": kept}) if kept else client.get(path)
        if as_json:
            print_json(answer)
            return
        from local import rendering
        from local.tables import show

        show(rendering.console(), rendering.rates(answer))
