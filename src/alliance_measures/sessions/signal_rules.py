"""Rules of live signals as data: read from YAML, checked, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alliance_measures.errors import DefinitionError, StatisticError
from alliance_measures.frames import near_misses
from alliance_measures.sessions.rupture_rules import RuptureRule, number_problem

__all__ = ["SignalRule", "default_signal_rules", "load_signal_rules"]

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
_ALWAYS = {"id", "compare", "level", "text", "action", "source", "instruments", "scale"}


@dataclass(frozen=True, kw_only=True)
class SignalRule:
    """One rule: what is compared with what, since when it is known, and what to do.

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
    instruments: tuple[str, ...] = field(default=())
    scale: str | None = None

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            name = self.id if isinstance(self.id, str) else "?"
            raise StatisticError("\n".join(f"signal rule {name}: {p}" for p in problems))
        object.__setattr__(self, "instruments", tuple(self.instruments))
        if self.rupture is not None:
            object.__setattr__(self, "rupture", MappingProxyType(dict(self.rupture)))

    @property
    def needs_sem(self) -> bool:
        """Whether the rule cannot run unless the caller gives the measurement error."""
        given = self.rupture or {}
        unknown = not given.keys() & {"sem", "reliability"}
        in_errors = given.get("unit") in ("sem", "reliable")
        return self.compare == "reliable-drop" or (in_errors and unknown)

    def rupture_rule(self, sem: float | None) -> RuptureRule:
        """Build the rupture rule with the standard error of measurement of the scale at hand."""
        given = dict(self.rupture or {})
        if self.needs_sem:
            given["sem"] = sem
        return RuptureRule(**given)


def _problems(rule: SignalRule) -> list[str]:
    problems = [
        f"{name} must be a text that says something"
        for name in ("id", "text", "action", "source")
        if not isinstance(getattr(rule, name), str) or not getattr(rule, name).strip()
    ]
    if rule.level not in _LEVELS:
        problems.append(f"level must be one of {', '.join(_LEVELS)}")
    if str(rule.compare).startswith("predicted"):
        return [
            *problems,
            "a predicted band needs a growth model, which this version does not have",
        ]
    if rule.compare not in _COMPARISONS:
        return [*problems, f"compare must be one of {', '.join(_COMPARISONS)}"]
    needed = _COMPARISONS[rule.compare]
    given = {
        f.name for f in fields(rule) if f.default is None and getattr(rule, f.name) is not None
    }
    problems += [f"{rule.compare} needs {name}" for name in sorted(needed - given)]
    problems += [f"{rule.compare} takes no {name}" for name in sorted(given - needed - _ALWAYS)]
    if not problems:
        problems += _number_problems(rule)
    return problems


def _number_problems(rule: SignalRule) -> list[str]:
    problems = []
    if rule.operator is not None and rule.operator not in _OPERATORS:
        problems.append(f"operator must be one of {' '.join(_OPERATORS)}")
    for name in ("threshold", "confidence"):
        number = getattr(rule, name)
        problem = "" if number is None else number_problem(number)
        if problem:
            problems.append(f"{name} {problem}")
    if not problems and rule.confidence is not None and not 0 < rule.confidence < 1:
        problems.append("confidence must lie between 0 and 1")
    if isinstance(rule.instruments, str) or not all(isinstance(i, str) for i in rule.instruments):
        problems.append("instruments must be a list of ids")
    if rule.rupture is not None:
        problems += _rupture_problems(rule)
    return problems


def _rupture_problems(rule: SignalRule) -> list[str]:
    known = {f.name for f in fields(RuptureRule)}
    if not isinstance(rule.rupture, Mapping):
        return ["rupture must map parameters of a rupture rule"]
    unknown = [str(key) for key in rule.rupture if key not in known]
    if unknown:
        near = near_misses(unknown[0], known)
        hint = f"; did you mean {near[0]}?" if near else ""
        return [f"rupture has no parameter {', '.join(unknown)}{hint}"]
    try:
        built = rule.rupture_rule(1.0)
    except (StatisticError, TypeError) as error:
        return [str(error)]
    return [] if built.causal else [f"the rupture rule {LOOKS_AHEAD}"]


