"""Bias-corrected and accelerated limits: by hand, laws, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from alliance_measures.estimation.bca import bca_acceleration, bca_levels, bca_limits


def by_the_book(
    draws: np.ndarray, estimate: float, left_out: np.ndarray, confidence: float
) -> list[float]:
    """Efron & Tibshirani 1993, equations 14.9, 14.10, 14.14 and 14.15, for one sample."""
    z0 = special.ndtri(np.mean(draws < estimate))
    deviation = left_out.mean() - left_out
    a = np.sum(deviation**3) / (6.0 * np.sum(deviation**2) ** 1.5)
    levels = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = special.ndtri(tail)
        levels.append(special.ndtr(z0 + (z0 + z) / (1 - a * (z0 + z))))
    return np.quantile(draws, levels).tolist()


def skewed(seed: int, n: int = 30) -> tuple[np.ndarray, float, np.ndarray]:
    rng = np.random.default_rng(seed)
    sample = rng.exponential(size=n)
    draws = sample[rng.integers(0, n, size=(999, n))].var(axis=1)
    left_out = np.array([np.delete(sample, i).var() for i in range(n)])
    return draws, float(sample.var()), left_out


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), confidence=st.floats(0.5, 0.99))
def test_the_book(seed: int, confidence: float) -> None:
    draws, estimate, left_out = skewed(seed)
    found = bca_limits(draws, estimate, [left_out], confidence=confidence)
    assert found == pytest.approx(by_the_book(draws, estimate, left_out, confidence), abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_a_mirrored_statistic_has_a_mirrored_interval(seed: int) -> None:
    draws, estimate, left_out = skewed(seed)
    low, high = bca_limits(draws, estimate, [left_out])
    assert bca_limits(-draws, -estimate, [-left_out]) == pytest.approx((-high, -low))


def test_two_samples_add_their_influences() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.exponential(size=20), rng.normal(size=40)
    parts = [(len(x) - 1) / len(x) * (x.mean() - x) for x in (first, second)]
    u = np.concatenate(parts)
    expected = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    assert bca_acceleration([first, second]) == pytest.approx(expected)
    assert bca_acceleration([first, np.full(3, np.nan)]) == pytest.approx(bca_acceleration([first]))


def test_no_influence_and_no_bias_leave_the_percentiles() -> None:
    assert bca_acceleration([np.ones(5), np.empty(0)]) == 0.0
    assert bca_levels(0.5, 0.0) == pytest.approx(np.array([0.025, 0.975]))


def test_an_estimate_beyond_all_draws_stays_within_them() -> None:
    draws = np.arange(1.0, 101.0)
    for estimate in (0.0, 200.0):
        low, high = bca_limits(draws, estimate, [np.arange(9.0)])
        assert 1.0 <= low <= high <= 100.0


def test_past_the_pole_the_level_is_the_end_of_the_range() -> None:
    assert bca_levels(0.9, 0.6)[1] == 1.0
    assert bca_levels(0.1, -0.6)[0] == 0.0


def test_nothing_to_say() -> None:
    left_out = [np.arange(5.0)]
    assert np.isnan(bca_limits(np.ones(50), 1.0, left_out)).all()
    assert np.isnan(bca_limits(np.arange(50.0), np.nan, left_out)).all()
    assert np.isnan(bca_limits(np.array([1.0, np.nan, np.inf]), 1.0, left_out)).all()
