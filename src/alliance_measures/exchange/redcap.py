"""REDCap: raw and labelled exports; events and repeats as rows of client by session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.exchange.export import Draft, Field, Reason, Request
from alliance_measures.exchange.grid import Grid, draft_of, names_of, unique_names
from alliance_measures.exchange.redcap_events import sessions_of
from alliance_measures.exchange.redcap_fields import (
    RedcapField,
    box_suffix,
    codebook_field,
    read_dictionary,
)
from alliance_measures.exchange.redcap_states import mark_by_forms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read", "recognise"]

EVENT, FORM, INSTANCE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
)
LABELLED = {
    "Event Name": EVENT,
    "Repeat Instrument": FORM,
    "Repeat Instance": INSTANCE,
    "Data Access Group": "redcap_data_access_group",
    "Survey Identifier": "redcap_survey_identifier",
}
CHOICE = re.compile(r"(.+) \(choice=(.*)\)", re.DOTALL)
STATES = {"0", "1", "2", "", "Incomplete", "Unverified", "Complete"}
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")
COMMA = re.compile(r"\s*[-+]?\d*,?\d+\s*")


def recognise(grid: Grid) -> str:
    """Say by which sign this is a REDCap export; "" if it is none."""
    names = [name.strip() for name in grid.header]
    for mark in (EVENT, FORM, INSTANCE):
        if mark in names:
            return f"the header holds {mark}"
    if any(re.fullmatch(r"[a-z]\w*?____?\w+", name) for name in names):
        return "the header holds checkbox columns (name___code)"
    for place, name in enumerate(names):
        if re.fullmatch(r"[a-z][a-z0-9_]*_complete", name) and _states(grid, place):
            return "the header holds a form's state (name_complete)"
    return _recognise_labels(grid, names)


def _states(grid: Grid, place: int) -> bool:
    return {grid.top(row)[place].strip() for row in range(4)} <= STATES


def _recognise_labels(grid: Grid, names: list[str]) -> str:
    if any(CHOICE.fullmatch(name) for name in names):
        return "the header holds checkbox labels (choice=...)"
    if {"Event Name", "Repeat Instrument", "Repeat Instance"} & set(names) and "Complete?" in names:
        return "the header holds Complete? and event or repeat columns"
    if "Complete?" in names and _states(grid, names.index("Complete?")):
        return "the header holds Complete?"
    return ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a REDCap export.

    Parameters
    ----------
    grid : Grid
    request : Request
        `dictionary` gives labels, choices, forms and identifiers.

    Returns
    -------
    Draft
        One row per record, event and repeat, as in the file. Where the project has events or
        repeats a column `session` holds the number in the event's name, else the event's place in
        the project, the same for every client; instances of a repeat count on over the events. It
        is empty on rows that hold what is known of the client as a whole, and left out, with a
        note, where the events have no certain order.
    """
    fields = {} if request.dictionary is None else read_dictionary(request.dictionary)
    labels = _is_labelled(grid)
    names, repeated = _names(grid, request, fields, labelled=labels)
    draft = draft_of("redcap", grid, names)
    heads = dict(zip(names, grid.header, strict=True))
    draft.fields = [_described(one.column, heads, fields) for one in draft.fields]
    draft.note("layout", "labels export; raw data are safer" if labels else "raw export")
    if repeated:
        draft.note("repeated-name", "headings that recur were numbered", n=repeated)
    if not fields:
        draft.note("dictionary", "none given; dictionary= adds labels, forms and identifiers")
    _decimal_commas(draft, fields)
    _missing_boxes(draft, request)
    _never_shown(draft)
    mark_by_forms(draft)
    _sessions(draft)
    return draft


def _is_labelled(grid: Grid) -> bool:
    return bool(_recognise_labels(grid, [name.strip() for name in grid.header]))


def _names(
    grid: Grid, request: Request, fields: Mapping[str, RedcapField], *, labelled: bool
) -> tuple[list[str], int]:
    """Raw names as they stand; labels by the dictionary where just one field has the label."""
    if not labelled:
        return names_of(grid, request), 0
    by_label: dict[str, list[str]] = {}
    for one in fields.values():
        by_label.setdefault(one.label, []).append(one.name)
    given = []
    for heading in (name.strip() for name in grid.header):
        owners = by_label.get(heading, [])
        given.append(LABELLED.get(heading) or (owners[0] if len(owners) == 1 else heading))
    return unique_names(given)


def _described(column: str, heads: Mapping[str, str], fields: Mapping[str, RedcapField]) -> Field:
    one = codebook_field(column, fields)
    match = CHOICE.fullmatch(heads[column].strip())
    if match:
        boxes = {"Unchecked": "Unchecked", "Checked": "Checked"}
        return one._replace(label=f"{match[1]}: {match[2]}", kind="checkbox", values=boxes)
    if one.label == column:
        one = one._replace(label=heads[column].strip())
    return one


