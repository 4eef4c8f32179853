"""The REDCap data dictionary: what every field is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.grid import Grid, draft_of, names_of, plain, text_grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HEADINGS",
    "RedcapField",
    "read_dictionary",
    "read_dictionary_file",
    "recognise_dictionary",
]

HEADINGS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
# the headings of the same table as REDCap's API gives it
API = ("field_name", "form_name", "section_header", "field_type", "field_label")
API_MORE = {
    "select_choices_or_calculations": HEADINGS[5],
    "text_validation_type_or_show_slider_number": HEADINGS[7],
    "identifier": HEADINGS[10],
    "matrix_group_name": HEADINGS[15],
    **dict(zip(API, HEADINGS[:5], strict=True)),
}
CHOSEN = ("radio", "dropdown", "checkbox")


class RedcapField(NamedTuple):
    """One field of the dictionary."""

    name: str
    form: str
    kind: str
    label: str
    values: Mapping[str, str]
    validation: str
    identifier: bool
    matrix: str


def recognise_dictionary(grid: Grid) -> str:
    """Say by which sign this is a REDCap data dictionary; "" if it is none."""
    names = {name.strip() for name in grid.header}
    if set(HEADINGS[:2]) <= names or set(API[:2]) | {"field_type"} <= names:
        return "the header holds Variable / Field Name and Form Name"
    return ""


def read_dictionary_file(grid: Grid, request: Request) -> Draft:
    """Read a data dictionary as a table of its own."""
    draft = draft_of("redcap-dictionary", grid, names_of(grid, request))
    draft.note("layout", "a data dictionary: pass it as dictionary= beside its data file")
    return draft


def read_dictionary(source: Any) -> dict[str, RedcapField]:
    """Read a dictionary from a path, a frame or an export.

    Parameters
    ----------
    source : str, Path, DataFrame or Export

    Returns
    -------
    dict
        Field name -> field, in the order of the dictionary.

    Raises
    ------
    ExportError
        The table is no data dictionary.
    """
    import pandas as pd

    table = getattr(source, "data", source)
    if isinstance(source, (str, Path)):
        grid = text_grid(Request(Path(source)))
        table = grid.cells.set_axis(grid.header, axis=1)
    if not isinstance(table, pd.DataFrame):
        raise ExportError("dictionary= is the path of a REDCap data dictionary, or its table")
    table = table.rename(columns=lambda name: API_MORE.get(str(name).strip(), str(name).strip()))
    lacking = [name for name in (HEADINGS[0], HEADINGS[3], HEADINGS[4]) if name not in table]
    if lacking:
        raise ExportError(f"dictionary= lacks the column {lacking[0]!r}; export it from REDCap")
    return {one.name: one for one in map(_field, _records(table)) if one.name}


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    wanted = [name for name in HEADINGS if name in table.columns]
    cells = table[wanted].astype(object)
    return [
        {n: str(c).strip() if isinstance(c, str) else "" for n, c in zip(wanted, row, strict=True)}
        for row in cells.itertuples(index=False, name=None)
    ]


def _field(record: Mapping[str, str]) -> RedcapField:
    get = {name: record.get(name, "") for name in HEADINGS}
    kind = get[HEADINGS[3]].casefold()
    return RedcapField(
        name=get[HEADINGS[0]],
        form=get[HEADINGS[1]],
        kind=kind,
        label=plain(get[HEADINGS[4]]),
        values=choices(get[HEADINGS[5]], kind),
        validation=get[HEADINGS[7]],
        identifier=get[HEADINGS[10]].casefold().startswith(("y", "1", "t")),
        matrix=get[HEADINGS[15]],
    )


def choices(text: str, kind: str) -> dict[str, str]:
    """Codes and labels of a field.

    Examples
    --------
    >>> choices("1, Never | 2, Rarely, if at all|3, Often", "radio")
    {'1': 'Never', '2': 'Rarely, if at all', '3': 'Often'}
    """
    if kind == "yesno":
        return {"1": "Yes", "0": "No"}
    if kind == "truefalse":
        return {"1": "True", "0": "False"}
    if kind not in CHOSEN:
        return {}
    pairs = (part.partition(",") for part in re.split(r"\||\n", text) if part.strip())
    return {code.strip(): plain(label) or code.strip() for code, _, label in pairs}


def box_suffix(code: str) -> str:
    """Name what REDCap puts after the three underscores of a checkbox column.

    Examples
    --------
    >>> box_suffix("-99"), box_suffix("A")
    ('_99', 'a')
    """
    return re.sub(r"[^a-z0-9_]", "_", code.casefold())


def codebook_field(column: str, fields: Mapping[str, RedcapField]) -> Field:
    """Codebook row of a data column: a field, one box of a checkbox, or a form's state."""
    if column in fields:
        one = fields[column]
        return Field(
            column, one.label or column, one.kind, one.values, one.form, one.identifier, one.name
        )
    name, mark, suffix = column.rpartition("___")
    if name.endswith("_") and mark and name not in fields:  # ____99: a negative code
        name, suffix = name.rstrip("_"), "_" + suffix
    if mark and name in fields:
        one = fields[name]
        labels = {box_suffix(code): label for code, label in one.values.items()}
        label = f"{one.label}: {labels.get(suffix, suffix)}"
        boxes = {"0": "Unchecked", "1": "Checked"}
        return Field(column, label, "checkbox", boxes, one.form, one.identifier, one.name)
    if mark:
        return Field(column, column, "checkbox", {"0": "Unchecked", "1": "Checked"}, source=name)
    if column.endswith("_complete"):
        states = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
        form = column.removesuffix("_complete")
        return Field(column, f"State of the form {form}", "form-state", states, form)
    return Field(column, column)
