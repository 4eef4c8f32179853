"""Measurement error, Spearman-Brown, Fisher's z, attenuation: printed cases and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import psychometrics as pm
from alliance_measures.errors import StatisticError

inside = st.floats(0.05, 0.95)


def test_spearman_brown_cases_of_cecpfuns() -> None:
    """CECPfuns 05918c3e, tests of getRelBySpearmanBrown and getRelBySpearmanBrown's inverse."""
    assert pm.spearman_brown(0.8, 3.4) == pytest.approx(0.9315068493150686, abs=1e-12)
    assert pm.spearman_brown_length(0.7, 0.9) == pytest.approx(3.8571428571428594, abs=1e-12)


def test_fisher_z_cases_of_cecpfuns() -> None:
    """CECPfuns 05918c3e, tests of getCIPearson."""
    assert pm.correlation_interval(0.7, 10) == pytest.approx(
        (0.125833243162428, 0.922878359394515), abs=1e-12
    )
    assert pm.correlation_interval(0.7, 100) == pytest.approx(
        (0.583858098393912, 0.788064953357309), abs=1e-12
    )


def test_measurement_error_of_suddengains() -> None:
    """suddengains, tests of define_crit1_cutoff: sd 6.396073, reliability .931."""
    sem = pm.standard_error_of_measurement(6.396073, 0.931)
    assert sem == pytest.approx(1.680111, abs=1e-6)
    assert np.sqrt(2) * sem == pytest.approx(2.376036, abs=1e-6)


def test_detectable_change_is_the_reliable_change_of_cecpfuns() -> None:
    """CECPfuns, getRCIfromSDandAlpha(7.5, .8): 9.2969 with z = 1.959964, not 1.96."""
    sem = pm.standard_error_of_measurement(7.5, 0.8)
    assert pm.minimal_detectable_change(sem, 0.95) == pytest.approx(9.296925484568419, abs=1e-9)


def test_attenuation_cases_of_cecpfuns() -> None:
    assert pm.disattenuate(0.3, 0.7, 0.7) == pytest.approx(0.428571428571429, abs=1e-12)
    assert pm.attenuate(0.7, 0.7, 0.8) == pytest.approx(0.52383, abs=5e-6)


@settings(deadline=None)
@given(r=inside, target=inside)
def test_length_reaches_its_target(r: float, target: float) -> None:
    m = pm.spearman_brown_length(r, target)
    assert pm.spearman_brown(r, m) == pytest.approx(target, abs=1e-9)


@settings(deadline=None)
@given(r=st.floats(-0.9, 0.9), n=st.integers(4, 500))
def test_interval_is_mirrored_and_holds_r(r: float, n: int) -> None:
    low, high = pm.correlation_interval(r, n)
    assert low < r < high
    assert pm.correlation_interval(-r, n) == pytest.approx((-high, -low))


@settings(deadline=None)
@given(r=st.floats(-0.5, 0.5), x=inside, y=inside)
def test_attenuation_there_and_back(r: float, x: float, y: float) -> None:
    assert pm.disattenuate(pm.attenuate(r, x, y), x, y) == pytest.approx(r, abs=1e-12)


def test_arrays_in_arrays_out() -> None:
    sem = pm.standard_error_of_measurement([1.0, 2.0], [0.75, 0.75])
    assert sem.tolist() == [0.5, 1.0]
    assert pm.minimal_detectable_change(sem).shape == (2,)
    assert np.isnan(pm.standard_error_of_measurement(np.nan, 0.5))
    assert pm.standard_error_of_measurement(2.0, -0.44) == pytest.approx(2.4)


def test_measurement_error_at_the_ends_of_the_range() -> None:
    assert pm.standard_error_of_measurement(7.5, [0.0, 1.0]).tolist() == [7.5, 0.0]


def test_spearman_brown_ends_where_the_longer_test_has_no_variance() -> None:
    found = pm.spearman_brown([-1.0, -0.9, -0.2, 1.0], [2, 3, 3, 3])
    assert np.isnan(found[:2]).all()
    assert found[2:] == pytest.approx([-1.0, 1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pm.spearman_brown(1.1, 2), "reliability is above 1"),
        (lambda: pm.correlation_interval(0.5, 20, confidence=1.5), "confidence is 1.5"),
        (lambda: pm.disattenuate(1.5, 0.7, 0.7), "correlation is beyond -1 or 1"),
        (lambda: pm.attenuate(0.5, 0.7, np.nan), "reliabilities lie above 0"),
        (lambda: pm.mahalanobis_threshold(0), "0 items where at least 1 is needed"),
        (lambda: pm.mahalanobis_threshold(5, confidence=99), "confidence is 99"),
        (lambda: pm.standard_error_of_measurement(-1, 0.5), "standard deviation is negative"),
        (lambda: pm.standard_error_of_measurement(1, 1.5), "reliability is above 1"),
        (lambda: pm.minimal_detectable_change(1, 95), "confidence is 95"),
        (lambda: pm.minimal_detectable_change(-1), "standard error of measurement is negative"),
        (lambda: pm.spearman_brown(0.5, 0), "length ratio is not positive"),
        (lambda: pm.spearman_brown_length(0.5, 1), "lie between 0 and 1"),
        (lambda: pm.correlation_interval(1, 10), "does not lie between -1 and 1"),
        (lambda: pm.correlation_interval(0.5, 3), "3 pairs where more than 3"),
        (lambda: pm.disattenuate(0.5, 0, 1), "reliabilities lie above 0"),
    ],
)
def test_bad_input(call: object, message: str) -> None:
    with pytest.raises(StatisticError, match=message):
        call()
