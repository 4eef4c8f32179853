"""Pre and post side by side: alignment, missing pairs, their moments."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError, row_list
from alliance_measures.frames import float_column

__all__ = ["CeilingWarning", "Pairs", "pair_up"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Column: TypeAlias = "pd.Series[Any]"

CEILING_SHARE = 0.15


class CeilingWarning(UserWarning):
    """More than 15 % of the pre scores leave no room for improvement."""


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
    """

    pre: Floats
    post: Floats
    index: pd.Index[Any]
    missing: Flags
    n_post_only: int

    @property
    def n_used(self) -> int:
        """Complete pairs."""
        return int(self.pre.size - np.count_nonzero(self.missing))

    @cached_property
    def slack(self) -> float:
        """Scores closer than this differ by binary rounding alone (3.3 - 3.0 against 0.3)."""
        largest = max(np.nanmax(np.abs(self.pre)), np.nanmax(np.abs(self.post)))
        return float(8 * np.finfo(np.float64).eps * largest)

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
        Two Series are matched by their index; anything else by position.

    Returns
    -------
    Pairs
        With the index of `pre` (positions where it has none).

    Raises
    ------
    StatisticError
        Unequal lengths, a doubled index label, text or infinity, or no complete pair at all.

    Examples
    --------
    >>> pairs = pair_up(pd.Series([1.0, 2.0], index=["a", "b"]), pd.Series([3.0], index=["b"]))
    >>> pairs.post
    array([nan,  3.])
    >>> pairs.n_used
    1
    """
    first, second = _series(pre, "pre"), _series(post, "post")
    by_label = isinstance(pre, pd.Series) and isinstance(post, pd.Series)
    first, second, n_post_only = (_by_label if by_label else _by_position)(first, second)
    before, after = float_column(first, name="pre"), float_column(second, name="post")
    missing = np.isnan(before)
    missing |= np.isnan(after)
    if missing.all():
        hint = "; they share no index label: set the client as index" if n_post_only else ""
        raise StatisticError(f"pre and post have no complete pair{hint}")
    return Pairs(before, after, first.index, missing, n_post_only)


def _series(values: Any, name: str) -> Column:
    if isinstance(values, pd.Series):
        return values
    if np.ndim(values) > 1:
        raise StatisticError(f"{name}: one column is needed, not a table")
    return pd.Series(values)


def _by_position(pre: Column, post: Column) -> tuple[Column, Column, int]:
    if len(pre) != len(post):
        raise StatisticError(
            f"pre has {len(pre)} values and post {len(post)}; "
            "give the same clients in the same order, or two Series indexed by client"
        )
    index = post.index if isinstance(pre.index, pd.RangeIndex) else pre.index
    return pre.set_axis(index), post.set_axis(index), 0


def _by_label(pre: Column, post: Column) -> tuple[Column, Column, int]:
    if len(pre) == len(post) and pre.index.equals(post.index):
        return pre, post, 0
    if isinstance(pre.index, pd.RangeIndex) and isinstance(post.index, pd.RangeIndex):
        return _by_position(pre, post)  # plain row numbers say nothing about clients
    _refuse_doubles(pre, post)
    n_post_only = int((~post.index.isin(pre.index)).sum())
    return pre, post.reindex(pre.index), n_post_only


def _refuse_doubles(pre: Column, post: Column) -> None:
    problems = []
    for name, series in (("pre", pre), ("post", post)):
        rows = np.flatnonzero(series.index.duplicated())
        if rows.size:
            problems.append(f"{name}: index label doubled in {row_list(rows.tolist())}")
    if problems:
        raise StatisticError("\n".join(problems) + "\nkeep one score per client and occasion")


def ceiling(pairs: Pairs, sign: int, best_possible: float | None) -> float:
    """Share of the pre scores at the best possible one; warns above 15 %.

    Without `best_possible` the best score seen at either occasion stands in, if it is seen more
    than once at pre: a single highest score says nothing about the end of the scale.
    """
    pre, post = pairs.complete()
    seen = best_possible
    if seen is None:
        seen = max(pre.max(), post.max()) if sign > 0 else min(pre.min(), post.min())
    count = int(np.count_nonzero(pre >= seen if sign > 0 else pre <= seen))
    share = count / pre.size
    if share > CEILING_SHARE and (count > 1 or best_possible is not None):
        warnings.warn(
            f"{share:.0%} of the pre scores are at the best possible score: these clients cannot "
            "improve, and reliable change is understated",
            CeilingWarning,
            stacklevel=3,
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
