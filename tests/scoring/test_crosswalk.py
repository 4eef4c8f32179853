"""Short forms taken out of the answers to a long form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alliance_measures as am
from alliance_measures.definitions.catalogue import crosswalk, crosswalks
from alliance_measures.definitions.crosswalks import check_against, parse_crosswalks
from alliance_measures.scoring.crosswalk import short_form, shorten

PAIRS = [(entry.long, entry.short) for entry in crosswalks()]
WORDS = ["Never", "Rarely", "Occasionally", "Sometimes", "Often", "Very often", "Always"]


@pytest.fixture
def answers() -> pd.DataFrame:
    random = np.random.default_rng(36)
    sheets = random.integers(1, 8, (50, 36)).astype(float)
    sheets[3, 24] = np.nan
    return pd.DataFrame(sheets, columns=[f"q{item}" for item in range(1, 37)]).set_index(
        pd.RangeIndex(100, 150)
    )


@pytest.mark.parametrize(("long", "short"), PAIRS)
def test_every_crosswalk_fits_its_definitions(long: str, short: str) -> None:
    check_against(crosswalk(long, short), am.load(long), am.load(short))


@pytest.mark.parametrize(("long", "short"), PAIRS)
def test_items_keep_their_scale_apart_from_two_of_the_wai_sr(long: str, short: str) -> None:
    parent, child, items = am.load(long), am.load(short), crosswalk(long, short).items
    moved = {
        item
        for scale in ("task", "bond", "goal")
        if scale in child.scales
        for item in child.scale_items(scale)
        if items[item] not in parent.scale_items(scale)
    }
    assert moved == ({1, 8} if short == "wai-sr-client" else set())


def test_the_wai_s_by_hand(answers: pd.DataFrame) -> None:
    short = shorten(answers, "wai-36-client", "wai-s-client")
    assert list(short.columns) == list(range(1, 13))
    assert short.index.equals(answers.index)
    scores = am.score(short, "wai-s-client")
    q = answers.loc[100]
    assert scores.loc[100, "goal"] == (8 - q["q12"]) + q["q22"] + (8 - q["q27"]) + q["q32"]
    assert scores.loc[100, "task"] == q["q2"] + q["q4"] + q["q24"] + q["q35"]
    assert scores.loc[100, "bond"] == q["q8"] + q["q21"] + q["q23"] + q["q26"]


def test_another_range_of_answers_is_refused_unless_asked_for(answers: pd.DataFrame) -> None:
    words = r"whole numbers from 1 to 7, wai-sr-client in whole numbers from 1 to 5.*answer_range="
    with pytest.raises(am.ResponseError, match=words):
        shorten(answers, "wai-36-client", "wai-sr-client")
    kept = shorten(answers, "wai-36-client", "wai-sr-client", answer_range="keep")
    assert kept[1].equals(answers["q25"].rename(1))
    with pytest.raises(am.ResponseError, match="out-of-range"):
        am.score(kept, "wai-sr-client")


def test_kept_and_rescaled_answers_give_the_same_percent(answers: pd.DataFrame) -> None:
    percent = {}
    for way in ("keep", "rescale"):
        form = short_form("wai-36-client", "wai-sr-client", answer_range=way)
        short = shorten(answers, "wai-36-client", "wai-sr-client", answer_range=way)
        percent[way] = am.standardize(am.score(short, form), form, to="pomp")
    pd.testing.assert_frame_equal(percent["keep"], percent["rescale"])
    assert percent["keep"].loc[103, ["task", "total"]].isna().all()  # item 25 is item 1, of Task
    assert percent["keep"].loc[103, ["bond", "goal"]].notna().all()


def test_a_form_with_changed_answers_borrows_no_published_numbers() -> None:
    form = short_form("wai-36-therapist", "wai-srt-therapist", answer_range="rescale")
    assert form.key.status == "unvalidated"
    assert (form.norms, form.reliability, form.cutoffs) == ((), (), ())
    assert "taken out of wai-36-therapist" in form.title


def test_words_and_bad_answers(answers: pd.DataFrame) -> None:
    words = pd.DataFrame({f"q{item}": [WORDS[item % 7]] for item in range(1, 37)})
    short = shorten(words, "wai-36-client", "wai-s-client")
    assert short.loc[0, 1] == 3  # item 2: Occasionally
    with pytest.raises(am.ResponseError, match=r"column 'q8' \(item 8\): out-of-range"):
        shorten(answers.assign(q8=9), "wai-36-client", "wai-s-client")


def test_unknown_pairs_say_what_there_is() -> None:
    with pytest.raises(
        am.UnknownInstrumentError, match="wai-36-client shortens to wai-sr-client or"
    ):
        crosswalk("wai-36-client", "srs-v3")
    with pytest.raises(am.UnknownInstrumentError, match="none begins there"):
        crosswalk("srs-v3", "wai-sr-client")


GOOD = """schema: 1
crosswalks:
  - long: wai-36-client
    short: wai-s-client
    items: {1: 2, 2: 4}
    evidence: ["None."]
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("{1: 2, 2: 4}", "{1: 2, 2: 2}"), r":5: .*stands twice"),
        (GOOD + GOOD.split("crosswalks:\n")[1], r":8: crosswalks\[1\].short: the same pair again"),
        (GOOD.replace('    evidence: ["None."]\n', ""), r"crosswalks\[0\].evidence: is missing"),
        (GOOD.replace("    items", "    item"), r"crosswalks\[0\].item: unknown key"),
        (GOOD.replace("wai-s-client", "wai-36-client"), r":4: .*a form to itself"),
    ],
)
def test_a_broken_listing_is_refused(text: str, words: str) -> None:
    with pytest.raises(am.DefinitionError, match=words):
        parse_crosswalks(text.encode(), name="list.yaml")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ("{1: 2, 2: 4}", "item 3 of wai-s-client has no parent"),
        ("{99: 2}", "wai-s-client has no item 99"),
        ("{1: 99}", "wai-36-client has no item 99"),
        (
            "{1: 1, 2: 4, 3: 8, 4: 12, 5: 21, 6: 22, 7: 23, 8: 24, 9: 26, 10: 27, 11: 32, 12: 35}",
            "item 1 of wai-s-client and item 1 of wai-36-client are not both reversed",
        ),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(items: str, words: str) -> None:
    text = GOOD.replace("{1: 2, 2: 4}", items)
    (entry,) = parse_crosswalks(text.encode(), name="list.yaml")
    with pytest.raises(am.DefinitionError, match=words):
        check_against(entry, am.load("wai-36-client"), am.load("wai-s-client"))
