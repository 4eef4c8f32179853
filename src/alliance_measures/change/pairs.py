"""Pre and post side by side: alignment, missing pairs, their moments."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.change.checks import holds
from alliance_measures.errors import StatisticError, outside
from alliance_measures.frames import float_column
from alliance_measures.messages import RowNumbers, lines, said
from alliance_measures.rounding import rounding_of

__all__ = ["CeilingWarning", "Pairs", "pair_up"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Column: TypeAlias = "pd.Series[Any]"

CEILING_SHARE = 0.15


class CeilingWarning(UserWarning):
    """More than 15 % of the pre scores leave no room for improvement.

    They are at the best possible score: at `best_possible` where it is given, otherwise at the
    best score seen, if more than one client has it at pre. A single top score warns only where
    `best_possible` says that it is the end of the scale.
    """


@dataclass(frozen=True)
class Pairs:
    """Scores of the same clients on two occasions, NaN where missing.

    Attributes
    ----------
    pre, post : ndarray of float64, shape (n,)
    index : Index of length n
    missing : ndarray of bool, shape (n,)
        Where pre or post is missing.
    n_post_only : int
        Clients of `post` whom `pre` does not list.
    labelled : bool
        Whether the index came with `pre`; otherwise it counts positions.
    """

    pre: Floats
    post: Floats
    index: pd.Index[Any]
    missing: Flags
    n_post_only: int
    labelled: bool

    @property
    def n_used(self) -> int:
        """Complete pairs."""
        return int(self.pre.size - np.count_nonzero(self.missing))

    @cached_property
    def slack(self) -> Floats:
        """What each pair's change owes to binary rounding alone (3.3 - 3.0 against 0.3)."""
        return rounding_of(self.pre, self.post)

    def complete(self) -> tuple[Floats, Floats]:
        """Take the complete pairs; the very arrays, uncopied, where none is missing."""
        if not self.missing.any():
            return self.pre, self.post
        return self.pre[~self.missing], self.post[~self.missing]

    def counts(self) -> dict[str, int]:
        """How many clients there are, how many were used and why the others were not."""
        return {
            "n_original": self.pre.size + self.n_post_only,
            "n_used": self.n_used,
            "n_pre_missing": int(np.count_nonzero(np.isnan(self.pre))) + self.n_post_only,
            "n_post_missing": int(np.count_nonzero(np.isnan(self.post))),
        }


def pair_up(pre: Any, post: Any) -> Pairs:
    """Put pre and post side by side.

    Parameters
    ----------
    pre, post : array-like, shape (n,)
        Two Series are matched by the labels of their indexes, whatever these are; anything else
        by position. A mapping counts as a Series.

    Returns
    -------
    Pairs
        With the index of `pre` (positions where it has none).

    Raises
    ------
    StatisticError
        Unequal lengths, no common index label, a doubled or missing one, text or infinity, or
        no complete pair at all.

    Examples
    --------
    >>> pairs = pair_up(pd.Series([1.0, 2.0], index=["a", "b"]), pd.Series([3.0], index=["b"]))
    >>> pairs.post
    array([nan,  3.])
    >>> pairs.n_used
    1
    """
    pairs = align(pre, post)
    if not pairs.n_used:
        raise StatisticError("pre and post have no complete pair")
    return pairs


def align(pre: Any, post: Any) -> Pairs:
    """Do what `pair_up` does, but accept that no pair is complete."""
    first, second = as_column(pre, "pre"), as_column(post, "post")
    before, after = float_column(first, name="pre"), float_column(second, name="post")
    n_post_only = 0
    if has_labels(pre) and has_labels(post):
        if not first.index.equals(second.index):
            after, n_post_only = _by_label(first, second, after)
    elif before.size != after.size:
        raise StatisticError(
            f"pre has {before.size} values and post {after.size}; "
            "give the same clients in the same order, or two Series indexed by client"
        )
    missing = np.isnan(before)
    missing |= np.isnan(after)
    return Pairs(before, after, first.index, missing, n_post_only, has_labels(pre))


def count_pairs(n: int) -> str:
    """Say a number of pairs in an error."""
    return f"{n} complete pair{'' if n == 1 else 's'}"


