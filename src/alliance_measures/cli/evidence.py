"""What a file says of its own numbers, settled before the verbs see them: labels and codings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from alliance_measures.cli.export_file import ExportFile
    from alliance_measures.cli.score_file import Reading
    from alliance_measures.definitions.instrument import Instrument
    from alliance_measures.scoring.evidence import AnswersBy

__all__ = ["answers_by_option", "coding_of_file", "settle_file"]


def answers_by_option(text: str | None) -> AnswersBy:
    """Read the option --answers-by."""
    known: dict[str | None, AnswersBy] = {None: None, "label": "label", "code": "code"}
    if text in known:
        return known[text]
    raise typer.BadParameter("--answers-by is label (the words count) or code (the numbers count)")


def settle_file(
    file: ExportFile,
    found: Mapping[int | str, Hashable],
    instrument: Instrument,
    *,
    answers_by: AnswersBy,
    coding: str | None,
    listing: bool,
) -> None:
    """Compare the labels of an export with the definition's, and leave columns to be read plainly.

    Parameters
    ----------
    file : ExportFile
        Its columns are replaced; what was decided is told with its other lines.
    found : mapping
        Item -> column.
    instrument : Instrument
    answers_by : {"label", "code"} or None
    coding : str or None
    listing : bool
        What contradicts is listed by the verb: not refused here.

    Raises
    ------
    ResponseError
        Words and numbers contradict each other, and nobody said what counts.
    """
    from alliance_measures.scoring.codings import settled_name
    from alliance_measures.scoring.evidence import settle
    from alliance_measures.scoring.evidence_told import label_lines, require_settled
    from alliance_measures.scoring.recode import maps_named

    own = coding is None or coding == settled_name(instrument)
    known = None if coding is None or own else maps_named(instrument, coding)
    settled = settle(file.rows(), found, instrument, answers_by=answers_by, known=known)
    if not listing or not own:
        named = None if own else coding
        require_settled(instrument, settled, answers_by, coding=named)
    odd = {one.finding.verdict for one in settled.values() if one.finding} - {"same", "other"}
    if not (listing and answers_by is None and odd & {"contradicts", "partly"}):
        file.replace({str(one.column.name): one.column for one in settled.values() if one.finding})
    file.label_lines = label_lines(settled, answers_by)
    file.settled_items = frozenset(
        item
        for item, one in settled.items()
        if one.by == "label" or (one.finding is not None and one.finding.verdict == "same")
    )


def coding_of_file(reading: Reading) -> str:
    """Look at all numbers of a file: refuse those that fit several codings.

    Returns
    -------
    str
        Where they fit another coding and not the definition's own: which; else "".

    Raises
    ------
    ResponseError
    """
    from alliance_measures.scoring.codings import (
        Numbers,
        asks_for_coding,
        coding_hint,
        numbers_seen,
        require_coding,
    )

    if reading.coding is not None or not asks_for_coding(reading.instrument):
        return ""
    seen: Numbers = {}
    skipped: frozenset[int | str] = getattr(reading.file, "settled_items", frozenset())
    for piece in reading.pieces():
        part = numbers_seen(reading.clean(piece), reading.instrument, dict(reading.columns))
        for item, numbers in part.items():
            if item not in skipped:
                seen.setdefault(item, set()).update(numbers)
    require_coding(reading.instrument, seen)
    return coding_hint(reading.instrument, seen)
