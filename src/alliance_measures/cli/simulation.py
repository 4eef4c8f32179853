"""Verbs on made-up data: simulate and demo."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, make_console, say
from alliance_measures.cli.options import InstrumentId

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from alliance_measures.cli.score_file import Tally

DEMO_INSTRUMENT = "relationship-check-in-12"
SHOWN = 12  # clients in the demo's table


@app.command()
def simulate(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write (.csv or .tsv).")],
    instrument: InstrumentId = DEMO_INSTRUMENT,
    clients: Annotated[int, typer.Option(help="Number of clients.", min=1)] = 60,
    sessions: Annotated[int, typer.Option(help="Planned sessions of each.", min=1)] = 8,
    therapists: Annotated[int, typer.Option(help="Number of therapists.", min=1)] = 6,
    ruptures: Annotated[float, typer.Option(help="Share of clients with a rupture.")] = 0.4,
    missing: Annotated[float, typer.Option(help="Share of blank answers.")] = 0.02,
    missed_sessions: Annotated[float, typer.Option(help="Share of missed sessions.")] = 0.08,
    labels: Annotated[bool, typer.Option("--labels", help="Words instead of numbers.")] = False,
    planted: Annotated[
        Path | None, typer.Option("--planted", help="Also write the ruptures that were planted.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same clinic.")] = 0,
) -> None:
    """Write a simulated clinic export, with ruptures and repairs planted in it."""
    from alliance_measures.exchange.writing import write_table
    from alliance_measures.simulate import simulate as simulate_clinic

    if not all(0 <= share <= 1 for share in (ruptures, missing, missed_sessions)):
        raise typer.BadParameter("shares run from 0 to 1")
    clinic = simulate_clinic(
        instrument,
        clients=clients,
        sessions=sessions,
        therapists=therapists,
        ruptures=ruptures,
        missing=missing,
        missed_sessions=missed_sessions,
        labels=labels,
        seed=seed,
    )
    write_table(clinic.answers, output)
    say(
        f"written: {output} ({len(clinic.answers):,} sheets of {clients:,} clients answering "
        f"{instrument}, {len(clinic.ruptures):,} ruptures planted; simulated, no real person)"
    )
    say(f"next: {command()} score {output} -i {instrument} --keep client,session -o scores.csv")
    if planted is not None:
        write_table(clinic.ruptures, planted)
        say(f"written: {planted}")


@app.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Also write the export and its scores into this folder."),
    ] = None,
) -> None:
    """Score a bundled simulated clinic export and show what comes out."""
    from importlib.resources import as_file, files

    from alliance_measures.cli.score_file import Tally, open_answers, score_pieces
    from alliance_measures.definitions.catalogue import load

    instrument = load(DEMO_INSTRUMENT)
    keep = ["therapist", "client", "session"]
    tally = Tally()
    with as_file(files("alliance_measures") / "demo" / "clinic_export.csv") as path:
        reading = open_answers(path, instrument, columns="q{item}", keep=keep)
        import pandas as pd

        scores = pd.concat(score_pieces(reading, tally))
        if folder is not None:
            _save(folder, path, scores)
    console = make_console()
    _title(console, tally, scores)
    _table(console, scores, list(instrument.scales))
    _problems(console, tally)
    _next(console, folder)


def _save(folder: Path, export: Path, scores: pd.DataFrame) -> None:
    from alliance_measures.errors import ExportError
    from alliance_measures.exchange.writing import atomic, write_table

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder}: cannot be made: {error.strerror}") from None
    there = [name for name in ("clinic_export.csv", "scores.csv") if (folder / name).exists()]
    if there:
        raise ExportError(
            f"{folder} holds {' and '.join(there)} already, and a demo overwrites nothing; name a "
            "new folder by --folder"
        )
    with atomic(folder / "clinic_export.csv") as file:
        file.write(export.read_bytes())
    write_table(scores, folder / "scores.csv")


def _title(console: Console, tally: Tally, scores: pd.DataFrame) -> None:
    clients = scores["client"].nunique()
    console.print(
        f"[bold]A simulated clinic[/bold]: {tally.rows} sheets of {clients} clients, the 12-item "
        "Relationship Check-in after every session.\nEach score is the mean of its items, from 1 "
        "(poor) to 5 (good). No real person; the form is unvalidated.\n"
    )


def _table(console: Console, scores: pd.DataFrame, scales: list[str]) -> None:
    """First and latest total, and the latest subscales, of the first clients."""
    from rich.table import Table

    title = f"Total of the first session, and all scores of the latest, of {SHOWN} clients"
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("client", "sessions", "first", *scales):
        table.add_column(heading, justify="left" if heading == "client" else "right", no_wrap=True)
    for client, rows in list(scores.groupby("client", observed=True))[:SHOWN]:
        ordered = rows.sort_values("session", key=lambda cells: cells.astype(int))
        last = ordered.iloc[-1]
        first = ordered["total"].iloc[0]
        numbers = [_shown(first), *(_shown(last[name]) for name in scales)]
        table.add_row(str(client), str(len(ordered)), *numbers)
    console.print(table)


def _shown(value: float) -> str:
    return "no score" if value != value else f"{value:.2f}"


def _problems(console: Console, tally: Tally) -> None:
    from rich.markup import escape

    from alliance_measures.errors import row_list

    console.print("\n[bold]What the export holds besides[/bold] (the header is row 1)")
    for entry in tally.invalid:
        console.print(f"  • {escape(entry.sentence())}")
    for name, count in tally.unscored.items():
        rows = row_list(tally.first_unscored[name])
        more = f" and {count - len(tally.first_unscored[name])} more" if count > 5 else ""
        console.print(f"  • {name}: no score for {count}, too few answers: {rows}{more}")
    console.print(
        "  The answers that are not allowed were taken as missing here; "
        "`alliance score` stops at them unless told so."
    )


def _next(console: Console, folder: Path | None) -> None:
    place = folder or "demo"
    steps = [
        f"check {place}/clinic_export.csv -i {DEMO_INSTRUMENT}",
        f"score {place}/clinic_export.csv -i {DEMO_INSTRUMENT} --keep client,session "
        "--invalid missing -o scores.csv",
        "trends scores.csv --client client --session session --value total",
        "instruments",
        "show wai-sr-client",
    ]
    if folder is None:
        steps.insert(0, f"demo --folder {place}     (writes this export and its scores)")
    console.print("\n[bold]Try next[/bold]")
    for step in steps:
        console.print(f"  {command()} {step}", soft_wrap=True)


def command() -> str:
    """How to call this program from here: by name where the shell finds it, else by its path."""
    if shutil.which("alliance"):
        return "alliance"
    here = Path(sys.argv[0])
    with contextlib.suppress(ValueError):
        here = here.resolve().relative_to(Path.cwd())
    return str(here)
