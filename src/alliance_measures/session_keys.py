"""One reading of a column of sessions, for every room: numbers, dates, or words with an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.messages import Either, RowNumbers, said
from alliance_measures.session_times import (
    HINT,
    SessionKeys,
    as_utc,
    blank_cells,
    distinct_cells,
    numbers_of,
    read_dates,
    read_numbers,
    read_text_dates,
    unread,
)
from alliance_measures.session_words import number_in_words, plain_event, text_kind, tidy
from alliance_measures.table_keys import uncomparable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SessionKeys", "kind_of_session", "read_sessions", "same_session"]

Rows = NDArray[np.intp]

_NAME_ORDER = said(
    "name their order, earliest first: ",
    Either("session_order=[...]", "--session-order first,second,..."),
)


def read_sessions(
    column: pd.Series[Any],
    problems: list[str],
    *,
    order: Sequence[Any] | None = None,
    labels: bool = False,
) -> SessionKeys:
    """Read the sessions of a table; nothing is placed by its appearance.

    Parameters
    ----------
    column : Series
        Numbers; dates of any kind that pandas or Python has; an ordered categorical; text that
        holds numbers, dates with the year first, or one word with a number (``session_2_arm_1``,
        ``T0``), whose number counts.
    problems : list of str
        Gets a line for each kind of problem, with its rows.
    order : sequence, optional
        The sessions from first to last. Each cell must be one of them; its place counts, so that
        a session that a client missed is a gap.
    labels : bool
        Words without an order may stay: nothing hangs on it.

    Returns
    -------
    SessionKeys

    Examples
    --------
    >>> import pandas as pd
    >>> keys = read_sessions(pd.Series(["2", "10"]), [])
    >>> keys.time.tolist(), keys.cells.tolist()
    ([2.0, 10.0], [2, 10])
    >>> words = pd.Series(["pre", "post"], name="wave")
    >>> read_sessions(words, [], order=["pre", "mid", "post"]).time.tolist()
    [1.0, 3.0]
    >>> problems = []
    >>> _ = read_sessions(words, problems)
    >>> problems[0].startswith("wave: sessions are words without an order in rows 0, 1")
    True
    """
    name = column.name
    odd = uncomparable(column)
    if odd.size:
        rows = RowNumbers.at(odd)
        problems.append(said(f"{name}: a list, mapping or array as session in ", rows, f"; {HINT}"))
        return unread(column)
    missing = np.flatnonzero(column.isna().to_numpy() | blank_cells(column))
    if missing.size:
        problems.append(said(f"{name}: no session in ", RowNumbers.at(missing)))
    if order is not None:
        return _by_list(column, order, problems)
    return _by_kind(column, problems, labels=labels)


def same_session(keys: SessionKeys, wanted: object) -> NDArray[np.bool_]:
    """Rows of the session that is called so, read as the column was.

    Examples
    --------
    >>> import pandas as pd
    >>> same_session(read_sessions(pd.Series(["1", "10"]), []), 10).tolist()
    [False, True]
    """
    import pandas as pd

    if keys.kind in ("order", "label"):
        text = _name_of(wanted)
        return np.fromiter((_name_of(cell) == text for cell in keys.cells), bool, len(keys.cells))
    asked = _read_one(wanted)
    if asked is None or asked.kind != keys.kind:
        return np.zeros(len(keys.cells), dtype=bool)
    if keys.kind == "number":
        return np.asarray(keys.time == asked.time[0], dtype=bool)
    moment = pd.Timestamp(asked.cells.iloc[0])
    if moment.tz is None:  # a time named without a zone is meant in that of the column
        moment = moment.tz_localize(pd.Timestamp(keys.cells.iloc[0]).tz or "UTC")
    return np.asarray(as_utc(keys.cells) == moment.tz_convert("UTC"), dtype=bool)


def kind_of_session(wanted: object) -> str:
    """Kind of one session that a caller names; "" where it is none."""
    asked = _read_one(wanted)
    return "" if asked is None else asked.kind


def _read_one(wanted: object) -> SessionKeys | None:
    import pandas as pd

    problems: list[str] = []
    asked = read_sessions(pd.Series([wanted], dtype=object), problems, labels=True)
    return None if problems else asked


def _by_list(column: pd.Series[Any], order: Sequence[Any], problems: list[str]) -> SessionKeys:
    """Places in an order that the caller gives."""
    place = _places_of(order, problems)
    codes, cells = distinct_cells(column)
    found = [place.get(_name_of(cell), place.get(_event_of(cell), np.nan)) for cell in cells]
    time = np.array([*found, np.nan])[codes]
    strange = np.flatnonzero(np.isnan(time) & ~column.isna().to_numpy() & ~blank_cells(column))
    if strange.size and place:
        problems.append(
            said(
                f"{column.name}: a session that ",
                Either("session_order", "--session-order"),
                " does not name in ",
                RowNumbers.at(strange),
                "; add it at its place",
            )
        )
    note = f"{column.name}: sessions placed by the order given ({len(place)} sessions)"
    return SessionKeys(time, "order", column, note)


def _places_of(order: Sequence[Any], problems: list[str]) -> dict[str, float]:
    if isinstance(order, (str, bytes)) or not isinstance(order, Sequence) or not order:
        problems.append(
            said(
                Either("session_order", "--session-order"),
                ": a list of sessions, earliest first, such as ",
                Either("['pre', 'post']", "pre,post"),
            )
        )
        return {}
    names = [_name_of(cell) for cell in order]
    if len(set(names)) < len(names) or "" in names:
        problems.append(
            said(Either("session_order", "--session-order"), ": each session once, and none empty")
        )
    return {name: float(number) for number, name in enumerate(names, start=1)}


def _name_of(cell: object) -> str:
    """Write a session as a word to compare: 1, 1.0 and " 1 " are one, so are Pre and pre."""
    if isinstance(cell, datetime):
        return cell.isoformat().removesuffix("T00:00:00")
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    text = tidy(str(cell)).casefold()
    return text.removesuffix(".0") if text_kind(text) == "number" else text


def _event_of(cell: object) -> str:
    return _name_of(plain_event(cell)) if isinstance(cell, str) else ""


def _by_kind(column: pd.Series[Any], problems: list[str], *, labels: bool) -> SessionKeys:
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _by_categories(column, problems, labels=labels)
    if isinstance(kind, pd.PeriodDtype):
        return read_dates(column.dt.to_timestamp(), problems, cells=column)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return read_dates(column, problems, cells=column)
    if pd.api.types.is_numeric_dtype(kind) or kind.kind in "biufcm":
        return _with_labels(read_numbers(column, column, problems), column)
    return _by_cells(column, problems, labels=labels)


def _with_labels(keys: SessionKeys, column: pd.Series[Any]) -> SessionKeys:
    """Note that a file's labels of its sessions (1 = post, 2 = pre) were not looked at."""
    if not getattr(column.dtype, "value_labels", None):
        return keys
    note = f"{column.name}: sessions placed by their codes; the file has labels of them"
    return replace(keys, note="; ".join(filter(None, [keys.note, note])))


