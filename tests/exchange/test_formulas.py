"""What a spreadsheet would execute is escaped on writing and comes back on reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.exchange.formulas import escape, unescape

TEXTS = st.text("'=+-@\t\r\n\0 ;\u200b\u00a0ab1.e\uff1d", max_size=8) | st.text(max_size=20)


@settings(max_examples=500)
@given(TEXTS)
def test_unescape_undoes_escape(text):
    assert unescape(escape(text)) == text


@settings(max_examples=300)
@given(TEXTS, TEXTS)
def test_different_texts_stay_different(one, other):
    assert (escape(one) == escape(other)) == (one == other)


@settings(max_examples=300)
@given(TEXTS)
def test_nothing_escaped_begins_like_a_formula(text):
    escaped = escape(text)
    first = escaped.lstrip()[:1]
    number = escaped == text and first in ("+", "-")
    assert first not in ("=", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert escaped[:1] not in ("\t", "\r", "\n", "\0")
    if first in ("+", "-"):
        assert number
        float(escaped)


@pytest.mark.parametrize("text", ["-3.2", "+5", "-1e5", "-.5", "3", "0", "-3.", "1e-9"])
def test_numbers_are_never_escaped(text):
    assert escape(text) == unescape(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd",
        "-a",
        "@x",
        "\r",
        "\0",
        "  =1",
        "\u00a0@x",
        "-3.2-4",
        "-",
        "--1",
    ],
)
def test_formulas_are_escaped(text):
    assert escape(text) == "'" + text


@pytest.mark.parametrize("text", ["plain", "it's", "'tis", "a=b", "", " ", "3-4", "|x"])
def test_plain_text_is_left_alone(text):
    assert escape(text) == unescape(text) == text
