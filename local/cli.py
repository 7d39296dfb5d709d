"""The ``quarry`` command. A subcommand imports what it needs when it runs, so that ``quarry --help`` is quick."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from local.client import Api

app = typer.Typer(
    help="Suppliers' price lists as one searchable, price-comparable catalogue.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with the stack's data.")]
ApiOption = Annotated[str, typer.Option("--api", envvar="QUARRY_API", help="Address of the API.")]
TokenOption = Annotated[str | None, typer.Option("--token", envvar="QUARRY_TOKEN", help="Bearer token for the API.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
LOCAL_API = "http://127.0.0.1:8000"


@app.command()
def up(
    home: HomeOption = Path(".quarry"),
    port: Annotated[int, typer.Option(help="Port of the API.", min=1, max=65535)] = 8000,
    auth: Annotated[bool, typer.Option("--auth", help="Require a token, which is printed at start.")] = False,
    only: Annotated[
        str | None, typer.Option(metavar="PART", help="Restart a part of the running stack that has ended.")
    ] = None,
) -> None:
    """Start the stack and the API; Ctrl-C stops them, the data stays in the home folder."""
    from local.up import restart, run

    raise typer.Exit(restart(home, only) if only else run(home, port, auth=auth))


@app.command()
def drop(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, readable=True)],
    supplier: Annotated[str, typer.Option(help="The supplier's number, or name: one that is not known is made.")],
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the import has ended.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show how the lists would be read, and import nothing.")
    ] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Import price lists of one supplier. Exit code 1 when one of them failed."""
    from local import rendering
    from local.drop import drop as drop_files
    from local.drop import succeeded
    from local.suppliers import number_of, supplier_named

    try:
        named = supplier_named(supplier)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--supplier") from error
    with _api_client(api, token) as client:
        number = number_of(client, named)
        if preview:
            from local import readings

            results = readings.preview(client, files, number)
            if as_json:
                _print_json({"files": results})
            else:
                readings.show_previews(rendering.console(), results)
            raise typer.Exit(0 if succeeded(results) else 1)
        results = drop_files(client, files, number, rendering.console(stderr=as_json), wait=wait)
        if as_json:
            _print_json({"files": results})
        else:
            rendering.show_results(rendering.console(), results)
    raise typer.Exit(0 if succeeded(results) else 1)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(help="Maximum number of hits.", min=1, max=100)] = 10,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Find materials, each with its cheapest offers."""
    with _api_client(api, token) as client:
        answer = client.post("/search", {"query": text, "limit": limit})
        if as_json:
            _print_json(answer)
            return
        from local import rendering

        rendering.show_hits(rendering.console(), answer)


@app.command()
def status(
    request_id: Annotated[str | None, typer.Argument(help="Batch to show; without it, all recent ones.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Progress of a batch, or of the recent ones."""
    with _api_client(api, token) as client:
        answer = client.get(f"/batches/{request_id}" if request_id else "/batches")
        if as_json:
            _print_json(answer)
            return
        from local import rendering

        rendering.show_progress(rendering.console(), [answer] if request_id else answer["items"])


