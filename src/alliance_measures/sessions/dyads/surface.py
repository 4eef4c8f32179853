"""Response surfaces: what two ratings and their match or mismatch have to do with an outcome."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError, StatisticWarning, outside
from alliance_measures.estimation.mixed.fit import fit_mixed
from alliance_measures.frames import float_column, require_columns
from alliance_measures.long_tables import require_keys
from alliance_measures.sessions.growth.tables import DfMethod, check_df, fixed_table

__all__ = ["response_surface"]

Floats = NDArray[np.float64]
_TERMS = ("b0", "b1", "b2", "b3", "b4", "b5")
_SURFACE = {
    "a1": (0, 1, 1, 0, 0, 0), "a2": (0, 0, 0, 1, 1, 1), "a3": (0, 1, -1, 0, 0, 0),
    "a4": (0, 0, 0, 1, -1, 1), "a5": (0, 0, 0, 1, 0, -1),
}  # fmt: skip


@explained
def response_surface(
    frame: pd.DataFrame,
    *,
    first: Hashable,
    second: Hashable,
    outcome: Hashable,
    client: Hashable | None = None,
    therapist: Hashable | None = None,
    centre: Literal["means", "common"] | float = "means",
    df: DfMethod = "satterthwaite",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Polynomial regression of an outcome on two ratings, and the surface it describes.

    Parameters
    ----------
    frame : DataFrame
        One row per pair of ratings (a client, or a session); rows with a missing one are left out.
    first, second, outcome : hashable
        Columns of the ratings x, y and of the outcome z.
    client, therapist : hashable, optional
        Columns: rows of a client, and clients of a therapist, then share a random intercept (three
        levels with both; Kivlighan et al. 2017).
    centre : {"means", "common"} or float
        What 0 stands for: each rating's own mean, the mean of both, or a number such as the middle
        of the scale. Only with one common point is x = y where the two ratings are equal.
    df : {"satterthwaite", "kenward-roger"}
        With a random intercept.
    confidence : float

    Returns
    -------
    DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high of b0 to b5 and of a1 (slope along the line of
        congruence, x = y), a2 (its curvature), a3 (slope along the line of incongruence, x = -y),
        a4 (its curvature) and a5 (b3 - b5: whether the ridge lies off that line). ``attrs``: n,
        n_left_out, centre (of x and y), stationary_point (as centred; NaN on a plane), r2 (without
        random intercepts), model.

    Raises
    ------
    ColumnError, StatisticError
        Fewer than seven rows; ratings that do not determine the six coefficients (constant, equal,
        or of too few values); an outcome that does not vary; a therapist without `client`, clients
        with several.

    Warns
    -----
    StatisticWarning
        Where the variances of the random intercepts rest on very little.

    Notes
    -----
    z = b0 + b1 x + b2 y + b3 x^2 + b4 xy + b5 y^2 (Edwards & Parry 1993, Acad Manage J 36,
    1577-1613; Shanock et al. 2010, J Bus Psychol 25, 543-554).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"wai": [5, 3, 4, 2, 5, 1, 4, 2, 3, 5], "outcome":
    ...     [9, 6, 8, 2, 6, 1, 6, 5, 5, 8], "wai_t": [4, 4, 4, 1, 2, 2, 3, 4, 2, 5]})
    >>> found = response_surface(frame, first="wai", second="wai_t", outcome="outcome")
    >>> found.set_index("term")["estimate"].loc["a1":"a4"].round(2).to_dict()
    {'a1': 1.94, 'a2': -0.4, 'a3': 0.32, 'a4': -0.61}
    """
    check_df(df, confidence)
    keys = {"client": client, "therapist": therapist}
    given = {role: name for role, name in keys.items() if name is not None}
    require_keys(frame, given, [first, second, outcome], what="table of ratings")
    x, y, z, rows = _read(frame, [first, second, outcome])
    middle = _middle(x, y, centre)
    x, y = x - middle[0], y - middle[1]
    design = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    _refuse(design, z)
    contrasts = {name: np.eye(6)[place] for place, name in enumerate(_TERMS)}
    contrasts |= {name: np.array(row, dtype=np.float64) for name, row in _SURFACE.items()}
    if given:
        table, b = _multilevel(frame.iloc[rows], design, z, contrasts, keys, df, confidence)
        model, r2 = f"random intercepts of {' and '.join(given)}", float("nan")
    else:
        table, b, r2 = _least_squares(design, z, contrasts, confidence)
        model = "least squares"
    table.attrs = {
        "n": z.size, "n_left_out": len(frame) - z.size, "centre": middle,
        "stationary_point": _stationary(b), "r2": r2, "model": model,
    }  # fmt: skip
    return table


