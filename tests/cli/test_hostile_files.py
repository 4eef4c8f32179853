"""Files that were scored wrongly without a word, each a kind: now right, refused, or told."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

import alliance_measures as am
from alliance_measures.errors import ColumnError, ExportError, StatisticError

ITEMS = range(1, 13)
SHEET = [4, 4, 1, 3, 5, 4, 4, 3, 4, 3, 5, 2]


def table(*families: str, head: tuple[str, ...] = ("client",)) -> pd.DataFrame:
    """One client, with a set of answers for each pattern of names."""
    names = [family.format(item) for family in families for item in ITEMS]
    cells = [answer for place, _ in enumerate(families) for answer in _turned(place)]
    return pd.DataFrame([["A"] * len(head) + cells], columns=[*head, *names])


def _turned(place: int) -> list[int]:
    return SHEET[place:] + SHEET[:place]


def refused(frame: pd.DataFrame, tmp_path: Path, *words: str, instrument: str = "wai-sr-client"):
    """In Python and on the command line, with the same words and exit code 2."""
    with pytest.raises(ColumnError) as caught:
        am.score(frame, instrument)
    path = tmp_path / "answers.csv"
    frame.to_csv(path, index=False)
    found = alliance("score", path, "-i", instrument)
    assert (found.code, found.out) == (2, "")
    for word in words:
        assert word in str(caught.value)
        assert word in found.err


@pytest.mark.parametrize(
    "families",
    [
        ("wai_{}", "wai_{}.1"),
        ("wai_{}", "wai_{}.1", "wai_{}.2"),
        ("wai_{}", "wai_{}_2nd"),
        ("wai_{}", "wai_{} (2)"),
        ("wai_{}", "wai2_{}"),
        ("wai_{}_pre", "wai_{}_post", "wai_{}_6mfu"),
        ("wai_{}_t1", "wai_{}_t2", "wai_{}_3"),
        ("wai_{}", "t_wai_{}"),
    ],
)
def test_a_second_set_of_columns_is_never_lost(families, tmp_path):
    frame = table(*families)
    with pytest.raises(ColumnError):
        am.score(frame, "wai-sr-client")
    path = tmp_path / "answers.csv"
    frame.to_csv(path, index=False)
    assert alliance("score", path, "-i", "wai-sr-client").code == 2


def test_the_second_set_is_named_with_the_way_out(tmp_path):
    refused(table("wai_{}", "wai_{}.1"), tmp_path, "'wai_1.1'", "12 of the 12 items once more")
    chosen = am.score(table("wai_{}", "wai_{}.1"), "wai-sr-client", columns="wai_{item}")
    assert chosen["total"].tolist() == [42.0]


def test_a_session_that_lacks_an_item_is_not_lost(tmp_path):
    refused(table("wai_{}", "wai_{}_s2").drop(columns="wai_12_s2"), tmp_path, "11 of the 12 items")


@pytest.mark.parametrize("beside", ["wai_{}_rt", "wai_{}_time", "time_wai_{}", "wai_{}_comment"])
def test_what_platforms_write_beside_an_answer_is_no_second_set(beside):
    assert am.score(table("wai_{}", beside), "wai-sr-client")["total"].tolist() == [42.0]


@pytest.mark.parametrize("numbers", [range(13), range(1, 37), range(14)])
def test_bare_numbers_that_are_not_the_form_s(numbers, tmp_path):
    frame = pd.DataFrame([[3] * len(numbers)], columns=[str(number) for number in numbers])
    refused(frame, tmp_path, "numbered", "columns")
    with pytest.raises(ColumnError, match="numbered"):
        am.score(frame.set_axis(list(numbers), axis=1), "wai-sr-client")


def test_long_items_beyond_the_form(tmp_path):
    rows = pd.DataFrame({"client": "A", "session": 1, "item": range(1, 37), "answer": 3})
    with pytest.raises(ColumnError):
        am.score(rows, "wai-sr-client")
    rows.to_csv(tmp_path / "long.csv", index=False)
    assert alliance("score", tmp_path / "long.csv", "-i", "wai-sr-client").code == 2


def test_blocks_of_two_questionnaires_are_not_two_sessions(tmp_path):
    names = [f"Q1_{item}" for item in ITEMS] + [f"Q2_{item}" for item in range(1, 21)]
    refused(pd.DataFrame([[3] * 32], columns=names), tmp_path, "could begin at")


@pytest.mark.parametrize(
    "names", [[f"wai_{n}" for n in range(1, 37)], list(map(str, range(1, 37)))]
)
def test_no_columns_are_suggested_of_a_longer_form(names):
    found = am.exchange.suggest_columns(pd.DataFrame(columns=names), "wai-sr-client")
    assert dict(found) == {}


def response(number: int, answers: list[int], **more) -> dict:
    items = [
        {"linkId": str(item), "answer": [{"valueInteger": answer}]}
        for item, answer in zip(ITEMS, answers, strict=True)
    ]
    base = {"resourceType": "QuestionnaireResponse", "id": f"r{number}", "status": "completed"}
    return {**base, "subject": {"reference": f"Patient/{number}"}, "item": items, **more}


def bundle(tmp_path: Path, *responses: dict) -> Path:
    path = tmp_path / "b.json"
    entries = [{"resource": one} for one in responses]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"questionnaire": "http://x/wai"}, {"questionnaire": "http://x/phq9"}),
        ({"source": {"reference": "Patient/1"}}, {"source": {"reference": "Practitioner/2"}}),
    ],
)
def test_two_questionnaires_or_raters_in_one_bundle(tmp_path, one, other):
    path = bundle(tmp_path, response(1, SHEET, **one), response(2, SHEET, **other))
    with pytest.raises(ExportError, match="2 questionnaires or of as many raters"):
        am.read_export(path)
    assert alliance("score", path, "-i", "wai-sr-client").code == 2


def test_versions_of_a_questionnaire_are_one_form(tmp_path):
    ours = [{"questionnaire": f"http://x/wai|{version}"} for version in (1, 2)]
    path = bundle(tmp_path, response(1, SHEET, **ours[0]), response(2, SHEET, **ours[1]))
    assert len(am.read_export(path).data) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"versionId": "9"}, {"versionId": "10"}),
        (
            {"lastUpdated": "2024-01-01T23:00:00Z"},
            {"lastUpdated": "2024-01-02T00:30:00+01:00"},
        ),
    ],
)
def test_the_last_version_of_a_response_counts(tmp_path, old, new):
    later = response(1, SHEET, meta=new, status="amended")
    earlier = response(1, [1] * 12, meta=old)
    for order in ([earlier, later], [later, earlier]):
        export = am.read_export(bundle(tmp_path, *order))
        assert am.score(export, "wai-sr-client")["total"].tolist() == [42.0]
        assert "earlier versions" in " ".join(export.notes["detail"])
    with pytest.raises(ExportError, match="the later"):
        am.read_export(bundle(tmp_path, response(1, SHEET), response(1, [1] * 12)))


def test_a_subject_by_identifier(tmp_path):
    person = {"identifier": {"system": "urn:clinic", "value": "77"}}
    export = am.read_export(bundle(tmp_path, response(1, SHEET, subject=person)))
    assert export.data["subject"].tolist() == ["urn:clinic|77"]


QUALTRICS = ["StartDate", "Status", "Progress", "Finished", "ResponseId", "client"]


def qualtrics(tmp_path: Path, *heads: list[str]) -> Path:
    names = [*QUALTRICS, *(f"WAI_{item}" for item in ITEMS)]
    imports = [json.dumps({"ImportId": name}) for name in names]
    frame = pd.DataFrame([names, imports, *([*head, *map(str, SHEET)] for head in heads)])
    frame.columns = names
    frame.to_csv(tmp_path / "q.csv", index=False)
    return tmp_path / "q.csv"


def test_words_of_another_language_for_a_status_are_not_complete(tmp_path):
    path = qualtrics(
        tmp_path,
        ["2024-01-01", "IP Address", "100", "True", "R_1", "A"],
        ["2024-01-01", "Umfragevorschau", "100", "Wahr", "R_2", "B"],
        ["2024-01-01", "IP Address", "", "Faux", "R_3", "C"],
    )
    data = am.read_export(path).data
    assert data["row_status"].tolist() == ["complete", "unknown", "unknown"]
    told = alliance("score", path, "-i", "wai-sr-client")
    assert "left out: 2 unknown" in told.err


def test_an_unknown_state_of_a_form_does_not_switch_the_others_off(tmp_path):
    names = ["record_id", "redcap_event_name", *(f"wai_{item}" for item in ITEMS), "wai_complete"]
    states = ["Incomplete", "Unverified", "Complete", "Unvollst\u00e4ndig"]
    rows = [[n, "session_1_arm_1", *SHEET, state] for n, state in enumerate(states)]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "r.csv", index=False)
    states = am.read_export(tmp_path / "r.csv").data["row_status"].tolist()
    assert states == ["partial", "complete", "complete", "unknown"]


def test_rows_of_statistics_and_rounded_ids_are_told(tmp_path):
    frame = pd.concat([table("wai_{}"), table("wai_{}").assign(client="Mean")], ignore_index=True)
    frame.to_csv(tmp_path / "m.csv", index=False)
    told = alliance("score", tmp_path / "m.csv", "-i", "wai-sr-client").err
    assert "called like a statistic" in told
    assert am.check(frame, "wai-sr-client")["problem"].tolist() == ["summary-row"]
    frame["client"] = [12345678901234563.0, 12345678901234565.0]
    frame.to_excel(tmp_path / "i.xlsx", index=False)
    told = alliance("score", tmp_path / "i.xlsx", "-i", "wai-sr-client").err
    assert "more than 15 digits" in told


def test_categories_sorted_as_text_are_no_order():
    frame = pd.DataFrame({"client": ["A", "A"], "session": ["2", "10"], "total": [30, 40]})
    for words in (["2", "10"], ["pre", "post"], ["session 2", "session 10"]):
        frame["session"] = pd.Categorical(words, ordered=True)
        with pytest.raises(StatisticError, match="order of the categories"):
            am.change.pre_post(frame, client="client", session="session", value="total")
    named = {"client": "client", "session": "session", "value": "total"}
    right = frame.assign(session=frame["session"].cat.set_categories(words, ordered=True))
    assert am.change.pre_post(right, **named)[["pre", "post"]].to_numpy().tolist() == [[30, 40]]
    given = am.change.pre_post(frame, **named, session_order=["session 2", "session 10"])
    assert given[["pre", "post"]].to_numpy().tolist() == [[30, 40]]


@pytest.mark.parametrize(
    "sessions", [["4\u00b9", "5", "6"], ["V1.2", "V1.9", "V1.10"], ["V1.2", "V1.10", "V1.1"]]
)
def test_sessions_that_only_look_like_numbers(sessions):
    frame = pd.DataFrame({"client": "A", "session": sessions, "total": [30, 31, 32]})
    with pytest.raises(StatisticError, match="session:"):
        am.sessions.trends(frame, client="client", session="session", value="total")


def test_offsets_that_differ_and_have_no_seconds():
    times = ["2024-01-05T01:00+02:00", "2024-01-04T23:30Z"]
    frame = pd.DataFrame({"client": "A", "session": times, "total": [30, 33]})
    found = am.sessions.trends(frame, client="client", session="session", value="total")
    assert found["slope"].tolist() == [pytest.approx(144.0)]


def test_scores_keep_whose_they_are_unless_told_otherwise(tmp_path):
    frame = table("wai_{}", head=("client", "session")).assign(session=1)
    frame.to_csv(tmp_path / "s.csv", index=False)
    run = ("score", tmp_path / "s.csv", "-i", "wai-sr-client")
    assert alliance(*run).out.splitlines()[0] == "client,session,task,bond,goal,total"
    assert alliance(*run, "--keep", "none").out.splitlines()[0] == "task,bond,goal,total"
    assert alliance(*run, "--keep", "session").out.splitlines()[0].startswith("session,task")


def test_labels_of_sessions_are_noted(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"client": ["A", "A"], "session": [1.0, 2.0], "total": [30.0, 40.0]})
    labels = {"session": {1.0: "post", 2.0: "pre"}}
    pyreadstat.write_sav(frame, tmp_path / "s.sav", variable_value_labels=labels)
    scores = am.read_export(tmp_path / "s.sav").data
    names = {"client": "client", "session": "session", "value": "total"}
    found = am.change.pre_post(scores, **names)
    assert "by their codes" in found.attrs["sessions"]
    bare = am.change.pre_post(frame, **names)
    assert "sessions" not in bare.attrs
