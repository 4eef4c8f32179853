"""Tell whether scores from elsewhere fit the definition, and which items do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Linear
from alliance_measures.errors import ColumnError
from alliance_measures.frames import float_column, frame_of, require_columns
from alliance_measures.scoring.answers import item_readers
from alliance_measures.scoring.codings import coded, settled_name
from alliance_measures.scoring.columns import Columns
from alliance_measures.scoring.evidence import AnswersBy
from alliance_measures.scoring.score import score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["audit_scores"]

TOLERANCE = 1e-6

Values = NDArray[np.float64]
ItemIds = tuple[int | str, ...]


@explained
def audit_scores(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    reported: pd.DataFrame,
    *,
    columns: Columns = None,
    answers_by: AnswersBy = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """Compare scores computed elsewhere with the definition, and find the items that differ.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
    instrument : Instrument, str or Path
    reported : DataFrame, shape (n, any)
        Scores from elsewhere in columns named by scale; the same rows in the same order.
    columns, answers_by, coding
        As for :func:`alliance_measures.score`.

    Returns
    -------
    DataFrame
        One row per scale in `reported`: scale, n_compared (rows with both scores), n_equal,
        max_difference (absolute, NaN where nothing could be compared), items (tuple of the items
        whose weight does not fit), finding (a sentence).

    Raises
    ------
    ColumnError
        `reported` has no column named by a scale, or other rows than `answers`.

    Notes
    -----
    Where the scores differ, the weights that the reported scores give each item are recovered by
    least squares over the complete rows. They count only where they reproduce the reported scores
    exactly; otherwise the finding says that no weighting of the items does.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> random = np.random.default_rng(1)
    >>> sheets = random.integers(1, 6, (60, 12))
    >>> answers = pd.DataFrame(sheets, columns=range(1, 13))
    >>> wrong = answers[[3, 5, 7]].sum(axis=1) + (6 - answers[9])
    >>> audit_scores(answers, "wai-sr-client", pd.DataFrame({"bond": wrong}))["finding"].item()
    'item 9 is reversed in the reported score and should not be'
    """
    import pandas as pd

    instrument, answers = load(instrument), frame_of(answers)
    names = [name for name in instrument.scales if name in reported.columns]
    if not names:
        raise ColumnError(
            f"reported has no column named by a scale of {instrument.id}: "
            f"{', '.join(instrument.scales)}"
        )
    require_columns(reported, names, what="reported table")
    if not reported.index.equals(answers.index):
        raise ColumnError("reported must have the rows of answers, in the same order")
    answers = coded(answers, instrument, coding, columns, answers_by)
    ours = score(
        answers, instrument, columns=columns, answers_by=answers_by, coding=settled_name(instrument)
    )
    sheets = _sheets(answers, instrument, columns, answers_by)
    rows = [
        _audit_scale(
            instrument, name, sheets, float_column(reported[name], name=name), ours[name].to_numpy()
        )
        for name in names
    ]
    return pd.DataFrame(rows)


class _Sheets(NamedTuple):
    items: ItemIds
    values: Values  # NaN where not answered


def _sheets(
    answers: pd.DataFrame, instrument: Instrument, columns: Columns, answers_by: AnswersBy
) -> _Sheets:
    readers = item_readers(answers, instrument, columns=columns, answers_by=answers_by)
    chunks = [reader.read(0, len(answers)) for reader in readers]
    values = [np.where(chunk.answered, chunk.values, np.nan) for chunk in chunks]
    return _Sheets(tuple(r.item for r in readers), np.column_stack(values).astype(np.float64))


def _audit_scale(
    instrument: Instrument, name: str, sheets: _Sheets, reported: Values, ours: Values
) -> dict[str, object]:
    both = ~np.isnan(reported) & ~np.isnan(ours)
    difference = np.abs(reported[both] - ours[both])
    unit = np.ptp(instrument.score_range(name))
    equal = int(np.count_nonzero(difference <= TOLERANCE * unit))
    items: ItemIds = ()
    finding = "every compared score fits" if both.any() else "no row has both scores"
    if equal < both.sum():
        items, finding = _explain(instrument, name, sheets, reported)
    return {
        "scale": name,
        "n_compared": int(both.sum()),
        "n_equal": equal,
        "max_difference": float(difference.max()) if both.any() else float("nan"),
        "items": items,
        "finding": finding,
    }


def _explain(
    instrument: Instrument, name: str, sheets: _Sheets, reported: Values
) -> tuple[ItemIds, str]:
    """Recover the weights of the reported score from all items, or from the scale's own."""
    expected = _expected(instrument, name, sheets.items)
    for items in (sheets.items, instrument.scale_items(name)):
        chosen = [sheets.items.index(item) for item in items]
        weights = _recover(sheets.values[:, chosen], reported)
        if weights is not None:
            wanted = np.array([expected.get(item, 0.0) for item in items])
            return _compare(items, wanted, weights)
    return (), (
        "no weighting of the items gives the reported scores in every complete row, "
        "or there are too few different complete rows to tell"
    )


