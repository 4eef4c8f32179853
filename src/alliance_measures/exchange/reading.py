"""Read a survey export as it comes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.exchange import bids, detect, fhir_responses, labelled, parquet
from alliance_measures.exchange.carried import carry_labels
from alliance_measures.exchange.excel import excel_grid
from alliance_measures.exchange.export import Draft, Export, Note, Reason, Request, finished_tables
from alliance_measures.exchange.grid import Grid, absent, text_grid
from alliance_measures.exchange.identifiers import drop_identifiers
from alliance_measures.exchange.limits import checked_zip, require_memory
from alliance_measures.exchange.statuses import choose_rows
from alliance_measures.files import one_run, opened
from alliance_measures.messages import Setting, said
from alliance_measures.row_status import Statuses, chosen_statuses
from alliance_measures.value_labels import code_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_export"]

SEVERAL_ROWS = ("qualtrics", "surveymonkey", "csv", "csv-wide", "csv-long")
WHOLE_FILES = {
    "spss": labelled.read_spss,
    "stata": labelled.read_stata,
    "parquet": parquet.read,
}
NUMBER_WITH_COMMA = re.compile(r"\s*[-+]?\d*,?\d+\s*")


@explained
def read_export(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the public name of the contract
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    dictionary: Any = None,
    missing_codes: Sequence[str | float] = (),
    keep_identifiers: bool = False,
    sheet: int | str | None = None,
    header_row: int | None = None,
    header_rows: int | None = None,
    status: Statuses = None,
) -> Export:
    r"""Read a survey export: a platform's file, a statistics file, a workbook or a plain table.

    Parameters
    ----------
    path : str or Path
    format : str, optional
        None: told by the first bytes and the header, and reported in the notes. Else one of
        :data:`alliance_measures.exchange.FORMATS`.
    encoding : str, optional
        None: a byte order mark decides, else strict UTF-8.
    delimiter : str, optional
        None: read off the header.
    decimal : {".", ","}, optional
        A comma makes numbers of the columns whose every cell is a number with a decimal comma or
        none. None: as REDCap's dictionary says, else untouched.
    dictionary : str, Path or DataFrame, optional
        REDCap data dictionary, BIDS sidecar, FHIR Questionnaire, LimeSurvey survey structure
        (.txt) or Qualtrics survey file (.qsf): labels, choices, scores.
    missing_codes : sequence of str or number
        Cells that mean missing, such as ``"-99"``; why each is missing stays in `missing`.
    keep_identifiers : bool
        Keep columns that identify a person. They are left out by default and listed in the notes.
    sheet : int or str, optional
        Sheet of a workbook, by number from 1 or by name, where several hold cells.
    header_row : int, optional
        Number of the row that holds the names, where titles stand above it. None: the first row
        with cells; where that one looks like a title an error names the row to pass.
    header_rows : int, optional
        How many rows from there on belong to the header: the second gives question texts, the
        third is the platform's own. None: as the platform's signature in these rows says; where
        it leaves a doubt, an error.
    status : str or sequence of str, optional
        Rows to keep by what became of the response, see
        :data:`alliance_measures.row_status.STATUSES`; ``"all"`` or None keeps every row, marked in
        the column row_status where the platform says it (scoring takes complete and partial).

    Returns
    -------
    Export
        data, codebook, format, notes and missing.

    Raises
    ------
    ExportError
        One sentence that says what is wrong, and which argument to add where one helps. Rows and
        columns are named, cells never are.

    Notes
    -----
    Cells of text files and workbooks stay text: 007 is not 7, and NA, N/A and None are answers
    unless named in `missing_codes`. An empty cell is None.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("client,session,q1,q2\n007,1,NA,4\n")
    >>> export = read_export(file)
    >>> export
    Export(csv: 1 rows, 4 columns, 3 notes)
    >>> export.data.to_dict("list")
    {'client': ['007'], 'session': ['1'], 'q1': ['NA'], 'q2': ['4']}
    """
    if decimal not in (None, ".", ","):
        raise ExportError("decimal= is a point or a comma")
    if status is not None:
        chosen_statuses(status)
    codes = [missing_codes] if isinstance(missing_codes, (str, int, float)) else missing_codes
    request = Request(
        Path(path),
        format=None if format is None else detect.known_format(format),
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        dictionary=dictionary,
        missing_codes=tuple(code_text(code).strip() for code in codes),
        keep_identifiers=keep_identifiers,
        sheet=sheet,
        header_row=_counted(header_row, "header_row"),
        header_rows=_counted(header_rows, "header_rows"),
    )
    try:
        with one_run(), opened(request.path) as file:
            draft = _draft(request)
            file.require_unchanged()
        _finish(draft, request)
        choose_rows(draft, status)
        return finished_tables(draft)
    except MemoryError:
        pass
    raise ExportError(f"{request.name} does not fit into the memory at hand; split it by rows")


def _counted(rows: int | None, name: str) -> int | None:
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1):
        raise ExportError(said(Setting(name), " is a whole number from 1"))
    return rows


def _draft(request: Request) -> Draft:
    kind = detect.container(request.path)
    named = request.format
    if kind in WHOLE_FILES:
        if named not in (None, kind):
            raise ExportError(f"{request.name} is a {kind} file; leave format= out")
        return _told(WHOLE_FILES[kind](request), request, f"the first bytes of a {kind} file")
    if kind == "json" or named == "fhir":
        return _from_json(request)
    if kind == "zip":
        return _from_zip(request)
    if named in ("spss", "stata", "parquet") or (named == "excel" and kind != "excel"):
        raise ExportError(f"{request.name} is no {named} file; leave format= out")
    if kind == "excel":
        return _from_grid(excel_grid(request), request)
    require_memory(request.path)
    return _from_grid(text_grid(request), request)


def _from_grid(grid: Grid, request: Request) -> Draft:
    asked = replace(request, format=None) if request.format == "excel" else request
    name, sign = detect.platform(grid, asked)
    if (request.header_rows or 1) > 1 and name not in SEVERAL_ROWS:
        raise ExportError(
            said(f"{request.name}: {name} writes one header row; leave ", Setting("header_rows"))
            + " out, or pass the format"
        )
    draft = detect.SHEETS[name].read(grid, asked)
    return _told(draft, request, sign)


def _told(draft: Draft, request: Request, sign: str) -> Draft:
    """Put first by what sign the format was told."""
    if not len(draft.data):
        raise ExportError(f"{request.name} holds a header and no answers")
    draft.notes.insert(0, Note("detected", f"{draft.format}: {sign}"))
    return draft


def _from_json(request: Request) -> Draft:
    if request.format not in (None, "bids", "fhir"):
        raise ExportError(f"{request.name} is JSON; leave format= out")
    require_memory(request.path)
    content = fhir_responses.read_json(request.path)
    if bids.is_sidecar(content):
        return _beside(request)
    if not fhir_responses.is_fhir(content):
        raise ExportError(f"{request.name} is JSON, but neither FHIR nor a BIDS sidecar")
    return _told(fhir_responses.read(request, content), request, "the JSON holds resourceType")


def _beside(request: Request) -> Draft:
    """Read the table beside a BIDS sidecar."""
    table = request.path.with_suffix(".tsv")
    if not table.is_file():
        raise ExportError(
            f"{request.name} is a BIDS sidecar without its table; pass the .tsv it describes"
        )
    draft = _draft(replace(request, path=table, dictionary=request.path, format="bids"))
    draft.note("sidecar", f"{request.name} describes {table.name}, which was read")
    return draft


def _from_zip(request: Request) -> Draft:
    """Read the one table of an archive, such as Castor makes."""
    with checked_zip(request.path) as archive:
        names = archive.namelist()
        if any(name.startswith("xl/") for name in names):
            return _from_grid(excel_grid(request), request)
        tables = [name for name in names if name.lower().endswith((".csv", ".tsv", ".txt"))]
        if len(tables) != 1:
            raise ExportError(
                f"{request.name} holds {len(tables)} tables; unpack it and pass one of its files"
            )
        try:
            content = archive.read(tables[0])
        except Exception:  # the archive is damaged, or needs a password
            raise ExportError(f"{request.name} is damaged or protected; unpack it first") from None
        with _unnamed(content, Path(tables[0]).suffix.lower()) as path:
            return _draft(replace(request, path=path))


@contextmanager
def _unnamed(content: bytes, suffix: str) -> Iterator[Path]:
    """Give a path to content that a killed process leaves nowhere, where the system has a way."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{suffix}"
        own = Path(f"/proc/self/fd/{file.fileno()}")
        file.write(content)
        file.flush()
        if own.exists():
            path.symlink_to(own)
        else:
            path.write_bytes(content)
        yield path


