"""Table 2 of Jacobson & Truax (1991, J Consult Clin Psychol 59, 12-19): 30 couples, DAS."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_measures import change

# Dyadic Adjustment Scale, couples 1 to 30 as printed
PRE = [
    90.5, 74, 97, 73.5, 61, 66.5, 68.5, 86.5, 88.5, 68.5, 98, 80.5, 89.5, 91.5, 83.5,
    60.5, 83, 88, 98.5, 78.5, 99.5, 79.5, 84.5, 92.5, 93, 85, 64, 61, 80, 82.5,
]  # fmt: skip
POST = [
    97, 124, 97.5, 88, 96.5, 62.5, 112.5, 103.5, 90, 82.5, 105, 99.5, 112.5, 101, 99.5,
    79.5, 88, 100.5, 119, 116, 116, 129, 113, 118, 92, 114, 68, 52, 60.5, 104.5,
]  # fmt: skip
FUNCTIONAL = (114.8, 17.8)
RELIABILITY = 0.88


def clinical() -> tuple[float, float]:
    return float(np.mean(PRE)), float(np.std(PRE, ddof=1))


def test_moments_as_printed() -> None:
    assert clinical() == pytest.approx((81.583, 11.826), abs=5e-4)
    post = (np.mean(POST), np.std(POST, ddof=1))
    assert post == pytest.approx((98.05, 19.242), abs=5e-4)


def test_standard_error_of_the_difference() -> None:
    result = change.reliable_change(PRE, POST, reliability=RELIABILITY)
    assert result.attrs["standard_error"] == pytest.approx(5.7934, abs=5e-5)


@pytest.mark.parametrize(("kind", "value"), [("a", 105.235), ("b", 79.2), ("c", 94.842)])
def test_cutoffs(kind: str, value: float) -> None:
    ours = change.clinical_cutoff(kind, clinical=clinical(), functional=FUNCTIONAL)
    assert ours == pytest.approx(value, abs=5e-4)


def test_categories_at_cutoff_a() -> None:
    cutoff = change.clinical_cutoff("a", clinical=clinical())
    result = change.clinical_significance(PRE, POST, reliability=RELIABILITY, cutoff=cutoff)
    counts = change.summarize(result).set_index("category")["n"].to_dict()
    assert counts == {
        "recovered": 10,
        "improved": 9,
        "unchanged": 10,
        "deteriorated": 1,
        "harmed": 0,
    }


def test_worked_example() -> None:
    """SD 7.5, reliability .80, 32.5 -> 47.5 (the paper's figure, p. 14)."""
    result = change.reliable_change([32.5], [47.5], reliability=0.80, sd=7.5)
    assert result["rci"].item() == pytest.approx(3.1623, abs=5e-5)
    assert result.attrs["standard_error"] == pytest.approx(4.7434, abs=5e-5)
    assert result.attrs["standard_error"] / np.sqrt(2) == pytest.approx(3.3541, abs=5e-5)
    assert result["category"].item() == "improved"
