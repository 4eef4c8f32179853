"""Truth and bias, dyads and response surfaces against the recorded figures of lme4 and lm."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shared_folder import SHARED, needs_shared

from alliance_measures import sessions

pytestmark = needs_shared
FOLDER = SHARED / "golden" / "trends"


def golden(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("which", ["random_intercept", "random_slope"])
def test_truth_and_bias(which):
    printed = golden("sg_long.truthbias")[which]
    data = pd.read_csv(FOLDER / "sg_long.csv")
    names = {"judgement": "bdi", "truth": "rq", "random_truth": which == "random_slope"}
    found = sessions.truth_and_bias(data, **names)
    assert found["term"].tolist() == ["bias", "truth"]
    assert found.attrs["criterion"] == pytest.approx(printed["criterion"], abs=1e-6)
    assert found.attrs["sigma2"] == pytest.approx(printed["sigma2"], rel=1e-6)
    assert found.attrs["n_sessions"] == printed["nobs"]
    for ours, theirs in (("estimate", printed["fixef"]), ("se", printed["se"])):
        np.testing.assert_allclose(found[ours], list(theirs.values()), rtol=1e-6)
    np.testing.assert_allclose(
        found["df"], list(printed["satterthwaite"]["df"].values()), rtol=1e-3
    )
    again = sessions.truth_and_bias(data, df="kenward-roger", **names)
    np.testing.assert_allclose(
        again["se"], list(printed["kenward_roger"]["se"].values()), rtol=1e-5
    )
    np.testing.assert_allclose(
        again["df"], list(printed["kenward_roger"]["df"].values()), rtol=1e-4
    )


def test_dyads():
    printed = golden("sg_long.truthbias")["per_client"]
    data = pd.read_csv(FOLDER / "sg_long.csv").astype({"client": str})
    found = sessions.dyad_agreement(data, first="bdi", second="rq").set_index("client")
    assert set(found.index) == set(printed)
    for client, row in printed.items():
        ours = found.loc[client]
        assert ours["n_sessions"] == row["n"]
        for name, theirs in (("mean_difference", "mean_discrepancy"), ("r", "r"),
                             ("mean_absolute_difference", "mean_abs_discrepancy"),
                             ("profile_distance", "profile_distance")):  # fmt: skip
            expected = np.nan if row[theirs] is None else row[theirs]
            assert ours[name] == pytest.approx(expected, abs=1e-10, nan_ok=True), (client, name)


def test_response_surface():
    printed = golden("bh1996_25.rsa")
    data = pd.read_csv(FOLDER / "bh1996_25.csv")
    found = sessions.response_surface(
        data, first=printed["x"], second=printed["y"], outcome=printed["z"]
    )
    table = found.set_index("term")
    b = [f"b{n}" for n in range(6)]
    np.testing.assert_allclose(table.loc[b, "estimate"], printed["b"], rtol=1e-9)
    np.testing.assert_allclose(table.loc[b, "se"], printed["se"], rtol=1e-9)
    for ours, theirs in (("estimate", ""), ("se", "_se"), ("t", "_t"), ("p", "_p")):
        expected = printed[f"surface{theirs}"]
        np.testing.assert_allclose(
            table.loc[list(expected), ours], list(expected.values()), rtol=1e-7
        )
    assert (table["df"] == printed["df"]).all()
    assert found.attrs["centre"] == pytest.approx(tuple(printed["centre"]))
    assert found.attrs["r2"] == pytest.approx(printed["r2"])
    assert found.attrs["stationary_point"] == pytest.approx(tuple(printed["stationary_point"]))
