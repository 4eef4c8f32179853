"""Reading exports: Excel and CSV, beside pandas; scoring CSV piece by piece and checking it.

    python benchmarks/bench_exports.py [rows of the CSV]

Excel is 20,000 x 40; the peer is pandas.read_excel with the same engine (calamine) and dtype=str.
The CSV is that of bench_scoring.py: client, session, 36 answers, date, therapist.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import harness
import numpy as np
import pandas as pd

import alliance_measures as am
from alliance_measures.exchange import write_table

SHEET = (20_000, 40)
VERB = (
    "import sys; sys.argv = ['alliance', *sys.argv[1:]]\n"
    "from alliance_measures.cli import main\ntry: main()\nexcept SystemExit: pass"
)


def table(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    values = random.integers(1, 8, (rows, 36))
    frame = pd.DataFrame(values, columns=[f"q{item}" for item in range(1, 37)])
    frame.insert(0, "client", [f"C{row // 10:06d}" for row in range(rows)])
    frame.insert(1, "session", np.arange(rows) % 10 + 1)
    return frame.assign(date="2024-01-01", therapist="T01")


def excel(folder: Path) -> None:
    frame, path = table(SHEET[0]), folder / "a.xlsx"
    write_table(frame, path)
    peer = harness.cpu(
        lambda: pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False), runs=3
    )
    used = harness.cpu(lambda: am.read_export(path), runs=3)
    wall = harness.wall(lambda: am.read_export(path), runs=3)
    print(f"\nExcel {SHEET[0]:,} x {SHEET[1]} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"pandas with calamine / read_export: {peer / used:.1f}")
    print(f"read_export {used:.2f} CPU s, {wall:.2f} s wall; pandas {peer:.2f} CPU s")


def whole_csv(folder: Path) -> None:
    frame, path = table(100_000), folder / "b.csv"
    frame.to_csv(path, index=False)
    peer = harness.cpu(lambda: pd.read_csv(path, dtype=str, keep_default_na=False), runs=3)
    used = harness.cpu(lambda: am.read_export(path), runs=3)
    print(f"\nCSV 100,000 x 40 read whole, as text ({path.stat().st_size / 1e6:.1f} MB)")
    print(
        f"pandas read_csv dtype=str / read_export: {peer / used:.1f}; read_export {used:.2f} CPU s"
    )


def streamed(folder: Path, rows: int) -> None:
    source, target = folder / "in.csv", folder / "out.csv"
    table(rows).to_csv(source, index=False)
    bare = harness.process("")[1]
    print(f"\nCSV {rows:,} x 40 ({source.stat().st_size / 1e6:.0f} MB), whole process")
    common = (str(source), "-i", "wai-36-client", "--columns", "q{item}")
    for name, arguments in {
        "score": ("score", *common, "--keep", "client,session", "-o", str(target)),
        "check": ("check", *common),
    }.items():
        used, peak = harness.process(VERB, *arguments)
        print(f"alliance {name}: {used:.2f} CPU s, {peak - bare:.0f} MB above the bare interpreter")


if __name__ == "__main__":
    harness.header("pyarrow", "python-calamine", "openpyxl")
    with tempfile.TemporaryDirectory() as name:
        excel(Path(name))
        whole_csv(Path(name))
        streamed(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
