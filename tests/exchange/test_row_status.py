"""One column says what became of a response; scoring takes complete and partial ones."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance
from exports_made import delimited, qualtrics_rows, save

import alliance_measures as am
from alliance_measures import ColumnError, StatisticError, read_export
from alliance_measures.row_status import STATUSES

FORM = "wai-sr-client"


def fhir(folder: Path, states: list[str | None]) -> Path:
    entries = []
    for number, state in enumerate(states):
        items = [{"linkId": str(n), "answer": [{"valueInteger": 3}]} for n in range(1, 13)]
        one = {"resourceType": "QuestionnaireResponse", "id": f"r{number}", "item": items}
        entries.append({"resource": one | ({} if state is None else {"status": state})})
    path = folder / "bundle.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    return path


FHIR = ["completed", "amended", "in-progress", "entered-in-error", "stopped", "cancelled", "x"]
MEANS = ["complete", "complete", "partial", "error", "withdrawn", "withdrawn", "unknown"]


def test_fhir_states(tmp_path: Path) -> None:
    export = read_export(fhir(tmp_path, [*FHIR, None]))
    assert export.data["row_status"].tolist() == [*MEANS, "complete"]
    scores = am.score(export.data, FORM)["total"]
    assert scores.notna().tolist() == [True, True, True, False, False, False, False, True]
    assert scores.index.equals(export.data.index)
    path = fhir(tmp_path, [*FHIR, None])
    run = alliance("score", path, "-i", FORM, "--keep", "id")
    assert run.code == 0, run.err
    assert "taken: 3 complete, 1 partial; left out: 1 error, 2 withdrawn, 1 unknown" in run.err
    assert len(run.out.splitlines()) == 5


def test_from_fhir_responses_says_it_too() -> None:
    item = {"linkId": "1", "answer": [{"valueInteger": 4}]}
    one = {"resourceType": "QuestionnaireResponse", "status": "entered-in-error", "item": [item]}
    assert am.exchange.from_fhir_responses(one)["row_status"].tolist() == ["error"]


def test_qualtrics_previews_are_neither_scored_nor_in_the_way(tmp_path: Path) -> None:
    rows = qualtrics_rows()
    rows[5][10] = "99"  # the preview's first item
    path = save(tmp_path, "q.csv", delimited(rows))
    export = read_export(path)
    scores = am.score(export.data, FORM, columns="Q5_{item}", keep=["ResponseId"], details=True)
    assert scores["total"].notna().tolist() == [True, True, False, True]
    assert scores["total_answered"].tolist() == [12, 12, 0, 12]
    assert not len(am.check(export.data, FORM, columns="Q5_{item}"))
    with pytest.raises(am.ResponseError) as caught:
        am.score(export.data, FORM, columns="Q5_{item}", status="all")
    assert caught.value.rows == (2,)
    run = alliance("score", path, "-i", FORM, "--columns", "Q5_{item}", "--keep", "ResponseId")
    assert run.code == 0, run.err
    assert "taken: 2 complete, 1 partial; left out: 1 preview (--status)" in run.err
    assert alliance("check", path, "-i", FORM, "--columns", "Q5_{item}").code == 0
    everything = alliance("score", path, "-i", FORM, "--columns", "Q5_{item}", "--status", "all")
    assert everything.code == 1
    assert "row 6; allowed" in everything.err


def test_rows_of_problems_are_those_of_the_whole_table(tmp_path: Path) -> None:
    answers = pd.DataFrame({f"q{item}": [3] * 4 for item in range(1, 13)})
    answers["row_status"] = ["test", "complete", "error", "partial"]
    answers.loc[3, "q4"] = 9
    with pytest.raises(am.ResponseError, match=r"row 3; allowed"):
        am.score(answers, FORM)
    with pytest.raises(am.ResponseError, match=r"row 3; allowed"):
        am.psychometrics.reliability_of(answers, FORM)
    answers.to_csv(tmp_path / "a.csv", index=False)
    for verb in ("score", "reliability"):
        assert "row 5; allowed" in alliance(verb, tmp_path / "a.csv", "-i", FORM).err


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["1", "3", "0"], ["2", "3", "1"], ["3", "3", "2"]], ["partial", "complete", "complete"]),
        ([["1", "", "0"], ["2", "3", ""]], ["complete", "partial"]),
    ],
)
def test_redcap_forms(tmp_path: Path, rows: list[list[str]], found: list[str]) -> None:
    path = save(tmp_path, "r.csv", delimited([["record_id", "wai_1", "wai_complete"], *rows]))
    assert read_export(path).data["row_status"].tolist() == found


def test_redcap_form_of_another_kind_does_not_speak(tmp_path: Path) -> None:
    names = ["record_id", "age", "demo_complete", "wai_1", "wai_complete"]
    rows = [["1", "", "0", "3", "2"], ["2", "40", "2", "3", "0"], ["3", "40", "0", "3", "2"]]
    export = read_export(save(tmp_path, "r.csv", delimited([names, *rows])))
    assert export.data["row_status"].tolist() == ["complete", "partial", "partial"]


def test_status_chooses(tmp_path: Path) -> None:
    path = fhir(tmp_path, [*FHIR, None])
    whole = read_export(path, status="all")
    assert len(whole.data) == 8
    some = read_export(path, status=["complete"])
    assert set(some.data["row_status"]) == {"complete"}
    assert some.notes.loc[some.notes["detail"].str.contains("left out"), "n"].tolist() == [5]
    run = alliance("score", path, "-i", FORM, "--status", "complete,error", "--keep", "id")
    assert len(run.out.splitlines()) == 5
    none = alliance("score", path, "-i", FORM, "--status", "spam")
    assert none.code == 1
    assert "no row is spam, but 3 complete" in none.err
    for wrong in ("done", ""):
        with pytest.raises(StatisticError, match="status= is one or several of complete"):
            read_export(path, status=wrong)
    assert alliance("score", path, "-i", FORM, "--status", "done").code == 2


def test_a_file_of_ours_read_again_keeps_its_word(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, "q.csv", delimited(qualtrics_rows())))
    again = tmp_path / "again.csv"
    am.exchange.write_table(export.data, again)
    run = alliance("score", again, "-i", FORM, "--columns", "Q5_{item}")
    assert run.code == 0, run.err
    assert "left out: 1 preview" in run.err


def test_another_vocabulary_is_refused_by_count(tmp_path: Path) -> None:
    answers = pd.DataFrame({f"q{item}": [3, 3] for item in range(1, 13)})
    answers["row_status"] = ["fine", None]
    with pytest.raises(ColumnError, match=r"1 cells that are none of complete.*status='all'"):
        am.score(answers, FORM)
    assert am.score(answers, FORM, status="all")["total"].tolist() == [36, 36]
    assert len(STATUSES) == 8


def test_words_of_the_file_count_in_the_rows_that_count(tmp_path: Path) -> None:
    """Labels as evidence and status do not get in each other's way."""
    words = ["Seldom", "Sometimes", "Fairly often", "Very often", "Always"]
    head = "Variable / Field Name,Form Name,Field Type,Field Label,"
    head += '"Choices, Calculations, OR Slider Labels"\n'
    choices = " | ".join(f"{5 - place}, {word}" for place, word in enumerate(words))
    names = [f"wai_{item}" for item in range(1, 13)]
    lines = "".join(f'{name},wai,radio,{name},"{choices}"\n' for name in names)
    dictionary = save(tmp_path, "d.csv", head + "record_id,wai,text,Id,\n" + lines)
    rows = [["record_id", *names, "wai_complete"], ["1", *["1"] * 12, "0"], ["2", *["5"] * 12, "2"]]
    path = save(tmp_path, "r.csv", delimited(rows))
    export = read_export(path, dictionary=dictionary)
    both = am.score(export, FORM, answers_by="label")
    one = am.score(export, FORM, answers_by="label", status="complete")
    assert both["total"].tolist() == [60, 12]
    assert one["total"].isna().tolist() == [True, False]
    assert one["total"].tolist()[1] == 12
    options = ("-i", FORM, "--dictionary", dictionary, "--answers-by", "label")
    run = alliance("score", path, *options, "--status", "complete")
    assert run.code == 0, run.err
    assert "taken: 1 complete; left out: 1 partial" in run.err
    assert run.out.splitlines()[-1].split(",")[-1] in ("12", "12.0")
