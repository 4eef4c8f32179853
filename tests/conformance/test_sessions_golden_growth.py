"""Growth models against lme4, lmerTest and pbkrtest, every model of every data set."""

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
MODELS = {
    "null_reml": {"course": "level", "random": "intercept"},
    "null_ml": {"course": "level", "random": "intercept", "method": "ml"},
    "ri_reml": {"random": "intercept"},
    "ri_ml": {"random": "intercept", "method": "ml"},
    "rs_reml": {},
    "rs_ml": {"method": "ml"},
    "rs_uncorrelated_reml": {"random": "uncorrelated"},
    "quad_reml": {"course": "quadratic"},
    "log_reml": {"time": "log"},
}


def sets_of(kind: str) -> list[str]:
    return [p.name.split(".")[0] for p in shared_files(f"golden/trends/*.{kind}.json")]


@cache
def golden(name: str, kind: str) -> Any:
    path = SHARED / "golden" / "trends" / f"{name}.{kind}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / "golden" / "trends" / f"{name}.csv").astype({"client": str})


def values(cells: Any) -> np.ndarray:
    return np.array(list(cells.values()) if isinstance(cells, dict) else cells, dtype=float)


def fits() -> list[tuple[str, str]]:
    return [(name, m) for name in sets_of("mixed") for m in MODELS if m in golden(name, "mixed")]


@pytest.mark.parametrize(("name", "which"), fits())
def test_fit(name, which):
    printed = golden(name, "mixed")[which]
    model = sessions.growth_model(data(name), **NAMES, **MODELS[which])
    interior = printed["optimum"] == "interior"
    assert model.singular == printed["singular"]
    assert model.max_gradient < 1e-7
    if interior:
        assert model.criterion == pytest.approx(printed["criterion"], abs=1e-6)
        np.testing.assert_allclose(model.theta, np.atleast_1d(printed["theta"]), atol=1e-5)
        assert model.aic == pytest.approx(printed["AIC"], abs=1e-6)
        assert model.bic == pytest.approx(printed["BIC"], abs=1e-6)
    assert model.criterion <= printed["criterion"] + 1e-6
    loose = 1e-6 if interior else 1e-5
    np.testing.assert_allclose(model.fixed["estimate"], values(printed["fixef"]), rtol=loose)
    np.testing.assert_allclose(model.fixed["se"], values(printed["se"]), rtol=loose)
    assert model.sigma2 == pytest.approx(printed["sigma2"], rel=loose)
    parts = [row["vcov"] for row in printed["varcomp"]]
    if interior:
        order = np.argsort(model.variance["term2"].notna(), kind="stable")
        ours = model.variance["variance_or_covariance"]
        np.testing.assert_allclose(np.sort(ours), np.sort(values(parts)), rtol=1e-6)
        assert len(order) == len(parts)


@pytest.mark.parametrize(("name", "which"), fits())
def test_degrees_of_freedom(name, which):
    printed = golden(name, "mixed")[which]
    if "satterthwaite" not in printed:
        assert which.startswith("null") or which.endswith("ml")
        return
    settings = NAMES | MODELS[which]
    model = sessions.growth_model(data(name), **settings)
    satterthwaite = printed["satterthwaite"]
    # their own differences are good for six digits: 17.0000052 and 16.9999990 stand for 17
    np.testing.assert_allclose(model.fixed["df"], values(satterthwaite["df"]), rtol=3e-6)
    np.testing.assert_allclose(model.fixed["t"], values(satterthwaite["t"]), rtol=1e-5)
    np.testing.assert_allclose(model.fixed["p"], values(satterthwaite["p"]), rtol=1e-3)
    model = sessions.growth_model(data(name), **settings, df="kenward-roger")
    adjusted = printed["kenward_roger"]
    np.testing.assert_allclose(model.fixed["df"], values(adjusted["df"]), rtol=1e-6)
    np.testing.assert_allclose(model.fixed["se"], values(adjusted["se"]), rtol=1e-6)


@pytest.mark.parametrize(("name", "which"), fits())
def test_empirical_bayes(name, which):
    printed = golden(name, "mixed")[which]
    if "ranef" not in printed or printed["optimum"] != "interior":
        assert "ranef" not in printed or printed["singular"]
        return
    model = sessions.growth_model(data(name), **NAMES, **MODELS[which])
    ours = model.clients.set_index("client").loc[printed["ranef"]["client"]["ids"]]
    b = values(printed["ranef"]["client"]["b"])
    conditional = values(printed["ranef"]["client"]["condVar"])
    for j, term in enumerate(["intercept", "slope"][: b.shape[1]]):
        np.testing.assert_allclose(ours[f"{term}_effect"], b[:, j], atol=1e-6 * np.abs(b).max())
        size = conditional.max()
        np.testing.assert_allclose(ours[f"{term}_se"] ** 2, conditional[:, j, j], atol=1e-6 * size)


