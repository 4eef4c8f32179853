from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from alliance_measures.estimation.noncentral import noncentral_t_cdf, noncentrality_interval


def by_quadrature(t: float, df: float, delta: float) -> float:
    def integrand(s: float) -> float:
        log_density = (df - 1) * math.log(s) - df * s * s / 2 + constant
        return math.exp(log_density) * float(special.ndtr(t * s - delta))

    constant = math.log(2) + df / 2 * math.log(df / 2) - float(special.gammaln(df / 2))
    spread = 9 / math.sqrt(2 * df)
    points = [p for p in (delta / t if t else 1.0,) if 0 < p < 1 + spread]
    low, high = max(1e-9, 1 - spread), 1 + spread + 4 / df
    inside = [p for p in points if low < p < high]
    return float(integrate.quad(integrand, low, high, points=inside, epsabs=1e-13, limit=800)[0])


@pytest.mark.parametrize("df", [1, 2, 5, 19, 39, 300])
@pytest.mark.parametrize("t", [-12.0, -1.0, 0.0, 0.5, 3.0, 15.0, 80.0])
@pytest.mark.parametrize("apart", [-2.5, 0.0, 1.5])
def test_against_adaptive_quadrature(t: float, df: int, apart: float) -> None:
    delta = t + apart * math.sqrt(1 + t * t / (2 * df))
    assert noncentral_t_cdf(t, df, delta) == pytest.approx(by_quadrature(t, df, delta), abs=1e-9)


# pt(t, df, ncp) of R 4.2.2: between whole degrees of freedom the density is not smooth at 0
OF_R = [
    (1.5, 1.1, 0.5, 0.69576076858836),
    (1, 1.1, -0.2, 0.80865041552274),
    (1.5, 1.25, 1, 0.55994085201411),
    (1, 1.5, 0.5, 0.61911525305806),
    (-1.7, 1.5, -1, 0.38019239428758),
    (3, 1.75, 2, 0.61084770660185),
    (2, 2.5, 0.5, 0.84289819502918),
    (-3, 3.3, -5, 0.92534747494682),
]


@pytest.mark.parametrize(("t", "df", "delta", "expected"), OF_R)
def test_broken_degrees_of_freedom(t: float, df: float, delta: float, expected: float) -> None:
    assert noncentral_t_cdf(t, df, delta) == pytest.approx(expected, abs=5e-12)


@given(st.floats(1, 4), st.floats(-50, 50))
@settings(deadline=None)
def test_broken_degrees_of_freedom_without_noncentrality(df: float, t: float) -> None:
    # by the incomplete beta function: scipy's stdtr is off by 1e-11 near t = 0, as at df 1, t 1e-6,
    # where the value is 1/2 + atan(t) / pi
    half = special.betainc(0.5, df / 2, t * t / (df + t * t)) / 2
    assert noncentral_t_cdf(t, df, 0.0) == pytest.approx(0.5 + np.sign(t) * half, abs=1e-12)


def test_cauchy_close_to_the_middle() -> None:
    expected = 0.5 + np.arctan(1e-6) / np.pi
    assert noncentral_t_cdf(1e-6, 1.0, 0.0) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("df", [1, 3, 30, 10_000])
def test_without_noncentrality_it_is_students_t(df: int) -> None:
    t = np.linspace(-30, 30, 121)
    np.testing.assert_allclose(noncentral_t_cdf(t, df, 0.0), special.stdtr(df, t), atol=1e-12)


def test_far_tails_are_numbers() -> None:
    """Where a series expansion underflows to NaN the answer is 0 or 1."""
    t = np.array([-300.0, 300.0, -300.0, 300.0, 0.0, 0.0])
    delta = np.array([300.0, -300.0, -300.0, 300.0, 80.0, -80.0])
    found = noncentral_t_cdf(t, 39, delta)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[[0, 1, 4, 5]], [0, 1, 0, 1], atol=1e-300)
    assert found[2] + found[3] == pytest.approx(1, abs=1e-12)


@given(st.floats(-200, 200), st.integers(1, 2000), st.floats(-200, 200))
@settings(deadline=None)
def test_laws(t: float, df: int, delta: float) -> None:
    value = noncentral_t_cdf(t, df, delta)
    assert 0 <= value <= 1
    assert value + noncentral_t_cdf(-t, df, -delta) == pytest.approx(1, abs=1e-10)
    assert noncentral_t_cdf(t + 0.5, df, delta) >= value - 1e-10
    assert noncentral_t_cdf(t, df, delta + 0.5) <= value + 1e-10


@given(st.floats(-150, 150), st.integers(1, 5000), st.sampled_from([0.5, 0.9, 0.95, 0.9999]))
@settings(deadline=None, max_examples=50)
def test_interval_inverts_the_distribution(t: float, df: int, confidence: float) -> None:
    low, high = noncentrality_interval(t, df, confidence=confidence)
    tail = (1 - confidence) / 2
    assert low < high
    assert noncentral_t_cdf(t, df, low) == pytest.approx(1 - tail, abs=1e-9)
    assert noncentral_t_cdf(t, df, high) == pytest.approx(tail, abs=1e-9)
    mirrored = noncentrality_interval(-t, df, confidence=confidence)
    assert mirrored == pytest.approx((-high, -low), rel=1e-6, abs=1e-6)


def test_huge_samples() -> None:
    low, high = noncentrality_interval(1000.0, 999_999)
    half = 1.959963984540054 * math.sqrt(1 + 1000.0**2 / (2 * 999_999))
    assert (high - low) / 2 == pytest.approx(half, rel=1e-4)


def test_arrays_and_missing() -> None:
    low, high = noncentrality_interval([2.0, np.nan], [20, 20])
    assert low.shape == (2,)
    assert np.isnan(low[1])
    assert np.isnan(high[1])
    assert np.isnan(noncentral_t_cdf(np.nan, 3, 1))
