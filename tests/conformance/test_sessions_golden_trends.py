"""Slopes, robust trends, control charts and run rules against R and Python peers, cell by cell."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shared_folder import SHARED, needs_shared, shared_files

from alliance_measures import sessions

pytestmark = needs_shared
NAMES = {"client": "client", "session": "session", "value": "score"}
CLOSED_FORM = 1e-10  # the README's tolerance of closed forms, relative above 1


def sets_of(kind: str) -> list[str]:
    return [p.name.split(".")[0] for p in shared_files(f"golden/trends/*.{kind}.json")]


@cache
def golden(name: str, kind: str) -> Any:
    path = SHARED / "golden" / "trends" / f"{name}.{kind}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / "golden" / "trends" / f"{name}.csv").astype({"client": str})


def numbers(cells: Any) -> np.ndarray:
    cells = cells if isinstance(cells, list) else [cells]
    return np.array([np.nan if c in (None, "NA") else float(c) for c in cells])


def same(ours: Any, theirs: Any, what: str) -> int:
    """Compare cells; NaN equals their null. Returns how many cells were compared."""
    ours, theirs = np.atleast_1d(np.asarray(ours, dtype=float)), numbers(theirs)
    np.testing.assert_allclose(
        ours, theirs, rtol=CLOSED_FORM, atol=CLOSED_FORM, equal_nan=True, err_msg=what
    )
    return theirs.size


OLS = {
    "n": "n_sessions", "intercept": "intercept", "slope": "slope", "se_intercept": "intercept_se",
    "se_slope": "slope_se", "df": "df", "t": "t", "p": "p", "r2": "r_squared", "sigma": "sigma",
    "q_b0": "quadratic_b0", "q_b1": "quadratic_b1", "q_b2": "quadratic_b2", "q_p": "quadratic_p",
}  # fmt: skip
TRENDS = {
    "n": "n_sessions", "first": "first", "last": "last", "mean": "mean", "slope": "slope",
    "se_slope": "slope_se", "p": "slope_p", "q_p": "quadratic_p",
}  # fmt: skip
ROBUST = {
    "n": "n_sessions", "slope": "theil_sen", "low95": "theil_sen_low", "high95": "theil_sen_high",
    "intercept_separate": "intercept_separate", "intercept_joint": "intercept_joint",
    "mk_S": "mann_kendall_s", "mk_varS": "mann_kendall_variance", "mk_z": "mann_kendall_z",
    "mk_p": "mann_kendall_p", "mk_tau_a": "tau_a",
}  # fmt: skip


@pytest.mark.parametrize("name", sets_of("ols"))
@pytest.mark.parametrize(("call", "columns"), [("slopes", OLS), ("trends", TRENDS)])
def test_least_squares(name, call, columns):
    fits = getattr(sessions, call)(data(name), **NAMES).set_index("client")
    clients = golden(name, "ols")
    assert len(clients) == len(fits)
    for client in clients:
        row = fits.loc[str(client["client"])]
        for theirs, ours in columns.items():
            same(row[ours], client.get(theirs), f"{name} {theirs}")


@pytest.mark.parametrize("name", sets_of("robust"))
def test_theil_sen_and_mann_kendall(name):
    fits = sessions.theil_sen(data(name), **NAMES).set_index("client")
    order = data(name).assign(session=lambda d: d.groupby("client").cumcount())
    by_order = sessions.theil_sen(order, **NAMES).set_index("client")["theil_sen"]
    clients = golden(name, "robust")["clients"]
    assert len(clients) == len(fits)
    for client in clients:
        key = str(client["client"])
        for theirs, ours in ROBUST.items():
            if client["n"] == 2 and theirs in ("low95", "high95"):
                # theirs has width 0: two sessions give one slope, and no word of its error
                assert np.isnan(fits.loc[key, ours])
                continue
            same(fits.loc[key, ours], client.get(theirs), f"{name} {theirs}")
        if client.get("sen_index_slope") is not None:
            same(by_order[key], client["sen_index_slope"], f"{name} sen_index_slope")
            test = fits.loc[key]
            trend = "no trend"
            if test["mann_kendall_p"] < 0.05:
                trend = "increasing" if test["mann_kendall_z"] > 0 else "decreasing"
            assert trend == client["mk_trend"]


# control charts -------------------------------------------------------------------------------


def parts(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {key: part.reset_index(drop=True) for key, part in frame.groupby("client")}


LIMITS = {
    "qicharts2": ({"convention": "rounded"}, ["sigma", "lcl", "ucl", "mr_ucl"]),
    "exact": ({"convention": "exact"}, ["sigma", "lcl", "ucl", "mr_ucl"]),
    "wheeler": ({"convention": "wheeler"}, ["", "lnpl", "unpl", "url"]),
    "wheeler median": (
        {"kind": "xmr-median"},
        ["", "lnpl_median_mr", "unpl_median_mr", "url_median_mr"],
    ),
}
OURS = ["sigma", "lower", "upper", "moving_range_upper"]


def clients_of(name: str) -> dict[str, Any]:
    return {key: chart for key, chart in golden(name, "spc").items() if chart is not None}


@pytest.mark.parametrize("name", sets_of("spc"))
@pytest.mark.parametrize("convention", LIMITS)
def test_limits(name, convention):
    options, fields = LIMITS[convention]
    charts = parts(sessions.control_chart(data(name), **NAMES, **options))
    for key, client in clients_of(name).items():
        chart, printed = charts[key], client[convention.split()[0]]
        same(chart["centre"][0], client["mean"], "mean")
        same(chart["moving_range"][1:], client["mr"], "moving ranges")
        for field, ours in zip(fields, OURS, strict=True):
            if field:
                same(chart[ours][0], printed[field], f"{name} {convention} {field}")


@pytest.mark.parametrize("name", sets_of("spc"))
def test_two_sigma_screened_limits_and_points_outside(name):
    charts = parts(sessions.control_chart(data(name), **NAMES, rules=("beyond-3",)))
    screened = parts(sessions.control_chart(data(name), **NAMES, screened=True))
    runs = parts(sessions.control_chart(data(name), **NAMES, kind="run"))
    for key, client in clients_of(name).items():
        printed, chart = client["qicharts2"], charts[key]
        same(chart["centre"][0] - 2 * chart["sigma"][0], printed["lcl95"], "lcl95")
        same(chart["centre"][0] + 2 * chart["sigma"][0], printed["ucl95"], "ucl95")
        same(screened[key]["sigma"][0] * 1.128, printed["screened_mr_bar"], "screened_mr_bar")
        same(screened[key]["lower"][0], printed["screened_lcl"], "screened_lcl")
        same(screened[key]["upper"][0], printed["screened_ucl"], "screened_ucl")
        outside = np.flatnonzero(chart["signals"].str.contains("beyond-3")) + 1
        same(outside, client["outside_idx"], "outside_idx")
        moving = chart["moving_range"][1:]
        same(moving.mean(), client["mr_bar"], "mr_bar")
        same(moving.median(), client["mr_median"], "mr_median")
        same(runs[key]["centre"][0], client["median"], "median")
        for field, value in client["run_chart"].items():
            same(runs[key][field][0], value, field)


@pytest.mark.parametrize("name", sets_of("spc"))
def test_ewma_and_cusum(name):
    ewma = parts(sessions.control_chart(data(name), **NAMES, kind="ewma"))
    cusum = parts(sessions.control_chart(data(name), **NAMES, kind="cusum"))
    for key, client in clients_of(name).items():
        for theirs, ours in {"z": "statistic", "lcl": "lower", "ucl": "upper"}.items():
            same(ewma[key][ours], client["ewma"][theirs], f"ewma {theirs}")
        same(cusum[key]["cusum_high"], client["cusum"]["c_plus"], "c_plus")
        same(cusum[key]["cusum_low"], client["cusum"]["c_minus"], "c_minus")


@pytest.mark.parametrize("name", sets_of("spc"))
def test_instability(name):
    rows = sessions.instability(data(name), **NAMES).set_index("client")
    scores = data(name).groupby("client")["score"]
    fields = {"mssd": "mssd", "rmssd": "rmssd", "von_neumann": "von_neumann", "acf1": "acf1"}
    for key, client in clients_of(name).items():
        printed = client["instability"]
        for theirs, ours in (fields | {"autoR": "lag_r"}).items():
            same(rows.loc[key, ours], printed[theirs], theirs)
        series = scores.get_group(key)
        same(series.var(), printed["var"], "var")


# run rules ------------------------------------------------------------------------------------

CODES = {
    1: "beyond-3", 2: "beyond-3", 3: "same-side", 4: "same-side", 5: "6-trend", 6: "6-trend",
    7: "2-of-3-beyond-2", 8: "2-of-3-beyond-2", 9: "4-of-5-beyond-1", 10: "4-of-5-beyond-1",
}  # fmt: skip
SETS = {"nelson": "9-same-side", "western_electric_8_6": "8-same-side"}
# cells on which the peer departs from the rules as they are printed, and why:
# 6-trend: its count forgets the session a rise starts from unless that opens the series, and
#   counts a first session that a fall follows.
# 2-of-3: at the end of a series it marks the last session, which is inside 2 sigma.
# 4-of-5: it wants the fifth session on the same side of the centre, marks a last session inside 1
#   sigma, and loses the first session of a run that ends another.
PEER_DEPARTS = {
    ("sleepstudy", "6-trend"), ("sleepstudy", "2-of-3-beyond-2"),
    ("sleepstudy", "4-of-5-beyond-1"),
    ("chickweight", "6-trend"), ("chickweight", "4-of-5-beyond-1"),
}  # fmt: skip


def as_printed(z: np.ndarray, rule: str) -> np.ndarray:
    """The rule as it is printed, window by window, without any of our code."""
    marks = np.zeros(z.size, dtype=bool)
    if rule == "6-trend":
        steps = np.sign(np.diff(z))
        for start in range(z.size - 5):
            if abs(steps[start : start + 5].sum()) == 5:
                marks[start : start + 6] = True
        return marks
    need, of, k = {"2-of-3-beyond-2": (2, 3, 2), "4-of-5-beyond-1": (4, 5, 1)}[rule]
    for side in (1, -1):
        for start in range(z.size - of + 1):
            hits = np.flatnonzero(side * z[start : start + of] > k) + start
            if hits.size >= need:
                marks[hits[0] : hits[-1] + 1] = True
    return marks


@pytest.mark.parametrize("name", sets_of("runrules"))
@pytest.mark.parametrize("chosen", SETS)
@pytest.mark.parametrize("rule", ["beyond-3", "same-side", "6-trend", *list(CODES.values())[6::2]])
def test_run_rules(name, chosen, rule):
    ours = SETS[chosen] if rule == "same-side" else rule
    charts = parts(sessions.control_chart(data(name), **NAMES, rules=(ours,)))
    cells = differ = 0
    for client in golden(name, "runrules")["clients"]:
        chart = charts[str(client["client"])]
        marks = chart["signals"].str.contains(ours, regex=False).to_numpy()
        points = client[chosen]
        theirs = np.array([rule in {CODES[x["type"]] for x in point} for point in points])
        cells += marks.size
        differ += int((marks != theirs).sum())
        if (name, rule) in PEER_DEPARTS:
            z = ((chart["score"] - chart["centre"]) / chart["sigma"]).to_numpy()
            np.testing.assert_array_equal(marks, as_printed(z, rule))
        else:
            np.testing.assert_array_equal(marks, theirs)
    assert differ < 0.12 * cells
    assert (differ > 0) == ((name, rule) in PEER_DEPARTS)


@pytest.mark.parametrize("name", sets_of("runrules"))
def test_limits_of_the_run_rule_charts(name):
    rounded = parts(sessions.control_chart(data(name), **NAMES))
    wheeler = parts(sessions.control_chart(data(name), **NAMES, convention="wheeler"))
    for client in golden(name, "runrules")["clients"]:
        key = str(client["client"])
        for theirs, ours in {"ucl": "upper", "lcl": "lower", "cl": "centre"}.items():
            same(rounded[key][ours][0], client[theirs], theirs)
        same(rounded[key]["moving_range"][1:].mean(), client["mr_bar"], "mr_bar")
        same(wheeler[key]["moving_range_upper"][0], client["mr_ucl"], "mr_ucl")


@pytest.mark.parametrize("name", sets_of("runrules"))
@pytest.mark.parametrize("chosen", SETS)
def test_moving_ranges_above_their_limit(name, chosen):
    charts = parts(sessions.control_chart(data(name), **NAMES, convention="wheeler"))
    for client in golden(name, "runrules")["clients"]:
        marks = charts[str(client["client"])]["signals"].str.contains("moving-range").to_list()
        theirs = [any(x["type"] == 1 for x in point) for point in client[f"{chosen}_mr"]]
        assert marks[-len(theirs) :] == theirs


def test_variance_parts_against_the_analysis_of_variance():
    """`audit` against the within-group variance and intraclass correlation with unequal n."""
    path = SHARED / "golden" / "trends" / "univbct.icc_score.json"
    printed = json.loads(path.read_text(encoding="utf-8"))
    scores = pd.read_csv(SHARED / "golden" / "trends" / "univbct.csv")
    row = sessions.audit(scores, **NAMES).iloc[0]
    same(row["variance_within"], printed["msw"], "msw")
    same(row["generalizability_1"], printed["icc1_anova_n0"], "icc1_anova_n0")
    assert row["n_clients"] - row["clients_0"] == printed["k"]
    assert row["n_scored"] == printed["N"]
