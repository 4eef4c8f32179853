"""Rules of live signals as data: checked and frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from types import MappingProxyType
from typing import Any

from alliance_measures.errors import StatisticError
from alliance_measures.frames import near_misses
from alliance_measures.sessions.rupture_rules import RuptureRule, is_number

__all__ = ["NEEDED", "SignalRule", "rule_mistakes"]

_COMPARISONS = {
    "below": {"operator", "threshold"},
    "drop": {"operator", "threshold"},
    "reliable-drop": {"confidence"},
    "rupture-open": {"rupture"},
    "unscored": set(),
}
_OPERATORS = ("<", "<=", ">", ">=")
_LEVELS = ("red", "amber", "grey")
LOOKS_AHEAD = (
    "looks ahead; signals need a causal rule: no line or SD of all sessions and, where the unit is "
    "measurement error, `sem` or `sd`"
)
_SETTINGS = ("operator", "threshold", "confidence", "rupture")
_SEM_UNITS = ("sem", "reliable")
Mistake = tuple[str, str]  # field, what is wrong


@dataclass(frozen=True, kw_only=True)
class SignalRule:
    """One rule: what is compared with what, what to do about it, and where it was read.

    Parameters
    ----------
    id : str
    compare : {"below", "drop", "reliable-drop", "rupture-open", "unscored"}
    threshold, operator : float, str
        For below (the score itself) and drop (since the last scored session), in score points.
    confidence : float
        For reliable-drop: two-sided level of z in z √2 SEM.
    rupture : mapping
        For rupture-open: the parameters of a :class:`RuptureRule`; it must be causal.
    instruments : tuple of str
        Ids of the instruments that the numbers belong to; empty: any.
    scale : str or None
        Name of the only scale that the numbers belong to.
    level : {"red", "amber", "grey"}
    text, action, source : str
        In plain words; where the numbers were read.

    Raises
    ------
    StatisticError
        One error with everything that is wrong with the rule.

    Examples
    --------
    >>> SignalRule(id="low", compare="below", operator="<", threshold=40, level="red",
    ...            text="Below 40.", action="Talk.", source="Our clinic, 2024.").threshold
    40
    """

    id: str
    compare: str
    text: str
    action: str
    source: str
    level: str = "amber"
    threshold: float | None = None
    operator: str | None = None
    confidence: float | None = None
    rupture: Mapping[str, Any] | None = None
    instruments: tuple[str, ...] = ()
    scale: str | None = None

    def __post_init__(self) -> None:
        mistakes = rule_mistakes({f.name: getattr(self, f.name) for f in fields(self)})
        if mistakes:
            name = self.id if isinstance(self.id, str) else "?"
            raise StatisticError("\n".join(f"signal rule {name}: {what}" for _, what in mistakes))
        object.__setattr__(self, "instruments", tuple(self.instruments))
        if self.rupture is not None:
            object.__setattr__(self, "rupture", MappingProxyType(dict(self.rupture)))

    @property
    def needs_sem(self) -> bool:
        """Whether the rule cannot run unless the caller gives the measurement error."""
        return self.compare == "reliable-drop" or _lacks_sem(self.rupture or {})

    def rupture_rule(self, sem: float | None) -> RuptureRule:
        """Build the rupture rule with the standard error of measurement of the scale at hand."""
        return _built(self.rupture or {}, sem)


def rule_mistakes(rule: Mapping[str, Any]) -> list[Mistake]:
    """Find everything that is wrong with the fields of a rule.

    Parameters
    ----------
    rule : mapping of field to value
        Known fields alone; one that is absent is not complained about.

    Returns
    -------
    list of (field, what is wrong)
    """
    whole = {name: rule.get(name, default) for name, default in _FIELDS.items()}
    found = [*_texts(whole), *_comparison(whole), *_settings(whole)]
    return [(name, what) for name, what in found if name in rule or whole[name] is not MISSING]


def _texts(rule: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in NEEDED:
        if name != "compare" and (not isinstance(rule[name], str) or not rule[name].strip()):
            yield name, f"{name} must be a text that says something"
    if rule["scale"] is not None and not isinstance(rule["scale"], str):
        yield "scale", "scale must be the name of a scale"
    if rule["level"] not in _LEVELS:
        yield "level", f"level must be one of {', '.join(_LEVELS)}"
    ids = rule["instruments"]
    if not isinstance(ids, (list, tuple)) or not all(isinstance(i, str) for i in ids):
        yield "instruments", "instruments must be a list of ids"


def _comparison(rule: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find what the kind of comparison lacks, and what it does not take."""
    kind = rule["compare"]
    if isinstance(kind, str) and kind.startswith("predicted"):
        what = "a predicted band needs a growth model, which this version does not have"
        yield "compare", what
    elif not isinstance(kind, str) or kind not in _COMPARISONS:
        yield "compare", f"compare must be one of {', '.join(_COMPARISONS)}"
    else:
        for name in _SETTINGS:
            if name in _COMPARISONS[kind] and rule[name] is None:
                yield "compare", f"{kind} needs {name}"
            if name not in _COMPARISONS[kind] and rule[name] is not None:
                yield name, f"{kind} takes no {name}"


def _settings(rule: Mapping[str, Any]) -> Iterator[Mistake]:
    if rule["operator"] is not None and rule["operator"] not in _OPERATORS:
        yield "operator", f"operator must be one of {' '.join(_OPERATORS)}"
    for name in ("threshold", "confidence"):
        if rule[name] is not None and not is_number(rule[name]):
            yield name, f"{name} must be a finite number"
    if is_number(rule["confidence"]) and not 0 < rule["confidence"] < 1:
        yield "confidence", "confidence must lie between 0 and 1"
    if rule["rupture"] is not None:
        yield from (("rupture", what) for what in _rupture_mistakes(rule["rupture"]))


def _rupture_mistakes(rupture: Any) -> list[str]:
    known = {f.name for f in fields(RuptureRule)}
    if not isinstance(rupture, Mapping):
        return ["rupture must map parameters of a rupture rule"]
    unknown = [str(key) for key in rupture if key not in known]
    if unknown:
        near = near_misses(unknown[0], known)
        hint = f"; did you mean {near[0]}?" if near else ""
        return [f"rupture has no parameter {', '.join(unknown)}{hint}"]
    try:
        built = _built(rupture, 1.0)
    except StatisticError as error:
        return str(error).splitlines()
    return [] if built.causal else [f"the rupture rule {LOOKS_AHEAD}"]


def _built(rupture: Mapping[str, Any], sem: float | None) -> RuptureRule:
    """Build the rupture rule, with the measurement error at hand where its unit needs one."""
    given = dict(rupture)
    if _lacks_sem(rupture):
        given["sem"] = sem
    return RuptureRule(**given)


def _lacks_sem(rupture: Mapping[str, Any]) -> bool:
    """Whether the unit is measurement error and the parameters do not say how large it is."""
    return rupture.get("unit") in _SEM_UNITS and not rupture.keys() & {"sem", "reliability"}


_FIELDS: Mapping[str, Any] = {f.name: f.default for f in fields(SignalRule)}
NEEDED = tuple(name for name, default in _FIELDS.items() if default is MISSING)
"""Fields that every rule has."""