def _recover(values: Values, reported: Values) -> Values | None:
    """Weights that give the reported scores exactly over the complete rows; None if none do."""
    complete = ~np.isnan(values).any(axis=1) & ~np.isnan(reported)
    x, y = values[complete], reported[complete]
    if len(y) <= x.shape[1] + 1:
        return None
    design = np.column_stack([x, np.ones(len(y))])
    weights, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    residual = np.abs(design @ weights - y).max()
    if rank < design.shape[1] or residual > TOLERANCE * max(1.0, float(np.abs(y).max())):
        return None
    return np.asarray(weights[:-1], dtype=np.float64)


def _expected(instrument: Instrument, name: str, items: ItemIds) -> Mapping[int | str, float]:
    """Weight of each raw answer in the score: sign of the key, item weight, mean, transform."""
    scale = instrument.scales[name]
    members, reverse = instrument.scale_items(name), instrument.reversed_items(name)
    weights = {item: float(scale.weights.get(item, 1)) for item in members}
    divisor = sum(weights.values()) if scale.method.endswith("mean") else 1.0
    factor = _slope(scale.linear)
    return {
        item: (-1 if item in reverse else 1)
        * weight
        * _slope(instrument.item(item).linear)
        * factor
        / divisor
        for item, weight in weights.items()
    }


def _slope(linear: Linear | None) -> float:
    return linear.multiply / linear.divide if linear else 1.0


def _compare(items: ItemIds, expected: Values, found: Values) -> tuple[ItemIds, str]:
    """Items whose weight differs, after allowing for one common factor (a mean for a sum)."""
    inside = expected != 0
    factor = _common_factor(np.abs(found[inside] / expected[inside]))
    sentences, odd = [], []
    if abs(factor - 1) > TOLERANCE:
        sentences.append(f"the reported score counts every item {factor:.6g} times as much")
    for item, wanted, weight in zip(items, expected * factor, found, strict=True):
        if abs(weight - wanted) > TOLERANCE * max(1.0, factor):
            odd.append(item)
            sentences.append(_sentence(item, wanted, weight))
    return tuple(odd), "; ".join(sentences) or "the weights fit; a constant was added"


def _common_factor(ratios: Values) -> float:
    """Find what most items have been multiplied by; 1 where that is as good as any."""
    counted = ratios[ratios > TOLERANCE]
    if not counted.size:
        return 1.0
    alike = np.isclose(counted[:, None], counted, rtol=TOLERANCE).sum(axis=1)
    common = counted[alike == alike.max()]
    return 1.0 if np.isclose(common, 1.0, rtol=TOLERANCE).any() else float(common[0])


def _sentence(item: int | str, wanted: float, found: float) -> str:
    if abs(wanted + found) < TOLERANCE and wanted:
        if wanted > 0:
            return f"item {item} is reversed in the reported score and should not be"
        return f"item {item} is not reversed in the reported score and should be"
    if abs(found) < TOLERANCE:
        return f"item {item} is left out of the reported score"
    if not wanted:
        return f"item {item} is counted in the reported score and does not belong to the scale"
    return f"item {item} has weight {found:.6g} in the reported score instead of {wanted:.6g}"
