"""Which column is which item: clear ones are named, unclear ones are listed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from exports_made import delimited, save

import alliance_measures as am
from alliance_measures.definitions.catalogue import instrument_ids, load
from alliance_measures.exchange import guess_roles, suggest_columns

FORM = "wai-sr-client"
ITEMS = range(1, 13)


def frame(*names: str) -> pd.DataFrame:
    return pd.DataFrame({name: ["3"] for name in names})


def numbered(pattern: str, items: range = ITEMS) -> list[str]:
    return [pattern.format(item) for item in items]


@pytest.mark.parametrize(
    "pattern", ["wai_{}", "WAI-SR {}", "q{:02d}", "Q5_{}", "q1[vis{}]", "waisr{}", "{}", "c_wai_{}"]
)
def test_numbered_columns_are_found(pattern: str) -> None:
    table = frame("client", "session", *numbered(pattern))
    found = suggest_columns(table, FORM)
    assert dict(found) == {item: pattern.format(item) for item in ITEMS}
    assert am.score(table, FORM, columns=found)["total"].tolist() == [36]


def test_the_form_that_bears_the_instruments_name_wins() -> None:
    table = frame(*numbered("phq_{}"), *numbered("wai_{}"), *numbered("x{}", range(1, 20)))
    assert suggest_columns(table, FORM)[5] == "wai_5"


def test_forms_that_fit_equally_well_are_never_chosen() -> None:
    found = suggest_columns(frame(*numbered("a_{}"), *numbered("b_{}")), FORM)
    assert not found
    assert found.ambiguous == tuple(ITEMS)
    assert set(found.candidates.loc[found.candidates["item"] == 3, "column"]) == {"a_3", "b_3"}


def test_the_other_raters_columns_are_not_taken() -> None:
    table = frame(*numbered("wai_t_{}"), *numbered("wai_c_{}"))
    assert suggest_columns(table, FORM)[1] == "wai_c_1"
    assert suggest_columns(table, "wai-srt-therapist").get(1, "wai_t_1") == "wai_t_1"
    alone = suggest_columns(frame(*numbered("therapist_q{}")), FORM)
    assert not alone
    assert alone.lacking == tuple(ITEMS)


@pytest.mark.parametrize("suffix", ["_r", "r", "_rev", "_recoded"])
def test_reversed_copies_are_refused_unless_named(suffix: str) -> None:
    copies = [f"wai_{item}{suffix}" for item in (2, 4)]
    table = frame(*numbered("wai_{}"), *copies)
    found = suggest_columns(table, FORM)
    assert found[2] == "wai_2"
    assert len(found.refused) == 2
    assert not set(copies) & set(found.candidates["column"])
    named = {**found, 2: copies[0]}
    assert am.score(table, FORM, columns=named)["total"].tolist() == [36]


def test_numbers_before_the_question_are_found(tmp_path: Path) -> None:
    head = ["Timestamp", *(f"{item}. Question about it?" for item in ITEMS)]
    path = save(tmp_path, "g.csv", delimited([head, ["2026/01/01 10:00:00", *["3"] * 12]]))
    export = am.read_export(path)
    assert export.format == "google-forms"
    assert suggest_columns(export, FORM)[12] == "12. Question about it?"


def test_wording_is_found_where_it_may_be_known() -> None:
    worded = [name for name in instrument_ids() if all(item.text for item in load(name).items)]
    assert worded
    instrument = load(worded[0])
    labels = {item.id: next(iter(item.text.values())) for item in instrument.items}
    found = suggest_columns(frame(*labels.values()), instrument)
    assert dict(found) == labels


def test_roles_are_guessed_by_name_alone() -> None:
    assert guess_roles(["record_id", "session", "submitdate"]) == {
        "client": "record_id",
        "session": "session",
        "date": "submitdate",
    }
    assert guess_roles(["a", "b"]) == {"client": None, "session": None, "date": None}
