"""Dense matrices and exact least squares for the models of courses and dyads."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
from degenerate_tables import UNDEFINED, agree, mean, session_rows
from growth_judge import dense_covariance, dense_criterion

from alliance_measures import sessions

Rng = np.random.Generator
CLIENTS = "abcdefgh"


def is_least(y, x, z, codes, parts, told, outer=None):
    """Whether the told criterion is the dense one at `parts`, and no neighbour lies below.

    `parts` are the 2 x 2 covariance of a client's line, sigma2, and the outer variance.
    """
    unit = np.abs(y).max()
    units = np.abs(x).max(axis=0)
    y, x = y / unit, x / units
    d, s, o = (part / unit**2 for part in parts)

    def value(d, s, o):
        return dense_criterion(y, x, dense_covariance(z, codes, d, s, outer, o), reml=True)

    here = value(d, s, o)
    offset = 2 * (y.size - x.shape[1]) * math.log(unit) + 2 * np.log(units).sum()
    assert abs(told - here - offset) <= 1e-5 * max(1, abs(told)), (told, here + offset)
    near = [(d, s * f, o) for f in (0.9, 1.1)]
    near += [(d * f, s, o) for f in (0.9, 1.1)] + [(d, s, o * f) for f in (0.9, 1.1)]
    near += [(d + np.diag([0.01 * s, 0]), s, o)]
    for one in near:
        assert value(*one) >= here - 1e-5, (value(*one), here)
    v = dense_covariance(z, codes, d, s, outer, o)
    inverse = np.linalg.inv(v)
    return np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y) * unit / units


def known(rows):
    """Rows with all scores, as client codes, sessions and columns of numbers."""
    full = [row for row in rows if None not in row]
    names = {client: code for code, client in enumerate(dict.fromkeys(row[0] for row in full))}
    codes = np.array([names[row[0]] for row in full])
    times = np.array([float(row[1]) for row in full])
    return codes, times, np.array([[float(cell) for cell in row[2:]] for row in full])


def covariance_of(variance: pd.DataFrame, terms: tuple[str, str]) -> np.ndarray:
    own = variance[variance["group"] == "client"]
    found = np.zeros((2, 2))
    for _, row in own.iterrows():
        a = terms.index(row["term"])
        b = a if pd.isna(row["term2"]) or row["term2"] == "" else terms.index(row["term2"])
        found[a, b] = found[b, a] = row["variance_or_covariance"]
    return found


def growth_model(rng: Rng) -> bool:
    rows, frame = session_rows(rng, clients=CLIENTS)
    found = sessions.growth_model(frame, value="v0")
    codes, times, values = known(rows)
    y = values[:, 0]
    assert len(set(codes.tolist())) > 1, UNDEFINED
    assert np.ptp(y) > 0, UNDEFINED
    terms = tuple(dict.fromkeys(found.variance.loc[found.variance["group"] == "client", "term"]))
    parts = (covariance_of(found.variance, terms), found.sigma2, 0.0)
    x = np.column_stack([np.ones(y.size), times])
    expected = is_least(y, x, times, codes, parts, found.criterion)
    for told, one in zip(found.fixed["estimate"], expected, strict=True):
        agree(told, one, size=np.abs(y).max(), rel=1e-5)
    return True


def growth_statistics(rng: Rng) -> bool:
    _, frame = session_rows(rng, clients=CLIENTS)
    statistics = sessions.growth_statistics(frame, value="v0")
    from_sums = sessions.growth_model(statistics=statistics, value="v0")
    whole = sessions.growth_model(frame, value="v0")
    return agree(from_sums.criterion, whole.criterion, rel=1e-6)


def therapist_effects(rng: Rng) -> bool:
    rows, frame = session_rows(rng, clients=CLIENTS)
    frame["therapist"] = frame["client"].map(lambda client: "tuv"[CLIENTS.index(client) % 3])
    found = sessions.therapist_effects(frame, value="v0", intervals=False)
    codes, times, values = known(rows)
    y = values[:, 0]
    names = [row[0] for row in rows if None not in row]
    outer = np.array([CLIENTS.index(name) % 3 for name in names])
    assert len(set(outer.tolist())) > 1, UNDEFINED
    told = found.variance.set_index("group")["variance"]
    parts = (np.diag([told["client"], 0.0]), found.sigma2, told["therapist"])
    one = is_least(y, np.ones((y.size, 1)), times, codes, parts, found.criterion, outer)
    return agree(found.fixed["estimate"].iloc[0], one[0], size=np.abs(y).max(), rel=1e-5)


def means_of(codes, values):
    return np.array([values[codes == code].mean() for code in codes])


def within_between(rng: Rng) -> bool:
    rows, frame = session_rows(rng, values=2, clients=CLIENTS)
    found = sessions.within_between(frame, outcome="v0", predictor="v1")
    codes, times, values = known(rows)
    y, p = values.T
    between = means_of(codes, p)
    within = p - between
    assert np.abs(within).max() > 1e-12 * np.abs(p).max(), UNDEFINED
    assert np.ptp(between) > 1e-12 * np.abs(p).max(), UNDEFINED
    x = np.column_stack([np.ones(y.size), within, between])
    parts = (np.diag([found.attrs["variance_between"], 0.0]), found.attrs["sigma2"], 0.0)
    expected = is_least(y, x, times, codes, parts, found.attrs["criterion"])
    for told, one in zip(found["estimate"].iloc[1:3], expected[1:], strict=True):
        agree(told, one, rel=1e-4)
    return True


def lagged_effects(rng: Rng) -> bool:
    """Units and origin of the scores must not change what is carried over."""
    _, frame = session_rows(rng, values=2, clients=CLIENTS)
    found = sessions.lagged_effects(frame, outcome="v0", predictor="v1").set_index("term")
    for name in ("v0", "v1"):
        assert frame[name].max() > frame[name].min(), UNDEFINED
    other = frame.assign(v0=frame["v0"].astype(float) * 8, v1=frame["v1"].astype(float) * 8)
    again = sessions.lagged_effects(other, outcome="v0", predictor="v1").set_index("term")
    for term in ("outcome_lag", "predictor_lag"):
        assert not found.loc[term, "ci_low"] > found.loc[term, "ci_high"]
        agree(found.loc[term, "estimate"], again.loc[term, "estimate"], rel=1e-4)
    return True


def truth_and_bias(rng: Rng) -> bool:
    rows, frame = session_rows(rng, values=2, clients=CLIENTS)
    found = sessions.truth_and_bias(frame, judgement="v0", truth="v1")
    codes, times, values = known(rows)
    judged, truth = values.T
    middle = means_of(codes, truth)
    assert np.abs(truth - middle).max() > 1e-12 * np.abs(truth).max(), UNDEFINED
    y, x = judged - middle, np.column_stack([np.ones(codes.size), truth - middle])
    parts = (np.diag([found.attrs["variance_bias"], 0.0]), found.attrs["sigma2"], 0.0)
    expected = is_least(y, x, times, codes, parts, found.attrs["criterion"])
    return agree(found["estimate"].iloc[1], expected[1], rel=1e-4)


def solved(rows, y):
    """Exact least squares by elimination; None where the columns do not determine it."""
    k = len(rows[0])
    table = [
        [sum(r[a] * r[b] for r in rows) for b in range(k)]
        + [sum(r[a] * v for r, v in zip(rows, y, strict=True))]
        for a in range(k)
    ]
    for place in range(k):
        pivot = next((r for r in range(place, k) if table[r][place]), None)
        if pivot is None:
            return None
        table[place], table[pivot] = table[pivot], table[place]
        table[place] = [cell / table[place][place] for cell in table[place]]
        for other in range(k):
            if other != place:
                f = table[other][place]
                table[other] = [a - f * b for a, b in zip(table[other], table[place], strict=True)]
    return [row[k] for row in table]


def response_surface(rng: Rng) -> bool:
    rows, frame = session_rows(rng, values=3, missing=0.0)
    found = sessions.response_surface(frame, first="v0", second="v1", outcome="v2")
    xs, ys, zs = ([row[place] for row in rows] for place in (2, 3, 4))
    size = max(map(abs, xs + ys + zs))
    x, y = ([v - mean(values) for v in values] for values in (xs, ys))
    design = [
        [Fraction(1), a / size, b / size, (a / size) ** 2, a * b / size**2, (b / size) ** 2]
        for a, b in zip(x, y, strict=True)
    ]
    expected = solved(design, [z / size for z in zs])
    if expected is None:
        raise AssertionError(UNDEFINED)
    told = found.set_index("term")["estimate"]
    for place, power in enumerate((1, 0, 0, -1, -1, -1)):
        unit = float(size) ** power
        agree(told[f"b{place}"] / unit, expected[place], rel=1e-6)
    return True
