"""The application object, what all verbs share, and the entry point."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_measures import __version__
from alliance_measures.errors import AllianceError, ExportError, StatisticError
from alliance_measures.files import one_run, run_notes
from alliance_measures.messages import ShellWords

if TYPE_CHECKING:
    from rich.console import Console

# modules that add verbs to `app` when imported; each imports the heavy rooms inside its functions
VERBS: tuple[str, ...] = (
    "catalogue",
    "aggregate",
    "codebook",
    "exports",
    "checking",
    "scoring",
    "reliability",
    "change",
    "sessions",
    "growth",
    "simulation",
)

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
    if text.startswith("written: ") and _is_dry():
        text = f"dry run, not written: {text.removeprefix('written: ')}"
    typer.echo(text, err=True)


def _is_dry() -> bool:
    writing = sys.modules.get("alliance_measures.exchange.placing")
    return writing is not None and bool(writing.DRY_RUN.get())


def make_console() -> Console:
    """Make a console for standard output that ends quietly when its reader has enough."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            _drop_output()
            raise SystemExit(0)

    return Quiet(highlight=False)


class DataProblem(StatisticError):  # noqa: N818
    """A problem of the rows of a file: the command ends with exit code 1.

    Attributes
    ----------
    origin : AllianceError or None
        The library's error, whose rows are positions.
    """

    def __init__(self, message: str, origin: AllianceError | None = None) -> None:
        super().__init__(message)
        self.origin = origin


def main() -> None:
    """Run the command line; exit 0 when done, 1 on problems in the data, 2 on wrong use."""
    if sys.stdout is None or sys.stderr is None:
        _mend_closed_streams()
    for name in VERBS:
        importlib.import_module(f"alliance_measures.cli.{name}")
    _offer_dry_run()
    _end_on_hangup()
    try:
        app()
    except AllianceError as error:
        say(f"alliance: {ShellWords().say(error.message)}")
        sys.exit(1 if isinstance(error, DataProblem) else 2)
    except MemoryError:
        say("alliance: the file does not fit into the memory at hand; split it by rows")
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


def _offer_dry_run() -> None:
    """Give every verb the option --dry-run: everything is done, nothing is written."""
    for verb in app.registered_commands:
        if verb.callback is not None and not hasattr(verb.callback, "__wrapped__"):
            verb.callback = _with_dry_run(verb.callback)


def _with_dry_run(verb: Callable[..., Any]) -> Callable[..., Any]:
    option = Annotated[bool, typer.Option("--dry-run", help="Do everything but write nothing.")]
    shown = inspect.signature(verb, eval_str=True)
    more = inspect.Parameter(
        "dry_run", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=option
    )

    @functools.wraps(verb)
    def run(*given: Any, dry_run: bool = False, **named: Any) -> Any:
        with _run_of_one_verb():
            if not dry_run:
                return verb(*given, **named)
            from alliance_measures.exchange.placing import DRY_RUN

            token = DRY_RUN.set(True)
            try:
                return verb(*given, **named)
            finally:
                DRY_RUN.reset(token)

    signature = shown.replace(parameters=[*shown.parameters.values(), more])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {n: p.annotation for n, p in signature.parameters.items()}
    return run


@contextlib.contextmanager
def _run_of_one_verb() -> Iterator[None]:
    """Let no file that the verb reads be overwritten by it, and say what was swept."""
    with one_run():
        try:
            yield
        finally:
            for note in run_notes() or ():
                say(note)


class _Closed(io.TextIOBase):
    """Standard output that the caller has closed: what would go there is refused, not lost."""

    @property
    def buffer(self) -> _Closed:
        return self

    def write(self, text: Any) -> int:
        raise ExportError("standard output is closed; name a file by --output")


def _mend_closed_streams() -> None:
    """Stand something in for streams that whoever called us has closed.

    Their numbers are taken first: the next file opened would else be standard output.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(number)
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _drop_output() -> None:
    """Let nothing more be written, so that the end of the program cannot fail on it."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _end_on_hangup() -> None:
    """End in order when the window is closed or the process is told to: no half file stays."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, name), lambda number, frame: sys.exit(128 + number))
