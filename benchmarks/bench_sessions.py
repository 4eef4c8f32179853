"""Speed and memory of the room `sessions`: python benchmarks/bench_sessions.py [--clients 100000].

Ratios first, then seconds. One process, no BLAS, CPU time, median of the runs; peers and ours in
the same run. A plain loop over clients stands for what the peers do and is timed on fewer clients.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy

from alliance_measures import sessions

NAMES = {"client": "client", "session": "session", "value": "total"}
SESSIONS = 10
# call -> (seconds allowed for 100,000 clients of ten sessions, function)
CALLS: dict[str, tuple[float | None, Callable[[pd.DataFrame], object]]] = {
    "OLS slopes with SE (slopes)": (0.2, lambda d: sessions.slopes(d, **NAMES, parabola=False)),
    "Theil-Sen with interval (theil_sen)": (4.0, lambda d: sessions.theil_sen(d, **NAMES)),
    "ruptures, default rule": (0.5, lambda d: sessions.ruptures(d, **NAMES)),
    "ruptures, gumz-2012-1sd": (
        0.5,
        lambda d: sessions.ruptures(d, **NAMES, rule="gumz-2012-1sd"),
    ),
    "sudden gains": (1.0, lambda d: sessions.sudden_gains(d, **NAMES, cutoff=5)),
    "XmR chart with run rules": (0.5, lambda d: sessions.control_chart(d, **NAMES)),
    "trends (all columns)": (None, lambda d: sessions.trends(d, **NAMES)),
    "instability": (None, lambda d: sessions.instability(d, **NAMES)),
    "signals, all default rules but the SRS's": (
        None,
        lambda d: sessions.signals(d, **NAMES, sem=2.5),
    ),
}


def caseload(clients: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.normal(30, 4, clients), SESSIONS)
    n = clients * SESSIONS
    return pd.DataFrame(
        {
            "client": np.repeat(np.arange(clients), SESSIONS),
            "session": np.tile(np.arange(1, SESSIONS + 1), clients),
            "total": np.round(level + rng.normal(0, 3, n)),
        }
    )


def cpu(call: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        begin = time.process_time()
        call()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def peak(call: Callable[[], object]) -> int:
    tracemalloc.start()
    call()
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top


def scipy_loops(scores: pd.DataFrame) -> dict[str, Callable[[], object]]:
    from scipy import stats

    series = [
        (part["session"].to_numpy(), part["total"].to_numpy())
        for _, part in scores.groupby("client")
    ]
    return {
        "OLS slopes with SE (slopes)": lambda: [stats.linregress(x, y) for x, y in series],
        "Theil-Sen with interval (theil_sen)": lambda: [stats.theilslopes(y, x) for x, y in series],
    }


def header() -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{os.cpu_count()} cores, load {load:.2f}; Python {platform.python_version()}, "
        f"numpy {np.__version__}, pandas {pd.__version__}, scipy {scipy.__version__}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    header()
    scores = caseload(options.clients)
    small = scores.head(scores.shape[0] // 10)
    few = scores.head(500 * SESSIONS)
    size = int(scores.memory_usage(index=False, deep=True).sum())
    peers = {name: cpu(call, 1) for name, call in scipy_loops(few).items()}
    print(f"{len(scores):,} rows, {size / 1e6:.0f} MB")
    print("\n| call | peer / ours | 10 x rows cost | extra memory / input | CPU s | target s |")
    print("|---|---|---|---|---|---|")
    for name, (target, call) in CALLS.items():
        call(few)  # imports and caches
        ours = cpu(lambda c=call: c(scores), options.runs)
        tenth = cpu(lambda c=call: c(small), options.runs)
        each = peers[name] / 500 / (ours / options.clients) if name in peers else None
        memory = peak(lambda c=call: c(scores)) / size
        goal = f"{target * options.clients / 1e5:g}" if target else "-"
        print(
            f"| {name} | {f'{each:.0f}' if each else '-'} | {ours / tenth:.1f} x | {memory:.1f} x "
            f"| {ours:.3f} | {goal} |"
        )


if __name__ == "__main__":
    main()
