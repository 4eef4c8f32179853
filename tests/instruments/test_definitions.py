"""What every shipped definition must state, and how the project's own questionnaire reads."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import alliance_measures as am

DEFINITIONS = Path(__file__).parents[2] / "instruments"
IDS = sorted(path.stem for path in DEFINITIONS.glob("*.yaml"))
CHECK_INS = [name for name in IDS if name.startswith("relationship-check-in")]
CLIENT, THERAPIST = "relationship-check-in", "relationship-check-in-therapist"


@pytest.fixture(params=IDS)
def instrument(request):
    return am.load(DEFINITIONS / f"{request.param}.yaml")


def test_states_its_evidence_and_licence(instrument):
    assert instrument.purpose, f"{instrument.id}: say in `purpose` what it is for"
    assert instrument.key.evidence
    licence = instrument.licence
    assert licence.holder or licence.note, f"{instrument.id}: name the holder, or say what is known"


def test_every_number_has_a_source(instrument):
    for entry in (*instrument.norms, *instrument.reliability, *instrument.cutoffs):
        assert entry.source
    for scale in instrument.scales:
        rule = instrument.missing_rule(scale)
        assert rule.method == "none" or rule.source, f"{instrument.id}: {scale} needs its source"


def test_wording_stands_only_where_the_licence_includes_it(instrument):
    included = instrument.licence.item_text == "included"
    assert all(bool(item.text) is included for item in instrument.items)
    assert bool(instrument.instructions) is included


def test_included_wording_names_its_licence(instrument):
    if instrument.licence.item_text == "included":
        assert instrument.licence.url, f"{instrument.id}: licence.url must say what allows it"


@pytest.mark.parametrize("name", ["wai-sr-client", "wai-36-client"])
def test_the_working_alliance_inventory_has_no_norms_or_cutoffs(name):
    instrument = am.load(name)
    assert not instrument.norms
    assert not instrument.cutoffs


def test_the_range_of_the_haq_2_is_said_to_be_unverified():
    instrument = am.load("haq-2-client")
    assert instrument.key.status != "verified"
    assert "1 to 6" in instrument.key.evidence[0]
    assert "still to be verified" in instrument.traps[0]


@pytest.mark.parametrize("name", CHECK_INS)
def test_the_check_in_claims_nothing(name):
    instrument = am.load(name)
    assert instrument.key.status == "unvalidated"
    assert (*instrument.norms, *instrument.reliability, *instrument.cutoffs) == ()
    assert "CC0" in instrument.licence.note


@pytest.mark.parametrize("name", CHECK_INS)
def test_the_check_in_is_spread_and_partly_reversed(name):
    instrument = am.load(name)
    scale_of = {
        item: scale
        for scale in instrument.scales
        if scale != "total"
        for item in instrument.scale_items(scale)
    }
    order = [scale_of[item] for item in instrument.item_ids]
    assert all(one != two for one, two in pairwise(order))
    reverse = [item.id for item in instrument.items if item.reverse]
    assert 0.2 <= len(reverse) / len(order) <= 0.35
    for scale in ("trust", "empathy", "collaboration", "goals"):
        assert instrument.reversed_items(scale)


def test_the_therapist_form_is_parallel():
    client, therapist = am.load(CLIENT), am.load(THERAPIST)
    assert therapist.scales == client.scales
    assert [(item.id, item.name, item.reverse) for item in therapist.items] == [
        (item.id, item.name, item.reverse) for item in client.items
    ]
    assert therapist.rater == "therapist"


def syllables(word: str) -> int:
    """Rough count: groups of vowels, without a silent e at the end or in -ed and -es."""
    bare = re.sub(r"'s$", "", word.lower())
    bare = re.sub(r"(?<=[^aeiouytdsl])e[sd]?$", "", bare)
    return max(1, len(re.findall(r"[aeiouy]+", bare)))


def texts(name: str) -> list[str]:
    return [item.text["en"] for item in am.load(name).items]


@pytest.mark.parametrize("name", CHECK_INS)
def test_the_check_in_reads_easily(name):
    """Flesch-Kincaid grade with the rough count above: a floor for plainness, not a study of it."""
    words = [re.findall(r"[A-Za-z']+", text) for text in texts(name)]
    flat = [word for sentence in words for word in sentence]
    grade = 0.39 * len(flat) / len(words) + 11.8 * sum(map(syllables, flat)) / len(flat) - 15.59
    assert grade <= 6
    assert max(map(len, words)) <= 15
    assert max(map(len, flat)) <= 10


@pytest.mark.parametrize("name", CHECK_INS)
def test_the_check_in_has_no_negations(name):
    for text in texts(name):
        assert not re.search(r"\b(not|never|no|none|nothing|cannot)\b|n't", text, re.IGNORECASE)
