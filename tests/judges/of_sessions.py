"""Slow and exact routes to the courses of single clients."""

from __future__ import annotations

import itertools
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
from degenerate_tables import (
    UNDEFINED,
    agree,
    correlation,
    courses,
    mean,
    root,
    session_rows,
    variance,
)
from scipy import stats

from alliance_measures import sessions

Rng = np.random.Generator
WHO = {"client": "client", "session": "session"}


def line(points):
    """Slope and intercept by least squares; None below two sessions."""
    if len(points) < 2:
        return None
    x, y = [Fraction(s) for s, _ in points], [v for _, v in points]
    mx, my = mean(x), mean(y)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum(
        (a - mx) ** 2 for a in x
    )
    return slope, my - slope * mx


def size_of(points):
    return max((value for _, value in points), default=1)


def steps(points):
    return [b - a for (_, a), (_, b) in itertools.pairwise(points)]


def trends(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.trends(frame, **WHO, value="v0").set_index("client")
    for client, points in courses(rows).items():
        row, size, fitted = found.loc[client], size_of(points), line(points)
        assert row["n_sessions"] == len(points)
        agree(row["slope"], None if fitted is None else fitted[0], size=size)
        agree(row["mean"], mean([v for _, v in points]) if points else None, size=size)
        if len(points) < 3:
            assert np.isnan(row["slope_low"]), UNDEFINED
            assert np.isnan(row["slope_p"]), UNDEFINED
        if points and len({v for _, v in points}) == 1:
            assert not row["slope_p"] < 0.05
    return True


def slopes(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.slopes(frame, **WHO, value="v0").set_index("client")
    for client, points in courses(rows).items():
        row, size, fitted = found.loc[client], size_of(points), line(points)
        agree(row["slope"], None if fitted is None else fitted[0], size=size)
        error = None
        if fitted is not None and len(points) > 2:
            rest = sum((v - fitted[1] - fitted[0] * s) ** 2 for s, v in points) / (len(points) - 2)
            middle = mean([Fraction(s) for s, _ in points])
            error = root(rest / sum((s - middle) ** 2 for s, _ in points))
        agree(row["slope_se"], error, size=size)
        if error == 0:
            assert row["slope_low"] == row["slope_high"] or np.isnan(row["slope_low"])
    return True


def theil_sen(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.theil_sen(frame, **WHO, value="v0").set_index("client")
    for client, points in courses(rows).items():
        row, size = found.loc[client], size_of(points)
        between = [(b - a) / (t - s) for (s, a), (t, b) in itertools.combinations(points, 2)]
        agree(row["theil_sen"], statistics.median(between) if between else None, size=size)
        balance = sum((one > 0) - (one < 0) for one in between)
        if len(points) > 2:
            agree(row["mann_kendall_s"], balance)
        else:
            assert np.isnan(row["mann_kendall_p"]), UNDEFINED
            assert np.isnan(row["theil_sen_low"]), UNDEFINED
    return True


def instability(rng: Rng) -> bool:
    rows, frame = session_rows(rng, missing=0.0)
    found = sessions.instability(frame, **WHO, value="v0").set_index("client")
    for client, points in courses(rows).items():
        row, size, moved = found.loc[client], size_of(points), steps(points)
        squared = mean([one**2 for one in moved]) if moved else None
        agree(row["mssd"], squared, size=size**2)
        agree(row["rmssd"], None if squared is None else root(squared), size=size)
        spread = variance([v for _, v in points])
        if not spread:
            assert np.isnan(row["von_neumann"]), UNDEFINED
            assert np.isnan(row["lag_r"]), UNDEFINED
        if moved and not any(moved):
            assert row["pac"] == 0 or np.isnan(row["pac"])
    return True


def control_chart(rng: Rng) -> bool:
    rows, frame = session_rows(rng, missing=0.0)
    found = sessions.control_chart(frame, **WHO, value="v0")
    for client, points in courses(rows).items():
        own, size, moved = found[found["client"] == client], size_of(points), steps(points)
        centre = mean([v for _, v in points])
        ranges = mean([abs(one) for one in moved]) if moved else None
        for _, row in own.iterrows():
            upper = None if ranges is None else centre + 3 / Fraction(1128, 1000) * ranges
            agree(row["upper"], upper, size=size)
            if "beyond" in row["signals"]:
                assert ranges, UNDEFINED
        if not ranges and len({v for _, v in points}) > 1:
            assert own["upper"].isna().all(), UNDEFINED
    return True


def audit(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.audit(frame, **WHO, value="v0").iloc[0]
    known = courses(rows)
    scored = [len(points) for points in known.values()]
    assert found["n_clients"] == len(known)
    assert found["n_scored"] == sum(scored)
    assert found["clients_3_or_more"] == sum(n >= 3 for n in scored)
    if max(scored) < 2 or sum(n > 0 for n in scored) < 2:
        assert np.isnan(found["generalizability_1"]), UNDEFINED
    return True


def gain_walk(points, cutoff):
    """Sessions before a gain of `cutoff`, a quarter, and beyond the means around, all scored."""
    scores, found = dict(points), []
    for n in sorted(scores):
        if n + 1 not in scores or not scores[n + 1] - scores[n] >= cutoff:
            continue
        if scores[n + 1] - scores[n] < Fraction(1, 4) * scores[n]:
            continue
        found.append(n)
    return found


def sudden_gains(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    cutoff = max(
        (abs(one) for points in courses(rows).values() for one in steps(points)), default=0
    )
    found = sessions.sudden_gains(
        frame, **WHO, value="v0", cutoff=float(cutoff), compare_means=False
    )
    assert cutoff > 0, UNDEFINED
    for client, points in courses(rows).items():
        told = found.loc[found["client"] == client, "session"].tolist()
        assert set(told) <= set(gain_walk(points, cutoff)), (told, points)
    return True


def sudden_losses(rng: Rng) -> bool:
    rows, frame = session_rows(rng, missing=0.0)
    cutoff = max(
        (abs(one) for points in courses(rows).values() for one in steps(points)), default=0
    )
    found = sessions.sudden_losses(
        frame, **WHO, value="v0", cutoff=float(cutoff), compare_means=False, proportion=None
    )
    assert cutoff > 0, UNDEFINED
    for client, points in courses(rows).items():
        scores = dict(points)
        falls = {n for n in scores if n + 1 in scores and scores[n] - scores[n + 1] >= cutoff}
        assert set(found.loc[found["client"] == client, "session"]) <= falls
    return True


def sudden_gain_intervals(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    cutoff = (
        Fraction(2)
        * max((value for _, _, value in rows if value is not None), default=Fraction(1))
        / 7
    )
    found = sessions.sudden_gain_intervals(frame, **WHO, value="v0", cutoff=float(cutoff))
    known = {(client, session): value for client, session, value in rows}
    for _, row in found.iterrows():
        a = known.get((row["client"], row["session"]))
        b = known.get((row["client"], row["session"] + 1))
        if a is None or b is None:
            assert pd.isna(row["criterion_1"]), UNDEFINED
        else:
            assert row["criterion_1"] == (b - a >= cutoff), (a, b, cutoff)
    return True


def sudden_gain_summary(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.sudden_gain_summary(frame, **WHO, value="v0", cutoff=1.0).set_index("client")
    gains = sessions.sudden_gains(frame, **WHO, value="v0", cutoff=1.0)
    for client, points in courses(rows).items():
        assert found.loc[client, "n_gains"] == (gains["client"] == client).sum()
        assert found.loc[client, "n_sessions"] == len(points)
    return True


def scores_around_gains(rng: Rng) -> bool:
    rows, frame = session_rows(rng, values=2, missing=0.0)
    gains = sessions.sudden_gains(frame, **WHO, value="v0", cutoff=None, compare_means=False)
    found = sessions.scores_around_gains(frame, gains, **WHO, value="v1")
    known = {(client, session): other for client, session, _, other in rows}
    for _, row in found.iterrows():
        for name, step in (("pre_2", -1), ("pre_3", 0), ("post_1", 1), ("post_2", 2)):
            expected = known.get((row["client"], row["session"] + step))
            agree(row[name], expected, size=expected or 1)
    return True


def sudden_gain_cutoff(rng: Rng) -> bool:
    sd, reliability = float(rng.integers(0, 3)), float(rng.choice([0, 0.5, 1.0, 1.5]))
    found = sessions.sudden_gain_cutoff(sd, reliability)
    assert sd > 0 and 0 <= reliability < 1, UNDEFINED
    return agree(found, stats.norm.ppf(0.975) * sd * np.sqrt(2 * (1 - reliability)))


def ruptures(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.ruptures(frame, **WHO, value="v0")
    for client, points in courses(rows).items():
        own = found[found["client"] == client]
        scores, size = dict(points), size_of(points)
        if not any(one < 0 for one in steps(points)):
            assert own.empty, UNDEFINED
        for _, row in own.iterrows():
            fall = scores[row["pre_session"]] - scores[row["low_session"]]
            assert fall > 0
            agree(row["depth"], fall, size=size)
    return True


def compare_rupture_rules(rng: Rng) -> bool:
    rows, frame = session_rows(rng, missing=0.0)
    rules = {
        "one": sessions.RuptureRule(unit="sd_within", threshold=1.0),
        "two": sessions.RuptureRule(unit="sd_within", threshold=2.0),
    }
    found = sessions.compare_rupture_rules(frame, rules, **WHO, value="v0").iloc[0]
    assert found["clients_2"] <= found["clients_1"] <= len(courses(rows))
    assert found["clients_both"] == found["clients_2"]
    agreed = found["n_clients"] - found["clients_1"] + found["clients_2"]
    expected = Fraction(int(agreed), int(found["n_clients"])) if found["n_clients"] else None
    return agree(found["agreement_clients"], expected)


def falls(points, needed):
    """Sessions whose score lies at least `needed` below the first one."""
    return {s for s, v in points[1:] if points[0][1] - v >= needed}


def signals(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    size = max((value for _, _, value in rows if value is not None), default=Fraction(1))
    found = sessions.signals(frame, **WHO, value="v0", sem=float(size) / 10)
    unscored = {(c, s) for c, s, v in rows if v is None}
    grey = found[found["rule"] == "unscored"]
    assert set(zip(grey["client"], grey["session"], strict=True)) == unscored
    rest = found[found["rule"] != "unscored"]
    for client, points in courses(rows).items():
        if not any(one < 0 for one in steps(points)):
            speaking = rest[(rest["client"] == client) & rest["rule"].str.contains("drop|rupture")]
            assert speaking.empty, UNDEFINED
    return True


def signal_plan(rng: Rng) -> bool:
    _, frame = session_rows(rng)
    found = sessions.signal_plan(frame, **WHO, value="v0", sem=1.0)
    assert ((found["why_not"] == "") == found["runs"]).all()
    return bool(found["runs"].any())


def caseload(rng: Rng) -> bool:
    rows, frame = session_rows(rng)
    found = sessions.signals(frame, **WHO, value="v0", sem=1.0)
    table = sessions.caseload(found, frame, **WHO, value="v0").set_index("client")
    for client, points in courses(rows).items():
        row, size = table.loc[client], size_of(points)
        last = points[-1][1] if points else None
        before = points[-2][1] if len(points) > 1 else None
        agree(row["last"], last, size=size)
        agree(row["previous"], before, size=size)
        agree(row["change"], None if before is None else last - before, size=size)
    return True


def dyad_agreement(rng: Rng) -> bool:
    rows, frame = session_rows(rng, values=2, missing=0.1)
    found = sessions.dyad_agreement(frame, first="v0", second="v1").set_index("client")
    for client, row in found.iterrows():
        both = [(a, b) for who, _, a, b in rows if who == client and None not in (a, b)]
        x, y = [a for a, _ in both], [b for _, b in both]
        size = max(x + y)
        gaps = [a - b for a, b in both]
        agree(row["mean_difference"], mean(gaps), size=size)
        agree(row["profile_distance"], root(mean([g**2 for g in gaps])), size=size)
        agree(row["r"], correlation(x, y))
        spread = variance(x + y)
        twice = correlation(x + y, y + x) if spread else None
        agree(row["icc"], twice)
    return bool(len(found))


def compare_with_observer(rng: Rng) -> bool:
    _, frame = session_rows(rng, missing=0.0)
    found = sessions.ruptures(frame, **WHO, value="v0")
    coded = frame[["client", "session"]].assign(rupture=rng.random(len(frame)) < 0.3)
    table = sessions.compare_with_observer(found, coded).set_index("measure")
    called = set(zip(found["client"], found["low_session"], strict=True))
    cells = [(bool(row.rupture), (row.client, row.session) in called) for row in coded.itertuples()]
    true = sum(seen for seen, _ in cells)
    hit = sum(seen and told for seen, told in cells)
    agree(table.loc["sensitivity", "estimate"], hit / true if true else None)
    right = sum(seen == told for seen, told in cells)
    return agree(table.loc["agreement", "estimate"], right / len(cells))


NOT_STATISTICS = {
    "GainRule", "GrowthModel", "GrowthStatistics", "RUPTURE_PRESETS", "RuptureRule", "SignalRule",
    "TherapistEffects", "default_signal_rules", "load_signal_rules",
}  # fmt: skip
