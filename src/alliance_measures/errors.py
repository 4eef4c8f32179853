"""Exceptions of the package.

Every exception of this package is an :class:`AllianceError` and also inherits the builtin that
fits it, so ``except ValueError`` keeps working. No message carries an answer, a name or an
identifier: rows are named by their position, columns and items by their names.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable
from types import FrameType

from alliance_measures.messages import Column, Message, RowNumbers, Setting, Words, row_list

__all__ = [
    "AllianceError",
    "ArgumentError",
    "AnswersWarning",
    "ColumnError",
    "DataWarning",
    "DefinitionError",
    "ExportError",
    "ResponseError",
    "StatisticArgumentError",
    "StatisticError",
    "StatisticWarning",
    "UnknownInstrumentError",
    "outside",
    "UnknownNameError",
    "row_list",
]


class AllianceError(Exception):
    """Base of every exception that this package raises on purpose.

    Attributes
    ----------
    message : str
        A :class:`~alliance_measures.messages.Message` where the error names rows or a remedy.
    rows : tuple of int
        Rows that the message names: positions from 0.
    source_rows : tuple of int
        Rows that the message names by their number in the file.
    columns : tuple
        Columns that the message names.
    parameter : str or None
        The first parameter that the message tells to set.
    remedy : str or None
        That parameter with its value, as Python takes it.
    """

    @property
    def message(self) -> str:  # noqa: D102 - described above
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)

    def _parts(self) -> tuple[object, ...]:
        message = self.args[0] if self.args else ""
        return message.parts if isinstance(message, Message) else ()

    @property
    def rows(self) -> tuple[int, ...]:  # noqa: D102
        found = [
            part for part in self._parts() if isinstance(part, RowNumbers) and not part.in_source
        ]
        return tuple(dict.fromkeys(row for part in found for row in part.rows))

    @property
    def source_rows(self) -> tuple[int, ...]:  # noqa: D102
        found = [part for part in self._parts() if isinstance(part, RowNumbers) and part.in_source]
        return tuple(dict.fromkeys(row for part in found for row in part.rows))

    @property
    def columns(self) -> tuple[Hashable, ...]:  # noqa: D102
        found = [part.name for part in self._parts() if isinstance(part, Column)]
        return tuple(dict.fromkeys(found))

    @property
    def _setting(self) -> Setting | None:
        return next((part for part in self._parts() if isinstance(part, Setting)), None)

    @property
    def parameter(self) -> str | None:  # noqa: D102
        return None if self._setting is None else self._setting.parameter

    @property
    def remedy(self) -> str | None:  # noqa: D102
        return None if self._setting is None else Words().setting(self._setting)

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


class ArgumentError(AllianceError, ValueError, TypeError):
    """An argument is of a wrong kind or out of its range; the message names it and what fits."""


class StatisticArgumentError(ArgumentError, StatisticError):
    """An argument of a statistic is of a wrong kind or out of its range."""


class StatisticWarning(UserWarning):
    """A statistic was computed, but rests on little; the message gives the counts it rests on."""


class AnswersWarning(UserWarning):
    """Answers were read by the words of a file's value labels, or these could not be compared."""


class DataWarning(UserWarning):
    """Data were read as they stand, but something in them is doubtful; the message names rows."""


class ExportError(AllianceError, ValueError):
    """A file cannot be read or written as asked."""


def outside() -> int:
    """Stack level, for a warning, of the first caller that is not of this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_own(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_own(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).split(".")[0] == __name__.split(".")[0]
