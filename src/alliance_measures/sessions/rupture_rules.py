"""What counts as a rupture: one rule with named parameters, printed with every result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

import numpy as np

from alliance_measures.errors import StatisticError
from alliance_measures.frames import near_misses

__all__ = ["RUPTURE_PRESETS", "RuptureRule", "as_rule", "is_number"]

# reference -> (does it take a number, does the number have to be given, does it look ahead)
_REFERENCES = {
    "previous": (False, False, False),
    "running_max": (True, True, False),
    "mean_of_first": (True, True, False),
    "client_mean_before": (False, False, False),
    "client_trend": (False, False, True),
    "control_limit": (True, False, False),
}
# unit -> does it look ahead (it is computed from all sessions of the table)
_UNITS = {
    "raw": False,
    "sd_within": True,
    "sd_within_pooled": True,
    "sd_between": True,
    "max(sd_within, sd_between)": True,
    "sem": False,
    "reliable": False,
}
_TEXTS = ("reference", "unit", "repair", "gap", "name", "source")
_OPTIONAL = ("max_repair", "reliability", "sd", "sem")
_WHOLE = ("max_decline", "max_repair", "min_sessions")
_NUMBERS = ("threshold", "max_decline", "min_sessions", *_OPTIONAL)
_CALL = re.compile(r"^([a-z_]+)(?:\(\s*([0-9.]+)\s*\))?$")


@dataclass(frozen=True, kw_only=True)
class RuptureRule:
    """When a fall of the alliance is a rupture, and when the rupture is repaired.

    Parameters
    ----------
    reference : str
        What a session is compared with: ``previous`` (the scored session before),
        ``running_max(k)`` (the best of the k sessions before), ``mean_of_first(k)``,
        ``client_mean_before`` (mean of all sessions before), ``control_limit`` (lower XmR limit of
        the sessions before) or ``control_limit(k)`` (of the first k; no level where these sessions
        are all alike, since a limit at their mean would call every fall), ``client_trend`` (the
        client's line over all sessions: looks ahead).
    unit : str
        What the fall is counted in: ``raw`` score points, ``sd_within`` (the client's own SD, from
        three sessions on), ``sd_within_pooled``, ``sd_between`` (SD of the clients' means),
        ``max(sd_within, sd_between)`` (the stricter; with a single client the within), ``sem``,
        ``reliable`` (1.959964 √2 SEM). The SD units use all sessions: they look ahead. A unit of 0
        (a client whose scores are all the same, clients with the same mean) counts no rupture.
    threshold : float
        A fall of this many units is a rupture.
    strict : bool
        The fall must exceed the threshold, rather than reach it.
    max_decline : int
        Most scored sessions from the one before the rupture to its lowest; 1 finds only a V. A
        lower score that comes later does not move the lowest.
    repair : str
        ``limit`` (back where the rule no longer calls a rupture), ``share(p)`` (the share p of the
        fall is regained), ``within(d)`` (back to d score points below the level before, or better).
        Each is taken of the level before, as it was at the onset.
    max_repair : int or None
        Scored sessions after the lowest within which a repair counts; later the rupture is
        unrepaired. None: no such limit, a rupture without repair stays open.
    min_sessions : int
        Scored sessions, the present one included, before a rupture can be called.
    gap : {"bridge", "skip"}
        Whether a fall across a missed session counts (references previous and running_max).
    reliability, sd, sem : float or None
        For the units sem and reliable: SEM itself, or reliability and SD, SEM = SD √(1 - r).
        Without `sd`, the SD of the clients' first scores, which looks ahead: it moves with every
        client who comes later.
    name, source : str
        Label of the rule, and where its threshold was read.

    Raises
    ------
    StatisticError
        One error with everything that is wrong with the rule.

    Examples
    --------
    >>> rule = RuptureRule(reference="running_max(4)", unit="raw", threshold=3, repair="within(1)")
    >>> rule.causal, RuptureRule().causal
    (True, False)
    """

    reference: str = "previous"
    unit: str = "max(sd_within, sd_between)"
    threshold: float = 1.0
    strict: bool = False
    max_decline: int = 6
    repair: str = "limit"
    max_repair: int | None = None
    min_sessions: int = 2
    gap: str = "bridge"
    reliability: float | None = None
    sd: float | None = None
    sem: float | None = None
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        problems = _kind_problems(self) or [
            *_reference_problems(self),
            *_repair_problems(self),
            *_number_problems(self),
        ]
        if problems:
            raise StatisticError("rupture rule: " + "\nrupture rule: ".join(problems))
        for name in (
            "strict",
            *_NUMBERS,
        ):  # as plain Python has them, so that equal rules are equal
            object.__setattr__(self, name, _plain(getattr(self, name), whole=name in _WHOLE))

    @property
    def causal(self) -> bool:
        """Whether a session is judged by itself and earlier sessions of its client alone."""
        of_caseload = self.unit in ("sem", "reliable") and self.sem is None and self.sd is None
        return not (_REFERENCES[self.compared_with[0]][2] or _UNITS[self.unit] or of_caseload)

    @property
    def sessions_needed(self) -> int:
        """Scored sessions that a client needs before the rule can call a rupture."""
        kind, k = self.compared_with
        least = {"control_limit": 4, "client_trend": 3}.get(kind, 2)
        if k is not None and kind != "running_max":
            least = k + 1
        return max(least, self.min_sessions)

    @property
    def compared_with(self) -> tuple[str, int | None]:
        """The reference and its number of sessions."""
        kind, number = _parse(self.reference)
        return kind, None if number is None else int(number)

    @property
    def repaired_when(self) -> tuple[str, float]:
        """The kind of repair and its number."""
        kind, number = _parse(self.repair)
        return kind, 0.0 if number is None else number

    def __str__(self) -> str:
        """Name, if there is one, and every parameter that tells two rules apart but the source."""
        sign = ">" if self.strict else ">="
        words = [
            self.reference,
            f"fall {sign} {_digits(self.threshold)} {self.unit}",
            f"decline <= {self.max_decline}",
            f"repair {self.repair}"
            + (f" <= {self.max_repair}" if self.max_repair is not None else ""),
            f"gap {self.gap}",
        ]
        for field in fields(self):
            value = getattr(self, field.name)
            if (
                field.name in ("min_sessions", "reliability", "sd", "sem")
                and value != field.default
            ):
                words.append(f"{field.name} {_digits(value)}")
        return (f"{self.name}: " if self.name else "") + ", ".join(words)


def _digits(number: float) -> str:
    """Shortest text that stands for this number alone."""
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def _plain(value: Any, *, whole: bool) -> Any:
    """Python's own bool, int or float for those of numpy."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return value if value is None else bool(value)
    return int(value) if whole or isinstance(value, Integral) else float(value)


def is_number(value: object) -> bool:
    """Whether a setting is one finite number: no text, no truth value, neither NaN nor infinite.

    Examples
    --------
    >>> [is_number(value) for value in (1, 2.5, True, "1", float("nan"), 10**400)]
    [True, True, False, False, False, False]
    """
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def _parse(text: str) -> tuple[str, float | None]:
    match = _CALL.match(text)
    if match is None:
        return text, None
    try:
        number = None if match[2] is None else float(match[2])
    except ValueError:
        return text, None
    return (text, None) if number is not None and not is_number(number) else (match[1], number)


def _kind_problems(rule: RuptureRule) -> list[str]:
    """Fields that hold the wrong kind of value, as a file of rules may."""
    wrong = [name for name in _TEXTS if not isinstance(getattr(rule, name), str)]
    problems = [f"{name} must be a text" for name in wrong]
    if not isinstance(rule.strict, (bool, np.bool_)):
        problems.append("strict must be true or false")
    for name in _NUMBERS:
        value = getattr(rule, name)
        if value is None and name in _OPTIONAL:
            continue
        if not is_number(value):
            problems.append(f"{name} must be a finite number")
        elif name in _WHOLE and value != int(value):
            problems.append(f"{name} must be a whole number of sessions")
    return problems


def _reference_problems(rule: RuptureRule) -> list[str]:
    kind, number = _parse(rule.reference)
    if kind == "predicted":
        return ["the reference 'predicted' needs a growth model, which this version does not have"]
    if kind not in _REFERENCES:
        return [f"no reference {rule.reference!r}; allowed: {', '.join(_REFERENCES)}"]
    takes, needs, _ = _REFERENCES[kind]
    whole = number is not None and number == int(number) and number >= 1
    least = 3 if kind == "control_limit" else 1
    if (number is None and needs) or (takes and number is not None and not whole):
        return [f"{kind} needs a whole number of sessions, as in '{kind}(4)'"]
    if number is not None and not takes:
        return [f"{kind} takes no number"]
    if number is not None and number < least:
        return [f"{kind} needs {least} sessions or more"]
    return []


def _repair_problems(rule: RuptureRule) -> list[str]:
    kind, number = _parse(rule.repair)
    if kind == "limit":
        return [] if number is None else ["repair 'limit' takes no number"]
    if kind == "share":
        usable = number is not None and 0 < number <= 1
        return [] if usable else ["repair share(p) needs a share above 0 and up to 1"]
    if kind == "within":
        return (
            [] if number is not None else ["repair within(d) needs a distance, as in 'within(1)'"]
        )
    return [f"no repair {rule.repair!r}; allowed: limit, share(p), within(d)"]


def _number_problems(rule: RuptureRule) -> list[str]:
    problems = []
    if rule.unit not in _UNITS:
        problems.append(f"no unit {rule.unit!r}; allowed: {', '.join(_UNITS)}")
    if rule.unit in ("sem", "reliable") and rule.sem is None and rule.reliability is None:
        problems.append(f"the unit {rule.unit!r} needs a reliability (or the SEM itself)")
    if rule.reliability is not None and not 0 <= rule.reliability < 1:
        problems.append("reliability must lie between 0 and 1, 1 excluded")
    for what in ("sd", "sem"):
        number = getattr(rule, what)
        if number is not None and not number > 0:
            problems.append(f"{what} must be above 0")
    if rule.threshold < 0:
        problems.append("threshold must be 0 or more")
    if rule.max_decline < 1 or rule.min_sessions < 2:
        problems.append("max_decline must be 1 or more, min_sessions 2 or more")
    if rule.max_repair is not None and rule.max_repair < 1:
        problems.append("max_repair must be 1 or more, or None")
    if rule.gap not in ("bridge", "skip"):
        problems.append("gap must be 'bridge' or 'skip'")
    return problems


_GUMZ = (
    "Gumz, Braehler, Geyer & Erices 2012, BMC Med Res Methodol 12:10, PMC3320522: thresholds of "
    "1 sd and 2 sd, the stricter of intra- and interindividual variability, declines of up to six "
    "sessions; the way of repair is this package's (back inside the threshold)"
)

RUPTURE_PRESETS: Mapping[str, RuptureRule] = MappingProxyType(
    {
        f"gumz-2012-{threshold}sd": RuptureRule(
            reference="running_max(6)",
            threshold=threshold,
            name=f"after Gumz et al. 2012, {threshold} SD",
            source=_GUMZ,
        )
        for threshold in (1, 2)
    }
)
"""Rules whose threshold was read in a paper."""


def as_rule(rule: RuptureRule | str) -> RuptureRule:
    """Take a rule as it is, or the preset of that name.

    Raises
    ------
    StatisticError
        If there is no such preset.
    """
    if isinstance(rule, RuptureRule):
        return rule
    if rule in RUPTURE_PRESETS:
        return RUPTURE_PRESETS[rule]
    near = near_misses(rule, RUPTURE_PRESETS)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(RUPTURE_PRESETS)}"
    raise StatisticError(f"no rupture rule {rule!r}{hint}")
