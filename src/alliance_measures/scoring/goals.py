"""Goals and problems that each client words: attainment as a T score, change goal by goal.

The tables are long: one row per client, session and goal, joined by a goal id, never by position,
since goals are dropped and added during therapy. The wording of a goal is personal data; no
message repeats an id.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.long_tables import free_names
from alliance_measures.messages import RowNumbers, said
from alliance_measures.scoring.goal_tables import (
    allowed_values,
    goal_keys,
    groups_of,
    values_within,
    weights_of,
)
from alliance_measures.table_keys import codes_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["attainment_t", "goal_attainment", "goal_changes", "goal_progress", "personal_scores"]

Values = NDArray[np.float64]


def attainment_t(
    attainment: ArrayLike, weights: ArrayLike | None = None, *, rho: float = 0.3
) -> float:
    """T score of goal attainment scaling for one person at one time.

    Parameters
    ----------
    attainment : array-like, shape (n_goals,)
        Attainment of each goal, -2 (much less than expected) to 2 (much better); NaN where a
        goal was not rated: it is left out together with its weight.
    weights : array-like, shape (n_goals,), optional
        Not negative; all goals alike where absent. A weight of 0 takes a goal out.
    rho : float
        Average correlation of the goals, from 0 to below 1.

    Returns
    -------
    float
        50 where every goal came out as expected; NaN where no rated goal has weight.

    Raises
    ------
    StatisticError
        A negative or missing weight, another number of weights than goals, or `rho` outside
        [0, 1).

    Notes
    -----
    ``T = 50 + 10 Σ w x / sqrt((1 - rho) Σ w² + rho (Σ w)²)`` (Kiresuk & Sherman 1968). The second
    term is the square of the sum: the first print of Turner-Stokes (2009, Clinical
    Rehabilitation 23, 362-370, doi:10.1177/0269215508101742) has it wrong on pages 364 and 367
    and was corrected in an erratum. With the sum of squares in its place three goals at 2 would
    give 84.64 instead of 77.39.

    Examples
    --------
    >>> attainment_t([0, 0, 0]), round(attainment_t([2, 2, 2]), 6)
    (50.0, 77.386128)
    >>> attainment_t([-2, 0, -1, 2, 0, 1], [3, 5, 1, 4, 2, 6])
    55.0
    """
    if not 0 <= rho < 1:
        raise StatisticError("rho must be at least 0 and below 1")
    x = np.atleast_1d(np.asarray(attainment, dtype=np.float64))
    w = np.ones_like(x) if weights is None else np.atleast_1d(np.asarray(weights, dtype=np.float64))
    if w.shape != x.shape:
        raise StatisticError(f"{w.size} weights for {x.size} goals; give one for each")
    rated = ~np.isnan(x)
    if not (w[rated] >= 0).all():
        raise StatisticError("a weight is negative or missing; weights are 0 or more")
    x, w = x[rated], w[rated]
    spread = (1 - rho) * (w**2).sum() + rho * w.sum() ** 2
    return float(50 + 10 * (w * x).sum() / np.sqrt(spread)) if spread > 0 else float("nan")


@explained
def goal_attainment(
    goals: pd.DataFrame,
    *,
    client: Hashable,
    goal: Hashable,
    attainment: Hashable,
    session: Hashable | None = None,
    weight: Hashable | None = None,
    rho: float = 0.3,
    allowed: Sequence[float] = (-2, -1, 0, 1, 2),
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """T score of goal attainment scaling per client and session, and its change.

    Parameters
    ----------
    goals : DataFrame
        One row per client, goal and (where `session` is given) session.
    client, goal, attainment : hashable
        Columns: who, which goal (an id), how far it was attained. Missing = not rated.
    session : hashable, optional
        Column of a number or a date; without it each client has one time.
    weight : hashable, optional
        Column of weights, 0 or more; all goals alike where absent.
    rho : float
        Average correlation of the goals.
    allowed : sequence of float
        Attainments that exist. Scales with -3 or half steps must say so here.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        The client and session columns under their own names, t, n_goals (rated, with weight), and
        change = t - t of the client's first session that has a score (0 there). One row per
        client and session, sorted. T scores of different sets of goals are comparable only in so
        far as the goals are.

    Raises
    ------
    ColumnError
        A column is missing or has the name of a result.
    ResponseError
        An attainment that is not allowed; rows are named, not values.
    StatisticError
        A goal that stands twice in a session, a missing client, session or goal, sessions that are
        neither numbers nor dates, a negative or missing weight, weights that are all 0, or `rho`
        outside [0, 1).

    Notes
    -----
    Formula and source: :func:`attainment_t`. The goal at the start is usually set at -1 or -2, so
    change is a difference of two T scores and not T - 50.

    Examples
    --------
    >>> import pandas as pd
    >>> goals = pd.DataFrame({"client": [1] * 4, "session": [1, 1, 9, 9],
    ...     "goal": ["a", "b", "a", "b"], "x": [-1, -1, 1, 0]})
    >>> goal_attainment(goals, client="client", session="session", goal="goal", attainment="x")
       client  session          t  n_goals    change
    0       1        1  37.596527        2   0.00000
    1       1        9  56.201737        2  18.60521
    """
    import pandas as pd

    keys = [client] if session is None else [client, session]
    values = [attainment, *([weight] if weight is not None else [])]
    goals, codes = goal_keys(
        goals, values, client=client, session=session, goal=goal, session_order=session_order
    )
    free_names(keys, ("t", "n_goals", "change"))
    x = allowed_values(goals, attainment, allowed)
    w = np.ones(x.size) if weight is None else weights_of(goals, weight, x)
    rows = []
    for key, places in groups_of(goals, keys, codes):
        t = attainment_t(x[places], w[places], rho=rho)
        counted = ~np.isnan(x[places]) & (w[places] > 0)
        if not counted.any() and (~np.isnan(x[places])).any():
            raise StatisticError(said("weights are all 0 in ", RowNumbers.at(places)))
        rows.append((*key, t, int(counted.sum())))
    table = pd.DataFrame(rows, columns=[*keys, "t", "n_goals"])
    first = table.groupby([client], sort=False)["t"].transform("first")
    table["change"] = table["t"] - first
    return table


@explained
def goal_changes(
    goals: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    goal: Hashable,
    rating: Hashable,
    low: float = 0,
    high: float = 10,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """First and last rating of every goal, and the movement between them.

    Parameters
    ----------
    goals : DataFrame
        One row per client, session and goal.
    client, session, goal, rating : hashable
        Columns; a missing rating means that the goal was not in use.
    low, high : float
        Ends of the rating scale (Goal-Based Outcomes: 0 to 10).
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        The client and goal columns under their own names, n_ratings, first_session, last_session,
        first, last, change = last - first (NaN with fewer than two ratings). One row per client
        and goal, sorted.

    Raises
    ------
    ColumnError, ResponseError, StatisticError
        As for :func:`goal_attainment`.

    Notes
    -----
    "The outcome is simply the amount of movement along the scale" (guidance notes of the
    Goal-Based Outcomes tool, goals-in-therapy.com). It is a scale of 11 points, 0 to 10.

    Examples
    --------
    >>> import pandas as pd
    >>> goals = pd.DataFrame({"client": [7] * 4, "session": [1, 1, 5, 5],
    ...     "goal": ["a", "b", "a", "c"], "rating": [2, 3, 8, 4]})
    >>> columns = dict(client="client", session="session", goal="goal", rating="rating")
    >>> goal_changes(goals, **columns)[["goal", "n_ratings", "first", "last", "change"]]
      goal  n_ratings  first  last  change
    0    a          2    2.0   8.0     6.0
    1    b          1    3.0   3.0     NaN
    2    c          1    4.0   4.0     NaN
    """
    import pandas as pd

    names = ("n_ratings", "first_session", "last_session", "first", "last", "change")
    goals, codes = goal_keys(
        goals, [rating], client=client, session=session, goal=goal, session_order=session_order
    )
    free_names([client, goal], names)
    values = values_within(goals, rating, low, high)
    times, when = codes[session], goals[session].array
    rows = []
    for key, places in groups_of(goals, [client, goal], codes):
        rated = places[~np.isnan(values[places])]
        rated = rated[np.argsort(times[rated], kind="stable")]
        if not rated.size:
            continue
        first, last = values[rated[0]], values[rated[-1]]
        change = last - first if rated.size > 1 else np.nan
        rows.append((*key, rated.size, when[rated[0]], when[rated[-1]], first, last, change))
    return pd.DataFrame(rows, columns=[client, goal, *names])


@explained
def goal_progress(
    goals: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    goal: Hashable,
    rating: Hashable,
    low: float = 0,
    high: float = 10,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Movement of a client's goals: the mean over the goals that were rated at least twice.

    Parameters
    ----------
    goals, client, session, goal, rating, low, high
        As for :func:`goal_changes`.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        The client column under its own name, n_goals, n_compared (rated at least twice), first,
        last and change (means over the compared goals; NaN where there is none). One row per
        client, sorted.

    Raises
    ------
    ColumnError, ResponseError, StatisticError
        As for :func:`goal_attainment`.

    Notes
    -----
    The tool prescribes movement goal by goal; the mean over goals is common practice, not part of
    it. The goals of two clients have nothing in common but the scale.

    Examples
    --------
    >>> import pandas as pd
    >>> goals = pd.DataFrame({"client": [7] * 5, "session": [1, 1, 5, 5, 5],
    ...     "goal": ["a", "b", "a", "b", "c"], "rating": [2, 3, 8, 4, 6]})
    >>> columns = dict(client="client", session="session", goal="goal", rating="rating")
    >>> goal_progress(goals, **columns)
       client  n_goals  n_compared  first  last  change
    0       7        3           2    2.5   6.0     3.5
    """
    import pandas as pd

    names = ("n_goals", "n_compared", "first", "last", "change")
    free_names([client], names)
    columns = {"client": client, "session": session, "goal": goal, "rating": rating}
    changes = goal_changes(goals, **columns, low=low, high=high, session_order=session_order)
    rows = []
    codes = {client: codes_of(changes[client], [], what="client")[0]}
    for key, places in groups_of(changes, [client], codes):
        own = changes.iloc[places]
        twice = own[own["n_ratings"] > 1]
        means = twice[["first", "last", "change"]].mean()
        rows.append((*key, len(own), len(twice), *means))
    return pd.DataFrame(rows, columns=[client, *names])


