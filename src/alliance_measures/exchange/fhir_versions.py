"""Which FHIR responses count: the last version of each, and those of one questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alliance_measures.errors import ExportError

__all__ = ["latest", "refuse_mixed_questionnaires", "subject_of"]

Response = Mapping[str, Any]


def latest(responses: Sequence[Response]) -> tuple[list[Response], int]:
    """Keep the last version of every response that is there more than once.

    Parameters
    ----------
    responses : sequence of mapping

    Returns
    -------
    kept : list of mapping
        In the order of the last versions.
    earlier : int
        How many were left out.

    Raises
    ------
    ExportError
        Versions of one response that neither `versionId` nor `lastUpdated` tells apart.
    """
    last: dict[str, int] = {}
    unclear = 0
    for place, response in enumerate(responses):
        name = response.get("id")
        if not isinstance(name, str) or not name:
            continue
        before = last.setdefault(name, place)
        if before == place:
            continue
        old, new = _version(responses[before]), _version(response)
        if old == new or not old or not new:
            unclear += 1
        elif new > old:
            last[name] = place
    if unclear:
        raise ExportError(
            f"{unclear} responses have the id of another one, and neither meta.versionId nor "
            "meta.lastUpdated tells which is the later; keep one of each"
        )
    kept = [
        response
        for place, response in enumerate(responses)
        if not (isinstance(response.get("id"), str) and response["id"])
        or last[response["id"]] == place
    ]
    return kept, len(responses) - len(kept)


def _version(response: Response) -> tuple[Any, ...]:
    """Order of versions: by number where it is one, else by the moment; () without either."""
    meta = response.get("meta")
    if not isinstance(meta, Mapping):
        return ()
    number, moment = str(meta.get("versionId", "")), meta.get("lastUpdated")
    if number.isascii() and number.isdigit():
        return (0, int(number))
    return (1, _instant(moment)) if isinstance(moment, str) and _instant(moment) else ()


def _instant(moment: str) -> float:
    from datetime import UTC, datetime

    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return 0.0
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def refuse_mixed_questionnaires(responses: Sequence[Response]) -> None:
    """Refuse a file in which the same linkId is an item of two questionnaires, or of two raters.

    Raises
    ------
    ExportError
        Their answers would be scored as those of one form.
    """
    forms: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for response in responses:
        form = response.get("questionnaire")
        source = _kind_of_source(response)
        if (isinstance(form, str) and form) or source:
            form = f"{str(form or '').split('|')[0]} {source}"
            counts[form] = counts.get(form, 0) + 1
            forms.setdefault(form, set()).update(_links(response, 0))
    named = list(forms.values())
    shared = any(a & b for place, a in enumerate(named) for b in named[:place])
    if shared:
        raise ExportError(
            f"the file holds answers to {len(forms)} questionnaires or of as many raters ("
            + ", ".join(f"{count} responses" for count in counts.values())
            + ") whose items have the same linkIds, so that they would be scored as one form; "
            "write the responses of each into a file of its own"
        )


def _kind_of_source(response: Response) -> str:
    """Kind of person who answered, such as Patient or Practitioner; "" where it is not said."""
    source = response.get("source")
    reference = source.get("reference") if isinstance(source, Mapping) else None
    kind = reference.rsplit("/", 2) if isinstance(reference, str) else []
    return kind[-2] if len(kind) > 1 else ""


def _links(holder: Any, depth: int) -> Iterator[str]:
    items = holder.get("item") if isinstance(holder, Mapping) else None
    for item in items if isinstance(items, list) and depth < 60 else []:
        if isinstance(item, Mapping):
            if item.get("answer"):
                yield str(item.get("linkId", ""))
            yield from _links(item, depth + 1)


def subject_of(response: Response) -> str | None:
    """Who answered: the reference, else the identifier with its system."""
    subject = response.get("subject")
    if not isinstance(subject, Mapping):
        return None
    reference = subject.get("reference")
    if isinstance(reference, str) and reference:
        return reference
    identifier = subject.get("identifier")
    value = identifier.get("value") if isinstance(identifier, Mapping) else None
    if not isinstance(value, str) or not value:
        return None
    system = identifier.get("system") if isinstance(identifier, Mapping) else None
    return f"{system}|{value}" if isinstance(system, str) and system else value
