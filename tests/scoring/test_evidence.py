"""Value labels are evidence: held against the definition's labels before any score."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from cli_runner import alliance

import alliance_measures as am
from alliance_measures.labelled_array import LabelledArray, LabelledDtype
from alliance_measures.value_labels import Labels, labelled_cells, labelled_sets

WORDS = ["Seldom", "Sometimes", "Fairly often", "Very often", "Always"]
ITEMS = range(1, 13)
SAME = dict(enumerate(WORDS, start=1))
TURNED = dict(enumerate(WORDS[::-1], start=1))


def numbers(values, words, name="q"):
    array = LabelledArray(np.array(values, dtype=float), LabelledDtype(Labels(words)))
    return pd.Series(array, name=name)


def sheet(values, words_of):
    return pd.DataFrame({f"wai_{i}": numbers(values, words_of(i)) for i in ITEMS})


@pytest.fixture
def stata(tmp_path):
    path = tmp_path / "m.dta"
    answers = pd.Categorical(["Always", "Sometimes"], categories=WORDS, ordered=True)
    pd.DataFrame({f"wai_{i}": answers for i in ITEMS}).to_stata(path, write_index=False)
    return path


def test_categories_that_pandas_wrote_to_stata_are_scored_by_their_words(stata) -> None:
    export = am.read_export(stata)
    for given in (export, export.data):
        with pytest.warns(am.AnswersWarning, match=r"12 items .*'Seldom' is 1 here and 0 in the f"):
            assert am.score(given, "wai-sr-client")["total"].tolist() == [60, 24]
    assert am.score(export, "wai-sr-client", answers_by="label")["total"].tolist() == [60, 24]
    assert am.compare_labels(export, "wai-sr-client")["verdict"].eq("moved").all()
    with pytest.warns(am.AnswersWarning):
        assert (
            am.psychometrics.reliability_of(export, "wai-sr-client", problems="note").shape[0] == 4
        )
    done = alliance("score", str(stata), "-i", "wai-sr-client")
    assert done.code == 0
    assert done.out.splitlines()[1:] == ["20.0,20.0,20.0,60.0", "8.0,8.0,8.0,24.0"]
    assert "the definition's words on other numbers" in done.err


STEPS = {
    "filter": lambda d: d[d["client"] == "a"],
    "merge": lambda d: d.merge(pd.DataFrame({"client": ["a", "b"], "site": [1, 2]}), how="left"),
    "outer merge": lambda d: d.merge(pd.DataFrame({"client": ["a", "z"]}), how="outer").head(2),
    "concat": lambda d: pd.concat([d, d]),
    "concat with a column fewer": lambda d: pd.concat([d, d[["client"]]]).head(2),
    "copy": copy.deepcopy,
    "pickle": lambda d: pickle.loads(pickle.dumps(d)),
    "sort": lambda d: d.sort_values("wai_1"),
    "reindex": lambda d: d.reset_index(drop=True).reindex([1, 0]),
    "object": lambda d: d.astype(object),
    "missing put in": lambda d: d.assign(wai_2=d["wai_2"].where(d["client"] == "a")),
    "where": lambda d: d.where(d.notna(), None),
    "groupby": lambda d: d.groupby("client", as_index=False).first(),
    "set_index": lambda d: d.set_index("client"),
    "to_numeric": lambda d: d.assign(wai_1=pd.to_numeric(d["wai_1"])),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("text", [False, True])
def test_the_words_stay_with_the_cells_through_steps_of_pandas(step: str, text: bool) -> None:
    frame = sheet([5.0, 2.0], lambda i: TURNED)
    if text:
        cells = {n: labelled_cells(["5", "2"], Labels(TURNED)) for n in frame}
        frame = pd.DataFrame(cells, dtype=object)
        if step == "to_numeric":
            pytest.skip("a conversion of text: the docs say that it ends the labels")
    moved = STEPS[step](frame.assign(client=["a", "b"]))
    renamed = moved.rename(columns=lambda name: name.replace("wai_", "item"))
    for given in (moved, renamed):
        with pytest.raises(am.ResponseError, match="answers_by='label' scores the words"):
            am.score(given, "wai-sr-client")
    found = am.score(moved, "wai-sr-client", answers_by="label")["total"]
    assert set(found.dropna()) <= {12.0, 48.0}
    assert found.notna().any()


def test_numbers_behave_as_numbers() -> None:
    column = numbers([1, 2, np.nan], SAME)
    assert (6 - column).tolist()[:2] == [5, 4]
    assert (column + column).dtype == np.float64
    assert (column == 1).tolist() == [True, False, False]
    assert [column.mean(), column.min(), column.sum(), column.median()] == [1.5, 1, 3, 1.5]
    assert column.describe()["count"] == 2
    assert column.value_counts().tolist() == [1, 1]
    assert column.astype(float).dtype == np.float64
    assert labelled_sets(column.map({1: 5, 2: 4})) is None
    frame = pd.DataFrame({"q": column})
    assert list(frame.select_dtypes("number")) == ["q"]
    assert frame.to_csv().splitlines() == [",q", "0,1.0", "1,2.0", "2,"]


def test_numbers_put_in_after_reading_are_not_taken_for_the_files_own() -> None:
    frame = sheet([0.0, 4.0], lambda i: dict(enumerate(WORDS)))
    frame = frame.replace({0: 1, 4: 5})
    with pytest.raises(am.ResponseError, match="labels say"):
        am.score(frame, "wai-sr-client")
    assert am.score(frame, "wai-sr-client", answers_by="code")["total"].tolist() == [12, 60]


def test_two_files_with_other_numbers_joined_keep_their_own_words() -> None:
    first, second = sheet([5.0], lambda i: SAME), sheet([5.0], lambda i: TURNED)
    for both in (pd.concat([first, second]), pd.concat([first.astype(object), second])):
        with pytest.raises(am.ResponseError, match=r"contradict|labels say"):
            am.score(both, "wai-sr-client")
        found = am.score(both, "wai-sr-client", answers_by="label")["total"]
        assert found.tolist() == [60, 12]


def test_only_some_items_turned_are_named_and_not_scored() -> None:
    frame = sheet([1.0, 4.0], lambda i: TURNED if i in (3, 8) else SAME)
    with pytest.raises(am.ResponseError, match=r"(?s)'wai_3', 'wai_8': words .*; codings of the f"):
        am.score(frame, "wai-sr-client")
    found = am.check(frame, "wai-sr-client")
    assert found["problem"].tolist() == ["label-conflict"] * 4
    assert found["item"].tolist() == [3, 8, 3, 8]
    assert am.score(frame, "wai-sr-client", answers_by="label")["total"].tolist() == [20, 44]
    assert am.score(frame, "wai-sr-client", answers_by="code")["total"].tolist() == [12, 48]


def test_the_same_words_on_the_same_numbers_go_on_without_a_word() -> None:
    words = {1: "SELDOM", 2: " sometimes", 3: "Fairly-often", 4: "4 - Very often", 5: "Always."}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert am.score(sheet([1, 5], lambda i: words), "wai-sr-client")["total"].tolist() == [
            12,
            60,
        ]
    assert am.compare_labels(sheet([1], lambda i: words), "wai-sr-client")["same"].eq(5).all()


def test_other_words_are_said_and_their_numbers_taken() -> None:
    frame = sheet([1, 5], lambda i: {1: "selten", 5: "immer"})
    with pytest.warns(am.AnswersWarning, match="none of their words is the definition's"):
        assert am.score(frame, "wai-sr-client")["total"].tolist() == [12, 60]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ({1: "Seldom", 2: "Sometimes", 5: "No answer"}, [5.0]),  # a word on a number of another
        ({1: "Always", 2: "hardly", 5: "Seldom"}, [2.0, 1.0]),  # some known, some not
        ({1: "1", 2: "1", 5: "5"}, [2.0]),  # numbers as words, on other numbers
        ({1: "5 - oft", 5: "1 - nie"}, [1.0]),
        ({0: "Seldom", 1: "often", 4: "Always"}, [1.0]),
        ({0: "Seldom", 4: "Always"}, [1.0, 4.0]),  # met in the data, without a word
    ],
)
def test_words_of_which_some_are_known_are_never_scored_in_silence(words, values) -> None:
    with pytest.raises(am.ResponseError, match="labels say"):
        am.score(sheet(values, lambda i: words), "wai-sr-client")


def test_a_code_without_a_word_is_no_answer_where_the_words_count() -> None:
    with pytest.raises(am.ResponseError, match="unknown-label"):
        am.score(
            sheet([3], lambda i: {1: "Always", 5: "Seldom"}), "wai-sr-client", answers_by="label"
        )


def test_codes_of_letters_are_scored_by_their_words() -> None:
    words = {f"A{n}": word for n, word in SAME.items()}
    cells = labelled_cells(["A5", "A1"], Labels(words))
    frame = pd.DataFrame(dict.fromkeys([f"wai_{i}" for i in ITEMS], cells), dtype=object)
    assert am.score(frame, "wai-sr-client", answers_by="label")["total"].tolist() == [60, 12]
    with pytest.warns(am.AnswersWarning, match="a code of letters"):
        assert am.score(frame, "wai-sr-client")["total"].tolist() == [60, 12]


def test_words_that_were_asked_for_and_are_lost_are_missed() -> None:
    plain = pd.DataFrame({f"wai_{i}": [1.0] for i in ITEMS})
    with pytest.raises(am.ColumnError, match="12 columns hold numbers without value labels"):
        am.score(plain, "wai-sr-client", answers_by="label")
    with pytest.raises(ValueError, match="answers_by must be"):
        am.score(plain, "wai-sr-client", answers_by="words")


def test_a_coding_that_the_words_contradict_is_refused() -> None:
    frame = sheet([1, 5], lambda i: SAME)
    with pytest.raises(am.ResponseError, match="as the coding printed-position has them"):
        am.score(frame, "wai-sr-client", coding="printed-position")
    kept = am.score(frame, "wai-sr-client", coding="printed-position", answers_by="code")
    assert kept["total"].tolist() == [36, 36]


def test_dont_know_on_a_number_of_another_answer_is_seen() -> None:
    words = {1: "Not true", 2: "Partly true", 3: "Don't know"}
    frame = pd.DataFrame({f"q{i}": numbers([3.0, 1.0], words) for i in ITEMS})
    with pytest.raises(am.ResponseError, match="bears no number here is 3 in the file"):
        am.score(frame, "chi-esq-client", coding="certainly-true-is-3")
    assert am.score(frame, "chi-esq-client", answers_by="label")["care"].isna().tolist() == [
        True,
        False,
    ]


def test_the_command_line_says_what_it_decided(tmp_path) -> None:
    path = tmp_path / "r.sav"
    labels = {f"wai_{i}": TURNED if i % 2 else SAME for i in ITEMS}
    table = pd.DataFrame({f"wai_{i}": [1.0, 2.0] for i in ITEMS})
    pyreadstat.write_sav(table, str(path), variable_value_labels=labels)
    done = alliance("score", str(path), "-i", "wai-sr-client")
    assert done.code == 2
    assert done.out == ""
    assert "--answers-by label scores the words, --answers-by code the numbers" in done.err
    done = alliance("check", str(path), "-i", "wai-sr-client")
    assert done.code == 1
    assert "label-conflict: 6 columns" in done.err
    done = alliance("score", str(path), "-i", "wai-sr-client", "--answers-by", "label")
    assert done.out.splitlines()[1:] == ["8.0,20.0,8.0,36.0", "10.0,16.0,10.0,36.0"]
    assert "the words were taken, as asked for" in done.err
    done = alliance("score", str(path), "-i", "wai-sr-client", "--answers-by", "code")
    assert done.out.splitlines()[1:] == ["4.0,4.0,4.0,12.0", "8.0,8.0,8.0,24.0"]
    assert alliance("reliability", str(path), "-i", "wai-sr-client").code == 2
    assert alliance("score", str(path), "-i", "wai-sr-client", "--answers-by", "x").code == 2
