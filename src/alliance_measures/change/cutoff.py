"""The border between the clinical and the functional range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeGuard

from alliance_measures.arguments import explained
from alliance_measures.change.checks import holds
from alliance_measures.change.lines import sem
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction

__all__ = ["clinical_cutoff"]

Population = tuple[float, float]


def _a(clinical: Population, functional: Population, sign: int) -> float:
    return clinical[0] + sign * 2 * clinical[1]


def _b(clinical: Population, functional: Population, sign: int) -> float:
    return functional[0] - sign * 2 * functional[1]


def _c(clinical: Population, functional: Population, sign: int) -> float:
    total = clinical[1] + functional[1]
    return (clinical[1] * functional[0] + functional[1] * clinical[0]) / total


KINDS: dict[str, tuple[Callable[[Population, Population, int], float], tuple[str, ...]]] = {
    "a": (_a, ("clinical",)),
    "b": (_b, ("functional",)),
    "c": (_c, ("clinical", "functional")),
}


@explained
def clinical_cutoff(
    kind: Literal["a", "b", "c"],
    *,
    clinical: Population | None = None,
    functional: Population | None = None,
    higher_is_better: HigherIsBetter = True,
    method: Literal["jacobson-truax", "hageman-arrindell"] = "jacobson-truax",
    reliability: float | None = None,
) -> float:
    """Cut-off a, b or c of Jacobson and Truax.

    Parameters
    ----------
    kind : {"a", "b", "c"}
        a: two standard deviations beyond the clinical mean; b: within two of the functional
        mean; c: where both distributions are equally near.
    clinical, functional : (mean, sd), optional
        Of the two populations, in the scale's unit. a needs the first, b the second, c both.
    higher_is_better : bool or {"better", "worse"}
        Direction of improvement.
    method : {"jacobson-truax", "hageman-arrindell"}
        The second multiplies each SD by the square root of its reliability and needs
        `reliability` and `clinical`.
    reliability : float, optional
        Reliability in the clinical population, in (0, 1]. Only for hageman-arrindell.

    Returns
    -------
    float
        In the scale's unit.

    Raises
    ------
    StatisticError
        An unknown kind or method, a missing population, an SD that is not above 0, a functional
        mean on the wrong side of the clinical one.

    Notes
    -----
    ``a = M_c + dir 2 SD_c``, ``b = M_f - dir 2 SD_f``,
    ``c = (SD_c M_f + SD_f M_c) / (SD_c + SD_f)`` (Jacobson & Truax 1991). The
    functional SD belongs to b; one peer takes the clinical one.

    Examples
    --------
    >>> round(clinical_cutoff("c", clinical=(81.583, 11.826), functional=(114.8, 17.8)), 2)
    94.84
    """
    sign = direction(higher_is_better)
    _check(kind, clinical, functional, sign, method, reliability)
    known = _numbers(clinical), _numbers(functional)
    if method == "hageman-arrindell" and reliability is not None:
        known = _true_spread(*known, float(reliability))
    return float(KINDS[kind][0](*known, sign))


def _numbers(pair: Population | None) -> Population:
    return (math.nan, math.nan) if pair is None else (float(pair[0]), float(pair[1]))


def _true_spread(
    clinical: Population, functional: Population, reliability: float
) -> tuple[Population, Population]:
    """Both populations with the SD of their true scores (Hageman & Arrindell 1999)."""
    error = sem(clinical[1], reliability)
    share = 1 - (error / functional[1]) ** 2
    if share <= 0:
        raise StatisticError(
            "functional: its SD is no larger than the standard error of measurement, so the "
            "scale has no reliability there"
        )
    return (
        (clinical[0], clinical[1] * math.sqrt(reliability)),
        (functional[0], functional[1] * math.sqrt(share)),
    )


def _check(
    kind: str,
    clinical: Population | None,
    functional: Population | None,
    sign: int,
    method: str,
    reliability: float | None,
) -> None:
    given = {"clinical": clinical, "functional": functional}
    problems = []
    if kind not in KINDS:
        problems.append(f"kind: one of {', '.join(KINDS)}")
    else:
        needed = KINDS[kind][1]
        problems += [f"cut-off {kind} needs {n} = (mean, sd)" for n in needed if given[n] is None]
    problems += [
        f"{name}: (mean, sd) must be finite, sd above 0"
        for name, pair in given.items()
        if pair is not None and not _is_population(pair)
    ]
    problems += _method_problems(method, clinical, reliability)
    means = [pair[0] for pair in (clinical, functional) if _is_population(pair)]
    if len(means) == 2 and not sign * (means[1] - means[0]) > 0:
        problems.append(
            "functional: its mean lies on the wrong side of the clinical mean; check the order "
            f"and higher_is_better={sign > 0}"
        )
    if problems:
        raise StatisticError("\n".join(problems))


def _is_population(pair: Any) -> TypeGuard[Population]:
    try:
        mean, sd = pair
    except (TypeError, ValueError):
        return False
    return holds(mean, math.isfinite) and holds(sd, lambda x: 0 < x < math.inf)


def _method_problems(
    method: str, clinical: Population | None, reliability: float | None
) -> list[str]:
    if method == "jacobson-truax":
        return []
    if method != "hageman-arrindell":
        return ["method: a cut-off comes by jacobson-truax or hageman-arrindell"]
    problems = []
    if not holds(reliability, lambda x: 0 < x <= 1):
        problems.append("hageman-arrindell needs reliability, above 0 and at most 1")
    if clinical is None:
        problems.append("hageman-arrindell needs clinical = (mean, sd) for its measurement error")
    return problems
