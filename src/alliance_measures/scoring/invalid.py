"""Answers that the definition does not allow: noted per column, merged, raised as one error."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response
from alliance_measures.errors import ResponseError
from alliance_measures.messages import Column, Either, Message, RowNumbers, Setting, lines, said
from alliance_measures.scoring.answers import ItemColumn
from alliance_measures.scoring.decode import (
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    PROBLEMS,
    UNKNOWN_LABEL,
    States,
)

__all__ = ["Invalid", "invalid_in", "merge_invalid", "raise_problems", "sentences"]

FIRST = 5  # rows that are named


class Invalid(NamedTuple):
    """One kind of problem in one column: never the cells themselves."""

    column: Hashable
    item: int | str
    problem: str
    n: int
    rows: tuple[int, ...]
    remedy: str
    texts: frozenset[int] = frozenset()  # of unknown labels: their hashes, to count them

    def sentence(self, rows: Sequence[int] | None = None) -> Message:
        """Say what is wrong, how often, where and how to mend it.

        Parameters
        ----------
        rows : sequence of int, optional
            Row numbers to show instead of positions.
        """
        shown = self.rows if rows is None else rows
        answers = "answer" if self.n == 1 else "answers"
        return said(
            "column ",
            Column(self.column),
            f" (item {self.item}): {self.problem}, {self.n} {answers}, ",
            RowNumbers.at(shown, n=self.n),
            f"; {self.remedy}",
        )


def invalid_in(reader: ItemColumn, states: States | None, start: int) -> list[Invalid]:
    """Note the invalid answers of one chunk of one item.

    Parameters
    ----------
    reader : ItemColumn
    states : ndarray of uint8 or None
    start : int
        Position of the chunk's first row.

    Returns
    -------
    list of Invalid
    """
    if states is None:
        return []
    found = []
    for state in (OUT_OF_RANGE, NOT_A_NUMBER, UNKNOWN_LABEL):
        rows = np.flatnonzero(states == state)
        if rows.size:
            first = tuple((rows[:FIRST] + start).tolist())
            remedy = _remedy(reader.response, state)
            texts = reader.words(rows + start) if state == UNKNOWN_LABEL else frozenset()
            found.append(
                Invalid(
                    reader.column,
                    reader.item,
                    PROBLEMS[state],
                    int(rows.size),
                    first,
                    remedy,
                    texts,
                )
            )
    return found


def merge_invalid(found: Iterable[Invalid]) -> list[Invalid]:
    """One entry per column and kind, first rows first, in the order of first appearance.

    Parameters
    ----------
    found : iterable of Invalid
        In the order of the rows.

    Returns
    -------
    list of Invalid
    """
    merged: dict[tuple[int | str, str], Invalid] = {}
    for entry in found:
        key = (entry.item, entry.problem)
        if key in merged:
            known = merged[key]
            rows = (known.rows + entry.rows)[:FIRST]
            merged[key] = known._replace(
                n=known.n + entry.n, rows=rows, texts=known.texts | entry.texts
            )
        else:
            merged[key] = entry
    return list(merged.values())


def raise_problems(instrument: Instrument, found: Sequence[Invalid], *, hint: str = "") -> None:
    """Raise one ResponseError for all invalid answers, if there are any.

    Parameters
    ----------
    instrument : Instrument
    found : sequence of Invalid
    hint : str, optional
        The remedy, where it is another than to call these answers missing.

    Raises
    ------
    ResponseError
    """
    problems = [entry.sentence() for entry in found]
    if problems:
        kinds = f"{len(problems)} kind{'s' * (len(problems) > 1)}"
        missing = said(Setting("invalid", "missing"), " treats these answers as missing")
        tail = said(Either("rows are counted from 0; ", ""), hint or missing)
        head = f"{instrument.id}: {kinds} of invalid answers"
        raise ResponseError(lines([head, *sentences(found), tail]), problems)


def sentences(found: Sequence[Invalid]) -> list[Message]:
    """One sentence per column and kind; labels unknown in several columns are one kind of fault.

    Returns
    -------
    list of str
    """
    unknown = [entry for entry in found if entry.problem == PROBLEMS[UNKNOWN_LABEL]]
    if not unknown:
        return [entry.sentence() for entry in found]
    texts = frozenset[int]().union(*(entry.texts for entry in unknown))
    several = f"{len(texts)} different, in {sum(entry.n for entry in unknown)} answers"
    remedy = said(
        f"unknown labels: {several}; say once what each word means: under `answers:` of a mapping "
        "file ",
        Either(
            "(word: number; --mapping), in Python answers.replace({word: number})",
            "(word: number), passed by --mapping",
        ),
    )
    rest = [entry.sentence() for entry in found if len(unknown) < 2 or entry not in unknown]
    if len(unknown) == 1:
        return [*rest, remedy]
    columns = ", ".join(repr(str(entry.column)) for entry in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    rows = RowNumbers.at(sorted({row for entry in unknown for row in entry.rows}))
    line = said(f"columns {columns}{more}: unknown-label, ", rows, f"; {unknown[0].remedy}")
    return [*rest, line, remedy]


def _remedy(response: Response, state: int) -> str:
    if state == UNKNOWN_LABEL:
        return "allowed are the labels of the definition or " + response.describe()
    if state == NOT_A_NUMBER:
        return "write numbers with a decimal point; allowed: " + response.describe()
    return "allowed: " + response.describe()
