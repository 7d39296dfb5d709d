"""The ``quarry`` command."""

import typer

from local.commands import catalogue, changes, lists, stack
from local.commands.common import call_as

app = typer.Typer(
    help="Suppliers' price lists as one searchable, price-comparable catalogue.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.callback()(call_as)
for subject in (stack, lists, catalogue, changes):
    app.add_typer(subject.commands)


def main() -> None:
    app()
