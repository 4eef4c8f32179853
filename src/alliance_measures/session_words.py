"""What the text of a session cell says: a number, a date, or a word with a number in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

__all__ = [
    "TextKind",
    "iso_text",
    "number_in_words",
    "plain_event",
    "stem_and_number",
    "text_kind",
    "whole_date",
]

TextKind = Literal["number", "date", "day-month", "word"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_CLOCK = r"(?:[T ]\s*(\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s*(Z|UTC|[-+]\d\d:?(?:\d\d)?)?)?"
_DATE = re.compile(
    r"([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})" + _CLOCK, re.ASCII | re.IGNORECASE
)  # the year first: day and month cannot change places
_DAY_MONTH = re.compile(r"\d{1,2}\s*([-/.])\s*\d{1,2}\s*\1\s*(\d{4}|\d\d)(\D.*)?", re.ASCII)
_ARM = re.compile(r"_arm_\d+$|\s+\(arm \d+:.*\)$", re.ASCII | re.IGNORECASE | re.DOTALL)
_WORD_FIRST = re.compile(r"([^\d]*[^\W\d_])([\s_.:#-]*)(\d+(?:\.\d+)?)", re.ASCII)
_NUMBER_FIRST = re.compile(r"(\d+)(?:st|nd|rd|th|\.)?([\s_-]*)([^\d]*)", re.ASCII | re.IGNORECASE)
_WHOLE_DATE = re.compile(
    r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])[0-5]\d([0-5]\d)?)?", re.ASCII
)


def tidy(text: str) -> str:
    """Text without blanks around it, full-width digits as plain ones."""
    wide = "FH"  # a raised or encircled digit is a mark, no digit
    return (
        "".join(
            unicodedata.normalize("NFKC", sign)
            if unicodedata.east_asian_width(sign) in wide
            else sign
            for sign in text
        ).strip()
        if not text.isascii()
        else text.strip()
    )


def text_kind(text: str) -> TextKind:
    """Say what a text is.

    Examples
    --------
    >>> [text_kind(text) for text in (" 10 ", "2024-05-31T09:00", "03/04/2024", "post")]
    ['number', 'date', 'day-month', 'word']
    """
    text = tidy(text)
    if _NUMBER.fullmatch(text):
        return "number"
    if _DATE.fullmatch(text):
        return "date"
    return "day-month" if _DAY_MONTH.fullmatch(text) else "word"


def iso_text(text: str) -> tuple[str, bool]:
    """Write a date as ISO 8601 does, and say whether it carries a time zone.

    Examples
    --------
    >>> iso_text("2024/5/1"), iso_text("2024-05-31 9:00 +01:00")
    (('2024-05-01', False), ('2024-05-31T09:00+01:00', True))
    """
    match = _DATE.fullmatch(tidy(text))
    if match is None:
        return text, False
    year, _, month, day, clock, zone = match.groups()
    written = f"{year}-{int(month):02}-{int(day):02}"
    if clock:
        hour, _, rest = clock.replace(",", ".").partition(":")
        written += f"T{int(hour):02}:{rest}"
    if zone:
        written += "+00:00" if zone[0] not in "+-" else zone
    return written, bool(zone)


def whole_date(number: float) -> bool:
    """Whether a number is a date written without marks, such as 20240130."""
    return number == number // 1 and bool(_WHOLE_DATE.fullmatch(f"{number:.0f}"))


def plain_event(text: str) -> str:
    """Name of a REDCap event without its arm: the same event has one name in every arm.

    Examples
    --------
    >>> plain_event("session_1_arm_2"), plain_event("Session 1 (Arm 1: Waiting list)")
    ('session_1', 'Session 1')
    """
    return _ARM.sub("", text.strip())


def number_in_words(texts: Iterable[str]) -> dict[str, float] | None:
    """Place words by the number in them; None unless all are one word with a number each.

    Parameters
    ----------
    texts : iterable of str
        Distinct cells, such as ``session_1_arm_1``, ``Visit 3``, ``T0``, ``2nd visit``.

    Returns
    -------
    dict or None
        Text to number. None where words differ (``T1``, ``FU1``), a text holds no number or
        several, a hyphen may be a minus sign (``T-1`` beside ``T1``), or numbers look like those
        of versions (``V1.9``, ``V1.10``).

    Examples
    --------
    >>> number_in_words(["session_10_arm_1", "session_2_arm_1"])
    {'session_10_arm_1': 10.0, 'session_2_arm_1': 2.0}
    >>> number_in_words(["T1", "FU1"]), number_in_words(["T-1", "T1"]), number_in_words(["pre"])
    (None, None, None)
    """
    found: dict[str, float] = {}
    stems, hyphens = set(), set()
    for text in texts:
        parts = _parts(plain_event(tidy(text)))
        if parts is None:
            return None
        stem, gap, number = parts
        stems.add(stem)
        hyphens.add("-" in gap)
        found[text] = float(number)
    one_kind = len(stems) == 1 and len(hyphens) == 1
    return found if one_kind and not _like_versions(found) else None


def _like_versions(numbers: Iterable[str]) -> bool:
    """Whether the digits behind the point differ in length: V1.10 may come after V1.9."""
    tails = {len(re.split(r"[.]", text)[-1]) for text in numbers if "." in text}
    return len(tails) > 1


def stem_and_number(text: str) -> tuple[str, float] | None:
    """Word and number of a text such as ``month_3``; None where it is no such text.

    Examples
    --------
    >>> stem_and_number("month_3_arm_1"), stem_and_number("baseline")
    (('month', 3.0), None)
    """
    parts = _parts(plain_event(tidy(text)))
    return None if parts is None else (parts[0], float(parts[2]))


def _parts(text: str) -> tuple[str, str, str] | None:
    """Split off the number: the word, what stands between, the number."""
    match = _WORD_FIRST.fullmatch(text)
    if match:
        word, gap, number = match.groups()
    elif match := _NUMBER_FIRST.fullmatch(text):
        number, gap, word = match[1], "", match[3]
    else:
        return None
    return "".join(re.findall(r"\w", word)).casefold().replace("_", ""), gap, number
