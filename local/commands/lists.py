"""Subcommands of price lists: import, progress, readings, remarks."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from local.commands.common import LOCAL_API, ApiOption, JsonOption, TokenOption, api_client, print_json

commands = typer.Typer()


@commands.command()
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
    with api_client(api, token) as client:
        number = number_of(client, named)
        if preview:
            from local import readings

            results = readings.preview(client, files, number)
            if as_json:
                print_json({"files": results})
            else:
                readings.show_previews(rendering.console(), results)
            raise typer.Exit(0 if succeeded(results) else 1)
        results = drop_files(client, files, number, rendering.console(stderr=as_json), wait=wait)
        if as_json:
            print_json({"files": results})
        else:
            rendering.show_results(rendering.console(), results)
    raise typer.Exit(0 if succeeded(results) else 1)


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
        progress = readings.wait_for(client, again) if again else None
        if as_json:
            print_json(progress)
        elif progress:
            rendering.show_progress(rendering.console(), [progress])


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

        rendering.console().print(rendering.row_errors(grouped(items), f"{len(items):,} remarks on rows"))
