"""Sessions in the names of columns: WAI1_s1, s1_wai_1, T2_WAI_03, wai_1.2, WAI1_pre."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

__all__ = ["Part", "pattern_parts", "session_parts"]

_MARKS = (
    "session|sessions|sess|ses|sitzung|sitz|sz|s|timepoint|time|tp|t|visit|v|week|woche|wk|w|wave"
    "|month|m|occasion|assessment|measurement|mzp|mp|termin"
)
_WORDS = "pre|post|baseline|bl|intake|mid|end|final|termination|follow[ _.-]?up|fup|fu"
_SEP = r"[\s_.\-]+"
_TOKEN = (
    rf"(?:(?P<mark>{_MARKS})[\s_.\-]?0*(?P<n>\d{{1,4}})|(?P<word>(?:{_WORDS})[\s_.-]?\d{{0,2}}))"
)
_MARKED = {
    "behind": re.compile(rf"(?P<a>.*?[^\s_.\-])(?:{_SEP}|(?<=\d)){_TOKEN}(?P<b>)", re.IGNORECASE),
    "before": re.compile(rf"(?P<a>){_TOKEN}{_SEP}(?P<b>.+)", re.IGNORECASE),
    "between": re.compile(rf"(?P<a>.*?[^\s_.\-]){_SEP}{_TOKEN}{_SEP}(?P<b>.+)", re.IGNORECASE),
}
_BARE = {
    "behind": re.compile(rf"(?P<a>.*\d){_SEP}0*(?P<n>\d{{1,4}})(?P<b>)"),
    "before": re.compile(rf"(?P<a>\D*?)0*(?P<n>\d{{1,4}}){_SEP}(?P<b>.*\d)"),
}
Way = tuple[str, str]
Label = int | str


class Part(NamedTuple):
    """A column's name without its session, and the session."""

    column: Hashable
    base: str
    label: Label


def session_parts(columns: Iterable[Hashable]) -> dict[Way, list[Part]]:
    """Take the session out of columns' names, in every way in which it can stand there.

    Parameters
    ----------
    columns : iterable of hashable

    Returns
    -------
    dict
        (place, mark) -> columns of which the name can be read so. The mark is ``s``, ``visit`` ...,
        ``word`` for pre, post and their like, and "" for a bare number.

    Examples
    --------
    >>> session_parts(["id", "WAI1_s1", "WAI1_s2"])["behind", "s"]
    [Part(column='WAI1_s1', base='WAI1', label=1), Part(column='WAI1_s2', base='WAI1', label=2)]
    """
    found: dict[Way, list[Part]] = defaultdict(list)
    for column in columns:
        name = str(column).strip()
        for way, part in _readings(column, name):
            found[way].append(part)
    return dict(found)


def _readings(column: Hashable, name: str) -> Iterator[tuple[Way, Part]]:
    for place, pattern in _MARKED.items():
        match = pattern.fullmatch(name)
        if match:
            word = match["word"]
            label: Label = word.casefold() if word else int(match["n"])
            mark = "word" if word else match["mark"].casefold()
            yield (place, mark), Part(column, _joined(match["a"], match["b"]), label)
    for place, pattern in _BARE.items():
        match = pattern.fullmatch(name)
        if match:
            yield (place, ""), Part(column, match["a"] + match["b"], int(match["n"]))


def _joined(before: str, after: str) -> str:
    return "_".join(part for part in (before, after) if part)


def pattern_parts(columns: Iterable[Hashable], pattern: str) -> list[Part]:
    """Columns that fit a pattern with {item} and {session}; the base is what stands for the item.

    Examples
    --------
    >>> pattern_parts(["wai_3.2", "age"], "wai_{item}.{session}")
    [Part(column='wai_3.2', base='3', label=2)]
    """
    pieces = re.split(r"(\{item(?::0?\d+d?)?\}|\{session(?::0?\d+d?)?\})", pattern)
    text = "".join(
        "(?P<item>.+)"
        if piece.startswith("{item")
        else "(?P<session>.+)"
        if piece.startswith("{session")
        else re.escape(piece)
        for piece in pieces
    )
    found = []
    for column in columns:
        match = re.fullmatch(text, str(column))
        if match:
            session = match["session"]
            label: Label = int(session) if session.isdecimal() else session
            found.append(Part(column, re.sub(r"^0+(?=\d)", "", match["item"]), label))
    return found
