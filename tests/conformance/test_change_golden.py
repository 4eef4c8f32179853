"""Reference numbers of R packages for change; each known error of a peer has a test of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from change_golden import Case, cases, groups, higher, wave
from shared_folder import needs_shared

from alliance_measures import change

pytestmark = needs_shared

METHODS = {
    "JT": "jacobson-truax",
    "GLN": "gulliksen-lord-novick",
    "HLL": "hsu-linn-lord",
    "EN": "edwards-nunnally",
    "NK": "nunnally-kotsch",
    "HA": "hageman-arrindell",
}
TOLERANCE = 1e-8


def rci_settings(case: Case) -> dict[str, Any]:
    p = case["params"]
    name = p.get("rci_method") or case["method"]
    return {
        "reliability": p["reliability"],
        "reliability_post": p["reliability_post"],
        "method": METHODS[name],
        "confidence": 1 - p["significance_level"],
        "higher_is_better": higher(case),
    }


def same_patients(result: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Our complete pairs, in the order of the peer's; scores must be the same to start with."""
    expected = pd.DataFrame(case["expected"]["patients"])
    ours = result.dropna(subset=["pre", "post"]).loc[expected["id"].to_numpy()]
    assert len(ours) == len(expected) == result.attrs["n_used"]
    for column in ("pre", "post", "change"):
        np.testing.assert_array_equal(ours[column], expected[column].astype(float))
    return ours


def flags_to_words(expected: dict[str, list[Any]], words: tuple[str, ...]) -> list[str]:
    flags = pd.DataFrame({word: expected[word] for word in words}).astype(bool)
    assert (flags.sum(axis=1) == 1).all()
    return flags.idxmax(axis=1).tolist()


def same_summary(ours: pd.DataFrame, case: Case) -> None:
    expected = pd.DataFrame(case["expected"]["summary"])
    expected["category"] = expected["category"].str.lower()
    if "group" not in expected:
        table_ours = change.summarize(ours).set_index("category")["n"]
        assert table_ours.to_dict() == dict(zip(expected["category"], expected["n"], strict=True))
        return
    by = groups(case).reindex(ours.index)
    table_ours = change.summarize(ours, by=by)
    found = table_ours.set_index([table_ours.columns[0], "category"])["n"].to_dict()
    assert found == expected.set_index(["group", "category"])["n"].to_dict()


THREE = ("improved", "unchanged", "deteriorated")
FIVE = ("recovered", "improved", "unchanged", "deteriorated", "harmed")


@pytest.mark.parametrize("case", cases("cs_distribution", lambda c: c["method"] != "HLM"))
def test_distribution(case: Case) -> None:
    pre, post = wave(case, "pre"), wave(case, "post")
    result = change.reliable_change(pre, post, **rci_settings(case))
    expected = case["expected"]
    ours = same_patients(result, case)
    np.testing.assert_allclose(
        ours["rci"], np.array(expected["patients"]["rci"], float), rtol=0, atol=TOLERANCE
    )
    assert ours["category"].tolist() == flags_to_words(expected["patients"], THREE)
    assert result.attrs["n_original"] == expected["n_original"]
    assert result.attrs["critical_value"] == pytest.approx(expected["critical_value"], abs=1e-12)
    for name in ("s_diff", "se_prediction"):
        if name in expected:
            assert result.attrs["standard_error"] == pytest.approx(expected[name], abs=TOLERANCE)
    same_summary(result, case)


