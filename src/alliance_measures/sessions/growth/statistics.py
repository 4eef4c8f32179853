"""Sums of a table, by design of client: enough for a growth model, and free to be added up."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.merge import merge_sums
from alliance_measures.estimation.mixed.sums import GroupSums, compress, group_sums
from alliance_measures.frames import as_names
from alliance_measures.sessions.growth.design import (
    Course,
    Random,
    Settings,
    Time,
    design_of,
)

__all__ = ["GrowthStatistics", "growth_statistics"]

_PARTS = ("count", "zz", "zx", "zy", "zyyz", "xx", "xy", "origin_x")


@dataclass(frozen=True)
class GrowthStatistics:
    """What a growth model needs of a table; adding two gives that of both tables.

    The clients of two tables must be different people. No row, no client and no identifier is
    held, only sums over clients of equal design (same sessions, same covariates). A design that
    one client alone has shows that client's sum of scores and of scores times session, so with
    one session the score itself: see :meth:`reveals`.
    """

    settings: Settings
    sums: GroupSums = field(repr=False)
    n_unscored: int = 0
    n_incomplete: int = 0

    @property
    def n_clients(self) -> int:
        """Clients with a scored session."""
        return round(self.sums.n_groups)

    @property
    def n_sessions(self) -> int:
        """Scored sessions."""
        return round(self.sums.n_rows)

    def __add__(self, other: GrowthStatistics) -> GrowthStatistics:
        if not isinstance(other, GrowthStatistics):
            return NotImplemented
        if self.settings != other.settings:
            raise StatisticError(
                "the statistics were made with different settings, columns or levels of covariates"
            )
        return replace(
            self, sums=merge_sums([self.sums, other.sums]),
            n_unscored=self.n_unscored + other.n_unscored,
            n_incomplete=self.n_incomplete + other.n_incomplete,
        )  # fmt: skip

    def __radd__(self, other: Any) -> GrowthStatistics:
        return self if other == 0 else NotImplemented  # so that sum() works

    def reveals(self) -> pd.DataFrame:
        """How many clients stand alone in their design, and what that shows of them.

        Returns
        -------
        DataFrame
            1 row: n_designs, clients_alone (sum of scores shown), clients_alone_one_session (the
            score itself shown), smallest (fewest clients of a design).
        """
        alone = self.sums.count == 1
        return pd.DataFrame({
            "n_designs": [self.sums.count.size],
            "clients_alone": [int(alone.sum())],
            "clients_alone_one_session": [int((alone & (self.sums.zz[0] == 1)).sum())],
            "smallest": [int(self.sums.count.min())],
        })  # fmt: skip

    def to_json(self) -> str:
        """As text, to send; :func:`GrowthStatistics.from_json` reads it back to the last bit."""
        sums = {name: getattr(self.sums, name).tolist() for name in _PARTS}
        scalars = {"yy": self.sums.yy, "constant": self.sums.constant,
                   "origin_z": self.sums.origin_z, "origin_y": self.sums.origin_y}  # fmt: skip
        return json.dumps({
            "version": 1, "settings": asdict(self.settings), "sums": sums | scalars,
            "n_unscored": self.n_unscored, "n_incomplete": self.n_incomplete,
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> GrowthStatistics:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        StatisticError
            If the text is something else.
        """
        try:
            read = json.loads(text)
            settings = read["settings"]
            settings["covariates"] = tuple(settings["covariates"])
            settings["levels"] = tuple((n, tuple(levels)) for n, levels in settings["levels"] or ())
            sums = read["sums"]
            arrays = {name: np.array(sums.pop(name), dtype=np.float64) for name in _PARTS}
            held: dict[str, Any] = {**arrays, **sums}
            return cls(
                Settings(**settings), GroupSums(**held), read["n_unscored"], read["n_incomplete"]
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StatisticError("this is no text that GrowthStatistics.to_json wrote") from None


@explained
def growth_statistics(
    scores: pd.DataFrame,
    *,
    client: Hashable = "client",
    session: Hashable = "session",
    value: Hashable = "total",
    random: Random = "slope",
    covariates: Hashable | Sequence[Hashable] = (),
    time: Time = "session",
    course: Course = "line",
    knot: float | None = None,
    levels: dict[Hashable, Sequence[Any]] | None = None,
) -> GrowthStatistics:
    """Add up a part of a table, for ``growth_model(statistics=a + b + c)``.

    Parameters
    ----------
    scores : DataFrame
        All rows of the clients that it holds: a client may not be in two parts.
    client, session, value, random, covariates, time, course, knot
        As for :func:`growth_model`; the same for all parts.
    levels : dict of covariate to sequence, or None
        Levels of covariates that are no numbers, the reference first. Needed where a part may not
        hold all of them.

    Returns
    -------
    GrowthStatistics

    Raises
    ------
    ColumnError, StatisticError
        As :func:`growth_model`, and for time="centred", whose centre no part knows.

    Examples
    --------
    >>> import pandas as pd
    >>> part = pd.DataFrame({"client": [1, 1, 2], "session": [1, 2, 1], "total": [3, 4, 3]})
    >>> both = growth_statistics(part) + growth_statistics(part.assign(client=part.client + 2))
    >>> both.n_clients, both.n_sessions
    (4, 6)
    """
    if time == "centred":
        raise StatisticError("time='centred' needs all sessions; use 'session' in parts of a table")
    given = None if levels is None else tuple((k, tuple(v)) for k, v in levels.items())
    settings = Settings(
        client, session, value, random, time, course, knot, as_names(covariates), given
    )
    design = design_of(scores, settings)
    sums = group_sums(design.y, design.x, design.codes, slope=design.slope)
    return GrowthStatistics(
        design.settings, compress(sums)[0], design.n_unscored, design.n_incomplete
    )
