"""Which column is which item, as a file that people can read, correct and keep."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.listing import parse_listing
from alliance_measures.definitions.parts import ItemId, Number, Part, Text
from alliance_measures.errors import ExportError
from alliance_measures.exchange.suggest import Suggestion
from alliance_measures.files import read_bytes
from alliance_measures.yaml_text import MAX_BYTES, Problem

__all__ = ["ColumnMapping", "mapping_text", "read_mapping"]

Cell = Annotated[str, Field(min_length=1)] | Number


class ColumnMapping(Part):
    """The whole file. `answers` says which number a text of the export stands for."""

    mapping: Literal[1]
    instrument: Text
    items: FrozenMap[ItemId, Text | None]
    client: Text | None = None
    session: Text | None = None
    date: Text | None = None
    answers: FrozenMap[Cell, Number] = FrozenMap()
    missing: tuple[Cell, ...] = ()

    @property
    def columns(self) -> dict[int | str, str]:
        """Item -> column."""
        return {item: column for item, column in self.items.items() if column is not None}

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns that name client, session and date, where the file names them."""
        named = (self.client, self.session, self.date)
        return tuple(dict.fromkeys(column for column in named if column is not None))


@explained
def read_mapping(path: str | Path) -> ColumnMapping:
    """Read a mapping file.

    Parameters
    ----------
    path : str or Path
        YAML, as `alliance map` writes it.

    Returns
    -------
    ColumnMapping

    Raises
    ------
    DefinitionError
        Every mistake in the file, with its line.
    ExportError
        The file cannot be read.
    """
    raw = read_bytes(path, limit=MAX_BYTES + 1)
    return parse_listing(raw, ColumnMapping, name=str(path), cross_check=_cross_check)


def _cross_check(mapping: ColumnMapping) -> Iterator[Problem]:
    instrument = load(mapping.instrument)
    known = {str(item) for item in instrument.item_ids}
    for item in mapping.items:
        if str(item) not in known:
            yield Problem(("items", item), f"{instrument.id} has no such item")
    taken = Counter(mapping.columns.values())
    for item, column in mapping.columns.items():
        if taken[column] > 1:
            yield Problem(("items", item), "names a column that another item names too")


def mapping_text(
    suggestion: Suggestion, instrument: Instrument, *, roles: Mapping[str, str | None]
) -> str:
    """Write a suggestion as an editable YAML mapping.

    Parameters
    ----------
    suggestion : Suggestion
    instrument : Instrument
    roles : mapping
        client, session and date -> column, or None.

    Returns
    -------
    str
    """
    lines = [
        "# Which column holds which item. Check it, fill in what is null, pass it by --mapping.",
        "mapping: 1",
        f"instrument: {instrument.id}",
        *(f"{role}: {_quoted(roles.get(role))}" for role in ("client", "session", "date")),
        "items:",
        *(_item_line(item, suggestion) for item in instrument.item_ids),
        "# texts of the export that stand for a number, such as {A1: 1, A2: 2}",
        "answers: {}",
        "# cells that mean missing, such as [-99, UNK]",
        "missing: []",
    ]
    lines += [f"# left out: {note}" for note in suggestion.refused]
    return "\n".join(lines) + "\n"


def _item_line(item: int | str, suggestion: Suggestion) -> str:
    rows = suggestion.candidates[suggestion.candidates["item"] == item]
    if item in suggestion:
        best = rows[rows["column"] == suggestion[item]].iloc[0]
        return f"  {item}: {_quoted(suggestion[item])}  # {best['score']:.2f} by {best['by']}"
    shown = ", ".join(_quoted(column) for column in rows["column"].head(5))
    return f"  {item}: null  # {f'could be {shown}' if shown else 'nothing fits'}"


def _quoted(name: str | None) -> str:
    """Column name as YAML reads it back: JSON strings are YAML strings."""
    return "null" if name is None else json.dumps(name, ensure_ascii=False)


def require_instrument(mapping: ColumnMapping, instrument: str | None) -> str:
    """Instrument of a mapping, which must be the one that was named, if one was.

    Raises
    ------
    ExportError
    """
    if instrument is not None and load(instrument).id != load(mapping.instrument).id:
        raise ExportError(
            f"the mapping is for {mapping.instrument}, not for {load(instrument).id}; "
            "leave --instrument out, or make a mapping for it by `alliance map`"
        )
    return mapping.instrument
