"""Which column is the client, the session and the date: told by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from alliance_measures.arguments import explained
from alliance_measures.definitions.words import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROLES", "guess_roles", "keys_of", "plain_id", "plain_name"]

# fmt: off
ROLES = {
    "client": (
        "client", "client_id", "clientid", "patient", "patient_id", "patientid", "participant_id",
        "participant", "subject_id", "subject", "record_id", "study_id", "case_id", "case",
        "castor_participant_id", "klient", "klientin", "klient_id", "klienten_id", "klient_nr",
        "klientennummer", "patientin", "patienten_id", "patientennummer", "fallnummer", "fall_nr",
    ),
    "session": ("session", "session_number", "session_no", "session_nr", "session_id", "visit"),
    "date": (
        "date", "session_date", "recordeddate", "enddate", "submitdate", "timestamp",
        "completion_time", "survey_completed_on", "authored",
    ),
}
# fmt: on
PLAIN_IDS = ("id", "nr", "code", "pid", "key", "chiffre")


def plain_name(name: object) -> str:
    """Name of a column as names are compared: folded, with one underscore for any mark.

    Examples
    --------
    >>> plain_name(" Client-ID ")
    'client_id'
    """
    return re.sub(r"[\W_]+", "_", fold(str(name))).strip("_")


def plain_id(columns: Iterable[object]) -> str | None:
    """Name the one column that is called an id and nothing more; None where none or several are.

    Examples
    --------
    >>> plain_id(["ID", "session"]), plain_id(["id", "code"])
    ('ID', None)
    """
    found = [str(name) for name in columns if plain_name(name) in PLAIN_IDS]
    return found[0] if len(found) == 1 else None


@explained
def guess_roles(columns: Iterable[str]) -> dict[str, str | None]:
    """Columns named like client, session and date; None where there is none.

    Parameters
    ----------
    columns : iterable of str

    Returns
    -------
    dict
        client, session and date -> column or None.

    Examples
    --------
    >>> guess_roles(["ClientID", "Session", "q1"])
    {'client': 'ClientID', 'session': 'Session', 'date': None}
    """
    names: dict[str, str] = {}
    for column in columns:
        names.setdefault(plain_name(column), str(column))
    return {
        role: next((names[name] for name in words if name in names), None)
        for role, words in ROLES.items()
    }


def keys_of(table: pd.DataFrame, results: Iterable[object]) -> pd.DataFrame:
    """Columns of a table that say whose a row is and when, save names that a result has."""
    named = {str(name): name for name in table.columns}
    roles = guess_roles(named).values()
    taken = {str(name) for name in results}
    return table[[named[name] for name in roles if name is not None and name not in taken]]
