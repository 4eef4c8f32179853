"""The listing of instruments whose key is not available."""

from __future__ import annotations

import re

import pytest

import alliance_measures as am
from alliance_measures.definitions.key_needed import KeyNeeded, parse_key_needed

ENTRY = """schema: 1
key_needed:
  - id: made-up
    title: Made-up scale
    raters: [client]
    n_items: 3
    answers: {min: 1, max: 5}
    scales: [total]
    missing: "Which items are reversed."
    ask: "Nobody."
    source: {citation: "Nobody (2000)."}
    evidence: ["Nowhere."]
"""

SECOND = ENTRY.split("key_needed:\n")[1]


def changed(old: str, new: str) -> str:
    assert old in ENTRY
    return ENTRY.replace(old, new)


BROKEN = {
    "unknown key": (ENTRY + "    reversed: [1]\n", r":13: key_needed\[0\].reversed: unknown key"),
    "missing field": (changed('    ask: "Nobody."\n', ""), r"key_needed\[0\].ask: is missing"),
    "no evidence": (changed('["Nowhere."]', "[]"), r":12: key_needed\[0\].evidence: is empty"),
    "wrong rater": (changed("[client]", "[cat]"), r":5: .*raters\[0\]: must be 'client'"),
    "id form": (changed("made-up", "4pas"), r":3: key_needed\[0\].id: does not have the form"),
    "item count": (changed("n_items: 3", "n_items: 0"), r":6: key_needed\[0\].n_items: must be"),
    "turned round": (changed("min: 1, max: 5", "min: 5, max: 1"), r":7: .*5 is not below max 1"),
    "half a range": (changed("min: 1, max: 5", "min: 1"), r":7: .*give min and max, or neither"),
    "no number": (changed("min: 1,", "min: low,"), r":7: .*answers.min: must be a finite number"),
    "id twice": (ENTRY + SECOND, r":13: key_needed\[1\].id: made-up stands twice"),
    "scale twice": (changed("[total]", "[total, total]"), r":8: .*a scale stands twice"),
    "rater twice": (changed("[client]", "[client, client]"), r":5: .*a rater stands twice"),
    "key twice": (ENTRY + '    ask: "Again."\n', r":13: key_needed\[0\].ask: stands twice"),
    "wrong schema": (changed("schema: 1", "schema: 2"), r":1: schema: must be 1"),
    "empty": ("schema: 1\nkey_needed: []\n", r":2: key_needed: is empty"),
    "no mapping": ("- 1\n", r"list.yaml:1: file: "),
    "no yaml": ("a: [1\n", r"list.yaml:\d: file: not YAML"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_listing_is_refused_with_its_line(name: str) -> None:
    text, words = BROKEN[name]
    with pytest.raises(am.DefinitionError, match=words):
        parse_key_needed(text.encode(), name="list.yaml")


def test_every_mistake_is_told_at_once() -> None:
    text = ENTRY.replace("n_items: 3", "n_items: 0").replace('    ask: "Nobody."\n', "")
    with pytest.raises(am.DefinitionError) as caught:
        parse_key_needed(text.encode(), name="list.yaml")
    assert len(caught.value.problems) == 2


def test_a_sound_listing_is_read() -> None:
    (entry,) = parse_key_needed(ENTRY.encode(), name="list.yaml")
    assert entry.answers.max == 5
    assert isinstance(entry, KeyNeeded)
    assert hash(entry)


def test_the_shipped_listing_holds_no_instrument_that_can_be_loaded() -> None:
    from alliance_measures.definitions import catalogue

    waiting = {entry.id for entry in catalogue._listed()}
    assert waiting
    assert not waiting & set(catalogue.instrument_ids())


def test_every_listed_instrument_says_what_is_missing_and_whom_to_ask() -> None:
    for entry in am.key_needed():
        assert entry.missing.endswith((".", "!", "?"))
        assert entry.ask.endswith(".")
        with pytest.raises(am.UnknownInstrumentError) as caught:
            am.load(entry.id)
        words = str(caught.value)
        for part in (entry.missing, entry.ask, f"{entry.id}.yaml", "ALLIANCE_INSTRUMENTS"):
            assert part in words


def test_near_misses_offer_instruments_that_wait_for_a_key() -> None:
    with pytest.raises(am.UnknownInstrumentError, match=r"did you mean .*calpas-p"):
        am.load("calpas-pp")


def test_a_licensed_key_in_one_file_ends_the_waiting(tmp_path, monkeypatch) -> None:
    text = """schema: 1
id: calpas-12
title: A key made up for this test
rater: client
target: relationship
languages: [en]
source: {citation: "None."}
licence: {item_text: withheld}
key: {status: unvalidated, evidence: ["Made up for this test."]}
response: {min: 1, max: 7}
items: 12
scales: {total: {items: all}}
"""
    (tmp_path / "calpas-12.yaml").write_text(text, encoding="utf-8")
    assert "calpas-12" in {entry.id for entry in am.key_needed()}
    monkeypatch.setenv("ALLIANCE_INSTRUMENTS", str(tmp_path))
    assert am.load("calpas-12").id == "calpas-12"
    assert "calpas-12" not in {entry.id for entry in am.key_needed()}


def test_the_listing_names_no_item_of_any_key() -> None:
    from alliance_measures.definitions import catalogue

    fields = {name for entry in catalogue._listed() for name in type(entry).model_fields}
    assert not fields & {"items", "reverse", "reversed", "weights"}
    assert re.fullmatch(r"[a-z-]+", "/".join(catalogue.LISTING[:1]))
