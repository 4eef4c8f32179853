"""One row per client and session, however the answers lie in the table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError
from alliance_measures.frames import require_columns, require_frame
from alliance_measures.layouts.ids import trimmed_ids
from alliance_measures.layouts.long_answers import gather_answers, long_columns
from alliance_measures.layouts.other_sets import refuse_other_sets
from alliance_measures.layouts.roles import guess_roles, plain_id
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.wide_sessions import (
    WidePlan,
    hidden_sessions,
    pattern_plan,
    wide_plan,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Layout", "as_sheets", "spread", "to_sheets"]

Found = Mapping[int | str, Hashable]


@dataclass(frozen=True)
class Layout:
    """A table with one answer sheet per row, and how it came to be.

    Attributes
    ----------
    data : DataFrame
    items : dict
        Item -> column.
    kind : {"wide", "wide-by-session", "long"}
    client, session : hashable or None
    notes : tuple of str
    """

    data: pd.DataFrame
    items: Found
    kind: str
    client: Hashable | None
    session: Hashable | None
    notes: tuple[str, ...]

    @property
    def keys(self) -> list[Hashable]:
        """Columns that say whose answers these are, where the layout made them."""
        named = [] if self.kind == "wide" else [self.client, self.session]
        return [name for name in named if name is not None]


@explained
def to_sheets(
    frame: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    client: Hashable | None = None,
    session: Hashable | None = None,
) -> pd.DataFrame:
    """Bring answers into one row per client and session, columns item by item.

    Parameters
    ----------
    frame : DataFrame
        Wide by session, one client per row (``WAI1_s1``, ``s1_wai_1``, ``T2_WAI_03``,
        ``wai_1.2``, ``WAI1_pre``); long by item (columns client, session, item, answer); or
        wide already. Never changed.
    instrument : Instrument, str or Path
    columns : mapping, str or None
        As for :func:`alliance_measures.score`; a pattern with ``{session}`` and ``{item}`` says
        where the session stands in the names.
    client, session : hashable, optional
        Columns of the client and of the session; None: found by name. For a table that is wide
        by session, `session` names the column to make ("session").

    Returns
    -------
    DataFrame
        Client, session, the other columns, then the items in the order of the form. The index
        holds the row of `frame` that a sheet comes from (the first one, for long tables).
        ``attrs["layout"]`` is wide, wide-by-session or long; ``attrs["notes"]`` says what was
        done. Sheets without any answer are left out of tables wide by session where the client
        has another; blanks around clients are trimmed.

    Raises
    ------
    ColumnError
        No layout fits, several do (all are listed), or a session lacks columns.
    ResponseError
        A client answers an item twice in the same session: the rows are named.

    Examples
    --------
    >>> import pandas as pd
    >>> names = [f"WAI{item}_s{session}" for session in (1, 2) for item in range(1, 13)]
    >>> frame = pd.DataFrame([["a", *[3] * 12, *[4] * 12]], columns=["client", *names])
    >>> sheets = to_sheets(frame, "wai-sr-client")
    >>> sheets[["client", "session", "WAI1", "WAI12"]].to_dict("list")
    {'client': ['a', 'a'], 'session': [1, 2], 'WAI1': [3, 4], 'WAI12': [3, 4]}
    """
    layout = as_sheets(frame, load(instrument), columns=columns, client=client, session=session)
    data, notes = layout.data, list(layout.notes)
    who, when = layout.client, layout.session
    if who is not None:
        bare, changed = trimmed_ids(data[who])
        if changed.any():
            data = _with(data, who, bare)
            notes.append(f"blanks around the client trimmed in {int(changed.sum())} sheets")
    head = [name for name in (who, when) if name is not None]
    items = list(layout.items.values())
    rest = [name for name in data.columns if name not in {*head, *items}]
    sheets = data[[*head, *rest, *items]].copy()
    sheets.attrs = {**frame.attrs, "layout": layout.kind, "notes": tuple(notes)}
    return sheets


def _with(data: pd.DataFrame, name: Hashable, cells: pd.Series[Any]) -> pd.DataFrame:
    data = data.copy(deep=False)
    data[name] = cells
    return data


def as_sheets(
    frame: pd.DataFrame,
    instrument: Instrument,
    *,
    columns: Columns = None,
    client: Hashable | None = None,
    session: Hashable | None = None,
) -> Layout:
    """Recognise the layout of a table and give it with one sheet per row; see :func:`to_sheets`."""
    require_frame(frame, what="answer table")
    if isinstance(columns, str) and "{session" in columns:
        plan = pattern_plan(list(frame.columns), instrument, columns)
        return _spread_layout(frame, plan, client, session)
    try:
        found = item_columns(frame, instrument, columns=columns)
    except ColumnError as error:
        if columns is not None:
            raise
        return _other_layout(frame, instrument, error, client, session)
    if columns is None:
        hidden_sessions(frame.columns, found, instrument)
        refuse_other_sets(frame.columns, found, found.values())
    who, when = _roles(frame, [*found.values()], client, session)
    return Layout(frame, found, "wide", who, when, ())


def _roles(
    frame: pd.DataFrame,
    taken: Iterable[Hashable],
    client: Hashable | None,
    session: Hashable | None,
) -> tuple[Hashable | None, Hashable | None]:
    require_columns(frame, [n for n in (client, session) if n is not None], what="answer table")
    if client is not None and client == session:
        raise ColumnError(f"client and session are both the column {client!r}; name two columns")
    named = {str(name): name for name in frame.columns if name not in set(taken)}
    free = [text for text, name in named.items() if name not in (client, session)]
    guess = guess_roles(free)
    return (
        client if client is not None else named.get(guess["client"] or ""),
        session if session is not None else named.get(guess["session"] or ""),
    )


def _other_layout(
    frame: pd.DataFrame,
    instrument: Instrument,
    error: ColumnError,
    client: Hashable | None,
    session: Hashable | None,
) -> Layout:
    places = long_columns(list(frame.columns)) if frame.columns.nlevels == 1 else None
    if places is not None:
        return _long_layout(frame, instrument, places, client, session)
    plan = wide_plan(frame.columns, instrument) if frame.columns.nlevels == 1 else None
    if plan is None:
        raise error
    refuse_other_sets(frame.columns, plan.items, plan.used)
    return _spread_layout(frame, plan, client, session)


def _long_layout(
    frame: pd.DataFrame,
    instrument: Instrument,
    places: tuple[int, int],
    client: Hashable | None,
    session: Hashable | None,
) -> Layout:
    item, answer = (frame.columns[place] for place in places)
    named = [name for name in (client, session) if name is not None]
    require_columns(frame, [item, answer, *named], what="answer table")
    done = gather_answers(frame, item, answer, client=client, session=session)
    known = [name for name in done.data.columns if name in set(done.items)]
    try:
        found = item_columns(done.data[known], instrument)
    except ColumnError:  # its message shows columns, which here are cells of the table
        raise ColumnError(
            f"one answer per row, but the {len(done.items)} different entries of {item!r} are not "
            f"the items of {instrument.id}; they are numbered 1 to {len(instrument.items)}, with "
            "one text before them all (wai_1), or bear the items' own names"
        ) from None
    return Layout(done.data, found, "long", done.client, done.session, done.notes)


def _spread_layout(
    frame: pd.DataFrame, plan: WidePlan, client: Hashable | None, session: Hashable | None
) -> Layout:
    data, notes, who, when = spread(frame, plan, client=client, session=session)
    return Layout(data, plan.items, "wide-by-session", who, when, (plan.note, *notes))


def spread(
    frame: pd.DataFrame,
    plan: WidePlan,
    *,
    client: Hashable | None = None,
    session: Hashable | None = None,
) -> tuple[pd.DataFrame, list[str], Hashable, Hashable]:
    """Put the sessions of a table that is wide by session below each other, client by client.

    Returns
    -------
    data : DataFrame
        The index holds the row that a sheet comes from.
    notes : list of str
    client, session : hashable
        Names of these columns in `data`.
    """
    import pandas as pd

    named = [] if client is None else [client]
    require_columns(frame, named, what="answer table")
    constant = [name for name in frame.columns if name not in plan.used]
    who, notes = _who(frame, constant, client)
    when = "session" if session is None else session
    if when in constant or when in plan.bases:
        raise ColumnError(f"the column {when!r} is there already; rename it, or name session=")
    parts = []
    for label, given in plan.sessions.items():
        part = frame[[*constant, *given.values()]].set_axis([*constant, *given], axis=1)
        part.insert(0, when, pd.Series([label] * len(part), index=part.index))
        parts.append(part)
    whole = pd.concat(parts)
    order = np.argsort(np.tile(np.arange(len(frame)), len(parts)), kind="stable")
    whole = whole.iloc[order]
    if who is None:
        who = "client"
        whole.insert(0, who, whole.index)
    empty = _without_answers(whole, list(plan.items.values()), len(frame), len(parts))
    if empty.any():
        notes.append(f"{int(empty.sum())} sheets without any answer left out")
    return whole[~empty], notes, who, when


def _who(
    frame: pd.DataFrame, constant: Sequence[Hashable], client: Hashable | None
) -> tuple[Hashable | None, list[str]]:
    """Column of the client: named, told by its name, or the one column of ids that all differ."""
    if client is not None:
        return client, []
    named = {str(name): name for name in constant}
    found = named.get(guess_roles(named)["client"] or "")
    if found is not None:
        return found, []
    own = plain_id(constant)
    if own is not None:
        return named[own], [f"the client is read from {own!r}"]
    if "client" in named:
        return named["client"], []
    return None, ["no column names the client: clients are told by their row"]


def _without_answers(
    whole: pd.DataFrame, items: Sequence[Hashable], clients: int, sessions: int
) -> Any:
    """Sheets to leave out: no answer at all, and not the client's only trace."""
    cells = whole[list(items)].astype(object)
    held = (
        (cells.notna() & (cells != "")).any(axis=1).to_numpy(copy=True).reshape(clients, sessions)
    )
    held[~held.any(axis=1), 0] = True
    return ~held.reshape(-1)
