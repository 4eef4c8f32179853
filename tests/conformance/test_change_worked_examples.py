"""Worked examples of change, printed or tested elsewhere."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from shared_folder import needs_shared, shared_files

from alliance_measures import change

pytestmark = needs_shared


def example(name: str) -> dict[str, Any]:
    found = json.loads(shared_files("data/worked-examples.json")[0].read_text(encoding="utf-8"))
    return next(entry for entry in found if entry["id"] == name)


def facts(inputs: dict[str, Any], confidence: float = 0.95) -> dict[str, Any]:
    return change.reliable_change(
        [0.0], [1.0], reliability=inputs["reliability"], sd=inputs["sd"], confidence=confidence
    ).attrs


def test_change_that_is_reliable_with_the_exact_quantile() -> None:
    case = example("jt-criterion")
    found = facts(case["inputs"], case["inputs"]["conf"])
    smallest = found["standard_error"] * found["critical_value"]
    assert smallest == pytest.approx(case["expected"]["reliable_change"], abs=1e-9)


@pytest.mark.parametrize("name", ["sg-crit1-a", "sg-crit1-b"])
def test_components(name: str) -> None:
    case = example(name)
    s_diff = facts(case["inputs"])["standard_error"]
    assert s_diff == pytest.approx(case["expected"]["s_diff"], abs=5e-7)
    assert s_diff / math.sqrt(2) == pytest.approx(case["expected"]["sem"], abs=5e-7)
    smallest = case["inputs"]["z"] * s_diff
    assert smallest == pytest.approx(case["expected"]["reliable_change"], abs=5e-7)


def test_direction_of_psychlops() -> None:
    """PSYCHLOPS prints pre minus post; here change is post minus pre for every scale."""
    case = example("psychlops-change")
    result = change.anchor_change(
        [case["inputs"]["pre"]],
        [case["inputs"]["post"]],
        mid_improvement=1,
        higher_is_better=False,
    )
    assert -result["change"].item() == case["expected"]["change_pre_minus_post"]
    assert result["category"].item() == "improved"
