"""Rules held against an observer: by hand, by a slow route, laws, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import StatisticError
from alliance_measures.sessions import RuptureRule, compare_with_observer, ruptures


def made(seed, clients=6, length=8):
    chance = np.random.default_rng(seed)
    who = np.repeat(np.arange(clients), length)
    session = np.tile(np.arange(1, length + 1), clients)
    truth = chance.random(who.size) < 0.3
    truth[:2] = True, False
    call = np.where(truth, chance.random(who.size) < 0.7, chance.random(who.size) < 0.15)
    observed = pd.DataFrame({"client": who, "session": session, "rupture": truth.astype(int)})
    found = observed.loc[call, ["client", "session"]]
    return found.reset_index(drop=True), observed


def slow(found, observed, within):
    """Count session by session, as the definitions say."""
    calls = set(found.itertuples(index=False, name=None))
    rows = list(observed.itertuples(index=False, name=None))
    events = {(c, s) for c, s, e in rows if e}
    near = {
        name: {(c, s): any((c, s + k) in marks for k in range(-within, within + 1))
               for c, s, _ in rows}
        for name, marks in (("event", events), ("call", calls))
    }  # fmt: skip
    every = [(c, s) for c, s, _ in rows]

    def share(hits, of):
        return np.mean([h in hits for h in of]) if of else np.nan

    return {
        "sensitivity": share({u for u in every if near["call"][u]}, sorted(events)),
        "specificity": share(set(every) - calls, [u for u in every if not near["event"][u]]),
        "positive_predictive_value": share({u for u in every if near["event"][u]}, sorted(calls)),
        "negative_predictive_value": share(
            set(every) - events, [u for u in every if not near["call"][u]]
        ),
        "agreement": np.mean([(u in calls) == (u in events) for u in every]),
        "lag": np.nanmean([
            min(((s2 - s) for c2, s2 in calls if c2 == c), key=lambda d: (abs(d), -d),
                default=np.nan)
            for c, s in sorted(events)
        ]) if any(c == c2 for c, _ in events for c2, _ in calls) else np.nan,
    }  # fmt: skip


@given(st.integers(0, 10_000), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_measures_session_by_session(seed, within):
    found, observed = made(seed)
    table = compare_with_observer(found, observed, within=within).set_index("measure")
    for name, expected in slow(found, observed, within).items():
        assert table.loc[name, "estimate"] == pytest.approx(expected, nan_ok=True), name
    ends = table.loc[table["ci_low"].notna()]
    assert (ends["ci_low"] <= ends["estimate"] + 1e-12).all()
    assert (ends["ci_high"] >= ends["estimate"] - 1e-12).all()


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_order_names_and_repeated_calls_move_nothing(seed):
    found, observed = made(seed)
    one = compare_with_observer(found, observed)
    mixed = observed.sample(frac=1, random_state=seed).assign(
        client=lambda d: "c" + d["client"].astype(str), rupture=lambda d: d["rupture"] == 1
    )
    twice = pd.concat([found, found]).assign(client=lambda d: "c" + d["client"].astype(str))
    pd.testing.assert_frame_equal(compare_with_observer(twice, mixed), one)


def test_wilson_without_a_design_effect():
    observed = pd.DataFrame({
        "client": np.arange(20), "session": 1, "rupture": [1] * 10 + [0] * 10
    })  # fmt: skip
    found = pd.DataFrame({"client": [*range(8), 12], "session": 1})
    row = compare_with_observer(found, observed).set_index("measure").loc["sensitivity"]
    from scipy.stats import binomtest

    wilson = binomtest(8, 10).proportion_ci(method="wilson")
    size = 10 / row["design_effect"]
    assert (row["count"], row["n"]) == (8, 10)
    assert row["design_effect"] == pytest.approx(10 / 9)  # clients / (clients - 1)
    assert row["ci_low"] < wilson.low < wilson.high < row["ci_high"]
    assert size == pytest.approx(9)


def test_ruptures_of_a_rule_against_a_column():
    scores = pd.DataFrame({
        "client": [1] * 5 + [2] * 5, "session": [1, 2, 3, 4, 5] * 2,
        "total": [36, 37, 30, 36, 37, 36, 36, 37, 36, 30],
    })  # fmt: skip
    found = ruptures(scores, client="client", session="session", value="total",
                     rule=RuptureRule(unit="raw", threshold=3))  # fmt: skip
    observed = scores[["client", "session"]].assign(rupture=[0, 0, 1, 0, 0, 0, 0, 0, 1, 0])
    table = compare_with_observer(found, observed)
    assert table.set_index("measure").loc["sensitivity", ["count", "n"]].tolist() == [1, 2]
    near = compare_with_observer(found, observed, within=1).set_index("measure")
    assert near.loc["sensitivity", "estimate"] == 1
    assert near.loc["lag", "estimate"] == 0.5
    fewer = observed[observed["session"] != 5]
    assert compare_with_observer(found, fewer).attrs["n_found_uncoded"] == 1


def test_nothing_found():
    found, observed = made(1)
    table = compare_with_observer(found.head(0), observed).set_index("measure")
    assert table.loc["sensitivity", "estimate"] == 0
    assert table.loc["specificity", "estimate"] == 1
    assert np.isnan(table.loc["positive_predictive_value", "estimate"])


def test_refusals():
    found, observed = made(1)
    with pytest.raises(StatisticError, match="48 of 48 coded sessions"):
        compare_with_observer(found, observed.assign(rupture=1))
    with pytest.raises(StatisticError, match="48 codes in 'rupture' are neither 0 nor 1"):
        compare_with_observer(found, observed.assign(rupture=2))
    with pytest.raises(StatisticError, match="within must be 0 or more"):
        compare_with_observer(found, observed, within=-1)
    dated = observed.assign(session=pd.Timestamp("2024-01-01") + pd.to_timedelta(
        observed["session"], unit="D"))  # fmt: skip
    with pytest.raises(StatisticError, match="number each client's sessions"):
        compare_with_observer(found, dated)
    for table in (found.assign(client=[["Maria"]] * len(found)), found.assign(session="Maria")):
        with pytest.raises(StatisticError) as caught:
            compare_with_observer(table, observed)
        assert "Maria" not in str(caught.value)
    with pytest.raises(StatisticError) as caught:
        compare_with_observer(found, observed.assign(rupture="Maria"))
    assert "Maria" not in str(caught.value)
