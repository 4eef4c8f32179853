"""Exports that store the answers in another way: named codings, and lines of another length.

Nothing here happens by itself: the caller says which coding or length the export has.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Coding, Linear, Response
from alliance_measures.errors import ResponseError, StatisticError
from alliance_measures.frames import frame_of, near_misses
from alliance_measures.messages import Either, Setting, lines, said
from alliance_measures.scoring.answers import Chunk, ItemColumn
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.decode import NOT_APPLICABLE, NOT_SCORED
from alliance_measures.scoring.evidence import AnswersBy, settle
from alliance_measures.scoring.evidence_told import require_settled
from alliance_measures.scoring.invalid import Invalid, invalid_in
from alliance_measures.value_labels import Labels, code_text, labelled_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coding_maps", "maps_named", "raw_line", "recode", "rescale_lines"]


@explained
def recode(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    coding: str,
    *,
    columns: Columns = None,
    answers_by: AnswersBy = None,
) -> pd.DataFrame:
    """Turn the values of an export into the answers of the definition.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
        Numbers or numeric text as the export stores them. Never changed.
    instrument : Instrument, str or Path
    coding : str
        Name of a coding of the definition (``load(...).codings``).
    columns : mapping, str or None
        As for :func:`alliance_measures.score`.
    answers_by : {"code"}, optional
        Keep to the coding although value labels that the table carries contradict it.

    Returns
    -------
    DataFrame, same shape
        The columns of the items that the coding names hold answers, missing stays missing, and
        codes for not applicable and not scored stay; every other column is as it was. Score it
        with the same `columns`.

    Raises
    ------
    ColumnError
        A column is missing, doubled or ambiguous.
    ResponseError
        A value that the coding does not know: column, count and first rows. Value labels that
        put the definition's words on other numbers than the coding does.
    StatisticError
        The definition has no such coding; the message lists those it has.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance_measures import score
    >>> clicks = pd.DataFrame([[1, 4, 1, 4, 4, 1, 1, 4]], columns=[f"q{n}" for n in range(1, 9)])
    >>> answers = recode(clicks, "csq-8", "option-order-first-1")
    >>> score(answers, "csq-8")["total"].item()
    32.0
    """
    instrument, answers = load(instrument), frame_of(answers)
    if answers_by == "label":
        raise StatisticError(
            said(
                "a coding says what the numbers mean; ",
                Setting("answers_by", "label"),
                " goes without",
            )
        )
    if instrument.own_coding is not None and coding == instrument.own_coding.name:
        return answers.copy()
    named = _coding(instrument, coding)
    found = item_columns(answers, instrument, columns=columns)
    plain = _unlabelled(answers, instrument, found, coding, answers_by)
    out = plain.copy()
    if named.linear is not None:
        return _on_own_line(plain, out, instrument, found, named.linear)
    maps = coding_maps(instrument, named)
    problems: list[Invalid] = []
    for item, column in found.items():
        if item in maps:
            response = _raw_response(instrument.response_of(item), maps[item])
            chunk = _read(plain, column, item, response, problems)
            values = np.full(len(answers), np.nan)
            for raw, answer in maps[item].items():
                values[chunk.answered & (chunk.values == raw)] = answer
            out[column] = _with_codes(values, chunk, plain[column])
    _refuse(problems)
    return _with_words(out, instrument, found)


def _with_words(
    out: pd.DataFrame, instrument: Instrument, found: Mapping[int | str, Hashable]
) -> pd.DataFrame:
    """Let recoded numbers that alone would fit two codings carry the definition's words."""
    import pandas as pd

    if instrument.own_coding is None or not instrument.own_coding.rivals:
        return out
    for item, column in found.items():
        labels = Labels(
            {code_text(v): word for v, word in instrument.response_of(item).label_pairs()}
        )
        if labels:
            cells = labelled_cells(out[column].to_numpy(dtype=object), labels)
            out[column] = pd.Series(cells, index=out.index, dtype=object)
    return out


def _unlabelled(
    answers: pd.DataFrame,
    instrument: Instrument,
    found: Mapping[int | str, Hashable],
    coding: str,
    answers_by: AnswersBy,
) -> pd.DataFrame:
    """Compare the words that the cells carry with what the coding makes of them, then drop them."""
    known = coding_maps(instrument, instrument.codings[coding])
    settled = settle(answers, found, instrument, answers_by=answers_by, known=known)
    require_settled(instrument, settled, answers_by, coding=coding)
    return answers.assign(
        **{str(found[item]): one.column for item, one in settled.items() if one.finding}
    )


def _on_own_line(
    answers: pd.DataFrame,
    out: pd.DataFrame,
    instrument: Instrument,
    found: Mapping[int | str, Hashable],
    linear: Linear,
) -> pd.DataFrame:
    """Bring marks of another unit to the line of the definition."""
    problems: list[Invalid] = []
    for item, column in found.items():
        own = instrument.response_of(item)
        if own.allowed is None:
            chunk = _read(answers, column, item, raw_line(own, linear), problems)
            marks = chunk.values * linear.multiply / linear.divide + linear.add
            values = np.where(chunk.answered, marks, np.nan)
            out[column] = _with_codes(values, chunk, answers[column])
    _refuse(problems)
    return out


