"""Castor EDC: wide study files, and one long file per survey or repeating data."""

from __future__ import annotations

from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, names_of
from alliance_measures.exchange.statuses import mark_rows

__all__ = ["read", "recognise"]

STUDY = (("participant id", "participant status"), ("record id", "institute abbreviation"))
COMPLETED = "survey completed on"
LONG = ("survey instance id", "castor participant id", "castor record id", "repeating data id")


def recognise(grid: Grid) -> str:
    """Say by which sign this is a Castor export; "" if it is none."""
    names = [name.strip().casefold() for name in grid.header]
    for pair in STUDY:
        if set(pair) <= set(names[:4]):
            return f"the header begins with {pair[0].capitalize()} and {pair[1].capitalize()}"
    if "site abbreviation" in names[:4] and names[:1] == ["participant id"]:
        return "the header begins with Participant Id and Site Abbreviation"
    if sum(name in names for name in LONG) >= 2 or "survey package id" in names:
        return "the header holds Castor Participant Id or Survey Instance Id"
    return ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a file of a Castor export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        One row per participant (study file) or per survey or repetition (long file). Where the
        file says when a survey was completed, row_status is partial where it was not.
    """
    draft = draft_of("castor", grid, names_of(grid, request))
    long = any(name.strip().casefold() in LONG for name in grid.header)
    draft.note("layout", "one row per survey or repetition" if long else "one row per participant")
    for name in draft.data.columns:
        if str(name).strip().casefold() == COMPLETED:
            done = draft.data[name].notna()
            mark_rows(draft, ["complete" if one else "partial" for one in done])
    draft.note("answers", "Castor writes a semicolon inside a text as a hyphen")
    return draft
