"""The bridge: key answers by an instrument, then reliability and structure per scale."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import StatisticError, StatisticWarning
from alliance_measures.messages import lines, said
from alliance_measures.psychometrics.alpha import cronbach_alpha, require_confidence
from alliance_measures.psychometrics.confirmatory import FIT_COLUMNS, confirmatory_fit
from alliance_measures.psychometrics.items import item_rest_correlation, item_statistics
from alliance_measures.psychometrics.moments import (
    ItemMoments,
    Missing,
    item_moments,
    require_missing,
)
from alliance_measures.psychometrics.omega import mcdonald_omega
from alliance_measures.psychometrics.precision import (
    minimal_detectable_change,
    standard_error_of_measurement,
)
from alliance_measures.scoring.keyed import keyed_items
from alliance_measures.scoring.score import score

__all__ = ["factor_fit_of", "item_statistics_of", "reliability_of"]

Array = NDArray[np.float64]
Columns = Mapping[Any, Any] | str | None


@explained
def reliability_of(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    confidence: float = 0.95,
    missing: Missing = "pairwise",
    problems: Literal["raise", "note"] = "raise",
    invalid: Literal["raise", "missing"] = "raise",
    status: str | Sequence[str] | None = None,
    answers_by: Literal["label", "code"] | None = None,
    coding: str | None = None,
) -> pd.DataFrame:
    r"""Reliability of every scale of an instrument in a table of raw answers.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
        One row per answer sheet, not yet reversed: the definition says what to reverse.
    instrument : Instrument, str or Path
        What :func:`alliance_measures.load` accepts.
    columns, answers_by, coding
        As for :func:`alliance_measures.score`.
    confidence : float in (0, 1)
        Of the interval of alpha.
    missing : {"pairwise", "listwise"}
        Of alpha; omega always uses the complete rows.
    problems : {"raise", "note"}
        What becomes of a scale whose alpha cannot be computed: an error that lists every such
        scale, or a row without values and the reason in ``note``.
    invalid : {"raise", "missing"}
    status : str or sequence of str, optional
        As for :func:`alliance_measures.score`.

    Returns
    -------
    DataFrame, one row per scale (index = scale)
        ``alpha``, ``ci_low``, ``ci_high``, ``omega_total`` (one factor, minres, correlations),
        ``sem`` and ``mdc95`` (in the unit of the scale's score, from alpha and the SD of the
        scores), ``n`` (of alpha), ``k``; then ``share_missing`` (of answers), ``share_floor`` and
        ``share_ceiling`` (of complete sheets with the lowest, the highest answer throughout),
        ``sd``, ``n_complete``, ``items_to_check`` (items whose item-rest correlation is not
        positive: perhaps not reversed), ``note``, and last ``scale``, the index once more as a
        column, so that a file without its index still names the scales. A scale of one item has no
        alpha: NaN. Omega is NaN below three items and where its model cannot be fitted (see
        ``note``).

    Raises
    ------
    ColumnError, ResponseError
        As :func:`alliance_measures.score`.
    StatisticError
        As :func:`cronbach_alpha`, for every scale in one error; scales and items are named.

    Notes
    -----
    SEM = sd sqrt(1 - alpha), MDC95 = 1.96 sqrt(2) SEM (with 1.959964). A negative alpha, of items
    to be reversed, gives an SEM above the SD: see ``items_to_check``. Sheets of the same client
    count as separate rows: over several sessions alpha mixes clients and sessions; see
    :func:`multilevel_reliability`.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> level = rng.normal(3.5, 0.8, size=(120, 1)) + rng.normal(0, 0.7, size=(120, 12))
    >>> answers = pd.DataFrame(
    ...     level.round().clip(1, 5), columns=[f"wai_{item}" for item in range(1, 13)])
    >>> table = reliability_of(answers, "wai-sr-client", columns="wai_{item}")
    >>> table.index.tolist(), table["k"].tolist()
    (['task', 'bond', 'goal', 'total'], [4, 4, 4, 12])
    """
    if problems not in ("raise", "note"):
        raise StatisticError(f"problems is {problems!r}; allowed are 'raise', 'note'")
    require_confidence(confidence)
    require_missing(missing)
    definition = load(instrument)
    keyed = keyed_items(
        answers,
        definition,
        columns=columns,
        invalid=invalid,
        status=status,
        answers_by=answers_by,
        coding=coding,
    )
    scores = score(
        answers,
        definition,
        columns=columns,
        invalid=invalid,
        status=status,
        answers_by=answers_by,
        coding=coding,
    )
    rows, found = {}, []
    for scale, items in keyed.items():
        row = _frame_facts(items, definition, scale) | {"sd": float(scores[scale].std())}
        try:
            row |= _scale_row(_weighted(items, definition, scale), row["sd"], confidence, missing)
        except StatisticError as error:
            row["note"] = str(error)
            found.append(said(f"scale {scale}: ", error.message))
        rows[scale] = row
    if found and problems == "raise":
        raise StatisticError(lines(found))
    return _table(rows)


def _table(rows: dict[str, dict[str, Any]]) -> pd.DataFrame:
    order = ["alpha", "ci_low", "ci_high", "omega_total", "sem", "mdc95", "n", "k"]
    order += ["share_missing", "share_floor", "share_ceiling", "sd", "n_complete"]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(
        columns=[*order, "items_to_check", "note"]
    )
    return table.assign(scale=list(table.index))


def _weighted(items: pd.DataFrame, definition: Instrument, scale: str) -> pd.DataFrame:
    weights = definition.scales[scale].weights
    return items * [float(weights.get(item, 1)) for item in items.columns] if weights else items


def _frame_facts(items: pd.DataFrame, definition: Instrument, scale: str) -> dict[str, Any]:
    """Describe a scale even where no coefficient exists."""
    values = items.to_numpy()
    complete = values[~np.isnan(values).any(axis=1)]
    low, high = _bounds(items, definition)
    n = max(len(complete), 1)
    return {
        "n": int((~np.isnan(values)).any(axis=1).sum()),
        "k": values.shape[1],
        "share_missing": float(np.isnan(values).mean()) if values.size else float("nan"),
        "share_floor": float((complete == low).all(axis=1).sum() / n),
        "share_ceiling": float((complete == high).all(axis=1).sum() / n),
        "n_complete": len(complete),
        "items_to_check": "",
        "note": "",
    }


def _bounds(items: pd.DataFrame, definition: Instrument) -> tuple[Array, Array]:
    """Lowest and highest answer that the definition allows, per item."""
    responses = [definition.response_of(item) for item in items.columns]
    return np.array([r.low for r in responses]), np.array([r.high for r in responses])


def _scale_row(
    items: pd.DataFrame, sd: float, confidence: float, missing: Missing
) -> dict[str, Any]:
    if items.shape[1] < 2:
        return {"note": "one item: no internal consistency"}
    moments = item_moments(items, missing=missing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StatisticWarning)  # the column items_to_check says it
        alpha = cronbach_alpha(moments, confidence=confidence).iloc[0]
    sem = standard_error_of_measurement(sd, alpha["alpha"])
    omega, note = _omega(items)
    row = {name: alpha[name] for name in ("alpha", "ci_low", "ci_high", "n")}
    row |= {"omega_total": omega, "note": note, "items_to_check": _unlike(moments)}
    return row | {"sem": sem, "mdc95": minimal_detectable_change(sem)}


def _omega(items: pd.DataFrame) -> tuple[float, str]:
    if items.shape[1] < 3:
        return float("nan"), "omega needs three items"
    try:
        return float(mcdonald_omega(items, n_factors=1)["omega_total"].item()), ""
    except StatisticError as error:
        return float("nan"), f"no omega: {error}"


def _unlike(moments: ItemMoments) -> str:
    rest = item_rest_correlation(moments.covariance)
    return ", ".join(name for name, r in zip(moments.names, rest, strict=True) if not r > 0)


@explained
def item_statistics_of(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    missing: Missing = "pairwise",
    invalid: Literal["raise", "missing"] = "raise",
    status: str | Sequence[str] | None = None,
    answers_by: Literal["label", "code"] | None = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """Item statistics within every scale, floor and ceiling by the definition's own bounds.

    Parameters
    ----------
    answers, instrument, columns, missing, invalid, status, answers_by, coding
        As :func:`reliability_of`. Scales of one item are left out.

    Returns
    -------
    DataFrame, one row per scale and item
        The columns of :func:`item_statistics` (of keyed answers), and ``scale``.

    Raises
    ------
    ColumnError, ResponseError, StatisticError
        As :func:`reliability_of`; also where no scale has two items.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> level = rng.normal(3.5, 0.8, size=(120, 1)) + rng.normal(0, 0.7, size=(120, 12))
    >>> answers = pd.DataFrame(
    ...     level.round().clip(1, 5), columns=[f"wai_{item}" for item in range(1, 13)])
    >>> table = item_statistics_of(answers, "wai-sr-client", columns="wai_{item}")
    >>> table.loc[table["scale"] == "bond", "item"].tolist()
    [3, 5, 7, 9]
    """
    require_missing(missing)
    definition = load(instrument)
    keyed = keyed_items(
        answers,
        definition,
        columns=columns,
        invalid=invalid,
        status=status,
        answers_by=answers_by,
        coding=coding,
    )
    tables, found = [], []
    for scale, items in keyed.items():
        if items.shape[1] < 2:
            continue
        try:
            table = item_statistics(items, missing=missing)
        except StatisticError as error:
            found.append(said(f"scale {scale}: ", error.message))
            continue
        values, floor, ceiling = items.to_numpy(), *_bounds(items, definition)
        answered = (~np.isnan(values)).sum(axis=0)
        table["share_floor"] = (values == floor).sum(axis=0) / answered
        table["share_ceiling"] = (values == ceiling).sum(axis=0) / answered
        tables.append(table.assign(scale=scale))
    if found or not tables:
        raise StatisticError(lines(found) or f"{definition.id} has no scale of two items")
    return pd.concat(tables, ignore_index=True)


@explained
def factor_fit_of(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    columns: Columns = None,
    answers_by: Literal["label", "code"] | None = None,
    coding: str | None = None,
) -> pd.DataFrame:
    """Compare the fit of an instrument's declared structure with that of one factor.

    Parameters
    ----------
    answers, instrument, columns, answers_by, coding
        As :func:`reliability_of`; only sheets with every item answered are used.

    Returns
    -------
    DataFrame, one row per model
        ``model`` (the factors joined by ``|``, scales that make one factor by ``+``), the columns
        of :func:`confirmatory_fit`, ``note`` (why a model could not be fitted). First all items on
        one factor; with three scales each pair of them merged; last one factor per scale. Scales
        that contain other scales, such as totals, declare no factor.

    Raises
    ------
    ColumnError, ResponseError
        As :func:`alliance_measures.score`.
    StatisticError
        An instrument without two scales of two or more items each that share no item.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> level = rng.normal(3.5, 0.8, size=(200, 1)) + rng.normal(0, 0.7, size=(200, 12))
    >>> answers = pd.DataFrame(
    ...     level.round().clip(1, 5), columns=[f"wai_{item}" for item in range(1, 13)])
    >>> factor_fit_of(answers, "wai-sr-client", columns="wai_{item}")["model"].tolist()
    ['task+bond+goal', 'task+bond|goal', 'task+goal|bond', 'bond+goal|task', 'task|bond|goal']
    """
    definition = load(instrument)
    parts = _disjoint_scales(definition)
    if len(parts) < 2:
        raise StatisticError(f"{definition.id} declares no structure of two or more scales")
    keyed = keyed_items(answers, definition, columns=columns, answers_by=answers_by, coding=coding)
    items = pd.concat([keyed[scale] for scale in parts], axis=1)
    items.columns = items.columns.map(str)
    rows = [_model_row(items, model, parts) for model in _models(list(parts))]
    return pd.DataFrame(rows, columns=["model", *FIT_COLUMNS, "note"])


def _disjoint_scales(definition: Instrument) -> dict[str, list[str]]:
    members = {
        scale: [str(item) for item in definition.scale_items(scale)] for scale in definition.scales
    }
    kept: dict[str, list[str]] = {}
    for scale, items in members.items():
        contains = any(set(other) < set(items) for other in members.values())
        shared = any(set(other) & set(items) for other in kept.values())
        if len(items) > 1 and not contains and not shared:
            kept[scale] = items
    return kept


def _models(scales: list[str]) -> list[list[tuple[str, ...]]]:
    models = [[tuple(scales)]]
    if len(scales) == 3:
        for pair in combinations(scales, 2):
            models.append([pair, *[(scale,) for scale in scales if scale not in pair]])
    return [*models, [(scale,) for scale in scales]]


def _model_row(
    items: pd.DataFrame, model: list[tuple[str, ...]], parts: dict[str, list[str]]
) -> dict[str, Any]:
    structure = {
        "+".join(group): [item for scale in group for item in parts[scale]] for group in model
    }
    row: dict[str, Any] = {"model": "|".join(structure)}
    try:
        return row | dict(confirmatory_fit(items, structure).iloc[0]) | {"note": ""}
    except StatisticError as error:
        return row | {"note": str(error)}
