"""Cost of reliability, careless and polychoric statistics: ratios to peers first.

``python benchmarks/bench_psychometrics.py``. One thread, one process; pingouin runs in the same
process where it is installed, R psych in one of its own where R is there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness import cpu, header, wall

from alliance_measures import psychometrics as pm

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ROWS = 1_000_000
R_ALPHA = """
suppressMessages(library(psych))
x <- matrix(readBin(commandArgs(TRUE)[1], "double", 12 * {n}), ncol = 12)
t <- system.time(invisible(alpha(as.data.frame(x), warnings = FALSE)))
cat(sum(t[1:2]), "\n")
"""
R_POLYCHORIC = """
suppressMessages(library(psych))
x <- matrix(readBin(commandArgs(TRUE)[1], "double", 36 * {n}), ncol = 36)
t <- system.time(invisible(polychoric(x, global = FALSE, correct = 0, progress = FALSE)))
cat(t[3], "\n")
"""


def answers(n: int, k: int, *, share_missing: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    level = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    values = np.clip(np.round(4 + 1.2 * level), 1, 7)
    values[rng.random(values.shape) < share_missing] = np.nan
    return pd.DataFrame(values, columns=[f"q{j + 1}" for j in range(k)])


def in_r(script: str, table: pd.DataFrame) -> float:
    """Seconds that R reports, or NaN where R or psych is missing."""
    if shutil.which("Rscript") is None:
        return float("nan")
    with tempfile.TemporaryDirectory() as folder:
        data, code = Path(folder) / "x.bin", Path(folder) / "run.R"
        data.write_bytes(table.to_numpy().ravel(order="F").tobytes())
        code.write_text(script.replace("{n}", str(len(table))), encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(code), str(data)], capture_output=True, text=True, check=False
        )
    return float(done.stdout.split()[-1]) if done.returncode == 0 else float("nan")


def pingouin_alpha() -> Callable[[pd.DataFrame], Any] | None:
    if importlib.util.find_spec("pingouin") is None:
        return None
    import pingouin

    return pingouin.cronbach_alpha


def alpha_and_items(table: pd.DataFrame) -> object:
    moments = pm.item_moments(table)
    return pm.cronbach_alpha(moments), pm.item_statistics(moments)


def reliability(with_r: bool) -> None:
    peer = pingouin_alpha()
    for label, share in {"complete": 0.0, "5 % missing, pairwise": 0.05}.items():
        table = answers(ROWS, 12, share_missing=share)
        ours = cpu(lambda table=table: pm.cronbach_alpha(table))
        both = cpu(lambda table=table: alpha_and_items(table), runs=3)
        line = f"alpha, {ROWS:,} x 12, {label}: "
        if peer is not None:
            theirs = cpu(lambda table=table: peer(table), runs=3)
            line += f"{ours / theirs:.2f} of pingouin ({theirs:.3f} s); "
        if with_r and not share:
            theirs = in_r(R_ALPHA, table)
            line += f"{ours / theirs:.4f} of R psych ({theirs:.1f} s); "
        print(f"{line}ours {ours:.3f} s, with item statistics {both:.3f} s")


def growth() -> None:
    for n in (10_000, 100_000, 1_000_000):
        complete, missing = (answers(n, 12, share_missing=share) for share in (0.0, 0.05))
        costs = [cpu(lambda table=table: pm.cronbach_alpha(table)) for table in (complete, missing)]
        per_row = ", ".join(f"{seconds / n * 1e9:.0f} ns" for seconds in costs)
        print(f"  alpha, {n:>9,} x 12, per row: complete, missing = {per_row}")


def others(with_r: bool) -> None:
    sheets = answers(100_000, 36, share_missing=0.05)
    careless = wall(lambda: pm.careless_responding(sheets, scales=[12, 12, 12]), runs=3)
    print(f"careless, all indices, 100,000 x 36, 5 % missing: {careless:.2f} s (target 1 s)")
    table = answers(10_000, 36)
    ours = wall(lambda: pm.polychoric_correlations(table), runs=3)
    line = f"polychoric 36 x 36, n = 10,000: {ours:.2f} s (target 3 s)"
    theirs = in_r(R_POLYCHORIC, table) if with_r else float("nan")
    print(line + (f"; {ours / theirs:.4f} of R psych ({theirs:.0f} s)" if theirs > 0 else ""))
    small = answers(500, 12)
    boot = wall(lambda: pm.bootstrap_interval(small, "alpha", n_resamples=2000, seed=1), runs=3)
    print(f"bootstrap of alpha, 2,000 resamples of 500 x 12: {boot:.2f} s")
    rng = np.random.default_rng(1)
    clinic = answers(2_000, 12).assign(client=np.arange(2_000) // 10, session=np.arange(2_000) % 10)
    clinic = clinic[rng.random(2_000) > 0.2]
    names = {"person": "client", "time": "session"}
    seconds = wall(lambda: pm.multilevel_reliability(clinic, **names), runs=1)
    print(f"multilevel by REML, 200 clients, 1,600 sheets of 12 items: {seconds:.2f} s")


def components() -> None:
    """REML beside the closed form of the complete table: cost goes by patterns of missing rows."""
    ratings = answers(100_000, 4)
    holes = answers(100_000, 4, share_missing=0.05)
    whole = cpu(lambda: pm.intraclass_correlation(ratings), runs=3)
    reml = cpu(lambda: pm.intraclass_correlation(holes), runs=3)
    print(f"ICC, 100,000 x 4: 5 % missing (REML) {reml / whole:.1f} of complete ({whole:.3f} s)")
    for persons in (1_000, 10_000, 100_000):
        n = persons * 10
        rng = np.random.default_rng(4)
        level = np.repeat(rng.normal(size=(persons, 1)), 10, axis=0)
        cells = level + rng.normal(size=(n, 1)) + rng.normal(size=(n, 8))
        table = pd.DataFrame(cells, columns=list("abcdefgh"))
        table = table.assign(client=np.arange(n) // 10, session=np.arange(n) % 10)
        call = partial(pm.variance_components, table, person="client", time="session")
        moments = cpu(partial(call, method="moments"), runs=3)
        reml = cpu(partial(call, method="reml"), runs=3)
        ratio = f"REML {reml / moments:.2f} of the mean squares ({moments:.3f} s)"
        print(f"  components, {persons:>7,} x 10 x 8: {ratio}")


def main() -> None:
    with_r = "--no-r" not in sys.argv
    header("scipy", "pingouin")
    reliability(with_r)
    others(with_r)
    components()
    growth()


if __name__ == "__main__":
    if any(name not in os.environ for name in THREADS):  # read by BLAS when it is loaded
        os.execve(
            sys.executable, [sys.executable, *sys.argv], os.environ | dict.fromkeys(THREADS, "1")
        )
    main()
