"""Whether the rows tell the variances of a mixed model apart, before anything is estimated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.search import Structure
from alliance_measures.estimation.mixed.sums import GroupSums, total_by

__all__ = ["refuse_unidentified"]

Floats = NDArray[np.float64]
_NAMES = ("residual", "intercept", "covariance", "slope", "outer")
_PLACES = {"intercept": [0, 1], "slope": [0, 1, 2, 3], "uncorrelated": [0, 1, 3]}
_NONE = 1e-9  # smallest eigenvalue that still tells variances apart
_FEW = 5  # clients with enough sessions, below which what is estimated rests on very little


def refuse_unidentified(sums: GroupSums, structure: Structure) -> tuple[str, ...]:
    """Refuse variances that no amount of computing could tell apart; warn where little does.

    Raises
    ------
    StatisticError
        One group, one row in each group, or more kinds of variance than the rows can show.
    """
    n, m = round(sums.n_rows), round(sums.n_groups)
    size = sums.zz[0]
    several = int(sums.count[size > 1].sum())
    if m < 2:
        raise StatisticError(
            f"{m} client: a growth model needs several; with one client fit a line (slopes)"
        )
    if not several:
        raise StatisticError(
            f"all {m} clients have one scored session: what differs between clients cannot be told "
            "from what differs between sessions; add sessions, or use a regression"
        )
    if sums.outer is not None:
        _refuse_outer(sums)
    information = _gram(sums)
    places = _PLACES[structure] + ([4] if sums.outer is not None else [])
    information = information[np.ix_(places, places)]
    scale = np.sqrt(np.diag(information))
    if (scale == 0).any():
        raise StatisticError("the session is the same in all rows, so no slope can be estimated")
    smallest = float(np.linalg.eigvalsh(information / np.outer(scale, scale))[0])
    if smallest < _NONE:
        raise StatisticError(_why_not(sums, structure, n, m))
    need = 2 if structure == "intercept" else 3
    enough = int(sums.count[size >= need].sum())
    if enough >= _FEW:
        return ()
    return (
        f"{enough} of {m} clients have the {need} sessions that tell clients apart from chance: "
        "the variances rest on very little",
    )


def _refuse_outer(sums: GroupSums) -> None:
    groups = total_by(sums.outer, sums.count)
    if groups.size < 2:
        raise StatisticError("1 therapist: shares of variance need several")
    if groups.max() < 2:
        raise StatisticError(
            f"each of {groups.size} therapists has one client: therapists and clients cannot be "
            "told apart; leave the therapist out"
        )


def _why_not(sums: GroupSums, structure: Structure, n: int, m: int) -> str:
    size = sums.zz[0]
    three = int(sums.count[size > 2].sum())
    lacking = "slopes" if structure != "intercept" else "intercepts"
    remedy = "random='intercept'" if structure != "intercept" else "fewer levels"
    return (
        f"the variances of {lacking}, intercepts and residuals cannot be told apart: {n} scored "
        f"sessions of {m} clients, {three} of whom have three or more; use {remedy}"
    )


def _gram(sums: GroupSums) -> Floats:
    """tr(G_r G_s) of the derivatives G of V by its variances (and covariance), summed over groups.

    Singular where two sets of variances give the same V.
    """
    count = sums.count
    a00, a01, a11 = sums.zz
    parts = {
        (0, 0): count @ a00, (0, 1): count @ a00, (0, 2): 2 * count @ a01, (0, 3): count @ a11,
        (1, 1): count @ a00**2, (1, 2): 2 * count @ (a00 * a01), (1, 3): count @ a01**2,
        (2, 2): 2 * count @ (a00 * a11 + a01**2), (2, 3): 2 * count @ (a01 * a11),
        (3, 3): count @ a11**2,
    }  # fmt: skip
    if sums.outer is not None:
        rows = total_by(sums.outer, count * a00)
        parts |= {
            (0, 4): count @ a00, (1, 4): count @ a00**2, (2, 4): 2 * count @ (a00 * a01),
            (3, 4): count @ a01**2, (4, 4): rows @ rows,
        }  # fmt: skip
    gram = np.zeros((5, 5))
    for (r, s), value in parts.items():
        gram[r, s] = gram[s, r] = value
    return gram
