"""What a fitted growth model expects: of a client's next sessions, of a new client, of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.effects import predicted
from alliance_measures.estimation.mixed.fit import MixedFit
from alliance_measures.estimation.mixed.sums import GroupSums, group_sums
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.sessions.growth.design import Design, Settings, design_of, fixed_columns

__all__ = ["Courses"]

Floats = NDArray[np.float64]


class Courses:
    """Predictions of a growth model."""

    fit: MixedFit
    settings: Settings

    def predict(
        self,
        scores: pd.DataFrame,
        *,
        sessions: int | Sequence[float] = 1,
        confidence: float = 0.95,
    ) -> pd.DataFrame:
        """Predict each client's coming sessions from the client's own rows.

        Parameters
        ----------
        scores : DataFrame
            Rows of clients, of the fit or new ones, with the columns of the fit.
        sessions : int or sequence of float
            How many sessions after the client's last scored one (1, 2, ... later); or which
            sessions, on the model's axis of time (days with dates).
        confidence : float
            Level of the band that a new score falls in.

        Returns
        -------
        DataFrame
            Row per client and session: client, session, mean, se (of the client's true level), low,
            high (of a new score), sd (of a new score), expected (of a client without sessions).
            A covariate keeps the value of the client's last row.
        """
        _check(confidence)
        design = self._design(scores)
        last = np.flatnonzero(np.append(design.codes[1:] != design.codes[:-1], True))
        sums = _sums(design, self.fit)
        parts = []
        for time, label in self._coming(design, last, sessions):
            x = _at(design.x[last], time, self.settings)
            mean, latent, observed = predicted(self.fit, sums, x, _slope(time, self.settings))
            band = self._band(design.clients, label, mean, latent, observed, confidence, x)
            parts.append(band)
        by_client = np.arange(last.size * len(parts)).reshape(len(parts), -1).T.ravel()
        return pd.concat(parts, ignore_index=True).iloc[by_client].reset_index(drop=True)

    def _coming(
        self, design: Design, last: Any, sessions: int | Sequence[float]
    ) -> list[tuple[Floats, Floats]]:
        """List times, and sessions as the caller counts them, of what is to be predicted."""
        if isinstance(sessions, (int, np.integer)):
            if sessions < 1:
                raise StatisticError("sessions must be 1 or more, or a list of sessions")
            raw = self._raw(design, last)
            axes = [raw + step for step in range(1, sessions + 1)]
        else:
            axes = [np.full(last.size, float(session)) for session in sessions]
        return [(_model_time(axis, self.settings), axis) for axis in axes]

    def _raw(self, design: Design, rows: Any) -> Floats:
        """Session of rows as it was before the model's time was made of it."""
        time = design.time[rows]
        if self.settings.time == "log":
            return np.asarray(np.rint(np.expm1(time) * 1e9) / 1e9)
        return np.asarray(time + (self.settings.centre or 0.0))

    def _band(
        self, clients: Any, label: Any, mean: Floats, latent: Floats, observed: Floats,
        confidence: float, x: Floats,
    ) -> pd.DataFrame:  # fmt: skip
        half = _quantile(self.fit, 0.5 + confidence / 2) * np.sqrt(observed)
        columns: dict[Any, Any] = {
            self.settings.client: clients, self.settings.session: label, "mean": mean,
            "se": np.sqrt(np.maximum(latent, 0.0)), "low": mean - half, "high": mean + half,
            "sd": np.sqrt(observed), "expected": x @ self.fit.coefficients,
        }  # fmt: skip
        return pd.DataFrame(columns)

    def expected_course(
        self,
        sessions: Sequence[float],
        *,
        percentiles: Sequence[float] = (5, 25, 50, 75, 95),
        covariates: dict[Any, Any] | None = None,
    ) -> pd.DataFrame:
        """Percentile bands of the scores of a new client, session by session.

        Parameters
        ----------
        sessions : sequence of float
            Sessions on the model's axis (with time="since_first", since the first).
        percentiles : sequence of float
            Between 0 and 100.
        covariates : dict or None
            Value of each covariate of the model.

        Returns
        -------
        DataFrame
            Row per session: session, mean, sd (of a client's score; the uncertainty of the fixed
            effects included), p5, p25 ...
        """
        given = covariates or {}
        lacking = [name for name in self.settings.covariates if name not in given]
        if lacking:
            raise StatisticError(f"covariates lacks {', '.join(map(repr, lacking))}")
        raw = np.asarray(sessions, dtype=np.float64)
        time = _model_time(raw, self.settings)
        columns = fixed_columns(time, self.settings)
        columns += [np.full(raw.size, v) for v in _coded(given, self.settings)]
        x = np.stack(columns, axis=1)
        mean, _, observed = predicted(
            self.fit, _empty(self.fit, raw.size), x, _slope(time, self.settings)
        )
        result: dict[Any, Any] = {self.settings.session: raw, "mean": mean, "sd": np.sqrt(observed)}
        for percent in percentiles:
            if not 0 < percent < 100:
                raise StatisticError("percentiles lie between 0 and 100")
            result[f"p{percent:g}"] = mean + _quantile(self.fit, percent / 100) * np.sqrt(observed)
        return pd.DataFrame(result)

    def not_on_track(
        self,
        scores: pd.DataFrame,
        *,
        alarm: float = 0.05,
        higher_is_better: HigherIsBetter = True,
        min_before: int = 1,
        all_sessions: bool = False,
    ) -> pd.DataFrame:
        """Sessions on the wrong side of a band that the client's earlier sessions alone predicted.

        Parameters
        ----------
        scores : DataFrame
            Rows of clients, of the fit or new ones.
        alarm : float
            Share of sessions that a client on the model's course has outside the band, one-sided.
        higher_is_better : bool or {"better", "worse"}
            Which side is wrong.
        min_before : int
            Scored sessions that a client must have before one is judged; 0: the first is judged
            against the caseload.
        all_sessions : bool
            Return every judged session, not those outside alone.

        Returns
        -------
        DataFrame
            client, session, value, n_before, predicted, sd, limit, z ((score - predicted) / sd),
            not_on_track. Later sessions of a client change no earlier row.
        """
        if not 0 < alarm < 1:
            raise StatisticError("alarm must lie between 0 and 1, such as 0.05")
        sign = direction(higher_is_better)
        judged = self._judged(scores)
        limit = judged["predicted"] + sign * _quantile(self.fit, alarm) * judged["sd"]
        judged["limit"] = limit
        judged["z"] = (judged[self.settings.value] - judged["predicted"]) / judged["sd"]
        judged["not_on_track"] = sign * judged[self.settings.value] < sign * limit
        kept = judged["n_before"] >= min_before
        if not all_sessions:
            kept &= judged["not_on_track"]
        return judged[kept].reset_index(drop=True)

    def _judged(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Each scored session with its prediction from the sessions before it."""
        design = self._design(scores)
        before = _before(design, self.fit)
        mean, _, observed = predicted(self.fit, before, design.x, design.slope)
        columns: dict[Any, Any] = {
            self.settings.client: design.clients.take(design.codes),
            self.settings.session: scores[self.settings.session].iloc[design.rows].array,
            self.settings.value: design.y, "n_before": before.zz[0].astype(np.int64),
            "predicted": mean, "sd": np.sqrt(observed),
        }  # fmt: skip
        return pd.DataFrame(columns)

    def calibration(
        self,
        held_out: pd.DataFrame,
        *,
        confidence: float = 0.95,
        alarm: float = 0.05,
        higher_is_better: HigherIsBetter = True,
    ) -> pd.DataFrame:
        """Whether the bands hold on clients that were not in the fit.

        Parameters
        ----------
        held_out : DataFrame
            Clients that the model has not seen.
        confidence, alarm, higher_is_better
            Of the two-sided band and of :meth:`not_on_track`.

        Returns
        -------
        DataFrame
            Row per number of earlier sessions (0, 1, 2, 3 to 5, 6 or more) and one for all:
            n_before, n, coverage with coverage_low, coverage_high (Wilson's 95 % interval, sessions
            taken as independent), alarms with their interval, nominal_coverage, nominal_alarms,
            mean_z, sd_z (0 and 1 for a model that holds).
        """
        _check(confidence)
        judged = self.not_on_track(
            held_out, alarm=alarm, higher_is_better=higher_is_better, min_before=0,
            all_sessions=True,
        )  # fmt: skip
        inside = judged["z"].abs() <= _quantile(self.fit, 0.5 + confidence / 2)
        edges = pd.cut(judged["n_before"], [-1, 0, 1, 2, 5, np.inf], labels=False)
        names = ["0", "1", "2", "3-5", "6+"]
        groups = [(name, edges == n) for n, name in enumerate(names)] + [("all", edges >= 0)]
        rows = [
            _rates(name, judged[kept], inside[kept], confidence, alarm)
            for name, kept in groups if kept.any()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def _design(self, scores: pd.DataFrame) -> Design:
        return design_of(scores, self.settings)


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise StatisticError("confidence must lie between 0 and 1")


def _rates(
    name: str, judged: pd.DataFrame, inside: Any, confidence: float, alarm: float
) -> dict[str, Any]:
    n = len(judged)
    coverage, alarms = float(inside.mean()), float(judged["not_on_track"].mean())
    low, high = _wilson(coverage, n)
    alarms_low, alarms_high = _wilson(alarms, n)
    return {
        "n_before": name, "n": n, "coverage": coverage, "coverage_low": low, "coverage_high": high,
        "nominal_coverage": confidence, "alarms": alarms, "alarms_low": alarms_low,
        "alarms_high": alarms_high, "nominal_alarms": alarm, "mean_z": judged["z"].mean(),
        "sd_z": judged["z"].std(),
    }  # fmt: skip


def _wilson(share: float, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def _quantile(fit: MixedFit, share: float) -> float:
    """Of Student's t with the clients less one: the variances are estimates from that many."""
    from scipy.special import stdtrit

    return float(stdtrit(fit.n_groups - 1, share))


def _model_time(raw: Floats, settings: Settings) -> Floats:
    if settings.time == "log":
        if (raw < 0).any():
            raise StatisticError("time='log' is log(1 + session): sessions below 0 have none")
        return np.log1p(raw)
    return raw - (settings.centre or 0.0)


def _slope(time: Floats, settings: Settings) -> Floats | None:
    return None if settings.random == "intercept" else time


def _at(x: Floats, time: Floats, settings: Settings) -> Floats:
    """Rows of X moved to another time; covariates stay."""
    columns = fixed_columns(time, settings)
    return np.column_stack([*columns, x[:, len(columns) :]])


def _coded(given: dict[Any, Any], settings: Settings) -> list[float]:
    coded = dict(settings.levels or ())
    values: list[float] = []
    for name in settings.covariates:
        if name not in coded:
            values.append(float(given[name]))
        elif given[name] not in coded[name]:
            raise StatisticError(f"{name!r} has a level that the model does not know")
        else:
            values += [float(given[name] == level) for level in coded[name][1:]]
    return values


def _origins(fit: MixedFit) -> tuple[Floats, float, float]:
    return fit.sums.origin_x, fit.sums.origin_z, fit.sums.origin_y


def _sums(design: Design, fit: MixedFit) -> GroupSums:
    """Add up by client about the origins of the fit."""
    return group_sums(design.y, design.x, design.codes, slope=design.slope, origins=_origins(fit))


def _empty(fit: MixedFit, m: int) -> GroupSums:
    """Clients without a session."""
    p = len(fit.names)
    return replace(
        fit.sums, count=np.ones(m), zz=np.zeros((3, m)), zx=np.zeros((2, p, m)),
        zy=np.zeros((2, m)), zyyz=np.zeros((3, m)), xx=np.zeros((p, p)), xy=np.zeros(p), yy=0.0,
    )  # fmt: skip


def _before(design: Design, fit: MixedFit) -> GroupSums:
    """For each row, the sums of its client's rows before it: running totals less those at start."""
    origin_x, origin_z, origin_y = _origins(fit)
    x = design.x - origin_x
    x[:, fit.sums.constant] = 1.0
    y = design.y - origin_y
    z = np.zeros(y.size) if design.slope is None else design.slope - origin_z
    start = np.concatenate([[True], design.codes[1:] != design.codes[:-1]])
    length = np.diff(np.append(np.flatnonzero(start), y.size))

    def running(values: Floats) -> Floats:
        return _exclusive(values, start, length)

    one = np.ones(y.size)
    zz = np.stack([running(one), running(z), running(z * z)])
    zx = np.stack([[running(column) for column in x.T], [running(z * column) for column in x.T]])
    zy = np.stack([running(y), running(z * y)])
    return replace(_empty(fit, y.size), zz=zz, zx=zx, zy=zy)


def _exclusive(values: Floats, start: NDArray[np.bool_], length: NDArray[Any]) -> Floats:
    """Sum of the earlier values of the same client, client by client so that nothing cancels."""
    position = np.arange(values.size) - np.repeat(np.flatnonzero(start), length)
    total = np.zeros(values.size)
    for step in range(1, int(length.max())):
        here = np.flatnonzero(position == step)
        total[here] = total[here - 1] + values[here - 1]
    return total
