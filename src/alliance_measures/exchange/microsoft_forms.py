"""Microsoft Forms: ID, times, e-mail and name, then every question by its full text."""

from __future__ import annotations

from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, unique_names

__all__ = ["read", "recognise"]

STARTS = {"start time", "startzeit", "heure de début", "hora de inicio", "begintijd"}
ENDS = {
    "completion time",
    "fertigstellungszeit",
    "heure de fin",
    "hora de finalización",
    "tijd van voltooien",
}
IDENTIFYING = {
    "email",
    "e-mail",
    "name",
    "adresse de messagerie",
    "nom",
    "correo electrónico",
    "nombre",
    "naam",
}
KINDS = {"Points - ": "points", "Feedback - ": "feedback"}


def recognise(grid: Grid) -> str:
    """Say by which sign this is a Microsoft Forms export; "" if it is none."""
    first = [name.strip().casefold() for name in grid.header[:3]]
    found = len(first) == 3 and first[0] == "id" and first[1] in STARTS and first[2] in ENDS
    return "the header begins with ID, Start time, Completion time" if found else ""


def read(grid: Grid, request: Request) -> Draft:
    """Read a Microsoft Forms export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        Columns under their question texts; points and feedback of quizzes are told by kind.
    """
    names, repeated = unique_names([" ".join(name.split()) for name in grid.header])
    draft = draft_of("microsoft-forms", grid, names)
    draft.fields = [
        one._replace(
            identifier=place < 6 and one.column.casefold() in IDENTIFYING,
            kind=next((kind for start, kind in KINDS.items() if one.column.startswith(start)), ""),
        )
        for place, one in enumerate(draft.fields)
    ]
    if repeated:
        draft.note("repeated-name", "questions that recur were numbered", n=repeated)
    draft.note("answers", "exported as choice text; several choices are joined by semicolons")
    return draft
