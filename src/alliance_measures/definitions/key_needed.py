"""Instruments whose structure is known and whose key is not: what is missing, and whom to ask.

They stand in one listing, ``instruments/key-needed/listing.yaml``. No item key is written there;
whoever holds a licensed key adds it as a definition file of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, StringConstraints, ValidationError

from alliance_measures.definitions.checks import Place, Problem
from alliance_measures.definitions.instrument import ID_PATTERN
from alliance_measures.definitions.parts import Number, Part, ScaleId, Source, Text
from alliance_measures.definitions.yaml_text import Parsed, parse_yaml
from alliance_measures.errors import DefinitionError

__all__ = ["Answers", "KeyNeeded", "parse_listing"]

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


def parse_listing(raw: bytes, *, name: str) -> tuple[KeyNeeded, ...]:
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
    parsed = parse_yaml(raw)
    problems = list(parsed.problems)
    entries: tuple[KeyNeeded, ...] = ()
    if not problems or parsed.data is not None:
        found, entries = _validated(parsed)
        problems += found
    if problems:
        ordered = sorted(dict.fromkeys(problems), key=lambda entry: (entry[0], entry[1].where))
        lines = [f"{name}:{line}: {problem.where}: {problem.what}" for line, problem in ordered]
        raise DefinitionError("\n".join(lines), lines)
    return entries


def _validated(parsed: Parsed) -> tuple[list[tuple[int, Problem]], tuple[KeyNeeded, ...]]:
    try:
        entries = Listing.model_validate(parsed.data).key_needed
    except ValidationError as error:
        found = [
            Problem(_place(entry["loc"], parsed.data), _words(entry))
            for entry in error.errors(include_url=False, include_input=False)
        ]
        return [(parsed.line(problem.path), problem) for problem in found], ()
    return [(parsed.line(problem.path), problem) for problem in _cross(entries)], entries


def _cross(entries: tuple[KeyNeeded, ...]) -> Iterator[Problem]:
    if not entries:
        yield Problem(("key_needed",), "is empty; list at least one instrument")
    seen: set[str] = set()
    for index, entry in enumerate(entries):
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


def _place(location: tuple[int | str, ...], given: Any) -> Place:
    """Keep the steps that the file holds or lacks, and drop those that a union adds."""
    path: list[int | str] = []
    for step in location:
        if isinstance(given, list) and isinstance(step, int):
            given = given[step]
        elif isinstance(given, dict):
            given = given.get(step)
        else:
            continue
        path.append(step)
    return tuple(path)


def _words(entry: Any) -> str:
    if entry["type"] == "extra_forbidden":
        return f"unknown key; allowed are {', '.join(sorted(KeyNeeded.model_fields))}"
    if entry["type"] == "missing":
        return "is missing; it is required here"
    if entry["type"] == "value_error":
        return str(entry["ctx"]["error"])
    message = str(entry["msg"]).removeprefix("Input ")
    return message[0].lower() + message[1:]
