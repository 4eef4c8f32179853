"""Cells to answers: labels in any dress, numbers as text, and what is neither."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures.definitions.parts import Response
from alliance_measures.definitions.words import fold
from alliance_measures.scoring.decode import (
    MISSING,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    UNKNOWN_LABEL,
    VALUE,
    Decoder,
)

WAI = am.load("wai-36-client")
DECODER = Decoder(WAI.response)


@pytest.mark.parametrize(
    "cell",
    [
        *("Very often", "VERY OFTEN", "very often", " Very  often ", "Very\toften", "Very\noften"),
        *("Very\u00a0often", "Very\u2003often", "\u00a0very often\u00a0", "\uff36ery often"),
        *("6 - Very often", "6 \u2013 Very often", "6 \u2014 very often", "6\u2212Very often"),
        *("6: Very often", "6. Very often", "6) VERY OFTEN", "6 = Very often", "6 Very often"),
        *("Very often (6)", "very often(6)", "Very often ( 6 )", "6.0 - Very often"),
        *("6", " 6 ", "6.0", "+6", "6.", "06", "6e0", "\uff16", "\u0666"),
        *(6, 6.0, Decimal("6"), Decimal("6.00"), Fraction(6), np.int8(6), np.float32(6)),
    ],
)
def test_six_in_every_dress(cell):
    assert DECODER.cell(cell) == (6.0, VALUE)


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        *((cell, MISSING) for cell in ("", "  ", "\u00a0", "\t\n", None, pd.NA, pd.NaT, np.nan)),
        *((cell, MISSING) for cell in (Decimal("NaN"), Decimal("sNaN"), np.float32("nan"))),
        *((cell, OUT_OF_RANGE) for cell in (0, 8, 6.5, "9", "-6", "1e300", "6.0000001", np.inf)),
        *((cell, OUT_OF_RANGE) for cell in (10**400, Fraction(10**400), Decimal("1e400"))),
        *((cell, NOT_A_NUMBER) for cell in (True, False, np.True_, 6j, np.complex64(6), b"6", [6])),
        *((cell, NOT_A_NUMBER) for cell in (datetime.date(2024, 1, 1), pd.Timestamp(6), (6,))),
        *((cell, NOT_A_NUMBER) for cell in (np.timedelta64(6, "D"), pd.Timedelta(6), {6}, object)),
        *((cell, NOT_A_NUMBER) for cell in ("6,0", "5 - Very often", "6 - Often", "6 7", "0x6")),
        *((cell, UNKNOWN_LABEL) for cell in ("NA", "None", "n/a", "oftn", "Very", "true", "-")),
        *((cell, UNKNOWN_LABEL) for cell in ("Very often (5)", "often often", "six")),
    ],
)
def test_what_is_no_answer(cell, state):
    value, found = DECODER.cell(cell)
    assert found == state
    assert np.isnan(value)


DRESS = st.sampled_from([str.upper, str.lower, str.title, str.swapcase, str])
SPACE = st.sampled_from([" ", "  ", "\u00a0", "\t", " \u2009"])


@pytest.mark.parametrize("name", am.instruments()["id"])
@given(data=st.data())
def test_every_label_of_every_instrument_in_any_case_and_spacing(name, data):
    instrument = am.load(name)
    pairs = instrument.response.label_pairs()
    if not pairs:
        return
    value, label = data.draw(st.sampled_from(pairs))
    cell = data.draw(DRESS)(label).replace(" ", data.draw(SPACE))
    pad = data.draw(SPACE)
    decoder = Decoder(instrument.response)
    assert decoder.text(f"{pad}{cell}{pad}") == (value, VALUE)
    assert decoder.text(f"{value:g} - {cell}") == (value, VALUE)
    assert decoder.text(f"{cell} ({value:g})") == (value, VALUE)


@given(st.text(max_size=20) | st.text("0123456789.-+eE (),:=often", max_size=12))
def test_any_text_is_an_answer_or_a_problem(text):
    value, state = DECODER.text(text)
    assert (state == VALUE) == (value == value)
    assert value != value or value in DECODER.response.allowed


@given(st.floats(allow_nan=False))
def test_numbers_and_their_text_mean_the_same(number):
    for response in (
        WAI.response,
        Response(min=0, max=10, step="any"),
        Response(min=0, max=5, step=0.5),
    ):
        decoder = Decoder(response)
        one, other = decoder.number(number), decoder.text(repr(number))
        if np.isfinite(number):
            assert one == other or (np.isnan(one.value) and one.state == other.state)


def test_labels_of_several_languages():
    response = Response(
        min=0,
        max=1,
        labels={"de": ["Nie", "Größer"], "en": ["Never", "Larger"], "pl": {1: "Zawsze"}},
    )
    decoder = Decoder(response)
    cells = ["nie", "NEVER", "GRÖSSER", "gro\u0308ßer", "larger", "ZAWSZE"]
    assert [decoder.text(cell).value for cell in cells] == [0, 0, 1, 1, 1, 1]


def test_labels_with_dashes_and_quotes():
    response = Response(min=1, max=2, labels={"en": ["Don't know - yet", "Half\u2013half"]})
    decoder = Decoder(response)
    assert decoder.text("don\u2019t know \u2014 yet").value == 1
    assert decoder.text("HALF-HALF").value == 2


def test_folding_is_idempotent():
    for label in ("Straße", "İstanbul", "\u2011x", "Ⅳ", "e\u0301"):
        assert fold(fold(label)) == fold(label)


# whole columns


def frame_with(first: object, n: int) -> pd.DataFrame:
    answers = pd.DataFrame({item: [4] * n for item in WAI.item_ids})
    answers[2] = first
    return answers


def test_ordered_categories_with_gaps_are_read_by_label_not_by_code():
    order = ["Always", "Often", "Never"]
    cells = ["Never", None, "Always", "Often"]
    column = pd.Categorical(cells, categories=order, ordered=True)
    answers = frame_with(column, 4)
    task = am.score(answers, WAI)["task"]
    base = am.score(frame_with([1, 1, 1, 1], 4), WAI)["task"][0]
    assert task.tolist() == pytest.approx([base, np.nan, base + 6, base + 4], nan_ok=True)


def test_unused_categories_are_no_problem():
    column = pd.Categorical(["Never", "Often"], categories=["Never", "nonsense", "Often", "99"])
    assert am.check(frame_with(column, 2), WAI).empty


@pytest.mark.parametrize("dtype", [bool, "boolean", object, "category"])
def test_true_and_false_are_no_numbers(dtype):
    column = pd.Series([True, False], dtype=object).astype(dtype)
    found = am.check(frame_with(column, 2), WAI)
    assert found["problem"].tolist() == ["not-a-number"] * 2


def test_true_beside_one_in_one_column():
    cells = [1, True, np.True_, "1", 1.0, np.False_, 0]
    found = am.check(frame_with(pd.Series(cells, dtype=object), 7), WAI)
    assert found["row"].tolist() == [1, 2, 5, 6]
    assert found["problem"].tolist() == ["not-a-number"] * 3 + ["out-of-range"]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([[1], {2: 3}]),
        pd.Series([10**400, -(10**400)], dtype=object),
        pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02"])),
        pd.to_timedelta(pd.Series([1, 2])),
        pd.Series([1j, 2j]),
        pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
        pd.Series([np.complex128(1), np.timedelta64(1, "D")], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_columns_of_other_things_are_problems_and_no_crash(column):
    found = am.check(frame_with(column, 2), WAI)
    assert found["row"].tolist() == [0, 1]
    assert am.score(frame_with(column, 2), WAI, invalid="missing")["task"].isna().all()


def test_unhashable_cells_beside_sound_ones():
    column = pd.Series([[1], "Often", 3, None, Decimal("sNaN")], dtype=object)
    found = am.check(frame_with(column, 5), WAI)
    assert found["problem"].tolist() == ["not-a-number", "missing", "missing"]
    assert found["row"].tolist() == [0, 3, 4]
