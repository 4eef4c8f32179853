"""Golden cases: every instrument in instruments/ against tests/instruments/<id>.yaml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from golden_cases import form_problems, score_problems

import alliance_measures as am

HERE = Path(__file__).parent
DEFINITIONS = HERE.parents[1] / "instruments"
IDS = sorted(path.stem for path in DEFINITIONS.glob("*.yaml"))


def cases_of(instrument_id: str) -> list[dict]:
    path = HERE / f"{instrument_id}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else []


CASES = [
    pytest.param(instrument_id, case, id=f"{instrument_id}: {case['name']}")
    for instrument_id in IDS
    for case in cases_of(instrument_id)
]


def test_every_instrument_has_golden_cases_and_no_case_file_is_orphaned():
    files = {path.stem for path in HERE.glob("*.yaml")}
    lacking = [f"instruments/{name}.yaml has no tests/instruments/{name}.yaml" for name in IDS]
    lacking = [line for name, line in zip(IDS, lacking, strict=True) if name not in files]
    orphans = [f"tests/instruments/{name}.yaml has no definition" for name in files - set(IDS)]
    assert IDS
    assert not lacking + orphans, "; ".join(lacking + orphans)


@pytest.mark.parametrize(("instrument_id", "case"), CASES)
def test_case(instrument_id, case):
    problems = score_problems(am.load(DEFINITIONS / f"{instrument_id}.yaml"), case)
    assert not problems, "; ".join(problems)


@pytest.mark.parametrize("instrument_id", IDS)
def test_cases_are_complete(instrument_id):
    instrument = am.load(DEFINITIONS / f"{instrument_id}.yaml")
    problems = form_problems(instrument, cases_of(instrument_id))
    assert not problems, "; ".join(problems)


def test_the_example_of_the_contributing_guide_passes(tmp_path):
    guide = (HERE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    definition, cases = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)[:2]
    (tmp_path / "my-scale.yaml").write_text(definition, encoding="utf-8")
    instrument = am.load(tmp_path / "my-scale.yaml")
    listed = yaml.safe_load(cases)
    problems = form_problems(instrument, listed)
    problems += [line for case in listed for line in score_problems(instrument, case)]
    assert not problems, "; ".join(problems)


def test_problems_of_cases_are_said_in_sentences():
    instrument = am.load("wai-sr-client")
    wrong = [
        {"name": "a", "source": "s", "responses": [1] * 11, "expected": {"totl": 11}},
        {"name": "b", "source": "s", "responses": [1] * 12, "expected": {"total": 13}},
    ]
    said = "; ".join(form_problems(instrument, wrong))
    assert "case 'a': 11 responses for 12 items" in said
    assert "case 'a': no scale totl; did you mean ['total']?" in said
    assert "bond: no case scores 4, an end of its range" in said
    (sentence,) = score_problems(instrument, wrong[1])
    assert sentence == "case 'b': total scores 12, the case expects 13"
