"""One answer per row: the items of a client's session put side by side."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alliance_measures.errors import ColumnError, ResponseError
from alliance_measures.layouts.roles import guess_roles
from alliance_measures.messages import RowNumbers, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Gathered", "gather_answers", "long_columns", "source_rows"]

ITEM = ("item", "item_id", "itemid", "item_number", "question", "question_id", "variable")
ANSWER = ("answer", "response", "value", "answer_value", "response_value")


class Gathered(NamedTuple):
    """One sheet per row; the columns of the items; who and when; what was done."""

    data: pd.DataFrame
    items: tuple[Hashable, ...]
    client: Hashable | None
    session: Hashable | None
    notes: tuple[str, ...]


def long_columns(header: Sequence[Hashable]) -> tuple[int, int] | None:
    """Places of item and answer where a header is that of one answer per row.

    Examples
    --------
    >>> long_columns(["client", "session", "Item", "Answer"]), long_columns(["client", "q1"])
    ((2, 3), None)
    """
    names = [str(name).strip().casefold().replace(" ", "_") for name in header]
    items = [place for place, name in enumerate(names) if name in ITEM]
    answers = [place for place, name in enumerate(names) if name in ANSWER]
    if len(items) == len(answers) == 1 and len(names) >= 3:
        return items[0], answers[0]
    return None


def source_rows(frame: pd.DataFrame, places: Any) -> list[int]:
    """Rows as the caller numbers them: the index where it is of whole numbers, else positions."""
    places = np.asarray(places, dtype=np.intp)
    if frame.index.dtype.kind in "iu":
        return [int(row) for row in frame.index[places]]
    return [int(place) for place in places]


def gather_answers(
    frame: pd.DataFrame,
    item: Hashable,
    answer: Hashable,
    *,
    client: Hashable | None = None,
    session: Hashable | None = None,
) -> Gathered:
    """Put the items of a table with one answer per row side by side.

    Parameters
    ----------
    frame : DataFrame
    item, answer : hashable
    client, session : hashable, optional
        None: found by name.

    Returns
    -------
    Gathered
        One row per client and session, in order of appearance, under the label of its first row.
        Where either is not known: one row per combination of the other columns.

    Raises
    ------
    ResponseError
        Rows without an item, or an item answered twice by the same sheet: all such rows.
    ColumnError
        A column differs from answer to answer, so that each answer would be a sheet of its own.
    """
    others = [name for name in frame.columns if name not in (item, answer)]
    found = guess_roles(str(name) for name in others if name not in (client, session))
    named = {str(name): name for name in others}
    client = client if client is not None else named.get(found["client"] or "")
    session = session if session is not None else named.get(found["session"] or "")
    nameless = np.flatnonzero(_blank(frame[item]))
    if nameless.size:
        rows = RowNumbers.at(source_rows(frame, nameless), in_source=True)
        raise ResponseError(said("no item in ", rows, "; fill it in"))
    told = client is not None and session is not None
    keys = [name for name in (client, session) if name is not None] if told else others
    if not told:
        _refuse_splitting(frame, keys, item)
    sheets = _sheet_of(frame, keys)
    _refuse_doubled(frame, sheets, item, [name for name in others if name not in keys])
    kept, lost = _constant(frame, sheets, others, keys)
    data, items = _side_by_side(frame, sheets, item, answer, kept)
    notes = [f"one answer per row: {len(frame)} answers put together to {len(data)} sheets"]
    if lost:
        names = ", ".join(repr(str(name)) for name in lost)
        notes.append(f"columns that differ from answer to answer left out: {names}")
    return Gathered(data, items, client, session, tuple(notes))


def _blank(cells: pd.Series[Any]) -> Any:
    texts = cells.astype(object).map(lambda cell: isinstance(cell, str) and not cell.strip())
    return (cells.isna() | texts.fillna(False).astype(bool)).to_numpy()


def _sheet_of(frame: pd.DataFrame, keys: Sequence[Hashable]) -> Any:
    """Give every row the number of its sheet; blanks around ids do not count."""
    if not keys:
        return np.zeros(len(frame), dtype=np.intp)
    bare = {place: _stripped(frame[name]) for place, name in enumerate(keys)}
    table = frame[[]].assign(**{f"k{place}": cells for place, cells in bare.items()})
    return table.groupby(list(table), sort=False, dropna=False, observed=True).ngroup().to_numpy()


def _stripped(cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.dtype.kind in "iufbM":
        return cells
    plain = cells.astype(object).map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    return plain.where(plain.notna() & (plain != ""), None)


def _refuse_splitting(frame: pd.DataFrame, keys: Sequence[Hashable], item: Hashable) -> None:
    """Refuse keys under which nearly every answer is a sheet, naming the columns at fault."""
    n_items = frame[item].nunique()
    n_sheets = len(set(_sheet_of(frame, keys).tolist()))
    if n_items < 2 or len(frame) >= 2 * n_sheets or not len(frame):
        return
    wrong = []
    for name in keys:
        fewer = _sheet_of(frame, [key for key in keys if key != name])
        if len(set(fewer.tolist())) * 2 <= n_sheets:
            wrong.append(name)
    if not wrong:  # several columns differ together: those that hardly ever repeat
        wrong = [name for name in keys if frame[name].nunique() * 2 > len(frame)]
    if wrong:
        names = ", ".join(repr(str(name)) for name in wrong)
        raise ColumnError(
            f"one answer per row, but {names} differ{'s' if len(wrong) == 1 else ''} from answer "
            "to answer, so that each answer would be a sheet of its own: name the columns of "
            "client and session (a column called client, one called session), or remove "
            f"{'it' if len(wrong) == 1 else 'them'}"
        )


def _refuse_doubled(
    frame: pd.DataFrame, sheets: Any, item: Hashable, others: Sequence[Hashable]
) -> None:
    """Refuse items that one sheet answers again; name all rows, and what tells them apart."""
    import pandas as pd

    keys = pd.DataFrame({"sheet": sheets, "item": _stripped(frame[item]).to_numpy(dtype=object)})
    again = keys.duplicated(keep=False).to_numpy()
    if not again.any():
        return
    apart = []
    for name in others:
        wider = keys.assign(other=_stripped(frame[name]).to_numpy(dtype=object))
        if not wider.duplicated(keep=False).any():
            apart.append(repr(str(name)))
    second = np.flatnonzero(keys.duplicated().to_numpy())
    hint = f"; {' and '.join(apart)} tell them apart: take one of its values first" if apart else ""
    rows = RowNumbers.at(source_rows(frame, second), in_source=True)
    again_in = "an item is answered again by the same sheet (client and session) in "
    raise ResponseError(said(again_in, rows, f"; keep one row of each{hint}"))


def _constant(
    frame: pd.DataFrame, sheets: Any, others: Sequence[Hashable], keys: Sequence[Hashable]
) -> tuple[list[Hashable], list[Hashable]]:
    """Tell columns that say one thing about a sheet from those that differ within sheets."""
    kept: list[Hashable] = []
    lost: list[Hashable] = []
    for name in others:
        if name in keys:
            kept.append(name)
            continue
        plain = _stripped(frame[name]).astype(object)
        counts = plain.groupby(sheets).nunique(dropna=False)
        (kept if bool((counts <= 1).all()) else lost).append(name)
    return kept, lost


def _side_by_side(
    frame: pd.DataFrame, sheets: Any, item: Hashable, answer: Hashable, kept: Sequence[Hashable]
) -> tuple[pd.DataFrame, tuple[Hashable, ...]]:
    import pandas as pd

    starts = np.unique(sheets, return_index=True)[1]
    first = frame.iloc[starts][list(kept)]
    names = _stripped(frame[item]).to_numpy(dtype=object)
    codes, labels = pd.factorize(names)
    clash = [name for name in labels if name in kept]
    if clash:
        raise ColumnError(
            f"an item has the name of the column {str(clash[0])!r}; rename the column"
        )
    cells = frame[answer]
    if cells.dtype.kind in "iuf" and not pd.api.types.is_extension_array_dtype(cells.dtype):
        table = np.full((starts.size, len(labels)), np.nan)
        table[sheets, codes] = cells.to_numpy()
    else:
        table = np.full((starts.size, len(labels)), None, dtype=object)
        given = cells.astype(object)
        table[sheets, codes] = given.where(given.notna(), None).to_numpy()
    answers = pd.DataFrame(table, index=first.index, columns=pd.Index(labels, dtype=object))
    return pd.concat([first, answers], axis=1), tuple(labels)
