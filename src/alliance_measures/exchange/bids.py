"""BIDS phenotype tables: a .tsv and the .json beside it that says what its columns are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, names_of
from alliance_measures.files import read_bytes

__all__ = ["is_sidecar", "read", "recognise"]


def recognise(grid: Grid) -> str:
    """Say by which sign this is a BIDS table; "" if it is none."""
    found = grid.delimiter == "\t" and bool(grid.header) and grid.header[0] == "participant_id"
    return "tab-separated, and the header begins with participant_id" if found else ""


def is_sidecar(content: Any) -> bool:
    """Whether JSON describes columns as a BIDS sidecar does."""
    return (
        isinstance(content, dict)
        and "resourceType" not in content
        and any(
            isinstance(entry, dict) and {"Description", "Levels", "LongName", "Units"} & set(entry)
            for entry in content.values()
        )
    )


def read(grid: Grid, request: Request) -> Draft:
    """Read a BIDS phenotype table.

    Parameters
    ----------
    grid : Grid
    request : Request
        `dictionary` is the sidecar; default: the .json of the same name.

    Returns
    -------
    Draft
        ``n/a`` is missing; labels and levels come from the sidecar.
    """
    draft = draft_of("bids", grid, names_of(grid, request))
    absent = draft.data.isin(["n/a"])
    if absent.to_numpy().any():
        draft.data = draft.data.mask(absent, None).astype(object)
        draft.data = draft.data.where(draft.data.notna(), None)
        draft.note("missing", "cells n/a are missing", n=int(absent.to_numpy().sum()))
    sidecar = _sidecar(request)
    if sidecar is None:
        draft.note("dictionary", "no sidecar: dictionary= names the .json with labels and levels")
        return draft
    draft.fields = [_described(one, sidecar.get(one.column)) for one in draft.fields]
    for name, entry in sidecar.items():
        if (
            isinstance(entry, Mapping)
            and name not in draft.data
            and name != "MeasurementToolMetadata"
        ):
            draft.note("sidecar", "described in the sidecar, not in the table", column=str(name))
    return draft


def _sidecar(request: Request) -> Mapping[str, Any] | None:
    given = request.dictionary
    if isinstance(given, Mapping):
        return given
    path = Path(given) if given is not None else request.path.with_suffix(".json")
    if given is None and not path.is_file():
        return None
    try:
        content = json.loads(read_bytes(path).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ExportError(f"{path.name} cannot be read as a BIDS sidecar (JSON)") from None
    if not isinstance(content, dict):
        raise ExportError(f"{path.name} is no BIDS sidecar: it must hold one entry per column")
    return content


def _described(field: Any, entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return field
    levels = entry.get("Levels")
    values = (
        {str(code): _level(label) for code, label in levels.items()}
        if isinstance(levels, Mapping)
        else {}
    )
    label = str(entry.get("Description") or entry.get("LongName") or field.column)
    return field._replace(label=label, values=values, source=str(entry.get("TermURL", "")))


def _level(label: Any) -> str:
    return str(label.get("Description", "")) if isinstance(label, Mapping) else str(label)
