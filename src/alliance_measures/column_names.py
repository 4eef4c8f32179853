"""Whether the first row of a table holds names, before any message repeats it.

A file without a header, a title line or JSON puts answers and people's names where column names
are expected. Names are told only where the row itself shows that it is a header.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

__all__ = ["are_names", "told_names"]

# what columns of such tables are called, in the languages of their users; no word is an answer
NAMES = """
client clients clientid patient patients participant subject respondent person record case
session sessions sitzung visit wave event instance occasion date datum day week month year
time timestamp started finished submitted completed created updated duration progress
id ids uid uuid code key number nr row index therapist rater observer dyad group site clinic
centre center arm condition total sum score scores scale subscale task bond goal item items
question frage answer answers response responses age sex gender status language version form
name label value level mean sd pre post note notes comment comments alliance wai srs
klient klientin patientin therapeut therapeutin alter geschlecht gruppe zeit kommentar summe
gesamt sesion fecha paciente terapeuta edad seance cliente sessie sessione seduta data
field type column text reason figure measure sem rci reliability category
"""
WORDS = frozenset(NAMES.split())
DATA = re.compile(
    r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?\s*%?"  # a number
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d{1,2}:\d{2}.*"  # a date, a time
    r"|.*\S@\S+\.\S+.*|https?:.*|[\[{].*|.*\":.*|[+\d][\d\s()/-]{5,}",  # address, JSON, telephone
    re.DOTALL,
)
NUMBERED = re.compile(r"(\D*[^\W\d]\D*?)0*(\d{1,4})\D?")
NAMELESS = re.compile(r"column \d+|Unnamed: \d+")  # as readers call what has no name
LIMIT = 12


def are_names(names: Sequence[Hashable], *, asked: Iterable[Hashable] = ()) -> bool:
    """Whether a row is plausibly a header, so that a message may repeat it.

    Parameters
    ----------
    names : sequence of hashable
        The first row. What is no text was not read from a file and counts as a name.
    asked : iterable of hashable
        Columns that the user named; one of them in the row shows that it is a header.

    Returns
    -------
    bool
        False where a cell is a number, date, address or JSON, where two cells are equal, or
        where nothing speaks for a header. Numbers from 0 or 1 on beside known words are item
        numbers.

    Examples
    --------
    >>> are_names(["client", "session", "total"]), are_names(["Anna Muster", "1", "34"])
    (True, False)
    >>> are_names(["Export of Maria Muster"]), are_names(["q1", "q2", "free text"])
    (False, True)
    """
    texts = [name.strip() for name in names if isinstance(name, str)]
    texts = [text for text in texts if text and not NAMELESS.fullmatch(text)]
    if not texts:
        return True
    wanted = {str(name).strip() for name in asked}
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 5]
    known = sum(_is_word(text) for text in texts)
    rest = [text for text in texts if not text.isdecimal()]
    if numbers and not (_counts_on(numbers) and known == len(rest)):
        return False
    if len(set(texts)) < len(texts) or any(map(DATA.fullmatch, rest)):
        return False
    return bool(wanted & set(texts)) or known >= min(2, len(rest)) or _is_numbered(rest)


def told_names(names: Sequence[Hashable], *, asked: Iterable[Hashable] = ()) -> str:
    """Say which columns there are, or how many where their names may be people's or answers.

    Examples
    --------
    >>> told_names(["client", "session", "total"])
    'it has client, session, total'
    >>> told_names(["Anna Muster", "1", "34"])
    'its first row looks like data or a title, not like 3 names; add a header row'
    """
    if not len(names):
        return "it has no columns"
    if not are_names(names, asked=asked):
        count = f"{len(names)} names" if len(names) > 1 else "a name"
        return f"its first row looks like data or a title, not like {count}; add a header row"
    shown = ", ".join(str(name) for name in names[:LIMIT])
    more = f" and {len(names) - LIMIT} more" if len(names) > LIMIT else ""
    return f"it has {shown}{more}"


def _is_word(text: str) -> bool:
    """Whether every part of a name is a word that columns are called by, or a number."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    parts = re.findall(r"[^\W\d_]+", spaced.casefold())
    return 0 < len(parts) <= 4 and all(part in WORDS for part in parts)


def _counts_on(numbers: Sequence[int]) -> bool:
    first = numbers[0]
    return len(numbers) > 1 and first in (0, 1) and numbers == [*range(first, first + len(numbers))]


def _is_numbered(texts: Sequence[str]) -> bool:
    """Whether names differ in a number alone, as q1 and q2 do."""
    found: dict[str, set[int]] = defaultdict(set)
    for text in texts:
        match = NUMBERED.fullmatch(text)
        if match and len(text) <= 40:
            found[match[1].casefold()].add(int(match[2]))
    return any(len(numbers) > 1 for numbers in found.values())
