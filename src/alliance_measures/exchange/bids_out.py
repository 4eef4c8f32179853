"""An instrument as the sidecar of a BIDS phenotype table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.citation import apa
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.exchange.wording import answer_labels, field_name, item_label, number_text

__all__ = ["bids_sidecar"]


@explained
def bids_sidecar(
    instrument: Instrument | str | Path, *, prefix: str | None = None
) -> dict[str, Any]:
    """Describe the columns of an instrument's table as BIDS asks for.

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it.
    prefix : str, optional
        What stands before the item numbers in column names; default the short name.

    Returns
    -------
    dict
        JSON-ready: MeasurementToolMetadata, then one entry per item and per scale.

    Examples
    --------
    >>> sidecar = bids_sidecar("wai-sr-client")
    >>> sidecar["wai_sr_1"]["Levels"]["5"], sidecar["total"]["Description"]
    ('Always', 'total: sum of 12 items, from 12 to 60')
    """
    instrument = load(instrument)
    tool = {"Description": f"{instrument.title}. {apa(instrument)}"}
    if instrument.source.doi:
        tool["TermURL"] = f"https://doi.org/{instrument.source.doi}"
    entries: dict[str, Any] = {"MeasurementToolMetadata": tool}
    for item in instrument.item_ids:
        entries[field_name(instrument, item, prefix=prefix)] = _item(instrument, item)
    for name, scale in instrument.scales.items():
        low, high = map(number_text, instrument.score_range(name))
        count = len(instrument.scale_items(name))
        words = f"{scale.title or name}: {scale.method} of {count} items, from {low} to {high}"
        entries[name] = {"Description": words, "Derivative": True}
    return entries


def _item(instrument: Instrument, item: int | str) -> dict[str, Any]:
    response = instrument.response_of(item)
    entry: dict[str, Any] = {"Description": item_label(instrument, item)}
    labels = answer_labels(response)
    if labels:
        entry["Levels"] = {number_text(value): label for value, label in labels.items()}
    else:
        entry["Units"] = f"{number_text(response.low)} to {number_text(response.high)}"
    return entry