def raw_line(response: Response, linear: Linear) -> Response:
    """Describe a line in the unit of the export."""
    low, high = (
        (end - linear.add) * linear.divide / linear.multiply
        for end in (response.low, response.high)
    )
    return _line(response, low, high)


@explained
def rescale_lines(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    low: float = 0,
    high: float = 100,
    columns: Columns = None,
) -> pd.DataFrame:
    """Bring visual-analogue lines of another length to the length of the definition.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
        Marks as the export stores them. Never changed.
    instrument : Instrument, str or Path
        One whose answers are lines (``step: any``); its other items are left alone.
    low, high : float
        Ends of the export's line, for example 0 and 100 for millimetres on 10 cm.
    columns : mapping, str or None
        As for :func:`alliance_measures.score`.

    Returns
    -------
    DataFrame, same shape
        ``min + (x - low) (max - min) / (high - low)`` for the items that are lines, unrounded.

    Raises
    ------
    ColumnError
        A column is missing, doubled or ambiguous.
    ResponseError
        A mark outside `low` to `high`.
    StatisticError
        No item is a line, or `low` is not below `high`.

    Examples
    --------
    >>> import pandas as pd
    >>> marks = pd.DataFrame([[82, 95, 55, 68]], columns=["q1", "q2", "q3", "q4"])
    >>> rescale_lines(marks, "srs-v3").loc[0].tolist()
    [8.2, 9.5, 5.5, 6.8]
    """
    instrument, answers = load(instrument), frame_of(answers)
    if not -math.inf < low < high < math.inf:
        raise StatisticError("low must be below high, both finite numbers")
    lines = {i for i in instrument.item_ids if instrument.response_of(i).step == "any"}
    if not lines:
        raise StatisticError(f"{instrument.id} has no visual-analogue lines to rescale")
    out = answers.copy()
    problems: list[Invalid] = []
    for item, column in item_columns(answers, instrument, columns=columns).items():
        if item in lines:
            own = instrument.response_of(item)
            chunk = _read(answers, column, item, _line(own, low, high), problems)
            marks = own.low + (chunk.values - low) * (own.high - own.low) / (high - low)
            values = np.where(chunk.answered, marks, np.nan)
            out[column] = _with_codes(values, chunk, answers[column])
    _refuse(problems)
    return out


def _coding(instrument: Instrument, name: str) -> Coding:
    if name in instrument.codings:
        return instrument.codings[name]
    own = instrument.own_coding
    known = [*instrument.codings, *([own.name] if own else [])]
    if not known:
        raise StatisticError(f"{instrument.id} has no codings; its answers are used as they are")
    near = near_misses(name, known)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
    raise StatisticError(f"{instrument.id} has no coding of that name; {hint}")


def coding_maps(instrument: Instrument, coding: Coding) -> dict[int | str, dict[float, float]]:
    """Item -> what a coding makes of each number."""
    return {
        item: {float(raw): float(answer) for raw, answer in part.values.items()}
        for part in coding.recode
        for item in (instrument.item_ids if part.items == "all" else part.items)
    }


def maps_named(instrument: Instrument, coding: str) -> dict[int | str, dict[float, float]]:
    """Item -> what the coding of this name makes of each number."""
    return coding_maps(instrument, _coding(instrument, coding))


def _raw_response(response: Response, values: dict[float, float]) -> Response:
    """Describe the answers as the export stores them; words are not codes."""
    return Response(
        values=tuple(values),
        not_applicable=response.not_applicable,
        not_scored=response.not_scored,
    )


def _line(response: Response, low: float, high: float) -> Response:
    return Response(
        min=low,
        max=high,
        step="any",
        not_applicable=response.not_applicable,
        not_scored=response.not_scored,
    )


def _read(
    answers: pd.DataFrame,
    column: Any,
    item: int | str,
    response: Response,
    problems: list[Invalid],
) -> Chunk:
    reader = ItemColumn(answers[column], item=item, response=response)
    chunk = reader.read(0, len(answers))
    problems += invalid_in(reader, chunk.states, 0)
    return chunk


def _refuse(problems: list[Invalid]) -> None:
    found = [entry.sentence() for entry in problems]
    if found:
        head = f"{len(found)} kind{'s' * (len(found) > 1)} of values that this export cannot hold"
        tail = Either("\nrows are counted from 0", "")
        raise ResponseError(said(lines([head, *found]), tail), found)


def _with_codes(values: NDArray[np.float64], chunk: Chunk, column: pd.Series[Any]) -> Any:
    """Values, with the cells kept that say not applicable or not scored."""
    if chunk.states is None:
        return values
    codes = np.isin(chunk.states, (NOT_APPLICABLE, NOT_SCORED))
    if not codes.any():
        return values
    kept = values.astype(object)
    kept[codes] = column.to_numpy(dtype=object)[codes]
    return kept
