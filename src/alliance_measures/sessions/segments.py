"""Sums, means and medians of each client's stretch of a flat array, without a loop over clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_measures.rounding import squares_left

__all__ = ["Segments"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Segments:
    """Where each client's rows lie in a flat array that is sorted by client.

    Attributes
    ----------
    starts : ndarray of int, shape (m,)
        First row of each client.
    counts : ndarray of int, shape (m,)
        Rows of each client; 0 is allowed.
    """

    starts: Ints
    counts: Ints

    @classmethod
    def of(cls, counts: NDArray[np.integer]) -> Segments:
        """Segments of the given lengths, one after the other."""
        lengths: Ints = counts.astype(np.intp)
        return cls(starts=np.cumsum(lengths) - lengths, counts=lengths)

    def __len__(self) -> int:
        return self.counts.size

    @property
    def total(self) -> int:
        """Rows of all clients."""
        return int(self.counts.sum())

    def _reduce(self, ufunc: np.ufunc, values: Floats, empty: float) -> Floats:
        result = np.full(self.counts.size, empty)
        filled = self.counts > 0
        if filled.any():
            result[filled] = ufunc.reduceat(values, self.starts[filled])
        return result

    def sum(self, values: Floats) -> Floats:
        """Sum of each client; 0 where there is no row."""
        return self._reduce(np.add, values, 0.0)

    def min(self, values: Floats) -> Floats:
        """Smallest value of each client; NaN where there is no row."""
        return self._reduce(np.minimum, values, np.nan)

    def max(self, values: Floats) -> Floats:
        """Largest value of each client; NaN where there is no row."""
        return self._reduce(np.maximum, values, np.nan)

    def mean(self, values: Floats) -> Floats:
        """Mean of each client; NaN where there is no row."""
        return ratio(self.sum(values), self.counts.astype(np.float64))

    def spread(self, per_client: NDArray[np.generic]) -> NDArray[np.generic]:
        """One value per client, repeated over the client's rows."""
        return np.repeat(per_client, self.counts)

    def spread_floats(self, per_client: Floats) -> Floats:
        """As `spread`, for numbers."""
        return np.repeat(per_client, self.counts)

    def centred(self, values: Floats) -> Floats:
        """Values minus the client's mean."""
        return values - self.spread_floats(self.mean(values))

    def variance(self, values: Floats) -> Floats:
        """Variance with n - 1 of each client, 0 where only rounding varies; NaN below two rows."""
        squares = squares_left(self.sum(self.centred(values) ** 2), self.counts, self.size(values))
        return ratio(squares, np.where(self.counts > 1, self.counts - 1.0, 0.0))

    def size(self, values: Floats) -> Floats:
        """Largest value of each client without its sign; 0 where there is no row."""
        return self._reduce(np.maximum, np.abs(values), 0.0)

    def codes(self) -> Ints:
        """Give each row the number of its client."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    def position(self) -> Ints:
        """0, 1, 2, ... within each client."""
        return np.arange(self.total) - np.repeat(self.starts, self.counts)

    def first(self, values: Floats) -> Floats:
        """First value of each client; NaN where there is no row."""
        return self._pick(values, self.starts)

    def last(self, values: Floats) -> Floats:
        """Last value of each client; NaN where there is no row."""
        return self._pick(values, self.starts + self.counts - 1)

    def _pick(self, values: Floats, at: Ints) -> Floats:
        result = np.full(self.counts.size, np.nan)
        filled = self.counts > 0
        result[filled] = values[at[filled]]
        return result

    def median(self, values: Floats) -> Floats:
        """Median of each client; NaN where there is no row."""
        ordered = values[np.lexsort((values, self.codes()))]
        low = self._pick(ordered, self.starts + (self.counts - 1) // 2)
        return 0.5 * (low + self._pick(ordered, self.starts + self.counts // 2))

    def differences(self, values: Floats) -> Floats:
        """Value minus the one before within the client; NaN at each first row."""
        result = np.full(values.size, np.nan)
        result[1:] = np.diff(values)
        result[self.starts[self.counts > 0]] = np.nan
        return result

    def select(self, keep: NDArray[np.bool_]) -> Segments:
        """Give the segments that are left when only the rows of `keep` stay."""
        return Segments.of(np.bincount(self.codes()[keep], minlength=self.counts.size))

    def stacks(
        self, *, cells: int = 500_000, pairwise: bool = False, longest: int | None = None
    ) -> Iterator[tuple[Ints, Ints]]:
        """Clients of equal length in blocks: (clients of the block, their rows as a matrix).

        A block has at most `cells` cells, or pairs of cells where the caller works on pairs, so
        that memory stays bounded however many clients there are. Above `longest` rows the caller
        no longer holds pairs, and a block is counted in cells.
        """
        for count in np.unique(self.counts[self.counts > 0]).tolist():
            clients = np.flatnonzero(self.counts == count)
            pairs = pairwise and (longest is None or count <= longest)
            step = max(1, cells // max(1, count * (count - 1) // 2 if pairs else count))
            for begin in range(0, clients.size, step):
                block = clients[begin : begin + step]
                yield block, self.starts[block][:, None] + np.arange(count)

    def walk(self) -> tuple[Ints, Iterator[tuple[int, Ints]]]:
        """Walk through time: at step t, the t-th row of every client that has one.

        Returns
        -------
        order : ndarray of int
            Clients by falling length, so that the clients still present at step t are a prefix.
        steps : iterator of (t, rows)
            `rows` belongs to ``order[: rows.size]``.
        """
        order = np.argsort(-self.counts, kind="stable")
        starts, counts = self.starts[order], self.counts[order]
        longest = int(counts[0]) if counts.size else 0
        present = np.searchsorted(-counts, -np.arange(longest), side="left")
        return order, ((t, starts[: present[t]] + t) for t in range(longest))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient that is NaN, without a warning, where the denominator is 0."""
    safe = np.where(denominator == 0, np.nan, denominator)
    return numerator / safe
