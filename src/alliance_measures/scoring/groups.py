"""Scores of a clinician, a clinic or another group: over all its forms at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import StatisticError
from alliance_measures.frames import float_column, require_columns
from alliance_measures.long_tables import free_names
from alliance_measures.scoring.grouping import group_rows
from alliance_measures.scoring.standardize import scale_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["group_scores"]

RESULTS = ("scale", "unit", "score", "n", "n_incomplete", "enough")


@explained
def group_scores(
    scores: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    by: Hashable | Sequence[Hashable] = (),
    min_forms: int | None = None,
) -> pd.DataFrame:
    """Score groups of forms: the percentage of top scores, and the means of the other scales.

    Parameters
    ----------
    scores : DataFrame, shape (n, any)
        As :func:`alliance_measures.score` returns it, one row per form, with the columns of `by`
        (kept with ``keep=``).
    instrument : Instrument, str or Path
    by : hashable or sequence of hashable
        Columns that make the groups; none: all forms are one group.
    min_forms : int, optional
        Complete forms that a group needs. None: the definition's rule, where it has one.

    Returns
    -------
    DataFrame
        One row per group and scale: the columns of `by`, scale, unit ("percent" for scales of
        method top, else the metric of the scale), score, n (forms with a score), n_incomplete
        (forms without), enough (n >= min_forms; None where there is no rule). NaN where no form
        has a score. Groups with too few forms keep their score: the flag says so, and whoever
        publishes decides.

    Raises
    ------
    ColumnError
        No scale of the instrument, or a column of `by`, is missing, or has the name of a result.
    StatisticError
        `min_forms` is below 1.

    Notes
    -----
    Top score = 100 x share of complete forms on which every answer is the highest; mean score =
    mean over forms (glynelwyn.com/scoring-collaborate.html, which asks for 25 complete forms).

    Examples
    --------
    >>> import pandas as pd
    >>> forms = pd.DataFrame({"top": [1.0, 0.0, None, 0.0], "mean": [9.0, 26 / 3, None, 0.0]})
    >>> group_scores(forms, "collaborate-10", min_forms=25).round(6)
      scale       unit      score  n  n_incomplete  enough
    0  mean  item-mean   5.888889  3             1   False
    1   top    percent  33.333333  3             1   False
    """
    import pandas as pd

    instrument = load(instrument)
    keys = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    _check(scores, keys, min_forms)
    names = scale_columns(scores, instrument)
    needed = min_forms or (instrument.group.min_forms if instrument.group else None)
    values = {name: float_column(scores[name], name=name) for name in names}
    rows = []
    for key, places in group_rows(scores, keys):
        for name in names:
            own = values[name][places]
            n = int(np.count_nonzero(~np.isnan(own)))
            unit, factor = _unit(instrument, name)
            score = factor * float(np.nanmean(own)) if n else np.nan
            enough = None if needed is None else n >= needed
            rows.append((*key, name, unit, score, n, own.size - n, enough))
    return pd.DataFrame(rows, columns=[*keys, *RESULTS])


def _unit(instrument: Instrument, scale: str) -> tuple[str, float]:
    if instrument.scales[scale].method == "top":
        return "percent", 100.0
    return instrument.score_metric(scale), 1.0


def _check(scores: pd.DataFrame, keys: list[Hashable], min_forms: int | None) -> None:
    require_columns(scores, keys, what="score table")
    free_names(keys, RESULTS)
    if min_forms is not None and min_forms < 1:
        raise StatisticError("min_forms must be at least 1")
