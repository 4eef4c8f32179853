"""Ruptures or signals of a rule, held against an observer who coded the same sessions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.long_tables import read_long, require_keys
from alliance_measures.sessions.dyads.rows import Floats, Ints
from alliance_measures.sessions.growth.tables import check_df

__all__ = ["compare_with_observer"]

Flags = NDArray[np.bool_]


@explained
def compare_with_observer(
    found: pd.DataFrame,
    observed: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    coded: Hashable = "rupture",
    found_session: Hashable | None = None,
    within: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Hold ruptures or signals of any rule against an observer's codes of the same sessions.

    Parameters
    ----------
    found : DataFrame
        A row per episode or signal, as :func:`ruptures` and :func:`signals` return them; several
        in one session count once, and sessions that the observer did not code not at all.
    observed : DataFrame
        A row per client and coded session. Sessions left out, or without a code, were not coded: a
        session in which the observer saw nothing must stand there with 0.
    client, session : hashable
        Columns of `observed`; `client` is also that of `found`.
    coded : hashable
        Column of `observed`: 1 or true where the observer saw one, 0 or false where not.
    found_session : hashable, optional
        Column of `found`; otherwise ``low_session`` where there is one, else `session`.
    within : int
        Sessions by which the two may lie apart and still be the same.
    confidence : float in (0, 1)

    Returns
    -------
    DataFrame
        Row per measure: ``measure``, ``estimate``, ``ci_low``, ``ci_high``, ``count``, ``n`` (count
        of n; NaN for the last two), ``design_effect``. Measures: sensitivity, specificity,
        positive_predictive_value, negative_predictive_value, agreement, kappa (session by session,
        `within` not applied), lag (mean of found - observed session, from each observed event to
        the nearest call of its client, however far). NaN where there is nothing to count.
        ``attrs``: n_clients, n_sessions, n_observed, n_found, n_found_uncoded (found in sessions
        without a code), within.

    Raises
    ------
    ColumnError, StatisticError
        Tables that cannot be read; sessions that are no numbers; codes other than 0 and 1; no coded
        session; events observed in no session or in all of them.

    Notes
    -----
    Shares have Wilson's interval with n divided by the design effect of sessions within clients
    (at least 1), as sessions of a client are alike; kappa and lag leave one client out at a time
    (jackknife, t). With `within`, an event is found where a call lies near enough and a call is
    right where an event does; specificity is of the sessions with no event near, the negative
    predictive value of those with no call near.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"client": [1, 2, 2], "low_session": [3, 2, 4]})
    >>> observed = pd.DataFrame({"client": [1] * 4 + [2] * 4, "session": [1, 2, 3, 4] * 2,
    ...                          "rupture": [0, 0, 1, 0, 0, 1, 0, 0]})
    >>> table = compare_with_observer(found, observed)
    >>> table[["measure", "estimate", "count", "n"]].head(3).round(2)
           measure  estimate  count    n
    0  sensitivity      1.00    2.0  2.0
    1  specificity      0.83    5.0  6.0
    2  positive_predictive_value      0.67    2.0  3.0
    """
    check_df("satterthwaite", confidence)
    if within < 0:
        raise StatisticError("within must be 0 or more")
    at = found_session
    if at is None:
        at = "low_session" if "low_session" in getattr(found, "columns", ()) else session
    codes, time, event, clients = _observed(observed, client, session, coded)
    call, stray = _calls(found, client, at, codes, time, clients)
    near_event, near_call = (_near(codes, time, marks, within) for marks in (event, call))
    shares = {
        "sensitivity": (near_call, event), "specificity": (~call, ~near_event),
        "positive_predictive_value": (near_event, call),
        "negative_predictive_value": (~event, ~near_call),
        "agreement": (event == call, np.ones_like(event)),
    }  # fmt: skip
    rows = [_share(name, hit, of, codes, confidence) for name, (hit, of) in shares.items()]
    rows.append(_jackknife("kappa", _kappa, np.stack([event, call], axis=1), codes, confidence))
    lag = _lags(codes, time, event, call)
    rows.append(_jackknife("lag", _mean, lag[:, None], codes, confidence))
    table = pd.DataFrame(rows)
    table.attrs = {
        "n_clients": int(codes.max()) + 1, "n_sessions": codes.size, "n_observed": int(event.sum()),
        "n_found": int(call.sum()), "n_found_uncoded": stray, "within": within,
    }  # fmt: skip
    return table


def _observed(
    observed: pd.DataFrame, client: Hashable, session: Hashable, coded: Hashable
) -> tuple[Ints, Floats, Flags, pd.Index[Any]]:
    require_keys(observed, {"client": client, "session": session}, [coded], what="observed table")
    numbers = observed[[client, session, coded]].copy()
    numbers[coded] = numbers[coded].astype(object).map(_number)
    table = read_long(
        numbers, client=client, session=session, values=[coded], what="observed table"
    )
    if table.sessions.kind != "number":
        raise StatisticError(
            "the two tables meet by session numbers: number each client's sessions"
        )
    code = table.values[0]
    strays = int((~np.isnan(code) & (code != 0) & (code != 1)).sum())
    if strays:
        raise StatisticError(f"{strays} codes in {coded!r} are neither 0 nor 1")
    order = table.order[~np.isnan(code)[table.order]]
    event = code[order] == 1
    if not 0 < event.sum() < event.size:
        raise StatisticError(
            f"the observer saw an event in {int(event.sum())} of {event.size} coded sessions: "
            "there is nothing to tell apart"
        )
    codes, kept = pd.factorize(table.codes[order])
    return codes.astype(np.intp), table.sessions.time[order], event, table.clients.take(kept)


