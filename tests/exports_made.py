"""Constructed exports: no real file of these layouts has a usable licence; no real person."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

CANARY = "CANARY-7f3a"
KEY = "5d2e8a17c3f94b60a1e7d8c25b3f9046"
META = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Finished", "ResponseId"]
QUALTRICS_META = [*META, "RecipientEmail", "ExternalReference", "LocationLatitude"]


def delimited(
    rows: Sequence[Sequence[str]], *, delimiter: str = ",", end: str = "\n", quote: bool = False
) -> str:
    """Text of a delimited file."""
    file = io.StringIO()
    style = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=style).writerows(rows)
    return file.getvalue()


def secret_key(folder: Path) -> Path:
    """Key of pseudonyms in a file that its owner alone may read."""
    path = folder / "key.txt"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


def save(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file byte by byte as given."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def qualtrics_rows(*, labels: bool = False, items: int = 12) -> list[list[str]]:
    """Four responses: complete, unfinished, preview, complete; 12 items from Seldom to Always."""
    words = ["Seldom", "Sometimes", "Fairly often", "Very often", "Always"]
    names = [*QUALTRICS_META, *(f"Q5_{item}" for item in range(1, items + 1)), "Q6_-1", "Q7_TEXT"]
    texts = [f"label of {name}" for name in names]
    ids = [json.dumps({"ImportId": f"QID_{name}", "timeZone": "Z"}) for name in names]
    rows = [names, texts, ids]
    states = [("0", "1"), ("0", "0"), ("1", "1"), ("0", "1")]
    said = {"0": "IP Address", "1": "Survey Preview"}
    for number, (status, finished) in enumerate(states):
        answers = [(number + item) % 5 for item in range(items)]
        cells = [words[a] if labels else str(a + 1) for a in answers]
        done = {"1": "True", "0": "False"}[finished] if labels else finished
        stamp = f"2026-01-0{number + 1} 10:00:00"
        status = said[status] if labels else status
        head = [stamp, stamp, status, "192.0.2.1", "100", done, f"R_1abcdefgh{number}"]
        rows.append([*head, f"{CANARY}@example.org", f"C{number}", "47.1", *cells, "", "None"])
    return rows


def limesurvey_rows(*, head: str = "code", answers: str = "code") -> list[list[str]]:
    """Three responses, one partial, one matrix of four sub-questions."""
    words = {"A1": "Never", "A2": "Rarely", "A3": "Sometimes", "A4": "Often", "A5": "Always"}
    meta = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
    texts = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
    codes = [f"q1[vis{number}]" for number in range(1, 5)]
    questions = [f"How was it? [part {number}]" for number in range(1, 5)]
    heads = {
        "code": [*meta, *codes, "q2[other]"],
        "text": [*texts, *questions, "Anything? [Other]"],
        "both": [
            f"{code}. {text}"
            for code, text in zip(
                [*meta, *codes, "q2[other]"], [*texts, *questions, "Anything? [Other]"], strict=True
            )
        ],
    }
    rows = [heads[head]]
    for number in range(3):
        cells = [f"A{(number + part) % 5 + 1}" for part in range(4)]
        cells = [words[cell] for cell in cells] if answers == "full" else cells
        date = "" if number == 1 else "2026-01-02 10:00:00"
        rows.append([str(number + 1), date, "2", "en", "12345", *cells, "N/A"])
    return rows


def limesurvey_text(rows: list[list[str]]) -> str:
    """As its writer does it: byte order mark, every cell quoted, CRLF, an empty line at the end."""
    return "\ufeff" + delimited(rows, delimiter=";", end="\r\n", quote=True) + "\r\n"


def google_rows(
    stamp: str = "Timestamp", form: str = "2026/07/29 9:00:00 AM UTC+3"
) -> list[list[str]]:
    """Two responses with a grid question and an e-mail address."""
    head = [
        stamp,
        "Email Address",
        "How are we doing? [Goals]",
        "How are we doing? [Tasks]",
        "Why?",
    ]
    mail = f"{CANARY}@example.org"
    return [head, [form, mail, "Often", "Rarely", "NA"], [form, mail, "Always", "Often", ""]]


def microsoft_rows() -> list[list[str]]:
    """Two responses; the second question bears the name of the first with a digit."""
    head = ["ID", "Start time", "Completion time", "Email", "Name", "Who", "Who2", "Points - Who"]
    row = ["7/29/26 9:00:00", "7/29/26 9:05:00", "anonymous", CANARY]
    return [head, ["1", *row, "a;b;", "Often", "1"], ["2", *row, "b;", "", "0"]]


def castor_study_rows() -> list[list[str]]:
    """A study file."""
    head = ["Participant Id", "Participant Status", "Site Abbreviation", "wai_1", "wai_2"]
    return [head, ["110001", "Not Set", "ABC", "4", "5"], ["110002", "Not Set", "ABC", "", "3"]]


def castor_survey_rows() -> list[list[str]]:
    """A survey file: one row per survey sent."""
    head = ["Castor Participant Id", "Survey Instance Id", "Survey Completed On", "wai_1"]
    return [head, ["110001", "X1", "2026-01-01", "4"], ["110001", "X2", "2026-01-08", "5"]]


def fhir_response(link_values: dict[str, int], *, subject: str = "Patient/p1") -> dict[str, object]:
    """A QuestionnaireResponse with coded answers that carry an ordinal value."""
    url = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    items = [
        {
            "linkId": link,
            "answer": [
                {
                    "valueCoding": {
                        "extension": [{"url": url, "valueDecimal": value}],
                        "code": f"c{value}",
                        "display": f"answer {value}",
                    }
                }
            ],
        }
        for link, value in link_values.items()
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": subject, "display": CANARY},
        "authored": "2026-01-01",
        "item": [{"linkId": "group", "item": items}],
    }
