"""The last number of a name: the same parts as the pattern that says it, without its cost."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures.definitions.words import last_number

PATTERN = re.compile(r"(.*?)0*([1-9]\d{0,3})(\D*)", re.DOTALL)
NAMES = st.text("0019a_-\n \u0663", max_size=14) | st.text(max_size=12)


@settings(max_examples=2000)
@given(NAMES)
def test_the_parts_are_those_of_the_pattern(name: str) -> None:
    match = PATTERN.fullmatch(name)
    assert last_number(name) == (None if match is None else match.groups())


def test_zeros_without_end_are_split_at_once() -> None:
    assert last_number("q" + "0" * 200_000) is None
    assert last_number("q" + "0" * 200_000 + "7b") == ("q", "7", "b")
