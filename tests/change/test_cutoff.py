from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import StatisticError, change

CLINICAL, FUNCTIONAL = (35.0, 8.0), (8.0, 7.0)


def test_lower_is_better() -> None:
    low = {"clinical": CLINICAL, "functional": FUNCTIONAL, "higher_is_better": False}
    assert change.clinical_cutoff("a", **low) == 35 - 16
    arrays = low | {"clinical": np.array(CLINICAL)}
    assert change.clinical_cutoff("a", **arrays) == 35 - 16
    assert change.clinical_cutoff("b", **low) == 8 + 14
    assert change.clinical_cutoff("c", **low) == pytest.approx((8 * 8 + 7 * 35) / 15)


def test_b_takes_the_functional_sd() -> None:
    """Peer bug: clinicalsignificance takes 2 SD of the clinical sample (here 24 instead of 22)."""
    assert change.clinical_cutoff("b", functional=FUNCTIONAL, higher_is_better=False) == 22


@given(st.floats(-50, 50), st.floats(0.1, 20), st.floats(0.1, 40), st.floats(0.1, 20))
@settings(deadline=None)
def test_c_is_equally_near_to_both(mean: float, sd: float, gap: float, sd_f: float) -> None:
    cut = change.clinical_cutoff("c", clinical=(mean, sd), functional=(mean + gap, sd_f))
    assert (cut - mean) / sd == pytest.approx((mean + gap - cut) / sd_f, rel=1e-6, abs=1e-6)


def test_hageman_arrindell_uses_true_spreads() -> None:
    cut = change.clinical_cutoff(
        "b", clinical=CLINICAL, functional=FUNCTIONAL, higher_is_better=False,
        method="hageman-arrindell", reliability=0.8,
    )  # fmt: skip
    true_sd = math.sqrt(49 - 64 * 0.2)
    assert cut == pytest.approx(8 + 2 * true_sd)
    a = change.clinical_cutoff(
        "a", clinical=CLINICAL, higher_is_better=False, method="hageman-arrindell", reliability=0.8
    )
    assert a == pytest.approx(35 - 16 * math.sqrt(0.8))


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("d", {}, "kind: one of a, b, c"),
        ("a", {"functional": FUNCTIONAL}, "cut-off a needs clinical"),
        ("b", {"clinical": CLINICAL}, "cut-off b needs functional"),
        ("c", {}, "needs clinical = .mean, sd.\ncut-off c needs functional"),
        ("a", {"clinical": 30.0}, "clinical: .mean, sd. must be finite"),
        ("a", {"clinical": (1.0, 0.0)}, "clinical: .mean, sd. must be finite, sd above 0"),
        ("c", {"clinical": CLINICAL, "functional": FUNCTIONAL}, "wrong side of the clinical mean"),
        ("a", {"clinical": CLINICAL, "method": "x"}, "by jacobson-truax or hageman-arrindell"),
        ("a", {"clinical": CLINICAL, "method": "hageman-arrindell"}, "needs reliability"),
        (
            "a",
            {"clinical": CLINICAL, "method": "hageman-arrindell", "reliability": ".8"},
            "needs reliability, above 0 and at most 1",
        ),
        ("a", {"clinical": ("30", 8.0)}, "clinical: .mean, sd. must be finite"),
        (
            "b",
            {"functional": FUNCTIONAL, "method": "hageman-arrindell", "reliability": 0.8},
            "needs clinical",
        ),
        (
            "c",
            {
                "clinical": (1.0, 9.0), "functional": (9.0, 1.0), "method": "hageman-arrindell",
                "reliability": 0.5,
            },
            "no larger than the standard error",
        ),
    ],
)  # fmt: skip
def test_wrong_input(kind: str, settings: dict[str, object], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        change.clinical_cutoff(kind, **settings)
