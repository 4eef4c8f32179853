"""Worked examples of questionnaires: filled forms and published rules."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from made_up import PRORATE, made_up
from shared_folder import SHARED, needs_shared

import alliance_measures as am

PATH = SHARED / "data" / "worked-examples.json"
EXAMPLES = json.loads(PATH.read_text()) if PATH.is_file() else []
BY_ID = {example["id"]: example for example in EXAMPLES}
pytestmark = needs_shared


def example(name: str) -> tuple[dict, dict]:
    return BY_ID[name]["inputs"], BY_ID[name]["expected"]


def sheet(cells: list) -> pd.DataFrame:
    return pd.DataFrame([cells], columns=range(1, len(cells) + 1), dtype=object)


@pytest.mark.parametrize("name", [name for name in BY_ID if name.startswith("wai36-")])
@pytest.mark.parametrize("form", ["items", "labels"])
def test_filled_forms_of_the_wai(name, form):
    inputs, expected = example(name)
    scores = am.score(sheet(inputs[form]), "wai-36-client").iloc[0]
    for scale in ("task", "bond", "goal", "total"):
        assert scores[scale] == expected[scale]
    agrees = "miskeyed" not in name
    assert bool(scores["bond"] == expected["author_bond"]) is agrees
    assert bool(scores["total"] == expected["author_composite"]) is agrees


@pytest.mark.parametrize("name", [name for name in BY_ID if name.startswith("srs-")])
def test_filled_forms_of_the_srs(name):
    inputs, expected = example(name)
    scores = am.score(pd.DataFrame([inputs]), "srs-v3")
    assert scores["total"].item() == pytest.approx(expected["total"], abs=1e-9)
    assert am.interpret(scores, "srs-v3")["met"].item() is expected["below_cutoff_36"]


def test_care_with_answers_that_do_not_apply():
    inputs, expected = example("care-na-2")
    assert am.score(sheet(inputs["items"]), "care")["total"].item() == expected["prorated_total"]
    inputs, expected = example("care-na-3")
    assert am.score(sheet(inputs["items"]), "care")["total"].notna().item() is expected["valid"]


@pytest.mark.parametrize("name", [name for name in BY_ID if name.startswith("core-prorate-")])
def test_the_tenth_that_may_be_missing(name):
    """Ten times the mean of the answered items, where no more than a tenth is missing."""
    inputs, expected = example(name)
    size, limit = inputs["n_items"], expected["max_missing_for_total"]
    instrument = made_up(
        items=size,
        response={"min": 0, "max": 4},
        scales={"total": {"items": "all", "method": "mean", "linear": {"multiply": 10}}},
        missing={**PRORATE, "min_answered_percent": 90},
    )
    assert instrument.score_range("total") == (0, 40)
    for missing in range(size + 1):
        cells = [3] * (size - missing) + [None] * missing
        total = am.score(sheet(cells), instrument)["total"].item()
        assert total == 30 if missing <= limit else pd.isna(total)


def test_a_prorated_clinical_score():
    inputs, expected = example("core10-prorated")
    scales = {
        "mean": {"items": "all", "method": "mean"},
        "clinical_score": {"items": "all", "method": "mean", "linear": {"multiply": 10}},
    }
    instrument = made_up(
        items=10,
        response={"min": 0, "max": 4},
        scales=scales,
        missing={**PRORATE, "min_answered_percent": 90},
    )
    assert am.score(sheet(inputs["items"]), instrument).iloc[0].to_dict() == expected


def test_prorated_percents():
    inputs, expected = example("oswestry-full")
    size, most = inputs["n_sections"], inputs["max_per_section"]
    oswestry = made_up(items=size, response={"min": 0, "max": most})
    cells = [most] * (inputs["sum"] // most) + [inputs["sum"] % most]
    cells += [0] * (size - len(cells))
    scores = am.score(sheet(cells), oswestry)
    assert am.standardize(scores, oswestry, to="pomp")["total"].item() == expected["percent"]
    rmdq = made_up(items=23, response={"min": 0, "max": 1}, missing={**PRORATE, "max_missing": 3})
    for name in ("rmdq-prorate", "rmdq-prorate-3miss"):
        inputs, expected = example(name)
        no, missing = inputs["answered"] - inputs["yes"], 23 - inputs["answered"]
        scores = am.score(sheet([1] * inputs["yes"] + [0] * no + [None] * missing), rmdq)
        percent = am.standardize(scores, rmdq, to="pomp")["total"].item()
        assert round(percent) == expected["percent"]


def test_the_halved_sum_of_two_answers_is_their_mean():
    inputs, expected = example("psychlops-problem-domain-1")
    instrument = made_up(
        items=["q1b", "q2b"],
        response={"min": 0, "max": 5},
        scales={"problem_domain": {"items": "all", "method": "mean"}},
    )
    assert am.score(pd.DataFrame([inputs]), instrument).iloc[0].to_dict() == expected


def test_published_keys():
    _, expected = example("waisr-key")
    wai = am.load("wai-sr-client")
    for scale in ("task", "bond", "goal"):
        assert list(wai.scale_items(scale)) == expected[scale]
        assert list(wai.score_range(scale)) == expected["subscale_sum_range"]
    assert list(wai.score_range("total")) == expected["total_range"]
    assert [item.id for item in wai.items if item.reverse] == expected["reverse"]
    _, expected = example("haqii-key")
    haq = am.load("haq-2-client")
    assert len(haq.items) == expected["n_items"]
    assert [item.id for item in haq.items if item.reverse] == expected["negatively_worded_items"]
