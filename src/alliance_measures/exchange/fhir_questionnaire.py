"""An instrument as a FHIR R4 Questionnaire with scoring."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.exchange.fhir_responses import ORDINAL
from alliance_measures.exchange.wording import answer_labels, item_label, number_text

__all__ = ["DEFINITION", "to_fhir_questionnaire"]

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition"
EXPRESSION = f"{SDC}/sdc-questionnaire-calculatedExpression"
LIBRARY = "http://hl7.org/fhir/StructureDefinition/cqf-library"
LIBRARY_TYPES = "http://terminology.hl7.org/CodeSystem/library-type"
LIMITS = {
    "minValue": "http://hl7.org/fhir/StructureDefinition/minValue",
    "maxValue": "http://hl7.org/fhir/StructureDefinition/maxValue",
}
CODES = "https://alliance-measures.invalid/CodeSystem"
DEFINITION = "definition"


@explained
def to_fhir_questionnaire(
    instrument: Instrument | str | Path, *, language: str | None = None
) -> dict[str, Any]:
    """Write an instrument as a FHIR R4 Questionnaire.

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it, or where the user added it by
        permission.
    language : str, optional
        Default: the first language of the instrument.

    Returns
    -------
    dict
        JSON-ready. One item per question, linkId the item's id, every answer with its
        ordinalValue; one read-only item per scale with a calculatedExpression (FHIRPath) where
        FHIRPath can say it: sums and means of complete forms. The whole definition travels along
        as a contained Library, so that nothing is lost on the way back.

    Examples
    --------
    >>> form = to_fhir_questionnaire("wai-sr-client")
    >>> from alliance_measures.exchange import from_fhir_questionnaire
    >>> form["resourceType"], len(form["item"]), form["item"][0]["linkId"]
    ('Questionnaire', 16, '1')
    >>> from_fhir_questionnaire(form).model_dump() == load("wai-sr-client").model_dump()
    True
    """
    instrument = load(instrument)
    language = language or instrument.languages[0]
    items = [_question(instrument, item, language) for item in instrument.item_ids]
    items += [_score(instrument, scale) for scale in instrument.scales]
    form: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "id": re.sub(r"[^A-Za-z0-9.-]", "-", instrument.id)[:64],
        "language": language,
        "contained": [_library(instrument)],
        "extension": [{"url": LIBRARY, "valueCanonical": f"#{DEFINITION}"}],
        "name": re.sub(r"\W+", "_", instrument.id),
        "title": instrument.title,
        "status": "active",
        "subjectType": ["Patient"],
        "item": items,
    }
    if instrument.purpose:
        form["purpose"] = instrument.purpose
    holder = instrument.licence.holder
    if holder:
        form["copyright"] = holder
    return form


def _library(instrument: Instrument) -> dict[str, Any]:
    raw = yaml_text(_plain_definition(instrument)).encode()
    content = {"contentType": "application/yaml", "data": base64.b64encode(raw).decode()}
    kind = {"system": LIBRARY_TYPES, "code": "asset-collection"}
    return {
        "resourceType": "Library",
        "id": DEFINITION,
        "status": "active",
        "type": {"coding": [kind]},
        "content": [content],
    }


def _plain_definition(instrument: Instrument) -> dict[str, Any]:
    """Give the definition as plain data, without wording that may not be shown."""
    data: dict[str, Any] = _plain(
        instrument.model_dump(by_alias=True, exclude_defaults=True, exclude={"path"})
    )
    if instrument.licence.item_text == "withheld":
        for item in data["items"]:
            item.pop("text", None)
        data.pop("instructions", None)
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(exclude_defaults=True))
    return value


def yaml_text(data: Any) -> str:
    """Write plain data as YAML in which every text is quoted, so that none turns into a number."""
    import yaml

    class Quoting(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Quoting.add_representer(
        str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    )
    text: str = yaml.dump(data, Dumper=Quoting, allow_unicode=True, sort_keys=False, width=100)
    return text


def _question(instrument: Instrument, item: int | str, language: str) -> dict[str, Any]:
    response = instrument.response_of(item)
    labels = answer_labels(response, language=language)
    question: dict[str, Any] = {
        "linkId": str(item),
        "text": item_label(instrument, item, language=language),
        "type": "choice" if labels else "decimal",
        "required": False,
    }
    if labels:
        system = f"{CODES}/{instrument.id}"
        question["answerOption"] = [
            {"valueCoding": _coding(system, value, label)} for value, label in labels.items()
        ]
        return question
    question["extension"] = [
        {"url": LIMITS["minValue"], "valueDecimal": response.low},
        {"url": LIMITS["maxValue"], "valueDecimal": response.high},
    ]
    return question


def _coding(system: str, value: float, label: str) -> dict[str, Any]:
    number = int(value) if float(value).is_integer() else value
    return {
        "extension": [{"url": ORDINAL, "valueDecimal": number}],
        "system": system,
        "code": number_text(value),
        "display": label,
    }


def _score(instrument: Instrument, scale: str) -> dict[str, Any]:
    definition = instrument.scales[scale]
    item: dict[str, Any] = {
        "linkId": f"score-{scale}",
        "text": definition.title or scale,
        "type": "decimal",
        "readOnly": True,
    }
    formula = _formula(instrument, scale)
    if formula:
        expression = {"language": "text/fhirpath", "expression": formula}
        item["extension"] = [{"url": EXPRESSION, "valueExpression": expression}]
    return item


def _formula(instrument: Instrument, scale: str) -> str:
    """FHIRPath of a sum or mean of complete forms; "" where FHIRPath cannot say it."""
    definition = instrument.scales[scale]
    items = instrument.scale_items(scale)
    transformed = any(instrument.item(item).linear for item in items)
    if definition.method not in ("sum", "mean") or transformed:
        return ""
    reverse = instrument.reversed_items(scale)
    plain = [item for item in items if item not in reverse]
    parts = [f"{_sum(instrument, plain)}"] if plain else []
    if reverse:
        ends = sum(instrument.response_of(i).low + instrument.response_of(i).high for i in reverse)
        parts.append(f"({number_text(ends)} - {_sum(instrument, list(reverse))})")
    total = " + ".join(parts)
    if definition.method == "mean":
        total = f"({total}) / {len(items)}"
    if definition.linear:
        linear = definition.linear
        total = f"({total}) * {linear.multiply} / {linear.divide} + {linear.add}"
    count = f"{_answers(list(items))}.count() = {len(items)}"
    return f"iif({count}, {total}, {{}})"


def _answers(items: list[int | str]) -> str:
    links = " | ".join(f"'{item}'" for item in items)
    return f"%resource.item.where(linkId in ({links})).answer.value"


def _sum(instrument: Instrument, items: list[int | str]) -> str:
    line = instrument.response_of(items[0]).allowed is None
    return f"{_answers(items)}{'' if line else '.ordinal()'}.sum()"