@explained
def personal_scores(
    ratings: pd.DataFrame,
    *,
    client: Hashable,
    session: Hashable,
    item: Hashable,
    rating: Hashable,
    low: float,
    high: float,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Mean of a client's own items per session, and change on the items both sessions have.

    Parameters
    ----------
    ratings : DataFrame
        One row per client, session and item that the client worded.
    client, session, item, rating : hashable
        Columns; a missing rating means that the item was not rated in that session.
    low, high : float
        Ends of the rating scale of your form.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        The client and session columns under their own names, score (mean of the items rated),
        n_items, n_common (items that the client's first session has too), change (mean over the
        common items of this session minus the first; NaN where there is none). One row per client
        and session with a rating, sorted.

    Raises
    ------
    ColumnError, ResponseError, StatisticError
        As for :func:`goal_attainment`.

    Notes
    -----
    Personal Questionnaire (Elliott et al. 2016, doi:10.1037/pas0000174): mean of the client's
    items. Items are added and dropped in therapy; a change of means over different items would
    mix the change of the person with the change of the list. Higher is worse there, so
    improvement is negative here. A paired-comparison form of the same name is another instrument.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"client": [1] * 5, "session": [1, 1, 2, 2, 2],
    ...     "item": ["a", "b", "a", "b", "c"], "rating": [6, 5, 4, 4, 7]})
    >>> columns = dict(client="client", session="session", item="item", rating="rating")
    >>> personal_scores(ratings, **columns, low=1, high=7)
       client  session  score  n_items  n_common  change
    0       1        1    5.5        2         2     0.0
    1       1        2    5.0        3         2    -1.5
    """
    import pandas as pd

    names = ("score", "n_items", "n_common", "change")
    ratings, codes = goal_keys(
        ratings,
        [rating],
        client=client,
        session=session,
        goal=item,
        what="item",
        session_order=session_order,
    )
    free_names([client, session], names)
    values = values_within(ratings, rating, low, high)
    items = ratings[item].to_numpy()
    rows: list[tuple[object, ...]] = []
    first: dict[Hashable, float] = {}
    previous: object = object()
    for key, places in groups_of(ratings, [client, session], codes):
        now = {items[p]: values[p] for p in places if not np.isnan(values[p])}
        if not now:
            continue
        if key[0] != previous:
            first, previous = now, key[0]
        common = [now[name] - first[name] for name in now if name in first]
        change = float(np.mean(common)) if common else np.nan
        rows.append((*key, float(np.mean(list(now.values()))), len(now), len(common), change))
    return pd.DataFrame(rows, columns=[client, session, *names])