def _number(cell: object) -> object:
    """Turn true and false into 1 and 0, and leave all else to be checked."""
    return int(cell) if isinstance(cell, (bool, np.bool_)) else cell


def _calls(
    found: pd.DataFrame, client: Hashable, at: Hashable, codes: Ints, time: Floats,
    clients: pd.Index[Any],
) -> tuple[Flags, int]:  # fmt: skip
    """Coded sessions with a call, and how many sessions with a call were not coded."""
    require_keys(found, {"client": client, "session": at}, what="table of what was found",
                 empty=True)  # fmt: skip
    if not len(found):
        return np.zeros(codes.size, dtype=bool), 0
    pairs = found[[client, at]]
    try:
        pairs = pairs.drop_duplicates()
    except TypeError:
        raise StatisticError("found holds lists or the like where names are needed") from None
    read = read_long(pairs, client=client, session=at, what="table of what was found")
    if read.sessions.kind != "number":
        raise StatisticError(
            "the two tables meet by session numbers: number each client's sessions"
        )
    place = clients.get_indexer(read.clients)[read.codes]
    coded = pd.MultiIndex.from_arrays([codes, time])
    row = coded.get_indexer(pd.MultiIndex.from_arrays([place, read.sessions.time]))
    call = np.zeros(codes.size, dtype=bool)
    call[row[row >= 0]] = True
    return call, int((row < 0).sum())


def _near(codes: Ints, time: Floats, marks: Flags, within: int) -> Flags:
    """Sessions with a mark at most `within` sessions away, of the same client."""
    if not within:
        return marks
    return np.asarray(np.abs(_lags(codes, time, np.ones_like(marks), marks)) <= within)


def _lags(codes: Ints, time: Floats, of: Flags, marks: Flags) -> Floats:
    """Sessions from each row in `of` to the nearest mark of its client; NaN without one."""
    rows, at = np.arange(codes.size), np.flatnonzero(marks)
    lags = np.full((2, codes.size), np.nan)
    if at.size:
        after = np.searchsorted(at, rows)
        for side, place in enumerate((after - 1, after)):
            there = (place >= 0) & (place < at.size)
            mark = at[np.clip(place, 0, at.size - 1)]
            there &= codes[mark] == codes
            lags[side, there] = (time[mark] - time)[there]
    sizes = np.where(np.isnan(lags), np.inf, np.abs(lags))
    nearest = np.where(sizes[1] <= sizes[0], lags[1], lags[0])
    return np.where(of, nearest, np.nan)


def _share(
    name: str, hit: Flags, of: Flags, codes: Ints, confidence: float
) -> dict[str, str | float]:
    """Share of `of` that is a hit, with Wilson's interval at the effective number of sessions."""
    count, n = float((hit & of).sum()), float(of.sum())
    if not n:
        empty = dict.fromkeys(("estimate", "ci_low", "ci_high"), float("nan"))
        return {"measure": name, **empty, "count": 0.0, "n": 0.0, "design_effect": float("nan")}
    p = count / n
    effect = _design_effect((hit & of) - p * of, of, codes, p)
    size, z = n / effect, float(ndtri(0.5 + confidence / 2))
    middle = (p + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * np.sqrt(p * (1 - p) / size + z * z / (4 * size * size))
    return {
        "measure": name, "estimate": p, "ci_low": max(middle - half, 0.0),
        "ci_high": min(middle + half, 1.0), "count": count, "n": n, "design_effect": effect,
    }  # fmt: skip


def _design_effect(rest: Floats, of: Flags, codes: Ints, p: float) -> float:
    """Variance of a share over clients as a multiple of that of as many independent sessions."""
    clients = np.unique(codes[of]).size
    if clients < 2 or not 0 < p < 1:
        return 1.0
    between = (np.bincount(codes, weights=rest) ** 2).sum() * clients / (clients - 1)
    return max(float(between / (of.sum() * p * (1 - p))), 1.0)


def _jackknife(
    name: str, statistic: Callable[[Any], float], values: NDArray[Any], codes: Ints,
    confidence: float,
) -> dict[str, str | float]:  # fmt: skip
    estimate = statistic(values)
    clients = int(codes.max()) + 1
    half = float("nan")
    if clients > 2:
        left = np.array([statistic(values[codes != one]) for one in range(clients)])
        se = np.sqrt((clients - 1) / clients * ((left - left.mean()) ** 2).sum())
        half = float(stdtrit(clients - 1, 0.5 + confidence / 2) * se) or float("nan")
    nothing = float("nan")
    return {
        "measure": name, "estimate": estimate, "ci_low": estimate - half,
        "ci_high": estimate + half, "count": nothing, "n": nothing, "design_effect": nothing,
    }  # fmt: skip


def _kappa(marks: NDArray[np.bool_]) -> float:
    same = (marks[:, 0] == marks[:, 1]).mean()
    share = marks.mean(axis=0)
    chance = share.prod() + (1 - share).prod()
    return float((same - chance) / (1 - chance)) if chance < 1 else float("nan")


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
