"""What the benchmarks share: CPU time by process_time, medians, a header that names the machine."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def header(*packages: str) -> None:
    """Print machine, load and versions."""
    load = os.getloadavg()[0]
    found = []
    for name in ("numpy", "pandas", *packages):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}; "
        + ", ".join(found)
    )


def cpu(call: Callable[[], Any], *, runs: int = 5) -> float:
    """Median CPU seconds of this process."""
    call()
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def wall(call: Callable[[], Any], *, runs: int = 5) -> float:
    """Least wall-clock seconds: what the call takes when nothing else wants the machine."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def extra_memory(call: Callable[[], Any]) -> float:
    """Peak MB allocated during a call, its result included (numpy reports to tracemalloc)."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def process(code: str, *arguments: str) -> tuple[float, float]:
    """CPU seconds and peak MB of a fresh Python process that runs `code`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, int(done.stderr.strip().splitlines()[-1]) / 1024


# the peak of this process alone: getrusage would also count what its parent held before exec
REPORT = r"""
import re, sys
print(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""
