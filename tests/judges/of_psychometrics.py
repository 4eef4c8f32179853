"""Slow and exact routes to the coefficients of reliability and agreement."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
from degenerate_tables import (
    UNDEFINED,
    agree,
    columns_of,
    correlation,
    correlations,
    covariance,
    exact_and_floats,
    mean,
    rank,
    root,
    variance,
    whole_table,
)
from scipy import optimize, stats

from alliance_measures import psychometrics as psy

Rng = np.random.Generator


def slow_alpha(exact):
    k = len(exact[0])
    total = variance([sum(row) for row in exact])
    if not total or k < 2:
        return None
    items = sum(variance(column) for column in columns_of(exact))
    return float((1 - items / total) * k / (k - 1))


def cronbach_alpha(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    found = psy.cronbach_alpha(floats).iloc[0]
    expected = slow_alpha(exact)
    if expected is None:
        assert np.isnan(found["ci_low"]), UNDEFINED
    return agree(found["alpha"], expected)


def bootstrap_interval(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3, most=16)
    found = psy.bootstrap_interval(floats, n_resamples=100, seed=1).iloc[0]
    assert found["n_resamples"] + found["n_unusable"] == 100
    assert found["ci_low"] < found["ci_high"]
    return agree(found["estimate"], slow_alpha(exact))


def varying(exact):
    """Correlations of items that all vary, as does the sum of their standardised answers."""
    r = correlations(exact)
    if r is None or abs(r.sum()) < 1e-9:
        raise AssertionError(UNDEFINED)
    return r


def all_split_halves(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.all_split_halves(floats).iloc[0]
    r = varying(exact)
    between = [
        r[np.ix_(a, [i for i in range(4) if i not in a])].sum() for a in ([0, 1], [0, 2], [0, 3])
    ]
    values = [4 * one / r.sum() for one in between]
    agree(found["lowest"], min(values))
    agree(found["mean"], sum(values) / 3)
    return agree(found["highest"], max(values))


def guttman_lambdas(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.guttman_lambdas(floats).iloc[0]
    r = varying(exact)
    total, off = r.sum(), r - np.eye(4)
    first = 1 - 4 / total
    agree(found["lambda1"], first)
    agree(found["lambda2"], first + math.sqrt(4 / 3 * (off**2).sum()) / total)
    agree(found["lambda5"], first + 2 * math.sqrt((off**2).sum(axis=0).max()) / total)
    if rank(exact) < 4:
        assert np.isnan(found["lambda6"]), UNDEFINED
    elif np.linalg.cond(r) < 1e6:
        agree(found["lambda6"], 1 - (1 / np.diag(np.linalg.inv(r))).sum() / total)
    return agree(found["lambda3"], 4 / 3 * first)


def split_half(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.split_half(floats, split="odd-even").iloc[0]
    a, b = [row[0] + row[2] for row in exact], [row[1] + row[3] for row in exact]
    r, total = correlation(a, b), variance([x + y for x, y in zip(a, b, strict=True)])
    agree(found["r"], r)
    agree(found["flanagan_rulon"], float(4 * covariance(a, b) / total) if total else None)
    return agree(
        found["spearman_brown"], None if r is None or r < -1 + 1e-9 else 2 * r / (1 + r), rel=1e-7
    )


def item_moments(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    found = psy.item_moments(floats)
    columns = columns_of(exact)
    for i, column in enumerate(columns):
        agree(found.mean[i], mean(column), size=max(column))
        for j, other in enumerate(columns):
            both = covariance(column, other)
            agree(found.covariance[i, j], both, size=max(column) * max(other))
    return True


def item_statistics(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    found = psy.item_statistics(floats)
    for place, column in enumerate(columns_of(exact)):
        rest = [sum(row) - row[place] for row in exact]
        others = [[c for i, c in enumerate(row) if i != place] for row in exact]
        row = found.iloc[place]
        agree(row["mean"], mean(column), size=max(column))
        spread = variance(column)
        agree(row["sd"], None if spread is None else root(spread), size=max(column))
        agree(row["item_rest_r"], correlation(column, rest))
        agree(row["alpha_if_dropped"], slow_alpha(others))
    return True


def item_statistics_of(rng: Rng) -> bool:
    answers, exact = wai_answers(rng)
    found = psy.item_statistics_of(answers, "wai-sr-client")
    task = found[found["scale"] == "task"]
    places = [int(item) - 1 for item in task["item"]]
    for place, (_, row) in zip(places, task.iterrows(), strict=True):
        rest = [sum(line[p] for p in places if p != place) for line in exact]
        agree(row["item_rest_r"], correlation([line[place] for line in exact], rest))
    return True


def wai_answers(rng: Rng):
    """Answers from 1 to 5 to the twelve items of the WAI-SR, as a frame and as fractions."""
    whole = np.minimum(whole_table(rng, 12), 5)
    frame = pd.DataFrame(whole, columns=[f"wai_{i}" for i in range(1, 13)])
    return frame, [[Fraction(int(cell)) for cell in row] for row in whole]


def reliability_of(rng: Rng) -> bool:
    answers, exact = wai_answers(rng)
    found = psy.reliability_of(answers, "wai-sr-client", problems="note").loc["total"]
    expected = slow_alpha(exact)
    if np.isnan(found["alpha"]):
        assert found["note"], "missing without a reason"
    if expected is None:
        assert np.isnan(found["sem"]), UNDEFINED
    return agree(found["alpha"], expected)


def factor_fit_of(rng: Rng) -> bool:
    answers, exact = wai_answers(rng)
    found = psy.factor_fit_of(answers, "wai-sr-client")
    for _, row in found.iterrows():
        if np.isnan(row["chi_squared"]):
            assert row["note"], "missing without a reason"
        else:
            assert rank(exact) == 12, UNDEFINED
    return bool(found["note"].astype(bool).any() or found["chi_squared"].notna().any())


def kappa_table(rng: Rng, raters: int):
    ratings = np.minimum(whole_table(rng, raters), 3)
    return ratings, [[int(cell) for cell in row] for row in ratings]


def cohen_kappa(rng: Rng) -> bool:
    ratings, rows = kappa_table(rng, 2)
    found = psy.cohen_kappa(ratings).iloc[0]
    n = len(rows)
    same = Fraction(sum(a == b for a, b in rows), n)
    chance = sum(
        Fraction(sum(a == c for a, _ in rows) * sum(b == c for _, b in rows), n * n)
        for c in (1, 2, 3)
    )
    return agree(found["estimate"], None if chance == 1 else float((same - chance) / (1 - chance)))


def gwet_ac(rng: Rng) -> bool:
    ratings, rows = kappa_table(rng, 3)
    found = psy.gwet_ac(ratings, categories=[1, 2, 3]).iloc[0]
    n = len(rows)
    shares = [Fraction(sum(row.count(c) for row in rows), 3 * n) for c in (1, 2, 3)]
    same = (
        sum(Fraction(row.count(c) * (row.count(c) - 1), 6) for row in rows for c in (1, 2, 3)) / n
    )
    chance = sum(share * (1 - share) for share in shares) / 2
    return agree(found["estimate"], float((same - chance) / (1 - chance)))


def krippendorff_alpha(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    found = psy.krippendorff_alpha(floats, level="interval", samples=50).iloc[0]
    cells = [cell for row in exact for cell in row]
    n = len(cells)
    seen = sum((a - b) ** 2 for row in exact for a, b in itertools.permutations(row, 2)) / 2
    chance = sum((a - b) ** 2 for a, b in itertools.permutations(cells, 2))
    return agree(found["estimate"], float(1 - (n - 1) * seen / chance) if chance else None)


def bland_altman(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 2)
    found = psy.bland_altman(floats[:, 0], floats[:, 1]).iloc[0]
    gaps, size = [a - b for a, b in exact], max(max(row) for row in exact)
    spread = variance(gaps)
    agree(found["sd"], None if spread is None else root(spread), size=size)
    low = None if spread is None else float(mean(gaps)) - stats.norm.ppf(0.975) * root(spread)
    agree(found["lower"], low, size=size)
    assert not found["lower_ci_low"] > found["lower_ci_high"]
    return agree(found["estimate"], mean(gaps), size=size)


def intraclass_correlation(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    found = psy.intraclass_correlation(floats)["icc"]
    n, k = len(exact), 3
    assert n > 1, UNDEFINED
    grand = mean([cell for row in exact for cell in row])
    rows, columns = [mean(row) for row in exact], [mean(column) for column in columns_of(exact)]
    between = k * sum((row - grand) ** 2 for row in rows)
    raters = n * sum((column - grand) ** 2 for column in columns)
    all_ = sum((cell - grand) ** 2 for row in exact for cell in row)
    msb, msj = between / (n - 1), raters / (k - 1)
    msw, mse = (all_ - between) / (n * (k - 1)), (all_ - between - raters) / ((n - 1) * (k - 1))
    for name, above, below in (
        ("icc1", msb - msw, msb + (k - 1) * msw),
        ("icc2", msb - mse, msb + (k - 1) * mse + k * (msj - mse) / n),
        ("icc3", msb - mse, msb + (k - 1) * mse),
        ("icc1k", msb - msw, msb),
        ("icc2k", msb - mse, msb + (msj - mse) / n),
        ("icc3k", msb - mse, msb),
    ):
        agree(found[name], float(above / below) if below else None)
    return bool(found.notna().any())


def longest_run(row):
    return max(len(list(run)) for _, run in itertools.groupby(row))


def careless_responding(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 6)
    names = [f"i{place}" for place in range(6)]
    found = psy.careless_responding(
        pd.DataFrame(floats, columns=names), indices=["longstring", "avgstring", "irv"]
    )
    for row, (_, told) in zip(exact, found.iterrows(), strict=True):
        assert told["longstring"] == longest_run(row)
        agree(told["avgstring"], 6 / len(list(itertools.groupby(row))))
        agree(told["irv"], root(variance(row)), size=max(row))
    return True


def careless_summary(rng: Rng) -> bool:
    _, floats = exact_and_floats(rng, 6)
    table = psy.careless_responding(pd.DataFrame(floats), indices=["longstring", "irv"])
    found = psy.careless_summary(table)
    runs = sorted(longest_run(row) for row in floats.tolist())
    return agree(found.loc["longstring", "median"], float(np.median(runs)))


def irv_by_part(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 6)
    found = psy.irv_by_part(floats)
    for row, told in zip(exact, found.to_numpy(), strict=True):
        for part, value in zip((row, row[:3], row[3:]), told, strict=True):
            agree(value, root(variance(part)), size=max(row))
    return True


def repeated_sheets(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 3)
    frame = pd.DataFrame(floats, columns=["x", "y", "z"]).assign(
        client="a", session=range(1, len(floats) + 1)
    )
    found = psy.repeated_sheets(frame, client="client", session="session")
    for place, told in enumerate(found["share_same"]):
        before = exact[place - 1] if place else None
        same = None if before is None else sum(map(Fraction.__eq__, exact[place], before)) / 3
        agree(told, same)
    return True


def minres_loss(loadings, r):
    off = r - np.outer(loadings, loadings)
    return (off[~np.eye(len(r), dtype=bool)] ** 2).sum() / 2


def best_minres(r, rng):
    bound = [(-math.sqrt(0.995), math.sqrt(0.995))] * len(r)
    starts = [np.full(len(r), 0.7), *rng.uniform(-0.9, 0.9, (6, len(r)))]
    return min(
        optimize.minimize(minres_loss, x, args=(r,), bounds=bound, options={"ftol": 1e-14}).fun
        for x in starts
    )


def factor_loadings(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.factor_loadings(floats, n_factors=1)
    r = correlations(exact)
    assert r is not None, UNDEFINED
    loadings = found.loadings.iloc[:, 0].to_numpy(dtype=float)
    assert minres_loss(loadings, r) <= best_minres(r, rng) + 1e-4
    return True


def mcdonald_omega(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.mcdonald_omega(floats, n_factors=1, denominator="model").iloc[0]
    r = correlations(exact)
    assert r is not None, UNDEFINED
    solution = psy.factor_loadings(floats, n_factors=1)
    loadings = solution.loadings.iloc[:, 0].to_numpy(dtype=float)
    common, own = loadings.sum() ** 2, (1 - loadings**2).sum()
    if "Heywood" in found["method"]:  # the residual variance is held at its bound
        return True
    assert found["omega_total"] <= 1 + 1e-9
    return agree(found["omega_total"], common / (common + own), rel=2e-3)


def ml_loss(parts, s):
    k = len(s)
    model = np.outer(parts[:k], parts[:k]) + np.diag(parts[k:])
    sign, size = np.linalg.slogdet(model)
    if sign <= 0:
        return np.inf
    return size + np.trace(np.linalg.solve(model, s)) - np.linalg.slogdet(s)[1] - k


def confirmatory_parts(floats):
    told = psy.confirmatory_loadings(floats)
    return np.r_[told["standardized"], 1 - told["standardized"] ** 2].astype(float)


def confirmatory_loadings(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    parts = confirmatory_parts(floats)
    assert rank(exact) == 4, UNDEFINED
    r = correlations(exact)
    here = ml_loss(parts, r)
    for step in np.vstack([np.eye(8), -np.eye(8)]) * 1e-3:
        assert ml_loss(parts + step, r) >= here - 1e-7
    return True


def confirmatory_fit(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.confirmatory_fit(floats).iloc[0]
    assert rank(exact) == 4, UNDEFINED
    n, loss = len(exact), ml_loss(confirmatory_parts(floats), correlations(exact))
    low, high = sorted(((n - 1) * loss, n * loss))
    assert low - 1e-6 <= found["chi_squared"] <= high + 1e-6
    return agree(found["p"], stats.chi2.sf(found["chi_squared"], 2))


def parallel_analysis(rng: Rng) -> bool:
    exact, floats = exact_and_floats(rng, 4)
    found = psy.parallel_analysis(floats, n_simulations=20, seed=1)
    r = correlations(exact)
    assert r is not None, UNDEFINED
    for told, value in zip(found["eigenvalue"], sorted(np.linalg.eigvalsh(r))[::-1], strict=True):
        agree(told, value, rel=1e-8)
    return True


def pair_likelihood(rho, table, rows, columns):
    edges_a = [-8.0, *stats.norm.ppf(np.cumsum(rows)[:-1] / sum(rows)), 8.0]
    edges_b = [-8.0, *stats.norm.ppf(np.cumsum(columns)[:-1] / sum(columns)), 8.0]
    both = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    corner = np.array([[both.cdf([a, b]) for b in edges_b] for a in edges_a])
    cells = corner[1:, 1:] - corner[:-1, 1:] - corner[1:, :-1] + corner[:-1, :-1]
    return (table * np.log(np.maximum(cells, 1e-300))).sum()


def polychoric_correlations(rng: Rng) -> bool:
    whole = np.minimum(whole_table(rng, 2), 3)
    found = float(psy.polychoric_correlations(whole).iloc[0, 1])
    assert np.ptp(whole[:, 0]), UNDEFINED
    assert np.ptp(whole[:, 1]), UNDEFINED
    table = pd.crosstab(whole[:, 0], whole[:, 1]).to_numpy()
    margins = table.sum(axis=1), table.sum(axis=0)
    assert abs(found) <= 1
    here = pair_likelihood(np.clip(found, -0.9999, 0.9999), table, *margins)
    for other in (-0.99, -0.7, -0.3, 0.0, 0.3, 0.7, 0.99):
        assert pair_likelihood(other, table, *margins) <= here + 1e-3, (found, other)
    return True


def ordinal_alpha(rng: Rng) -> bool:
    whole = np.minimum(whole_table(rng, 3), 3)
    found = psy.ordinal_alpha(whole).iloc[0]
    assert all(np.ptp(column) for column in whole.T), UNDEFINED
    r = psy.polychoric_correlations(whole).to_numpy()
    return agree(found["ordinal_alpha"], 3 / 2 * (1 - 3 / r.sum()), rel=1e-6)


def crossed(rng: Rng, least: int = 1, most: int = 4):
    """Persons by times by items, balanced: exact cells by (person, time, item), and the frame."""
    persons, times = rng.integers(least, most + 1, 2).tolist()
    whole = whole_table(rng, 3, most=1)
    shape = (persons * times, 3)
    kind = rng.integers(3)
    whole = np.repeat(whole, shape[0], axis=0) if kind == 0 else rng.integers(1, 4 + kind, shape)
    cells = {
        (p, t, i): Fraction(int(whole[p * times + t, i]))
        for p, t, i in itertools.product(range(persons), range(times), range(3))
    }
    frame = pd.DataFrame(whole, columns=["x", "y", "z"]).assign(
        person=np.repeat(np.arange(persons), times), time=np.tile(np.arange(times), persons)
    )
    return cells, (persons, times, 3), frame


def mean_squares(cells, shape):
    """Mean square of every effect of a crossed table, by inclusion and exclusion."""
    axes = range(3)

    def marginal(key, kept):
        chosen = [v for k, v in cells.items() if all(k[a] == key[a] for a in kept)]
        return mean(chosen)

    found = {}
    for effect in [c for n in (1, 2, 3) for c in itertools.combinations(axes, n)]:
        total = Fraction(0)
        for key in cells:
            part = Fraction(0)
            for size in range(len(effect) + 1):
                for kept in itertools.combinations(effect, size):
                    part += (-1) ** (len(effect) - size) * marginal(key, kept)
            total += part**2
        freedom = math.prod(shape[a] - 1 for a in effect)
        found[effect] = total / freedom if freedom else None
    return found


def moment_components(cells, shape):
    """Components by the method of moments, person (0), time (1), item (2)."""
    ms = mean_squares(cells, shape)
    if any(value is None for value in ms.values()):
        return None
    persons, times, items = shape
    rest = ms[0, 1, 2]
    return {
        "person": (ms[0,] - ms[0, 1] - ms[0, 2] + rest) / (times * items),
        "time": (ms[1,] - ms[0, 1] - ms[1, 2] + rest) / (persons * items),
        "item": (ms[2,] - ms[0, 2] - ms[1, 2] + rest) / (persons * times),
        "person:time": (ms[0, 1] - rest) / items,
        "person:item": (ms[0, 2] - rest) / times,
        "time:item": (ms[1, 2] - rest) / persons,
        "residual": rest,
    }


def variance_components(rng: Rng) -> bool:
    cells, shape, frame = crossed(rng)
    found = psy.variance_components(frame, person="person", time="time", method="moments")
    expected = moment_components(cells, shape)
    for name, told in found["variance"].items():
        agree(told, None if expected is None else expected[name])
    return True


def multilevel_reliability(rng: Rng) -> bool:
    cells, shape, frame = crossed(rng)
    found = psy.multilevel_reliability(frame, person="person", time="time", method="moments").iloc[
        0
    ]
    parts = moment_components(cells, shape)
    if parts is None:
        raise AssertionError(UNDEFINED)
    between = parts["person"] + parts["person:item"] / 3
    below = between + parts["residual"] / 3
    change = parts["person:time"] + parts["residual"] / 3
    agree(found["rc"], float(parts["person:time"] / change) if change else None, rel=1e-8)
    return agree(found["r1f"], float(between / below) if below else None, rel=1e-8)


def generalizability(rng: Rng) -> bool:
    cells, shape, frame = crossed(rng)
    found = psy.generalizability(
        frame, person="person", time="time", n_sessions=[1, 4], method="moments"
    )
    parts = moment_components(cells, shape)
    if parts is None:
        raise AssertionError(UNDEFINED)
    for m, told in zip((1, 4), found["random"], strict=True):
        above = parts["person"] + parts["person:item"] / 3
        below = above + (parts["time"] + parts["person:time"] + parts["residual"] / 3) / m
        agree(told, float(above / below) if below else None, rel=1e-8)
    return True


def sessions_needed(rng: Rng) -> bool:
    _, _, frame = crossed(rng)
    found = psy.sessions_needed(frame, person="person", time="time", targets=[0.8])
    needed = found["random"].iloc[0]
    if np.isnan(needed) or needed > 500:
        return True
    counts = [max(int(needed) - 1, 1), int(needed)]
    shares = psy.generalizability(frame, person="person", time="time", n_sessions=counts)["random"]
    assert shares.iloc[1] >= 0.8 - 1e-9
    assert needed == 1 or shares.iloc[0] < 0.8 + 1e-9
    return True


def multilevel_omega(rng: Rng) -> bool:
    _, shape, frame = crossed(rng, least=int(rng.choice([1, 6])), most=9)
    found = psy.multilevel_omega(frame, person="person", time="time")
    assert min(shape[:2]) > 1, UNDEFINED
    within = frame[["x", "y", "z"]] - frame.groupby("person")[["x", "y", "z"]].transform("mean")
    cov = within.to_numpy().T @ within.to_numpy()
    expected = 3 / 2 * (1 - np.trace(cov) / cov.sum()) if cov.sum() > 1e-9 else None
    persons = frame.groupby("person")[["x", "y", "z"]].mean().cov() * shape[1]
    between = persons - cov / (shape[0] * (shape[1] - 1))
    if np.linalg.eigvalsh(between).min() < 1e-9:  # then the two levels are not told apart alone
        assert expected is not None or np.isnan(found.loc["alpha_within", "observed"]), UNDEFINED
        return True
    return agree(found.loc["alpha_within", "observed"], expected, rel=1e-6)


def near(rng: Rng, low: float, high: float) -> float:
    """A number of the range, its ends and what lies beyond them among them."""
    ends = [low, high, 2 * low - high, np.nextafter(low, high), np.nextafter(high, low)]
    return float(rng.choice(ends)) if rng.random() < 0.4 else float(rng.uniform(low, high))


def attenuate(rng: Rng) -> bool:
    r, x, y = near(rng, -1, 1), near(rng, 0, 1), near(rng, 0, 1)
    found = psy.attenuate(r, x, y)
    assert -1 <= r <= 1 and 0 <= x <= 1 and 0 <= y <= 1, UNDEFINED
    return agree(found, r * math.sqrt(x * y))


def disattenuate(rng: Rng) -> bool:
    r, x, y = near(rng, -1, 1), near(rng, 0, 1), near(rng, 0, 1)
    found = psy.disattenuate(r, x, y)
    assert -1 <= r <= 1 and 0 < x <= 1 and 0 < y <= 1, UNDEFINED
    return agree(found, r / math.sqrt(x) / math.sqrt(y))


def spearman_brown(rng: Rng) -> bool:
    r, m = near(rng, -1, 1), near(rng, 0, 5)
    found = psy.spearman_brown(r, m)
    below = 1 + (m - 1) * r
    return agree(found, m * r / below if below > 1e-12 else None)


def spearman_brown_length(rng: Rng) -> bool:
    r, target = near(rng, 0, 1), near(rng, 0, 1)
    found = psy.spearman_brown_length(r, target)
    assert 0 < r < 1 and 0 < target < 1, UNDEFINED
    return agree(found, target * (1 - r) / (r * (1 - target)))


def standard_error_of_measurement(rng: Rng) -> bool:
    sd, r = near(rng, 0, 10), near(rng, 0, 1)
    found = psy.standard_error_of_measurement(sd, r)
    assert sd >= 0 and r <= 1, UNDEFINED  # an estimate of a reliability may be negative
    return agree(found, sd * math.sqrt(1 - r))


def minimal_detectable_change(rng: Rng) -> bool:
    sem, confidence = near(rng, 0, 10), near(rng, 0, 1)
    found = psy.minimal_detectable_change(sem, confidence)
    assert sem >= 0 and 0 < confidence < 1, UNDEFINED
    return agree(found, stats.norm.isf((1 - confidence) / 2) * math.sqrt(2) * sem)


def composite_reliability(rng: Rng) -> bool:
    loadings = [near(rng, -1, 1) for _ in range(3)]
    found = psy.composite_reliability(loadings)
    common = sum(loadings) ** 2
    return agree(found, common / (common + sum(1 - one**2 for one in loadings)))


def mahalanobis_threshold(rng: Rng) -> bool:
    k, confidence = int(rng.integers(-1, 40)), near(rng, 0, 1)
    found = psy.mahalanobis_threshold(k, confidence=confidence)
    assert k > 0 and 0 < confidence < 1, UNDEFINED
    return agree(found, stats.chi2.isf(1 - confidence, k))


def correlation_interval(rng: Rng) -> bool:
    r, n = near(rng, -1, 1), int(rng.integers(1, 12))
    low, high = psy.correlation_interval(r, n)
    assert -1 < r < 1 and n > 3, UNDEFINED
    half = stats.norm.ppf(0.975) / math.sqrt(n - 3)
    agree(high, math.tanh(math.atanh(r) + half))
    return agree(low, math.tanh(math.atanh(r) - half))


NOT_STATISTICS = {"FactorSolution", "ItemMoments"}
