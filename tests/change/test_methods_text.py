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


@pytest.mark.parametrize("cutoff", [None, 35.0])
def test_a_bound_that_does_not_count_is_not_from_there_on(cutoff: float | None) -> None:
    pre, post = patients()
    for inclusive in (True, False):
        if cutoff is None:
            anchor = change.anchor_change(pre, post, mid_improvement=7, inclusive=inclusive)
            share = change.percentage_change(pre, post, improvement=0.2, inclusive=inclusive)
        else:
            both = {"cutoff": cutoff, "inclusive": inclusive}
            anchor = change.clinical_significance(
                pre, post, method="anchor", mid_improvement=7, **both
            )
            share = change.clinical_significance(
                pre, post, method="percentage", improvement=0.2, **both
            )
        for result, size in ((anchor, "7 points"), (share, "20%")):
            text = change.methods_text(result).text
            assert result.attrs["inclusive"] is inclusive
            assert (f"improved from {size} of improvement on" in text) == inclusive
            assert (f"improved beyond {size} of improvement," in text) != inclusive
            assert (f"deteriorated beyond {size} of deterioration." in text) != inclusive


def test_crossing_says_that_nothing_else_counted() -> None:
    pre, post = patients()
    plain = change.methods_text(change.statistical_change(pre, post, cutoff=40))
    assert "combine both" not in plain.text
    assert "a score exactly on it belonged to neither" in plain.text
    assert plain.bibtex.count("@") == 1


def test_crossing_by_a_test_names_the_test() -> None:
    pre, post = patients()
    result = change.statistical_change(
        pre, post, cutoff=40, method="hageman-arrindell", reliability=0.85, mean_post=44.0
    )
    facts = result.attrs
    assert facts["test"] == "hageman-arrindell"
    assert (facts["reliability"], facts["sides"], facts["confidence"]) == (0.85, 1, 0.95)
    assert facts["critical_value"] == pytest.approx(1.6448536)
    sem = pre.std() * 0.15**0.5
    assert facts["reliability_of_post"] == pytest.approx(1 - (sem / post.std()) ** 2)
    found = change.methods_text(result, reliability_source="manual")
    for part in (
        "z = [M2 + (x2 - M2) * r2 - cut-off] / [sqrt(r2) * SEM]",
        "rxx = 0.85 (manual)",
        "M2 = 44 (given in advance)",
        f"s2 = {post.std():.4g} (from the sample at post)",
        "exceeded 1.645 (one-sided, 95% confidence)",
    ):
        assert part in found.text
    assert "combine both" not in found.text
    assert "hageman1999" in found.bibtex


@pytest.mark.parametrize("method", METHODS)
def test_the_moments_that_a_method_used_are_named(method: str) -> None:
    pre, post = patients()
    result = change.reliable_change(pre, post, method=method, mean=39.0, **BOTH)
    facts, text = result.attrs, change.methods_text(result).text
    used = {
        "jacobson-truax": "s1",
        "hsu-linn-lord": "s1 M1 M2",
        "hageman-arrindell": "s1 M1 M2 s2 r12",
    }.get(method, "s1 M1")
    for symbol in ("s1", "M1", "M2", "s2", "r12"):
        assert (f"{symbol} = " in text) == (symbol in used.split())
    assert ("M1 = 39 (given in advance)" in text) == ("M1" in used)
    assert facts["given"] == (["mean"] if "M1" in used else [])
    assert facts["sd"] == pytest.approx(pre.std())
    assert (facts["sd_post"] is not None) == (method == "hageman-arrindell")
    if method == "hageman-arrindell":
        assert facts["correlation"] == pytest.approx(pre.corr(post))
        difference = (post - pre).var()
        rdd = 1 - 2 * 0.15 * pre.var() / difference
        assert facts["reliability_of_differences"] == pytest.approx(rdd)
        assert f"Rdd = {rdd:.4g}" in text


def test_numbers_of_clients() -> None:
    one = change.reliable_change([30.0], [40.0], reliability=0.8, sd=5.0)
    text = change.methods_text(one).text
    assert text.endswith("Of 1 client, 1 had both scores and was used.")
    share = change.percentage_change([0.0, 10.0, None], [5.0, 20.0, 3.0], improvement=0.5)
    text = change.methods_text(share).text
    assert "Of 3 clients, 2 had both scores and were used." in text
    assert "no percentage exists: 1 counts as unchanged" in text


def test_facts_are_plain_values() -> None:
    """So that a frame with them can be stored, for instance as JSON."""
    import json

    pre, post = patients()
    for method in METHODS:
        result = change.clinical_significance(pre, post, method=method, cutoff=45, **BOTH)
        assert json.loads(json.dumps(result.attrs)) == result.attrs
