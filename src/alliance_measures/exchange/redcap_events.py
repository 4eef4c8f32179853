"""The order of a REDCap project's events, told from the export: one number for all clients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.session_words import number_in_words, plain_event, stem_and_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["event_places", "sessions_of"]


def sessions_of(
    client: pd.Series[Any], event: pd.Series[Any], instance: pd.Series[Any] | None
) -> tuple[pd.Series[Any] | None, str]:
    """Session of each row, and how it was told; None where the events have no certain order.

    Parameters
    ----------
    client, event : Series, shape (n,)
    instance : Series, shape (n,), optional
        Number of the repeat, missing on rows that do not repeat.

    Returns
    -------
    sessions : Series of text, shape (n,), or None
        The number in the event's name, else its place in the project. Where something repeats,
        instances count on over the events, and rows of such an event that are no instance have no
        session. A visit that a client missed leaves a gap.
    words : str
    """
    name = _names_of(client, event)
    courses = [list(dict.fromkeys(own.dropna())) for _, own in name.groupby(client, sort=False)]
    numbers = number_in_words(name.dropna().unique())
    places = numbers or event_places(courses)
    if not numbers and places is not None and list(places) == sorted(places) and len(places) > 1:
        return None, (
            "not added: the events follow the alphabet, as in a file that was sorted; keep the "
            "column of the event and name its order where sessions are used (session_order)"
        )
    if places is None:
        return None, (
            "not added: the order of the events cannot be told from the file; keep the column of "
            "the event and name its order where sessions are used (session_order)"
        )
    told = "the number in the event's name" if numbers else "the place of the event in the project"
    if instance is None or not bool(instance.notna().any()):
        return name.map(places).map("{:g}".format, na_action="ignore").astype(object), told
    return _counted_on(name, places, instance), f"instances counted on over the events, by {told}"


def _names_of(client: pd.Series[Any], event: pd.Series[Any]) -> pd.Series[Any]:
    """Events without their arm, unless a client went through the same event in two arms."""
    plain = event.map(plain_event, na_action="ignore")
    same = event.groupby(client).nunique() == plain.groupby(client).nunique()
    return plain if bool(same.all()) else event


def event_places(courses: Iterable[Sequence[str]]) -> dict[str, float] | None:
    """Place of every event in the one order that all courses leave possible.

    Parameters
    ----------
    courses : iterable of sequence of str
        Events of each client as they follow each other: REDCap writes them in the order of the
        project. Events of one word with a number (``month_3``, ``month_6``) follow it.

    Returns
    -------
    dict or None
        Places from 1; None where courses contradict each other or leave two events open.

    Examples
    --------
    >>> event_places([["start", "end"], ["start", "middle"], ["middle", "end"]])
    {'start': 1.0, 'middle': 2.0, 'end': 3.0}
    >>> event_places([["start", "end"], ["start", "middle"]]) is None
    True
    """
    after: dict[str, set[str]] = {}
    for course in courses:
        for event in course:
            after.setdefault(event, set())
        for earlier, later in pairwise(course):
            after[earlier].add(later)
    for earlier, later in _by_number(after):
        after[earlier].add(later)
    places: dict[str, float] = {}
    while after:
        later_ones = set().union(*after.values())
        first = [event for event in after if event not in later_ones]
        if len(first) != 1:  # two may come next, or each waits for another
            return None
        places[first[0]] = float(len(places) + 1)
        del after[first[0]]
    return places


def _by_number(events: Iterable[str]) -> list[tuple[str, str]]:
    """Neighbours among the events that differ in their number alone."""
    families: dict[str, list[tuple[float, str]]] = {}
    for event in events:
        parts = stem_and_number(event)
        if parts is not None:
            families.setdefault(parts[0], []).append((parts[1], event))
    return [
        (earlier, later)
        for family in families.values()
        for (low, earlier), (high, later) in pairwise(sorted(family))
        if low < high
    ]


def _counted_on(
    name: pd.Series[Any], places: dict[str, float], instance: pd.Series[Any]
) -> pd.Series[Any]:
    import pandas as pd

    repeated = name.isin(set(name[instance.notna()]))
    number = pd.to_numeric(instance, errors="coerce").where(repeated, 1.0)
    longest = number.groupby(name).max().fillna(0.0)
    order = sorted(places, key=places.__getitem__)
    before = np.cumsum([0.0, *(float(longest.get(event, 0.0)) for event in order)])
    start = dict(zip(order, before[:-1], strict=True))
    return (name.map(start) + number).map("{:g}".format, na_action="ignore").astype(object)
