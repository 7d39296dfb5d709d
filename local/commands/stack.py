"""Subcommands of the local stack, and of what is deployed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from local.commands.common import (
    LOCAL_API,
    ApiOption,
    HomeOption,
    JsonOption,
    TokenOption,
    api_client,
    aws_session,
    print_json,
)

commands = typer.Typer()


@commands.command()
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


@commands.command("open")
def open_page(
    text: Annotated[str | None, typer.Argument(help="What to look for at once.")] = None,
    api: ApiOption = LOCAL_API,
) -> None:
    """Open the web page in the browser; its address is printed too."""
    import webbrowser
    from urllib.parse import urlencode

    with api_client(api, None) as client:
        client.get("/health")
    address = f"{api.rstrip('/')}/" + (f"#/search?{urlencode({'q': text})}" if text else "")
    print(address)
    # A machine without a browser has the address all the same.
    webbrowser.open(address)


@commands.command()
def demo() -> None:
    """The main job from nothing: a stack, sample price lists, searches, a price comparison."""
    from local.demo import run

    raise typer.Exit(run())


@commands.command()
def health(as_json: JsonOption = False, api: ApiOption = LOCAL_API, token: TokenOption = None) -> None:
    """State of each store. Exit code 1 when none of them can answer."""
    with api_client(api, token) as client:
        states, can_answer = client.health()
        if as_json:
            print_json(states)
        else:
            from local import rendering
            from local.tables import show

            show(rendering.console(), rendering.health(states))
    raise typer.Exit(0 if can_answer else 1)


@commands.command()
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
    from local.redrive import NoQueues, of_deployment, of_home, of_urls, rerun_maintenance
    from local.redrive import redrive as move

    try:
        if stack:
            client, queues = of_deployment(stack, aws_session())
        else:
            client, queues = of_home(home) if queue is None else of_urls(*queue, aws_session())
        moved = move(client, queues)
        if stack:
            moved["maintenance"] = rerun_maintenance(stack, aws_session())
    except NoQueues as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    if as_json:
        print_json(moved)
        return
    for kind, number in moved.items():
        print(f"{kind}: {number}")


@commands.command()
def doctor(
    home: HomeOption = Path(".quarry"),
    stack: Annotated[
        str | None, typer.Option("--stack", help="CloudFormation stack whose dead letters to look at, too.")
    ] = None,
    as_json: JsonOption = False,
    api: ApiOption = LOCAL_API,
    token: TokenOption = None,
) -> None:
    """Examine a deployment or the local stack, and say what to mend. Exit code 1 where something is broken."""
    from local import doctor as examination
    from local.redrive import NoQueues, dead_letters

    with api_client(api, token) as client:
        findings = examination.examine(client, api)
    if stack or examination.is_local(api):
        try:
            findings += examination.of_dead_letters(*dead_letters(stack, home, aws_session()))
        except NoQueues as error:
            findings.append(examination.Finding("dead letters", examination.State.ATTENTION, str(error)))
    if as_json:
        print_json(examination.as_json(findings))
    else:
        from local import rendering
        from local.tables import show

        show(rendering.console(), rendering.findings(findings))
    raise typer.Exit(examination.exit_code(findings))


@commands.command()
def reindex(as_json: JsonOption = False, api: ApiOption = LOCAL_API, token: TokenOption = None) -> None:
    """Rebuild the vector index from PostgreSQL while searches go on; Ctrl-C leaves the rest to the upkeep."""
    from local.reindex import rebuild

    with api_client(api, token) as client:
        answer = rebuild(client, lambda text: print(text, file=sys.stderr))
    if as_json:
        print_json(answer)
    else:
        print(f"{answer['done']:,} materials are indexed anew.")
