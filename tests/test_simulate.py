"""Simulated clinics: reproducible, allowed answers only, ruptures where they are said to be."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.definitions.catalogue import instrument_ids
from alliance_measures.simulate import simulate


@pytest.mark.parametrize("name", instrument_ids())
@pytest.mark.parametrize("labels", [False, True])
def test_every_instrument_gets_only_allowed_answers(name: str, labels: bool) -> None:
    clinic = simulate(name, clients=6, sessions=5, labels=labels, seed=1)
    problems = am.check(clinic.answers, name, columns="q{item}")
    assert set(problems["problem"]) <= {"missing"}


def test_the_seed_decides() -> None:
    first, again = (simulate("srs-v3", clients=4, seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(first.answers, again.answers)
    other = simulate("srs-v3", clients=4, seed=10)
    assert not first.answers.equals(other.answers)


def test_planted_ruptures_show_as_drops() -> None:
    clinic = simulate("wai-36-client", clients=200, ruptures=1.0, missing=0, seed=5)
    scores = am.score(clinic.answers, "wai-36-client", keep=["client", "session"])
    total = scores.set_index(["client", "session"])["total"]
    drops = [
        total[who, pre] - total[who, low]
        for who, pre, low in clinic.ruptures[["client", "pre_session", "low_session"]].to_numpy()
    ]
    assert len(drops) > 100
    ordinary = scores.groupby("client")["total"].diff().dropna()
    assert pd.Series(drops).median() > ordinary.abs().quantile(0.75)


def test_sessions_are_numbered_through_missed_ones() -> None:
    clinic = simulate("srs-v3", clients=50, sessions=10, missed_sessions=0.3, seed=2)
    by_client = clinic.answers.groupby("client")["session"]
    assert (by_client.min() == 1).all()
    assert (by_client.max() > by_client.size()).any()
    assert not clinic.answers.duplicated(["client", "session"]).any()


@pytest.mark.parametrize("wrong", [{"clients": 0}, {"missing": 1.5}, {"ruptures": -0.1}])
def test_wrong_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|shares from 0 to 1"):
        simulate("srs-v3", **wrong)
