"""Pseudonyms by keyed hashing: the same person gets the same code, nobody without the key can tell.

A keyed hash is still personal data to whoever holds the key (GDPR, Art. 4(5)): keep the key apart.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import unicodedata
import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError, outside
from alliance_measures.exchange.identifiers import looks_identifying
from alliance_measures.exchange.keys import read_key, refuse_weak
from alliance_measures.exchange.raw_ids import (
    RawIds,
    count_dates,
    count_times,
    holds_date,
    plain_id,
)
from alliance_measures.frames import as_names, require_columns
from alliance_measures.messages import RowNumbers, lines, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coded", "code_table", "identifier_text", "pseudonym", "pseudonymise", "read_key"]

DOMAIN = b"alliance-measures pseudonym 1\0"
SHIFT_DOMAIN = b"alliance-measures date shift 1\0"
FIRST = "a"  # no program takes a code for a number, as it would 1234 or 12e4
LENGTH = 24  # hex digits with the first: 92 bits
MAX_SHIFT = 182  # days, either way
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})((?:[ T].*)?)", re.DOTALL)


def pseudonym(identifier: object, key: bytes) -> str:
    """Code for an identifier: an a, then 23 hex digits of HMAC-SHA256 under the key.

    Parameters
    ----------
    identifier : object
        Taken as text; blanks around it and the form of its accents do not count.
    key : bytes

    Returns
    -------
    str

    Examples
    --------
    >>> pseudonym("C001", b"0123456789abcdef") == pseudonym(" C001 ", b"0123456789abcdef")
    True
    >>> len(pseudonym("C001", b"0123456789abcdef"))
    24
    """
    return FIRST + _digest(DOMAIN, identifier, key).hex()[: LENGTH - 1]


def _digest(domain: bytes, identifier: object, key: bytes) -> bytes:
    text = unicodedata.normalize("NFC", identifier_text(identifier).strip())
    return hmac.new(key, domain + text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def identifier_text(identifier: object) -> str:
    """Write an identifier as text: 7, whether a file kept it as 7 or as 7.0."""
    if isinstance(identifier, float) and identifier.is_integer():
        return str(int(identifier))
    return str(identifier)


class Coded(NamedTuple):
    """A table of codes, and what was done to get it, in lines that name columns and counts."""

    table: pd.DataFrame
    notes: tuple[str, ...]


@explained
def pseudonymise(
    frame: pd.DataFrame,
    columns: Sequence[Hashable],
    *,
    key: bytes,
    dates: Sequence[Hashable] = (),
    client: Hashable | None = None,
    keep: Sequence[Hashable] = (),
    keep_times: bool = False,
) -> pd.DataFrame:
    """Replace identifiers by codes, shift dates if asked, and leave out what still tells.

    Parameters
    ----------
    frame : DataFrame
        Never changed.
    columns : sequence of hashable
        Columns of identifiers. The same text gets the same code in every column and file.
    key : bytes
        See :func:`read_key`.
    dates : sequence of hashable
        Columns of dates (``YYYY-MM-DD``, with or without a time) that move by the same number of
        days for all rows of a client, so that intervals stay. The shift, 1 to 182 days either
        way, follows from the key.
    client : hashable, optional
        Column whose rows share a shift; needed for `dates`.
    keep : sequence of hashable
        Columns that stay as they are although they hold identifiers, dates or times of day.
    keep_times : bool
        Keep the time of day behind the dates that are moved.

    Returns
    -------
    DataFrame
        Every cell was searched for the identifiers. Columns that hold one, a date that was not
        moved or a time of day, and columns whose names say that they identify a person, are left
        out unless they are in `keep`. Rows are numbered anew where the index held an identifier.

    Warns
    -----
    UserWarning
        A column or a time of day was left out, or kept as asked: columns and counts.

    Raises
    ------
    ColumnError
        A column is missing.
    ExportError
        A cell is no ISO date or has no client (rows are named), `client` is missing, the key is
        weak, a column's own name holds an identifier, or two identifiers meet in one code.

    Notes
    -----
    What is promised, by what attack it was tested, and what is not: docs/privacy.md.

    Examples
    --------
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"client": ["A", "A"], "date": ["2026-01-01", "2026-01-08"]})
    >>> key = b"9c1f37ab52e8d604"
    >>> coded = pseudonymise(visits, ["client"], key=key, dates=["date"], client="client")
    >>> days = pd.to_datetime(coded["date"])
    >>> (days[1] - days[0]).days, coded["client"].nunique()
    (7, 1)
    """
    coded = code_table(
        frame, columns, key=key, dates=dates, client=client, keep=keep, keep_times=keep_times
    )
    for note in coded.notes:
        warnings.warn(note, UserWarning, stacklevel=outside())
    return coded.table


def code_table(
    frame: pd.DataFrame,
    columns: Sequence[Hashable],
    *,
    key: bytes,
    dates: Sequence[Hashable] = (),
    client: Hashable | None = None,
    keep: Sequence[Hashable] = (),
    keep_times: bool = False,
) -> Coded:
    """Do what :func:`pseudonymise` does, with its warnings as lines."""
    columns, dates, keep = as_names(columns), as_names(dates), as_names(keep)
    if dates and client is None:
        raise ExportError("name the client column whose dates are shifted together (client=)")
    twice = int(frame.columns.duplicated().sum())
    if twice:
        raise ExportError(f"{twice} columns bear the name of another one; give each its own name")
    asked = [*columns, *dates, *keep, *([client] if client is not None else [])]
    require_columns(frame, asked, what="table")
    refuse_weak(key)
    changed: dict[Any, list[Any]] = {
        name: _shifted(frame[name], frame[client], key, name) for name in dates
    }
    seen: dict[str, str] = {}
    for name in columns:
        changed[name] = _coded(frame[name], key, seen)
    notes = [] if keep_times else _without_times({name: changed[name] for name in dates})
    identifying = dict.fromkeys([*columns, *([client] if client is not None else [])])
    ids = RawIds([frame[name] for name in identifying])
    _refuse_names(ids, frame, keep)
    gone, found = _telling(frame, ids, skip=set(changed), keep=set(keep))
    table = _replaced(frame.drop(columns=gone), changed)
    table, told = _quiet_index(table, ids)
    return Coded(table, (*notes, *found, *told))


def _quiet_index(table: pd.DataFrame, ids: RawIds) -> tuple[pd.DataFrame, list[str]]:
    """Renumber rows where the index tells who or when; drop names of the axes that do."""
    labels = table.index.to_series()
    why = ["identifiers"] * bool(ids.count(labels)) + ["dates"] * bool(count_dates(labels))
    if why:
        table = table.reset_index(drop=True)
    elif table.index.dtype == "category":
        table.index = table.index.astype(object)  # a category without a row would still be a cell
    for axis in (0, 1):
        names = table.axes[axis].names
        quiet = [None if _tells(ids, name) else name for name in names]
        if quiet != list(names):
            table = table.rename_axis(quiet, axis=axis)
    return table, [f"the index held {' and '.join(why)}: rows are numbered anew"] * bool(why)


def _tells(ids: RawIds, name: Hashable) -> bool:
    return name is not None and (ids.holds(plain_id(name)) or holds_date(str(name)))


def _refuse_names(ids: RawIds, frame: pd.DataFrame, keep: Sequence[Hashable]) -> None:
    places = [
        place
        for place, name in enumerate(frame.columns, start=1)
        if name not in keep and _tells(ids, name)
    ]
    if places:
        raise ExportError(
            f"the names of {len(places)} columns hold an identifier or a date (column {places[0]} "
            "from the left is the first); rename them, or leave them out before"
        )


def _telling(
    frame: pd.DataFrame, ids: RawIds, *, skip: set[Hashable], keep: set[Hashable]
) -> tuple[list[Hashable], list[str]]:
    """Columns that still tell who someone is: those to leave out, and a line for each."""
    gone: list[Hashable] = []
    notes = []
    for name in frame.columns:
        if name in skip:
            continue
        why = _reasons(frame[name], ids, name)
        if not why:
            continue
        if name not in keep:
            gone.append(name)
        fate = "kept as asked" if name in keep else "left out; keep (--keep) keeps it"
        notes.append(f"the column {name!r} {' and '.join(why)}: {fate}")
    return gone, notes


def _reasons(cells: pd.Series[Any], ids: RawIds, name: Hashable) -> list[str]:
    counts = {
        "holds raw identifiers": ids.count(cells),
        "holds dates that were not moved": count_dates(cells),
        "holds times of day": count_times(cells),
    }
    why = [f"{what} ({number:,} cells)" for what, number in counts.items() if number]
    return why or (["is named like one that identifies a person"] * looks_identifying(str(name)))


def _without_times(moved: dict[Any, list[Any]]) -> list[str]:
    """Cut the time of day behind moved dates; a midnight is only how a program writes a date."""
    notes = []
    for name, cells in moved.items():
        tails = [cell[10:] if cell else "" for cell in cells]
        moved[name][:] = [cell[:10] if cell else cell for cell in cells]
        count = sum(bool(re.search("[1-9]", tail)) for tail in tails)
        if count:
            notes.append(
                f"the column {name!r}: time of day left out ({count:,} cells); "
                "keep_times (--keep-times) keeps it"
            )
    return notes


def _coded(cells: pd.Series[Any], key: bytes, seen: dict[str, str]) -> list[str | None]:
    known: dict[str, str] = {}
    codes: list[str | None] = []
    for cell, absent in zip(cells, cells.isna(), strict=True):
        if absent or not str(cell).strip():
            codes.append(None)
            continue
        text = identifier_text(cell).strip()
        if text not in known:
            known[text] = pseudonym(text, key)
            plain = unicodedata.normalize("NFC", text)
            if seen.setdefault(known[text], plain) != plain:
                raise ExportError("two identifiers meet in one code; take another key")
        codes.append(known[text])
    return codes


def _shifted(
    cells: pd.Series[Any], clients: pd.Series[Any], key: bytes, name: Hashable
) -> list[str | None]:
    wrong: list[int] = []
    nobody: list[int] = []
    found: list[str | None] = []
    # labels name rows only where they are a file's row numbers: others may be identifiers
    in_source = cells.index.name == "row"
    numbers = cells.index if in_source else range(len(cells))
    rows = zip(numbers, cells, clients, cells.isna(), clients.isna(), strict=True)
    for row, cell, who, absent, unknown in rows:
        if absent or not str(cell).strip():
            found.append(None)
            continue
        if unknown or not str(who).strip():
            nobody.append(row)
            continue
        moved = _moved(str(cell), _shift(who, key))
        if moved is None:
            wrong.append(row)
        found.append(moved)
    problems = []
    if wrong:
        there = RowNumbers.at(wrong, in_source=in_source)
        problems.append(said("no date of the form YYYY-MM-DD in ", there))
    if nobody:
        there = RowNumbers.at(nobody, in_source=in_source)
        problems.append(said("a date without a client, which nothing can move, in ", there))
    if problems:
        raise ExportError(said(f"the column {name!r}: ", lines(problems, mark="; ")))
    return found


def _shift(who: object, key: bytes) -> datetime.timedelta:
    """Days from -182 to 182, never 0."""
    number = int.from_bytes(_digest(SHIFT_DOMAIN, who, key)[:8], "big") % (2 * MAX_SHIFT)
    return datetime.timedelta(days=number - MAX_SHIFT + (number >= MAX_SHIFT))


def _moved(text: str, shift: datetime.timedelta) -> str | None:
    match = DATE.fullmatch(text.strip())
    try:
        if match is None:
            return None
        return (datetime.date.fromisoformat(match[1]) + shift).isoformat() + match[2]
    except (ValueError, OverflowError):
        return None


def _replaced(frame: pd.DataFrame, changed: dict[Any, list[Any]]) -> pd.DataFrame:
    import pandas as pd

    copy = frame.copy()
    copy.attrs = {}
    for name in copy.select_dtypes("category"):  # a category without a row would still be a cell
        copy[name] = copy[name].cat.remove_unused_categories()
    for name, cells in changed.items():
        copy[name] = pd.Series(cells, index=frame.index, dtype=object)
    return copy
