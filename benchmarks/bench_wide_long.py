"""Does time grow with the size alone? Many columns, long names, many sessions of one client.

python benchmarks/bench_wide_long.py            CPU seconds, and the growth for four times the size

A growth near 4 is linear, near 16 quadratic. The slopes of all pairs of sessions (Theil-Sen) are
quadratic by their definition; sorting and holding them is not needed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from harness import cpu, extra_memory, header

import alliance_measures as am
from alliance_measures import sessions
from alliance_measures.exchange import suggest_columns

FORM = "wai-sr-client"
NAMES = {"client": "client", "session": "session", "value": "total"}
ITEMS = [f"wai_{item}" for item in range(1, 13)]


def wide(columns: int) -> pd.DataFrame:
    """Five sheets with the items among very many other columns, half of them numbered."""
    others = [f"x_{n}" if n % 2 else f"note {n} b" for n in range(13, columns + 1)]
    answers = np.random.default_rng(1).integers(1, 6, (5, columns))
    return pd.DataFrame(answers, columns=[*ITEMS, *others])


def copies(columns: int) -> pd.DataFrame:
    return pd.DataFrame(columns=[*ITEMS, *(f"q{n}_r" for n in range(13, columns + 1))])


def long_names(zeros: int) -> pd.DataFrame:
    return pd.DataFrame(columns=[*ITEMS, *(f"x{n}" + "0" * zeros for n in range(3))])


def long_series(n: int) -> pd.DataFrame:
    total = np.random.default_rng(2).integers(12, 60, n)
    return pd.DataFrame({"client": 1, "session": np.arange(1, n + 1), "total": total})


def read_wide(columns: int) -> Callable[[], object]:
    path = Path(tempfile.mkdtemp()) / "wide.csv"
    wide(columns).to_csv(path, index=False)
    return lambda: am.read_export(path)


def on(frame: pd.DataFrame, call: Callable[[pd.DataFrame], object]) -> Callable[[], object]:
    return lambda: call(frame)


CASES: dict[str, tuple[tuple[int, ...], Callable[[int], Callable[[], object]]]] = {
    "score, columns": (
        (2_500, 10_000, 40_000),
        lambda n: on(wide(n), lambda f: am.score(f, FORM)),
    ),
    "suggest, columns": (
        (2_500, 10_000, 40_000),
        lambda n: on(wide(n), lambda f: suggest_columns(f, FORM)),
    ),
    "suggest, reversed copies": (
        (2_500, 10_000, 40_000),
        lambda n: on(copies(n), lambda f: suggest_columns(f, FORM)),
    ),
    "read_export, columns": ((2_500, 10_000, 40_000), read_wide),
    "suggest, zeros in a name": (
        (5_000, 20_000),
        lambda n: on(long_names(n), lambda f: suggest_columns(f, FORM)),
    ),
    "trends, sessions of one client": (
        (500, 2_000, 8_000),
        lambda n: on(long_series(n), lambda f: sessions.trends(f, **NAMES)),
    ),
}


def main() -> None:
    header("scipy")
    print(f"{'call':34}{'size':>8}{'seconds':>10}{'growth':>8}{'peak MB':>9}")
    for name, (sizes, make) in CASES.items():
        before = None
        for size in sizes:
            call = make(size)
            seconds = cpu(call, runs=3)
            growth = "" if before is None else f"{seconds / before:.1f}"
            print(f"{name:34}{size:8,}{seconds:10.3f}{growth:>8}{extra_memory(call):9.1f}")
            before = seconds


if __name__ == "__main__":
    main()
