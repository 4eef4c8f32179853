"""Keys and numbers of a table of goals, checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import ResponseError, StatisticError
from alliance_measures.frames import float_column
from alliance_measures.long_tables import require_keys
from alliance_measures.messages import RowNumbers, lines, said
from alliance_measures.scoring.grouping import group_rows
from alliance_measures.session_keys import read_sessions
from alliance_measures.table_keys import codes_of, refuse_doubled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["allowed_values", "goal_keys", "groups_of", "values_within", "weights_of"]

Values = NDArray[np.float64]
Keys = Mapping[Hashable, NDArray[np.number]]  # key column -> its rows as numbers in their order


def goal_keys(
    frame: pd.DataFrame,
    values: list[Hashable],
    *,
    client: Hashable,
    session: Hashable | None,
    goal: Hashable,
    what: str = "goal",
    session_order: Sequence[object] | None = None,
) -> tuple[pd.DataFrame, Keys]:
    """Check the keys of a table of goals and give each as numbers that sort as it does.

    The table comes back with its sessions read: numbers and dates in text are such.
    """
    named = {"client": client, "session": session, what: goal}
    keys = {role: name for role, name in named.items() if role != "session" or session is not None}
    require_keys(frame, keys, values, what="table of goals", empty=True)
    problems: list[str] = []
    found: dict[Hashable, NDArray[np.number]] = {
        client: codes_of(frame[client], problems, what="client")[0]
    }
    if session is not None:
        sessions = read_sessions(frame[session], problems, order=session_order)
        found[session] = sessions.time
        frame = frame.copy(deep=False)
        frame[session] = sessions.cells
    found[goal] = codes_of(frame[goal], problems, what=what)[0]
    names = f"client and {what}" if session is None else f"client, session and {what}"
    refuse_doubled(list(found.values()), problems, names=names)
    if problems:
        raise StatisticError(lines(problems))
    return frame, found


def groups_of(
    frame: pd.DataFrame, names: list[Hashable], keys: Keys
) -> Iterator[tuple[tuple[Hashable, ...], NDArray[np.intp]]]:
    """Rows by some of the keys: the keys as the caller wrote them, and the positions."""
    import pandas as pd

    codes = pd.DataFrame({place: keys[name] for place, name in enumerate(names)})
    labels = [frame[name].array for name in names]
    for _, places in group_rows(codes, list(codes.columns)):
        yield tuple(column[places[0]] for column in labels), places


def allowed_values(frame: pd.DataFrame, column: Hashable, allowed: Sequence[float]) -> Values:
    """Take attainments, every one of which exists."""
    values = float_column(frame[column], name=column)
    wrong = np.flatnonzero(~np.isnan(values) & ~np.isin(values, np.asarray(allowed, dtype=float)))
    if wrong.size:
        shown = ", ".join(f"{value:g}" for value in allowed)
        line = said(
            f"{column}: not an attainment in ", RowNumbers.at(wrong), f"; allowed are {shown}"
        )
        raise ResponseError(line, [line])
    return values


def values_within(frame: pd.DataFrame, column: Hashable, low: float, high: float) -> Values:
    """Take ratings, every one of which lies on the scale."""
    if not low < high:
        raise StatisticError("low must be below high")
    values = float_column(frame[column], name=column)
    wrong = np.flatnonzero((values < low) | (values > high))
    if wrong.size:
        line = said(f"{column}: outside {low:g} to {high:g} in ", RowNumbers.at(wrong))
        raise ResponseError(line, [line])
    return values


def weights_of(frame: pd.DataFrame, column: Hashable, x: Values) -> Values:
    """Take weights: 0 or more wherever there is an attainment."""
    weights = float_column(frame[column], name=column)
    wrong = np.flatnonzero(~np.isnan(x) & ~(weights >= 0))
    if wrong.size:
        raise StatisticError(
            said(
                f"{column}: negative or missing in ",
                RowNumbers.at(wrong),
                "; weights are 0 or more",
            )
        )
    return weights
