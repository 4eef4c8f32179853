"""Cost of change statistics: `python benchmarks/bench_change.py`.

One process per variant, one thread, CPU time, median of five runs; ratios first. The variants
of plain numpy and pandas run in the same session as ours; the R package's figures are recorded
ones, because it is not needed to run this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
RUNS = 5
PATIENTS = 1_000_000
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
GROWTH_OF = ("jacobson-truax", "hageman-arrindell", "clinical significance")
# clinicalsignificance 2.1 on R 4.2.2, 1,000,000 patients, a machine of this size (2 shared cores)
RECORDED_R = {"jacobson-truax": 32.0, "hageman-arrindell": 65.0, "clinical significance": 54.0}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def variants() -> dict[str, Callable[[object, object], object]]:
    import numpy as np
    import pandas as pd

    from alliance_measures import change

    def method(name: str) -> Callable[[object, object], object]:
        return lambda pre, post: change.reliable_change(
            pre, post, reliability=0.85, reliability_post=0.8, method=name
        )

    def limit(pre: pd.Series, post: pd.Series) -> object:
        return (post.to_numpy() - pre.to_numpy()) / 3.0

    def idiomatic(pre: pd.Series, post: pd.Series) -> object:
        rci = (post - pre) / (pre.std() * np.sqrt(2 * 0.15))
        words = np.select([rci > 1.96, rci < -1.96], ["improved", "deteriorated"], "unchanged")
        return pd.DataFrame({"pre": pre, "post": post, "rci": rci, "category": words})

    def by_row(pre: pd.Series, post: pd.Series) -> object:
        error = pre.std() * np.sqrt(2 * 0.15)

        def one(row: pd.Series) -> str:
            rci = (row["post"] - row["pre"]) / error
            return "improved" if rci > 1.96 else "deteriorated" if rci < -1.96 else "unchanged"

        return pd.DataFrame({"pre": pre, "post": post}).apply(one, axis=1)

    names = (
        "jacobson-truax", "gulliksen-lord-novick", "hsu-linn-lord", "edwards-nunnally",
        "nunnally-kotsch", "hageman-arrindell",
    )  # fmt: skip
    ours = {name: method(name) for name in names}
    return ours | {
        "clinical significance": lambda pre, post: change.clinical_significance(
            pre, post, reliability=0.85, cutoff=48
        ),
        "clinical significance, HA": lambda pre, post: change.clinical_significance(
            pre, post, reliability=0.85, cutoff=48, method="hageman-arrindell"
        ),
        "statistical": lambda pre, post: change.statistical_change(pre, post, cutoff=48),
        "anchor": lambda pre, post: change.anchor_change(pre, post, mid_improvement=5),
        "percentage": lambda pre, post: change.percentage_change(pre, post, improvement=0.2),
        "effect size d_z": lambda pre, post: change.effect_size(pre, post, kind="d_z"),
        "plain numpy: one difference, one division": limit,
        "pandas idiom: index and np.select": idiomatic,
        "pandas apply by row": by_row,
    }


def sample(n: int) -> tuple[object, object]:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(1)
    true = rng.normal(45, 8, n)
    return (
        pd.Series(true + rng.normal(0, 3, n)),
        pd.Series(true + rng.normal(4, 6, n) + rng.normal(0, 3, n)),
    )


def measure(name: str, n: int, runs: int) -> dict[str, float]:
    """CPU seconds (median) and extra peak memory in units of the two input columns."""
    function = variants()[name]
    pre, post = sample(n)
    function(pre[:100], post[:100])
    times = []
    for _ in range(runs):
        start = time.process_time()
        function(pre, post)
        times.append(time.process_time() - start)
    tracemalloc.start()
    function(pre, post)
    peak = tracemalloc.get_traced_memory()[1]
    return {"cpu": statistics.median(times), "memory": peak / (16 * n)}


def apart(name: str, n: int, runs: int = RUNS) -> dict[str, float]:
    """The same in a process of its own, on one thread."""
    environment = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": str(SOURCE)}
    command = [sys.executable, __file__, "--only", name, "--n", str(n), "--runs", str(runs)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def header() -> None:
    import numpy
    import pandas
    import scipy

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"cores {os.cpu_count()}, load {load:.2f}, one thread per process, {RUNS} runs, median")
    print(
        f"Python {platform.python_version()}, numpy {numpy.__version__}, pandas "
        f"{pandas.__version__}, scipy {scipy.__version__}\n"
    )


def report() -> None:
    header()
    found = {name: apart(name, PATIENTS) for name in variants() if "by row" not in name}
    rows = apart("pandas apply by row", 20_000, runs=1)
    slow = {"cpu": rows["cpu"] * PATIENTS / 20_000, "memory": rows["memory"]}
    base = found["jacobson-truax"]["cpu"]
    print("Ratios to ours (jacobson-truax), 1,000,000 patients")
    for name in ("plain numpy: one difference, one division", "pandas idiom: index and np.select"):
        print(f"  {found[name]['cpu'] / base:9.2f}  {name}")
    print(f"  {slow['cpu'] / base:9.0f}  pandas apply by row (extrapolated from 20,000)")
    for name, seconds in RECORDED_R.items():
        print(f"  {seconds / found[name]['cpu']:9.0f}  R clinicalsignificance, {name} (recorded)")
    print("\nCPU s and extra memory (in units of the two input columns), 1,000,000 patients")
    for name, one in found.items():
        print(f"  {one['cpu']:8.4f} s  {one['memory']:5.2f} x  {name}")
    print("\nGrowth: nanoseconds of CPU per patient")
    print("  " + " ".join(f"{n:>12,}" for n in SIZES))
    for name in GROWTH_OF:
        costs = [apart(name, n)["cpu"] / n * 1e9 for n in SIZES]
        print("  " + " ".join(f"{cost:12.1f}" for cost in costs) + f"  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    parser.add_argument("--n", type=int, default=PATIENTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(measure(chosen.only, chosen.n, chosen.runs)))
    else:
        sys.path.insert(0, str(SOURCE))
        report()


if __name__ == "__main__":
    main()
