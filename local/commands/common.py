"""What every subcommand has: options, a client of the API, and JSON on standard output."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from boto3 import Session
    from httpx import Auth
    from rich.console import Console

    from local.client import Api, NotThere

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with the stack's data.")]
ApiOption = Annotated[str, typer.Option("--api", envvar="QUARRY_API", help="Address of the API.")]
TokenOption = Annotated[str | None, typer.Option("--token", envvar="QUARRY_TOKEN", help="Bearer token for the API.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
LOCAL_API = "http://127.0.0.1:8000"
INTERRUPTED = 130


def at(api: str) -> str:
    """What a command of ours that is suggested must have to ask the same API."""
    return "" if api in {LOCAL_API, os.environ.get("QUARRY_API")} else f" --api {api}"


@dataclass
class _Caller:
    """Who calls, as said before the command."""

    profile: str | None = None


_caller = _Caller()


def call_as(
    profile: Annotated[
        str | None,
        typer.Option("--aws-profile", envvar="QUARRY_AWS_PROFILE", help="Sign requests and ask AWS with this profile."),
    ] = None,
) -> None:
    _caller.profile = profile


def aws_session() -> "Session":
    """For the stack and its queues, which some commands look at beside the API."""
    import boto3
    from botocore.exceptions import ProfileNotFound

    try:
        return boto3.Session(profile_name=_caller.profile)
    except ProfileNotFound as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error


@contextmanager
def api_client(url: str, token: str | None) -> Iterator["Api"]:
    """A client of the API; its failure is printed in one sentence and ends the command with exit code 1."""
    from local.client import Api, ApiFailure, NotThere

    try:
        client = Api(url, token, auth=_signature(url))
        try:
            yield client
        finally:
            client.close()
    except ApiFailure as error:
        from local.export import harmless

        text = helped(error, at(url)) if isinstance(error, NotThere) else str(error)
        print("\n".join(map(harmless, text.split("\n"))), file=sys.stderr)
        raise typer.Exit(1) from error


def _signature(url: str) -> "Auth | None":
    if not _caller.profile:
        return None
    from local.signing import Signature

    return Signature(_caller.profile, url)


# Which command lists what there is below an address of the API.
_LISTED_BY = {
    "batches": "quarry status",
    "synonyms": "quarry synonyms",
    "estimates": "quarry estimate FILE",
    "watches": "quarry watch",
    "webhooks": "quarry webhooks",
    "reviews": "quarry review --json",
    "suppliers": "quarry suppliers",
    "materials": "quarry search TEXT --json",
}
_OF_THE_API = re.compile(r"[.:] GET /api/v1/\w+ lists those that there are\.")


def helped(error: "NotThere", suffix: str) -> str:
    """A 404 in the words of the command, which names what helps."""
    listed_by = _LISTED_BY.get(error.path.split("/")[1])
    text = _OF_THE_API.sub(".", str(error))
    return f"{text}\nSee what there is: {listed_by}{suffix}" if listed_by else text


def print_json(answer: Any) -> None:
    from local.export import escaped

    print(escaped(json.dumps(answer, ensure_ascii=False, indent=2)))


def print_changed(answer: Any, show: "Callable[[Console, list[Any]], None]") -> None:
    """What was deleted, or ``show`` what was put or is there."""
    from local import rendering

    if "deleted" in answer:
        rendering.console().print(f"deleted: {rendering.safe(answer['deleted'])}")
    else:
        show(rendering.console(), answer.get("items", [answer]))
