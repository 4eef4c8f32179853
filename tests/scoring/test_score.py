"""Laws of scoring, and every score against a second, slow scorer."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import PRORATE, made_up
from slow_scorer import EVERY, MADE_UP, ONE_RANGE, SHIPPED, random_sheets, score_slowly

import alliance_measures as am
from alliance_measures.errors import ColumnError, ResponseError
from alliance_measures.scoring import score as module

SEEDS = st.integers(0, 2**32 - 1)
SHARES = st.sampled_from([0.0, 0.05, 0.2, 0.5, 0.95])
every = pytest.mark.parametrize("instrument", EVERY.values(), ids=EVERY)
one_range = pytest.mark.parametrize("instrument", ONE_RANGE.values(), ids=ONE_RANGE)
TYPICAL = ("wai-36-client", "care", "srs-v3", "sdm-q-9", "collaborate-10", "relationship-check-in")
shipped = pytest.mark.parametrize("instrument", SHIPPED.values(), ids=SHIPPED)


def named(sheets: pd.DataFrame) -> pd.DataFrame:
    return sheets.rename(columns=lambda item: f"q{item}")


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-9)


def answered_only(instrument: am.Instrument, sheets: pd.DataFrame) -> pd.DataFrame:
    """The sheets without codes: numbers, NaN where none."""
    plain = {}
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        codes = (*response.not_applicable, *response.not_scored)
        plain[item] = [None if cell in codes else cell for cell in sheets[item]]
    return pd.DataFrame(plain, index=sheets.index).astype(float)


# the laws


@one_range
@settings(max_examples=7)
@given(seed=SEEDS, missing=SHARES, rule=st.sampled_from([None, 0.5, 0.8, 1.0, 1, 3, 2 / 3, 0.01]))
def test_scores_equal_those_of_the_slow_scorer(instrument, seed, missing, rule):
    sheets = random_sheets(instrument, seed, missing=missing)
    if isinstance(rule, float) and rule == 2 / 3:
        rule = 0.6666666666666666
    if isinstance(rule, int):  # more than a scale has is an error
        rule = min(rule, max(len(instrument.scale_items(scale)) for scale in instrument.scales))
    found = am.score(named(sheets), instrument, columns="q{item}", min_answered=rule)
    if rule == 0.6666666666666666:
        # two thirds are meant: the slow scorer takes the digits as they stand, a hair less
        expected = score_slowly(instrument, sheets, 0.666666666)
    else:
        expected = score_slowly(instrument, sheets, rule)
    same(found, expected)


@one_range
@settings(max_examples=5)
@given(seed=SEEDS, missing=SHARES)
def test_scores_lie_inside_their_range(instrument, seed, missing):
    sheets = random_sheets(instrument, seed, missing=missing)
    scores = am.score(sheets, instrument, min_answered=1)
    for scale in instrument.scales:
        low, high = instrument.score_range(scale)
        assert scores[scale].dropna().between(low - 1e-9, high + 1e-9).all()


@one_range
@settings(max_examples=5)
@given(seed=SEEDS, missing=SHARES)
def test_reversing_all_answers_mirrors_every_score(instrument, seed, missing):
    sheets = answered_only(instrument, random_sheets(instrument, seed, missing=missing))
    turned = sheets.copy()
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        turned[item] = np.round(response.low + response.high - sheets[item], 10)
    one = am.score(sheets, instrument, min_answered=0.5)
    other = am.score(turned, instrument, min_answered=0.5)
    for scale, definition in instrument.scales.items():
        if definition.method != "top":
            low, high = instrument.score_range(scale)
            np.testing.assert_allclose(other[scale], low + high - one[scale], rtol=0, atol=1e-8)


@every
@settings(max_examples=5)
@given(seed=SEEDS, data=st.data())
def test_the_order_of_rows_and_columns_does_not_count(instrument, seed, data):
    sheets = named(random_sheets(instrument, seed))
    rows = data.draw(st.permutations(range(len(sheets))))
    columns = data.draw(st.permutations(list(sheets.columns)))
    scores = am.score(sheets, instrument, columns="q{item}")
    moved = am.score(sheets.iloc[rows][columns], instrument, columns="q{item}")
    pd.testing.assert_frame_equal(moved, scores.iloc[rows], check_exact=True)


@every
@settings(max_examples=5)
@given(seed=SEEDS, cut=st.integers(0, 12))
def test_scores_of_a_whole_are_the_scores_of_its_parts(instrument, seed, cut):
    sheets = random_sheets(instrument, seed)
    parts = [am.score(part, instrument) for part in (sheets.iloc[:cut], sheets.iloc[cut:])]
    whole = am.score(sheets, instrument)
    pd.testing.assert_frame_equal(pd.concat(parts), whole, check_exact=True)


@one_range
@settings(max_examples=5)
@given(seed=SEEDS, missing=SHARES, one=st.integers(1, 100), other=st.integers(1, 100))
def test_a_stricter_rule_never_scores_more(instrument, seed, missing, one, other):
    sheets = random_sheets(instrument, seed, missing=missing)
    loose, strict = sorted((one, other))
    longest = max(len(instrument.scale_items(scale)) for scale in instrument.scales)
    for rules in ((loose / 100, strict / 100), (min(loose, longest), min(strict, longest))):
        few, many = (am.score(sheets, instrument, min_answered=rule) for rule in reversed(rules))
        assert (few.isna() | many.notna()).all(axis=None)
        both = few.notna()
        pd.testing.assert_frame_equal(few[both], many.where(both), check_exact=True)


@every
def test_constant_answers(instrument):
    responses = [instrument.response_of(item) for item in instrument.item_ids]
    for bound in ("low", "high"):
        row = [getattr(response, bound) for response in responses]
        sheets = pd.DataFrame([row], columns=list(instrument.item_ids))
        same(am.score(sheets, instrument), score_slowly(instrument, sheets))


@one_range
def test_sheets_without_an_answer_have_no_score(instrument):
    sheets = pd.DataFrame(np.nan, index=range(3), columns=list(instrument.item_ids))
    assert am.score(sheets, instrument, min_answered=1).isna().all(axis=None)
    details = am.score(sheets, instrument, details=True)
    assert (details.filter(like="_answered") == 0).all(axis=None)


# one table in many forms

FORMS = {
    "float64 by rows": lambda f: pd.DataFrame(
        np.ascontiguousarray(f.astype(float)), columns=f.columns, index=f.index
    ),
    "float64 by columns": lambda f: pd.DataFrame(
        np.asfortranarray(f.astype(float)), columns=f.columns, index=f.index
    ),
    "float32": lambda f: f.astype(np.float32),
    "Float64": lambda f: f.astype(float).astype("Float64"),
    "object": lambda f: f,
    "text": lambda f: f.map(lambda cell: None if cell is None else f" {cell} ").astype(object),
    "str": lambda f: f.map(lambda cell: None if cell is None else str(cell)).astype("str"),
    "string": lambda f: f.map(lambda cell: None if cell is None else str(cell)).astype("string"),
    "category": lambda f: f.astype("category"),
    "category of text": lambda f: f.map(lambda c: None if c is None else str(c)).astype("category"),
    "Decimal": lambda f: f.map(lambda cell: None if cell is None else Decimal(str(cell))),
    "mixed": lambda f: f.map(
        lambda cell: pd.NA if cell is None else str(cell) if cell == 1 else Decimal(str(cell))
    ),
}
WHOLE_FORMS = {
    "Int8": lambda f: f.astype(float).astype("Int8"),
    "Int64": lambda f: f.astype(float).astype("Int64"),
    "Float32": lambda f: f.astype(float).astype("Float32"),
}


@cache
def sample(name: str, seed: int, missing: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    sheets = random_sheets(EVERY[name], seed, rows=30, missing=missing)
    return sheets, score_slowly(EVERY[name], sheets)


@pytest.mark.parametrize("form", [*FORMS, *WHOLE_FORMS])
@pytest.mark.parametrize("name", [*MADE_UP, *TYPICAL])
def test_the_type_of_the_columns_does_not_count(name, form):
    instrument = EVERY[name]
    responses = [instrument.response_of(item) for item in instrument.item_ids]
    small = all(
        r.allowed and all(abs(a) <= 127 and a == int(a) for a in r.allowed) for r in responses
    )
    if (form in WHOLE_FORMS or form == "float32") and not small:
        pytest.skip("this type does not hold the answers")
    for seed, missing in ((1, 0.3), (2, 0.0)):
        sheets, expected = sample(name, seed, missing)
        answers = {**FORMS, **WHOLE_FORMS}[form](sheets.copy())
        same(am.score(answers, instrument), expected)


@pytest.mark.parametrize("dtype", ["int64[pyarrow]", "double[pyarrow]", "string[pyarrow]"])
def test_arrow_columns(dtype):
    pytest.importorskip("pyarrow")
    instrument = MADE_UP["counts-as-missing"]
    sheets = random_sheets(instrument, 3, rows=40)
    if dtype.startswith("string"):
        answers = sheets.map(lambda cell: None if cell is None else str(cell)).astype(dtype)
    else:
        answers = sheets.astype("Int64").astype(dtype)
    same(am.score(answers, instrument), score_slowly(instrument, sheets))


@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "int64", "uint8", "uint64", "float16", ">i4", ">f8"]
)
def test_plain_numbers_of_every_size(dtype):
    instrument = SHIPPED["wai-36-client"]
    sheets = random_sheets(instrument, 4, rows=30, missing=0)
    same(am.score(sheets.astype(dtype), instrument), score_slowly(instrument, sheets))


@pytest.mark.parametrize(
    "number", [257, 256 + 3, -253, 2**32 + 3, 2**53 + 1, 1e300, np.inf, 3.5, 0, 8]
)
@pytest.mark.parametrize("dtype", ["int64", "float64", "object", "str", "Int64", "Float64"])
def test_no_number_wraps_round_or_is_cut_into_the_range(number, dtype):
    if isinstance(number, float) and dtype in ("int64", "Int64"):
        pytest.skip("no whole number")
    answers = pd.DataFrame({item: pd.Series([3, 3]) for item in range(1, 37)})
    answers[5] = pd.Series([3, number], dtype=object).astype(dtype)
    with pytest.raises(ResponseError, match=r"column 5 \(item 5\): .*, 1 answer, row 1;"):
        am.score(answers, "wai-36-client")
    scores = am.score(answers, "wai-36-client", invalid="missing")
    assert scores["task"].notna().all()
    assert scores["bond"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "cell", [2.9999999999999996, 3.0000000001, "2.9999999999", Decimal("3.0000001")]
)
@pytest.mark.parametrize("dtype", [None, "category"])
def test_nearly_whole_answers_are_refused_not_cut_or_dropped(cell, dtype):
    answers = pd.DataFrame({item: pd.Series([3, 3]) for item in range(1, 13)})
    answers[1] = pd.Series([3, cell], dtype=dtype or (float if isinstance(cell, float) else object))
    with pytest.raises(ResponseError, match=r"item 1\): out-of-range, 1 answer, row 1; "):
        am.score(answers, "wai-sr-client")
    assert am.check(answers, "wai-sr-client")["problem"].tolist() == ["out-of-range"]


def test_fractions_of_a_step_meet_the_answer_whatever_their_last_digit():
    instrument = MADE_UP["tenths"]
    noisy = [0.1 + 0.2, 1 - 0.9, 0.7 + 0.1, 1.0000000000000002]
    for cells in (noisy, [str(cell) for cell in noisy], [Decimal(cell) for cell in noisy]):
        answers = pd.DataFrame([cells], columns=[1, 2, 3, 4])
        assert am.score(answers, instrument)["total"].tolist() == pytest.approx([2.2], abs=1e-12)
        assert am.check(answers, instrument).empty


def test_scattered_and_masked_rubbish_does_not_count():
    values = np.array([[1, 99, 3], [2, 5, 77]], dtype=np.int8)
    mask = np.array([[False, True, False], [False, False, True]])
    columns = {
        item: pd.arrays.IntegerArray(values[:, item - 1].copy(), mask[:, item - 1].copy())
        for item in (1, 2, 3)
    }
    instrument = made_up(items=3, missing={**PRORATE, "max_missing": 1})
    assert am.score(pd.DataFrame(columns), instrument)["total"].tolist() == [6.0, 10.5]
    floats = pd.arrays.FloatingArray(np.array([1.0, np.nan, 2.0]), np.array([False, False, True]))
    answers = pd.DataFrame({1: floats, 2: [1.0] * 3, 3: [1.0] * 3})
    assert am.score(answers, instrument)["total"].tolist() == [3.0, 3.0, 3.0]


def test_columns_that_are_numbers_are_named_plainly():
    answers = pd.DataFrame([[9] * 12], columns=np.arange(1, 13))
    with pytest.raises(ResponseError, match=r"\ncolumn 4 \(item 4\): out-of-range"):
        am.score(answers, "wai-sr-client")


# chunks and threads


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 1000])
@pytest.mark.parametrize(
    "name", ["wai-36-client", "care", "leaves-denominator", "whole-form", "top"]
)
def test_borders_of_chunks_and_threads_do_not_count(name, size):
    instrument = EVERY[name]
    sheets, expected = sample(name, 5, 0.2)
    words = sheets.map(lambda cell: "" if cell is None else str(cell)).astype("category")
    forms = [sheets, sheets.astype(float), sheets.astype("Int8"), words]
    for answers in forms:
        with mock.patch.object(module, "CHUNK", size):
            for threads in (1, 2, 3):
                found = am.score(answers, instrument, threads=threads, details=True)
                same(found[list(instrument.scales)], expected)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("threads", [1, 3])
def test_problems_are_merged_over_chunks(size, threads):
    answers = pd.DataFrame({f"q{item}": [3.0] * 20 for item in range(1, 13)})
    answers.loc[[2, 3, 5, 7, 11, 13, 17], "q4"] = 9
    answers.loc[[19], "q2"] = 0.5
    with mock.patch.object(module, "CHUNK", size), pytest.raises(ResponseError) as caught:
        am.score(answers, "wai-sr-client", threads=threads)
    lines = sorted(caught.value.problems)
    assert len(lines) == 2
    assert "column 'q2' (item 2): out-of-range, 1 answer, row 19;" in lines[0]
    assert "(item 4): out-of-range, 7 answers, rows 2, 3, 5, 7, 11 and 2 more;" in lines[1]


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_must_be_some(threads):
    answers = pd.DataFrame({item: [3] for item in range(1, 13)})
    with pytest.raises(ValueError, match="threads must be at least 1"):
        am.score(answers, "wai-sr-client", threads=threads)


def test_items_with_different_ranges_are_not_prorated():
    instrument = MADE_UP["several-responses"]
    answers = pd.DataFrame([[5, 10, 0.5, 3], [5, None, 0.5, 3]], columns=[1, 2, 3, 4])
    scores = am.score(answers, instrument)
    assert scores["total"].tolist() == pytest.approx([5 + 0 + 0.5 - 3, np.nan], nan_ok=True)
    assert am.score(answers, instrument, min_answered=1.0).equals(scores)
    with pytest.raises(ValueError, match="the items of total have different ranges"):
        am.score(answers, instrument, min_answered=0.5)


# the frame that comes out


def sheet_of(instrument: str = "wai-sr-client", rows: int = 2) -> pd.DataFrame:
    return random_sheets(SHIPPED[instrument], 6, rows=rows, missing=0).astype(int)


@shipped
def test_the_frame_is_never_changed(instrument):
    for form in ("object", "float64 by rows", "float64 by columns", "Float64", "category"):
        answers = FORMS[form](random_sheets(instrument, 7))
        before = answers.copy(deep=True)
        scores = am.score(answers, instrument, min_answered=1, details=True)
        scores[:] = -1
        pd.testing.assert_frame_equal(answers, before, check_exact=True)


@pytest.mark.parametrize("dtype", ["float64", "object", "Int8", "category", "str"])
def test_an_empty_table(dtype):
    answers = pd.DataFrame({item: pd.Series([], dtype=dtype) for item in range(1, 13)})
    answers["id"] = pd.Series([], dtype=object)
    for threads in (None, 1, 2):
        scores = am.score(answers, "wai-sr-client", keep=["id"], details=True, threads=threads)
        assert scores.shape == (0, 9)
    assert am.check(answers, "wai-sr-client").empty


def test_the_index_is_kept_whatever_it_is():
    answers = sheet_of(rows=4)
    indexes = [
        pd.Index([7, 7, 7, 1]),
        pd.Index(["b", "a", "b", None]),
        pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["client", "session"]),
        pd.date_range("2024-01-01", periods=4),
    ]
    for index in indexes:
        framed = answers.set_axis(index).assign(note="n")
        scores = am.score(framed, "wai-sr-client", keep=["note"])
        pd.testing.assert_index_equal(scores.index, index)
        assert scores["task"].tolist() == am.score(answers, "wai-sr-client")["task"].tolist()


def test_kept_columns_come_first_and_unchanged():
    answers = sheet_of().assign(client=pd.Categorical(["a", "b"]), session=[1, 2])
    scores = am.score(answers, "wai-sr-client", keep=["session", "client"], details=True)
    assert list(scores) == [
        *("session", "client", "task", "bond", "goal", "total"),
        *("task_answered", "bond_answered", "goal_answered", "total_answered"),
    ]
    pd.testing.assert_series_equal(scores["client"], answers["client"])
    assert next(iter(am.score(answers, "wai-sr-client", keep="client"))) == "client"
    assert scores["total_answered"].tolist() == [12, 12]


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (["task"], "the kept columns task have the names of scores of wai-sr-client; rename"),
        (["task_answered"], "the kept columns task_answered have the names"),
        (["client", "client"], "keep names a column twice"),
        (["clent"], "the answer table lacks the column 'clent'; did you mean 'client'"),
        (["double"], "holds the column 'double' 2 times"),
    ],
)
def test_keeping_what_cannot_be_kept(keep, words):
    answers = sheet_of().assign(client=1, task=2, task_answered=3)
    answers = pd.concat([answers, pd.DataFrame([[1, 2]] * 2, columns=["double"] * 2)], axis=1)
    with pytest.raises(ColumnError) as caught:
        am.score(answers, "wai-sr-client", keep=keep, details=True)
    assert words in str(caught.value)


def test_wrong_options():
    answers = sheet_of()
    with pytest.raises(ValueError, match="invalid must be 'raise' or 'missing'"):
        am.score(answers, "wai-sr-client", invalid="ignore")
    for wrong in (0, -1, 0.0, 1.5, True, False, float("nan"), -0.5):
        with pytest.raises(ValueError, match="min_answered must be a share above 0"):
            am.score(answers, "wai-sr-client", min_answered=wrong)
    with pytest.raises(am.UnknownInstrumentError):
        am.score(answers, "wai")


# states of answers


def test_not_applicable_counts_as_missing_up_to_the_cap():
    care = SHIPPED["care"]
    sheets = pd.DataFrame([[5] * 8 + [0, 0], [5] * 7 + [0] * 3, [5] * 8 + [0, None]], dtype=object)
    scores = am.score(sheets.set_axis(range(1, 11), axis=1), care, details=True)
    assert scores["total"].tolist() == pytest.approx([50, np.nan, 50], nan_ok=True)
    assert scores["total_answered"].tolist() == [8, 7, 8]


def test_not_applicable_leaves_the_denominator():
    instrument = MADE_UP["leaves-denominator"]
    rows = [
        [5, 1, 5, 8, 8, 5],  # two do not apply: the mean of four, times six
        [5, 1, 8, 8, 8, 5],  # three do not apply: more than the cap
        [5, 1, 5, 9, 8, 5],  # one is not scored: it stays in the denominator
        [None, None, 5, 8, 8, 5],  # two of four
        [None, None, None, 8, 8, 5],  # one of four
        [5, 1, 5, 8, 8, 8],  # the scale of its own has nothing left
        [5, 1, 5, 8, 8, 9],
    ]
    scores = am.score(pd.DataFrame(rows, columns=range(1, 7), dtype=object), instrument)
    expected = [30, np.nan, 30, 30, np.nan, np.nan, 30]
    np.testing.assert_allclose(scores["sum"], expected)
    np.testing.assert_allclose(scores["own"], [15, 15, np.nan, 15, 15, np.nan, np.nan])


def test_words_for_codes_and_their_problems():
    instrument = MADE_UP["leaves-denominator"]
    sheets = pd.DataFrame([["Does  not APPLY", 9, "9", 8.0, "8", None]], columns=range(1, 7))
    problems = am.check(sheets.astype(object), instrument)["problem"].tolist()
    assert problems == [
        *("not-applicable", "not-scored", "not-scored", "not-applicable", "not-applicable"),
        "missing",
    ]


def test_codes_in_quotes_are_numbers_too():
    instrument = made_up(
        response={"min": 1, "max": 5, "not_applicable": ["8"], "not_scored": [9]},
        missing={"not_applicable": "counts-as-missing"},
    )
    sheets = pd.DataFrame([[8, "8", 8.0, "8.0"]], columns=[1, 2, 3, 4], dtype=object)
    assert am.check(sheets, instrument)["problem"].tolist() == ["not-applicable"] * 4


@pytest.mark.parametrize("missing", [0, 1, 2, 3, 4])
def test_a_limit_for_the_whole_form_counts_missing_answers_alone(missing):
    instrument = MADE_UP["whole-form"]
    sheet = [3, 3, 3, 3, 3, *([None] * missing), *([9] * (3 - missing))][:8]
    answers = pd.DataFrame([sheet], columns=range(1, 9), dtype=object)
    assert am.score(answers, instrument)["one"].notna().item() is (min(missing, 3) <= 3)
    answers.loc[0, 1] = None
    assert am.score(answers, instrument)["one"].notna().item() is (missing <= 2)