def _read(
    frame: pd.DataFrame, names: list[Hashable]
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    require_columns(frame, names, what="table of ratings")
    values = np.stack([float_column(frame[name], name=name) for name in names])
    rows = np.flatnonzero(~np.isnan(values).any(axis=0))
    if rows.size < 7:
        raise StatisticError(f"{rows.size} complete rows where at least 7 are needed")
    return values[0, rows], values[1, rows], values[2, rows], rows


def _middle(x: Floats, y: Floats, centre: str | float) -> tuple[float, float]:
    if isinstance(centre, str) and centre not in ("means", "common"):
        raise StatisticError("centre must be means, common, or a number")
    if centre == "means":
        return float(x.mean()), float(y.mean())
    point = float((x.mean() + y.mean()) / 2) if isinstance(centre, str) else float(centre)
    if not np.isfinite(point):
        raise StatisticError("centre must be finite")
    return point, point


def _refuse(design: Floats, z: Floats) -> None:
    size = np.sqrt((design**2).sum(axis=0))
    if (size == 0).any() or np.linalg.matrix_rank(design / size, tol=1e-9 * z.size) < 6:
        raise StatisticError(
            f"the two ratings of {z.size} rows do not determine a surface: one is constant, they "
            "are equal, or they take too few values for squares and product"
        )
    if np.ptp(z) <= 1e-13 * np.abs(z).max():
        raise StatisticError(f"the outcome is the same in all {z.size} rows")


def _least_squares(
    design: Floats, z: Floats, contrasts: dict[str, Floats], confidence: float
) -> tuple[pd.DataFrame, Floats, float]:
    unit = np.sqrt((design**2).sum(axis=0))
    q, upper = np.linalg.qr(design / unit)
    b = np.linalg.solve(upper, q.T @ z) / unit
    rest = z - design @ b
    degrees = z.size - 6
    inverse = np.linalg.inv(upper) / unit[:, None]
    rows = np.stack(list(contrasts.values()))
    sigma = np.sqrt(rest @ rest / degrees)
    se = sigma * np.sqrt(((rows @ inverse) ** 2).sum(axis=1))
    estimate, half = rows @ b, stdtrit(degrees, 0.5 + confidence / 2) * se
    t = np.where(se > 0, estimate / np.where(se > 0, se, 1.0), np.nan)
    table = pd.DataFrame({
        "term": list(contrasts), "estimate": estimate, "se": se, "df": float(degrees), "t": t,
        "p": 2 * stdtr(degrees, -np.abs(t)), "ci_low": estimate - half, "ci_high": estimate + half,
    })  # fmt: skip
    centred = z - z.mean()
    return table, b, float(1 - (rest @ rest) / (centred @ centred))


def _multilevel(
    frame: pd.DataFrame, design: Floats, z: Floats, contrasts: dict[str, Floats],
    keys: dict[str, Hashable | None], df: DfMethod, confidence: float,
) -> tuple[pd.DataFrame, Floats]:  # fmt: skip
    if keys["client"] is None:
        raise StatisticError("therapist needs `client` as well: whose rows belong together")
    codes, outer = _levels(frame, keys)
    fit = fit_mixed(z, design, codes, names=_TERMS, outer=outer)
    for message in fit.warnings:
        warnings.warn(message, StatisticWarning, stacklevel=outside())
    return fixed_table(fit, df=df, confidence=confidence, contrasts=contrasts), fit.coefficients


def _levels(
    frame: pd.DataFrame, keys: dict[str, Hashable | None]
) -> tuple[NDArray[np.intp], NDArray[np.intp] | None]:
    found = {}
    for role, name in keys.items():
        if name is None:
            continue
        try:
            places = pd.factorize(frame[name])[0].astype(np.intp)
        except TypeError:
            raise StatisticError(f"{role} holds lists or the like where names are needed") from None
        if (places < 0).any():
            raise StatisticError(f"{(places < 0).sum()} complete rows have no {role}")
        found[role] = places
    codes = found["client"]
    if "therapist" not in found:
        return codes, None
    pairs = pd.DataFrame(found).drop_duplicates()
    if len(pairs) > codes.max() + 1:
        raise StatisticError(
            f"{int((pairs['client'].value_counts() > 1).sum())} clients have more than one "
            "therapist; number clients apart"
        )
    return codes, pairs.sort_values("client")["therapist"].to_numpy()


def _stationary(b: Floats) -> tuple[float, float]:
    curve = np.array([[2 * b[3], b[4]], [b[4], 2 * b[5]]])
    size = np.abs(curve).max()
    if not size or abs(np.linalg.det(curve / size)) < 1e-12:
        return float("nan"), float("nan")
    x, y = np.linalg.solve(curve, -b[1:3])
    return float(x), float(y)
