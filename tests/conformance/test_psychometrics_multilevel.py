"""R psych, lme4, nlme, lavaan and semTools on person x session x item answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shared_folder import needs_shared, shared_files

from alliance_measures import psychometrics as pm

pytestmark = needs_shared

FILES = shared_files("golden/scoring/multilevel.*.json")
by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)

COMPONENTS = {
    "person": "p",
    "time": "t",
    "item": "i",
    "person:time": "pt",
    "person:item": "pi",
    "time:item": "ti",
    "residual": "e",
}
CROSSED = ["R1F", "RkF", "R1R", "RkR", "Rc"]


def golden(path: Path) -> tuple[dict, pd.DataFrame, dict[str, str]]:
    expected = json.loads(path.read_text(encoding="utf-8"))
    answers = pd.read_csv(path.parent / expected["data"])
    names = {"person": expected["grp"], "time": expected["time"]}
    return expected, answers[[*names.values(), *expected["items"]]], names


def test_the_files_are_there() -> None:
    assert len(FILES) >= 2


@by_file
def test_closed_form(path: Path) -> None:
    expected, answers, names = golden(path)
    theirs = expected["anova_closed_form"]
    row = pm.multilevel_reliability(answers, **names).iloc[0]
    for name in CROSSED:
        assert row[name.lower()] == pytest.approx(theirs[name], abs=1e-9), name
    assert row["method"] == "mean squares"
    table = pm.variance_components(answers, **names)
    for ours, name in COMPONENTS.items():
        assert table.loc[ours, "variance"] == pytest.approx(theirs["variance"][name], abs=1e-9)
    aov = expected["mlr_psych_aov"]["coef"]
    for name in CROSSED[1:]:
        assert row[name.lower()] == pytest.approx(aov[name], abs=1e-9), name


@by_file
def test_reml(path: Path) -> None:
    """Ours is at the optimum (equal to the closed form); lme4 stops some 1e-5 before it."""
    expected, answers, names = golden(path)
    row = pm.multilevel_reliability(answers, method="reml", **names).iloc[0]
    for name in CROSSED:
        assert row[name.lower()] == pytest.approx(expected["lmer_reml"][name], abs=1e-4), name
        closed = expected["anova_closed_form"][name]
        assert row[name.lower()] == pytest.approx(closed, abs=1e-6), name
    psych = expected["mlr_psych_lmer"]["coef"]
    for name in CROSSED[1:]:
        assert row[name.lower()] == pytest.approx(psych[name], abs=1e-4), name
    table = pm.variance_components(answers, method="reml", **names)["variance"]
    theirs = {name.replace(":", ""): v for name, v in expected["lmer_reml"]["variance"].items()}
    for ours, name in COMPONENTS.items():
        wanted = theirs["Residual" if name == "e" else name]
        assert table[ours] == pytest.approx(wanted, abs=1e-4), name


@by_file
def test_nested(path: Path) -> None:
    """psych reads the variances of nlme from printed text: six digits."""
    expected, answers, names = golden(path)
    row = pm.multilevel_reliability(answers, **names).iloc[0]
    theirs = expected["nested_lme"]
    assert row["rkrn"] == pytest.approx(theirs["RkRn"], abs=1e-6)
    assert row["rcn"] == pytest.approx(theirs["Rcn"], abs=1e-6)


@by_file
def test_omega_model_implied(path: Path) -> None:
    expected, answers, names = golden(path)
    theirs = expected["within_between"]
    row = pm.multilevel_reliability(answers, **names).iloc[0]
    heywood = any(value < 0 for value in theirs["theta_between"] + theirs["theta_within"])
    assert bool(row["omega_note"]) == heywood
    assert row["omega_within"] == pytest.approx(theirs["geldhof"]["omega_within"], abs=1e-4)
    assert row["omega_between"] == pytest.approx(theirs["geldhof"]["omega_between"], abs=1e-4)
    model = pm.multilevel_omega(answers, **names)["model"]
    lai = theirs["lai2021"]
    assert model["omega_composite"] == pytest.approx(lai["omega_2l"], abs=1e-4)
    assert model["omega_cluster_mean"] == pytest.approx(lai["omega_b"], abs=1e-4)
    shared = expected["semTools"]["shared_modelvar"]
    assert model["person_mean_reliability"] == pytest.approx(shared["shared.f.IRR"], abs=1e-4)
    config = expected["semTools"]["config_modelvar"]
    assert model["omega_within"] == pytest.approx(config["config.f.omega_W"], abs=1e-4)
    assert model["omega_composite"] == pytest.approx(config["config.f.omega_2L"], abs=1e-4)


# Five people: the between matrix is at its edge (an eigenvalue of 0) and lavaan's EM steps for the
# saturated model end before they reach it. Our likelihood is the higher one, see the next test.
AT_THE_EDGE = {"multilevel.shrout_lane_2012": 3e-4}


@by_file
def test_omega_observed(path: Path) -> None:
    expected, answers, names = golden(path)
    semtools = expected["semTools"]
    tolerance = AT_THE_EDGE.get(path.stem, 1e-4)
    observed = pm.multilevel_omega(answers, **names)["observed"]
    wanted = {
        "omega_within": semtools["config_obsvar"]["config.f.omega_W"],
        "omega_composite": semtools["config_obsvar"]["config.f.omega_2L"],
        "omega_cluster_mean": semtools["shared_obsvar"]["shared.f.omega_B"],
        "person_mean_reliability": semtools["shared_obsvar"]["shared.f.IRR"],
        "alpha_within": semtools["config_alpha"]["config.f.alpha_W"],
        "alpha_composite": semtools["config_alpha"]["config.f.alpha_2L"],
        "alpha_between": expected["within_between"]["geldhof"]["alpha_between_saturated"],
    }
    for name, value in wanted.items():
        assert observed[name] == pytest.approx(value, abs=tolerance), name


@by_file
def test_our_saturated_likelihood_is_not_below_that_of_lavaan(path: Path) -> None:
    from alliance_measures.estimation import two_level

    expected, answers, names = golden(path)
    values = answers[expected["items"]].to_numpy(dtype=float)
    person = pd.factorize(answers[names["person"]])[0]
    clusters, sd = two_level._clusters(values, person)
    scale = np.outer(sd, sd)

    def deviance(within: np.ndarray, between: np.ndarray) -> float:
        return two_level._deviance(within / scale, between / scale, clusters)[0]

    ours = deviance(*two_level.fit_two_level_saturated(values, person))
    theirs = expected["within_between"]
    assert ours <= deviance(*(np.array(theirs[f"saturated_S{level}"]) for level in "wb")) + 1e-6
