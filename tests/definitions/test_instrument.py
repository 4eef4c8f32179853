"""The models: frozen all the way down, with ranges derived from the items."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import PRORATE, made_up
from pydantic import BaseModel, ValidationError

import alliance_measures as am
from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response, Scale

IDS = sorted(path.stem for path in (Path(__file__).parents[2] / "instruments").glob("*.yaml"))


def everything_in(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from everything_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from everything_in(key)
            yield from everything_in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from everything_in(inner)


@pytest.mark.parametrize("name", IDS)
def test_frozen_hashable_and_pickled(name):
    instrument = am.load(name)
    for part in everything_in(instrument):
        assert not isinstance(part, (list, dict, set, bytearray))
        hash(part)
        if isinstance(part, BaseModel):
            field = next(iter(type(part).model_fields))
            with pytest.raises(ValidationError, match="frozen"):
                setattr(part, field, None)
    for twin in (pickle.loads(pickle.dumps(instrument)), copy.deepcopy(instrument)):
        assert twin == instrument
        assert hash(twin) == hash(instrument)
        assert list(twin.scales) == list(instrument.scales)
    assert len({instrument, am.load(name)}) == 1


def test_different_instruments_differ():
    assert len({am.load(name) for name in IDS}) == len(IDS)
    assert made_up() != made_up(missing={**PRORATE, "max_missing": 1})


@pytest.mark.parametrize("name", IDS)
def test_the_dump_is_a_definition_again(name):
    instrument = am.load(name)
    again = Instrument.model_validate(instrument.model_dump(by_alias=True))
    assert again.model_dump() == instrument.model_dump()


def test_frozen_maps():
    frozen = FrozenMap({"a": 1, "b": 2})
    assert frozen == {"b": 2, "a": 1}
    assert list(frozen) == ["a", "b"]
    assert len(frozen) == 2
    assert FrozenMap(frozen) == frozen
    assert frozen != {"a": 1}
    assert repr(frozen) == "FrozenMap({'a': 1, 'b': 2})"
    with pytest.raises(TypeError):
        frozen["a"] = 2
    with pytest.raises(AttributeError):
        frozen.update({"a": 2})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scales": {"total": {"items": [1, 9]}}}, "no item 9; items run from 1 to 4"),
        ({"response": {"min": 5, "max": 1}}, "response.min: 5 is not below max 1"),
        ({"missing": {"method": "prorate"}}, "needs either max_missing or min_answered_percent"),
        ({"items": [1, 1, 2]}, "item 1 stands twice"),
        ({"items": [True, 2]}, "items"),
        ({"items": True}, "must be a number of items or a list of items"),
    ],
)
def test_construction_in_python_runs_the_cross_checks(changes, words):
    with pytest.raises(ValidationError) as caught:
        made_up(**changes)
    assert words in str(caught.value)


def test_errors_do_not_echo_the_input():
    with pytest.raises(ValidationError) as caught:
        made_up(title=["canary-input"])
    assert "canary-input" not in str(caught.value)


def test_looking_items_up():
    instrument = made_up(
        items=[{"id": "warm"}, {"id": "calm", "response": {"min": 0, "max": 9}}, 3],
        scales={"one": {"items": [3, "warm"]}, "total": {"items": "all", "reverse": [3]}},
    )
    assert instrument.item_ids == ("warm", "calm", 3)
    assert instrument.scale_items("one") == ("warm", 3)  # the order of the form
    assert instrument.reversed_items("one") == ()
    assert instrument.reversed_items("total") == (3,)
    assert instrument.response_of("calm").high == 9
    assert instrument.response_of(3).high == 5
    with pytest.raises(KeyError, match="has no item of that name"):
        instrument.item("cold")


@given(
    low=st.integers(-4, 4),
    steps=st.integers(1, 40),
    step=st.sampled_from([1, 2, 0.5, 0.25, 0.1, 3]),
)
def test_every_step_is_an_answer(low, steps, step):
    response = Response(min=low, max=low + steps * step, step=step)
    allowed = response.allowed
    assert len(allowed) == steps + 1
    assert allowed[0] == low
    assert math.isclose(allowed[-1], low + steps * step)
    assert list(allowed) == sorted(set(allowed))


# ranges against every possible sheet

SCALES = [
    {"items": "all"},
    {"items": "all", "method": "mean"},
    {"items": [1, 3], "method": "sum", "reverse": [1]},
    {"items": "all", "method": "weighted-sum", "weights": {1: 2, 2: 1, 3: 0.5}},
    {"items": "all", "method": "weighted-mean", "weights": {1: 2, 2: 1, 3: 0.5}, "reverse": [2]},
    {"items": "all", "method": "top"},
    {"items": "all", "linear": {"multiply": 20, "divide": 9, "add": -3}},
    {"items": [2], "method": "mean", "linear": {"multiply": 10}, "reverse": [2]},
]
RESPONSES = [
    {"min": 1, "max": 4},
    {"min": 0, "max": 3},
    {"values": [-2, -1, 1, 2]},
    {"values": [5, 1, 3]},
    {"min": -0.5, "max": 0.5, "step": 0.5},
    {"min": 100, "max": 300, "step": 100},
]


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("response", RESPONSES, ids=str)
@pytest.mark.parametrize("own", [None, {"min": 0, "max": 6, "step": 3}], ids=str)
def test_ranges_are_those_of_all_possible_sheets(scale, response, own):
    items = [1, {"id": 2, "reverse": True}, {"id": 3, **({"response": own} if own else {})}]
    if scale["items"] == [1, 3]:
        items[1] = 2
    instrument = made_up(items=items, response=response, scales={"total": scale})
    answers = [instrument.response_of(item).allowed for item in instrument.item_ids]
    sheets = pd.DataFrame(itertools.product(*answers), columns=["q1", "q2", "q3"])
    scores = am.score(sheets, instrument)["total"]
    assert scores.notna().all()
    low, high = instrument.score_range("total")
    assert scores.min() == pytest.approx(low, abs=1e-12)
    assert scores.max() == pytest.approx(high, abs=1e-12)


def test_ranges_in_other_metrics():
    scale = {"items": "all", "linear": {"multiply": 25, "divide": 4, "add": -25}}
    instrument = made_up(scales={"total": scale})
    assert instrument.score_range("total") == (0.0, 100.0)
    assert instrument.metric_range("total", "sum") == (4.0, 20.0)
    assert instrument.metric_range("total", "item-mean") == (1.0, 5.0)
    assert instrument.metric_range("total", "pomp") == (0.0, 100.0)
    assert instrument.score_metric("total") == "score"


def test_a_scale_without_a_method_is_a_sum():
    assert Scale(items="all").method == "sum"
    assert made_up().score_metric("total") == "sum"
    assert made_up(scales={"total": {"items": "all", "method": "mean"}}).score_metric("total") == (
        "item-mean"
    )
