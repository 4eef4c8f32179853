"""Problems of whole sheets: whose they are, doubled, lost."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.layouts.ids import IdLedger, id_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DOUBLED", "PROBLEMS", "WhoIsWho"]

DOUBLED = "duplicated-client-session"
PROBLEMS = (
    "no-client",
    "no-session",
    "blanks-around-client",
    "near-equal-client",
    "summary-row",
    "rounded-client",
    "client-without-score",
    DOUBLED,
)
Found = list[tuple[Any, Hashable, str]]


class WhoIsWho:
    """Looks at clients and sessions piece by piece; what is wrong is known at the end.

    Parameters
    ----------
    client, session : hashable or None
        Columns; None where there is none.
    """

    def __init__(self, client: Hashable | None, session: Hashable | None) -> None:
        self.client, self.session = client, session
        self._ids = IdLedger()
        self._sessionless: list[Any] = []
        self._scored: dict[str, bool] = {}
        self._rows: dict[str, list[Any]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._doubled: list[Any] = []

    def add(self, piece: pd.DataFrame, scored: Any) -> None:
        """Look at a piece; `scored` says which rows get a score on any scale."""
        rows = piece.index.tolist()
        who = _bare(piece, self.client)
        when = [_same_number(text) for text in _bare(piece, self.session)]
        if self.client is not None:
            self._ids.add(piece[self.client])
        if self.session is not None:
            self._sessionless += [row for row, text in zip(rows, when, strict=True) if not text]
        for row, one, session, any_score in zip(rows, who, when, scored, strict=True):
            if not one:
                continue
            self._scored[one] = self._scored.get(one, False) or bool(any_score)
            self._rows.setdefault(one, []).append(row)
            if session:
                if (one, session) in self._seen:
                    self._doubled.append(row)
                self._seen.add((one, session))

    def problems(self) -> Found:
        """List row, column, problem."""
        found: Found = []
        if self.client is not None:
            lost = [row for one, yes in self._scored.items() if not yes for row in self._rows[one]]
            for problem, rows in (
                ("no-client", self._ids.absent),
                ("blanks-around-client", self._ids.blanks),
                ("near-equal-client", self._ids.near()[1]),
                ("summary-row", self._ids.summaries),
                ("rounded-client", self._ids.rounded),
                ("client-without-score", lost),
            ):
                found += [(row, self.client, problem) for row in rows]
        if self.session is not None:
            found += [(row, self.session, "no-session") for row in self._sessionless]
            found += [(row, self.session, DOUBLED) for row in self._doubled]
        return found

    def unseen(self) -> str:
        """Say what could not be looked for; "" where all could."""
        lacking = [
            name
            for name, column in (("client", self.client), ("session", self.session))
            if column is None
        ]
        if not lacking:
            return ""
        return (
            f"no column was recognised as the {' and the '.join(lacking)}: doubled sessions"
            f"{', ids written in several ways, lost clients' if 'client' in lacking else ''} and "
            f"rows without {' or '.join(lacking)} could not be looked for"
        )


def _bare(piece: pd.DataFrame, column: Hashable | None) -> list[str]:
    import pandas as pd

    if column is None:
        return [""] * len(piece)
    codes, labels = pd.factorize(piece[column].astype(object))
    texts = np.array([*(id_text(label).strip() for label in labels), ""], dtype=object)
    known: list[str] = texts[codes].tolist()
    return known


def _same_number(text: str) -> str:
    """One text for the same number: 1, 01 and 1.0 are one session."""
    plain = text.replace(".", "", 1)
    return f"{float(text):g}" if plain.isdecimal() and plain.isascii() and len(plain) < 6 else text
