"""Files of signal rules, read strictly: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.errors import DefinitionError, StatisticError
from alliance_measures.files import read_bytes
from alliance_measures.frames import near_misses
from alliance_measures.sessions.signal_rules import NEEDED, SignalRule, rule_mistakes

if TYPE_CHECKING:
    from alliance_measures.yaml_text import Problem

__all__ = ["as_signal_rules", "default_signal_rules", "load_signal_rules"]

_KNOWN = tuple(f.name for f in fields(SignalRule))


@explained
def load_signal_rules(path: str | Path) -> tuple[SignalRule, ...]:
    """Read signal rules from a YAML file; see ``default_signals.yaml`` of this package.

    Parameters
    ----------
    path : str or Path
        A file in UTF-8 with the keys ``schema: 1`` and ``rules``, the latter a list of mappings of
        the fields of a :class:`SignalRule`. Plain YAML 1.2: no anchors, aliases or tags, at most
        1 MiB and 20 levels.

    Returns
    -------
    tuple of SignalRule
        In the order of the file.

    Raises
    ------
    DefinitionError
        One error with every mistake of the file as ``file:line: path: what is wrong``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = '''schema: 1
    ... rules:
    ... - id: low
    ...   compare: below
    ...   operator: "<"
    ...   threshold: 30
    ...   text: The total is in the lowest tenth of our clinic.
    ...   action: Bring it up in supervision.
    ...   source: Our clinic, 412 first sessions of 2023.
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "rules.yaml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     [rule] = load_signal_rules(path)
    >>> rule.id, rule.threshold, rule.level
    ('low', 30, 'amber')
    """
    from alliance_measures.yaml_text import MAX_BYTES

    raw = read_bytes(path, limit=MAX_BYTES + 1, error=DefinitionError)
    return _read(raw, str(path))


@explained
def default_signal_rules() -> tuple[SignalRule, ...]:
    """Read the rules that this package ships, each with its source.

    Returns
    -------
    tuple of SignalRule

    Examples
    --------
    >>> [rule.id for rule in default_signal_rules()]
    ['srs-below-36', 'srs-drop-1', 'reliable-drop', 'rupture-open', 'unscored']
    """
    name = "default_signals.yaml"
    return _read(resources.files("alliance_measures.sessions").joinpath(name).read_bytes(), name)


def _read(raw: bytes, name: str) -> tuple[SignalRule, ...]:
    from alliance_measures.yaml_text import definition_error, parse_yaml

    parsed = parse_yaml(raw)
    problems = list(parsed.problems)
    if parsed.data is not None or not problems:
        said = {problem.path for _, problem in problems}  # a tag or an alias says it better
        found = (problem for problem in _file_mistakes(parsed.data) if problem.path not in said)
        problems += [(parsed.line(problem.path), problem) for problem in found]
    if problems:
        raise definition_error(name, problems)
    return tuple(SignalRule(**entry) for entry in parsed.data["rules"])


def _file_mistakes(data: Any) -> Iterator[Problem]:
    from alliance_measures.yaml_text import Problem

    if not isinstance(data, dict):
        yield Problem((), "must be a mapping of `schema` and `rules`")
        return
    for key in data:
        if key not in ("schema", "rules"):
            yield Problem((key,), "unknown key; a file of rules has `schema` and `rules` alone")
    if type(data.get("schema")) is not int or data["schema"] != 1:
        yield Problem(("schema",), "must be there and be 1")
    rules = data.get("rules")
    if not isinstance(rules, list) or not rules:
        yield Problem(("rules",), "must be a list of one rule or more")
        return
    for place, entry in enumerate(rules):
        for field, what in _entry_mistakes(entry):
            yield Problem(("rules", place, *field), what)
    yield from _doubled_ids(rules)


def _doubled_ids(rules: Iterable[Any]) -> Iterator[Problem]:
    from alliance_measures.yaml_text import Problem

    seen = set()
    for place, entry in enumerate(rules):
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in seen:
            yield Problem(("rules", place, "id"), f"the id {name} stands twice; ids must differ")
        seen.add(name if isinstance(name, str) else None)


def _entry_mistakes(entry: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Tell what is wrong with one rule as a file or a caller gives it: its field, and what."""
    if not isinstance(entry, Mapping):
        yield (), "must map fields to values"
        return
    for key in entry:
        if key not in _KNOWN:
            near = near_misses(key, _KNOWN)
            hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(sorted(_KNOWN))}"
            yield (str(key),), f"no field {key!r}; {hint}"
    for name in NEEDED:
        if name not in entry:
            yield (), f"lacks {name!r}"
    known = {name: entry[name] for name in _KNOWN if name in entry}
    for name, what in rule_mistakes(known):
        yield (name,), what


def as_signal_rules(rules: Any) -> tuple[SignalRule, ...]:
    """Rules from what a caller may give: None (the defaults), a file, a rule or several.

    A rule may also be a mapping of its fields, as a rules file holds it.
    """
    if rules is None:
        return default_signal_rules()
    if isinstance(rules, (str, Path)):
        return load_signal_rules(rules)
    one = isinstance(rules, (SignalRule, Mapping)) or not isinstance(rules, Iterable)
    chosen = [rules] if one else list(rules)
    if not chosen or not all(isinstance(rule, (SignalRule, Mapping)) for rule in chosen):
        raise StatisticError("rules must be None, a YAML file, or SignalRule objects")
    problems = [
        f"rule {place}: {what}"
        for place, rule in enumerate(chosen)
        if not isinstance(rule, SignalRule)
        for _, what in _entry_mistakes(rule)
    ]
    if problems:
        raise DefinitionError("\n".join(problems), problems)
    return tuple(rule if isinstance(rule, SignalRule) else SignalRule(**rule) for rule in chosen)
