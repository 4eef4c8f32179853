"""Numbers that fit several codings or another unit are refused until one is named."""

from __future__ import annotations

import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am

MARKS = pd.DataFrame([[95, 90, 88, 99], [8, 9, 7, 10]], columns=[f"srs_{i}" for i in range(1, 5)])


def sheet(*values):
    return pd.DataFrame([values], columns=[f"q{i}" for i in range(1, len(values) + 1)])


def test_marks_in_millimetres_are_refused_until_the_unit_is_named() -> None:
    for invalid in ("raise", "missing"):
        with pytest.raises(am.ResponseError, match=r"coding='millimetres' .marks measured in mill"):
            am.score(MARKS, "srs-v3", invalid=invalid)
    found = am.score(MARKS, "srs-v3", coding="millimetres")["total"]
    assert found.tolist() == pytest.approx([37.2, 3.4])
    assert am.recode(MARKS, "srs-v3", "millimetres").loc[0].tolist() == [9.5, 9, 8.8, 9.9]
    kept = am.score(MARKS, "srs-v3", coding="centimetres", invalid="missing")["total"]
    assert kept.isna().tolist() == [True, False]
    with pytest.raises(am.ResponseError, match="millimetres"):
        am.psychometrics.reliability_of(MARKS, "srs-v3")


def test_the_command_line_names_the_unit(tmp_path) -> None:
    path = tmp_path / "mm.csv"
    MARKS.to_csv(path, index=False)
    done = alliance("score", str(path), "-i", "srs-v3")
    assert done.code == 1
    assert "--coding millimetres" in done.err
    assert "--invalid missing" not in done.err
    assert alliance("score", str(path), "-i", "srs-v3", "--invalid", "missing").code == 2
    done = alliance("score", str(path), "-i", "srs-v3", "--coding", "millimetres")
    assert [float(x) for x in done.out.splitlines()[1:]] == pytest.approx([37.2, 3.4])
    assert "--coding millimetres" in alliance("check", str(path), "-i", "srs-v3").err


@pytest.mark.parametrize("name", ["chi-esq-client", "chi-esq-parent"])
def test_numbers_that_could_be_counted_either_way_need_their_coding(name: str, tmp_path) -> None:
    ones = sheet(*[1] * 12)
    with pytest.raises(am.ResponseError, match=r"fit 2 codings .*is-3.* or .*is-1"):
        am.score(ones, name)
    assert am.score(ones, name, coding="certainly-true-is-3")["care"].item() == 1
    assert am.score(ones, name, coding="certainly-true-is-1")["care"].item() == 3
    recoded = am.recode(ones, name, "certainly-true-is-1")
    assert am.score(recoded, name)["care"].item() == 3
    assert am.score(sheet(*["Certainly true"] * 12), name)["care"].item() == 3
    ones.to_csv(tmp_path / "o.csv", index=False)
    for verb in ("score", "check", "reliability"):
        done = alliance(verb, str(tmp_path / "o.csv"), "-i", name)
        assert done.code == 2
        assert "--coding certainly-true-is-1" in done.err


def test_numbers_that_only_one_coding_has_settle_it() -> None:
    with pytest.raises(am.ResponseError, match=r"coding='one-to-seven'.* instrument 'dwai-0-4'"):
        am.score(sheet(1, 2, 3, 4, 4, 4), "dwai")
    assert am.score(sheet(1, 2, 3, 4, 4, 5), "dwai")["total"].item() == 19
    assert am.score(sheet(1, 1, 1, 1, 1, 1), "dwai", coding="one-to-seven")["total"].item() == 6
    assert am.score(sheet(1, 1, 1, 1, 1, 1), "dwai-0-4")["total"].item() == 6
    with pytest.raises(am.ResponseError, match="the instrument 'dwai-0-4'"):
        am.score(sheet(0, 2, 3, 4, 4, 4), "dwai", invalid="missing")


@pytest.mark.parametrize(
    ("name", "cell", "k", "coding"),
    [("sdm-q-9", 6, 9, "one-to-six"), ("brief-cope", 0, 28, "zero-to-three")],
)
def test_answers_beyond_the_range_that_fit_a_coding_are_not_called_missing(
    name, cell, k, coding
) -> None:
    for invalid in ("raise", "missing"):
        with pytest.raises(am.ResponseError, match=f"coding='{coding}'"):
            am.score(sheet(*[cell] * k), name, invalid=invalid)


def test_a_definition_with_one_coding_is_as_before() -> None:
    assert am.score(sheet(*[2] * 12), "wai-sr-client")["total"].item() == 24
    assert am.score(sheet(5, 5, 5), "collaborate-10")["mean"].item() == 5


@pytest.mark.parametrize("name", ["psychlops", "collaborate", "chi-esq"])
def test_a_form_of_two_versions_is_asked_for_by_name(name: str) -> None:
    with pytest.raises(am.UnknownInstrumentError, match=f"did you mean {name}-"):
        am.score(sheet(1, 1, 1, 1), name)


def test_unknown_words_are_counted_once_and_the_remedy_is_a_label_map(tmp_path) -> None:
    words = ["selten", "manchmal", "ziemlich häufig", "sehr häufig", "immer"]
    rows = [[words[(n + k) % 5] for k in range(12)] for n in range(3)]
    table = pd.DataFrame(rows, columns=[f"WAI {i}" for i in range(1, 13)])
    with pytest.raises(am.ResponseError, match=r"unknown labels: 5 different, in 36 answers;") as e:
        am.score(table, "wai-sr-client")
    assert len(str(e.value).splitlines()) == 4
    assert "selten" not in str(e.value)
    path, mapping = tmp_path / "g.csv", tmp_path / "m.yaml"
    table.to_csv(path, index=False, encoding="cp1252")
    done = alliance("score", str(path), "-i", "wai-sr-client", "--encoding", "cp1252")
    assert done.code == 1
    assert "unknown labels: 5 different, in 36 answers" in done.err
    items = "".join(f"  {i}: 'WAI {i}'\n" for i in range(1, 13))
    map_ = "".join(f"  {word}: {n}\n" for n, word in enumerate(words, start=1))
    text = f"mapping: 1\ninstrument: wai-sr-client\nitems:\n{items}answers:\n{map_}"
    mapping.write_text(text, encoding="utf-8")
    done = alliance("score", str(path), "--mapping", str(mapping), "--encoding", "cp1252")
    numbers = table.replace({word: n for n, word in enumerate(words, start=1)})
    expected = am.score(numbers, "wai-sr-client")
    shown = [[float(x) for x in line.split(",")] for line in done.out.splitlines()[1:]]
    assert shown == expected.to_numpy().tolist()
