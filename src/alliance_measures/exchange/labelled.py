"""SPSS and Stata files: value labels and the reasons of missing values are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Field, Reason, Request
from alliance_measures.exchange.extras import need
from alliance_measures.exchange.grid import unique_names
from alliance_measures.exchange.limits import require_memory
from alliance_measures.exchange.trial import try_in_a_process
from alliance_measures.value_labels import code_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_spss", "read_stata"]

TRIAL = """
import pyreadstat
def read():
    getattr(pyreadstat, sys.argv[4])(
        sys.argv[3], user_missing=True, encoding=sys.argv[5] or None, output_format="dict"
    )
"""


def read_spss(request: Request) -> Draft:
    """Read a .sav or .zsav file.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Draft
        Columns of numbers, text or dates. User-missing codes become missing; their rows and
        labels stand in the reasons.
    """
    frame, meta = _read("read_sav", request)
    draft = _draft("spss", frame, meta)
    for column, ranges in meta.missing_ranges.items():
        if column in frame.columns:
            _take_out(draft, str(column), ranges)
    return draft


def read_stata(request: Request) -> Draft:
    """Read a .dta file: extended missing values .a to .z become missing with their reasons."""
    frame, meta = _read("read_dta", request)
    draft = _draft("stata", frame, meta)
    for column, letters in meta.missing_user_values.items():
        if letters and column in frame.columns:
            _take_out_letters(draft, str(column), letters)
    return draft


def _read(function: str, request: Request) -> tuple[pd.DataFrame, Any]:
    library = need("pyreadstat")
    require_memory(request.path)
    failed = not try_in_a_process(request.path, TRIAL, [function, request.encoding or ""])
    try:
        if failed:
            raise ValueError
        frame, meta = getattr(library, function)(
            str(request.path), user_missing=True, encoding=request.encoding
        )
    except Exception:  # the library has its own errors, and its texts may hold cells
        failed = True
    if failed:
        raise ExportError(
            f"{request.name} cannot be read as the {function.removeprefix('read_')} file it begins "
            "as: it is damaged, cut short, or needs encoding="
        )
    names, _ = unique_names([name if isinstance(name, str) else "" for name in frame.columns])
    frame.columns = names
    frame.index = frame.index + 2
    frame.index.name = "row"
    return frame, meta


def _draft(kind: str, frame: pd.DataFrame, meta: Any) -> Draft:
    import pandas as pd

    for name in frame.columns:
        if frame[name].dtype.kind == "O" or isinstance(frame[name].dtype, pd.StringDtype):
            texts = frame[name].astype(object)
            blank = texts.isna() | texts.map(lambda cell: isinstance(cell, str) and not cell)
            frame[name] = texts.where(~blank, None)
    labels, values = meta.column_names_to_labels, meta.variable_value_labels
    fields = [
        Field(
            str(name),
            labels.get(name) or str(name),
            meta.original_variable_types.get(name, ""),
            _codes(values.get(name, {})),
        )
        for name in frame.columns
    ]
    draft = Draft(kind, frame, fields)
    draft.note("text", f"encoding {meta.file_encoding or 'as stated by the file'}")
    labelled = sum(bool(field.values) for field in fields)
    draft.note("labels", "columns with value labels, in the codebook", n=labelled)
    return draft


def _codes(labels: Mapping[Any, str]) -> dict[str, str]:
    """Value labels with codes as shortest text: 1.0 is 1."""
    return {code_text(code): str(label) for code, label in labels.items()}


def _take_out(draft: Draft, column: str, ranges: Sequence[Mapping[str, Any]]) -> None:
    """Make user-missing codes missing and remember why."""
    cells = draft.data[column]
    labels = next(field.values for field in draft.fields if field.column == column)
    hit = np.zeros(len(cells), dtype=bool)
    for span in ranges:
        inside = cells.map(lambda cell, span=span: _inside(cell, span)).to_numpy(dtype=bool)
        hit |= inside
    for code, rows in cells[hit].groupby(cells[hit]):
        text = code_text(code)
        reason = f"{text} {labels[text]}" if text in labels else text
        draft.reasons.append(Reason(column, rows.index.tolist(), reason))
    spans = ", ".join(_span(span) for span in ranges)
    draft.note("missing", f"user-missing: {spans}", column=column, n=int(hit.sum()))
    draft.data[column] = cells.where(~hit, None if cells.dtype == object else np.nan)


def _inside(cell: Any, span: Mapping[str, Any]) -> bool:
    try:
        return bool(span["lo"] <= cell <= span["hi"])
    except TypeError:
        return False


def _span(span: Mapping[str, Any]) -> str:
    low, high = code_text(span["lo"]), code_text(span["hi"])
    return low if low == high else f"{low} to {high}"


def _take_out_letters(draft: Draft, column: str, letters: Sequence[str]) -> None:
    import pandas as pd

    cells = draft.data[column].astype(object)
    labels = next(field.values for field in draft.fields if field.column == column)
    hit = cells.isin(list(letters)).to_numpy(dtype=bool)
    for letter, rows in cells[hit].groupby(cells[hit]):
        reason = f".{letter} {labels.get(str(letter), '')}".strip()
        draft.reasons.append(Reason(column, rows.index.tolist(), reason))
    shown = ", ".join(f".{letter}" for letter in letters)
    draft.note("missing", f"extended missing: {shown}", column=column, n=int(hit.sum()))
    draft.data[column] = pd.to_numeric(cells.where(~hit, None))
