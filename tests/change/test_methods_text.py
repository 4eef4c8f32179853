from __future__ import annotations

import pytest
from simulated_change import METHODS, patients

from alliance_measures import StatisticError, change

BOTH = {"reliability": 0.85, "reliability_post": 0.8}


@pytest.mark.parametrize("method", METHODS)
def test_every_index_has_its_formula_and_source(method: str) -> None:
    pre, post = patients()
    pre.iloc[0] = None
    result = change.clinical_significance(pre, post, method=method, cutoff=45.5, **BOTH)
    found = change.methods_text(
        result, measure="the WAI-SR", reliability_source="manual", cutoff_source="this sample"
    )
    for part in ("RCI = ", "rxx = 0.85 (manual)", "cut-off", "45.5 (this sample)", "the WAI-SR"):
        assert part in found.text
    assert "Of 200 clients, 199 had both scores" in found.text
    assert ("rxx2 = 0.8 at post" in found.text) == (method == "nunnally-kotsch")
    assert ("one-sided" in found.text) == (method == "hageman-arrindell")
    assert "from the sample at pre" in found.text
    assert found.bibtex.startswith("@")
    assert "jacobson1991" in found.bibtex
    assert found.bibtex.count("@") == len(set(found.bibtex.split("@")[1:]))
    assert str(found) == found.text


def test_a_source_that_is_not_given_is_asked_for() -> None:
    pre, post = patients()
    text = change.methods_text(change.reliable_change(pre, post, reliability=0.9)).text
    assert "[source of the reliability]" in text
    assert "cut-off" not in text


def test_other_criteria() -> None:
    pre, post = patients()
    anchor = change.anchor_change(pre, post, mid_improvement=5, mid_deterioration=3)
    assert "from 5 points of improvement on" in change.methods_text(anchor).text
    assert "jaeschke1989" in change.methods_text(anchor).bibtex
    share = change.percentage_change(pre, post, improvement=0.25, higher_is_better=False)
    text = change.methods_text(share).text
    assert "improved from 25% of improvement on" in text
    assert "Lower scores were better." in text
    crossing = change.statistical_change(pre, post, cutoff=40)
    assert "crossing the clinical cut-off" in change.methods_text(crossing).text


def test_a_frame_without_its_facts() -> None:
    pre, post = patients()
    frame = change.reliable_change(pre, post, reliability=0.9)
    frame.attrs = {}
    with pytest.raises(StatisticError, match="does not say how it was made"):
        change.methods_text(frame)
