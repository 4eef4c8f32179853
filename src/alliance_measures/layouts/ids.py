"""Who is who: ids that differ only by how they are written."""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
from alliance_measures.messages import RowNumbers, said

__all__ = ["IdLedger", "id_text", "likeness", "trimmed_ids", "unblanked"]

# capital and small letters of Cyrillic and Greek that look like a Latin one, after case folding
_LOOKS = str.maketrans("авекмнорстухіјѕαβεζηικμνορτυχ", "abekmhopctyxijsabezhikmvoptyx")


def id_text(cell: object) -> str:
    """Text of an id as it stands; "" where there is none. 7.0, a number, is 7.

    Examples
    --------
    >>> id_text(7.0), id_text(" K003 "), id_text(None)
    ('7', ' K003 ', '')
    """
    if isinstance(cell, str):
        return cell
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(cell, numbers.Real) and not isinstance(cell, numbers.Integral):
        number = float(cell)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else repr(number)
    return str(cell)


def unblanked(text: str) -> str:
    """Take out all blanks, those without a width included.

    Examples
    --------
    >>> unblanked(" K\u200b 1 ")
    'K1'
    """
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def likeness(text: str) -> str:
    """Reduce an id by case, blanks, leading zeros, widths, look-alikes and a trailing ".0".

    Examples
    --------
    >>> likeness(" K003"), likeness("k3"), likeness("\uff2b\uff13"), likeness("\u041a3.0")
    ('k3', 'k3', 'k3', 'k3')
    """
    plain = unblanked(unicodedata.normalize("NFKC", text).casefold().translate(_LOOKS))
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"(?<=\d)\.0+$", "", plain)
    return re.sub(r"(?<![\d.])0+(?=\d)", "", plain)


def trimmed_ids(cells: pd.Series[Any]) -> tuple[pd.Series[Any], Any]:
    """Ids without blanks around them, and which rows had some.

    Returns
    -------
    cells : Series
        The same object where nothing was trimmed.
    changed : ndarray of bool
    """
    if cells.dtype.kind in "iufbM" or not len(cells):
        return cells, np.zeros(len(cells), dtype=bool)
    texts = cells.astype(object)
    blanks = texts.map(lambda cell: isinstance(cell, str) and cell != cell.strip())
    changed = blanks.fillna(False).to_numpy(dtype=bool)
    if not changed.any():
        return cells, changed
    return texts.map(lambda cell: cell.strip() if isinstance(cell, str) else cell), changed


# fmt: off
SUMMARIES = frozenset({
    "mean", "average", "avg", "sd", "std", "stdev", "median", "sum", "total", "totals", "subtotal",
    "min", "max", "n", "count", "mittelwert", "durchschnitt", "summe", "gesamt", "anzahl",
    "standardabweichung", "moyenne", "somme", "media", "promedio", "suma", "gemiddelde", "totaal",
})
# fmt: on
ROUNDED = re.compile(r"[-+]?\d([.,]\d+)?e\+?\d+", re.ASCII | re.IGNORECASE)


@dataclass
class _Spelling:
    count: int = 0
    rows: list[Any] = field(default_factory=list)


class IdLedger:
    """Remembers how ids were written, piece by piece.

    Parameters
    ----------
    most : int, optional
        Rows to remember of each spelling; None: all.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._seen: dict[str, _Spelling] = defaultdict(_Spelling)
        self.blanks: list[Any] = []
        self.n_blanks = 0
        self.absent: list[Any] = []
        self.summaries: list[Any] = []
        self.rounded: list[Any] = []

    def add(self, cells: pd.Series[Any]) -> None:
        """Look at the ids of a piece; its index are the rows."""
        import pandas as pd

        codes, labels = pd.factorize(cells.astype(object))
        order = np.argsort(codes, kind="stable")
        stops = np.searchsorted(codes[order], np.arange(-1, len(labels) + 1))
        for code, label in enumerate([None, *labels]):
            rows = cells.index[order[stops[code] : stops[code + 1]]].tolist()
            self._note(id_text(label), rows)

    def _note(self, text: str, rows: list[Any]) -> None:
        bare = text.strip()
        if not bare:
            self.absent += rows
            return
        if bare.casefold().rstrip(".:") in SUMMARIES:
            self.summaries += rows[: self._most]
        if ROUNDED.fullmatch(bare):
            self.rounded += rows[: self._most]
        if bare != text:
            self.n_blanks += len(rows)
            self.blanks += rows[: self._most]
        spelling = self._seen[bare]
        spelling.count += len(rows)
        room = None if self._most is None else max(self._most - len(spelling.rows), 0)
        spelling.rows += rows[:room]

    def near(self) -> tuple[int, list[Any]]:
        """Count ids that are written in more than one way, and the rows of the rarer ways.

        Returns
        -------
        n : int
            Ids with more than one spelling.
        rows : list
            In order; of the spellings other than the most frequent one (else the first seen).
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for text in self._seen:
            groups[likeness(text)].append(text)
        several = [texts for texts in groups.values() if len(texts) > 1]
        rows: list[Any] = []
        for texts in several:
            main = max(texts, key=lambda text: self._seen[text].count)
            rows += [row for text in texts if text != main for row in self._seen[text].rows]
        return len(several), sorted(rows, key=_place)

    def sentences(self, column: object) -> Iterable[str]:
        """Say what was found, with counts and rows, never an id."""
        yield from self.doubts(column)
        if self.n_blanks:
            yield said(
                f"{column}: blanks around the id trimmed in {self.n_blanks} "
                f"{'row' if self.n_blanks == 1 else 'rows'}: ",
                _listed(self.blanks),
            )

    def doubts(self, column: object, *, unknown: bool = True) -> Iterable[str]:
        """Say what is odd about the clients; `unknown`: also where there is none."""
        n, rows = self.near()
        if n:
            yield said(
                f"{column}: {n} {'id is' if n == 1 else 'ids are'} written in several ways (case, "
                "leading zeros, widths of letters, look-alikes, a trailing .0) and count as "
                "different: ",
                _listed(rows),
                "; write each in one way",
            )
        if self.absent and unknown:
            yield said(
                f"{column}: empty in ", _listed(self.absent), ": nobody knows whose they are"
            )
        if self.summaries:
            yield said(
                f"{column}: called like a statistic, not like a client, and scored all the same: ",
                _listed(self.summaries),
                "; take rows of means, totals or counts out of the file",
            )
        if self.rounded:
            yield said(
                f"{column}: numbers of more than 15 digits, which a spreadsheet rounds, so that "
                "several clients may have become one: ",
                _listed(self.rounded),
                "; write ids as text there",
            )


def _place(row: Any) -> tuple[int, Any]:
    return (0, row) if isinstance(row, numbers.Real) else (1, str(row))


def _listed(rows: list[Any]) -> RowNumbers | str:
    if all(isinstance(row, numbers.Integral) for row in rows):
        return RowNumbers.at(rows, in_source=True)
    return f"{len(rows)} rows"
