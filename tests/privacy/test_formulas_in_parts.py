"""Formulas that begin in the middle of a cell or behind characters that nobody sees."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import read_export
from alliance_measures.exchange import open_text, write_table
from alliance_measures.exchange.formulas import escape, unescape

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u208c\ufb29"
UNSEEN = "\u200b\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c\u034f\ufe0f\U000e0001"
ODD = st.text("'" + SIGNS[:6] + UNSEEN[:5] + ";,\t\r\n\0 ab1.", max_size=9)


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_sees_does_not_hide_a_formula(unseen: str) -> None:
    assert escape(f"{unseen}=1+1") == f"'{unseen}=1+1"
    assert escape(f"x;{unseen} =1+1") == f"x;'{unseen} =1+1"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("mark", [";", "\t", "\n", "\r", "\r\n", "; "])
def test_every_part_is_escaped(sign: str, mark: str) -> None:
    written = escape(f"x{mark}{sign}cmd")
    assert re.fullmatch(rf"x{mark.strip(' ')}' ?{re.escape(sign)}cmd", written)
    assert unescape(written) == f"x{mark}{sign}cmd"


@pytest.mark.parametrize("text", ["1;-3.2", "a;b=c", "a;-3\n+4", "yes, - but", "a\tb", "\n\tx"[2:]])
def test_numbers_and_plain_parts_are_left_alone(text: str) -> None:
    assert escape(text) == text


@settings(max_examples=1000)
@given(ODD, ODD)
def test_every_text_comes_back_and_stays_different(one: str, other: str) -> None:
    assert unescape(escape(one)) == one
    assert (escape(one) == escape(other)) == (one == other)


@settings(max_examples=500)
@given(ODD)
def test_no_part_begins_like_a_formula(text: str) -> None:
    for part in re.split(r"[;\t\r\n]", escape(text)):
        bare = part.strip(UNSEEN + " \0")
        if bare[:1] in set(SIGNS):
            float(bare.replace("\0", ""))  # nothing but a number may


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    texts = ["x;=1+1", "\u200b=1", "\uff1d1", "it's;'=1", "plain", "a, b", "tab\t=1", "1;-3"]
    frame = pd.DataFrame({"client": [f"C{n}" for n in range(len(texts))], "note": texts})
    for name in ("t.csv", "t.tsv"):
        write_table(frame, tmp_path / name)
        (read,) = open_text(tmp_path / name).chunks()
        assert read["note"].tolist() == texts
    write_table(frame, tmp_path / "t.xlsx")
    assert read_export(tmp_path / "t.xlsx").data["note"].tolist() == texts
    line = (tmp_path / "t.csv").read_text().splitlines()[1]
    assert line == "C0,x;'=1+1"


def test_a_comma_in_a_cell_of_a_tab_file_is_quoted(tmp_path: Path) -> None:
    write_table(pd.DataFrame({"note": ["x,=1+1"], "n": [1]}), tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == 'note\tn\n"x,=1+1"\t1\n'
