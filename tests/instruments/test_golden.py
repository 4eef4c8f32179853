"""Golden cases: every instrument in instruments/ against tests/instruments/<id>.yaml."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
import yaml

import alliance_measures as am

HERE = Path(__file__).parent
DEFINITIONS = HERE.parents[1] / "instruments"
IDS = sorted(path.stem for path in DEFINITIONS.glob("*.yaml"))
CASE_KEYS = {"name", "source", "responses", "expected"}


def cases_of(instrument_id: str) -> list[dict]:
    path = HERE / f"{instrument_id}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else []


CASES = [
    pytest.param(instrument_id, case, id=f"{instrument_id}: {case['name']}")
    for instrument_id in IDS
    for case in cases_of(instrument_id)
]


def sheet(instrument: am.Instrument, responses: list | dict) -> pd.DataFrame:
    """One answer sheet with the columns q1, q2 ..."""
    if not isinstance(responses, dict):
        assert len(responses) == len(instrument.item_ids)
        responses = dict(zip(instrument.item_ids, responses, strict=True))
    return pd.DataFrame([{f"q{item}": responses.get(item) for item in instrument.item_ids}])


def test_every_instrument_has_golden_cases_and_no_case_file_is_orphaned():
    assert IDS
    assert sorted(path.stem for path in HERE.glob("*.yaml")) == IDS


@pytest.mark.parametrize(("instrument_id", "case"), CASES)
def test_case(instrument_id, case):
    instrument = am.load(DEFINITIONS / f"{instrument_id}.yaml")
    scores = am.score(
        sheet(instrument, case["responses"]),
        instrument,
        columns="q{item}",
        **case.get("options", {}),
    )
    found = scores.iloc[0]
    assert set(case["expected"]) <= set(scores.columns)
    for scale, expected in case["expected"].items():
        if expected is None:
            assert math.isnan(found[scale]), scale
        else:
            assert found[scale] == pytest.approx(expected, abs=1e-9), scale


@pytest.mark.parametrize("instrument_id", IDS)
def test_cases_are_complete(instrument_id):
    instrument = am.load(DEFINITIONS / f"{instrument_id}.yaml")
    cases = cases_of(instrument_id)
    for case in cases:
        assert set(case) - {"options"} == CASE_KEYS
        assert case["source"].strip()
        assert set(case["expected"]) <= set(instrument.scales)
    for scale in instrument.scales:
        numbers = {case["expected"].get(scale) for case in cases} - {None}
        assert len(numbers) >= 2, f"{scale} needs golden cases with numbers"
        low, high = instrument.score_range(scale)
        assert {low, high} <= numbers, f"{scale} needs cases at both ends of its range"
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names)
