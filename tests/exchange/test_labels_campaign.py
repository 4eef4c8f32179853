"""Answers of every instrument under random label orders and codings, through seven platforms.

The scores are those of the words, or an error names the conflict. By default a few files of each
platform; ``ALLIANCE_LABEL_FILES=2100`` runs a campaign of that many files.
"""

from __future__ import annotations

import os
import random
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelled_files import PLATFORMS, Question

import alliance_measures as am
from alliance_measures.definitions.catalogue import instrument_ids
from alliance_measures.exchange import labelled

FILES = int(os.environ.get("ALLIANCE_LABEL_FILES", "210"))
ROWS = 3
TEXT = ("redcap", "bids", "limesurvey", "qualtrics", "fhir")
# an error names the conflict: what the labels contradict, or cells that no definition knows
NAMED = ("labels say", "unknown-label", "not-a-number", "out-of-range", "fit 2 codings")


def answers_of(instrument: am.Instrument, item: int | str) -> dict[float, str]:
    """Every answer of an item and its word; its number where the definition has no word."""
    response = instrument.response_of(item)
    values = response.allowed or tuple(float(n) for n in range(int(response.high) + 1))
    words = dict(response.label_pairs(instrument.languages[-1]))
    return {value: words.get(value, f"{value:g}") for value in values}


def codes_for(values: list[float], scheme: str, chance: random.Random) -> list[Any]:
    """Codes of the answers, in their order."""
    whole = [int(value) for value in values]
    if scheme == "shifted":
        first = chance.choice([0, 1, 2])
        return list(range(first, first + len(whole)))
    if scheme == "letters":
        return [f"A{place + 1}" for place in range(len(whole))]
    if scheme == "random":
        return chance.sample(range(0, 12 + 2 * len(whole)), len(whole))
    if scheme == "shuffled":
        return chance.sample(whole, len(whole))
    return whole[::-1] if scheme == "reversed" else whole


def written(word: str, chance: random.Random) -> str:
    """Write a word as people do: another case, a blank more, a full stop."""
    ways = [word, word.upper(), word.lower(), f" {word}", f"{word}."]
    return word if word.replace(".", "").lstrip("-").isdigit() else chance.choice(ways)


def one_file(platform: str, seed: int) -> str:
    """Write a file, read it, and say what came of it: right, refused; silent is a failure."""
    chance = random.Random(f"{platform} {seed}")
    instrument = am.load(chance.choice(instrument_ids()))
    letters = ("letters",) if platform in TEXT else ()
    schemes = ["same", "reversed", "shifted", "shuffled", "random", *letters]
    main, part = chance.choice(schemes), chance.random() < 0.3
    questions, truth = {}, {}
    for place, item in enumerate(instrument.item_ids):
        words = answers_of(instrument, item)
        scheme = "same" if part and chance.random() < 0.5 else main
        codes = dict(zip(words, codes_for(list(words), scheme, chance), strict=True))
        given = [chance.choice(list(words)) for _ in range(ROWS)]
        blank = chance.random() < 0.03
        truth[item] = [None if blank else value for value in given]
        order = chance.sample(list(words), len(words))
        labels = {codes[value]: written(words[value], chance) for value in order}
        if chance.random() < 0.1:
            labels["Z9" if main == "letters" else 990] = "No answer"
        cells = [None if blank else codes[value] for value in given]
        questions[item] = Question(f"q_{place + 1}", labels, cells)
    return _compare(platform, instrument, questions, truth)


def _compare(platform: str, instrument: am.Instrument, questions: Any, truth: Any) -> str:
    import pandas as pd

    own = instrument.own_coding.name if instrument.own_coding else None
    columns = {item: f"t{item}" for item in truth}
    table = pd.DataFrame({columns[item]: values for item, values in truth.items()}, dtype=float)
    right = am.score(table, instrument, columns=columns, coding=own).to_numpy()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", am.AnswersWarning)
        made = PLATFORMS[platform](Path(folder), questions)
        export = am.read_export(made.path, dictionary=made.dictionary)
        assert export.format == platform
        absent = [c for c in made.columns.values() if c not in export.data.columns]
        frame = export.data.assign(**dict.fromkeys(absent))  # FHIR has no empty answers
        try:
            found = am.score(frame, instrument, columns=made.columns).to_numpy()
        except am.ResponseError as error:
            refused = str(error)
        else:
            refused = ""
    if refused:
        assert any(name in refused for name in NAMED), refused
        return "refused"
    np.testing.assert_allclose(found, right, atol=1e-9)
    return "right"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_words_are_scored_or_the_conflict_is_named(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "try_in_a_process", lambda path, program, more: True)
    count = {"right": 0, "refused": 0}
    for seed in range(max(1, FILES // len(PLATFORMS))):
        count[one_file(platform, seed)] += 1
    print(platform, count)  # noqa: T201 - the figure of a campaign
    assert count["right"] > count["refused"] // 4, count