@pytest.mark.parametrize("case", cases("cs_distribution", lambda c: c["method"] != "HLM"))
def test_unchanged_band(case: Case) -> None:
    settings = rci_settings(case)
    del settings["higher_is_better"]
    band = case["expected"]["unchanged_band_at_pre_0_and_100"]
    ours = change.unchanged_band(
        wave(case, "pre"), post=wave(case, "post"), at=band["pre"], **settings
    )
    np.testing.assert_allclose(ours["low"], band["ymin"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(ours["high"], band["ymax"], rtol=0, atol=TOLERANCE)


def cutoff(case: Case, kind: str, method: str) -> float:
    p, e = case["params"], case["expected"]
    pre = pd.Series(e["patients"]["pre"], dtype=float)
    return change.clinical_cutoff(
        kind,
        clinical=(pre.mean(), pre.std()),
        functional=(p["m_functional"], p["sd_functional"]),
        higher_is_better=higher(case),
        method=method,
        reliability=p["reliability"] if method == "hageman-arrindell" else None,
    )


def kind_of(case: Case) -> str:
    return case["params"]["cutoff_type"]


def cutoff_method(case: Case) -> str:
    p = case["params"]
    is_ha = "HA" in (p.get("cutoff_method"), p.get("rci_method"))
    return "hageman-arrindell" if is_ha else "jacobson-truax"


TWO_WAVES = ("cs_statistical", "cs_combined")


def two_waves(wanted: Callable[[Case], bool]) -> list[Any]:
    return [
        case
        for file in TWO_WAVES
        for case in cases(file, lambda c: "HLM" not in c["method"] and wanted(c))
    ]


@pytest.mark.parametrize("case", two_waves(lambda c: kind_of(c) in "ac"))
def test_cutoffs_a_and_c(case: Case) -> None:
    ours = cutoff(case, kind_of(case), cutoff_method(case))
    assert ours == pytest.approx(case["expected"]["cutoff"], abs=TOLERANCE)


@pytest.mark.parametrize("case", two_waves(lambda c: kind_of(c) == "b"))
def test_cutoff_b_uses_the_functional_sd(case: Case) -> None:
    """Peer bug: its b is 2 SD of the CLINICAL sample. b is 2 SD within the functional mean."""
    p = case["params"]
    side = 1 if higher(case) else -1
    ours = cutoff(case, "b", "jacobson-truax")
    assert ours == p["m_functional"] - side * 2 * p["sd_functional"]
    right = case["expected"].get("cutoff_b_with_functional_sd", ours)
    assert ours == pytest.approx(right, abs=TOLERANCE)
    assert ours != pytest.approx(case["expected"]["cutoff"], abs=TOLERANCE)


@pytest.mark.parametrize("case", two_waves(lambda c: kind_of(c) == "b"))
def test_cutoff_b_of_the_peer_is_reproduced_by_its_mistake(case: Case) -> None:
    """The whole difference is that one SD: with it put in on purpose the peer's number appears."""
    p = case["params"]
    pre = pd.Series(case["expected"]["patients"]["pre"], dtype=float)
    sd = pre.std()
    if cutoff_method(case) == "hageman-arrindell":
        sd *= p["reliability"] ** 0.5
    wrong = change.clinical_cutoff(
        "b", functional=(p["m_functional"], sd), higher_is_better=higher(case)
    )
    assert wrong == pytest.approx(case["expected"]["cutoff"], abs=TOLERANCE)


@pytest.mark.parametrize("case", cases("cs_statistical"))
def test_statistical(case: Case) -> None:
    """The peer's own cut-off goes in (see cut-off b above), so that the crossing is compared."""
    p, expected = case["params"], case["expected"]
    result = change.statistical_change(
        wave(case, "pre"),
        wave(case, "post"),
        cutoff=expected["cutoff"],
        higher_is_better=higher(case),
        method=cutoff_method(case),
        reliability=p["reliability"],
        confidence=1 - p["significance_level"],
    )
    ours = same_patients(result, case)
    same_summary(result, case)
    assert result.attrs["n_original"] == expected["n_original"]
    patients = pd.DataFrame(expected["patients"])
    crossed = patients["clinical_pre"].astype(bool) & patients["functional_post"].astype(bool)
    assert (ours["category"].to_numpy() == "improved").tolist() == crossed.tolist()
    if "cs_indiv" in patients:
        np.testing.assert_allclose(
            ours["functional_z"], patients["cs_indiv"].astype(float), rtol=0, atol=TOLERANCE
        )


@pytest.mark.parametrize(
    "case", cases("cs_combined", lambda c: c["method"] not in ("HLM-c", "anchor-c"))
)
def test_combined(case: Case) -> None:
    expected = case["expected"]
    result = change.clinical_significance(
        wave(case, "pre"), wave(case, "post"), cutoff=expected["cutoff"], **rci_settings(case)
    )
    ours = same_patients(result, case)
    np.testing.assert_allclose(
        ours["rci"], np.array(expected["patients"]["rci"], float), rtol=0, atol=TOLERANCE
    )
    assert ours["category"].tolist() == flags_to_words(expected["patients"], FIVE)
    assert result.attrs["n_original"] == expected["n_original"]
    assert result.attrs["critical_value"] == pytest.approx(expected["critical_value"], abs=1e-12)
    same_summary(result, case)
    if "cs_indiv" in expected["patients"]:
        np.testing.assert_allclose(
            ours["functional_z"], np.array(expected["patients"]["cs_indiv"], float), atol=TOLERANCE
        )


@pytest.mark.parametrize("case", cases("cs_combined", lambda c: c["method"].startswith("HA")))
def test_population_change(case: Case) -> None:
    expected = pd.DataFrame(case["expected"]["group_level"])
    by = groups(case) if "group" in expected else None
    ours = change.population_change(
        wave(case, "pre"),
        wave(case, "post"),
        reliability=case["params"]["reliability"],
        cutoff=case["expected"]["cutoff"],
        higher_is_better=higher(case),
        by=by,
    )
    for row, part in zip(
        ours.itertuples(),
        [expected] if by is None else [p for _, p in expected.groupby("group", sort=False)],
        strict=True,
    ):
        right = part.set_index("category")["percent"]
        assert row.share_changed == pytest.approx(right["Changed"], abs=TOLERANCE)
        assert row.share_functional == pytest.approx(right["Functional"], abs=TOLERANCE)


@pytest.mark.parametrize("case", cases("cs_combined", lambda c: c["method"] == "anchor-c"))
def test_anchor_with_cutoff(case: Case) -> None:
    p, expected = case["params"], case["expected"]
    result = change.clinical_significance(
        wave(case, "pre"),
        wave(case, "post"),
        cutoff=expected["cutoff"],
        method="anchor",
        mid_improvement=p["mid_improvement"],
        mid_deterioration=p["mid_deterioration"],
        higher_is_better=higher(case),
    )
    ours = same_patients(result, case)
    assert ours["category"].tolist() == flags_to_words(expected["patients"], FIVE)
    same_summary(result, case)


@pytest.mark.parametrize("case", cases("cs_anchor", lambda c: c["method"] == "individual"))
def test_anchor_individual(case: Case) -> None:
    p = case["params"]
    result = change.anchor_change(
        wave(case, "pre"),
        wave(case, "post"),
        mid_improvement=p["mid_improvement"],
        mid_deterioration=p["mid_deterioration"],
        higher_is_better=higher(case),
    )
    ours = same_patients(result, case)
    assert ours["category"].tolist() == flags_to_words(case["expected"]["patients"], THREE)
    same_summary(result, case)


def as_rows(block: dict[str, Any]) -> pd.DataFrame:
    scalar = not any(isinstance(value, list) for value in block.values())
    return pd.DataFrame(block, index=[0] if scalar else None)


def group_rows(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ours and the peer's frequentist rows, in the peer's order."""
    p, expected = case["params"], case["expected"]
    within = case["method"] == "group-within"
    right = as_rows(expected["frequentist" if within else "frequentist_welch"])
    if within:
        pre, post = wave(case, "pre"), wave(case, "post")
    else:  # the post scores of patients with both occasions
        first = {"claus_2020.csv": 1, "antidepressants.csv": "Before"}[p["dataset"]]
        pre, post = wave({"params": p | {"pre": first}}, "pre"), wave(case, "post")
    ours = change.anchor_change_group(
        pre,
        post,
        mid_improvement=p["mid_improvement"],
        higher_is_better=higher(case),
        confidence=p["ci_level"],
        group=groups(case) if p.get("group") else None,
        effect="within" if within else "between",
        reference=p.get("reference_group"),
    )
    label = "group" if within else "comparison"
    if label in right:
        ours = ours.set_index("group").loc[right[label]].reset_index()
    return ours, right


@pytest.mark.parametrize("case", cases("cs_anchor", lambda c: c["method"] != "individual"))
def test_anchor_group(case: Case) -> None:
    ours, right = group_rows(case)
    for mine, peers in (("mean_change", "difference"), ("ci_low", "lower"), ("ci_high", "upper")):
        np.testing.assert_allclose(ours[mine], right[peers], rtol=0, atol=TOLERANCE)
    n = "n" if "n" in right else "n_comparison"
    assert ours["n"].tolist() == right[n].tolist()
    for row, peer in zip(ours.itertuples(), right.itertuples(), strict=True):
        holds_zero = peer.lower <= 0 <= peer.upper
        if not (holds_zero and higher(case)):
            assert row.category == peer.category.lower()


@pytest.mark.parametrize(
    "case", cases("cs_anchor", lambda c: c["method"] != "individual" and higher(c))
)
def test_an_interval_with_zero_is_not_significant_where_higher_is_better(case: Case) -> None:
    """Peer bug: there the category is missing or judged against the threshold alone."""
    ours, right = group_rows(case)
    for row, peer in zip(ours.itertuples(), right.itertuples(), strict=True):
        if peer.lower <= 0 <= peer.upper:
            assert row.category == "statistically not significant"
            assert peer.category is None or peer.category.lower() != row.category


@pytest.mark.parametrize("case", cases("cs_percentage"))
def test_percentage(case: Case) -> None:
    """Peer bug: with pre = 0 it calls any rise improved. No share exists: unchanged, with note."""
    p, expected = case["params"], case["expected"]
    result = change.percentage_change(
        wave(case, "pre"),
        wave(case, "post"),
        improvement=p["pct_improvement"],
        deterioration=p["pct_deterioration"],
        higher_is_better=higher(case),
    )
    ours = same_patients(result, case)
    patients = pd.DataFrame(expected["patients"])
    defined = patients["pre"].astype(float).to_numpy() > 0
    words = pd.Series(flags_to_words(expected["patients"], THREE))
    assert ours["category"][defined].tolist() == words[defined].tolist()
    shares = patients["pct_change"][defined].astype(float)
    np.testing.assert_allclose(ours["relative_change"][defined], shares, rtol=0, atol=TOLERANCE)
    assert (ours["category"][~defined] == "unchanged").all()
    assert (ours["note"][~defined] == "pre is not above 0").all()
    assert result.attrs["n_undefined"] == np.count_nonzero(~defined)
    if defined.all():
        same_summary(result, case)


@pytest.mark.parametrize("case", cases("jtrci"))
def test_jtrci(case: Case) -> None:
    """The peer calls recovered whoever ends beyond the cut-off, wherever he began.

    Its scores, standard error and cut-off are ours; its words are taken apart here.
    """
    p, expected = case["params"], case["expected"]
    patients = pd.DataFrame(expected["patients"])
    result = change.reliable_change(patients["pre"], patients["post"], reliability=p["reliability"])
    np.testing.assert_allclose(result["rci"], patients["rci"], rtol=0, atol=TOLERANCE)
    assert result.attrs["standard_error"] == pytest.approx(expected["s_diff"], abs=TOLERANCE)
    cut = change.clinical_cutoff(
        p["crit"].lower(),
        clinical=(patients["pre"].mean(), patients["pre"].std()),
        functional=(p["m_functional"], p["sd_functional"]),
    )
    assert cut == pytest.approx(expected["cutoff"], abs=TOLERANCE)
    meaning = {"recovered": "improved", "non reliably recovered": "unchanged"}
    assert result["category"].tolist() == patients["category"].replace(meaning).tolist()
    significance = change.clinical_significance(
        patients["pre"], patients["post"], reliability=p["reliability"], cutoff=cut
    )
    ended = patients["post"] > cut
    began = patients["pre"] < cut
    right = (patients["category"] == "recovered") & began
    assert (significance["category"] == "recovered").tolist() == right.tolist()
    assert ended[right].all()
