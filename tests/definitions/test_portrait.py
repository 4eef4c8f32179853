"""What print, a notebook and dir() show of an instrument."""

from __future__ import annotations

import pytest

import alliance_measures as am
from alliance_measures.definitions.catalogue import instrument_ids


@pytest.mark.parametrize("name", instrument_ids())
def test_it_fits_a_terminal_and_says_what_one_asks_first(name):
    instrument = am.load(name)
    text = str(instrument)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(f"{name}: ")
    for fact in (f"the {instrument.rater}", instrument.key.status, instrument.licence.item_text):
        assert fact in text
    for scale in instrument.scales:
        low, high = instrument.score_range(scale)
        assert any(
            line.split()[:1] == [scale] and line.endswith(f"{low:g} to {high:g}")
            for line in text.splitlines()
        )


def test_html_escapes_what_a_definition_says(tmp_path):
    from alliance_measures.definitions.reader import parse_definition

    raw = (
        b"schema: 1\nid: x\ntitle: A <b>form</b>\nrater: client\ntarget: relationship\n"
        b"languages: [en]\nsource: {citation: Made up.}\nlicence: {item_text: none-needed}\n"
        b"key: {status: unvalidated, evidence: [made up]}\nresponse: {min: 1, max: 2}\nitems: 2\n"
        b"scales: {total: {items: all}}\n"
    )
    html = parse_definition(raw, name="x.yaml")._repr_html_()
    assert "A &lt;b&gt;form&lt;/b&gt;" in html
    assert "<td>2 to 4</td>" in html


def test_dir_names_the_field_only():
    names = dir(am.load("wai-sr-client"))
    assert {"cite", "items", "scales", "score_range"} <= set(names)
    assert not [name for name in names if name.startswith(("model_", "_", "parse_"))]
    assert {"copy", "dict", "json", "construct", "schema_json", "validate"}.isdisjoint(names)


@pytest.mark.parametrize("room", ["sessions", "change", "psychometrics", "exchange"])
def test_rooms_show_their_public_names_only(room):
    module = getattr(am, room)
    assert dir(module) == sorted(module.__all__)
    for name in dir(module):
        assert type(getattr(module, name)).__name__ != "module"


@pytest.mark.parametrize(
    "ask",
    [
        lambda wai: wai.scale_items("Task"),
        lambda wai: wai.score_range("tasks"),
        lambda wai: wai.missing_rule("TASK"),
        lambda wai: wai.reversed_items("Task"),
    ],
)
def test_a_scale_nearly_named_is_offered(ask):
    with pytest.raises(
        am.UnknownNameError, match=r"wai-sr-client has no scale .* did you mean 'task'"
    ):
        ask(am.load("wai-sr-client"))


def test_what_cannot_be_a_name():
    with pytest.raises(am.UnknownNameError, match="did you mean 'task'"):
        am.load("wai-sr-client").scale(["task"])


def test_cite():
    wai = am.load("wai-sr-client")
    assert "Hatcher" in wai.cite()
    assert wai.cite("bibtex").startswith("@article{wai-sr-client,")
    with pytest.raises(ValueError, match="apa, bibtex"):
        wai.cite("mla")