def has_labels(values: Any) -> bool:
    """Whether values carry labels that say whose they are."""
    return isinstance(values, (pd.Series, Mapping))


def as_column(values: Any, name: str) -> Column:
    """One column, or an error that says so; labels stay where there are any."""
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, (set, frozenset)):
        raise StatisticError(f"{name}: a set has no order; give a list or a Series")
    if np.ndim(values) > 1:
        raise StatisticError(f"{name}: one column is needed, not a table")
    return pd.Series(values)


def _by_label(pre: Column, post: Column, scores: Floats) -> tuple[Floats, int]:
    """Scores of `post` in the order of `pre`, and how many of them `pre` does not list."""
    _refuse_unclear({"pre": pre.index, "post": post.index})
    rows = post.index.get_indexer(pre.index)
    if pre.size and post.size and (rows < 0).all():
        raise StatisticError(
            "pre and post share no index label, so nobody can be paired: set the client as index"
        )
    return pick(scores, rows), int(post.size - np.count_nonzero(rows >= 0))


def pick(values: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
    """Values at the rows; missing where a row is -1."""
    if not values.size:
        return np.full(rows.size, np.nan)
    return np.where(rows >= 0, values[rows], np.nan)


def rows_of_labels(column: Column, index: pd.Index[Any], name: str) -> NDArray[np.intp]:
    """Row of `column` for each label of `index`, -1 where it has none.

    Parameters
    ----------
    column : Series
    index : Index
        Of the clients.
    name : str
        What an error calls the column.

    Returns
    -------
    ndarray of int, shape (len(index),)

    Raises
    ------
    StatisticError
        The indexes differ, and that of `column` repeats or lacks a label or shares none.
    """
    if column.index.equals(index):
        return np.arange(len(index))
    _refuse_unclear({name: column.index})
    rows = column.index.get_indexer(index)
    if rows.size and (rows < 0).all():
        raise StatisticError(
            f"{name}: shares no index label with the scores; set the client as index of both"
        )
    return rows


def _refuse_unclear(indexes: dict[str, pd.Index[Any]]) -> None:
    problems = []
    for name, index in indexes.items():
        for what, bad in (("doubled", index.duplicated()), ("missing", _lacking(index))):
            rows = np.flatnonzero(bad)
            if rows.size:
                problems.append(said(f"{name}: index label {what} in ", RowNumbers.at(rows)))
    if problems:
        raise StatisticError(lines([*problems, "keep one value per client"]))


def _lacking(index: pd.Index[Any]) -> Flags:
    if isinstance(index, pd.MultiIndex):
        return np.zeros(len(index), dtype=bool)
    return np.asarray(index.isna())


def ceiling(pairs: Pairs, sign: int, best_possible: float | None) -> float:
    """Share of the pre scores at the best possible one; warns above 15 %.

    Without `best_possible` the best score seen at either occasion stands in, if it is seen more
    than once at pre: a single highest score says nothing about the end of the scale.
    """
    if best_possible is not None and not holds(best_possible, math.isfinite):
        raise StatisticError("best_possible: must be a finite number")
    pre, post = pairs.complete()
    if best_possible is not None:
        seen = float(best_possible)
    else:
        seen = max(pre.max(), post.max()) if sign > 0 else min(pre.min(), post.min())
    count = int(np.count_nonzero(pre >= seen if sign > 0 else pre <= seen))
    share = count / pre.size
    if share > CEILING_SHARE and (count > 1 or best_possible is not None):
        warnings.warn(
            f"{share:.0%} of the pre scores are at the best possible score: these clients cannot "
            "improve, and reliable change is understated",
            CeilingWarning,
            stacklevel=outside(),
        )
    return share


def change_frame(pairs: Pairs, columns: dict[str, Any], facts: dict[str, Any]) -> pd.DataFrame:
    """Build the tidy result: pre, post, change, the method's columns; facts go to ``attrs``.

    The scores are copied once, so that editing the result never reaches the caller's data.
    """
    scores = {
        "pre": pairs.pre.copy(),
        "post": pairs.post.copy(),
        "change": pairs.post - pairs.pre,
    }
    frame = pd.DataFrame(scores | columns, index=pairs.index, copy=False)
    frame.attrs.update(facts)
    return frame
