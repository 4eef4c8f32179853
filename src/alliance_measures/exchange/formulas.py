"""Text cells that a spreadsheet would execute: escape on writing, un-escape on reading.

A text whose first character after blanks is one of ``= + - @`` TAB CR LF NUL gets an apostrophe in
front, unless it is a plain number: -3.2 stays -3.2. Apostrophes already there are kept apart, so
that un-escaping gives back exactly the text that was escaped.
"""

from __future__ import annotations

import re

__all__ = ["escape", "unescape"]

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DANGEROUS = re.compile(r"'*\s*[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")


def escape(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

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
    """
    if _DANGEROUS.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


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
    if text.startswith("'") and _DANGEROUS.match(text):
        return text[1:]
    return text
