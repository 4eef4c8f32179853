"""Answers to scores."""

from __future__ import annotations

import operator
import os
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ArgumentError, ColumnError
from alliance_measures.frames import frame_of, require_columns, require_frame
from alliance_measures.row_status import Statuses
from alliance_measures.scoring.answers import ItemColumn, item_readers
from alliance_measures.scoring.assemble import assemble
from alliance_measures.scoring.blocks import Near, gather, read_block, together
from alliance_measures.scoring.by_status import counted_answers
from alliance_measures.scoring.codings import coded, require_own_range
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.evidence import AnswersBy
from alliance_measures.scoring.invalid import (
    Invalid,
    invalid_in,
    merge_invalid,
    raise_problems,
)
from alliance_measures.scoring.plan import Plan, Sums, build_plan, unanswered
from alliance_measures.scoring.rules import Rule, require_possible, rule_for
from alliance_measures.scoring.sheets import as_sheets
from alliance_measures.scoring.summary import summarised
from alliance_measures.scoring.who import kept_clients

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["score", "score_and_list"]

CHUNK = 32_768  # rows at a time: the working arrays stay in the processor's cache
THREADED = 3  # chunks are larger by this on several threads, which take turns between operations
MIN_ROWS_PER_THREAD = 100_000


@explained
def score(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    keep: Sequence[Hashable] = (),
    min_answered: float | None = None,
    invalid: Literal["raise", "missing"] = "raise",
    details: bool = False,
    threads: int | None = None,
    status: Statuses = None,
    answers_by: AnswersBy = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """Score answers by an instrument's definition.

    Parameters
    ----------
    answers : DataFrame or Export, shape (n, any)
        One answer sheet per row: numbers, numeric text, or the definition's labels in any case
        and spacing. Wide by session or one answer per row are recognised too, as by
        :func:`alliance_measures.to_sheets`; client and session are then kept. Never changed.
    instrument : Instrument, str or Path
        What :func:`alliance_measures.load` accepts.
    columns : mapping, str or None
        Item -> column, a pattern such as ``"wai_{item}"``, or None: found by name.
    keep : sequence of hashable
        Columns of `answers` to carry over, first and unchanged, but for blanks around the
        client's id, which are trimmed (``attrs["notes"]`` counts them). Ids that differ by their
        writing alone give a :class:`DataWarning`.
    min_answered : float or int, optional
        None: the definition's rule for incomplete forms. A float is a share of a scale's
        applicable items (0.8), an int a count; from there on scores are prorated. 1.0 means
        complete forms only.
    invalid : {"raise", "missing"}
        What becomes of answers that the definition does not allow: one error that lists them
        all, or missing answers (:func:`alliance_measures.check` lists them).
    details : bool
        Add ``<scale>_answered``, the number of answers each score rests on.
    threads : int, optional
        Worker threads; None takes one per available processor on large frames. Results do not
        depend on it.
    status : str or sequence of str, optional
        Where `answers` has a column row_status, as :func:`alliance_measures.read_export` gives
        it: the statuses that are scored, of :data:`alliance_measures.row_status.STATUSES`, or
        ``"all"``. None: complete and partial. The other rows stay in their places, without score.
    answers_by : {"label", "code"}, optional
        What counts where the file's value labels contradict its numbers: its words or its
        numbers. None: such answers are refused, unless the numbers cannot be the definition's and
        the words can: then these are taken, with an :class:`AnswersWarning`.
    coding : str, optional
        Coding of the numbers, by its name in the definition; see :func:`alliance_measures.recode`.

    Returns
    -------
    DataFrame, shape (n, len(keep) + scales)
        The index of `answers`; the kept columns, then one float64 column per scale in the
        definition's order, within :meth:`Instrument.score_range`. NaN where too few items were
        answered, and always where none was.

    Raises
    ------
    ColumnError
        A column is missing, doubled or ambiguous, or a kept column has a scale's name.
    ResponseError
        Answers the definition does not allow (with ``invalid="raise"``): column, problem, count
        and first five rows of each. Also where value labels contradict the numbers, or where the
        numbers fit several codings, until the argument that settles it is given.
    ValueError
        `min_answered` or `invalid` is not one of the values above.

    Notes
    -----
    Reversed items count as min + max - x with min and max from the definition. A sum over an
    incomplete form is the mean of the answered items times the number of items, unrounded
    (prorating). Not-applicable answers leave the denominator where the definition says so.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({f"wai_{item}": [4, 5] for item in range(1, 13)})
    >>> score(answers, "wai-sr-client", columns="wai_{item}")
       task  bond  goal  total
    0  16.0  16.0  16.0   48.0
    1  20.0  20.0  20.0   60.0
    """
    if invalid not in ("raise", "missing"):
        raise ArgumentError("invalid must be 'raise' or 'missing'")
    instrument = load(instrument)
    answers = frame_of(answers)
    require_frame(answers, what="answer table")
    layout = as_sheets(answers, instrument, columns=columns)
    columns = dict(layout.items)
    answers, _ = counted_answers(layout.data, instrument, columns, status)
    answers = coded(answers, instrument, coding, columns, answers_by)
    layout = replace(layout, data=answers)
    kept = [keep] if isinstance(keep, str) else list(keep)
    kept = [*(name for name in layout.keys if name not in kept), *kept]
    frame, found = score_and_list(
        layout.data,
        instrument,
        columns=dict(layout.items),
        keep=kept,
        min_answered=min_answered,
        details=details,
        threads=threads,
        answers_by=answers_by,
    )
    if found and coding is None:
        require_own_range(answers, instrument, found, columns)
    if invalid == "raise":
        raise_problems(instrument, found)
    summarised(frame, list(instrument.scales), found)
    return kept_clients(frame, kept, layout)


def score_and_list(
    answers: pd.DataFrame,
    instrument: Instrument,
    *,
    columns: Columns = None,
    keep: Sequence[Hashable] = (),
    min_answered: float | None = None,
    details: bool = False,
    threads: int | None = None,
    answers_by: AnswersBy = None,
) -> tuple[pd.DataFrame, list[Invalid]]:
    """Score as :func:`score` with invalid answers as missing, and list these beside.

    Parameters
    ----------
    answers, instrument, columns, keep, min_answered, details, threads, answers_by
        As for :func:`score`.

    Returns
    -------
    scores : DataFrame
    invalid : list of Invalid
        One entry per column and kind of problem; rows by position.
    """
    import pandas as pd

    keep = [keep] if isinstance(keep, str) else list(keep)
    check_kept(answers, instrument, keep, details)
    readers = item_readers(answers, instrument, columns=columns, answers_by=answers_by)
    work = _work(instrument, readers, len(answers), min_answered, details)
    found = _run(work, len(answers), threads)
    names = list(instrument.scales)
    frame = pd.DataFrame(work.out.T, index=answers.index, columns=names, copy=False)
    parts = [answers[keep], frame] if keep else [frame]
    if work.counts is not None:
        counted = [f"{name}_answered" for name in names]
        parts.append(pd.DataFrame(work.counts.T, index=answers.index, columns=counted))
    whole = pd.concat(parts, axis=1) if len(parts) > 1 else frame
    order = {item: place for place, item in enumerate(instrument.item_ids)}
    return whole, sorted(merge_invalid(found), key=lambda entry: order[entry.item])


def check_kept(
    answers: pd.DataFrame, instrument: Instrument, keep: Sequence[Hashable], details: bool
) -> None:
    """Refuse kept columns that are absent, named twice, or bear the name of a score."""
    require_columns(answers, keep, what="answer table")
    taken = set(instrument.scales)
    taken |= {f"{name}_answered" for name in instrument.scales} if details else set()
    clash = [str(name) for name in keep if name in taken]
    if clash:
        raise ColumnError(
            f"the kept columns {', '.join(clash)} have the names of scores of {instrument.id}; "
            "rename them first"
        )
    if len(set(keep)) < len(keep):
        raise ColumnError("keep names a column twice")


def _work(
    instrument: Instrument,
    readers: list[ItemColumn],
    rows: int,
    min_answered: float | None,
    details: bool,
) -> _Work:
    scales = list(instrument.scales)
    require_possible(min_answered, max(len(instrument.scale_items(name)) for name in scales))
    return _Work(
        plan=build_plan(instrument, readers),
        rules={name: rule_for(instrument, name, min_answered=min_answered) for name in scales},
        out=np.empty((len(scales), rows), dtype=np.float64),
        counts=np.empty((len(scales), rows), dtype=np.int64) if details else None,
    )


def _run(work: _Work, rows: int, threads: int | None) -> Iterator[Invalid]:
    """Score all rows, chunk by chunk, on one or several threads."""
    workers = _workers(threads, rows)
    size = CHUNK if workers == 1 else CHUNK * THREADED
    starts = range(0, rows, size)
    stops = [min(start + size, rows) for start in starts]
    if workers == 1:
        found = list(map(work.chunk, starts, stops))
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(work.chunk, starts, stops))
    return (entry for part in found for entry in part)


