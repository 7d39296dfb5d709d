"""What every subcommand has: options, a client of the API, and JSON on standard output."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from local.client import Api

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with the stack's data.")]
ApiOption = Annotated[str, typer.Option("--api", envvar="QUARRY_API", help="Address of the API.")]
TokenOption = Annotated[str | None, typer.Option("--token", envvar="QUARRY_TOKEN", help="Bearer token for the API.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
LOCAL_API = "http://127.0.0.1:8000"


@contextmanager
def api_client(url: str, token: str | None) -> Iterator["Api"]:
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


def print_json(answer: Any) -> None:
    from local.export import escaped

    print(escaped(json.dumps(answer, ensure_ascii=False, indent=2)))
