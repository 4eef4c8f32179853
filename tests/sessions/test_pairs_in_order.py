"""Pairs of many sessions: the same numbers as the plain loop over all pairs, to the last digit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies

from alliance_measures import sessions
from alliance_measures.sessions import pairs_in_order, robust
from alliance_measures.sessions.pairs_in_order import rising_minus_falling, slopes_at

SERIES = numpy_strategies.arrays(
    np.float64,
    st.integers(2, 60),
    elements=st.one_of(st.integers(0, 5), st.floats(-1e6, 1e6)),
)


def plain_s(y: np.ndarray) -> float:
    return float(sum(np.sign(y[j] - y[i]) for i in range(y.size) for j in range(i + 1, y.size)))


def plain_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    earlier, later = np.triu_indices(x.size, k=1)
    return np.sort((y[later] - y[earlier]) / (x[later] - x[earlier]))


@given(SERIES)
def test_merging_counts_as_the_loop_over_pairs_does(y: np.ndarray) -> None:
    assert rising_minus_falling(y) == plain_s(y)


@settings(max_examples=60, deadline=None)
@given(SERIES, st.data())
def test_slopes_at_any_place_are_those_of_the_sorted_list(
    y: np.ndarray, data: st.DataObject
) -> None:
    x = np.cumsum(np.arange(1, y.size + 1)).astype(float)
    slopes = plain_slopes(x, y)
    ranks = data.draw(st.lists(st.integers(0, slopes.size - 1), min_size=1, max_size=5))
    assert slopes_at(x, y, ranks) == slopes[ranks].tolist()


def test_a_sample_that_misses_the_place_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_in_order, "_sample", lambda x, y: np.full(64, 1e9))
    x, y = np.arange(50.0), np.random.default_rng(2).normal(size=50)
    slopes = plain_slopes(x, y)
    assert slopes_at(x, y, [0, 600, 1224]) == slopes[[0, 600, 1224]].tolist()


@pytest.mark.parametrize("kind", ["whole scores", "fine scores", "constant", "rising", "dates"])
def test_long_series_give_what_short_ones_give(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    n = 90
    y = {
        "whole scores": rng.integers(12, 60, n).astype(float),
        "fine scores": rng.normal(30, 4, n),
        "constant": np.full(n, 7.0),
        "rising": np.round(np.arange(n) / 7 + rng.normal(0, 2, n)),
        "dates": np.round(rng.normal(30, 4, n)),
    }[kind]
    session = np.cumsum(rng.integers(1, 9, n)) if kind == "dates" else np.arange(1, n + 1)
    scores = pd.DataFrame({"client": "A", "session": session, "total": y})
    scores = pd.concat([scores, scores.iloc[:40].assign(client="B")], ignore_index=True)
    names = {"client": "client", "session": "session", "value": "total"}
    short = sessions.theil_sen(scores, **names)
    monkeypatch.setattr(robust, "LONG", 20)
    monkeypatch.setattr(robust, "LONG_ORDER", 20)
    pd.testing.assert_frame_equal(sessions.theil_sen(scores, **names), short, check_exact=True)
