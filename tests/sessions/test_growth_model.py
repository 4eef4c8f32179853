"""Growth models of a caseload: laws, bad input, predictions, parts of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from growth_judge import NAMES, clinic, dense_covariance
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import sessions
from alliance_measures.errors import StatisticError, StatisticWarning


def numbers(frame: pd.DataFrame) -> np.ndarray:
    return frame.select_dtypes("number").to_numpy()


@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000), scale=st.sampled_from([1e-9, 0.01, 7.0, 1e8]),
    unit=st.sampled_from([0.1, 7.0, 365.0]), origin=st.sampled_from([0.0, -40.0, 20_000.0]),
)  # fmt: skip
def test_units_of_score_and_time_change_units_alone(seed, scale, unit, origin):
    frame = clinic(25, seed, sessions=(3, 8))
    other = frame.assign(y=frame["y"] * scale, s=frame["s"] * unit + origin)
    a, b = (sessions.growth_model(part, **NAMES) for part in (frame, other))
    slope = a.fixed.iloc[1], b.fixed.iloc[1]
    assert slope[1]["estimate"] == pytest.approx(slope[0]["estimate"] * scale / unit, rel=1e-7)
    assert slope[1]["se"] == pytest.approx(slope[0]["se"] * scale / unit, rel=1e-6)
    assert slope[1]["df"] == pytest.approx(slope[0]["df"], rel=1e-3)
    assert b.sigma2 == pytest.approx(a.sigma2 * scale**2, rel=1e-6)
    shift = 2 * (a.n_sessions - 2) * np.log(scale) + 2 * np.log(unit)
    assert b.criterion == pytest.approx(a.criterion + shift, abs=1e-5)
    assert a.singular == b.singular


def test_order_of_rows_and_names_of_clients_change_nothing():
    frame = clinic(30, 4)
    a = sessions.growth_model(frame, **NAMES)
    shuffled = frame.sample(frac=1, random_state=3).assign(
        id=lambda d: "c" + (99 - d["id"]).astype(str)
    )
    b = sessions.growth_model(shuffled, **NAMES)
    np.testing.assert_allclose(numbers(a.fixed), numbers(b.fixed), rtol=1e-8)
    np.testing.assert_allclose(a.clients["slope"], b.clients["slope"].to_numpy()[::-1], rtol=1e-7)


def test_unscored_rows_are_left_out_and_counted():
    frame = clinic(20, 4)
    more = pd.concat([frame, frame.tail(5).assign(s=lambda d: d["s"] + 50, y=np.nan)])
    a, b = (sessions.growth_model(part, **NAMES) for part in (frame, more))
    assert b.criterion == pytest.approx(a.criterion, abs=1e-9)
    assert (b.n_unscored, b.n_sessions) == (5, a.n_sessions)
    gone = frame.assign(mood=frame["mood"].where(frame.index % 7 != 0))
    model = sessions.growth_model(gone, **NAMES, covariates=["mood"])
    assert model.n_incomplete == (frame.index % 7 == 0).sum()


def test_categories_are_compared_with_the_first():
    frame = clinic(30, 6)
    by_hand = frame.assign(b=(frame["arm"] == "b").astype(float))
    a = sessions.growth_model(frame, **NAMES, covariates="arm")
    b = sessions.growth_model(by_hand, **NAMES, covariates="b")
    assert a.fixed["term"].tolist() == ["(Intercept)", "s", "arm[b]"]
    np.testing.assert_allclose(numbers(a.fixed), numbers(b.fixed), rtol=1e-9)
    assert "arm: compared with a" in a.summary()


def test_a_knot_bends_the_line():
    frame = clinic(30, 6, sessions=(6, 9))
    by_hand = frame.assign(after=np.maximum(frame["s"] - 4, 0))
    a = sessions.growth_model(frame, **NAMES, knot=4)
    b = sessions.growth_model(by_hand, **NAMES, covariates="after")
    np.testing.assert_allclose(numbers(a.fixed), numbers(b.fixed), rtol=1e-8)
    course = a.expected_course([3, 4, 5])["mean"]
    assert np.diff(course)[1] == pytest.approx(
        a.fixed["estimate"][1] + a.fixed["estimate"][2], rel=1e-9
    )


def test_dates_count_in_days():
    frame = clinic(30, 8)
    dated = frame.assign(s=pd.Timestamp("2024-03-01") + pd.to_timedelta(7 * frame["s"], unit="D"))
    a, b = (sessions.growth_model(part, **NAMES) for part in (frame, dated))
    assert b.fixed["estimate"][1] == pytest.approx(a.fixed["estimate"][1] / 7, rel=1e-8)


BAD = {
    "constant score": (lambda d: d.assign(y=3.0), "scores are equal"),
    "constant session": (lambda d: d.drop_duplicates("id").assign(s=3), "the same in all"),
    "one client": (lambda d: d[d["id"] == d["id"].iloc[0]], "1 client"),
    "one session each": (lambda d: d.drop_duplicates("id"), "have one scored session"),
    "two sessions each": (
        lambda d: d[d["s"] <= 2].groupby("id").filter(lambda g: len(g) == 2),
        "cannot be told apart.*none|0 of whom.*random='intercept'",
    ),
    "collinear": (lambda d: d.assign(mood=2 * d["s"] + 1), "s, mood: collinear"),
    "constant covariate": (lambda d: d.assign(mood=1.5), "mood: the same in all"),
    "no score": (lambda d: d.assign(y=np.nan), "no row has a score"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_not_identified_is_refused_with_the_reason(kind):
    change, message = BAD[kind]
    with pytest.raises(StatisticError, match=message):
        sessions.growth_model(change(clinic(30, 2, drop=0.0)), **NAMES, covariates="mood")


def test_a_perfect_fit_is_refused():
    frame = clinic(10, 1).assign(y=lambda d: 3 + 2 * d["s"])
    with pytest.raises(StatisticError, match="without error"):
        sessions.growth_model(frame, **NAMES)


def test_wrong_settings_are_refused():
    frame = clinic(10, 1)
    for wrong, message in [
        ({"random": "both"}, "random must be one of"), ({"method": "mle"}, "method must be"),
        ({"df": "z"}, "df must be"), ({"confidence": 95}, "confidence must"),
        ({"course": "level"}, "has no slope"), ({"course": "quadratic", "knot": 3}, "knot bends"),
    ]:  # fmt: skip
        with pytest.raises(StatisticError, match=message):
            sessions.growth_model(frame, **NAMES, **wrong)


def test_little_to_tell_the_variances_apart_by_warns():
    two = clinic(300, 2, drop=0.0, sessions=(2, 2))
    three = clinic(1, 3, drop=0.0, sessions=(3, 3)).assign(id=1000)
    with pytest.warns(StatisticWarning, match="1 of 301 clients have the 3 sessions"):
        sessions.growth_model(pd.concat([two, three]), **NAMES)


def test_thousands_of_clients_with_one_session_help_the_intercept_alone():
    frame = clinic(40, 3, sessions=(4, 9))
    draw = np.random.default_rng(1)
    alone = pd.DataFrame({
        "id": np.arange(3000) + 1000, "s": 1.0, "y": 30.4 + draw.normal(0, 4.8, 3000),
    })  # fmt: skip
    model = sessions.growth_model(pd.concat([frame, alone]), **NAMES)
    assert model.n_clients == frame["id"].nunique() + 3000
    assert not model.singular
    assert (model.clients["slope_reliability"].tail(3000) == 0).all()
    assert model.fixed["se"][1] < 0.5


def test_a_singular_fit_is_said_to_be_one():
    draw = np.random.default_rng(3)
    frame = clinic(30, 3).assign(y=lambda d: draw.normal(0, 1, len(d)))
    frame["y"] -= 0.9 * frame.groupby("id")["y"].transform("mean")  # no variance between clients
    model = sessions.growth_model(frame, **NAMES)
    assert model.singular
    assert "Singular fit" in model.summary()


# predictions ----------------------------------------------------------------------------------


def test_prediction_is_that_of_dense_matrices():
    frame = clinic(25, 12).sort_values(["id", "s"])
    model = sessions.growth_model(frame, **NAMES, covariates="mood")
    ahead = model.predict(frame, sessions=2)
    t, y = frame["s"].to_numpy(), frame["y"].to_numpy()
    x = np.column_stack([np.ones(t.size), t, frame["mood"]])
    codes = pd.factorize(frame["id"])[0]
    d = np.diag(model.variance["variance_or_covariance"][:2])
    d[0, 1] = d[1, 0] = model.variance["variance_or_covariance"][2]
    v = dense_covariance(t, codes, d, model.sigma2)
    c = np.linalg.inv(x.T @ np.linalg.solve(v, x))
    b = model.fixed["estimate"].to_numpy()
    for client, part in frame.groupby("id"):
        rows = (frame["id"] == client).to_numpy()
        z = np.column_stack([np.ones(rows.sum()), part["s"]])
        goal = ahead[ahead["id"] == client].iloc[1]
        new, new_x = np.array([1, part["s"].max() + 2]), None
        new_x = np.array([*new, part["mood"].iloc[-1]])
        gain = np.linalg.solve(v[np.ix_(rows, rows)], z @ d @ new)
        assert goal["mean"] == pytest.approx(new_x @ b + gain @ (y - x @ b)[rows], rel=1e-8)
        q = new_x - x[rows].T @ gain
        latent = new @ d @ new - gain @ (z @ d @ new) + q @ c @ q
        assert goal["se"] ** 2 == pytest.approx(latent, rel=1e-6)
        assert goal["sd"] ** 2 == pytest.approx(latent + model.sigma2, rel=1e-6)


def test_a_session_is_judged_by_earlier_ones_alone():
    frame = clinic(30, 5, sessions=(4, 9)).sort_values(["id", "s"])
    model = sessions.growth_model(frame, **NAMES)
    whole = model.not_on_track(frame, all_sessions=True, min_before=0)
    cut = frame[frame["s"] <= 4]
    early = model.not_on_track(cut, all_sessions=True, min_before=0)
    kept = whole[whole["s"] <= 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, early, rtol=1e-9)
    # and it is what `predict` says with the rows before it
    for client, part in list(frame.groupby("id"))[:10]:
        if len(part) < 3:
            continue
        last = part["s"].iloc[-1]
        said = model.predict(part.iloc[:-1], sessions=[last]).iloc[0]
        row = whole[(whole["id"] == client) & (whole["s"] == last)].iloc[0]
        assert row["predicted"] == pytest.approx(said["mean"], rel=1e-9)
        assert row["sd"] == pytest.approx(said["sd"], rel=1e-9)


def test_lower_is_better_turns_the_band_round():
    frame = clinic(30, 5)
    turned = frame.assign(y=-frame["y"])
    a = sessions.growth_model(frame, **NAMES).not_on_track(frame, alarm=0.2)
    b = sessions.growth_model(turned, **NAMES).not_on_track(
        turned, alarm=0.2, higher_is_better=False
    )
    assert len(a) > 0
    assert a[["id", "s"]].equals(b[["id", "s"]])


def test_bands_hold_on_new_clients():
    model = sessions.growth_model(clinic(300, 21), **NAMES)
    rates = model.calibration(clinic(1500, 22)).set_index("n_before")
    assert abs(rates.loc["all", "coverage"] - 0.95) < 0.012
    assert abs(rates.loc["all", "alarms"] - 0.05) < 0.012
    assert rates.loc["all", "sd_z"] == pytest.approx(1, abs=0.05)
    assert rates["n"].drop("all").sum() == rates.loc["all", "n"]


def test_percentiles_of_a_new_client_hold_their_share():
    model = sessions.growth_model(clinic(300, 31), **NAMES)
    new = clinic(4000, 32, drop=0.0, sessions=(5, 5))
    course = model.expected_course([5], percentiles=(10, 50, 90)).iloc[0]
    last = new[new["s"] == 5]["y"]
    for percent in (10, 50, 90):
        assert (last < course[f"p{percent}"]).mean() == pytest.approx(percent / 100, abs=0.05)


def test_a_level_that_the_model_does_not_know_is_refused():
    frame = clinic(20, 3)
    model = sessions.growth_model(frame, **NAMES, covariates="arm")
    with pytest.raises(StatisticError, match="does not know in row 0"):
        model.predict(frame.assign(arm=["z", *frame["arm"][1:]]))
    with pytest.raises(StatisticError, match="covariates lacks 'arm'"):
        model.expected_course([1, 2])


# parts of a table -----------------------------------------------------------------------------


@pytest.mark.parametrize("covariates", [(), ("arm",)])
def test_three_clinics_make_one_model(covariates):
    frame = clinic(90, 41)
    settings = NAMES | {"covariates": covariates}
    whole = sessions.growth_model(frame, **settings)
    sent = [
        sessions.growth_statistics(
            part, **settings, levels={"arm": ["a", "b"]} if covariates else None
        ).to_json()
        for _, part in frame.groupby(frame["id"] % 3)
    ]
    together = sum(map(sessions.GrowthStatistics.from_json, sent))
    model = sessions.growth_model(statistics=together)
    assert model.criterion == pytest.approx(whole.criterion, rel=1e-12)
    for column in ("estimate", "se", "t", "ci_low", "ci_high"):
        np.testing.assert_allclose(model.fixed[column], whole.fixed[column], rtol=1e-9)
    np.testing.assert_allclose(model.fixed["df"], whole.fixed["df"], rtol=1e-7)
    np.testing.assert_allclose(model.theta, whole.theta, rtol=1e-8)
    assert len(model.clients) == 0
    own = model.predict(frame)  # a clinic predicts for its own clients with the common model
    np.testing.assert_allclose(own["mean"], whole.predict(frame)["mean"], rtol=1e-8)


def test_statistics_hold_no_client_and_say_what_they_show():
    frame = clinic(60, 43).assign(id=lambda d: "Zq" + d["id"].astype(str))
    part = sessions.growth_statistics(frame, **NAMES)
    assert "Zq" not in part.to_json()
    shown = part.reveals().iloc[0]
    patterns = frame.groupby("id")["s"].agg(["size", "sum", lambda s: (s**2).sum()])
    sizes = patterns.value_counts()
    assert shown["n_designs"] == len(sizes)
    assert shown["clients_alone"] == (sizes == 1).sum()
    assert shown["smallest"] == sizes.min()


def test_statistics_of_different_settings_do_not_add_up():
    frame = clinic(20, 1)
    with pytest.raises(StatisticError, match="different settings"):
        sessions.growth_statistics(frame, **NAMES) + sessions.growth_statistics(
            frame, **NAMES, random="intercept"
        )
    with pytest.raises(StatisticError, match="centred"):
        sessions.growth_statistics(frame, **NAMES, time="centred")
    with pytest.raises(StatisticError, match="no text that"):
        sessions.GrowthStatistics.from_json('{"settings": 3}')
