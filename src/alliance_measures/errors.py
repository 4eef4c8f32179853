"""Exceptions of the package.

Every exception of this package is an :class:`AllianceError` and also inherits the builtin that
fits it, so ``except ValueError`` keeps working. No message carries an answer, a name or an
identifier: rows are named by their position, columns and items by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "AllianceError",
    "ColumnError",
    "DefinitionError",
    "ExportError",
    "ResponseError",
    "StatisticError",
    "StatisticWarning",
    "UnknownInstrumentError",
    "UnknownNameError",
    "row_list",
]


class AllianceError(Exception):
    """Base of every exception that this package raises on purpose."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class DefinitionError(AllianceError, ValueError):
    """An instrument definition is wrong; the message lists every mistake, one per line.

    Attributes
    ----------
    problems : tuple of str
        One entry per mistake: ``file:line: path: what is wrong; what is allowed``.
    """

    def __init__(self, message: str, problems: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems)


class UnknownInstrumentError(AllianceError, KeyError):
    """No instrument has the requested id; the message offers the nearest ones."""


class UnknownNameError(AllianceError, KeyError):
    """An instrument has no item or scale of that name; the message offers the nearest ones."""


class ColumnError(AllianceError, KeyError):
    """A column is missing, doubled or ambiguous; the message lists near misses."""


class ResponseError(AllianceError, ValueError):
    """Answers that the instrument does not allow; the message lists every problem of the frame.

    Attributes
    ----------
    problems : tuple of str
        One entry per column and kind of problem: column, problem, count, first five rows.
    """

    def __init__(self, message: str, problems: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems)


class StatisticError(AllianceError, ValueError):
    """A statistic cannot be computed from this input: too few cases, no variance, duplicates."""


class StatisticWarning(UserWarning):
    """A statistic was computed, but rests on little; the message gives the counts it rests on."""


class ExportError(AllianceError, ValueError):
    """A file cannot be read or written as asked."""


def row_list(rows: Sequence[int], *, limit: int = 5) -> str:
    """Name the first rows of a problem by position.

    Parameters
    ----------
    rows : sequence of int
        Positions, counted from 0, of the rows concerned.
    limit : int
        How many are spelled out.

    Returns
    -------
    str
        ``"row 3"``, ``"rows 3, 8"`` or ``"rows 0, 1, 2, 3, 4 and 7 more"``.

    Examples
    --------
    >>> row_list([3]), row_list([3, 8]), row_list(range(12))
    ('row 3', 'rows 3, 8', 'rows 0, 1, 2, 3, 4 and 7 more')
    """
    shown = ", ".join(str(int(row)) for row in rows[:limit])
    more = f" and {len(rows) - limit} more" if len(rows) > limit else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