def _decimal_commas(draft: Draft, fields: Mapping[str, RedcapField]) -> None:
    """Give a point to fields that the dictionary validates with a decimal comma."""
    for name, one in fields.items():
        if "comma_decimal" not in one.validation or name not in draft.data.columns:
            continue
        cells = draft.data[name]
        hit = cells.map(lambda cell: isinstance(cell, str) and bool(COMMA.fullmatch(cell)))
        hit &= cells.map(lambda cell: isinstance(cell, str) and "," in cell)
        draft.data = draft.data.assign(
            **{name: cells.where(~hit, cells.str.replace(",", ".", regex=False))}
        )
        draft.note("decimal", "decimal comma by the dictionary", column=name, n=int(hit.sum()))


def _missing_boxes(draft: Draft, request: Request) -> None:
    """Tell the checkbox columns that stand for missing-data codes."""
    suffixes = {box_suffix(code) for code in request.missing_codes}
    for place, one in enumerate(draft.fields):
        if one.kind == "checkbox" and one.column.rpartition("___")[2].lstrip("_") in {
            suffix.lstrip("_") for suffix in suffixes
        }:
            draft.fields[place] = one._replace(kind="checkbox-missing-code")
            draft.note("missing-code", "a box for a missing-data code", column=one.column)


def _never_shown(draft: Draft) -> None:
    """Unticked boxes are missing where all of a question's are and its form is not complete."""
    data, groups = draft.data, _box_groups(draft)
    changed: dict[str, Any] = {}
    for question, (boxes, state) in groups.items():
        if state is None:
            continue
        blank = np.logical_and.reduce([data[box].isin(["0", "Unchecked"]) for box in boxes])
        unseen = data[state].isna() | data[state].isin(["0", "Incomplete"])
        rows = blank & unseen.to_numpy()
        if rows.any():
            for box in boxes:
                changed[box] = data[box].where(~rows, None)
                draft.reasons.append(Reason(box, data.index[rows].tolist(), "form not completed"))
            draft.note(
                "checkbox",
                "no box ticked while the form is not completed: missing, not unticked",
                column=question,
                n=int(rows.sum()),
            )
    draft.data = data.assign(**changed) if changed else data


def _box_groups(draft: Draft) -> dict[str, tuple[list[str], str | None]]:
    """Checkbox question -> its columns and the state of its form (the next to the right)."""
    groups: dict[str, tuple[list[str], str | None]] = {}
    columns = [str(name) for name in draft.data.columns]
    kinds = {one.column: one for one in draft.fields}
    for place, name in enumerate(columns):
        if kinds[name].kind != "checkbox":
            continue
        question = name.rpartition("___")[0].rstrip("_") or kinds[name].label.rpartition(":")[0]
        form = kinds[name].form
        later = [other for other in columns[place:] if _is_state(other)]
        own = f"{form}_complete"
        state = own if form and own in columns else (later[0] if later else None)
        groups.setdefault(question, ([], state))[0].append(name)
    return groups


def _is_state(name: str) -> bool:
    return name.endswith("_complete") or name.startswith("Complete?")


def _sessions(draft: Draft) -> None:
    """Add `session`: the number or place of the event, or the instance of what repeats."""
    import pandas as pd

    data = draft.data
    if not {EVENT, INSTANCE} & set(data.columns) or "session" in data.columns:
        return
    session, words = _told_sessions(data)
    if session is None:
        draft.note("session", words, column=EVENT)
        return
    place = max(list(data.columns).index(name) for name in (EVENT, INSTANCE) if name in data)
    draft.data = pd.concat(
        [data.iloc[:, : place + 1], session.rename("session"), data.iloc[:, place + 1 :]], axis=1
    )
    after = next(n for n, one in enumerate(draft.fields) if one.column == data.columns[place])
    draft.fields.insert(after + 1, Field("session", f"Session: {words}", "added"))
    rows = int(session.notna().sum())
    draft.note("session", f"added: {words}", column="session", n=rows)


def _told_sessions(data: pd.DataFrame) -> tuple[pd.Series[Any] | None, str]:
    instance = data[INSTANCE] if INSTANCE in data.columns else None
    if EVENT in data.columns:
        return sessions_of(data.iloc[:, 0], data[EVENT], instance)
    if instance is not None and bool(instance.notna().any()):
        return (
            instance,
            "the instance of what repeats; empty on rows that hold the client as a whole",
        )
    order = data.groupby(data.columns[0], sort=False, dropna=False).cumcount() + 1
    return order.astype(str).astype(object), "the place of the row among those of the client"
