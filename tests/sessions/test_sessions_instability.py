"""Successive differences and autocorrelation, and the audit of what series allow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_sessions import NAMES, caseload, one, stacked

from alliance_measures import psychometrics, sessions
from alliance_measures.errors import StatisticError

Y = [30.0, 33, 29, 35, 34]


def test_columns_of_the_contract_in_order():
    columns = ["id", "mssd", "rmssd", "von_neumann", "pac", "acf1", "lag_r"]
    assert list(sessions.instability(caseload(), **NAMES).columns[:7]) == columns


def test_by_hand():
    row = sessions.instability(one(Y), **NAMES, cut=4).iloc[0]
    y, d = np.array(Y), np.diff(Y)
    assert row["mssd"] == pytest.approx((d**2).mean())
    assert row["rmssd"] == pytest.approx(np.sqrt((d**2).mean()))
    assert row["von_neumann"] == pytest.approx((d**2).mean() / y.var(ddof=1))
    assert row["pac"] == 2 / 4
    c = y - y.mean()
    assert row["acf1"] == pytest.approx((c[1:] * c[:-1]).sum() / (c * c).sum())
    assert row["lag_r"] == pytest.approx(np.corrcoef(y[1:], y[:-1])[0, 1])


def test_cut_is_the_ninetieth_percentile_of_all_clients():
    scores = caseload(drop=0)
    steps = scores.sort_values(["id", "s"]).groupby("id")["y"].diff().abs().dropna()
    cut = sessions.instability(scores, **NAMES)["cut"].iloc[0]
    assert cut == pytest.approx(np.quantile(steps, 0.9))


def test_step_across_a_missed_session():
    scores = one([30, None, 40, 42])
    assert sessions.instability(scores, **NAMES)["n_steps"].iloc[0] == 2
    assert sessions.instability(scores, **NAMES, gap="skip")["mssd"].iloc[0] == 4


def test_short_and_flat_series():
    frame = sessions.instability(stacked([[30], [30, 30, 30]]), **NAMES)
    assert frame.loc[0, ["mssd", "acf1", "lag_r", "pac"]].isna().all()
    assert frame.loc[1, "mssd"] == 0
    assert frame.loc[1, ["von_neumann", "acf1", "lag_r"]].isna().all()


@settings(max_examples=30, deadline=None)
@given(shift=st.integers(-20, 20), scale=st.sampled_from([0.5, 2.0, 4.0]))
def test_shift_and_scale(shift, scale):
    scores = caseload(20)
    plain = sessions.instability(scores, **NAMES)
    other = sessions.instability(scores.assign(y=scores["y"] * scale + shift), **NAMES)
    np.testing.assert_allclose(other["mssd"], plain["mssd"] * scale**2)
    for name in ("von_neumann", "pac", "acf1", "lag_r"):
        np.testing.assert_allclose(other[name], plain[name], atol=1e-9)


def test_options_out_of_range():
    with pytest.raises(StatisticError, match="cut must be above 0"):
        sessions.instability(one(Y), **NAMES, cut=0)
    with pytest.raises(StatisticError, match="bridge"):
        sessions.instability(one(Y), **NAMES, gap="jump")


# audit ----------------------------------------------------------------------------------------


def test_audit_counts():
    scores = stacked([[30], [40, 40], [20, None, 31], [None], [35, 36, 40, 40]])
    row = sessions.audit(scores, **NAMES, minimum=20, maximum=40).iloc[0]
    assert row[["n_clients", "n_rows", "n_scored", "n_unscored"]].to_list() == [5, 11, 9, 2]
    assert row[[f"clients_{k}" for k in (0, 1, 2)]].to_list() == [1, 1, 2]
    assert row[["clients_3_or_more", "clients_4_or_more"]].to_list() == [1, 1]
    assert row["clients_with_gaps"] == 1
    assert row["ceiling_share"] == pytest.approx(4 / 9)
    assert row["floor_share"] == pytest.approx(1 / 9)
    assert np.isnan(sessions.audit(scores, **NAMES).iloc[0]["ceiling_share"])


def test_variances_with_equal_sessions_by_hand():
    y = np.array([[30.0, 32, 31], [40, 42, 44], [35, 30, 34]])
    row = sessions.audit(stacked(y.tolist()), **NAMES).iloc[0]
    within = y.var(axis=1, ddof=1).mean()
    between = y.mean(axis=1).var(ddof=1) - within / 3
    assert row["variance_within"] == pytest.approx(within)
    assert row["variance_between"] == pytest.approx(between)
    one_session = between / (between + within)
    assert row["generalizability_1"] == pytest.approx(one_session)
    assert row["generalizability_mean"] == pytest.approx(between / (between + within / 3))
    n = row["sessions_for_90"]
    assert psychometrics.spearman_brown(one_session, n) >= 0.9
    assert psychometrics.spearman_brown(one_session, n - 1) < 0.9 or n == 1


def test_no_variance_between_clients_is_zero_not_negative():
    row = sessions.audit(stacked([[30, 40], [40, 30]]), **NAMES).iloc[0]
    assert row["variance_between"] == 0
    assert np.isnan(row["sessions_for_80"])


def test_ends_in_the_wrong_order():
    with pytest.raises(StatisticError, match="minimum must be below maximum"):
        sessions.audit(one(Y), **NAMES, minimum=5, maximum=1)


def test_nesting_in_therapists():
    scores = stacked([[30, 31], [40], [20, 22]]).assign(who=["a", "a", "b", "b", "a"])
    row = sessions.audit(scores, **NAMES, therapist="who").iloc[0]
    assert (row["n_therapists"], row["clients_of_several_therapists"]) == (2, 1)
    assert row["clients_per_therapist"] == 2
    with pytest.raises(StatisticError, match="who: no therapist in row 1"):
        sessions.audit(scores.assign(who=["a", None, *"bba"]), **NAMES, therapist="who")
