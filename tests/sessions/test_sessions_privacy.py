"""No score, session or id stands in any error of this room, whatever the table holds."""

from __future__ import annotations

import traceback
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alliance_measures import sessions
from alliance_measures.errors import AllianceError

CANARY = "Kanarienvogel"
NUMBER = 987654.125
MARKS = (CANARY, "987654", "987,654", "9.87654", "9876-05")
NAMES = {"client": "id", "session": "s", "value": "y"}
CALLS: dict[str, dict[str, Any]] = {
    "audit": {},
    "compare_rupture_rules": {"rules": ["gumz-2012-1sd", "gumz-2012-2sd"]},
    "control_chart": {"baseline": 3},
    "instability": {},
    "ruptures": {},
    "scores_around_gains": {"gains": pd.DataFrame({"id": [CANARY], "s": [2]})},
    "signal_plan": {"sem": 1.0},
    "signals": {"reliability": 0.9, "sd": 4.0},
    "slopes": {},
    "sudden_gain_intervals": {"cutoff": 5},
    "sudden_gain_summary": {"cutoff": 5},
    "sudden_gains": {"cutoff": 5},
    "sudden_losses": {"cutoff": 5},
    "theil_sen": {},
    "trends": {},
}
# response_surface takes rows without a session; compare_with_observer two tables (test_observer)
NO_SESSION = {"compare_with_observer", "response_surface"}
TAKE_NO_TABLE = {"default_signal_rules", "load_signal_rules", "sudden_gain_cutoff"}


GROWTH: dict[str, dict[str, Any]] = {
    "dyad_agreement": {"client": "id", "session": "s", "first": "y", "second": "z"},
    "growth_model": NAMES,
    "growth_statistics": NAMES,
    "lagged_effects": {"client": "id", "session": "s", "outcome": "y", "predictor": "z"},
    "therapist_effects": NAMES | {"therapist": "t"},
    "truth_and_bias": {"client": "id", "session": "s", "judgement": "y", "truth": "z"},
    "within_between": {"client": "id", "session": "s", "outcome": "y", "predictor": "z"},
}


def sound() -> pd.DataFrame:
    """Ids, sessions and scores that are canaries, and no fault."""
    ids = [f"{CANARY}-{n}" for n in (1, 1, 1, 1, 2, 2, 2, 2)]
    scores = [NUMBER + n for n in (0, 5, -9, 3, 1, 1, 30, 31)]
    return pd.DataFrame({"id": ids, "s": [1, 2, 3, 4] * 2, "y": scores}, dtype=object)


def with_cells(column: str, *cells: object) -> pd.DataFrame:
    frame = sound()
    values = list(frame[column])
    values[1 : 1 + len(cells)] = cells
    return frame.assign(**{column: pd.Series(values, dtype=object)})


TABLES: dict[str, pd.DataFrame] = {
    "list as id": with_cells("id", [CANARY], [CANARY]),
    "mapping as id": with_cells("id", {CANARY: NUMBER}),
    "array as id": with_cells("id", np.array([CANARY, CANARY])),
    "list in a tuple as id": with_cells("id", (CANARY, [NUMBER])),
    "no id": with_cells("id", None),
    "text as score": with_cells("y", CANARY),
    "number in text as score": with_cells("y", str(NUMBER)),
    "bytes as score": with_cells("y", CANARY.encode()),
    "list as score": with_cells("y", [CANARY]),
    "truth as score": with_cells("y", np.True_),
    "date as score": with_cells("y", date(9876, 5, 4)),
    "huge score": with_cells("y", int(NUMBER) * 10**400),
    "complex score": with_cells("y", complex(NUMBER, 1)),
    "signalling score": with_cells("y", Decimal("sNaN987654")),
    "infinite score": with_cells("y", np.inf),
    "text as session": with_cells("s", CANARY),
    "date without marks as session": with_cells("s", "98760504", 20240131),
    "half a date as session": with_cells("s", "03/04/9876", "9876-05-04"),
    "list as session": with_cells("s", [CANARY]),
    "mixed sessions": with_cells("s", date(9876, 5, 4)),
    "infinite session": with_cells("s", -np.inf),
    "no session": with_cells("s", pd.NaT),
    "doubled rows": pd.concat([sound(), sound()], ignore_index=True),
    "everything at once": with_cells("id", [CANARY], None).assign(
        s=[CANARY, *[NUMBER] * 7], y=[np.inf, CANARY, *[NUMBER] * 6]
    ),
    "no rows": sound().head(0),
    "categories": with_cells("y", CANARY).astype({"y": "category"}),
    "strings": with_cells("y", CANARY).astype({"y": "string", "id": "string"}),
}