@app.command("map")
def map_columns(
    request_id: Annotated[str, typer.Argument(help="Batch whose list was read wrongly.")],
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="C=price", help="What a column is; asked for without it.")
    ] = None,
    header_rows: Annotated[str | None, typer.Option(metavar="3,4", help="Rows of the header.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Name of the sheet, where there are several.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Show how a list was read, say what its columns are, and read it again; later lists are read so at once."""
    from local import readings, rendering

    with _api_client(api, token) as client:
        again = readings.correct(
            client, rendering.console(stderr=as_json), request_id, sheet, column or (), header_rows
        )
        progress = readings.wait_for(client, again) if again else None
        if as_json:
            _print_json(progress)
        elif progress:
            rendering.show_progress(rendering.console(), [progress])


@app.command()
def errors(
    request_id: Annotated[str, typer.Argument(help="Batch whose rows to list.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV to send back to the supplier.")] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Rows of a batch that could not be used, with the reasons, and warnings."""
    with _api_client(api, token) as client:
        items = list(client.pages(f"/batches/{request_id}/errors"))
        if as_csv:
            from local.export import write_csv

            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            write_csv(sys.stdout, items)
            return
        if as_json:
            _print_json({"items": items})
            return
        from local import rendering
        from local.remarks import grouped

        rendering.console().print(rendering.row_errors(grouped(items), f"{len(items):,} remarks on rows"))


@app.command()
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
    with _api_client(api, token) as client:
        if term and means:
            answer = client.put("/synonyms", {"term": term, "means": means})
        elif term:
            answer = client.delete("/synonyms", term=term)
        else:
            answer = {"items": list(client.pages("/synonyms"))}
    if as_json:
        _print_json(answer)
        return
    from local import rendering

    if "deleted" in answer:
        rendering.console().print(f"deleted: {rendering.safe(answer['deleted'])}")
    else:
        rendering.console().print(rendering.synonyms(answer.get("items", [answer])))


@app.command()
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
    with _api_client(api, token) as client:
        if export:
            answer: Any = {"pairs": reviews.export(client, export)}
        elif review_id and decision:
            answer = reviews.decide(client, review_id, decision, material)
        elif as_json:
            answer = {"items": list(reviews.listed(client, "decided" if decided else "open"))}
        else:
            reviews.ask(client, rendering.console())
            return
        _print_json(answer)


@app.command()
def health(as_json: JsonOption = False, api: ApiOption = LOCAL_API, token: TokenOption = None) -> None:
    """State of each store. Exit code 1 when none of them can answer."""
    with _api_client(api, token) as client:
        states, can_answer = client.health()
        if as_json:
            _print_json(states)
        else:
            from local import rendering

            rendering.console().print(rendering.health(states))
    raise typer.Exit(0 if can_answer else 1)


@app.command()
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
    with _api_client(api, token) as client:
        if number is not None:
            client.put(f"/suppliers/{number}", {"name": name})
        from local.suppliers import all_suppliers

        answer = all_suppliers(client)
        if as_json:
            _print_json(answer)
            return
        from local import rendering

        rendering.console().print(rendering.suppliers(answer["items"]))


@app.command()
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
    with _api_client(api, token) as client:
        path = "/reference/exchange-rates"
        answer = client.put(path, {"rates": kept}) if kept else client.get(path)
        if as_json:
            _print_json(answer)
            return
        from local import rendering

        rendering.console().print(rendering.rates(answer))


@app.command()
def redrive(
    home: HomeOption = Path(".quarry"),
    stack: Annotated[
        str | None, typer.Option("--stack", help="CloudFormation stack to use instead of the local one.")
    ] = None,
    queue: Annotated[
        tuple[str, str] | None, typer.Option("--queue", metavar="FROM TO", help="URLs of two queues to use instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Move messages from the dead-letter queues back to their queues, to be processed again."""
    from local.redrive import NoQueues, of_deployment, of_home, of_urls
    from local.redrive import redrive as move

    try:
        client, queues = of_deployment(stack) if stack else of_home(home) if queue is None else of_urls(*queue)
        moved = move(client, queues)
    except NoQueues as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    if as_json:
        _print_json(moved)
        return
    for kind, number in moved.items():
        print(f"{kind}: {number}")


@app.command()
def demo() -> None:
    """The main job from nothing: a stack, sample price lists, searches, a price comparison."""
    from local.demo import run

    raise typer.Exit(run())


@contextmanager
def _api_client(url: str, token: str | None) -> Iterator["Api"]:
    """A client of the API; its failure is printed in one sentence and ends the command with exit code 1."""
    from local.client import Api, ApiFailure

    client = Api(url, token)
    try:
        yield client
    except ApiFailure as error:
        from local.export import harmless

        print("\n".join(map(harmless, str(error).split("\n"))), file=sys.stderr)
        raise typer.Exit(1) from error
    finally:
        client.close()


def _print_json(answer: Any) -> None:
    from local.export import escaped

    print(escaped(json.dumps(answer, ensure_ascii=False, indent=2)))


def main() -> None:
    app()
