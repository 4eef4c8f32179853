"""Text cells that a spreadsheet would execute: escape on writing, un-escape on reading.

A text whose first character after blanks is one of ``= + - @`` TAB CR LF NUL gets an apostrophe in
front, unless it is a plain number: -3.2 stays -3.2. So does every part of a text after a semicolon,
tab or line break, where a spreadsheet with another list separator begins a new cell. Characters
that nobody sees (zero width, direction of writing) count as blanks, and wide, small, raised and
lowered forms of the four characters as the characters. Apostrophes already there are kept apart, so
that un-escaping gives back exactly the text that was escaped.
"""

from __future__ import annotations

import re

__all__ = ["escape", "unescape"]

_PARTS = ";\t\r\n"
_UNSEEN = (
    "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SIGNS = (
    "=+\\-@\u207a\u207b\u207c\u208a\u208b\u208c\ufb29\ufe62\ufe63\ufe66\ufe6b"
    "\uff0b\uff0d\uff1d\uff20"
)
_BLANKS = rf"(?:[^\S{_PARTS}]|[{_UNSEEN}])*"  # what separates parts is no blank within one
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_FIRST = rf"\A(?=(?:'*{_BLANKS}[{_SIGNS}\t\r\n\0]))"
_LATER = rf"(?<=[{_PARTS}])(?='*{_BLANKS}[{_SIGNS}\0])"
_TO_ESCAPE = re.compile(rf"{_FIRST}(?!{_NUMBER}\Z)|{_LATER}(?!{_NUMBER}(?:[{_PARTS}]|\Z))")
_ESCAPED = re.compile(rf"(?:{_FIRST}|{_LATER})'")
_SIGN = re.compile(f"[{_SIGNS}\t\r\n\0]")


def escape(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> escape("=1+1"), escape("-3.2"), escape("  @x"), escape("plain")
    ("'=1+1", '-3.2', "'  @x", 'plain')
    >>> escape("x;=1+1"), escape("1;-3.2")
    ("x;'=1+1", '1;-3.2')
    """
    return _TO_ESCAPE.sub("'", text) if _SIGN.search(text) else text


def unescape(text: str) -> str:
    """Undo :func:`escape`.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> unescape("'=1+1"), unescape("'tis"), unescape(escape("'=x"))
    ('=1+1', "'tis", "'=x")
    """
    return _ESCAPED.sub("", text) if "'" in text else text
