"""What every subcommand has: options, a client of the API, and JSON on standard output."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from httpx import Auth

    from local.client import Api

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with the stack's data.")]
ApiOption = Annotated[str, typer.Option("--api", envvar="QUARRY_API", help="Address of the API.")]
TokenOption = Annotated[str | None, typer.Option("--token", envvar="QUARRY_TOKEN", help="Bearer token for the API.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
LOCAL_API = "http://127.0.0.1:8000"


@dataclass
class _Caller:
    """Who calls, as said before the command."""

    profile: str | None = None


_caller = _Caller()


def call_as(
    profile: Annotated[
        str | None,
        typer.Option("--aws-profile", envvar="QUARRY_AWS_PROFILE", help="Sign requests with this AWS profile."),
    ] = None,
) -> None:
    _caller.profile = profile


@contextmanager
def api_client(url: str, token: str | None) -> Iterator["Api"]:
    """A client of the API; its failure is printed in one sentence and ends the command with exit code 1."""
    from local.client import Api, ApiFailure

    try:
        client = Api(url, token, auth=_signature(url))
        try:
            yield client
        finally:
            client.close()
    except ApiFailure as error:
        from local.export import harmless

        print("\n".join(map(harmless, str(error).split("\n"))), file=sys.stderr)
        raise typer.Exit(1) from error


def _signature(url: str) -> "Auth | None":
    if not _caller.profile:
        return None
    from local.signing import Signature

    return Signature(_caller.profile, url)


def print_json(answer: Any) -> None:
    from local.export import escaped

    print(escaped(json.dumps(answer, ensure_ascii=False, indent=2)))
