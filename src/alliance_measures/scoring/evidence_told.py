"""What was found in a file's value labels, in words: a table, lines, a warning, an error."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import AnswersWarning, ColumnError, ResponseError, outside
from alliance_measures.frames import frame_of
from alliance_measures.messages import Message, Setting, lines, said
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.evidence import AnswersBy, Finding, Settled, settle

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_labels", "label_lines", "require_settled", "warn_of_labels"]

BY_HAND = ("contradicts", "partly")


@explained
def compare_labels(
    answers: pd.DataFrame, instrument: Instrument | str | Path, *, columns: Columns = None
) -> pd.DataFrame:
    """Compare the value labels that a table of answers carries with the definition's labels.

    Parameters
    ----------
    answers : DataFrame or Export
        As :func:`alliance_measures.read_export` gives it: the cells carry the labels.
    instrument : Instrument, str or Path
    columns : mapping, str or None
        As for :func:`alliance_measures.score`.

    Returns
    -------
    DataFrame, one row per item whose column carries labels
        item, column; same (words of the definition on the definition's numbers), moved (on other
        numbers), other (words that are not the definition's); verdict: same, other, moved (scored
        by the words: the numbers cannot be the definition's), contradicts or partly (refused until
        ``answers_by=`` says what counts).

    Raises
    ------
    ColumnError
        A column is missing, doubled or ambiguous.

    Examples
    --------
    >>> import pandas as pd
    >>> compare_labels(pd.DataFrame({f"q{n}": [3] for n in range(1, 13)}), "wai-sr-client").empty
    True
    """
    import pandas as pd

    answers, instrument = frame_of(answers), load(instrument)
    found = item_columns(answers, instrument, columns=columns)
    rows = [
        (one.item, one.column, one.same, one.moved, one.other, one.verdict)
        for one in findings(settle(answers, found, instrument))
    ]
    return pd.DataFrame(rows, columns=["item", "column", "same", "moved", "other", "verdict"])


def findings(settled: Mapping[int | str, Settled]) -> list[Finding]:
    """List what was found in the columns that carry labels."""
    return [one.finding for one in settled.values() if one.finding is not None]


def require_settled(
    instrument: Instrument,
    settled: Mapping[int | str, Settled],
    answers_by: AnswersBy,
    *,
    coding: str | None = None,
) -> None:
    """Refuse columns whose words and numbers contradict each other while nobody said what counts.

    Raises
    ------
    ResponseError
        Every such column, in one error.
    ColumnError
        The words are asked for, and a column of numbers has none.
    """
    if answers_by == "label":
        _require_words(settled)
    if answers_by is not None:
        return
    odd = [one for one in findings(settled) if one.verdict in BY_HAND]
    odd += [one for one in findings(settled) if coding and one.verdict == "moved"]
    problems = [_problem(kind, odd) for kind in dict.fromkeys(one.verdict for one in odd)]
    if problems:
        named = f" as the coding {coding} has them" if coding else ""
        head = (
            f"{instrument.id}: the numbers of the file do not mean what its own labels say{named}"
        )
        message = lines([head, *problems, _remedy(instrument, coding)])
        raise ResponseError(message, problems)


def _problem(kind: str, odd: Sequence[Finding]) -> str:
    those = [one for one in odd if one.verdict == kind]
    where = f"{_names(those)}: "
    if kind == "partly":
        return where + (
            "some words are the definition's, others stand on numbers that bear other words here"
        )
    example = next((one.example for one in those if one.example), "")
    return where + f"words of the definition stand on other numbers ({example})"


def _remedy(instrument: Instrument, coding: str | None) -> Message:
    label, code = Setting("answers_by", "label"), Setting("answers_by", "code")
    both = said(label, " scores the words, ", code, " the numbers")
    if coding is None and instrument.codings:
        known = ", ".join(instrument.codings)
        both = said(both, f"; codings of the form: {known} (", Setting("coding"), ")")
    return both


def _names(those: Sequence[Finding]) -> str:
    shown = ", ".join(repr(str(one.column)) for one in those[:5])
    more = f" and {len(those) - 5} more" if len(those) > 5 else ""
    return f"column{'s' * (len(those) > 1)} {shown}{more}"


def _require_words(settled: Mapping[int | str, Settled]) -> None:
    bare = [
        str(one.column.name)
        for one in settled.values()
        if one.finding is None and _holds_numbers(one.column)
    ]
    if bare:
        shown = ", ".join(map(repr, bare[:5])) + (" ..." if len(bare) > 5 else "")
        raise ColumnError(
            said(
                Setting("answers_by", "label"),
                f": {len(bare)} columns hold numbers without value labels ({shown}). "
                "Labels are lost where a table is converted or written to a plain file: score what "
                "read_export gave, or pass the file's codebook as ",
                Setting("dictionary"),
            )
        )


def _holds_numbers(column: pd.Series[Any]) -> bool:
    from alliance_measures.definitions.words import as_number, fold

    if column.dtype.kind in "iuf":
        return bool(column.notna().any())
    cells = column.dropna().unique()
    return any(as_number(fold(str(cell))) is not None for cell in cells)


def label_lines(settled: Mapping[int | str, Settled], answers_by: AnswersBy = None) -> list[str]:
    """Say in a line per kind what was compared and what was decided."""
    found = findings(settled)
    if not found:
        return []
    if answers_by is not None:
        what = {"label": "words", "code": "numbers"}[answers_by]
        return [f"value labels of {len(found)} items: the {what} were taken, as asked for"]
    return [_line(kind, found) for kind in dict.fromkeys(one.verdict for one in found)]


def _line(kind: str, found: Iterable[Finding]) -> str:
    those = [one for one in found if one.verdict == kind]
    n, names = len(those), _names(those)
    if kind == "same":
        return f"value labels of {n} items: the definition's words on the definition's numbers"
    if kind == "other":
        return (
            f"value labels of {n} items ({names}): none of their words is the definition's, so "
            "nothing could be compared; the numbers were taken"
        )
    if kind == "moved":
        return (
            f"value labels of {n} items ({names}): the definition's words on other numbers "
            f"({those[0].example}); the words were taken"
        )
    return f"value labels of {n} items ({names}) contradict the numbers"


def warn_of_labels(settled: Mapping[int | str, Settled], answers_by: AnswersBy) -> None:
    """Warn where the words were taken for the numbers, or could not be compared."""
    if answers_by is not None:
        return
    found = findings(settled)
    for kind in ("moved", "other"):
        if any(one.verdict == kind for one in found):
            warnings.warn(
                _line(kind, found) + "; answers_by='label' or 'code' says so and ends this warning",
                AnswersWarning,
                stacklevel=outside(),
            )
