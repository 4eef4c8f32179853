"""REDCap layouts, from constructed files."""

from __future__ import annotations

from pathlib import Path

import pytest
from exports_made import CANARY, delimited, save

import alliance_measures as am
from alliance_measures import ExportError, read_export
from alliance_measures.exchange.redcap_fields import HEADINGS, read_dictionary


def dictionary(folder: Path, *fields: dict[str, str]) -> Path:
    """A data dictionary with the named cells of each field."""
    keys = {"name": 0, "form": 1, "type": 3, "label": 4, "choices": 5, "valid": 7, "identifier": 10}
    rows = [list(HEADINGS)]
    for field in fields:
        row = [""] * len(HEADINGS)
        for key, text in field.items():
            row[keys[key]] = text
        rows.append(row)
    return save(folder, "dictionary.csv", delimited(rows))


def wai_rows(*, instances: int = 3) -> list[list[str]]:
    items = [f"wai_{item}" for item in range(1, 13)]
    head = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "therapist"]
    rows = [[*head, *items, "wai_complete"]]
    for record in ("1", "2"):
        rows.append([record, "", "", "T1", *[""] * 12, ""])
        for instance in range(1, instances + 1):
            rows.append([record, "wai", str(instance), "", *[str(instance)] * 12, "2"])
    return rows


def test_repeating_instruments_are_rows_of_client_by_session(tmp_path: Path) -> None:
    export = read_export(save(tmp_path, "r.csv", delimited(wai_rows())))
    assert export.format == "redcap"
    assert len(export.data) == 8
    sessions = export.data.dropna(subset=["session"])
    assert sessions["session"].tolist() == ["1", "2", "3"] * 2
    scores = am.score(sessions, "wai-sr-client", keep=["record_id", "session"])
    assert scores["total"].tolist() == [12, 24, 36] * 2


def test_sessions_count_on_over_events(tmp_path: Path) -> None:
    rows = [
        ["id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "q1"],
        ["1", "start_arm_1", "", "", ""],
        ["1", "start_arm_1", "wai", "1", "3"],
        ["1", "start_arm_1", "wai", "2", "4"],
        ["1", "middle_arm_1", "wai", "1", "5"],
        ["1", "end_arm_1", "", "", "2"],
    ]
    export = read_export(save(tmp_path, "r.csv", delimited(rows)))
    assert export.data["session"].tolist() == [None, "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1 start,1 end,2 start", "1 2 1"),
        ("1 start,1 end,2 end", "1 2 2"),
        ("1 session_1_arm_1,1 session_2_arm_1,2 session_2_arm_1", "1 2 2"),
        ("1 session_10_arm_1,1 session_2_arm_1,2 session_2_arm_2", "10 2 2"),
        ("1 start,1 end,2 start,2 mid,3 mid,3 end", "1 3 1 2 2 3"),
        ("1 start,1 month_6,2 start,2 month_3", "1 3 1 2"),
    ],
)
def test_an_event_has_the_same_number_for_every_client(
    tmp_path: Path, rows: str, expected: str
) -> None:
    table = [["id", "redcap_event_name", "q1"], *([*row.split(), "1"] for row in rows.split(","))]
    export = read_export(save(tmp_path, "r.csv", delimited(table)))
    assert export.data["session"].tolist() == expected.split()


def test_events_that_follow_the_alphabet_may_have_been_sorted(tmp_path: Path) -> None:
    rows = [("1", "post"), ("1", "pre"), ("2", "post"), ("2", "pre")]
    table = [
        ["id", "redcap_event_name", "q1"],
        *([who, f"{name}_arm_1", "1"] for who, name in rows),
    ]
    export = read_export(save(tmp_path, "r.csv", delimited(table)))
    assert "session" not in export.data
    assert "sorted" in export.notes.set_index("topic").loc["session", "detail"]


@pytest.mark.parametrize("rows", ["1 start,1 end,2 start,2 mid", "1 start,1 end,2 end,2 start"])
def test_events_without_a_certain_order_give_no_session(tmp_path: Path, rows: str) -> None:
    table = [["id", "redcap_event_name", "q1"], *([*row.split(), "1"] for row in rows.split(","))]
    export = read_export(save(tmp_path, "r.csv", delimited(table)))
    assert "session" not in export.data
    told = export.notes.set_index("topic").loc["session", "detail"]
    assert "cannot be told" in told
    assert "session_order" in told