def _by_categories(column: pd.Series[Any], problems: list[str], *, labels: bool) -> SessionKeys:
    """Take ordered categories in their order, unless their numbers or dates rise in it."""
    import pandas as pd

    categories = pd.Series(column.cat.categories, name=column.name)
    if column.cat.ordered:
        own = read_sessions(categories, [], labels=True)
        rising = own.kind != "label" and bool((np.diff(own.time) > 0).all())
        if own.kind not in ("number", "date") or not rising:
            doubt = _doubt_of(categories, own, rising=rising)
            if doubt and not labels:
                rows = RowNumbers.at(np.flatnonzero(column.notna()))
                problems.append(said(f"{column.name}: {doubt} in ", rows, "; ", _NAME_ORDER))
                return unread(column)
            codes = column.cat.codes.to_numpy().astype(np.float64) + 1
            note = f"{column.name}: sessions placed by the order of the categories"
            return SessionKeys(np.where(codes > 0, codes, np.nan), "order", column, note)
    plain = column.astype(categories.dtype if not column.hasnans else object)
    return _by_kind(plain, problems, labels=labels)


def _doubt_of(categories: pd.Series[Any], own: SessionKeys, *, rising: bool) -> str:
    """Why the order of categories may be nobody's: pandas sorts them where none is given."""
    if own.kind != "label" and not rising:
        kind = "dates" if own.kind == "date" else "numbers"
        return f"the order of the categories is not that of their {kind}"
    words = [str(category) for category in categories]
    if own.kind == "label" and len(words) > 1 and words == sorted(words):
        return "the order of the categories is that of the alphabet"
    return ""


