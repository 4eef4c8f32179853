"""What JSON may hold where, checked before it is used: the place is told, never the value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from alliance_measures.errors import ExportError

__all__ = ["require_plain", "require_shape"]

MOST_TOLD = 5
DEEPEST = 200
LARGEST = 2**53  # beyond it a number has no exact float

# A shape is a name below, a kind of value, or a list of one of these; other keys may hold anything.
Shape = Any
SHAPES: dict[str, dict[str, Shape]] = {
    "Bundle": {"entry": ["Entry"]},
    "Entry": {"resource": "Resource"},
    "QuestionnaireResponse": {
        "id": str, "status": str, "questionnaire": str, "authored": str, "subject": "Reference",
        "source": "Reference", "meta": "Meta", "item": ["Item"],
    },
    "Reference": {"reference": str, "display": str, "identifier": "Identifier"},
    "Identifier": {"system": str, "value": str},
    "Meta": {"versionId": str, "lastUpdated": str},
    "Item": {"linkId": str, "text": str, "answer": ["Answer"], "item": ["Item"]},
    "Answer": {
        "valueInteger": int, "valueDecimal": float, "valueString": str, "valueBoolean": bool,
        "valueDate": str, "valueDateTime": str, "valueTime": str, "valueUri": str,
        "valueCoding": "Coding", "valueQuantity": "Quantity", "item": ["Item"],
        "extension": ["Extension"],
    },
    "Coding": {"system": str, "code": str, "display": str, "extension": ["Extension"]},
    "Quantity": {"value": float, "unit": str},
    "Extension": {"url": str, "valueDecimal": float, "valueInteger": int},
    "Questionnaire": {"id": str, "url": str, "title": str, "item": ["Question"]},
    "Question": {
        "linkId": str, "text": str, "type": str, "answerOption": ["Option"], "item": ["Question"],
    },
    "Option": {"valueCoding": "Coding", "valueInteger": int, "valueString": str,
               "extension": ["Extension"]},
}  # fmt: skip
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def require_plain(content: Any, name: str) -> None:
    """Refuse numbers that no float holds, broken letters and endless depth, by their places.

    Parameters
    ----------
    content : object
        What JSON was read into.
    name : str
        The file, as messages call it.

    Raises
    ------
    ExportError
    """
    _raise(list(_odd(content, "", 0)), name)


def require_shape(content: Any, name: str) -> None:
    """Refuse FHIR resources whose parts are of another kind than the standard has them.

    Examples
    --------
    >>> require_shape({"resourceType": "QuestionnaireResponse", "item": [{"answer": 3}]}, "r.json")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ExportError: r.json: item[0].answer must be a list of objects
    """
    entries = content if isinstance(content, list) else [content]
    found = [
        problem
        for number, entry in enumerate(entries)
        for problem in _misfits(
            entry, "Resource", f"[{number}]" if isinstance(content, list) else ""
        )
    ]
    _raise(found, name)


def _raise(problems: list[str], name: str) -> None:
    if problems:
        more = len(problems) - MOST_TOLD
        lines = [*problems[:MOST_TOLD], *([f"{more} more of these"] if more > 0 else [])]
        raise ExportError(f"{name}: " + "\n".join(lines))


def _odd(value: Any, place: str, depth: int) -> Iterator[str]:
    where = place or "the document"
    if depth > DEEPEST:
        yield f"{place[:60]} ... is nested too deeply"
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if _broken(key):
                yield f"{where} has a key with a broken letter (a lone surrogate)"
            else:
                yield from _odd(part, _below(place, key), depth + 1)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _odd(part, f"{place}[{number}]", depth + 1)
    elif isinstance(value, str) and _broken(value):
        yield f"{where} holds a broken letter (a lone surrogate)"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{where} is no finite number"
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield f"{where} is a number beyond 2^53, of which the last digits would be lost"


def _broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)


def _below(place: str, key: str) -> str:
    """Name a place; keys that are no words of the standard are counted, not shown."""
    shown = key if key.isascii() and key.isidentifier() and len(key) <= 40 else "(another key)"
    return f"{place}.{shown}" if place else shown


def _misfits(value: Any, shape: Shape, place: str, depth: int = 0) -> Iterator[str]:
    if value is None or depth > DEEPEST:
        return
    where = place or "the document"
    if isinstance(shape, list):
        parts = value if isinstance(value, list) else [value]
        if isinstance(value, (list, Mapping)):
            for number, part in enumerate(parts):
                yield from _misfits(part, shape[0], f"{place}[{number}]", depth + 1)
        else:
            yield f"{where} must be a list of objects"
    elif isinstance(shape, str):
        if not isinstance(value, Mapping):
            yield f"{where} must be an object"
            return
        keys = SHAPES.get(str(value.get("resourceType")) if shape == "Resource" else shape, {})
        for key, inner in keys.items():
            yield from _misfits(value.get(key), inner, _below(place, key), depth + 1)
    elif not _is(value, shape):
        yield f"{where} must be {WORDS[shape]}"


def _is(value: object, kind: type) -> bool:
    if kind in (int, float):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return number and (kind is float or whole)
    return isinstance(value, kind)
