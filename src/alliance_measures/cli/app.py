"""The application object, what all verbs share, and the entry point."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from alliance_measures import __version__
from alliance_measures.errors import AllianceError

# modules that add verbs to `app` when imported; each imports the heavy rooms inside its functions
VERBS: tuple[str, ...] = ("catalogue", "scoring", "reliability", "change", "simulation")

app = typer.Typer(
    name="alliance",
    help="Score therapeutic-alliance questionnaires and follow the alliance session by session.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"alliance-measures {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def say(text: str) -> None:
    """Write a line for the person at the terminal; standard output stays for data."""
    typer.echo(text, err=True)


def main() -> None:
    """Run the command line; exit 0 when done, 1 on problems in the data, 2 on wrong use."""
    for name in VERBS:
        importlib.import_module(f"alliance_measures.cli.{name}")
    try:
        app()
    except AllianceError as error:
        say(f"alliance: {error}")
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
