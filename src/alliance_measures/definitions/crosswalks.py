"""Short forms whose items stand in a long form: which item is which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.instrument import ID_PATTERN, Instrument
from alliance_measures.definitions.listing import parse_listing
from alliance_measures.definitions.parts import ItemId, Part, Text
from alliance_measures.errors import DefinitionError
from alliance_measures.yaml_text import Place, Problem

__all__ = ["Crosswalk", "check_against", "parse_crosswalks"]

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]


class Crosswalk(Part):
    """Item of the short form -> item of the long form, with its evidence."""

    long: Id
    short: Id
    items: Annotated[FrozenMap[ItemId, ItemId], Field(min_length=1)]
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]
    notes: tuple[Text, ...] = ()


class Crosswalks(Part):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    crosswalks: tuple[Crosswalk, ...]


def parse_crosswalks(raw: bytes, *, name: str) -> tuple[Crosswalk, ...]:
    """Read the listing of crosswalks.

    Parameters
    ----------
    raw : bytes
        The file's content.
    name : str
        What messages call the file.

    Returns
    -------
    tuple of Crosswalk

    Raises
    ------
    DefinitionError
        Every mistake at once, with its line.
    """
    return parse_listing(raw, Crosswalks, name=name, cross_check=_cross).crosswalks


def _cross(listing: Crosswalks) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(listing.crosswalks):
        path: Place = ("crosswalks", index)
        pair = (entry.long, entry.short)
        if pair in seen or entry.long == entry.short:
            yield Problem((*path, "short"), "the same pair again, or a form to itself")
        seen.add(pair)
        if len(set(entry.items.values())) < len(entry.items):
            yield Problem((*path, "items"), "an item of the long form stands twice; each once")


def check_against(entry: Crosswalk, long: Instrument, short: Instrument) -> None:
    """Refuse a crosswalk that does not fit the two definitions.

    Parameters
    ----------
    entry : Crosswalk
    long, short : Instrument

    Raises
    ------
    DefinitionError
        An item that does not exist, an item of the short form without a parent, or an item that
        is reversed in one form only, which the same wording cannot be.
    """
    problems = [
        f"{instrument.id} has no item {item!r}"
        for instrument, items in ((short, entry.items), (long, entry.items.values()))
        for item in items
        if item not in instrument.item_ids
    ]
    problems += [
        f"item {item!r} of {short.id} has no parent"
        for item in short.item_ids
        if item not in entry.items
    ]
    if not problems:
        problems = [
            f"item {item!r} of {short.id} and item {parent!r} of {long.id} are not both reversed"
            for item, parent in entry.items.items()
            if short.item(item).reverse != long.item(parent).reverse
        ]
    if problems:
        head = f"crosswalk {long.id} to {short.id}: "
        raise DefinitionError(head + "; ".join(problems), problems)
