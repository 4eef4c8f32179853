"""The worked examples on reliability: Spearman-Brown, Fisher's z, attenuation, SEM."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shared_folder import SHARED, needs_shared

from alliance_measures import psychometrics as pm

pytestmark = needs_shared


@pytest.fixture(scope="module")
def examples() -> dict[str, dict]:
    path = SHARED / "data" / "worked-examples.json"
    return {example["id"]: example for example in json.loads(path.read_text(encoding="utf-8"))}


def test_spearman_brown(examples: dict[str, dict]) -> None:
    given, expected = examples["sb-1"]["inputs"], examples["sb-1"]["expected"]
    found = pm.spearman_brown(given["rel"], given["length_ratio"])
    assert found == pytest.approx(expected["new_rel"], abs=1e-12)
    given, expected = examples["sb-3"]["inputs"], examples["sb-3"]["expected"]
    found = pm.spearman_brown_length(given["rel"], given["target"])
    assert found == pytest.approx(expected["length_ratio"], abs=1e-12)


@pytest.mark.parametrize("name", ["r-ci-10-0.95", "r-ci-100-0.95"])
def test_fisher_z(examples: dict[str, dict], name: str) -> None:
    given, expected = examples[name]["inputs"], examples[name]["expected"]
    found = pm.correlation_interval(given["r"], given["n"], confidence=given["conf"])
    assert found == pytest.approx((expected["lcl"], expected["ucl"]), abs=1e-12)


def test_attenuation(examples: dict[str, dict]) -> None:
    calls = {"disatt": (pm.disattenuate, "corrected"), "att": (pm.attenuate, "attenuated")}
    for name, (call, value) in calls.items():
        given, expected = examples[name]["inputs"], examples[name]["expected"]
        found = call(given["r"], given["rel1"], given["rel2"])
        assert found == pytest.approx(expected[value], abs=5e-6)


@pytest.mark.parametrize("name", ["sg-crit1-a", "sg-crit1-b"])
def test_measurement_error(examples: dict[str, dict], name: str) -> None:
    given, expected = examples[name]["inputs"], examples[name]["expected"]
    sem = pm.standard_error_of_measurement(given["sd"], given["reliability"])
    assert sem == pytest.approx(expected["sem"], abs=1e-6)
    assert np.sqrt(2.0) * sem == pytest.approx(expected["s_diff"], abs=1e-6)


def test_detectable_change(examples: dict[str, dict]) -> None:
    given, expected = examples["jt-criterion"]["inputs"], examples["jt-criterion"]["expected"]
    sem = pm.standard_error_of_measurement(given["sd"], given["reliability"])
    found = pm.minimal_detectable_change(sem, given["conf"])
    assert found == pytest.approx(expected["reliable_change"], abs=1e-9)
