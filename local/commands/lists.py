"""Subcommands of price lists: import, progress, readings, remarks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from local.commands.common import (
    INTERRUPTED,
    LOCAL_API,
    ApiOption,
    JsonOption,
    TokenOption,
    api_client,
    at,
    print_json,
)

commands = typer.Typer()


def _supplier(text: str) -> int | str:
    from local.suppliers import supplier_named

    try:
        return supplier_named(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


class _DropCommand(TyperCommand):
    """Wrong usage too is said in JSON where JSON was asked for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        asked = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if asked:
                print_json({"files": [], "error": {"message": error.format_message()}})
            raise


@commands.command(cls=_DropCommand)
def drop(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, readable=True)],
    supplier: Annotated[
        str, typer.Option(help="The supplier's number, or name: one that is not known is made.", callback=_supplier)
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the import has ended.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show how the lists would be read, and import nothing.")
    ] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Import price lists of one supplier. Exit code 1 when one of them failed."""
    from local import readings, rendering
    from local.drop import Drop, succeeded
    from local.suppliers import number_of

    with api_client(api, token) as client:
        if preview:
            with _reported(as_json, list, api):
                results = readings.preview(client, files, number_of(client, supplier))
        else:
            work = Drop(client, files)
            with _reported(as_json, lambda: work.results, api):
                work.upload(number_of(client, supplier))
                if wait:
                    work.follow(rendering.console(stderr=as_json))
            results = work.results
        if as_json:
            print_json({"files": results})
        elif preview:
            readings.show_previews(rendering.console(), results)
        else:
            rendering.show_refused(rendering.console(stderr=True), results)
            rendering.show_results(rendering.console(), [one for one in results if one["request_id"]], at(api))
    raise typer.Exit(0 if succeeded(results) else 1)


@contextmanager
def _reported(as_json: bool, results: Callable[[], list[dict[str, Any]]], api: str) -> Iterator[None]:
    """What is known so far is said also when it breaks off; the API goes on with what it was given."""
    from local import rendering
    from local.client import ApiFailure

    try:
        yield
    except ApiFailure as error:
        if as_json:
            print_json({"files": results(), "error": {"message": str(error)}})
        raise
    except KeyboardInterrupt:
        if as_json:
            print_json({"files": results(), "error": {"message": "Interrupted. What was uploaded is imported."}})
        rendering.show_interruption(results(), at(api))
        raise typer.Exit(INTERRUPTED) from None


@commands.command()
def status(
    request_id: Annotated[str | None, typer.Argument(help="Batch to show; without it, all recent ones.")] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Progress of a batch, or of the recent ones."""
    with api_client(api, token) as client:
        answer = client.get(f"/batches/{request_id}" if request_id else "/batches")
        if as_json:
            print_json(answer)
            return
        from local import rendering

        rendering.show_progress(rendering.console(), [answer] if request_id else answer["items"])


@commands.command("map")
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

    with api_client(api, token) as client:
        again = readings.correct(
            client, rendering.console(stderr=as_json), request_id, sheet, column or (), header_rows
        )
        try:
            progress = readings.wait_for(client, again) if again else None
        except KeyboardInterrupt:
            print(f"The list is still being read. See it: quarry status {again}{at(api)}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        if as_json:
            print_json(progress)
        elif progress:
            rendering.show_progress(rendering.console(), [progress])


@commands.command()
def undo(
    request_id: Annotated[str, typer.Argument(help="Batch whose import is to be taken back.")],
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Take back an import: what the supplier offered before it counts again. Exit code 1 when that came too late."""
    from local import readings, rendering

    with api_client(api, token) as client:
        begun = client.post(f"/batches/{request_id}/undo", {})
        try:
            progress = readings.wait_for(client, request_id)
        except KeyboardInterrupt:
            print(f"The import is still being undone. See it: quarry status {request_id}{at(api)}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        if as_json:
            print_json({**progress, "read_again": begun["read_again"]})
        else:
            rendering.show_undone(rendering.console(), progress, begun["read_again"])
    raise typer.Exit(0 if progress["status"] == "undone" else 1)


@commands.command()
def errors(
    request_id: Annotated[str, typer.Argument(help="Batch whose rows to list.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV to send back to the supplier.")] = False,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Rows of a batch that could not be used, with the reasons, and warnings."""
    with api_client(api, token) as client:
        items = list(client.pages(f"/batches/{request_id}/errors"))
        if as_csv:
            from local.export import write_csv

            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            write_csv(sys.stdout, items)
            return
        if as_json:
            print_json({"items": items})
            return
        from local import rendering
        from local.remarks import grouped
        from local.tables import show

        show(rendering.console(), rendering.row_errors(grouped(items), f"{len(items):,} remarks on rows"))
