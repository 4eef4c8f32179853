"""Exports of every kind, damaged at random: what any reader must survive."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pandas as pd
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
)
from hypothesis import strategies as st

from alliance_measures import read_export
from alliance_measures.errors import AllianceError
from alliance_measures.exchange import to_fhir_questionnaire, write_table

PIECES = [
    b"",
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"=1+1",
    b"'",
    b"{",
    b"[",
    b"redcap_event_name",
    b"StartDate",
    b"\xe9",
    b"1e999",
    b"-",
    b"___",
]


def _table(ending: str) -> bytes:
    frame = pd.DataFrame({"client": ["C1", CANARY], "q1": [1.0, None], "q2": ["a", "=b"]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        write_table(frame, path, value_labels={"q1": {1.0: "one"}})
        return path.read_bytes()


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("study.csv", delimited(castor_study_rows(), delimiter=";"))
    return file.getvalue()


@lru_cache(maxsize=1)
def seeds() -> dict[str, bytes]:
    """Sound files, by name."""
    redcap = [
        [
            "id",
            "redcap_event_name",
            "redcap_repeat_instance",
            "q1",
            "box___1",
            "box___2",
            "f_complete",
        ],
        ["1", "a", "", "1,5", "0", "0", "0"],
        ["1", "a", "1", CANARY, "1", "0", "2"],
    ]
    long = [["client", "item", "answer"], ["1", "q1", CANARY], ["1", "q2", "4"]]
    texts = {
        "qualtrics.csv": delimited(qualtrics_rows()),
        "qualtrics.tsv": delimited(qualtrics_rows(labels=True), delimiter="\t"),
        "limesurvey.csv": limesurvey_text(limesurvey_rows(head="both")),
        "google.csv": delimited(google_rows()),
        "microsoft.csv": delimited(microsoft_rows()),
        "castor.csv": delimited(castor_survey_rows(), delimiter=";"),
        "redcap.csv": delimited(redcap),
        "long.csv": delimited(long),
        "bids.tsv": f"participant_id\tq1\nsub-01\t{CANARY}\nsub-02\tn/a\n",
        "fhir.json": json.dumps([fhir_response({"1": 4, "2": 5})]),
        "form.json": json.dumps(to_fhir_questionnaire("srs-v3")),
        "surveymonkey.csv": f"Respondent ID,Q,,R\n,a,b,Response\n1,x,{CANARY},z\n",
    }
    found = {name: text.encode() for name, text in texts.items()}
    found["utf16.tsv"] = texts["qualtrics.tsv"].encode("utf-16")
    found |= {f"t{ending}": _table(ending) for ending in (".xlsx", ".parquet", ".sav", ".csv")}
    found["castor.zip"] = _archive()
    return found


@st.composite
def damaged(draw: Callable[..., object]) -> tuple[str, bytes]:
    """A sound file with a few pieces cut, doubled, replaced or put in."""
    name = draw(st.sampled_from(sorted(seeds())))
    raw = seeds()[str(name)]
    for _ in range(int(draw(st.integers(0, 6)))):  # type: ignore[call-overload]
        start = int(draw(st.integers(0, max(len(raw), 1))))  # type: ignore[call-overload]
        length = int(draw(st.integers(0, 40)))  # type: ignore[call-overload]
        piece = draw(
            st.one_of(
                st.sampled_from(PIECES), st.binary(max_size=6), st.just(raw[start : start + length])
            )
        )
        raw = raw[:start] + bytes(piece) + raw[start + length :]  # type: ignore[call-overload]
    return str(name), raw


def survives(folder: Path, name: str, raw: bytes, **options: object) -> None:
    """Read a file: an export, or an error of this package that shows no cell."""
    path = folder / name
    path.write_bytes(raw)
    told, export = "", None
    try:
        export = read_export(path, **options)  # type: ignore[arg-type]
    except AllianceError as error:
        told = str(error)
    assert len(told) < 4000
    if export is None:  # columns are named; damage can put a cell's text into the header
        assert CANARY not in told or CANARY.encode() in raw.split(b"\n")[0]
        return
    assert export.data.columns.is_unique
    assert list(export.codebook["column"]) == list(export.data.columns)
    shown = export.notes["detail"].str.cat(sep=" ")
    assert CANARY not in shown or CANARY.encode() in raw.split(b"\n")[0]
