"""The application object, what all verbs share, and the entry point."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from typing import Annotated

import typer

from alliance_measures import __version__
from alliance_measures.errors import AllianceError

# modules that add verbs to `app` when imported; each imports the heavy rooms inside its functions
VERBS: tuple[str, ...] = ("catalogue", "scoring", "reliability", "change", "sessions", "simulation")

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
    if sys.stdout is None or sys.stderr is None:  # closed by whoever called us
        sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for name in VERBS:
        importlib.import_module(f"alliance_measures.cli.{name}")
    _end_on_hangup()
    try:
        app()
    except AllianceError as error:
        say(f"alliance: {error}")
        sys.exit(2)
    except OSError as error:
        _drop_output()
        say(f"alliance: reading or writing failed: {error.strerror}")
        sys.exit(2)
    except SystemExit as stop:
        if (
            type(sys.stdout).__name__ == "PacifyFlushWrapper"
        ):  # the reader, such as head, has enough
            _drop_output()
            sys.exit(0)
        sys.exit(stop.code)


def _drop_output() -> None:
    """Let nothing more be written, so that the end of the program cannot fail on it."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _end_on_hangup() -> None:
    """End in order when the window is closed or the process is told to: no half file stays."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, name), lambda number, frame: sys.exit(128 + number))
