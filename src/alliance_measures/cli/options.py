"""Options that several verbs share, declared once."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from alliance_measures.errors import ExportError

File = Annotated[
    Path,
    typer.Argument(
        help="CSV or TSV, or an export: Qualtrics, REDCap, LimeSurvey ..., SPSS, Excel, FHIR.",
        show_default=False,
    ),
]
InstrumentId = Annotated[
    str,
    typer.Option(
        "--instrument", "-i", help="Id (see `alliance instruments`) or path of a definition file."
    ),
]
InstrumentOrMapping = Annotated[
    str | None,
    typer.Option(
        "--instrument",
        "-i",
        help="Id (see `alliance instruments`) or path of a definition; --mapping names it too.",
        show_default=False,
    ),
]
ColumnsPattern = Annotated[
    str | None,
    typer.Option(
        "--columns", help="Pattern of the item columns, e.g. 'wai_{item}'; default: found by name."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="File to write (.csv .tsv .xlsx .parquet .sav); default: standard output.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of the file; default: UTF-8.")
]
SessionOrder = Annotated[
    list[str] | None,
    typer.Option(
        "--session-order",
        help="Sessions that are words, earliest first, with commas: pre,post,follow-up.",
    ),
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Cell delimiter; default: read off the header.")
]
Decimal = Annotated[str, typer.Option("--decimal", help="Decimal mark in answers: . or ,")]
MissingCodes = Annotated[
    list[str] | None,
    typer.Option("--missing", help="A cell text that means missing, e.g. -99; may be repeated."),
]


Format = Annotated[
    str | None,
    typer.Option("--format", help="Whose export it is, e.g. qualtrics; default: told by the file."),
]
Dictionary = Annotated[
    Path | None,
    typer.Option(
        "--dictionary",
        help="REDCap data dictionary, BIDS sidecar, FHIR Questionnaire, LimeSurvey structure "
        "(.txt) or Qualtrics survey (.qsf) of the file.",
    ),
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Sheet of a workbook, by number from 1 or by name.")
]
KeepIdentifiers = Annotated[
    bool,
    typer.Option("--keep-identifiers", help="Keep columns that identify a person (names, e-mail)."),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", help="File that says which column is which item: `alliance map`."),
]


HeaderRow = Annotated[
    int | None,
    typer.Option("--header-row", help="Row that holds the names, where titles stand above it."),
]
HeaderRows = Annotated[
    int | None,
    typer.Option("--header-rows", help="How many rows belong to the header; default: told."),
]
Status = Annotated[
    str | None,
    typer.Option(
        "--status", help="Responses to take: complete,partial (default), test, ... or all."
    ),
]
Coding = Annotated[
    str | None,
    typer.Option(
        "--coding", help="Coding of the export, by its name in `alliance show`; never guessed."
    ),
]

Invalid = Annotated[
    str,
    typer.Option(
        "--invalid",
        help="raise: stop if an answer is not allowed; missing: take it as missing.",
    ),
]


def require_invalid(invalid: str) -> None:
    """Refuse any other word for --invalid."""
    if invalid not in ("raise", "missing"):
        raise typer.BadParameter("--invalid is raise or missing")


AnswersByOption = Annotated[
    str | None,
    typer.Option(
        "--answers-by",
        help="label or code: what counts where the file's value labels contradict its numbers.",
    ),
]


@dataclass(frozen=True)
class Source:
    """How to read a file that is more than plain CSV, as it was asked for."""

    format: str | None = None
    dictionary: Path | None = None
    sheet: str | None = None
    keep_identifiers: bool = False
    mapping: Path | None = None
    coding: str | None = None
    answers_by: str | None = None
    listing: bool = False  # the verb lists problems: nothing is refused for its answers
    header_row: int | None = None
    header_rows: int | None = None
    status: str | None = None


def split_names(given: list[str] | None) -> list[str]:
    """Names given once with commas or by repeating the option; quotes hold a comma in a name.

    Examples
    --------
    >>> split_names(["client,session", "site", '"Name, first",id'])
    ['client', 'session', 'site', 'Name, first', 'id']
    """
    rows = csv.reader(given or [], skipinitialspace=True)
    return [name.strip() for row in rows for name in row if name.strip()]


def keep_input(file: Path, output: Path | None) -> None:
    """Refuse to write the result over the file it comes from."""
    if output is not None and output.exists() and file.exists() and output.samefile(file):
        raise ExportError("--output is the file that is read; give another name")
