"""An instrument as text that LimeSurvey and Qualtrics import."""

from __future__ import annotations

import re
from pathlib import Path

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response
from alliance_measures.exchange.wording import (
    answer_labels,
    field_name,
    item_label,
    number_text,
    short_name,
)

__all__ = ["limesurvey_survey", "qualtrics_survey"]

LIME_COLUMNS = (
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "other",
    "default",
    "same_default",
)
Block = tuple[Response, list[int | str]]


def _blocks(instrument: Instrument) -> list[Block]:
    """Gather runs of items that share their answers, in the order of the form."""
    blocks: list[Block] = []
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        if blocks and blocks[-1][0] == response:
            blocks[-1][1].append(item)
        else:
            blocks.append((response, [item]))
    return blocks


def _line(text: str) -> str:
    return " ".join(text.split())


def _instructions(instrument: Instrument, language: str) -> str:
    if instrument.licence.item_text == "withheld" or not instrument.instructions:
        return instrument.title
    given = instrument.instructions
    return _line(given.get(language) or next(iter(given.values())))


@explained
def limesurvey_survey(instrument: Instrument | str | Path, *, language: str | None = None) -> str:
    r"""Write an instrument as a LimeSurvey survey structure (tab-separated ``.txt``).

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it.
    language : str, optional
        Default: the first language of the instrument.

    Returns
    -------
    str
        Import it by *Create survey > Import*. Answer codes are the values themselves where they
        are whole and not negative, so that the export needs no recoding.

    Examples
    --------
    >>> text = limesurvey_survey("wai-sr-client")
    >>> text.splitlines()[4].split("\t")[:3], text.count("\nSQ\t"), text.count("\nA\t")
    (['Q', 'F', 'waisr'], 12, 5)
    """
    instrument = load(instrument)
    language = language or instrument.languages[0]
    rows: list[dict[str, str]] = [
        {"class": "S", "name": "language", "text": language},
        {"class": "SL", "name": "surveyls_title", "text": instrument.title, "language": language},
        {"class": "G", "name": instrument.title, "relevance": "1", "language": language},
    ]
    blocks = _blocks(instrument)
    for number, block in enumerate(blocks):
        name = re.sub("_", "", short_name(instrument))
        name += "" if len(blocks) == 1 else f"x{number + 1}"
        rows += _lime_block(instrument, block, name, language)
    lines = [[_line(row.get(name, "")) for name in LIME_COLUMNS] for row in rows]
    return "\n".join("\t".join(line) for line in [list(LIME_COLUMNS), *lines]) + "\n"


def _lime_block(
    instrument: Instrument, block: Block, name: str, language: str
) -> list[dict[str, str]]:
    response, items = block
    labels = answer_labels(response, language=language)
    kind = "F" if labels else "K"
    base = {"relevance": "1", "language": language}
    rows = [
        {**base, "class": "Q", "type/scale": kind, "name": name, "mandatory": "N"}
        | {"text": _instructions(instrument, language)}
    ]
    rows += [
        {
            **base,
            "class": "SQ",
            "name": str(item),
            "text": item_label(instrument, item, language=language),
        }
        for item in items
    ]
    rows += [
        {"class": "A", "type/scale": "0", "name": _code(value, place), "language": language}
        | {"text": label}
        for place, (value, label) in enumerate(labels.items())
    ]
    return rows


def _code(value: float, place: int) -> str:
    """Answer code: the value where LimeSurvey allows it, else A and the place."""
    return number_text(value) if value >= 0 and float(value).is_integer() else f"A{place + 1}"


@explained
def qualtrics_survey(instrument: Instrument | str | Path, *, language: str | None = None) -> str:
    """Write an instrument in Qualtrics' advanced text format.

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it.
    language : str, optional
        Default: the first language of the instrument.

    Returns
    -------
    str
        Import it by *Tools > Import/Export > Import Survey*. Set the recode values afterwards
        where the answers do not count from 1: the docs say how.

    Examples
    --------
    >>> qualtrics_survey("wai-sr-client").splitlines()[:6]
    ['[[AdvancedFormat]]', '', '[[Block:WAI-SR]]', '', '[[Question:Matrix]]', '[[ID:wai_sr]]']
    """
    instrument = load(instrument)
    language = language or instrument.languages[0]
    lines = ["[[AdvancedFormat]]", "", f"[[Block:{instrument.abbreviation or instrument.id}]]"]
    blocks = _blocks(instrument)
    for number, (response, items) in enumerate(blocks):
        labels = answer_labels(response, language=language)
        name = short_name(instrument) + ("" if len(blocks) == 1 else f"_{number + 1}")
        if not labels:
            lines += _qualtrics_lines(instrument, response, items, language)
            continue
        lines += ["", "[[Question:Matrix]]", f"[[ID:{name}]]", _instructions(instrument, language)]
        lines += ["[[Choices]]"]
        lines += [_safe(item_label(instrument, item, language=language)) for item in items]
        lines += ["[[AdvancedAnswers]]"]
        for value, label in labels.items():
            lines += [f"[[Answer:{number_text(value)}]]", _safe(label)]
    return "\n".join(lines) + "\n"


def _qualtrics_lines(
    instrument: Instrument, response: Response, items: list[int | str], language: str
) -> list[str]:
    """Ask for a number on a line as text entry, one question per item."""
    lines = []
    for item in items:
        label = _safe(item_label(instrument, item, language=language))
        span = f"({number_text(response.low)} to {number_text(response.high)})"
        lines += ["", "[[Question:TextEntry:SingleLine]]", f"[[ID:{field_name(instrument, item)}]]"]
        lines.append(f"{label} {span}")
    return lines


def _safe(text: str) -> str:
    """One line that does not open a tag of the format."""
    return _line(text).replace("[[", "[ [")
