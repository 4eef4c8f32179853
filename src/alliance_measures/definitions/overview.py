"""The list of instruments as a table, filtered by what they measure and how sure their key is."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import instrument_ids, load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import CONSTRUCTS, Key
from alliance_measures.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["instruments", "matching", "summary"]

COLUMNS = [
    "id",
    "title",
    "rater",
    "target",
    "items",
    "scales",
    "constructs",
    "key_status",
    "item_text",
]


def summary(instrument: Instrument) -> dict[str, object]:
    """One row of the catalogue.

    Examples
    --------
    >>> summary(load("wai-sr-client"))["items"]
    12
    """
    return {
        "id": instrument.id,
        "title": instrument.title,
        "rater": instrument.rater,
        "target": instrument.target,
        "items": len(instrument.items),
        "scales": ", ".join(instrument.scales),
        "constructs": ", ".join(instrument.constructs),
        "key_status": instrument.key.status,
        "item_text": instrument.licence.item_text,
    }


def matching(
    *,
    construct: str | None = None,
    rater: str | None = None,
    target: str | None = None,
    key_status: str | None = None,
) -> list[dict[str, object]]:
    """Rows of the catalogue that fit: see :func:`instruments`."""
    wanted = {"rater": rater, "target": target, "key_status": key_status}
    known = {
        "construct": CONSTRUCTS,
        "rater": _words(Instrument, "rater"),
        "target": _words(Instrument, "target"),
        "key_status": _words(Key, "status"),
    }
    for name, word in {"construct": construct, **wanted}.items():
        if word is not None and word not in known[name]:
            raise ArgumentError(f"{name} must be one of {', '.join(known[name])}")
    rows = []
    for name in instrument_ids():
        instrument = load(name)
        row = summary(instrument)
        fits = all(word is None or row[key] == word for key, word in wanted.items())
        if fits and (construct is None or construct in instrument.constructs):
            rows.append(row)
    return rows


def _words(model: type[BaseModel], field: str) -> tuple[str, ...]:
    return get_args(model.model_fields[field].annotation)


@explained
def instruments(
    *,
    construct: str | None = None,
    rater: str | None = None,
    target: str | None = None,
    key_status: str | None = None,
) -> pd.DataFrame:
    """List the instruments that can be loaded by id.

    Parameters
    ----------
    construct : str, optional
        Only instruments with a scale that speaks to it: trust, empathy, collaboration, goals ...
    rater : str, optional
        client, therapist, observer or parent.
    target : str, optional
        relationship or person.
    key_status : str, optional
        verified, single-source or unvalidated.

    Returns
    -------
    DataFrame
        Columns id, title, rater, target, items (their number), scales and constructs (names
        joined by commas), key_status, item_text; one row per instrument, sorted by id.

    Raises
    ------
    DefinitionError
        If a file in one of the folders is wrong.
    ValueError
        A filter that no instrument could have; the message lists the possible words.

    Examples
    --------
    >>> table = instruments()
    >>> table.loc[table["id"] == "wai-sr-client", "scales"].item()
    'task, bond, goal, total'
    >>> "care" in instruments(construct="empathy", key_status="verified")["id"].tolist()
    True
    """
    import pandas as pd

    rows = matching(construct=construct, rater=rater, target=target, key_status=key_status)
    return pd.DataFrame(rows, columns=COLUMNS)
