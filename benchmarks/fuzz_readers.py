"""Fuzz the readers for some minutes: ``python benchmarks/fuzz_readers.py [seconds] [seed]``.

What it finds goes into tests/exchange/test_fuzzed.py as a seed.
"""

from __future__ import annotations

import faulthandler
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from exports_damaged import damaged, survives  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402

tried: Counter[str] = Counter()
found: dict[str, tuple[str, bytes]] = {}


def main(seconds: float, number: int) -> None:
    """Run until the time is over; print what was found."""
    warnings.simplefilter("error")
    faulthandler.enable()  # a library in C can end the process: its last file stays in the folder
    end = time.monotonic() + seconds
    folder = tempfile.mkdtemp(prefix="fuzz-")
    print(folder, flush=True)
    while time.monotonic() < end:
        number += 1

        @seed(number)
        @settings(
            max_examples=500,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(damaged())
        def run(given: tuple[str, bytes]) -> None:
            name, raw = given
            tried[name] += 1
            try:
                survives(Path(folder), name, raw)
            except Exception as error:
                frame = error.__traceback__
                while frame is not None and frame.tb_next is not None:
                    frame = frame.tb_next
                place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
                key = f"{type(error).__name__} at {place} ({name}): {str(error)[:150]}"
                if key not in found:
                    found[key] = given
                    print(key, given[1][:3000], flush=True)

        run()
    print(f"{sum(tried.values())} files, seeds to {number}; {len(found)} findings; {dict(tried)}")


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 600,
        int(sys.argv[2]) if len(sys.argv) > 2 else 0,
    )
