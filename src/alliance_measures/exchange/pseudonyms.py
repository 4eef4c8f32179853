"""Pseudonyms by keyed hashing: the same person gets the same code, nobody without the key can tell.

A keyed hash is still personal data to whoever holds the key (GDPR, Art. 4(5)): keep the key apart.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.errors import ExportError, row_list
from alliance_measures.files import read_bytes
from alliance_measures.frames import require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["pseudonym", "pseudonymise", "read_key"]

DOMAIN = b"alliance-measures pseudonym 1\0"
SHIFT_DOMAIN = b"alliance-measures date shift 1\0"
LENGTH = 24  # hex digits: 96 bits
MIN_KEY = 16
MAX_KEY = 4_096
MAX_SHIFT = 182  # days, either way
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})((?:[ T].*)?)", re.DOTALL)


def read_key(*, file: str | Path | None = None, variable: str | None = None) -> bytes:
    """Read the key from a file or an environment variable; there is no default key.

    Parameters
    ----------
    file : str or Path, optional
    variable : str, optional
        Name of an environment variable.

    Returns
    -------
    bytes
        Blanks and line ends around the key do not belong to it.

    Raises
    ------
    ExportError
        Neither or both are given, the place is empty, or the key is shorter than 16 bytes.
    """
    if (file is None) == (variable is None):
        raise ExportError("give the key by a file or by an environment variable, one of the two")
    if file is not None:
        key = read_bytes(file, limit=MAX_KEY + 1).strip()
        if len(key) > MAX_KEY:
            raise ExportError(f"{file} holds more than {MAX_KEY} bytes, which is no key")
    else:
        key = os.environ.get(str(variable), "").strip().encode()
    if len(key) < MIN_KEY:
        raise ExportError(
            f"the key has {len(key)} bytes and needs at least {MIN_KEY}; make one with "
            "`python -c 'import secrets; print(secrets.token_hex(32))'` and keep it safe"
        )
    return key


def pseudonym(identifier: object, key: bytes) -> str:
    """Code for an identifier: HMAC-SHA256 under the key, 24 hex digits.

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
    return _digest(DOMAIN, identifier, key).hex()[:LENGTH]


def _digest(domain: bytes, identifier: object, key: bytes) -> bytes:
    text = unicodedata.normalize("NFC", _text(identifier).strip())
    return hmac.new(key, domain + text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _text(identifier: object) -> str:
    """Write an identifier as text: 7, whether a file kept it as 7 or as 7.0."""
    if isinstance(identifier, float) and identifier.is_integer():
        return str(int(identifier))
    return str(identifier)


def pseudonymise(
    frame: pd.DataFrame,
    columns: Sequence[Hashable],
    *,
    key: bytes,
    dates: Sequence[Hashable] = (),
    client: Hashable | None = None,
) -> pd.DataFrame:
    """Replace identifiers by codes and, if asked, shift the dates of each client.

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
        days for all rows of a client, so that intervals stay. The shift follows from the key.
    client : hashable, optional
        Column whose rows share a shift; needed for `dates`.

    Returns
    -------
    DataFrame

    Raises
    ------
    ColumnError
        A column is missing.
    ExportError
        A cell is no ISO date (rows are named), `client` is missing, or two identifiers meet in
        one code.

    Examples
    --------
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"client": ["A", "A"], "date": ["2026-01-01", "2026-01-08"]})
    >>> coded = pseudonymise(visits, ["client"], key=b"k" * 16, dates=["date"], client="client")
    >>> days = pd.to_datetime(coded["date"])
    >>> (days[1] - days[0]).days, coded["client"].nunique()
    (7, 1)
    """
    if dates and client is None:
        raise ExportError("name the client column whose dates are shifted together (client=)")
    asked = [*columns, *dates, *([client] if client is not None else [])]
    require_columns(frame, asked, what="table")
    if len(key) < MIN_KEY:
        raise ExportError(f"the key has {len(key)} bytes and needs at least {MIN_KEY}")
    changed: dict[Any, list[Any]] = {
        name: _shifted(frame[name], frame[client], key, name) for name in dates
    }
    seen: dict[str, str] = {}
    for name in columns:
        changed[name] = _coded(frame[name], key, seen)
    return _replaced(frame, changed)


def _coded(cells: pd.Series[Any], key: bytes, seen: dict[str, str]) -> list[str | None]:
    known: dict[str, str] = {}
    codes: list[str | None] = []
    for cell, absent in zip(cells, cells.isna(), strict=True):
        if absent or not str(cell).strip():
            codes.append(None)
            continue
        text = _text(cell).strip()
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
    found: list[str | None] = []
    # labels name rows only where they are a file's row numbers: others may be identifiers
    numbers = cells.index if cells.index.name == "row" else range(len(cells))
    rows = zip(numbers, cells, clients, cells.isna(), strict=True)
    for row, cell, who, absent in rows:
        if absent or not str(cell).strip():
            found.append(None)
            continue
        moved = _moved(str(cell), _shift(who, key))
        if moved is None:
            wrong.append(row)
        found.append(moved)
    if wrong:
        raise ExportError(
            f"the column {name!r}: no date of the form YYYY-MM-DD in {row_list(wrong)}"
        )
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
    for name, cells in changed.items():
        copy[name] = pd.Series(cells, index=frame.index, dtype=object)
    return copy
