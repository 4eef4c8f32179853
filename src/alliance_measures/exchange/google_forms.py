"""Google Forms: a time stamp, then every question by its full text."""

from __future__ import annotations

import re

from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, unique_names

__all__ = ["read", "recognise"]

STAMPS = {
    "timestamp",
    "horodateur",
    "zeitstempel",
    "marca temporal",
    "carimbo de data/hora",
    "informazioni cronologiche",
    "tijdstempel",
    "tidsstempel",
    "tidstämpel",
    "aikaleima",
    "sygnatura czasowa",
    "časová značka",
    "zaman damgası",
    "отметка времени",
    "タイムスタンプ",
    "时间戳记",
}
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?,?([ T].*)?")


def recognise(grid: Grid) -> str:
    """Say by which sign this is a Google Forms export; "" if it is none."""
    if not grid.header or grid.header[0].strip().casefold() not in STAMPS:
        return ""
    first = grid.top(0)[0].strip()
    if first and not DATE.fullmatch(first):
        return ""
    questions = any(" " in name.strip() or "?" in name for name in grid.header[1:])
    return f"the header begins with {grid.header[0].strip()}, then questions" if questions else ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a Google Forms export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        Columns under their question texts; rows of a grid question stand in brackets.
    """
    names, repeated = unique_names([name.strip() for name in grid.header])
    draft = draft_of("google-forms", grid, names)
    if repeated:
        draft.note("repeated-name", "questions that recur were numbered", n=repeated)
    draft.note("answers", "exported as choice text; several choices are joined by commas")
    return draft
