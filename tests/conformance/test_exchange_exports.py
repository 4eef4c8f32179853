"""The real sample exports: each is read with no argument, or asks for the one it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from shared_folder import SHARED, needs_shared, shared_files

from alliance_measures import ExportError, read_export

pytestmark = needs_shared
EXPORTS = SHARED / "exports"
FORMAT = {
    "bids_pheno004_ace.json": "bids",
    "bids_pheno004_ace.tsv": "bids",
    "fhir_r4_questionnaireresponse_gcs.json": "fhir",
    "qualtrics_insights_matrix_singlequoted.csv": "qualtrics",
    "qualtrics_legacy_v1.csv": "qualtrics",
    "qualtrics_numeric_deUI.csv": "qualtrics",
    "redcap_checkboxes_1.data.csv": "redcap",
    "redcap_checkboxes_1.dictionary.csv": "redcap-dictionary",
    "redcap_longitudinal.data.csv": "redcap",
    "redcap_longitudinal.dictionary.csv": "redcap-dictionary",
    "redcap_longitudinal.event.csv": "csv",
    "redcap_repeating_instruments.data.csv": "redcap",
    "redcap_repeating_instruments.dictionary.csv": "redcap-dictionary",
    "spss_sample_missing.sav": "spss",
    "stata_missing_test.dta": "stata",
    "surveymonkey_steak_2headers.csv": "surveymonkey",
}
ASKS = {"surveymonkey_starwars_macroman_2headers.csv": r"line 1 holds the byte 0x8C.*encoding="}


def samples() -> list[Path]:
    return [path for path in shared_files("exports/*") if path.suffix != ".md"]


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_read_with_no_argument_or_told_which(path: Path) -> None:
    if path.name in ASKS:
        with pytest.raises(ExportError, match=ASKS[path.name]):
            read_export(path)
        return
    export = read_export(path)
    assert export.format == FORMAT[path.name]
    assert len(export.data) > 0
    assert export.notes["topic"].iloc[0] == "detected"
    assert list(export.codebook["column"]) == list(export.data.columns)


def test_qualtrics_of_three_generations() -> None:
    now = read_export(EXPORTS / "qualtrics_numeric_deUI.csv")
    assert now.data["Q2"].tolist() == ["Hello World!"]
    assert "Q2 - Topics" in now.data
    book = now.codebook.set_index("column")
    assert book["label"]["Q1"] == "This is a multiple choice question."
    assert book["source"]["Q1"] == "QID1"
    assert not {"IPAddress", "LocationLatitude"} & set(now.data)
    old = read_export(EXPORTS / "qualtrics_insights_matrix_singlequoted.csv")
    assert len(old.data) == 5
    assert set(old.data["row_status"]) == {"test"}
    assert old.codebook.set_index("column")["source"]["Q2_1"] == "QID2-1"
    legacy = read_export(EXPORTS / "qualtrics_legacy_v1.csv")
    assert legacy.data[["Q1", "Q2"]].iloc[0].tolist() == ["2", "Hello World!"]
    assert not {"V3", "V5", "V6"} & set(legacy.data)


def test_surveymonkey_in_its_encoding() -> None:
    path = EXPORTS / "surveymonkey_starwars_macroman_2headers.csv"
    export = read_export(path, encoding="mac-roman")
    assert (export.format, len(export.data)) == ("surveymonkey", 40)
    assert any(name.endswith("[Han Solo]") for name in export.data)
    steak = read_export(EXPORTS / "surveymonkey_steak_2headers.csv")
    assert not any("<br>" in name for name in steak.data)


@pytest.mark.parametrize("name", ["checkboxes_1", "longitudinal", "repeating_instruments"])
def test_redcap_with_its_dictionary(name: str) -> None:
    path = EXPORTS / f"redcap_{name}.data.csv"
    dictionary = EXPORTS / f"redcap_{name}.dictionary.csv"
    export = read_export(path, dictionary=dictionary)
    without = read_export(path)
    assert len(export.data) == len(without.data)
    assert not {"first_name", "last_name", "email", "dob"} & set(export.data)
    kept = read_export(path, dictionary=dictionary, keep_identifiers=True)
    assert kept.codebook["identifier"].sum() >= (0 if name == "checkboxes_1" else 1)


def test_redcap_rows_are_client_by_session() -> None:
    export = read_export(EXPORTS / "redcap_repeating_instruments.data.csv")
    rows = export.data.dropna(subset=["session"])
    assert rows[["record_id", "session", "bp_systolic"]].to_numpy().tolist() == [
        ["1", "1", "110"],
        ["1", "2", "111"],
        ["1", "3", "112"],
        ["2", "1", "114"],
    ]


def test_unticked_boxes_of_a_form_never_filled_in_are_missing() -> None:
    name = "redcap_checkboxes_1"
    export = read_export(
        EXPORTS / f"{name}.data.csv", dictionary=EXPORTS / f"{name}.dictionary.csv"
    )
    data = export.data.set_index("record_id")
    assert data.loc["2", "check_one___1"] is None
    assert data.loc["4", ["check_one___1", "check_two___a"]].isna().all()
    assert data.loc["1", ["check_one___1", "check_one___2"]].tolist() == ["1", "0"]
    assert data.loc["3", "check_two___a"] == "0"


def test_statistics_files_keep_labels_and_reasons() -> None:
    spss = read_export(EXPORTS / "spss_sample_missing.sav")
    assert spss.values("mylabl") == {"-1": "undetermined", "1": "Male", "2": "Female"}
    reasons = {(row.column, row.row): row.reason for row in spss.missing.itertuples()}
    assert reasons["mylabl", 7] == "-1 undetermined"
    assert reasons["mynum", 8] == "2500"
    stata = read_export(EXPORTS / "stata_missing_test.dta")
    assert stata.missing["reason"].tolist() == [".a missing", ".b", ".c", ".x", ".y", ".z"]


def test_fhir_scores_come_from_the_extension_and_names_stay_out() -> None:
    export = read_export(EXPORTS / "fhir_r4_questionnaireresponse_gcs.json")
    assert export.data[["1.1", "1.2", "1.3"]].iloc[0].tolist() == [4, 5, 4]
    assert export.values("1.1") == {"4": "Confused"}
    assert "Chalmers" not in export.data.to_csv() + export.notes.to_csv()


def test_bids_levels_come_from_the_sidecar() -> None:
    export = read_export(EXPORTS / "bids_pheno004_ace.tsv")
    assert export.values("b_ace_q1") == {"1": "Yes", "0": "No"}
    assert "session_id" in export.notes["column"].tolist()
