"""Wording that a user is licensed to use, from a file of their own."""

from __future__ import annotations

import pandas as pd
import pytest

import alliance_measures as am

FILE = """schema: 1
instrument: sai-client
permission: "A licence made up for this test."
texts:
  en: {1: one, 2: two, 3: three, 4: four, 5: five, 6: six}
  sv: {1: ett, 2: två, 3: tre, 4: fyra, 5: fem, 6: sex}
"""


@pytest.fixture
def overlay(tmp_path):
    def write(text: str):
        path = tmp_path / "wording.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_wording_joins_the_key(overlay) -> None:
    plain = am.load("sai-client")
    worded = am.with_texts("sai-client", overlay(FILE))
    assert worded.item(2).text == {"en": "two", "sv": "två"}
    assert worded.languages == ("en", "sv")
    assert worded.licence.item_text == "included"
    assert "made up for this test" in worded.licence.note
    assert worded.licence.holder == plain.licence.holder
    assert not any(item.text for item in am.load("sai-client").items)
    answers = pd.DataFrame([[3, 4, 5, 0, 1, 2]], columns=[f"q{item}" for item in range(1, 7)])
    pd.testing.assert_frame_equal(am.score(answers, worded), am.score(answers, plain))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sai-client", "dwai", r":2: instrument: is another instrument; must be sai-client"),
        ("6: six}", "6: six, 7: seven}", r":5: texts.en\[7\]: sai-client has no item 7"),
        ("5: five, 6: six}", "5: five}", r":5: texts.en: has no text for item 6"),
        ("two", '""', r":5: texts.en\[2\]: is empty"),
        ("  sv:", "  Swedish!:", r":6: .*does not have the form"),
        ('permission: "A licence made up for this test."\n', "", r"permission: is missing"),
        ("texts:", "text:", r"text: unknown key"),
        ("schema: 1", "schema: 2", r":1: schema: must be 1"),
    ],
)
def test_a_wrong_overlay_is_refused_with_its_line(overlay, old, new, words) -> None:
    assert old in FILE
    with pytest.raises(am.DefinitionError, match=words):
        am.with_texts("sai-client", overlay(FILE.replace(old, new, 1)))


def test_no_text_is_repeated_in_an_error(overlay) -> None:
    with pytest.raises(am.DefinitionError) as caught:
        am.with_texts("sai-client", overlay(FILE.replace("6: six}", "6: six, 7: secret words}")))
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(am.DefinitionError, match="cannot be read"):
        am.with_texts("sai-client", tmp_path / "none.yaml")
