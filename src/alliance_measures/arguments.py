"""What a public function says when an argument is of a wrong kind.

A public function is written for arguments of the kinds that its signature names; one that stumbles
over another kind ends in an error of Python's own, somewhere inside. Here the stumble is explained:
the arguments are held against the signature, and what does not fit is named with what would.
Only counts are checked before, as half a round need not end; else nothing is checked as long as a
call works, so that a call costs next to nothing more.
"""

from __future__ import annotations

import functools
import inspect
import numbers
import sys
import types
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from pathlib import PurePath
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from alliance_measures.errors import (
    AllianceError,
    ArgumentError,
    StatisticArgumentError,
)

__all__ = ["explained"]

P = ParamSpec("P")
R = TypeVar("R")

_STATISTICS = ("change", "psychometrics", "sessions")
_STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, TypeError,
             ValueError)  # fmt: skip
_SEEN = 100  # entries of a long list that are looked at
_UNKNOWN = object()

_WORDS: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text"),
    (PurePath, "a path"),
    (Mapping, "a mapping"),
    (Callable, "a function"),
    (Hashable, "a name"),
    (type(None), "left out"),
)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Let a public function explain a stumble over an argument of a wrong kind.

    Examples
    --------
    >>> @explained
    ... def doubled(number: float) -> float:
    ...     return number * 2 + 0
    >>> doubled("2")
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ArgumentError: number must be a number, not a text
    """
    counts = _counts(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        problems = _not_whole(counts, args, kwargs)
        if not problems:
            try:
                return function(*args, **kwargs)
            except AllianceError:
                raise
            except _STUMBLES:
                problems = _misfits(function, args, kwargs)
                if not problems:
                    raise
        room = function.__module__.split(".")[1:2]
        statistic = room and room[0] in _STATISTICS
        raise (StatisticArgumentError if statistic else ArgumentError)("\n".join(problems))

    return call


def _counts(function: Callable[..., Any]) -> dict[str, int]:
    """Parameters that are whole numbers, with their places; keyword-only ones have none."""
    names = inspect.signature(function).parameters.values()
    return {
        one.name: -1 if one.kind is one.KEYWORD_ONLY else place
        for place, one in enumerate(names)
        if one.annotation in ("int", "int | None")
    }


def _not_whole(counts: Mapping[str, int], args: Any, kwargs: Any) -> list[str]:
    """Say which counts are no whole numbers: a loop over half a round need not end."""
    found = []
    for name, place in counts.items():
        value = args[place] if 0 <= place < len(args) else kwargs.get(name)
        if value is not None and not isinstance(value, numbers.Integral):
            found.append(f"{name} must be a whole number, not {_unlike(value)}")
        elif value is not None and name == "seed" and value < 0:
            found.append("seed must be 0 or more")
    return found


def _unlike(value: object) -> str:
    return "one with a fraction" if isinstance(value, numbers.Real) else _kind(value)


def _misfits(function: Callable[..., Any], args: Any, kwargs: Any) -> list[str]:
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:  # a parameter too many, or one that is missing: Python names it well
        return []
    found = []
    for name, value in bound.arguments.items():
        hint = _hint(function, name)
        if "ArrayLike" in str(function.__annotations__.get(name)) and not _numeric(value):
            found.append(f"{name} must be a number or a list of numbers, not {_kind(value)}")
            continue
        if hint is not _UNKNOWN and (_stray_class(value, hint) or not _fits(value, hint)):
            found.append(f"{name} must be {_wanted(hint)}, not {_kind(value)}")
    return found


def _hint(function: Callable[..., Any], name: str) -> Any:
    """Annotation of a parameter; what only a type checker imports is looked up by its module."""
    text = function.__annotations__.get(name, _UNKNOWN)
    if not isinstance(text, str):
        return text
    names = dict(vars(sys.modules[function.__module__]))
    if "pandas" in sys.modules:
        names.setdefault("pd", sys.modules["pandas"])
    package = sys.modules["alliance_measures"]
    for _ in range(5):
        try:
            return eval(text, names)
        except NameError as missing:  # a name that only a type checker imports
            found = getattr(package, str(missing.name), _UNKNOWN)
            if found is _UNKNOWN:
                return _UNKNOWN
            names[str(missing.name)] = found
    return _UNKNOWN


def _numeric(value: object) -> bool:
    try:
        np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return value is None
    return True


def _stray_class(value: object, hint: Any) -> bool:
    """Whether a class itself is given: to a protocol it looks like one of its own instances."""
    return isinstance(value, type) and "Callable" not in str(hint)


def _fits(value: object, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, TypeVar) or hint is object:
        return True
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if hint is None or hint is type(None):
        return value is None
    if hint in (float, int):
        kind = numbers.Integral if hint is int else numbers.Real
        return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))
    if hint is bool:
        return isinstance(value, (bool, np.bool_))
    if hint is Hashable:
        return _hashable(value)
    return _fits_many(value, origin or hint, inner)


def _fits_many(value: object, kind: Any, inner: tuple[Any, ...]) -> bool:
    """Containers, and plain classes."""
    if not isinstance(kind, type):
        return True
    if issubclass(kind, Mapping):
        if not isinstance(value, Mapping):
            return False
        keys, cells = [*inner, Any, Any][:2]
        return all(_fits(k, keys) and _fits(v, cells) for k, v in list(value.items())[:_SEEN])
    if kind in (Sequence, Iterable, list, tuple):
        if isinstance(value, (str, bytes, Mapping, Set)) or not _listed(value):
            return False
        inside = [one for one in inner if one is not Ellipsis][:1] or [Any]
        return kind is Iterable or all(_fits(one, inside[0]) for one in _first(value))
    return isinstance(value, kind)


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _listed(value: object) -> bool:
    """Whether the value is a row of things: a list, tuple, index, series or array of one axis."""
    kind = isinstance(value, Iterable) and not isinstance(value, type)
    return kind and getattr(value, "ndim", 1) == 1


def _first(value: Any) -> list[Any]:
    return [one for one, _ in zip(value, range(_SEEN), strict=False)]


def _wanted(hint: Any) -> str:
    """Say in words what a hint asks for."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [_wanted(one) for one in inner if one is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return f"one of {', '.join(map(repr, inner))}"
    kind = origin or hint
    if kind in (Sequence, Iterable, list, tuple):
        inside = [one for one in inner if one not in (Ellipsis, Any)][:1]
        return f"a list, each entry {_wanted(inside[0])}" if inside else "a list"
    for known, words in _WORDS:
        if kind is known or (isinstance(kind, type) and issubclass(kind, known)):
            return words
    return f"a {getattr(kind, '__name__', 'value')}"


def _kind(value: object) -> str:
    """Say what a value is; never what it holds."""
    if value is None:
        return "None"
    for known, words in ((bool, "true or false"), (str, "a text"), (numbers.Number, "a number")):
        if isinstance(value, known):
            return words
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
