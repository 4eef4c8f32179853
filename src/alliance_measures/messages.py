"""Messages as data: words, rows, columns and settings, put into words by whoever shows them.

The same fault is "row 0" to a frame, "row 2" to the person who has the sheet open, and its remedy
is ``invalid='missing'`` or ``--invalid missing``. A message therefore keeps its parts; it is never
searched or rewritten, so a column called "row 1" stays what it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

__all__ = [
    "Column",
    "Either",
    "Message",
    "RowNumbers",
    "Setting",
    "Words",
    "lines",
    "row_list",
    "said",
]


class RowNumbers(NamedTuple):
    """Rows of a problem: positions from 0, or numbers of the file where `in_source`."""

    rows: tuple[int, ...]
    n: int
    in_source: bool = False

    @classmethod
    def at(
        cls, rows: Iterable[int], *, n: int | None = None, in_source: bool = False
    ) -> RowNumbers:
        """Take any rows; `n` is how many there are where not all are given."""
        known = tuple(int(row) for row in rows)
        return cls(known, len(known) if n is None else n, in_source)


class Column(NamedTuple):
    """A column, as the table names it."""

    name: Hashable

    def __str__(self) -> str:
        item = getattr(self.name, "item", None)  # numpy scalars print their type
        return repr(item() if callable(item) else self.name)


class Setting(NamedTuple):
    """A parameter of Python, an option of the command line; None: without a value."""

    parameter: str
    value: str | int | float | None = None


class Either(NamedTuple):
    """Words that differ between Python and the command line."""

    python: str
    shell: str


Part = str | RowNumbers | Column | Setting | Either


class Message(str):
    """A text in the words of Python that still knows its parts."""

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, parts: Iterable[Part]) -> Message:  # noqa: D102 - as the class
        given = tuple(parts)
        text = super().__new__(cls, "".join(map(PYTHON.word, given)))
        text.parts = given
        return text

    def __add__(self, other: str) -> Message:
        return said(self, other)

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.parts,)


class Words:
    """The words of Python: rows by position, settings as keyword arguments."""

    def word(self, part: Part) -> str:
        """Say one part."""
        if isinstance(part, RowNumbers):
            return self.rows(part)
        if isinstance(part, Setting):
            return self.setting(part)
        return self.either(part) if isinstance(part, Either) else str(part)

    def rows(self, part: RowNumbers) -> str:
        """Say rows."""
        return row_list(part.rows, n=part.n)

    def setting(self, part: Setting) -> str:
        """Say a setting."""
        return f"{part.parameter}={'' if part.value is None else repr(part.value)}"

    def either(self, part: Either) -> str:
        """Choose the words."""
        return part.python

    def say(self, text: str) -> str:
        """Put a message into these words; any other text is as it is."""
        return "".join(map(self.word, text.parts)) if isinstance(text, Message) else text


class ShellWords(Words):
    """The words of the command line: rows of the file where they are known, options.

    Parameters
    ----------
    numbers : sequence of int, optional
        Number in the file of each row of the table that the positions belong to.
    """

    def __init__(self, numbers: Sequence[int] | None = None) -> None:
        self.numbers = numbers

    def rows(self, part: RowNumbers) -> str:
        """Say rows by their numbers in the file."""
        if part.in_source or self.numbers is None:
            return row_list(part.rows, n=part.n)
        return row_list([self.numbers[row] for row in part.rows], n=part.n)

    def setting(self, part: Setting) -> str:
        """Say an option, with its value as a shell takes it."""
        option = f"--{part.parameter.replace('_', '-')}"
        if part.value is None:
            return option
        value = str(part.value)
        # a value that begins like an option must be tied to it
        return f"{option}={value}" if value.startswith("-") else f"{option} {shlex.quote(value)}"

    def either(self, part: Either) -> str:
        """Choose the words."""
        return part.shell


PYTHON = Words()


def said(*parts: Part) -> Message:
    """Make a message of its parts; parts that are messages keep theirs.

    Examples
    --------
    >>> remedy = Setting("invalid", "missing")
    >>> text = said("row 1: infinite in ", RowNumbers.at([3]), "; pass ", remedy)
    >>> print(text)
    row 1: infinite in row 3; pass invalid='missing'
    >>> print(ShellWords([2, 3, 4, 5]).say(text))
    row 1: infinite in row 5; pass --invalid missing
    """
    return Message(_flat(parts))


def _flat(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Message):
            yield from part.parts
        else:
            yield part


def lines(messages: Iterable[str], *, mark: str = "\n") -> Message:
    r"""Join messages, one a line, or by another mark.

    Examples
    --------
    >>> lines(["first", said("second in ", RowNumbers.at([0, 2]))])
    'first\nsecond in rows 0, 2'
    """
    joined: list[Part] = []
    for message in messages:
        joined += [mark, message] if joined else [message]
    return said(*joined)


def row_list(rows: Sequence[int], *, limit: int = 5, n: int | None = None) -> str:
    """Name the first rows of a problem.

    Parameters
    ----------
    rows : sequence of int
        Numbers of the rows concerned, as they are to be read.
    limit : int
        How many are spelled out.
    n : int, optional
        How many there are, where `rows` holds only the first.

    Returns
    -------
    str
        ``"row 3"``, ``"rows 3, 8"`` or ``"rows 0, 1, 2, 3, 4 and 7 more"``.

    Examples
    --------
    >>> row_list([3]), row_list([3, 8]), row_list(range(12))
    ('row 3', 'rows 3, 8', 'rows 0, 1, 2, 3, 4 and 7 more')
    """
    n = len(rows) if n is None else n
    shown = ", ".join(str(int(row)) for row in rows[:limit])
    more = f" and {n - min(limit, len(rows))} more" if n > min(limit, len(rows)) else ""
    return f"{'row' if n == 1 else 'rows'} {shown}{more}"
