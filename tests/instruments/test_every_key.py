"""Laws that every instrument's key keeps, whatever it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_cases import own_coding
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance_measures as am

DEFINITIONS = Path(__file__).parents[2] / "instruments"
IDS = sorted(path.stem for path in DEFINITIONS.glob("*.yaml"))


@pytest.fixture(params=IDS)
def instrument(request) -> am.Instrument:
    return am.load(DEFINITIONS / f"{request.param}.yaml")


def answers(instrument: am.Instrument, n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    columns = {}
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        if response.allowed is None:
            values = np.round(random.uniform(response.low, response.high, n), 1)
        else:
            values = random.choice(response.allowed, n)
        columns[f"q{item}"] = values
    return pd.DataFrame(columns)


def mirrored(instrument: am.Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.copy()
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        out[f"q{item}"] = response.low + response.high - frame[f"q{item}"]
    return out


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.1, 0.4]))
@pytest.mark.parametrize("name", IDS)
def test_scores_lie_in_their_range_whatever_is_missing(name: str, seed: int, share: float) -> None:
    instrument = am.load(DEFINITIONS / f"{name}.yaml")
    frame = answers(instrument, 20, seed)
    frame = frame.mask(np.random.default_rng(seed).random(frame.shape) < share)
    for options in ({}, {"min_answered": 1}):
        scores = am.score(frame, instrument, columns="q{item}", **own_coding(instrument), **options)
        for scale in instrument.scales:
            low, high = instrument.score_range(scale)
            kept = scores[scale].dropna()
            assert kept.between(low - 1e-9, high + 1e-9).all()


def test_turning_every_answer_round_mirrors_every_score(instrument: am.Instrument) -> None:
    frame = answers(instrument, 30, 1)
    first = am.score(frame, instrument, columns="q{item}", **own_coding(instrument))
    turned = mirrored(instrument, frame)
    second = am.score(turned, instrument, columns="q{item}", **own_coding(instrument))
    for name, scale in instrument.scales.items():
        if scale.method != "top":
            low, high = instrument.score_range(name)
            assert (first[name] + second[name]).tolist() == pytest.approx([low + high] * 30)


def test_every_item_of_a_scale_moves_it_and_no_other_does(instrument: am.Instrument) -> None:
    lowest = {f"q{i}": instrument.response_of(i).low for i in instrument.item_ids}
    rows = [lowest] + [
        {**lowest, f"q{i}": instrument.response_of(i).high} for i in instrument.item_ids
    ]
    scores = am.score(pd.DataFrame(rows), instrument, columns="q{item}", **own_coding(instrument))
    for name, scale in instrument.scales.items():
        if scale.method == "top":
            continue
        moved = (scores[name].iloc[1:] - scores[name].iloc[0]).to_numpy()
        ids = np.array(instrument.item_ids, dtype=object)
        assert tuple(ids[moved != 0]) == instrument.scale_items(name)
        assert tuple(ids[moved < 0]) == instrument.reversed_items(name)


def has_labels(name: str) -> bool:
    instrument = am.load(DEFINITIONS / f"{name}.yaml")
    labels = instrument.response.label_pairs(instrument.languages[0])
    return bool(labels) and not any(item.response for item in instrument.items)


@pytest.mark.parametrize("name", [name for name in IDS if has_labels(name)])
def test_labels_in_any_case_score_as_their_numbers(name: str) -> None:
    instrument = am.load(DEFINITIONS / f"{name}.yaml")
    pairs = dict(instrument.response.label_pairs(instrument.languages[0]))
    values = list(pairs)
    rows = [[values[(n + k) % len(values)] for k in range(len(instrument.items))] for n in range(9)]
    numbers = pd.DataFrame(rows, columns=[f"q{item}" for item in instrument.item_ids])
    words = numbers.map(lambda value: f" {pairs[value].upper()} ")
    pd.testing.assert_frame_equal(
        am.score(words, instrument, columns="q{item}"),
        am.score(numbers, instrument, columns="q{item}", **own_coding(instrument)),
    )


def test_every_coding_gives_answers_that_score(instrument: am.Instrument) -> None:
    for name, coding in instrument.codings.items():
        raw = {}
        for part in coding.recode:
            items = instrument.item_ids if part.items == "all" else part.items
            raw |= {item: list(part.values) for item in items}
        frame = answers(instrument, 6, 2)
        for item, values in raw.items():
            frame[f"q{item}"] = [values[n % len(values)] for n in range(6)]
        scores = am.score(am.recode(frame, instrument, name, columns="q{item}"), instrument)
        assert scores.notna().all(axis=None)
