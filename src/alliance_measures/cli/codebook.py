"""The verb ``codebook``: an instrument for people and for other systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_measures.cli.app import DataProblem, app, say
from alliance_measures.cli.options import ColumnsPattern, keep_input

if TYPE_CHECKING:
    from alliance_measures.definitions.instrument import Instrument

KINDS = (
    "markdown",
    "html",
    "csv",
    "json",
    "redcap",
    "limesurvey",
    "qualtrics",
    "fhir",
    "bids",
)


@app.command()
def codebook(
    instrument: Annotated[str, typer.Argument(help="Id, or path of a definition file.")],
    kind: Annotated[str, typer.Option("--as", help=f"One of {', '.join(KINDS)}.")] = "markdown",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: print.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="File of answers: adds the reliability of every scale."),
    ] = None,
    columns: ColumnsPattern = None,
    wording: Annotated[
        Path | None,
        typer.Option("--wording", help="Item texts that you are licensed to use (YAML)."),
    ] = None,
) -> None:
    """Write the codebook of an instrument, or its form for another system."""
    from alliance_measures.definitions.catalogue import load
    from alliance_measures.definitions.overlay import with_texts
    from alliance_measures.exchange.writing import atomic

    if kind not in KINDS:
        raise typer.BadParameter(f"--as is one of {', '.join(KINDS)}")
    form = load(instrument) if wording is None else with_texts(instrument, wording)
    if data is not None:
        keep_input(data, output)
    text = _text(form, kind, None if data is None else _reliability(form, data, columns))
    if output is None:
        typer.echo(text, nl=False)
        return
    with atomic(output) as file:
        file.write(text.encode())
    say(f"written: {output}")


def _reliability(form: Instrument, data: Path, columns: str | None) -> Any:
    """Reliability of every scale in a file of answers."""
    import pandas as pd

    from alliance_measures.cli.score_file import open_answers
    from alliance_measures.cli.score_table import header_words
    from alliance_measures.errors import ResponseError, StatisticError
    from alliance_measures.messages import ShellWords, lines
    from alliance_measures.psychometrics.of_instrument import reliability_of

    reading = open_answers(data, form, columns=columns)
    parts = [reading.clean(piece).astype(object) for piece in reading.pieces()]
    if not parts:
        raise StatisticError("the file holds no rows of answers")
    answers = pd.concat(parts)
    say(f"{data.name}: reliability from {len(answers):,} rows")
    try:
        return reliability_of(answers, form, columns=dict(reading.columns))
    except ResponseError as error:
        remedy = "mend the file; `alliance check` lists every such answer"
        text = ShellWords(answers.index.tolist()).say(lines([*error.problems, remedy]))
        raise DataProblem(f"{text} {header_words(1)}", error) from None


def _text(form: Instrument, kind: str, reliability: Any) -> str:
    from alliance_measures import exchange

    if kind in exchange.CODEBOOK_KINDS:
        return exchange.codebook_text(form, kind, reliability=reliability)
    if kind == "redcap":
        return _csv(exchange.redcap_dictionary(form))
    if kind == "limesurvey":
        return exchange.limesurvey_survey(form)
    if kind == "qualtrics":
        return exchange.qualtrics_survey(form)
    maker = exchange.to_fhir_questionnaire if kind == "fhir" else exchange.bids_sidecar
    return json.dumps(maker(form), indent=2, ensure_ascii=False) + "\n"


def _csv(table: Any) -> str:
    import io

    from alliance_measures.exchange.writing import StreamWriter

    file = io.BytesIO()
    StreamWriter(file, escape_formulas=False).write(table)
    return file.getvalue().decode()
