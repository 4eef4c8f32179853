"""Definitions for other systems: FHIR, REDCap, LimeSurvey, Qualtrics, BIDS, codebooks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from exports_made import delimited, save

import alliance_measures as am
from alliance_measures import ExportError, exchange, load, read_export
from alliance_measures.definitions.catalogue import instrument_ids
from alliance_measures.definitions.overlay import with_texts
from alliance_measures.exchange.redcap_fields import HEADINGS, read_dictionary
from alliance_measures.simulate import simulate

EVERY = instrument_ids()
WITHHELD = "wai-sr-client"
SECRET = "Wording by permission"


def worded(folder: Path) -> am.Instrument:
    texts = "\n".join(f"    {item}: {SECRET} {item}" for item in range(1, 13))
    text = f"schema: 1\ninstrument: {WITHHELD}\npermission: our licence\ntexts:\n  en:\n{texts}\n"
    return with_texts(WITHHELD, save(folder, "wording.yaml", text))


@pytest.mark.parametrize("name", EVERY)
def test_definition_to_fhir_and_back(name: str) -> None:
    form = json.loads(json.dumps(exchange.to_fhir_questionnaire(name)))
    again = exchange.from_fhir_questionnaire(form)
    assert again.model_dump() == load(name).model_dump()


@pytest.mark.parametrize("name", EVERY)
def test_fhir_validates(name: str) -> None:
    questionnaire = pytest.importorskip("fhir.resources.R4B.questionnaire")
    form = exchange.to_fhir_questionnaire(name)
    checked = questionnaire.Questionnaire.model_validate_json(json.dumps(form))
    links = [item.linkId for item in checked.item]
    assert len(links) == len(set(links))


def test_a_foreign_questionnaire_becomes_an_unvalidated_sum() -> None:
    form = exchange.to_fhir_questionnaire("wai-sr-client")
    form.pop("contained")
    made = exchange.from_fhir_questionnaire(form)
    assert made.key.status == "unvalidated"
    assert made.score_range("total") == (12, 60)
    assert made.response_of(1).label_pairs() == load("wai-sr-client").response.label_pairs()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"resourceType": "Patient"}, "no FHIR Questionnaire"),
        ({"resourceType": "Questionnaire"}, "no question"),
        ({"resourceType": "Questionnaire", "contained": [{"id": "definition"}]}, "is damaged"),
    ],
)
def test_what_is_no_questionnaire_is_refused(form: dict[str, Any], words: str) -> None:
    with pytest.raises(ExportError, match=words):
        exchange.from_fhir_questionnaire(form)


def test_answers_to_our_questionnaire_score() -> None:
    form = exchange.to_fhir_questionnaire("wai-sr-client")
    items = [
        {"linkId": item["linkId"], "answer": [item["answerOption"][2]]}
        for item in form["item"]
        if "answerOption" in item
    ]
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}
    frame = exchange.from_fhir_responses([response])
    assert am.score(frame, "wai-sr-client")["total"].tolist() == [36]


@pytest.mark.parametrize("name", EVERY)
def test_wording_that_is_withheld_goes_nowhere(name: str) -> None:
    instrument = load(name)
    if instrument.licence.item_text != "withheld":
        return
    item = instrument.items[0].model_copy(update={"text": {"en": SECRET}})
    told = instrument.model_copy(update={"items": (item, *instrument.items[1:])})
    assert SECRET not in everything(told)


def test_wording_by_permission_is_shown(tmp_path: Path) -> None:
    own = worded(tmp_path)
    for text in all_texts(own):
        assert f"{SECRET} 7" in text
    assert SECRET not in everything(load(WITHHELD))


def all_texts(instrument: am.Instrument) -> list[str]:
    return [
        json.dumps(exchange.to_fhir_questionnaire(instrument)),
        exchange.redcap_dictionary(instrument).to_csv(),
        exchange.limesurvey_survey(instrument),
        exchange.qualtrics_survey(instrument),
        json.dumps(exchange.bids_sidecar(instrument)),
        *(exchange.codebook_text(instrument, kind) for kind in exchange.CODEBOOK_KINDS),
    ]


def everything(instrument: am.Instrument) -> str:
    import base64

    library = exchange.to_fhir_questionnaire(instrument)["contained"][0]
    carried = base64.b64decode(library["content"][0]["data"]).decode()
    return "\n".join([*all_texts(instrument), carried])


@pytest.mark.parametrize("name", EVERY)
def test_redcap_dictionaries_are_read_by_our_reader(name: str) -> None:
    table = exchange.redcap_dictionary(name)
    assert list(table.columns) == list(HEADINGS)
    assert table[HEADINGS[0]].is_unique
    assert table[HEADINGS[0]].str.fullmatch(r"[a-z][a-z0-9_]*").all()
    fields = read_dictionary(table)
    instrument = load(name)
    first = next(iter(fields.values()))
    response = instrument.response_of(instrument.item_ids[0])
    if response.allowed and first.values:
        values = [float(code) for code in first.values][: len(response.allowed)]
        assert tuple(values) == response.allowed


def test_redcap_formulas_compute_what_score_computes() -> None:
    name = "wai-36-client"
    answers = simulate(name, clients=2, sessions=3, missing=0, seed=4).answers
    items = answers[[f"q{item}" for item in range(1, 37)]].astype(float)
    table = exchange.redcap_dictionary(name, prefix="q").set_index(HEADINGS[0])
    scores = am.score(items, name)
    for scale in scores:
        formula = table.loc[f"q_{scale}", HEADINGS[5]].replace("[q_", "items['q").replace("]", "']")
        pd.testing.assert_series_equal(eval(formula), scores[scale], check_names=False)


def test_redcap_data_entered_under_our_dictionary_scores_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.csv"
    exchange.write_table(exchange.redcap_dictionary(WITHHELD), path, escape_formulas=False)
    names = [f"wai_sr_{item}" for item in range(1, 13)]
    rows = [["record_id", *names, "wai_sr_complete"], ["1", *["4"] * 12, "2"]]
    export = read_export(save(tmp_path, "data.csv", delimited(rows)), dictionary=path)
    assert export.values("wai_sr_1")["5"] == "Always"
    assert am.score(export.data, WITHHELD)["total"].tolist() == [48]


@pytest.mark.parametrize("name", EVERY)
def test_limesurvey_text_is_a_regular_table(name: str) -> None:
    rows = list(
        csv.reader(
            io.StringIO(exchange.limesurvey_survey(name)), delimiter="\t", quoting=csv.QUOTE_NONE
        )
    )
    assert {len(row) for row in rows} == {12}
    classes = [row[0] for row in rows[1:]]
    assert classes[:3] == ["S", "SL", "G"]
    assert classes.count("SQ") == len(load(name).items)


@pytest.mark.parametrize("name", EVERY)
def test_qualtrics_text_holds_every_item(name: str) -> None:
    text = exchange.qualtrics_survey(name)
    assert text.startswith("[[AdvancedFormat]]\n")
    assert "[[Question:" in text


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("kind", ["markdown", "html", "csv", "json"])
def test_codebooks_of_every_kind(name: str, kind: str) -> None:
    text = exchange.codebook_text(name, kind)
    table = exchange.codebook(name)
    instrument = load(name)
    assert len(table) == len(instrument.items) + len(instrument.scales)
    if kind == "csv":
        assert len(pd.read_csv(io.StringIO(text))) == len(table)
    elif kind == "json":
        assert [row["variable"] for row in json.loads(text)["variables"]] == table[
            "variable"
        ].tolist()
    else:
        assert "<script" not in text
        assert instrument.title.split("'")[0].split("&")[0] in text


def test_codebooks_take_reliabilities_and_escape_hostile_titles() -> None:
    answers = simulate("wai-sr-client", clients=30, sessions=3, missing=0, seed=1).answers
    table = am.psychometrics.reliability_of(answers, "wai-sr-client")
    book = exchange.codebook("wai-sr-client", reliability=table)
    assert book.loc[book["kind"] == "scale", "alpha"].notna().all()
    hostile = load("wai-sr-client").model_copy(update={"title": "<script>alert(1)</script>"})
    assert "<script>" not in exchange.codebook_text(hostile, "html")
    with pytest.raises(ExportError, match="one of markdown"):
        exchange.codebook_text("wai-sr-client", "pdf")


def test_bids_sidecar_is_read_with_its_table(tmp_path: Path) -> None:
    names = [f"wai_sr_{item}" for item in range(1, 13)]
    rows = [["participant_id", *names], ["sub-01", *["3"] * 11, "n/a"]]
    path = save(tmp_path, "wai.tsv", delimited(rows, delimiter="\t"))
    save(tmp_path, "wai.json", json.dumps(exchange.bids_sidecar(WITHHELD)))
    export = read_export(path)
    assert export.format == "bids"
    assert export.data["wai_sr_12"].tolist() == [None]
    assert export.values("wai_sr_1")["1"] == "Seldom"