def _finish(draft: Draft, request: Request) -> None:
    """Take identifiers out, then missing codes, then make points of decimal commas."""
    drop_identifiers(draft, keep=request.keep_identifiers)
    if request.missing_codes:
        _take_out_codes(draft, set(request.missing_codes))
    if request.decimal == ",":
        _points(draft)
    carry_labels(draft)


def _take_out_codes(draft: Draft, codes: set[str]) -> None:
    """Make missing what the caller says is missing, and remember why."""
    hits = 0
    changed: dict[Any, Any] = {}
    first = draft.data.columns[:1]
    for name in draft.data.columns.difference(first, sort=False):
        cells = draft.data[name]
        texts = cells.map(_as_text)
        hit = texts.isin(codes)
        if hit.any():
            hits += int(hit.sum())
            for code, rows in texts[hit].groupby(texts[hit]):
                draft.reasons.append(Reason(str(name), rows.index.tolist(), str(code)))
            changed[name] = cells.where(~hit, None)
    draft.data = draft.data.assign(**changed) if changed else draft.data
    draft.note("missing-code", f"cells that are one of {len(codes)} codes are missing", n=hits)


def _as_text(cell: object) -> str | None:
    if isinstance(cell, str):
        return cell.strip()
    return None if absent(cell) else code_text(cell)


def _points(draft: Draft) -> None:
    changed: dict[Any, pd.Series[Any]] = {}
    for name in draft.data.columns:
        cells = draft.data[name]
        texts = cells.dropna()
        if not len(texts) or not all(isinstance(cell, str) for cell in texts):
            continue
        if texts.str.contains(",").any() and all(map(NUMBER_WITH_COMMA.fullmatch, texts)):
            changed[name] = cells.str.replace(",", ".", regex=False).where(cells.notna(), None)
            draft.note("decimal", "decimal comma to point", column=str(name))
    draft.data = draft.data.assign(**changed) if changed else draft.data
