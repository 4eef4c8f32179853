"""Scoring 1,000,000 sheets of 36 items, CSV to CSV, and start-up: ratios first.

    python benchmarks/bench_scoring.py [rows]

5 % missing, three scales of 12 and a total, reversed items, an 80 % rule; the instrument is
wai-36-client. Peer: what a careful pandas user writes. Limit: one np.sum over the same frame.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
import pandas as pd

import alliance_measures as am

WAI = am.load("wai-36-client")
ITEMS = [f"q{item}" for item in WAI.item_ids]


def answers(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    values = random.integers(1, 8, (rows, 36)).astype(np.float64)
    values[random.random((rows, 36)) < 0.05] = np.nan
    return pd.DataFrame(values, columns=ITEMS)


def pandas_idiomatic(frame: pd.DataFrame) -> pd.DataFrame:
    """Reverse, mean over the answered items, 80 % rule, times the number of items."""
    keyed = frame.copy()
    reverse = [f"q{item.id}" for item in WAI.items if item.reverse]
    keyed[reverse] = 8 - keyed[reverse]
    out = pd.DataFrame(index=frame.index)
    for scale in WAI.scales:
        names = [f"q{item}" for item in WAI.scale_items(scale)]
        enough = keyed[names].notna().sum(axis=1) >= 0.8 * len(names)
        out[scale] = (keyed[names].mean(axis=1) * len(names)).where(enough)
    return out


def ours(frame: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
    return am.score(frame, WAI, columns="q{item}", min_answered=0.8, threads=threads)


def scoring(rows: int) -> None:
    frame = answers(rows)
    values = frame.to_numpy()
    by_row = pd.DataFrame(values.copy(order="C"), columns=ITEMS, copy=False)
    nullable = frame.astype("Int8")
    plain = frame.fillna(4).astype(np.int8)
    limit = harness.cpu(lambda: np.sum(values))
    peer = harness.cpu(lambda: pandas_idiomatic(frame), runs=3)
    pd.testing.assert_frame_equal(ours(frame), pandas_idiomatic(frame))
    output = rows * len(WAI.scales) * 8 / 1e6
    print(f"\nScoring {rows:,} x 36 (np.sum {limit:.4f} s, pandas {peer:.3f} s, one thread)")
    print(f"{'answers as':36}{'x np.sum':>10}{'pandas/x':>10}{'CPU s':>9}{'MB/output':>11}")
    for name, table in {
        "float64, each column together": frame,
        "float64, each row together": by_row,
        "nullable Int8": nullable,
        "plain int8, complete": plain,
    }.items():
        used = harness.cpu(lambda table=table: ours(table))
        memory = harness.extra_memory(lambda table=table: ours(table)) / output
        print(f"{name:36}{used / limit:10.1f}{peer / used:10.1f}{used:9.3f}{memory:11.2f}")
    memory = harness.extra_memory(lambda: pandas_idiomatic(frame)) / output
    print(f"{'pandas idiomatic':36}{peer / limit:10.1f}{1:10.1f}{peer:9.3f}{memory:11.2f}")
    one, two = harness.wall(lambda: ours(frame)), harness.wall(lambda: ours(frame, 2))
    print(f"two threads: wall {two:.3f} s against {one:.3f} s, ratio {two / one:.2f}")


def csv_to_csv(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.csv", Path(folder) / "out.csv"
        frame = answers(rows).astype("Int8")
        frame.insert(0, "client", [f"C{row // 10:06d}" for row in range(rows)])
        frame.insert(1, "session", np.arange(rows) % 10 + 1)
        frame["date"], frame["therapist"] = "2024-01-01", "T01"
        frame.to_csv(source, index=False)
        size = source.stat().st_size / 1e6
        bare = harness.process("")[1]
        used, peak = harness.process(
            "import sys; sys.argv = ['alliance', *sys.argv[1:]]\n"
            "from alliance_measures.cli import main\ntry: main()\nexcept SystemExit: pass",
            *("score", str(source), "-i", "wai-36-client", "--columns", "q{item}"),
            *("--keep", "client,session", "--min-answered", "0.8", "-o", str(target)),
        )
        peer, peer_peak = harness.process(
            "import sys, pandas as pd\nt = pd.read_csv(sys.argv[1])\n"
            "t.iloc[:, :6].to_csv(sys.argv[2], index=False)",
            *(str(source), str(target)),
        )
    print(f"\nCSV of {rows:,} x 40 ({size:.0f} MB) to scores in CSV, whole process")
    print(f"pandas only reading and writing as many columns / alliance score: {peer / used:.1f}")
    print(f"alliance score {used:.2f} CPU s, {peak - bare:.0f} MB above the bare interpreter")
    print(f"pandas read_csv + to_csv {peer:.2f} CPU s, {peer_peak - bare:.0f} MB")


def startup() -> None:
    bare = statistics.median(harness.process("")[0] for _ in range(5))

    def median(code: str) -> float:
        return statistics.median(harness.process(code)[0] for _ in range(5))

    imported = median("import alliance_measures")
    with_load = median("import alliance_measures as am; am.load('wai-36-client')")
    helped = median(
        "import sys; sys.argv = ['alliance', '--help']\n"
        "from alliance_measures.cli import main\ntry: main()\nexcept SystemExit: pass"
    )
    print(f"\nStart-up, CPU s (bare interpreter {bare:.3f})")
    print(
        f"import alliance_measures {imported:.3f}; and load one instrument {with_load:.3f}; "
        f"alliance --help {helped:.3f}"
    )
    heavy = "import sys, alliance_measures; print({'pandas', 'scipy.stats'} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True
    )
    print(f"of pandas and scipy.stats the import loads {shown.stdout.strip()}")
    path = Path(__file__).parents[1] / "instruments" / "wai-36-client.yaml"
    from alliance_measures.definitions.reader import read_definition

    reading = 1000 * harness.cpu(lambda: read_definition(path))
    print(f"reading one 36-item definition: {reading:.1f} ms")


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    harness.header("pydantic", "PyYAML")
    scoring(rows)
    csv_to_csv(rows)
    startup()
