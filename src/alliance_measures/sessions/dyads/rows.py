"""Sessions that two people scored, in the order of client and session."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.long_tables import read_long

__all__ = ["DyadRows", "centred", "means_of", "read_dyads"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class DyadRows:
    """Rows with every score: values (one array a column), time, codes of the clients left."""

    values: tuple[Floats, ...]
    time: Floats
    codes: Ints
    clients: pd.Index[Any]
    n_left_out: int


def read_dyads(
    scores: pd.DataFrame, client: Hashable, session: Hashable, values: Sequence[Hashable]
) -> DyadRows:
    """Read and sort the rows in which no score is missing."""
    table = read_long(scores, client=client, session=session, values=list(values))
    whole = np.logical_not(np.isnan(np.stack(table.values)).any(axis=0))
    order = table.order[whole[table.order]]
    if not order.size:
        raise StatisticError(
            f"none of {len(scores)} rows has all of {', '.join(map(repr, values))}"
        )
    codes, kept = pd.factorize(table.codes[order])
    return DyadRows(
        tuple(column[order] for column in table.values), table.sessions.time[order],
        codes.astype(np.intp), table.clients.take(kept), len(scores) - order.size,
    )  # fmt: skip


def means_of(values: Floats, codes: Ints) -> Floats:
    """Mean of each client."""
    total = np.bincount(codes, weights=values - values[0])
    return np.asarray(total / np.bincount(codes) + values[0])


def centred(values: Floats, codes: Ints) -> Floats:
    """Each value minus its client's mean; what is left by rounding is 0."""
    left = values - means_of(values, codes)[codes]
    return np.where(np.abs(left) <= 1e-12 * np.abs(values).max(), 0.0, left)
