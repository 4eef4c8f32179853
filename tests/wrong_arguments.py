"""Calls of every public function as its own example makes them, and wrong values for them."""

from __future__ import annotations

import contextlib
import copy
import doctest
import functools
import importlib
import inspect
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import alliance_measures as am

ROOMS = ("", "change", "exchange", "psychometrics", "sessions")


def public_functions() -> list[str]:
    """Dotted names below the package of everything public that can be called and is no class."""
    found = []
    for room in ROOMS:
        home = importlib.import_module(f"alliance_measures.{room}" if room else "alliance_measures")
        for name in dir(home):
            if inspect.isfunction(getattr(home, name)):
                found.append(f"{room}.{name}" if room else name)
    return found


def takes_something(dotted: str) -> bool:
    return bool(inspect.signature(resolve(dotted)).parameters)


def resolve(dotted: str) -> Any:
    return functools.reduce(getattr, dotted.split("."), am)


class _Recorder:
    """Stands in for a function while its example runs, and keeps the first call that works."""

    def __init__(self, function: Any) -> None:
        self.function, self.call = function, None
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = inspect.signature(self.function).bind(*args, **kwargs)
        kept = {name: _copied(value) for name, value in bound.arguments.items()}
        result = self.function(*args, **kwargs)
        self.call = self.call or kept
        return result


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:  # an open file, say
        return value


def example_call(dotted: str) -> dict[str, Any] | None:
    """Arguments of the first call in the function's own example, by parameter."""
    function = resolve(dotted)
    module = sys.modules[function.__module__]
    recorder = _Recorder(function)
    homes = [home for home in (module, am, *(getattr(am, room) for room in ROOMS if room))
             if vars(home).get(function.__name__) is function]  # fmt: skip
    tests = doctest.DocTestFinder(recurse=False).find(
        function, function.__name__, module=module, globs=dict(vars(module))
    )
    for home in homes:
        setattr(home, function.__name__, recorder)
    try:
        for test in tests:
            globs = {**test.globs, function.__name__: recorder}
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for example in test.examples:
                    with contextlib.suppress(am.AllianceError, ValueError, KeyError):
                        exec(compile(example.source, "<example>", "exec"), globs)
    finally:
        for home in homes:
            setattr(home, function.__name__, function)
    return recorder.call


def wrong_values() -> dict[str, Any]:
    """What people pass by mistake, by what it is."""
    return {
        "None": None, "zero": 0, "minus one": -1, "a fraction": 0.5, "eighty": 80,
        "not a number": float("nan"), "infinity": float("inf"), "a truth value": True,
        "a word": "no such thing", "a number as text": "0.9", "no text": "", "bytes": b"x",
        "no list": [], "a list of words": ["no", "such"], "a list of lists": [[1]],
        "a tuple": (1, 2), "a set": {"x"}, "no mapping": {}, "a mapping": {"x": "y"},
        "a mapping of lists": {"x": [1]}, "an object": object(), "a function": len,
        "a class": dict, "an array": np.arange(3.0), "an array of words": np.array(["a", "b"]),
        "a series": pd.Series([1.0, 2.0]), "an index": pd.Index(["x"]),
        "a frame": pd.DataFrame({"x": [1, 2]}), "an empty frame": pd.DataFrame(),
        "a complex number": 1j, "a date": pd.Timestamp("2024-01-01"),
    }  # fmt: skip


def attempts(dotted: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Parameter, what is wrong with it, and the arguments of the call, made anew for each."""
    base = example_call(dotted)
    for parameter in inspect.signature(resolve(dotted)).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        for what in wrong_values():
            call = {name: _copied(value) for name, value in (base or {}).items()}
            call[parameter.name] = wrong_values()[what]
            yield parameter.name, what, call


def outcome(dotted: str, call: dict[str, Any]) -> str:
    """Empty where the call works or is refused by an error of the house, else what came out."""
    function = resolve(dotted)
    bound = inspect.BoundArguments(inspect.signature(function), dict(call))
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            function(*bound.args, **bound.kwargs)
    except am.AllianceError:
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