def test_instances_count_on_and_a_missed_visit_is_a_gap(tmp_path: Path) -> None:
    heads = ["id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "q1"]
    events = ("1 start 1", "1 start 2", "1 end 1", "2 start 1", "2 end 1")
    course = [(*event.split()[:2], int(event.split()[2])) for event in events]
    rows = [heads, *([who, event, "wai", str(n), "3"] for who, event, n in course)]
    export = read_export(save(tmp_path, "r.csv", delimited(rows)))
    assert export.data["session"].tolist() == ["1", "2", "3", "1", "3"]


def test_the_dictionary_gives_labels_choices_forms_and_identifiers(tmp_path: Path) -> None:
    path = dictionary(
        tmp_path,
        {"name": "id", "form": "f", "type": "text", "label": "Record"},
        {"name": "nick", "form": "f", "type": "text", "label": "Nick", "identifier": "y"},
        {
            "name": "q1",
            "form": "f",
            "type": "radio",
            "label": "One?",
            "choices": "1, No, never | 2, Yes",
        },
        {
            "name": "box",
            "form": "f",
            "type": "checkbox",
            "label": "Box",
            "choices": "-99, None|a, A",
        },
        {"name": "w", "form": "f", "type": "text", "label": "W", "valid": "number_comma_decimal"},
        {"name": "h", "form": "f", "type": "text", "label": "H", "valid": "number"},
    )
    rows = [
        ["id", "nick", "q1", "box____99", "box___a", "w", "h", "f_complete"],
        ["1", CANARY, "2", "0", "0", "1,54", "22.1", "0"],
        ["2", CANARY, "UNK", "0", "0", "2", "3", "2"],
        ["3", CANARY, "1", "0", "1", "0,5", "3", "0"],
    ]
    data = save(tmp_path, "r.csv", delimited(rows))
    export = read_export(data, dictionary=path, missing_codes=["UNK"])
    assert "nick" not in export.data
    assert export.data["w"].tolist() == ["1.54", "2", "0.5"]
    assert export.data["h"].tolist() == ["22.1", "3", "3"]
    assert export.data["q1"].tolist() == ["2", None, "1"]
    assert export.data["box___a"].tolist() == [None, "0", "1"]
    assert export.values("q1") == {"1": "No, never", "2": "Yes"}
    book = export.codebook.set_index("column")
    assert book["label"]["box____99"] == "Box: None"
    assert book["form"]["q1"] == "f"
    frame = read_export(path).data
    assert read_dictionary(frame).keys() == read_dictionary(path).keys()


def test_identifying_names_go_without_a_dictionary_too(tmp_path: Path) -> None:
    rows = [
        ["id", "first_name", "telephone_1", "q1", "f_complete"],
        ["1", CANARY, CANARY, "1", "2"],
    ]
    export = read_export(save(tmp_path, "r.csv", delimited(rows)))
    assert list(export.data) == ["id", "q1", "f_complete", "row_status"]
    assert CANARY not in export.data.to_csv() + export.notes.to_csv()


def test_labels_export_numbers_headings_that_recur(tmp_path: Path) -> None:
    rows = [
        [
            "Record ID",
            "Event Name",
            "Drinks (choice=Tea)",
            "Drinks (choice=Coffee)",
            "Complete?",
            "One?",
            "Complete?",
        ],
        ["1", "Baseline", "Checked", "Unchecked", "Complete", "Often", "Complete"],
    ]
    export = read_export(save(tmp_path, "r.csv", delimited(rows)))
    assert export.format == "redcap"
    assert "Complete? (2)" in export.data
    assert export.data["redcap_event_name"].tolist() == ["Baseline"]
    path = dictionary(tmp_path, {"name": "q1", "form": "f", "type": "radio", "label": "One?"})
    assert "q1" in read_export(tmp_path / "r.csv", dictionary=path).data


def test_what_is_no_dictionary_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, "r.csv", "id,f_complete\n1,2\n")
    with pytest.raises(ExportError, match="dictionary= lacks the column 'Variable / Field Name'"):
        read_export(path, dictionary=path)
    with pytest.raises(ExportError, match="dictionary= is the path"):
        read_export(path, dictionary=3)
