"""Instruments whose structure is known and whose key is not: what is missing, and whom to ask.

They stand in one listing, ``instruments/key-needed/listing.yaml``. No item key is written there;
whoever holds a licensed key adds it as a definition file of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StringConstraints

from alliance_measures.definitions.instrument import ID_PATTERN
from alliance_measures.definitions.listing import parse_listing
from alliance_measures.definitions.parts import Number, Part, ScaleId, Source, Text
from alliance_measures.yaml_text import Place, Problem

__all__ = ["Answers", "KeyNeeded", "parse_key_needed"]

Rater = Literal["client", "therapist", "observer", "parent"]


class Answers(Part):
    """What is known of the answers."""

    min: Number | None = None
    max: Number | None = None
    note: Text | None = None


class KeyNeeded(Part):
    """An instrument that cannot be scored until somebody adds its key."""

    id: Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
    title: Text
    abbreviation: Text | None = None
    raters: Annotated[tuple[Rater, ...], Field(min_length=1)]
    target: Literal["relationship", "person"] = "relationship"
    n_items: Annotated[StrictInt, Field(ge=1)] | None = None
    answers: Answers = Answers()
    scales: tuple[ScaleId, ...] = ()
    missing: Text
    ask: Text
    source: Source
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]
    traps: tuple[Text, ...] = ()

    def explain(self, folders_variable: str) -> str:
        """Say what is missing, whom to ask, and how to add one's licensed key.

        Parameters
        ----------
        folders_variable : str
            Name of the environment variable that lists folders with own definitions.

        Returns
        -------
        str
        """
        size = f", {self.n_items} items" if self.n_items else ""
        return (
            f"the key of {self.id} ({self.title}{size}) is not available. Missing: {self.missing} "
            f"Ask: {self.ask} With a licensed key, write it as {self.id}.yaml (`alliance schema` "
            f"describes the file) into a folder that {folders_variable} names, or load the file "
            "by its path"
        )


class Listing(Part):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    key_needed: tuple[KeyNeeded, ...]


def parse_key_needed(raw: bytes, *, name: str) -> tuple[KeyNeeded, ...]:
    """Read the listing.

    Parameters
    ----------
    raw : bytes
        The file's content.
    name : str
        What messages call the file.

    Returns
    -------
    tuple of KeyNeeded
        In the order of the file.

    Raises
    ------
    DefinitionError
        Every mistake at once as ``file:line: path: what is wrong``: unknown or missing fields,
        values that do not fit, answers without a span, an id that stands twice.
    """
    return parse_listing(raw, Listing, name=name, cross_check=_cross).key_needed


def _cross(listing: Listing) -> Iterator[Problem]:
    if not listing.key_needed:
        yield Problem(("key_needed",), "is empty; list at least one instrument")
    seen: set[str] = set()
    for index, entry in enumerate(listing.key_needed):
        path: Place = ("key_needed", index)
        if entry.id in seen:
            yield Problem((*path, "id"), f"{entry.id} stands twice; each instrument once")
        seen.add(entry.id)
        if len(set(entry.scales)) < len(entry.scales):
            yield Problem((*path, "scales"), "a scale stands twice; each once")
        if len(set(entry.raters)) < len(entry.raters):
            yield Problem((*path, "raters"), "a rater stands twice; each once")
        low, high = entry.answers.min, entry.answers.max
        if (low is None) != (high is None):
            yield Problem((*path, "answers"), "give min and max, or neither")
        elif low is not None and high is not None and low >= high:
            yield Problem((*path, "answers", "min"), f"{low:g} is not below max {high:g}")
