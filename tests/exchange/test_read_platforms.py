"""Every platform's layout, from constructed files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from exports_made import (
    CANARY,
    castor_study_rows,
    castor_survey_rows,
    delimited,
    fhir_response,
    google_rows,
    limesurvey_rows,
    limesurvey_text,
    microsoft_rows,
    qualtrics_rows,
    save,
)

import alliance_measures as am
from alliance_measures import ExportError, read_export
from alliance_measures.exchange import FORMATS, Export, from_fhir_responses


def topics(export: Export) -> list[str]:
    return export.notes["topic"].tolist()


def test_qualtrics_codes_are_read_marked_and_scored(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, "q.csv", delimited(qualtrics_rows())))
    assert export.format == "qualtrics"
    assert export.data.index.tolist() == [4, 5, 6, 7]
    assert export.data["row_status"].tolist() == ["complete", "partial", "preview", "complete"]
    assert export.codebook.set_index("column").loc["Q5_3", ["label", "source"]].tolist() == [
        "label of Q5_3",
        "QID_Q5_3",
    ]
    assert not {"IPAddress", "RecipientEmail", "LocationLatitude"} & set(export.data)
    assert "ExternalReference" in export.data
    assert export.data["Q7_TEXT"].tolist() == ["None"] * 4
    assert export.data["Q6_-1"].isna().all()
    scores = am.score(export.data, "wai-sr-client", columns="Q5_{item}")
    assert scores.loc[4, "task"] == 1 + 2 + 5 + 2


def test_qualtrics_choice_text_scores_as_codes_do(tmp_path: Path) -> None:
    codes = read_export(save(tmp_path, "codes.csv", delimited(qualtrics_rows())))
    words = read_export(save(tmp_path, "words.csv", delimited(qualtrics_rows(labels=True))))
    assert words.data["row_status"].tolist() == codes.data["row_status"].tolist()
    pd.testing.assert_frame_equal(
        am.score(words.data, "wai-sr-client", columns="Q5_{item}"),
        am.score(codes.data, "wai-sr-client", columns="Q5_{item}"),
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_qualtrics_tsv_in_any_encoding_with_a_mark(tmp_path: Path, encoding: str) -> None:
    text = delimited(qualtrics_rows(), delimiter="\t")
    export = read_export(save(tmp_path, "q.tsv", text, encoding))
    assert (export.format, len(export.data)) == ("qualtrics", 4)


@pytest.mark.parametrize("left", [1, 2])
def test_qualtrics_with_header_rows_taken_off_by_hand(tmp_path: Path, left: int) -> None:
    rows = qualtrics_rows()
    export = read_export(save(tmp_path, "q.csv", delimited(rows[:left] + rows[3:])))
    assert (export.format, len(export.data)) == ("qualtrics", 4)


def test_qualtrics_identifiers_are_kept_when_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path, "q.csv", delimited(qualtrics_rows()))
    kept = read_export(path, keep_identifiers=True)
    assert kept.data["RecipientEmail"].str.contains(CANARY).all()
    assert kept.codebook.set_index("column")["identifier"]["IPAddress"]
    assert not read_export(path).data.map(lambda cell: CANARY in str(cell)).to_numpy().any()


@pytest.mark.parametrize("head", ["code", "text", "both"])
@pytest.mark.parametrize("answers", ["code", "full"])
def test_limesurvey_headings_and_answers(tmp_path: Path, head: str, answers: str) -> None:
    text = limesurvey_text(limesurvey_rows(head=head, answers=answers))
    export = read_export(save(tmp_path, "lime.csv", text))
    assert (export.format, len(export.data)) == ("limesurvey", 3)
    assert export.data["row_status"].tolist() == ["complete", "partial", "complete"]
    first = "How was it? [part 1]" if head == "text" else "q1[vis1]"
    assert export.data[first].tolist()[0] == ("A1" if answers == "code" else "Never")
    assert export.data.iloc[0, -2] == "N/A"
    labels = export.codebook.set_index("column")["label"]
    assert labels[first] == ("q1[vis1]" if head == "code" else "How was it? [part 1]")
    assert ("answers" in topics(export)) == (answers == "code")


@pytest.mark.parametrize("stamp", ["Timestamp", "Horodateur", "Zeitstempel"])
@pytest.mark.parametrize("form", ["2016/11/10 1:50:36 PM EST", "29.07.2026 09:00:00"])
def test_google_forms_in_any_language(tmp_path: Path, stamp: str, form: str) -> None:
    export = read_export(save(tmp_path, "g.csv", delimited(google_rows(stamp, form))))
    assert export.format == "google-forms"
    assert export.data["How are we doing? [Goals]"].tolist() == ["Often", "Always"]
    assert export.data["Why?"].tolist() == ["NA", None]
    assert "Email Address" not in export.data


def test_microsoft_forms(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, "m.csv", delimited(microsoft_rows())))
    assert export.format == "microsoft-forms"
    assert list(export.data) == [
        "ID",
        "Start time",
        "Completion time",
        "Who",
        "Who2",
        "Points - Who",
    ]
    assert export.codebook.set_index("column")["kind"]["Points - Who"] == "points"


def test_castor_study_survey_and_archive(tmp_path: Path) -> None:
    study = delimited(castor_study_rows(), delimiter=";")
    survey = delimited(castor_survey_rows(), delimiter=";")
    for name, text in (("study.csv", study), ("survey.csv", survey)):
        export = read_export(save(tmp_path, name, text))
        assert (export.format, len(export.data)) == ("castor", 2)
    archive = tmp_path / "castor.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("study.csv", study)
    assert read_export(archive).format == "castor"
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("survey.csv", survey)
    with pytest.raises(ExportError, match="holds 2 tables; unpack it"):
        read_export(archive)


def test_surveymonkey_questions_spread_to_the_right(tmp_path: Path) -> None:
    rows = [
        ["Respondent ID", "Email Address", "How often?", "", "", "Why?"],
        ["", "", "We agree<br>on goals", "Trust", "Goals &amp; tasks", "Open-Ended Response"],
        ["1", CANARY, "Often", "Rarely", "", "None"],
    ]
    export = read_export(save(tmp_path, "s.csv", delimited(rows)))
    assert export.format == "surveymonkey"
    assert list(export.data) == [
        "Respondent ID",
        "How often? [We agree on goals]",
        "How often? [Trust]",
        "How often? [Goals & tasks]",
        "Why?",
    ]
    assert export.data["Why?"].tolist() == ["None"]


def test_plain_tables_wide_and_long(tmp_path: Path) -> None:
    wide = [["client", "session", "q1", "q2"], ["007", "1", "NA", "4"], ["8", "1", "", "None"]]
    export = read_export(save(tmp_path, "wide.csv", delimited(wide)))
    assert export.format == "csv"
    assert export.data.to_dict("list") == {
        "client": ["007", "8"],
        "session": ["1", "1"],
        "q1": ["NA", None],
        "q2": ["4", "None"],
    }
    long = [["client", "session", "item", "answer"]]
    long += [
        [row[0], row[1], name, row[2 + place]]
        for row in wide[1:]
        for place, name in enumerate(["q1", "q2"])
    ]
    again = read_export(save(tmp_path, "long.csv", delimited(long)))
    assert again.format == "csv-long"
    assert again.data.to_dict("list") == export.data.to_dict("list")
    with pytest.raises(
        ExportError, match=r"item is answered again by the same sheet .* in row 6; keep one"
    ):
        read_export(save(tmp_path, "twice.csv", delimited([*long, long[1]])))
    whole = read_export(tmp_path / "twice.csv", format="csv-wide")
    assert len(whole.data) == 5


@pytest.mark.parametrize("code", [-99, "-99", -99.0])
def test_missing_codes_leave_their_reasons(tmp_path: Path, code: object) -> None:
    rows = [["client", "q1"], ["-99", "-99"], ["2", "4"]]
    export = read_export(save(tmp_path, "a.csv", delimited(rows)), missing_codes=[code])  # type: ignore[list-item]
    assert export.data["q1"].tolist() == [None, "4"]
    assert export.data["client"].tolist() == ["-99", "2"]
    assert export.missing.to_dict("list") == {"row": [2], "column": ["q1"], "reason": ["-99"]}


def test_decimal_commas_of_whole_columns_only(tmp_path: Path) -> None:
    rows = [["client", "a", "b", "c"], ["1", "1,54", "1,3", "8"], ["2", "22", "text", "9"]]
    export = read_export(save(tmp_path, "a.csv", delimited(rows, delimiter=";")), decimal=",")
    assert export.data["a"].tolist() == ["1.54", "22"]
    assert export.data["b"].tolist() == ["1,3", "text"]
    assert export.data["c"].tolist() == ["8", "9"]


def test_fhir_responses_bundles_and_lines(tmp_path: Path) -> None:
    responses = [fhir_response({"1": 4, "2": 5}), fhir_response({"1": 1}, subject="Patient/p2")]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in responses]}
    expected = {"1": [4, 1], "2": [5, None]}
    for given in (responses, bundle):
        assert from_fhir_responses(given)[["1", "2"]].to_dict("list") == expected
    path = save(tmp_path, "bundle.json", json.dumps(bundle))
    lines = save(tmp_path, "lines.ndjson", "\n".join(map(json.dumps, responses)))
    for file in (path, lines):
        export = read_export(file)
        assert export.format == "fhir"
        assert export.data[["1", "2"]].to_dict("list") == expected
        assert export.data["subject"].tolist() == ["Patient/p1", "Patient/p2"]
        assert CANARY not in export.data.to_csv() + export.codebook.to_csv() + export.notes.to_csv()
        assert export.values("1") == {"4": "answer 4", "1": "answer 1"}


def test_fhir_codes_take_their_score_from_the_questionnaire() -> None:
    response = fhir_response({"1": 4})
    coding = response["item"][0]["item"][0]["answer"][0]["valueCoding"]  # type: ignore[index]
    score = {"extension": coding.pop("extension"), "code": "c4"}
    questionnaire = {
        "resourceType": "Questionnaire",
        "item": [{"linkId": "1", "answerOption": [{"valueCoding": score}]}],
    }
    assert from_fhir_responses(response)["1"].tolist() == ["c4"]
    assert from_fhir_responses(response, questionnaire)["1"].tolist() == [4]


def test_every_format_can_be_named_and_a_wrong_name_lists_them(tmp_path: Path) -> None:
    path = save(tmp_path, "a.csv", "client,q1\n1,2\n")
    for name in ("csv", "Google Forms", "microsoft_forms", "castor", "surveymonkey"):
        assert read_export(path, format=name).format in FORMATS
    with pytest.raises(ExportError, match="format= is one of qualtrics, redcap"):
        read_export(path, format="klingon")


def test_two_signatures_are_an_error_with_both_candidates(tmp_path: Path) -> None:
    rows = [["StartDate", "ResponseId", "redcap_event_name", "q1"], ["x", "R_12345678", "e", "1"]]
    path = save(tmp_path, "a.csv", delimited(rows))
    with pytest.raises(ExportError, match=r"fits qualtrics .* and redcap .*pass .* format="):
        read_export(path)
    assert read_export(path, format="redcap").format == "redcap"


def test_the_repr_shows_no_cell(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, "a.csv", f"client,q1\n{CANARY},2\n"))
    assert repr(export) == "Export(csv: 1 rows, 2 columns, 3 notes)"
