"""The bytes of a text, piece by piece: decoded, cut at the ends of records, or line by line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

__all__ = ["Lines", "Taken", "last_record_end", "without_lines"]

T = TypeVar("T")


def last_record_end(text: bytes) -> int:
    """Length of the leading whole records: up to the last line end outside quotes."""
    end = text.rfind(b"\n") + 1
    if end and text.count(b'"', 0, end) % 2:
        quotes = np.frombuffer(text, dtype=np.uint8) == 34
        outside = (np.cumsum(quotes, dtype=np.uint8) & 1) == 0
        ends = np.flatnonzero((np.frombuffer(text, dtype=np.uint8) == 10) & outside)
        end = int(ends[-1]) + 1 if ends.size else 0
    return end


def without_lines(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Leave out the first lines; the empty piece at the end stays."""
    for piece in pieces:
        left = piece
        while count and (end := left.find(b"\n")) >= 0:
            left, count = left[end + 1 :], count - 1
        if not piece or (left and not count):
            yield left


class Lines:
    """Lines of a text as the standard reader wants them; what it did not take can be had back.

    Attributes
    ----------
    ended : bool
        Whether all pieces were taken.
    """

    def __init__(self, first: bytes, pieces: Iterator[bytes], *, ended: bool = False) -> None:
        self._pieces = pieces
        self._rest = first
        self._given: list[str] = []
        self._place = 0
        self.ended = ended

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while self._place == len(self._given):
            if not self._fill():
                raise StopIteration
        self._place += 1
        return self._given[self._place - 1]

    def _fill(self) -> bool:
        """Cut the next lines; False at the end."""
        while not (end := self._rest.rfind(b"\n") + 1) and not self.ended:
            piece = next(self._pieces, b"")
            self.ended = not piece
            self._rest += piece
        whole = self._rest if self.ended else self._rest[:end]
        self._rest = self._rest[len(whole) :]
        self._given, self._place = list(io.StringIO(whole.decode(), newline="")), 0
        return bool(whole)

    def left(self) -> bytes:
        """Give back the lines that were not taken."""
        return "".join(self._given[self._place :]).encode() + self._rest


class Taken:
    """Counts what was taken of an iterator."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, things: Iterator[T]) -> Iterator[T]:
        """Give the same things and count them."""
        for thing in things:
            self.count += 1
            yield thing