@pytest.mark.parametrize("name", sets_of("mixed"))
def test_likelihood_ratio_of_the_slope(name):
    printed = golden(name, "mixed")["lrt_random_slope"]
    test = sessions.growth_model(data(name), **NAMES).slope_test().iloc[0]
    assert test["statistic"] == pytest.approx(printed["reml_stat"], abs=2e-6)
    mixture = printed["p_mixture_chi1_chi2_reml"]
    assert test["p"] == pytest.approx(mixture, rel=1e-5)


@pytest.mark.parametrize("name", sets_of("predict"))
def test_next_session(name):
    rows = pd.DataFrame(golden(name, "predict")["clients"]).astype({"client": str})
    model = sessions.growth_model(data(name), **NAMES)
    ours = model.predict(data(name), sessions=sorted(rows["session"].unique().tolist()))
    both = rows.merge(ours, on=["client", "session"], suffixes=("_theirs", ""))
    both = both.merge(model.clients, on="client", suffixes=("_theirs", ""))
    assert len(both) == len(rows) == model.n_clients
    pairs = {
        "mean": "mean_theirs", "expected": "marginal_mean", "slope": "slope_eb",
        "slope_reliability": "slope_reliability_theirs",
    }  # fmt: skip
    for mine, theirs in pairs.items():
        np.testing.assert_allclose(both[mine], both[theirs], rtol=1e-6)
    np.testing.assert_allclose(both["se"] ** 2, both["var_latent_full"], rtol=1e-6)
    np.testing.assert_allclose(both["sd"] ** 2, both["var_new_obs_full"], rtol=1e-6)
    course = model.expected_course([rows["session"][0]])
    np.testing.assert_allclose(course["mean"], rows["marginal_mean"][0], rtol=1e-6)


def test_calendar_days_give_the_same_fit():
    """lme4 stops at 1790.4 with "singular" here; the optimum is 1743.63."""
    printed = golden("sleepstudy", "mixed")["rs_reml"]
    days = data("sleepstudy").assign(session=lambda d: d["session"] + 19_000)
    model = sessions.growth_model(days, **NAMES)
    # the determinant of X'V^-1 X does not change with the origin of time
    assert model.criterion == pytest.approx(printed["criterion"], abs=1e-6)
    assert not model.singular
    assert model.fixed["estimate"][1] == pytest.approx(printed["fixef"]["session"], rel=1e-9)
    shift = model.fixed["estimate"][0] + 19_000 * model.fixed["estimate"][1]
    assert shift == pytest.approx(printed["fixef"]["(Intercept)"], rel=1e-6)


@pytest.mark.parametrize(("unit", "origin"), [(1e6, 1e12), (1e-12, 0.0), (1e12, 0.0)])
def test_huge_and_tiny_scores(unit, origin):
    printed = golden("sleepstudy", "mixed")["rs_reml"]
    scores = data("sleepstudy").assign(score=lambda d: d["score"] * unit + origin)
    model = sessions.growth_model(scores, **NAMES)
    np.testing.assert_allclose(model.theta, printed["theta"], atol=1e-5)
    assert model.fixed["estimate"][1] == pytest.approx(unit * printed["fixef"]["session"], rel=1e-6)


# therapists, within and between ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "settings"),
    [("null_reml", {}), ("null_ml", {"method": "ml"}), ("time_reml", {"course": "line"})],
)
def test_therapists(which, settings):
    printed = golden("univbct", "threelevel")[which]
    model = sessions.therapist_effects(data("univbct"), value="score", **settings)
    assert model.criterion == pytest.approx(printed["criterion"], abs=1e-6)
    np.testing.assert_allclose(model.theta, printed["theta"], atol=1e-5)
    np.testing.assert_allclose(model.fixed["estimate"], values(printed["fixef"]), rtol=1e-6)
    np.testing.assert_allclose(model.fixed["se"], values(printed["se"]), rtol=1e-6)
    theirs = {row["grp"]: row["vcov"] for row in printed["varcomp"]}
    ours = model.variance.set_index("group")["variance"]
    for group, name in [("client", "client"), ("therapist", "therapist"), ("residual", "Residual")]:
        assert ours[group] == pytest.approx(theirs[name], rel=2e-6)
    if "satterthwaite" in printed:
        df = values(printed["satterthwaite"]["df"])
        np.testing.assert_allclose(model.fixed["df"], df, rtol=1e-5)
    if "ranef" in printed:
        effects = printed["ranef"]["therapist"]
        table = model.therapists.set_index("therapist").loc[effects["ids"]]
        b = np.ravel(values(effects["b"]))
        np.testing.assert_allclose(table["effect"], b, atol=1e-6 * np.abs(b).max())
        conditional = np.ravel(values(effects["condVar"]))
        np.testing.assert_allclose(table["effect_se"] ** 2, conditional, rtol=1e-6)


