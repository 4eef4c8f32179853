"""Simulated clinics: answers to any instrument, with ruptures and repairs planted on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response
from alliance_measures.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Simulated", "simulate"]

LOADING = 0.75  # of every item on the alliance of the moment
THERAPIST_SD = 0.3
CLIENT_SD = 0.8
SLOPE_MEAN, SLOPE_SD = 0.05, 0.05  # per session
SESSION_SD = 0.35
LEVEL = 0.6  # answers to alliance forms lie above the middle
RUPTURE_DEPTH = (1.5, 3.0)
REPAIRED = 0.7


class Simulated(NamedTuple):
    """A simulated clinic.

    Attributes
    ----------
    answers : DataFrame
        therapist, client, session, date and one column per item (``q1`` ...).
    ruptures : DataFrame
        What was planted: client, pre_session, low_session, repair_session (missing where the
        rupture was not repaired), depth (in SDs of the alliance).
    """

    answers: pd.DataFrame
    ruptures: pd.DataFrame


class _Courses(NamedTuple):
    client: NDArray[np.intp]  # of each row
    session: NDArray[np.intp]
    level: NDArray[np.float64]
    ruptures: list[tuple[int, int, int, float, float]]


def simulate(
    instrument: Instrument | str | Path,
    *,
    clients: int = 60,
    sessions: int = 8,
    therapists: int = 6,
    ruptures: float = 0.4,
    missing: float = 0.02,
    missed_sessions: float = 0.08,
    labels: bool = False,
    seed: int = 0,
) -> Simulated:
    """Simulate a clinic's answers to an instrument.

    Parameters
    ----------
    instrument : Instrument, str or Path
    clients, sessions, therapists : int
        Numbers of clients, of planned sessions for each (the real number varies by two), and of
        therapists, to whom the clients are dealt out in turn.
    ruptures : float
        Share of clients with a planted rupture, between 0 and 1.
    missing : float
        Share of answers left blank.
    missed_sessions : float
        Share of sessions after the first that did not take place; their number is skipped.
    labels : bool
        Answers as the definition's words instead of numbers, where it has words.
    seed : int
        The same seed gives the same clinic.

    Returns
    -------
    Simulated

    Raises
    ------
    ValueError
        A number below 1 or a share outside 0 to 1.

    Notes
    -----
    Alliance of the moment = therapist + client + slope x session + noise - rupture; an answer is
    the normal probability of (loading x alliance + noise), cut into the allowed answers. Made-up
    numbers for trying things out and for tests; no norm.

    Examples
    --------
    >>> clinic = simulate("relationship-check-in-12", clients=3, sessions=5, seed=1)
    >>> clinic.answers.columns[:5].tolist(), clinic.answers["client"].nunique()
    (['therapist', 'client', 'session', 'date', 'q1'], 3)
    """
    instrument = load(instrument)
    _check(clients, sessions, therapists, ruptures, missing, missed_sessions)
    random = np.random.default_rng(seed)
    courses = _courses(random, clients, sessions, therapists, ruptures)
    kept = (courses.session == 1) | (random.random(courses.session.size) >= missed_sessions)
    rows = _Courses(
        courses.client[kept], courses.session[kept], courses.level[kept], courses.ruptures
    )
    answers = _frame(rows, therapists)
    for item in instrument.items:
        response = instrument.response_of(item.id)
        values = _answers(random, response, rows.level, reverse=item.reverse)
        blank = random.random(values.size) < missing
        answers[f"q{item.id}"] = _column(values, blank, response, labels)
    return Simulated(answers, _planted(rows))


def _check(
    clients: int, sessions: int, therapists: int, ruptures: float, missing: float, missed: float
) -> None:
    if min(clients, sessions, therapists) < 1:
        raise ArgumentError("clients, sessions and therapists must be at least 1")
    if not all(0 <= share <= 1 for share in (ruptures, missing, missed)):
        raise ArgumentError("ruptures, missing and missed_sessions are shares from 0 to 1")


def _courses(
    random: np.random.Generator, clients: int, sessions: int, therapists: int, share: float
) -> _Courses:
    """Alliance of every client in every session."""
    therapist = random.normal(0, THERAPIST_SD, therapists)
    counts = np.maximum(1, sessions + random.integers(-2, 3, clients))
    start = random.normal(LEVEL, CLIENT_SD, clients) + therapist[np.arange(clients) % therapists]
    slope = random.normal(SLOPE_MEAN, SLOPE_SD, clients)
    client = np.repeat(np.arange(clients), counts)
    session = np.concatenate([np.arange(1, count + 1) for count in counts])
    level = start[client] + slope[client] * (session - 1)
    level += random.normal(0, SESSION_SD, level.size)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    planted = []
    for who in np.flatnonzero(random.random(clients) < share):
        if counts[who] >= 4:
            course = level[first[who] : first[who] + counts[who]]
            planted.append((int(who), *_rupture(random, course)))
    return _Courses(client, session, level, planted)


def _rupture(
    random: np.random.Generator, course: NDArray[np.float64]
) -> tuple[int, int, float, float]:
    """Sink one course for one or two sessions; return session before, low, repair and depth."""
    low = int(random.integers(2, course.size - 1))  # index of the lowest session
    depth = float(random.uniform(*RUPTURE_DEPTH))
    repaired = random.random() < REPAIRED
    length = int(random.integers(1, 3)) if repaired else course.size
    course[low : low + length] -= depth
    repair = float(low + length + 1) if low + length < course.size else np.nan
    return low, low + 1, repair, depth


def _frame(rows: _Courses, therapists: int) -> pd.DataFrame:
    import pandas as pd

    dates = np.datetime64("2024-01-08") + 7 * (rows.session - 1) + rows.client % 5
    return pd.DataFrame(
        {
            "therapist": [f"T{number % therapists + 1:02d}" for number in rows.client],
            "client": [f"C{number + 1:03d}" for number in rows.client],
            "session": rows.session,
            "date": dates.astype("datetime64[D]").astype(str),
        }
    )


def _answers(
    random: np.random.Generator, response: Response, level: NDArray[np.float64], *, reverse: bool
) -> NDArray[np.float64]:
    """Answers to one item: the alliance, blurred, cut into the allowed answers."""
    noise = random.normal(0, np.sqrt(1 - LOADING**2), level.size)
    share = ndtr(LOADING * level + noise)
    share = 1 - share if reverse else share
    allowed = response.allowed
    if allowed is None:
        line: NDArray[np.float64] = response.low + (response.high - response.low) * share
        return line.round(1)
    place = np.minimum((share * len(allowed)).astype(np.intp), len(allowed) - 1)
    return np.array(allowed, dtype=np.float64)[place]


def _column(
    values: NDArray[np.float64], blank: NDArray[np.bool_], response: Response, labels: bool
) -> pd.Series[str]:
    """Cells as text: shortest numbers, or the definition's words where it has them."""
    import pandas as pd

    words = dict(response.label_pairs(next(iter(response.labels), None))) if labels else {}
    cells = [words.get(value) or f"{value:g}" for value in values.tolist()]
    return pd.Series(np.where(blank, "", np.array(cells, dtype=object)), dtype=object)


def _planted(rows: _Courses) -> pd.DataFrame:
    """Ruptures whose session before and lowest session both took place."""
    import pandas as pd

    held = set(zip(rows.client.tolist(), rows.session.tolist(), strict=True))
    names = ["client", "pre_session", "low_session", "repair_session", "depth"]
    visible = [
        (f"C{who + 1:03d}", pre, low, repair, depth)
        for who, pre, low, repair, depth in rows.ruptures
        if (who, pre) in held and (who, low) in held
    ]
    return pd.DataFrame(visible, columns=names)
