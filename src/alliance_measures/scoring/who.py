"""Whose scores these are: the client's id trimmed, and doubtful ids told."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from alliance_measures.errors import DataWarning, outside
from alliance_measures.layouts.ids import IdLedger, trimmed_ids
from alliance_measures.layouts.long_answers import source_rows
from alliance_measures.layouts.roles import guess_roles
from alliance_measures.scoring.sheets import Layout

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["kept_clients"]


def kept_clients(frame: pd.DataFrame, kept: Sequence[Hashable], layout: Layout) -> pd.DataFrame:
    """Trim the client among the kept columns, and warn of ids that differ by writing alone.

    Parameters
    ----------
    frame : DataFrame
        Scores after the kept columns. Changed in place.
    kept : sequence of hashable
    layout : Layout

    Returns
    -------
    DataFrame
        The same; ``attrs["notes"]`` says what was done, where anything was.
    """
    notes = list(layout.notes)
    client = layout.client if layout.client in kept else None
    if client is None:
        named = {str(name): name for name in kept}
        client = named.get(guess_roles(named)["client"] or "")
    if client is not None and frame[client].dtype.kind not in "iufbM":
        notes += _told(frame, client)
    if notes:
        frame.attrs["notes"] = tuple(notes)
    return frame


def _told(frame: pd.DataFrame, client: Hashable) -> list[str]:
    ledger = IdLedger(most=6)
    rows = source_rows(frame, np.arange(len(frame)))
    ledger.add(frame[client].set_axis(rows, axis=0))
    bare, changed = trimmed_ids(frame[client])
    if changed.any():
        frame[client] = bare
    lines = list(ledger.sentences(client))
    for line in ledger.doubts(client, unknown=False):
        warnings.warn(line, DataWarning, stacklevel=outside())
    return lines
