"""An instrument from a FHIR R4 Questionnaire: its definition, or its scored questions."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alliance_measures.arguments import explained
from alliance_measures.definitions.instrument import MAX_ID, Instrument
from alliance_measures.definitions.reader import parse_definition
from alliance_measures.errors import ExportError
from alliance_measures.exchange.fhir_questionnaire import DEFINITION
from alliance_measures.exchange.fhir_responses import ORDINAL, read_json

__all__ = ["from_fhir_questionnaire"]

MAX_DEFINITION = 1_000_000


@explained
def from_fhir_questionnaire(questionnaire: Any, *, id: str | None = None) -> Instrument:  # noqa: A002
    """Read an instrument from a FHIR R4 Questionnaire.

    Parameters
    ----------
    questionnaire : dict, str or Path
        The resource, or its JSON file.
    id : str, optional
        Id of the instrument; default from the resource.

    Returns
    -------
    Instrument
        The very definition where :func:`to_fhir_questionnaire` made the resource. Otherwise the
        scored questions with one scale, their sum, marked as unvalidated: write the real key into
        the definition before you use it.

    Raises
    ------
    ExportError
        The JSON is no Questionnaire, or none of its questions is scored.
    DefinitionError
        The definition it carries is not valid.
    """
    form = questionnaire
    if isinstance(questionnaire, (str, Path)):
        form = read_json(Path(questionnaire))
    if not isinstance(form, Mapping) or form.get("resourceType") != "Questionnaire":
        raise ExportError("the JSON is no FHIR Questionnaire")
    carried = _carried(form)
    if carried is not None:
        return parse_definition(carried, name="the definition in the Questionnaire")
    return _from_questions(form, id)


def _carried(form: Mapping[str, Any]) -> bytes | None:
    contained = form.get("contained")
    for resource in contained if isinstance(contained, list) else []:
        if not isinstance(resource, Mapping) or resource.get("id") != DEFINITION:
            continue
        try:
            data = str(resource["content"][0]["data"])
            raw = base64.b64decode(data, validate=True)
        except (KeyError, IndexError, TypeError, ValueError, binascii.Error):
            raise ExportError("the definition in the Questionnaire is damaged") from None
        if len(raw) > MAX_DEFINITION:
            raise ExportError("the definition in the Questionnaire is too large")
        return raw
    return None


def _from_questions(form: Mapping[str, Any], given: str | None) -> Instrument:
    found = list(_scored_questions(form, 0))
    if not found:
        raise ExportError("no question of the Questionnaire has scored answers (ordinalValue)")
    title = str(form.get("title") or form.get("name") or "Questionnaire")
    plain = re.sub(r"[^a-z0-9]+", "-", str(given or form.get("id") or title).casefold()).strip("-")
    language = str(form.get("language") or "en")
    language = language if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "en"
    definition = {
        "schema": 1,
        "id": (plain if plain[:1].isalpha() else f"q-{plain}")[:MAX_ID],
        "title": title,
        "rater": "client",
        "target": "relationship",
        "languages": [language],
        "source": {"citation": str(form.get("url") or title)},
        "licence": {"item_text": "included", "note": str(form.get("copyright") or "not stated")},
        "key": {"status": "unvalidated", "evidence": ["A FHIR Questionnaire that states no key."]},
        "response": found[0][2],
        "items": [
            {"id": number, "text": {language: text}, "response": response}
            for number, (_, text, response) in enumerate(found, start=1)
        ],
        "scales": {"total": {"items": "all", "method": "sum"}},
    }
    return parse_definition(
        json.dumps(definition).encode(), name="the definition made from the Questionnaire"
    )


def _scored_questions(holder: Mapping[str, Any], depth: int) -> Any:
    items = holder.get("item")
    for item in items if isinstance(items, list) and depth < 30 else []:
        if not isinstance(item, Mapping):
            continue
        options = item.get("answerOption")
        pairs = [_option(option) for option in options] if isinstance(options, list) else []
        scored = {value: label for pair in pairs if pair for value, label in [pair]}
        if len(scored) > 1:
            link = str(item.get("linkId") or "")
            yield link, str(item.get("text") or link or "question"), _response(scored)
        yield from _scored_questions(item, depth + 1)


def _option(option: Any) -> tuple[float, str] | None:
    coding = option.get("valueCoding") if isinstance(option, Mapping) else None
    if not isinstance(coding, Mapping):
        return None
    extensions = coding.get("extension")
    for one in extensions if isinstance(extensions, list) else []:
        if isinstance(one, Mapping) and one.get("url") == ORDINAL:
            value = one.get("valueDecimal", one.get("valueInteger"))
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                number = int(value) if float(value).is_integer() else float(value)
                return number, str(coding.get("display") or coding.get("code") or number)
    return None


def _response(scored: Mapping[float, str]) -> dict[str, Any]:
    values = sorted(scored)
    return {"values": values, "labels": {"en": [scored[value] for value in values]}}
