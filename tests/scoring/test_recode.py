"""Exports that store the answers in another way."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.scoring.recode import recode, rescale_lines


def sheet(*rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"q{item}" for item in range(1, len(rows[0]) + 1)])


# the best form in each way of storing the CSQ-8; all three stand in the derivation of its key
BEST = {
    None: [4, 4, 4, 4, 4, 4, 4, 4],
    "option-order-first-1": [1, 4, 1, 4, 4, 1, 1, 4],
    "option-order-first-4": [4, 1, 4, 1, 1, 4, 4, 1],
}


@pytest.mark.parametrize("coding", BEST)
def test_the_best_csq_8_is_32_in_every_coding(coding: str | None) -> None:
    answers = sheet(BEST[coding], [5 - value for value in BEST[coding]])
    if coding:
        answers = recode(answers, "csq-8", coding)
    assert am.score(answers, "csq-8")["total"].tolist() == [32, 8]


def test_without_its_coding_the_same_export_is_another_number() -> None:
    assert am.score(sheet(BEST["option-order-first-1"]), "csq-8")["total"].item() != 32


def test_the_zero_based_brief_cope_becomes_the_one_based() -> None:
    answers = sheet([item % 4 for item in range(28)])
    recoded = recode(answers, "brief-cope", "zero-to-three")
    first = am.score(recoded, "brief-cope")
    second = am.score(answers, "brief-cope-0-3")
    assert ((first - second) == 2).all(axis=None)


def test_missing_answers_and_codes_stay_and_nothing_else_changes() -> None:
    answers = sheet(["1", "2", None, "Don't know", 4, "3", *["1"] * 6]).assign(note="kept")
    recoded = recode(answers, "chi-esq-parent", "certainly-true-is-1")
    assert recoded.loc[0, ["q1", "q2", "q4", "q5", "q6", "note"]].tolist() == [
        3, 2, "Don't know", 4, 1, "kept",
    ]  # fmt: skip
    assert pd.isna(recoded.loc[0, "q3"])
    assert answers.loc[0, "q1"] == "1"


def test_items_that_the_coding_does_not_name_stay_as_they_are() -> None:
    answers = sheet([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    recoded = recode(answers, "wai-srt-therapist", "printed-position")
    assert recoded.loc[0].tolist() == [1, 4, 3, 4, 1, 5, 2, 3, 4, 1]


def test_values_that_the_coding_does_not_know_are_named_by_row() -> None:
    answers = sheet([0] * 9, [1] * 9)
    with pytest.raises(
        am.ResponseError, match=r"column 'q1' \(item 1\): out-of-range, 1 answer, row 0"
    ):
        recode(answers, "sdm-q-doc", "one-to-six")


@pytest.mark.parametrize(
    ("name", "coding", "words"),
    [
        ("csq-8", "option-order-first-2", "did you mean option-order-first-"),
        ("csq-8", "x", "it has option-order-first-1, option-order-first-4"),
        ("teq", "x", "teq has no codings"),
    ],
)
def test_unknown_codings(name: str, coding: str, words: str) -> None:
    with pytest.raises(am.StatisticError, match=words):
        recode(sheet([1] * len(am.load(name).items)), name, coding)


def test_millimetres_become_centimetres_when_asked() -> None:
    marks = sheet([85, 90.0, "80", 88], [0, 100, None, 36])
    answers = rescale_lines(marks, "srs-v3")
    assert am.score(answers, "srs-v3")["total"].iloc[0] == pytest.approx(34.3)
    assert answers.loc[1].tolist()[:2] == [0, 10]
    assert pd.isna(answers.loc[1, "q3"])
    with pytest.raises(am.ResponseError, match="out-of-range"):
        am.score(marks, "srs-v3")  # never rescaled unasked


def test_lines_that_begin_elsewhere() -> None:
    assert rescale_lines(sheet([1, 5.5, 10, 1]), "gsrs", low=1, high=10).loc[0].tolist() == [
        0,
        5,
        10,
        0,
    ]


def test_lines_of_other_lengths_are_refused_where_they_cannot_be() -> None:
    with pytest.raises(am.ResponseError, match="any number from 0 to 100"):
        rescale_lines(sheet([101, 1, 1, 1]), "srs-v3")
    with pytest.raises(am.StatisticError, match="has no visual-analogue lines"):
        rescale_lines(sheet([1] * 12), "wai-sr-client")
    with pytest.raises(am.StatisticError, match="low must be below high"):
        rescale_lines(sheet([1] * 4), "srs-v3", low=10, high=10)


BASE = """schema: 1
id: coded
title: A form made up for this test
rater: client
target: relationship
languages: [en]
source: {citation: "None."}
licence: {item_text: withheld}
key: {status: unvalidated, evidence: ["None."]}
response: {min: 1, max: 3, not_applicable: [9]}
items: [1, 2]
scales: {total: {items: all}}
missing: {method: none, not_applicable: counts-as-missing}
codings:
  back:
    title: turned round
    recode:
      - {items: [1], values: {1: 3, 2: 2, 3: 1}}
    source: "None."
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("items: [1], values", "items: [7], values", r"codings.back.recode\[0\].items: no item 7"),
        ("{1: 3, 2: 2, 3: 1}", "{1: 3, 2: 2}", r"must give every answer once"),
        ("{1: 3, 2: 2, 3: 1}", "{1: 3, 2: 2, 3: 2}", r"must give every answer once"),
        ("{1: 3, 2: 2, 3: 1}", "{1: 3, 2: 2, 9: 1}", r"also a code for not applicable"),
        ("    source: \"None.\"\n", "", r"codings.back.source: is missing"),
        ("items: [1], values", "items: [1, 1], values", r"item 1 stands twice"),
        ("    title: turned round\n", "    titel: x\n", r"codings.back.titel: unknown key"),
    ],
)  # fmt: skip
def test_a_wrong_coding_is_refused(tmp_path, old: str, new: str, words: str) -> None:
    assert old in BASE
    path = tmp_path / "coded.yaml"
    path.write_text(BASE.replace(old, new, 1) if "source" not in old else BASE[: -len(old)])
    with pytest.raises(am.DefinitionError, match=words):
        am.load(path)


def test_a_sound_coding_is_read(tmp_path) -> None:
    path = tmp_path / "coded.yaml"
    path.write_text(BASE)
    assert am.load(path).codings["back"].recode[0].values[1] == 3
