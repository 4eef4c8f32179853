"""YAML text to plain data with the line of every entry: strict, and YAML 1.2 scalars only.

Duplicate keys, anchors, aliases and tags are mistakes here, and so is a file over 1 MiB or one
nested deeper than 20 levels. ``No``, ``off``, ``012`` and ``1:30`` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import yaml

from alliance_measures.errors import DefinitionError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Parsed",
    "Place",
    "Problem",
    "definition_error",
    "parse_yaml",
]

Place = tuple[int | float | str, ...]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What opens or closes a flow collection, and what hides brackets: quoted text and comments.
_FLOW = re.compile(
    r"""[\[{\]}\n]|(?<![^\s\[{,:])(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|(?<!\S)\#[^\n]*""",
    re.DOTALL,
)

_SCALARS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"(null|Null|NULL|~)?"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?(0|[1-9][0-9]{0,17})"), int),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(?<=[0-9])\.)([eE][-+]?[0-9]{1,3})?"), float),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)[eE][-+]?[0-9]{1,3}"), float),
)


class Problem(NamedTuple):
    """What is wrong, where in the file (as a path of keys), and what is allowed."""

    path: Place
    what: str

    @property
    def where(self) -> str:
        """The path as it is written: ``scales.task.items[2]``."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
        return text or "file"


def definition_error(name: str, problems: Iterable[tuple[int, Problem]]) -> DefinitionError:
    """Put every mistake of a file into one error, by line, each told once.

    Parameters
    ----------
    name : str
        What the message calls the file.
    problems : iterable of (line, Problem)

    Returns
    -------
    DefinitionError
        Each line of it reads ``file:line: path: what is wrong; what is allowed``.
    """
    ordered = sorted(dict.fromkeys(problems), key=lambda entry: (entry[0], entry[1].where))
    lines = [f"{name}:{line}: {problem.where}: {problem.what}" for line, problem in ordered]
    return DefinitionError("\n".join(lines), lines)


class Parsed:
    """Data of a YAML file, the line of every entry, and the mistakes of its form."""

    def __init__(self) -> None:
        self.data: Any = None
        self.lines: dict[Place, int] = {}
        self.problems: list[tuple[int, Problem]] = []

    def line(self, path: Place) -> int:
        """Line, counted from 1, of an entry or of the nearest entry that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def scalar(text: str) -> Any:
    """Resolve a plain scalar by the YAML 1.2 core schema, octal-looking numbers left as text.

    Examples
    --------
    >>> [scalar(text) for text in ("No", "off", "012", "1:30", "true", "-3", "2.50", "1e3", "~")]
    ['No', 'off', '012', '1:30', True, -3, 2.5, 1000.0, None]
    """
    for pattern, convert in _SCALARS:
        if pattern.fullmatch(text):
            return convert(text)
    return text


class _Builder:
    """Builds data from parser events. One instance reads one document."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.out = Parsed()

    def complain(self, event: Any, path: Place, what: str) -> None:
        self.out.problems.append((event.start_mark.line + 1, Problem(path, what)))

    def build(self, event: Any, path: Place, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _TooDeepError(event.start_mark.line + 1)
        self.out.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self.complain(event, path, "an alias (*name); write the value out")
            return None
        if event.anchor:
            self.complain(event, path, "an anchor (&name); write the value out where it is used")
        if event.tag and event.tag != "!":
            self.complain(event, path, "a tag (!name); only plain values are allowed")
        if isinstance(event, yaml.ScalarEvent):
            return scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path, depth)
        return self.mapping(path, depth)

    def sequence(self, path: Place, depth: int) -> list[Any]:
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.build(event, (*path, len(found)), depth + 1))
        return found

    def mapping(self, path: Place, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.build(event, (*path, "?"), depth + 1)
            self.out.lines.pop((*path, "?"), None)
            complex_key = isinstance(key, (list, dict))
            key = f"?{len(found)}" if complex_key else key
            here = (*path, key)
            if complex_key:
                self.complain(event, here, "a list or mapping as a key; keys are words or numbers")
            if key in found:
                self.complain(event, here, "stands twice; each key once")
            self.out.lines[here] = event.start_mark.line + 1
            value = self.build(next(self.events), here, depth + 1)
            found.setdefault(key, value)
        return found


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def parse_yaml(raw: bytes) -> Parsed:
    r"""Read one YAML document.

    Parameters
    ----------
    raw : bytes
        UTF-8 text, with or without a byte order mark.

    Returns
    -------
    Parsed
        `problems` holds (line, problem); where the text cannot be parsed at all, `data` is None
        and one problem says why.

    Examples
    --------
    >>> parse_yaml(b"a: 1\na: 2").problems[0][1].what
    'stands twice; each key once'
    """
    if len(raw) > MAX_BYTES:
        return _refused(1, f"{len(raw):,} bytes; a file has at most {MAX_BYTES:,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _refused(line, f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8")
    try:
        return _document(text)
    except _TooDeepError as error:
        return _refused(error.line, f"nested deeper than {MAX_DEPTH} levels")
    except (yaml.YAMLError, RecursionError) as error:
        # A scanner reads ahead of its events and has limits of its own, which differ by release.
        if deep := _too_deep(text):
            return _refused(deep, f"nested deeper than {MAX_DEPTH} levels")
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not readable as YAML"
        hint = "; quote a text that holds a colon" if "mapping values" in what else ""
        return _refused(mark.line + 1 if mark else 1, f"not YAML: {what}{hint}")


def _too_deep(text: str) -> int:
    """Line at which brackets are nested deeper than allowed; 0 where they are not."""
    line, depth = 1, 0
    for found in _FLOW.finditer(text):
        mark = found[0]
        line += mark.count("\n")
        depth += (mark in "[{") - (mark in "]}" and depth > 0)
        if depth > MAX_DEPTH:
            return line
    return 0


def _refused(line: int, what: str) -> Parsed:
    parsed = Parsed()
    parsed.problems.append((line, Problem((), what)))
    return parsed


def _document(text: str) -> Parsed:
    events = iter(yaml.parse(text, Loader=LOADER))
    builder = _Builder(events)
    for event in events:
        if isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            continue
        if isinstance(event, yaml.StreamEndEvent):
            break
        builder.out.data = builder.build(event, (), 0)
        next(events)  # the end of the document
        following = next(events)
        if not isinstance(following, yaml.StreamEndEvent):
            builder.complain(following, (), "a second document in the file; one file, one document")
        break
    return builder.out
