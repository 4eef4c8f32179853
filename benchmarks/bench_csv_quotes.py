"""How much longer a CSV takes with quotes in it: each file beside the plain one and pandas.

Run: python benchmarks/bench_csv_quotes.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from alliance_measures.exchange import open_text

ROWS, COLUMNS, ROUNDS = 100_000, 40, 3


def main() -> None:
    """Print seconds, and ratios to the plain file and to pandas."""
    cells = np.random.default_rng(1).integers(1, 6, (ROWS, COLUMNS - 1)).astype(str)
    lines = [",".join(row) + ",a comment\n" for row in cells]
    names = ",".join(f"q{item}" for item in range(1, COLUMNS)) + ",comment\n"
    said = lines[0].replace("a comment", '"he said ""yes"""')
    stray = lines[0].replace("a comment", "5'10\" tall")
    files = {
        "plain": lines,
        "one doubled quote": [*lines[: ROWS // 2], said, *lines[ROWS // 2 :]],
        "doubled in 1 %": [
            said if number % 100 == 0 else line for number, line in enumerate(lines)
        ],
        "Qualtrics rows": [_import_ids(names), *lines],
        "one stray quote": [*lines[: ROWS // 2], stray, *lines[ROWS // 2 :]],
        "stray in 1 %": [stray if number % 100 == 0 else line for number, line in enumerate(lines)],
    }
    plain = 0.0
    print(f"{ROWS:,} x {COLUMNS}: seconds, times the plain file, times pandas.read_csv (text)")
    with tempfile.TemporaryDirectory() as folder:
        for name, body in files.items():
            path = Path(folder) / "f.csv"
            path.write_text(names + "".join(body), encoding="utf-8")
            ours = _best(lambda path=path: list(open_text(path).chunks()))
            theirs = _best(lambda path=path: pd.read_csv(path, dtype=str))
            plain = plain or ours
            print(f"{name:18} {ours:6.2f} {ours / plain:6.2f} {ours / theirs:6.2f}")


def _import_ids(names: str) -> str:
    cells = names.strip().split(",")
    return ",".join('"{""ImportId"":""' + name + '""}"' for name in cells) + "\n"


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