def everything_said(call: Any) -> str:
    """The error and its whole traceback, with the errors that it came from."""
    with pytest.raises(AllianceError) as caught:
        call()
    error = caught.value
    chain, text = error, ""
    while chain is not None:
        text += f"{chain!r} {chain.args} {getattr(chain, 'problems', ())}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return text + "".join(traceback.format_exception(error))


def assert_silent(text: str) -> None:
    assert not [mark for mark in MARKS if mark in text], text


def test_every_function_with_a_table_is_here():
    functions = {name for name in sessions.__all__ if name[0].islower()}
    assert functions == CALLS.keys() | TAKE_NO_TABLE | GROWTH.keys() | {"caseload"} | NO_SESSION


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", CALLS)
def test_no_cell_in_an_error(name, table):
    call = getattr(sessions, name)
    assert_silent(everything_said(lambda: call(TABLES[table], **NAMES, **CALLS[name])))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", GROWTH)
def test_no_cell_in_an_error_of_the_growth_models(name, table):
    call = getattr(sessions, name)
    frame = TABLES[table].assign(z=lambda d: np.arange(len(d), dtype=float), t=CANARY)
    assert_silent(everything_said(lambda: call(frame, **GROWTH[name])))


@pytest.mark.parametrize("table", sorted(TABLES.keys() - {"doubled rows"}))
def test_no_cell_in_an_error_of_response_surface(table):
    frame = TABLES[table].assign(z=lambda d: np.arange(len(d), dtype=float))
    names = {"client": "id", "first": "s", "second": "z", "outcome": "y"}
    assert_silent(everything_said(lambda: sessions.response_surface(frame, **names)))


def test_no_level_in_an_error_of_collinear_covariates():
    frame = pd.DataFrame({"id": np.repeat(range(9), 4), "s": list(range(4)) * 9})
    frame["y"] = np.random.default_rng(1).normal(size=36)
    frame["a"] = np.where(frame["id"] % 2, CANARY, "other")
    frame["b"] = frame["id"] % 2
    text = everything_said(lambda: sessions.growth_model(frame, **NAMES, covariates=["a", "b"]))
    assert "a (level 2), b: collinear" in text
    # a traceback shows the source alone, never a value
    assert_silent(text)


@pytest.mark.parametrize("name", CALLS)
def test_the_sound_table_is_no_error(name):
    getattr(sessions, name)(sound(), **NAMES, **CALLS[name])


OPTIONS = {
    "ruptures": {"rule": sessions.RuptureRule(min_sessions=99)},
    "control_chart": {"baseline": 99},
    "signals": {"rupture_rule": sessions.RuptureRule(unit="raw", min_sessions=99), "sem": 1.0},
    "signal_plan": {"higher_is_better": "neutral"},
    "sudden_gains": {"cutoff": 5, "rule": sessions.GainRule(cutoff=5)},
}


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "signals"])
def test_no_cell_in_an_error_about_options(name):
    call = getattr(sessions, name)
    assert_silent(everything_said(lambda: call(sound(), **NAMES, **OPTIONS[name])))


@pytest.mark.parametrize("sessions_", [[1, 2.5, 3, 4], [1, 2, NUMBER, NUMBER + 1]])
def test_sessions_that_sudden_gains_cannot_use(sessions_):
    scores = sound().assign(s=sessions_ * 2)
    assert_silent(everything_said(lambda: sessions.sudden_gains(scores, **NAMES, cutoff=5)))


@pytest.mark.parametrize("column", ["id", "s"])
@pytest.mark.parametrize("cell", [[CANARY], CANARY, None, np.inf, date(9876, 5, 4)], ids=repr)
def test_tables_of_gains(column, cell):
    gains = pd.DataFrame({"id": [CANARY], "s": [2]}, dtype=object)
    gains[column] = pd.Series([cell], dtype=object)
    call = {"scores": sound(), "gains": gains, **NAMES}
    try:
        around = sessions.scores_around_gains(**call)
    except AllianceError:
        assert_silent(everything_said(lambda: sessions.scores_around_gains(**call)))
    else:
        assert around["post_1"].isna().all()


@pytest.mark.parametrize("cell", [None, [CANARY], {CANARY: 1}])
def test_therapists(cell):
    scores = sound()
    scores["who"] = pd.Series([cell, *[CANARY] * 7], dtype=object)
    assert_silent(everything_said(lambda: sessions.audit(scores, **NAMES, therapist="who")))
