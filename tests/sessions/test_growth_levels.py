"""Therapists, effects within and between clients, lagged effects, slopes in `trends`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from growth_judge import NAMES, clinic, dense_covariance, dense_criterion

from alliance_measures import sessions
from alliance_measures.errors import ColumnError, StatisticError


def practice(n: int = 80, seed: int = 3, *, therapist: float = 2.0) -> pd.DataFrame:
    """A clinic whose therapists differ."""
    frame = clinic(n, seed, sds=(3.0, 0.0, 2.0))
    draw = np.random.default_rng(seed + 1)
    own = draw.normal(0, therapist, 10)
    frame["who"] = frame["id"] % 10
    frame["y"] += own[frame["who"]]
    return frame


THERAPIST = NAMES | {"therapist": "who"}


def test_shares_are_those_of_the_dense_criterion_at_its_least():
    frame = practice()
    model = sessions.therapist_effects(frame, **THERAPIST)
    y, x = frame["y"].to_numpy(), np.ones((len(frame), 1))
    codes, who = frame["id"].to_numpy(), frame["who"].to_numpy()
    parts = model.variance.set_index("group")["variance"]

    def at(therapist, client, residual):
        v = dense_covariance(
            np.zeros(y.size), codes, np.diag([client, 0.0]), residual, who, therapist
        )
        return dense_criterion(y, x, v, reml=True)

    best = at(*parts[["therapist", "client", "residual"]])
    assert model.criterion == pytest.approx(best, abs=1e-8)
    for move in ([1.2, 1, 1], [1, 1.1, 1], [1, 1, 0.95], [0.8, 1, 1], [1, 0.9, 1.02]):
        assert at(*(parts[["therapist", "client", "residual"]] * move)) > best
    without = sessions.growth_model(frame, **NAMES, course="level", random="intercept")
    assert model.test["statistic"][0] == pytest.approx(without.criterion - best, abs=1e-7)


def test_interval_of_a_share_ends_where_the_profile_says():
    """At its ends the least criterion over the other shares is 3.84 above the minimum."""
    frame = practice(60, 5)
    model = sessions.therapist_effects(frame, **THERAPIST)
    row = model.variance.set_index("group").loc["therapist"]
    assert row["share_low"] < row["share"] < row["share_high"]
    y, x = frame["y"].to_numpy(), np.ones((len(frame), 1))
    codes, who = frame["id"].to_numpy(), frame["who"].to_numpy()
    total = model.variance["variance"].sum()
    for end in (row["share_low"], row["share_high"]):
        least = min(
            dense_criterion(
                y, x,
                dense_covariance(
                    np.zeros(y.size), codes, np.diag([size * (1 - end) * split, 0.0]),
                    size * (1 - end) * (1 - split), who, size * end,
                ),
                reml=True,
            )
            for split in np.linspace(0.55, 0.85, 41)
            for size in total * np.geomspace(0.6, 3.0, 41)
        )  # fmt: skip
        assert least - model.criterion == pytest.approx(3.8415, abs=0.12)


def test_therapists_that_cannot_be_told_apart_are_refused():
    frame = practice(12, 1)
    with pytest.raises(StatisticError, match="each of 12 therapists has one client"):
        sessions.therapist_effects(frame.assign(who=frame["id"]), **THERAPIST)
    with pytest.raises(StatisticError, match="1 therapist"):
        sessions.therapist_effects(frame.assign(who=1), **THERAPIST)
    moved = frame.assign(who=np.arange(len(frame)) % 2)
    with pytest.raises(StatisticError, match="clients have more than one therapist"):
        sessions.therapist_effects(moved, **THERAPIST)
    with pytest.raises(StatisticError, match="1 scored rows have no therapist"):
        sessions.therapist_effects(
            frame.assign(who=frame["who"].where(frame.index > 0)), **THERAPIST
        )
    with pytest.raises(ColumnError, match="lacks the column 'whom'"):
        sessions.therapist_effects(frame, **NAMES, therapist="whom")


def test_no_difference_between_therapists_is_a_singular_fit():
    frame = practice(60, 7, therapist=0.0)
    frame["y"] -= frame.groupby("who")["y"].transform("mean")
    model = sessions.therapist_effects(frame, **THERAPIST)
    share = model.variance.set_index("group").loc["therapist"]
    assert model.singular
    assert share["share"] == pytest.approx(0, abs=1e-6)
    assert share["share_low"] == 0
    assert 0 < share["share_high"] < 0.5
    assert model.test["p"][0] > 0.4


# within and between ---------------------------------------------------------------------------

PAIR = {"client": "id", "session": "s", "outcome": "y", "predictor": "x"}


def pair(n: int = 120, seed: int = 5, *, within: float = 0.5, between: float = 1.5) -> pd.DataFrame:
    frame = clinic(n, seed, sds=(0.0, 0.0, 1.0), sessions=(4, 9))
    draw = np.random.default_rng(seed)
    level = draw.normal(0, 2, n)[frame["id"]]
    own = draw.normal(0, 1, len(frame))
    frame["x"] = level + own
    frame["y"] = between * level + within * own + draw.normal(0, 1, len(frame))
    return frame


def test_effects_within_and_between_are_found():
    table = sessions.within_between(pair(600), **PAIR).set_index("term")
    assert table.loc["within", "estimate"] == pytest.approx(0.5, abs=0.06)
    assert table.loc["between_corrected", "estimate"] == pytest.approx(1.5, abs=0.06)
    assert table.loc["between", "estimate"] < 1.48  # few sessions: pulled to the within effect
    difference = table.loc["between", "estimate"] - table.loc["within", "estimate"]
    assert table.loc["contextual", "estimate"] == pytest.approx(difference, abs=1e-12)


def test_the_within_effect_is_that_of_dummies():
    frame = pair(30)
    table = sessions.within_between(frame, **PAIR).set_index("term")
    own = frame[["x", "y"]] - frame.groupby("id")[["x", "y"]].transform("mean")
    slope = (own["x"] * own["y"]).sum() / (own["x"] ** 2).sum()
    assert table.loc["within", "estimate"] == pytest.approx(slope, rel=1e-9)


def test_rows_without_both_scores_are_counted():
    frame = pair(30)
    frame.loc[:4, "x"] = np.nan
    assert sessions.within_between(frame, **PAIR).attrs["n_left_out"] == 5


def test_a_predictor_without_a_part_within_is_refused():
    frame = pair(30)
    flat = frame.assign(x=frame.groupby("id")["x"].transform("mean"))
    with pytest.raises(StatisticError, match="within"):
        sessions.within_between(flat, **PAIR)


def test_lags_take_consecutive_sessions_alone():
    frame = pair(60)
    table = sessions.lagged_effects(frame, **PAIR)
    ordered = frame.sort_values(["id", "s"])
    step = ordered.groupby("id")["s"].diff()
    assert table.attrs["n_pairs"] == (step == 1).sum()
    assert table.attrs["expected_bias"] < 0
    dated = frame.assign(s=pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["s"], unit="D"))
    with pytest.raises(StatisticError, match="session numbers"):
        sessions.lagged_effects(dated, **PAIR)
    with pytest.raises(StatisticError, match="two consecutive sessions"):
        sessions.lagged_effects(frame.assign(s=frame["s"] * 2), **PAIR)


def test_trends_take_their_slopes_from_the_growth_model():
    frame = clinic(40, 3)
    frame = pd.concat([frame, pd.DataFrame({"id": [999], "s": [1.0], "y": [np.nan]})])
    table = sessions.trends(frame, **NAMES).set_index("id")
    model = sessions.growth_model(frame, **NAMES).clients.set_index("id")
    same = table.loc[model.index]
    np.testing.assert_allclose(same["eb_slope"], model["slope"], rtol=1e-9)
    np.testing.assert_allclose(same["eb_slope_se"], model["slope_se"], rtol=1e-9)
    np.testing.assert_allclose(same["slope_reliability"], model["slope_reliability"], rtol=1e-9)
    assert np.isnan(table.loc[999, "eb_slope"])
    assert table["convention"].str.contains("eb: reml").all()


def test_trends_say_where_there_is_no_growth_model():
    one = clinic(1, 2, sessions=(6, 6), drop=0.0)
    table = sessions.trends(one, **NAMES)
    assert table["eb_slope"].isna().all()
    assert table["convention"].str.contains("does not identify").all()
    assert table["slope"].notna().all()
