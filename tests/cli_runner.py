"""Run the command line in-process and catch what it says."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import NamedTuple

import pytest

from alliance_measures.cli import main


class Run(NamedTuple):
    """Exit code, standard output and standard error of one call."""

    code: int
    out: str
    err: str


def alliance(*arguments: object) -> Run:
    """Call ``alliance`` with these arguments."""
    out, err = _Text(), _Text()
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "argv", ["alliance", *map(str, arguments)])
    patch.setenv("COLUMNS", "200")
    with patch.context(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1 if stop.code else 0
    patch.undo()
    return Run(code, out.text(), err.text())


class _Text(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "utf-8", write_through=True)

    def text(self) -> str:
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined]
