"""Files that list several things of one kind: read strictly, every mistake told with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import ValidationError

from alliance_measures.definitions.model_words import model_words
from alliance_measures.definitions.parts import Part
from alliance_measures.yaml_text import Place, Problem, definition_error, parse_yaml

__all__ = ["parse_listing"]

Listing = TypeVar("Listing", bound=Part)


def parse_listing(
    raw: bytes,
    model: type[Listing],
    *,
    name: str,
    cross_check: Callable[[Listing], Iterable[Problem]],
) -> Listing:
    """Read a listing.

    Parameters
    ----------
    raw : bytes
        The file's content.
    model : type of Part
        The whole file.
    name : str
        What messages call the file.
    cross_check : callable
        Yields what fits by itself and not with the rest.

    Returns
    -------
    Part
        An instance of `model`.

    Raises
    ------
    DefinitionError
        Every mistake at once as ``file:line: path: what is wrong``.
    """
    parsed = parse_yaml(raw)
    problems = list(parsed.problems)
    listing: Listing | None = None
    found: Iterable[Problem] = ()
    if not problems or parsed.data is not None:
        try:
            listing = model.model_validate(parsed.data)
            found = cross_check(listing)
        except ValidationError as error:
            found = _problems(error, parsed.data)
        problems += [(parsed.line(problem.path), problem) for problem in found]
    if problems or listing is None:
        raise definition_error(name, problems)
    return listing


def _problems(error: ValidationError, data: Any) -> list[Problem]:
    return [
        Problem(_place(entry["loc"], data), model_words(entry))
        for entry in error.errors(include_url=False, include_input=False)
    ]


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