def _by_cells(column: pd.Series[Any], problems: list[str], *, labels: bool) -> SessionKeys:
    """Text and Python objects: each distinct cell says what it is."""
    codes, cells = distinct_cells(column)
    kinds = np.array([*(_kind_of(cell) for cell in cells), ""], dtype=object)[codes]
    if column.dtype == object:  # True equals 1, which hides it among the distinct cells
        kinds[[isinstance(cell, (bool, np.bool_)) for cell in column]] = "odd"
    present = set(kinds) - {""}
    if present <= {"number"}:
        return read_numbers(numbers_of(codes, cells, column), None, problems)
    if present <= {"date"}:
        return read_text_dates(column, codes, cells, problems)
    if "day-month" in present and present <= {"day-month", "date"}:
        rows = RowNumbers.at(np.flatnonzero(kinds == "day-month"))
        problems.append(
            said(
                f"{column.name}: day and month may change places in ",
                rows,
                "; write dates as YYYY-MM-DD",
            )
        )
        return unread(column)
    if present == {"word"}:
        return _words(column, codes, cells, problems, labels=labels)
    if labels and "odd" not in present:
        return _labels(column, codes)
    return _mixed(column, kinds, problems)


def _kind_of(cell: object) -> str:
    if isinstance(cell, str):
        return text_kind(cell) if cell.strip() else ""
    if isinstance(cell, date):
        return "date"
    real = isinstance(cell, (int, float, np.integer, np.floating, Decimal, Fraction))
    return "number" if real and not isinstance(cell, bool) else "odd"


def _words(
    column: pd.Series[Any],
    codes: Rows,
    cells: list[str],
    problems: list[str],
    *,
    labels: bool,
) -> SessionKeys:
    """Words by the number in them, or refused: their order is not in the table."""
    numbers = number_in_words([cell for cell in cells if cell.strip()])
    if numbers is not None:
        time = np.array([*(numbers.get(cell, np.nan) for cell in cells), np.nan])[codes]
        return SessionKeys(
            time, "order", column, f"{column.name}: sessions placed by the number in their names"
        )
    if labels:
        return _labels(column, codes)
    rows = RowNumbers.at(np.flatnonzero(codes >= 0))
    problems.append(
        said(f"{column.name}: sessions are words without an order in ", rows, "; ", _NAME_ORDER)
    )
    return unread(column)


def _labels(column: pd.Series[Any], codes: Rows) -> SessionKeys:
    return SessionKeys(np.where(codes < 0, np.nan, codes.astype(np.float64)), "label", column)


def _mixed(column: pd.Series[Any], kinds: NDArray[np.object_], problems: list[str]) -> SessionKeys:
    """Say which rows are not of the kind that most rows are of."""
    most = "date" if (kinds == "date").sum() > (kinds == "number").sum() else "number"
    rows = RowNumbers.at(np.flatnonzero((kinds != most) & (kinds != "")))
    remedy = said(HINT, "; or ", _NAME_ORDER) if (kinds == "word").any() else said(HINT)
    problems.append(said(f"{column.name}: not a {most} in ", rows, "; ", remedy))
    return unread(column)
