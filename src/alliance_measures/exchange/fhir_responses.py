"""FHIR R4 QuestionnaireResponse and Bundle: one row per response, one column per linkId."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.errors import DataWarning, ExportError, outside
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.fhir_labels import one_word, with_words
from alliance_measures.exchange.fhir_versions import (
    latest,
    refuse_mixed_questionnaires,
    subject_of,
)
from alliance_measures.exchange.json_shapes import require_plain, require_shape
from alliance_measures.exchange.statuses import mark_rows
from alliance_measures.files import read_bytes
from alliance_measures.row_status import STATUS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ORDINAL", "from_fhir_responses", "is_fhir", "read", "read_json"]

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
SCORES = (ORDINAL, "http://hl7.org/fhir/StructureDefinition/itemWeight")
HEAD = ("id", "subject", "authored", "status", "questionnaire")
MAX_DEPTH = 60
EARLIER = "earlier versions of responses left out: the last one counts"
# QuestionnaireResponse.status of R4, and the word of other resources for a stop
STATES = {
    "completed": "complete",
    "amended": "complete",
    "in-progress": "partial",
    "stopped": "withdrawn",
    "cancelled": "withdrawn",
    "entered-in-error": "error",
}


def is_fhir(content: Any) -> bool:
    """Whether JSON holds FHIR resources."""
    first = content[0] if isinstance(content, list) and content else content
    return isinstance(first, Mapping) and isinstance(first.get("resourceType"), str)


@explained
def from_fhir_responses(responses: Any, questionnaire: Any = None) -> pd.DataFrame:
    """Turn FHIR R4 QuestionnaireResponses into a table of answers.

    Parameters
    ----------
    responses : dict, list of dict, str or Path
        QuestionnaireResponses, a Bundle of them, or a JSON file of either.
    questionnaire : dict, str or Path, optional
        The Questionnaire: gives scores to coded answers that carry none themselves.

    Returns
    -------
    DataFrame
        One row per response, of several versions the last: id, subject (reference, else
        identifier), authored, status, questionnaire, then one
        column per linkId. A coded answer is its ordinal value where it has one, else its code;
        several answers to one item are joined by semicolons; no answer is None.

    Raises
    ------
    ExportError
        The JSON holds no QuestionnaireResponse.

    Examples
    --------
    >>> answer = {"linkId": "1", "answer": [{"valueInteger": 4}]}
    >>> response = {"resourceType": "QuestionnaireResponse", "item": [answer]}
    >>> from_fhir_responses(response)["1"].tolist()
    [4]
    """
    content = _loaded(responses)
    form = _loaded(questionnaire)
    found, earlier = latest(_responses(content))
    if earlier:
        warnings.warn(f"{earlier} {EARLIER}", DataWarning, stacklevel=outside())
    return with_words(_frame(found, _scores(form), {}), _words(form))


def read(request: Request, content: Any) -> Draft:
    """Read FHIR resources that were loaded from the file of a request."""
    form = _loaded(request.dictionary)
    scores = _scores(form)
    seen: dict[str, Field] = {}
    found, earlier = latest(_responses(content))
    frame = with_words(_frame(found, scores, seen), _words(form))
    head = [Field(name, name, "added") for name in HEAD]
    states = frame.pop(STATUS).tolist()
    fields = [*head, *(seen[name] for name in frame.columns[len(HEAD) :])]
    draft = Draft("fhir", frame, fields)
    mark_rows(draft, states)
    if earlier:
        draft.note("versions", EARLIER, n=earlier)
    silent = sum(not one.get("status") for one in found)
    if silent:
        draft.note("status", "responses without a status: taken as complete", n=silent)
    draft.note("layout", "one row per QuestionnaireResponse", n=len(frame))
    named = sum(
        isinstance(one.get("subject"), Mapping) and "display" in one["subject"] for one in found
    )
    if named:
        draft.note("identifier", "names of subjects left out; references kept", n=named)
    coded = [field.column for field in fields if field.kind == "code"]
    for column in coded:
        draft.note(
            "answers",
            "codes without a score: dictionary= names the Questionnaire that scores them",
            column=column,
        )
    return draft


def _loaded(source: Any) -> Any:
    content = read_json(Path(source)) if isinstance(source, (str, Path)) else source
    if content is not None:
        require_plain(content, "the Questionnaire or response")
        require_shape(content, "the Questionnaire or response")
    return content


def read_json(path: Path) -> Any:
    """Read a JSON file, or one with a JSON object per line.

    Raises
    ------
    ExportError
        The file is not JSON, or nested too deeply. The message names the line, never its text.
    """
    raw = read_bytes(path)
    content = _parsed(raw, path.name)
    require_plain(content, path.name)
    return content


def _parsed(raw: bytes, name: str) -> Any:
    try:
        text = raw.decode("utf-8-sig")
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise ExportError(
            f"{name}: byte 0x{error.object[error.start]:02X} at {error.start} is not UTF-8"
        ) from None
    except RecursionError:
        raise ExportError(f"{name} is nested too deeply") from None
    except ValueError as error:
        line = getattr(error, "lineno", None)
    if line is None:  # Python reads no number of more than 4,300 digits
        raise ExportError(f"{name} holds a number of thousands of digits")
    try:
        return [json.loads(row) for row in text.splitlines() if row.strip()]
    except (ValueError, RecursionError):
        raise ExportError(f"{name}: line {line} is not JSON; is it cut short?") from None


def _responses(content: Any) -> list[Mapping[str, Any]]:
    require_shape(content, "the JSON")
    given = content if isinstance(content, list) else [content]
    found = [one for entry in given for one in _unwrapped(entry)]
    if not found:
        raise ExportError("the JSON holds no QuestionnaireResponse")
    refuse_mixed_questionnaires(found)
    return found


def _unwrapped(resource: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(resource, Mapping):
        return
    if resource.get("resourceType") == "QuestionnaireResponse":
        yield resource
    elif resource.get("resourceType") == "Bundle":
        for entry in _list(resource.get("entry")):
            if isinstance(entry, Mapping):
                yield from _unwrapped(entry.get("resource"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []


def _frame(
    responses: list[Mapping[str, Any]],
    scores: Mapping[tuple[str, str], Any],
    seen: dict[str, Field],
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for response in responses:
        row: dict[str, Any] = {name: response.get(name) for name in HEAD}
        row["subject"] = subject_of(response)
        answers: dict[str, list[Any]] = {}
        _collect(response, answers, scores, seen, 0)
        row |= {name: _joined(values) for name, values in answers.items()}
        rows.append(row)
    columns = list(dict.fromkeys([*HEAD, *(name for row in rows for name in row)]))
    cells = {name: [row.get(name) for row in rows] for name in columns}
    cells[STATUS] = [_state(row.get("status")) for row in rows]
    index = pd.RangeIndex(1, 1 + len(rows), name="row")
    return pd.DataFrame(cells, index=index, dtype=object)


def _state(status: Any) -> str:
    if status is None or status == "":
        return "complete"
    return (
        STATES.get(status.strip().casefold(), "unknown") if isinstance(status, str) else "unknown"
    )


def _joined(values: list[Any]) -> Any:
    kept = [value for value in values if value is not None]
    if len(kept) < 2:
        return kept[0] if kept else None
    return ";".join(str(value) for value in kept)


def _collect(
    holder: Mapping[str, Any],
    answers: dict[str, list[Any]],
    scores: Mapping[tuple[str, str], Any],
    seen: dict[str, Field],
    depth: int,
) -> None:
    """Walk items and the items inside answers."""
    if depth > MAX_DEPTH:
        raise ExportError("the FHIR items are nested too deeply")
    for item in _list(holder.get("item")) if isinstance(holder, Mapping) else []:
        if not isinstance(item, Mapping):
            continue
        link = str(item.get("linkId", ""))
        if "answer" in item or "item" not in item:
            link = f"item {link}" if link in (*HEAD, STATUS) else link
            seen.setdefault(link, Field(link, str(item.get("text") or link), source=link))
            kept = answers.setdefault(link, [])
            for answer in _list(item.get("answer")):
                kept.append(_value(answer, link, scores, seen))
                _collect(answer, answers, scores, seen, depth + 1)
        _collect(item, answers, scores, seen, depth + 1)


def _value(
    answer: Any, link: str, scores: Mapping[tuple[str, str], Any], seen: dict[str, Field]
) -> Any:
    """Score or code of an answer; anything else as it stands."""
    if not isinstance(answer, Mapping):
        return None
    name = next((key for key in answer if key.startswith("value")), None)
    value = answer.get(name) if name else None
    if name == "valueQuantity" and isinstance(value, Mapping):
        return value.get("value")
    if name != "valueCoding" or not isinstance(value, Mapping):
        return value if isinstance(value, (str, int, float)) else None
    code, display = str(value.get("code", "")), str(value.get("display") or "")
    score = _ordinal(value, answer)
    score = scores.get((link, code)) if score is None else score
    found = score if score is not None else code or display or None
    one = seen[link]
    kind = "score" if score is not None else "code"
    seen[link] = one._replace(kind=kind, values={**one.values, str(found): display or code})
    return one_word(found, display)


def _ordinal(*holders: Mapping[str, Any]) -> Any:
    for holder in holders:
        for extension in _list(holder.get("extension")):
            if isinstance(extension, Mapping) and extension.get("url") in SCORES:
                found = extension.get("valueDecimal", extension.get("valueInteger"))
                if isinstance(found, (int, float)):
                    return int(found) if float(found).is_integer() else found
    return None


def _words(questionnaire: Any) -> dict[str, dict[str, str]]:
    """Words of the answer options of a Questionnaire: linkId -> score or code -> display."""
    scores, found = _scores(questionnaire), dict[str, dict[str, str]]()
    for link, coding in _options(questionnaire, 0):
        code, display = str(coding.get("code", "")), coding.get("display")
        if isinstance(display, str) and display:
            score = scores.get((link, code))
            found.setdefault(link, {})[str(code if score is None else score)] = display
    return found


def _options(holder: Any, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for item in _list(holder.get("item")) if isinstance(holder, Mapping) else []:
        if not isinstance(item, Mapping) or depth > MAX_DEPTH:
            continue
        for option in _list(item.get("answerOption")):
            coding = option.get("valueCoding") if isinstance(option, Mapping) else None
            if isinstance(coding, Mapping):
                yield str(item.get("linkId", "")), coding
        yield from _options(item, depth + 1)


def _scores(questionnaire: Any) -> dict[tuple[str, str], Any]:
    """Score of every coded answer of a Questionnaire: (linkId, code) -> number."""
    found: dict[tuple[str, str], Any] = {}

    def walk(holder: Mapping[str, Any], depth: int) -> None:
        for item in _list(holder.get("item")) if depth < MAX_DEPTH else []:
            if not isinstance(item, Mapping):
                continue
            for option in _list(item.get("answerOption")):
                coding = option.get("valueCoding") if isinstance(option, Mapping) else None
                if isinstance(coding, Mapping):
                    score = _ordinal(coding, option)
                    if score is not None:
                        found[str(item.get("linkId", "")), str(coding.get("code", ""))] = score
            walk(item, depth + 1)

    if isinstance(questionnaire, Mapping):
        walk(questionnaire, 0)
    return found
