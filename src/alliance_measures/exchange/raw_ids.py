"""Search a table for identifiers that a column of codes was meant to replace, and for dates.

Identifiers are compared as people read them: case, accents' form and blanks do not count. Long
ones are found anywhere in a cell, words of a name as words. Short ones (a number of up to four
digits, one or two letters) are also answers: they count only in the row they belong to, as a word
of a text, or as the whole cell where half of a column's cells or more are such.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RawIds", "count_dates", "count_times", "holds_date", "plain_id"]

LONG = 4  # characters from which an id is looked for within words
SHARE = 0.5
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|ene|abr|ago|dic"
_YEAR = r"(?:18|19|20)\d\d"
_MARK = r"[-/.\u2010-\u2015\u2212]"
_GAP = r"[-/.,_\s\u2010-\u2015\u2212]+"
_MONTH = rf"(?:{MONTHS})[a-z]*"
_DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}(?:{_MARK}|_)\d{{1,2}}(?:{_MARK}|_)\d{{1,2}}(?!\d)"
    rf"|\d{{1,2}}{_MARK}\d{{1,2}}{_MARK}\d\d(?!\d)"
    rf"|\d{{1,2}}(?:{_MARK}|_)\d{{1,2}}(?:{_MARK}|_){_YEAR}(?!\d)"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)?{_GAP}{_MONTH}{_GAP}\d{{2,4}}(?!\d)"
    rf"|{_YEAR}{_GAP}{_MONTH}{_GAP}\d{{1,2}}(?!\d))"
    rf"|(?<!\w)\d{{1,2}}(?:{MONTHS}){_YEAR}(?!\w)"
    rf"|\b{_MONTH}{_GAP}\d{{1,2}}(?:st|nd|rd|th)?{_GAP}{_YEAR}",
    re.IGNORECASE,
)
_HOUR = r"(?:[01]?\d|2[0-4])"
_TIME = re.compile(
    rf"(?<![\d:]){_HOUR}:[0-5]\d(?::[0-5]\d)?(?![\d:])"
    rf"|(?<![\d.,])(?:{_HOUR}[.:])?[0-5]?\d\s?[ap]\.?m\b"
    rf"|(?<![\d.,]){_HOUR}\s?h\s?[0-5]\d\b|(?<![\d.,]){_HOUR}(?:[.:][0-5]\d)?\s?uhr\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")  # scan_7 is two words
_SPELLED = re.compile(r"\d+(?:[\W_]{1,3}\d+)+")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*")


def plain_id(cell: object) -> str:
    """Write an identifier or a cell as it is compared: 7.0 is 7, MARIA is maria."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).casefold().strip()


class Kinds(NamedTuple):
    """Identifiers by how they are looked for."""

    within: dict[str, set[str]]  # first characters -> ids found anywhere
    words: set[str]  # ids, and words of ids, found as whole words


class RawIds:
    """The identifiers of a table, to be looked for in its other columns.

    Parameters
    ----------
    columns : iterable of Series
        Columns of identifiers, all of one table.
    """

    def __init__(self, columns: Iterable[pd.Series[Any]]) -> None:
        self._own = [_plain(column) for column in columns]
        self.ids = {text for own in self._own for text in own.unique() if text}
        self._kinds = _kinds(self.ids)

    def count(self, column: pd.Series[Any]) -> int:
        """Count the cells of a column that hold an identifier."""
        texts = _plain(column)
        known = {text: self.holds(text) for text in texts.unique()}
        found = texts.map(known).to_numpy(dtype=bool)
        given = int((texts != "").sum())
        for own in self._own:
            same = (texts == own).to_numpy() & (texts != "").to_numpy()
            if given and same.sum() >= max(SHARE * given, 1):
                found = found | same
            found = found | _alone(texts, own)
        return int(found.sum())

    def holds(self, text: str) -> bool:
        """Whether a text, in plain form, holds one of the longer identifiers."""
        if not text:
            return False
        words = set(_WORD.findall(text)) | set(re.findall(r"[^\W\d_]+|\d+", text))
        if not self._kinds.words.isdisjoint(words) or text in self._kinds.words:
            return True
        squeezed = _squeezed(text)
        if self._within(text) or (squeezed != text and self._within(squeezed, spelled=True)):
            return True
        return self._in_digits(text)

    def _in_digits(self, text: str) -> bool:
        """Whether digits with marks between are an id of five or more; 12.345 is a number."""
        if _NUMBER.fullmatch(text):
            return False
        runs = map(_squeezed, _SPELLED.findall(text))
        return any(run in self._kinds.within.get(run[:LONG], ()) for run in runs)

    def _within(self, text: str, *, spelled: bool = False) -> bool:
        """Whether an id stands anywhere; `spelled`: one with letters, digits meet by chance."""
        starts = self._kinds.within
        return bool(starts) and any(
            text.startswith(one, place)
            for place in range(len(text) - LONG + 1)
            for one in starts.get(text[place : place + LONG], ())
            if not (spelled and one.isdecimal())
        )


def _squeezed(text: str) -> str:
    """Take out every mark and blank."""
    return re.sub(r"[\W_]+", "", text)


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    cells = column.astype(object)
    cells = cells.where(cells.notna(), "")
    known: dict[Any, str] = {}
    return cells.map(lambda cell: known.setdefault(str(cell), plain_id(cell)))


def _alone(texts: pd.Series[Any], own: pd.Series[Any]) -> Any:
    """Rows in which the row's own short identifier is a word of a longer text."""
    import numpy as np

    pairs = zip(texts, own, strict=True)
    hits = (
        bool(who) and text != who and not _is_number(text) and who in _WORD.findall(text)
        if len(who) < LONG or who.isdecimal()
        else False
        for text, who in pairs
    )
    return np.fromiter(hits, dtype=bool, count=len(texts))


def _is_number(text: str) -> bool:
    return not text.strip("0123456789.,+- ") and not _DATE.search(text)


def _kinds(ids: set[str]) -> Kinds:
    within: dict[str, set[str]] = defaultdict(set)
    words: set[str] = set()
    for one in ids:
        letters = any(character.isalpha() for character in one)
        forms = {one, _squeezed(one)} if letters else {one}
        for form in forms:
            if len(form) > LONG or (len(form) == LONG and letters):
                within[form[:LONG]].add(form)
            elif len(form) == LONG - 1 and letters:
                words.add(form)
    # a word that few ids share says who is meant; "clinic" in all of them does not
    parts = Counter(part for one in ids for part in set(_names(one)) if len(part) >= LONG - 1)
    words |= {part for part, count in parts.items() if count <= max(2, len(ids) // 20)}
    return Kinds(dict(within), words)


def _names(one: str) -> list[str]:
    """Words of letters in an identifier of several parts."""
    parts = re.findall(r"[^\W\d_]+", one)
    return parts if len(parts) > 1 else []


def holds_date(text: str) -> bool:
    """Whether a text holds a date."""
    return bool(_DATE.search(text))


def count_dates(column: pd.Series[Any]) -> int:
    """Count the cells of a column that hold a date."""
    return _count(column, _DATE)


def count_times(column: pd.Series[Any]) -> int:
    """Count the cells of a column that hold a time of day."""
    return _count(column, _TIME)


def _count(column: pd.Series[Any], pattern: re.Pattern[str]) -> int:
    texts = column.dropna().astype(object).map(str)
    return int(texts.map({text: bool(pattern.search(text)) for text in texts.unique()}).sum())