def load_signal_rules(path: str | Path) -> tuple[SignalRule, ...]:
    """Read signal rules from a YAML file; see ``default_signals.yaml`` of this package.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of SignalRule

    Raises
    ------
    DefinitionError
        One error with every problem of the file: not YAML, doubled or unknown keys, doubled ids,
        rules that lack a threshold or a source.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path.name}: cannot be read as a UTF-8 text file") from error
    return _parse(text, path.name)


def default_signal_rules() -> tuple[SignalRule, ...]:
    """Read the rules that this package ships, each with its source."""
    name = "default_signals.yaml"
    text = resources.files("alliance_measures.sessions").joinpath(name).read_text(encoding="utf-8")
    return _parse(text, name)


def _parse(text: str, name: str) -> tuple[SignalRule, ...]:
    content = _yaml(text, name)
    if not isinstance(content, dict) or set(content) != {"schema", "rules"}:
        raise DefinitionError(f"{name}: a rules file has exactly two keys, `schema` and `rules`")
    if content["schema"] != 1 or not isinstance(content["rules"], list):
        raise DefinitionError(f"{name}: `schema` must be 1 and `rules` a list")
    problems: list[str] = []
    rules = [
        _rule(entry, f"{name}: rule {n}", problems) for n, entry in enumerate(content["rules"])
    ]
    ids = [rule.id for rule in rules if rule is not None]
    problems += [
        f"{name}: the id {i} occurs twice" for i in sorted({i for i in ids if ids.count(i) > 1})
    ]
    if problems:
        raise DefinitionError("\n".join(problems), problems)
    return tuple(rule for rule in rules if rule is not None)


def _rule(entry: Any, where: str, problems: list[str]) -> SignalRule | None:
    known = {f.name for f in fields(SignalRule)}
    if not isinstance(entry, dict):
        problems.append(f"{where}: must map fields to values")
        return None
    unknown = [str(key) for key in entry if key not in known]
    absent = [key for key in ("id", "compare", "text", "action", "source") if key not in entry]
    if unknown or absent:
        problems += [
            f"{where}: no field {key!r}; allowed: {', '.join(sorted(known))}" for key in unknown
        ]
        problems += [f"{where}: lacks {key!r}" for key in absent]
        return None
    try:
        return SignalRule(**entry)
    except StatisticError as error:
        problems += [f"{where}: {line}" for line in str(error).splitlines()]
    except TypeError:
        problems.append(f"{where}: a field has a value of the wrong kind")
    return None


def _yaml(text: str, name: str) -> Any:
    import yaml

    class Strict(yaml.SafeLoader):
        """Safe YAML without doubled keys, anchors or tags."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not allowed")
            return super().compose_node(parent, index)

    def mapping(loader: Strict, node: Any) -> dict[Any, Any]:
        keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
        doubled = [str(key) for n, key in enumerate(keys) if key in keys[:n]]
        if doubled:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: doubled key {doubled[0]}")
        return {
            key: loader.construct_object(v, deep=True)
            for key, (_, v) in zip(keys, node.value, strict=True)
        }

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        return yaml.load(text, Loader=Strict)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise DefinitionError(f"{name}:{line}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise DefinitionError(f"{name}: not valid YAML: {error}") from None


def as_signal_rules(rules: Any) -> tuple[SignalRule, ...]:
    """Rules from what a caller may give: None (the defaults), a file, a rule or several.

    A rule may also be a mapping of its fields, as a rules file holds it.
    """
    if rules is None:
        return default_signal_rules()
    if isinstance(rules, (str, Path)):
        return load_signal_rules(rules)
    chosen = [rules] if isinstance(rules, (SignalRule, Mapping)) else list(rules)
    if not chosen or not all(isinstance(rule, (SignalRule, Mapping)) for rule in chosen):
        raise StatisticError("rules must be None, a YAML file, or SignalRule objects")
    problems: list[str] = []
    found = [
        rule if isinstance(rule, SignalRule) else _rule(dict(rule), f"rule {n}", problems)
        for n, rule in enumerate(chosen)
    ]
    if problems:
        raise DefinitionError("\n".join(problems), problems)
    return tuple(rule for rule in found if rule is not None)
