"""Scores against R psych, PROscorerTools and SPSS's MEAN.n on the public BFI items.

What equals what: PROscorerTools at okmiss X is ``min_answered=1 - X`` (all answered at 0, one
answer at 1); SPSS ``MEAN.n`` and psych's ``scoreItems(impute="none")`` in means are counts of
answers. Not offered on purpose: psych's imputation of column means and medians (a client's score
would depend on the other clients of the file) and its plain totals of the answered items (a gap
would lower the score; an empty sheet would get 0).
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from shared_folder import SHARED, needs_shared, shared_files

import alliance_measures as am

FILES = shared_files("golden/scoring/*.scores.json")
TOLERANCE = 1e-9
pytestmark = needs_shared


def instrument_from(golden: dict, folder, method: str) -> am.Instrument:
    """The golden file's key as a definition: "-A1" is reversed by min + max - x."""
    low, high = golden["minmax"]
    names = [name.lstrip("-") for name in golden["keys"]["total"]]
    scales = {
        scale: {
            "items": [name.lstrip("-") for name in key],
            "reverse": [name.lstrip("-") for name in key if name.startswith("-")],
            "method": method,
        }
        for scale, key in golden["keys"].items()
    }
    content = {
        "schema": 1,
        "id": f"golden-{method}",
        "title": "Personality items of a golden file",
        "rater": "client",
        "target": "person",
        "languages": ["en"],
        "source": {"citation": "../shared/golden/scoring/README.md"},
        "licence": {"item_text": "withheld"},
        "key": {"status": "single-source", "evidence": ["the keys in the golden file"]},
        "response": {"min": low, "max": high},
        "items": names,
        "scales": scales,
    }
    path = folder / f"golden-{method}.yaml"
    path.write_text(yaml.safe_dump(content))
    return am.load(path)


@pytest.fixture(params=FILES, ids=lambda path: path.name.split(".")[0])
def case(request, tmp_path):
    golden = json.loads(request.param.read_text())
    answers = pd.read_csv(SHARED / "golden" / "scoring" / golden["data"])
    return golden, answers, tmp_path


def column(numbers: list) -> np.ndarray:
    return np.array([np.nan if number is None else number for number in numbers], dtype=float)


def equal(found: pd.Series, expected: list) -> None:
    expected = column(expected)
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


def rule_of(okmiss: str) -> float:
    missing = float(okmiss.removeprefix("okmiss"))
    return 1 if missing == 1 else round(1 - missing, 10)


def test_proscorertools_at_every_okmiss(case):
    golden, answers, folder = case
    compared = 0
    for key, expected in golden["PROscorerTools"].items():
        scale, kind, rule = (*key.split("|"), "")[:3]
        if kind not in ("sum", "mean", "pomp") or "trap" in rule:
            continue
        instrument = instrument_from(golden, folder, "sum" if kind == "sum" else "mean")
        scores = am.score(answers, instrument, min_answered=rule_of(rule), details=True)
        if kind == "pomp":
            scores = am.standardize(scores, instrument, to="pomp")
        equal(scores[scale], expected["score"])
        equal(scores[f"{scale}_answered"], expected["n_valid"])
        compared += 2 * len(answers)
    assert compared == 4 * 3 * 5 * 2 * len(answers)


def test_four_of_five_is_a_share_of_0_8_however_it_is_written(case):
    """okmiss = 1 - 0.8 is 0.19999999999999996 in floats; the rule here is made of whole numbers."""
    golden, answers, folder = case
    instrument = instrument_from(golden, folder, "mean")
    peer = golden["PROscorerTools"]
    for share in (0.8, 1 - 0.2, 1 - (1 - 0.8)):
        scores = am.score(answers, instrument, min_answered=share)
        for scale in golden["keys"]:
            equal(scores[scale], peer[f"{scale}|mean|okmiss0.2"]["score"])
            equal(scores[scale], peer[f"{scale}|mean|okmiss1-0.8_float_trap"]["score"])


def test_spss_mean_n_and_sjmisc_are_counts(case):
    golden, answers, folder = case
    instrument = instrument_from(golden, folder, "mean")
    compared = 0
    for key, expected in golden["PROscorerTools"].items():
        scale, kind, rule = (*key.split("|"), "")[:3]
        if kind == "SPSS_MEAN.n":
            scores = am.score(answers, instrument, min_answered=int(rule))
            equal(scores[scale], expected["score"])
            equal(scores[scale], expected["sjmisc_row_means"])
            compared += 1
    assert compared == 12


def test_z_and_t_of_the_complete_sheets(case):
    golden, answers, folder = case
    instrument = instrument_from(golden, folder, "mean")
    scores = am.score(answers, instrument, min_answered=1.0)
    norm = {scale: (scores[scale].mean(), scores[scale].std(ddof=1)) for scale in scores}
    for unit, name in (("z", "z"), ("t", "T")):
        found = am.standardize(scores, instrument, to=unit, norm=norm)
        for scale in golden["keys"]:
            expected = golden["PROscorerTools"][f"{scale}|z_T_rank_of_complete_mean"][name]
            equal(found[scale], expected)


def test_psych_without_imputation_in_means(case):
    """One answer of a scale is enough there."""
    golden, answers, folder = case
    scores = am.score(answers, instrument_from(golden, folder, "mean"), min_answered=1)
    for scale in golden["keys"]:
        equal(scores[scale], [row[scale] for row in golden["scoreItems_none_means"]["scores"]])


def test_psychs_plain_totals_agree_on_complete_sheets_alone(case):
    """Ours has no score, or the prorated one, where psych adds up what is there (0 for nothing)."""
    golden, answers, folder = case
    scores = am.score(answers, instrument_from(golden, folder, "sum"), details=True)
    prorated = am.score(answers, instrument_from(golden, folder, "sum"), min_answered=1)
    for scale, key in golden["keys"].items():
        peer = column([row[scale] for row in golden["scoreItems_none_totals"]["scores"]])
        complete = scores[f"{scale}_answered"] == len(key)
        np.testing.assert_allclose(scores[scale][complete], peer[complete], rtol=TOLERANCE)
        assert scores[scale][~complete].isna().all()
        empty = scores[f"{scale}_answered"] == 0
        assert (peer[empty] == 0).all()
        assert prorated[scale][empty].isna().all()
        np.testing.assert_allclose(
            prorated[scale][~empty] * scores[f"{scale}_answered"][~empty] / len(key),
            peer[~empty],
            rtol=TOLERANCE,
        )