def _workers(threads: int | None, rows: int) -> int:
    if threads is not None:
        try:  # a pool of a number that is not whole never ends its work
            wanted = operator.index(threads)
        except TypeError:
            raise ArgumentError("threads must be a whole number, at least 1") from None
        if wanted < 1:
            raise ArgumentError("threads must be at least 1")
        return wanted
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(available or 1, 8, rows // MIN_ROWS_PER_THREAD))


class _Work(NamedTuple):
    """What every chunk needs, and where its results go."""

    plan: Plan
    rules: dict[str, Rule]
    out: NDArray[np.float64]
    counts: NDArray[np.int64] | None

    def chunk(self, start: int, stop: int) -> list[Invalid]:
        """Score rows `start` to `stop` and return the invalid answers met."""
        plan, found = self.plan, list[Invalid]()
        sums = [
            Sums(stop - start, group, not_applicable=plan.not_applicable) for group in plan.groups
        ]
        form_missing = np.zeros(stop - start, dtype=np.int32) if plan.form_limit else None
        near = gather([r for readers, _ in plan.members for r in readers], start, stop)
        for readers, groups in plan.members:
            entered = [sums[group] for group in groups]
            if form_missing is None and _add_block(readers, entered, start, stop, near):
                continue
            for reader in readers:
                chunk = reader.read(start, stop)
                found += invalid_in(reader, chunk.states, start)
                for total in entered:
                    total.add(chunk)
                if form_missing is not None:
                    form_missing += unanswered(chunk)
        self._put(sums, start, stop, form_missing)
        return found

    def _put(
        self, sums: list[Sums], start: int, stop: int, form_missing: NDArray[np.int32] | None
    ) -> None:
        for position, (name, rule) in enumerate(self.rules.items()):
            values, answered = assemble(self.plan, name, rule, sums, form_missing=form_missing)
            self.out[position, start:stop] = values
            if self.counts is not None:
                self.counts[position, start:stop] = answered


def _add_block(
    readers: Sequence[ItemColumn], entered: Sequence[Sums], start: int, stop: int, near: Near
) -> bool:
    """Read several items at once, if they are plain answers; else leave them to their readers."""
    if any(total.best is not None for total in entered) or not together(readers):
        return False
    block = read_block(readers, start, stop, near=near)
    if block is None:
        return False
    for total in entered:
        total.add_block(block)
    return True
