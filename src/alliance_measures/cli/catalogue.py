"""Verbs on definitions: instruments, show, schema."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, make_console, say

if TYPE_CHECKING:
    from alliance_measures.definitions.key_needed import KeyNeeded

HEADINGS = {"key_status": "key"}
NARROW = ("id", "items", "key_status")  # columns that are never cut


@app.command()
def instruments(
    plain: Annotated[bool, typer.Option("--plain", help="Tab-separated, for programs.")] = False,
    waiting: Annotated[
        bool, typer.Option("--key-needed", help="List those whose key is not available.")
    ] = False,
    construct: Annotated[str | None, typer.Option(help="Only those that speak to it.")] = None,
    rater: Annotated[str | None, typer.Option(help="Only this rater.")] = None,
    target: Annotated[str | None, typer.Option(help="relationship or person.")] = None,
    key_status: Annotated[str | None, typer.Option(help="verified, single-source ...")] = None,
) -> None:
    """List the instruments that can be scored, or those that wait for a key."""
    from alliance_measures.definitions.catalogue import key_needed
    from alliance_measures.definitions.overview import matching

    if waiting:
        listed = [_waiting(entry) for entry in key_needed()]
        _table(listed, ["id", "items", "missing", "title"], plain=plain)
        say(f"{len(listed)} wait for a key; alliance show ID says whom to ask and how to add it")
        return
    try:
        rows = matching(construct=construct, rater=rater, target=target, key_status=key_status)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _table(rows, ["id", "rater", "items", "key_status", "title"], plain=plain)
    if not plain:
        more = f"{len(key_needed())} more wait for a key (--key-needed)"
        say(f"{len(rows)} instruments; alliance show ID tells everything about one; {more}")


def _waiting(entry: KeyNeeded) -> dict[str, object]:
    return {
        "id": entry.id,
        "title": entry.title,
        "rater": ", ".join(entry.raters),
        "target": entry.target,
        "items": entry.n_items or "?",
        "scales": ", ".join(entry.scales),
        "missing": entry.missing,
        "ask": entry.ask,
    }


def _table(rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, plain: bool) -> None:
    """Print all columns separated by tabs, or the chosen ones for the eye."""
    if plain:
        for line in [list(rows[0]), *(row.values() for row in rows)] if rows else []:
            typer.echo("\t".join(str(cell) for cell in line))
        return
    for line in _lines(rows, columns, width=shutil.get_terminal_size().columns):
        typer.echo(line)


def _lines(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, width: int
) -> list[str]:
    """One line for each row: all columns whole but the last ones, which share what is left."""
    whole = [name for name in columns if name in NARROW]
    texts = {
        name: [HEADINGS.get(name, name), *(str(row[name]) for row in rows)] for name in columns
    }
    widths = {name: max(map(len, texts[name])) for name in whole}
    left = max(20, width - sum(widths.values()) - 2 * (len(columns) - 1))
    for name in columns:
        widths.setdefault(name, left // (len(columns) - len(whole)))
    return [
        "  ".join(_cut(texts[name][place], widths[name]) for name in columns).rstrip()
        for place in range(len(rows) + 1)
    ]


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "\u2026"


@app.command()
def show(
    instrument: Annotated[str, typer.Argument(help="Id, or path of a definition file.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Only the BibTeX entry.")] = False,
) -> None:
    """Show an instrument: key, range, rules, evidence, licence, citation."""
    from rich.markup import escape

    from alliance_measures.definitions.catalogue import load
    from alliance_measures.definitions.citation import bibtex as bibtex_entry
    from alliance_measures.definitions.describe import describe

    found = load(instrument)
    if bibtex:
        typer.echo(bibtex_entry(found))
        return
    console = make_console()
    console.print(f"[bold]{escape(found.title)}[/bold] ({found.id})", soft_wrap=True)
    for section in describe(found):
        console.print(f"\n[bold]{section.title}[/bold]")
        for line in section.lines:
            entry = line.startswith("@")
            console.print(escape(line if entry else f"- {line}"), soft_wrap=entry)


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print.")
    ] = None,
) -> None:
    """Print the JSON Schema of definition files, for editors that complete YAML."""
    import json

    from alliance_measures.definitions.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    from alliance_measures.exchange.writing import atomic

    with atomic(output) as file:
        file.write(text.encode())
    say(f"written: {output}")