def test_shares_and_test_of_the_therapists():
    printed = golden("univbct", "threelevel")
    model = sessions.therapist_effects(data("univbct"), value="score")
    share = model.variance.set_index("group")["share"]
    assert share["therapist"] == pytest.approx(printed["icc"]["therapist"], rel=1e-5)
    assert share["client"] == pytest.approx(printed["icc"]["client_within_therapist"], rel=1e-6)
    test = model.test.iloc[0]
    assert test["statistic"] == pytest.approx(printed["lrt_therapist"]["reml_stat"], abs=2e-6)
    assert test["p"] == pytest.approx(printed["lrt_therapist"]["p_mixture_reml"], rel=1e-5)


PAIRS = {
    "sg_long": ("wb_bdi_rq", {"outcome": "bdi", "predictor": "rq"}),
    "bh1996_25": ("wb_WBEING_LEAD", {"outcome": "WBEING", "predictor": "LEAD", "client": "GRP"}),
}
FORMS = {
    "within_between": ({}, {"xw": "within", "xb": "between", "(Intercept)": "(Intercept)"}),
    "mundlak": ({}, {"x": "within", "xb": "contextual"}),
    "random_within_slope": ({"random_within": True}, {"xw": "within", "xbc": "between"}),
    "detrended": ({"detrend": True}, {"xdt": "within", "xb": "between", "t": "session"}),
}


def pairs_of(name: str) -> tuple[Any, pd.DataFrame, dict[str, Any]]:
    kind, columns = PAIRS[name]
    frame = pd.read_csv(SHARED / "golden" / "trends" / f"{name}.csv")
    if "session" not in frame:
        frame["session"] = frame.groupby(columns["client"]).cumcount()
    return golden(name, kind), frame, columns


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("form", FORMS)
def test_within_and_between(name, form):
    printed, frame, columns = pairs_of(name)
    if form not in printed:
        assert (name, form) == ("bh1996_25", "detrended")
        return
    settings, terms = FORMS[form]
    printed = printed[form]
    table = sessions.within_between(frame, **columns, **settings)
    ours = table.set_index("term")
    for theirs, mine in terms.items():
        assert ours.loc[mine, "estimate"] == pytest.approx(printed["fixef"][theirs], rel=1e-6)
        assert ours.loc[mine, "se"] == pytest.approx(printed["se"][theirs], rel=1e-6)
        df = printed["satterthwaite"]["df"][theirs]
        assert ours.loc[mine, "df"] == pytest.approx(df, rel=1e-4)
    assert table.attrs["criterion"] == pytest.approx(printed["criterion"], abs=1e-6)
    assert table.attrs["singular"] == printed["singular"]
    if form == "within_between":
        adjusted = sessions.within_between(frame, **columns, df="kenward-roger").set_index("term")
        for theirs, mine in terms.items():
            for field in ("se", "df"):
                expected = printed["kenward_roger"][field][theirs]
                assert adjusted.loc[mine, field] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_correlations_within_and_between(name):
    printed, frame, columns = pairs_of(name)
    facts = sessions.within_between(frame, **columns).attrs
    assert facts["correlation_within"] == pytest.approx(printed["cor_within"], rel=1e-9)
    assert facts["correlation_between"] == pytest.approx(printed["cor_between_weighted"], rel=1e-9)
    ols = printed["fixed_effects_ols"]["b"]
    within = sessions.within_between(frame, **columns).set_index("term").loc["within", "estimate"]
    assert within == pytest.approx(ols, rel=1e-9)


def test_lagged_effects():
    printed, frame, columns = pairs_of("sg_long")
    table = sessions.lagged_effects(frame, **columns)
    theirs = printed["lagged"]["fit"]
    assert table.attrs["n_pairs"] == printed["lagged"]["n"]
    np.testing.assert_allclose(table["estimate"], values(theirs["fixef"]), rtol=1e-6)
    np.testing.assert_allclose(table["se"], values(theirs["se"]), rtol=1e-6)
    np.testing.assert_allclose(table["df"], values(theirs["satterthwaite"]["df"]), rtol=1e-4)


@pytest.mark.parametrize("name", sets_of("predict"))
def test_trends_carry_the_slopes(name):
    rows = pd.DataFrame(golden(name, "predict")["clients"]).astype({"client": str})
    ours = sessions.trends(data(name), **NAMES).set_index("client").loc[rows["client"]]
    np.testing.assert_allclose(ours["eb_slope"], rows["slope_eb"], rtol=1e-6)
    np.testing.assert_allclose(ours["slope_reliability"], rows["slope_reliability"], rtol=1e-6)
    printed = golden(name, "mixed")["rs_reml"]["ranef"]["client"]
    conditional = values(printed["condVar"])[:, 1, 1]
    mine = sessions.trends(data(name), **NAMES).set_index("client").loc[printed["ids"]]
    np.testing.assert_allclose(mine["eb_slope_se"] ** 2, conditional, rtol=1e-6)
