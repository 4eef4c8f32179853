"""The list of instruments and its filters."""

from __future__ import annotations

import pytest

import alliance_measures as am

MAIN = ("trust", "empathy", "collaboration", "goals")


@pytest.mark.parametrize("construct", MAIN)
def test_each_main_construct_has_at_least_four_instruments(construct: str) -> None:
    assert len(am.instruments(construct=construct)) >= 4


def test_filters_combine() -> None:
    table = am.instruments(construct="collaboration", rater="therapist", key_status="single-source")
    assert (table["rater"] == "therapist").all()
    assert (table["key_status"] == "single-source").all()
    assert table["constructs"].str.contains("collaboration").all()
    assert "wai-36-therapist" in table["id"].tolist()


def test_filters_part_the_catalogue() -> None:
    whole = am.instruments()
    for name, words in {
        "target": ("relationship", "person"),
        "rater": whole["rater"].unique(),
    }.items():
        assert sum(len(am.instruments(**{name: word})) for word in words) == len(whole)


def test_no_match_keeps_the_columns() -> None:
    table = am.instruments(construct="boundaries", rater="parent")
    assert len(table) == 0
    assert list(table) == list(am.instruments())


@pytest.mark.parametrize("name", ["construct", "rater", "target", "key_status"])
def test_unknown_words_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one of .*, "):
        am.instruments(**{name: "nonsense"})
