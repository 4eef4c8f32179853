"""Archives: damaged members are one sentence, and their tables lie nowhere in the clear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

from alliance_measures.errors import ExportError
from alliance_measures.exchange import read_export


def workbook(path: Path) -> Path:
    frame = pd.DataFrame({f"wai_{i}": range(300) for i in range(1, 13)})
    frame.to_excel(path, index=False)
    return path


@pytest.mark.parametrize("place", [40, 400, 1000])
def test_a_sheet_whose_bytes_are_damaged_is_refused(tmp_path: Path, place: int) -> None:
    path = workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    start = member.header_offset + 30 + len(member.filename) + place
    content[start : start + 20] = b"\xff" * 20
    path.write_bytes(content)
    run = alliance("score", path, "-i", "wai-sr-client")
    assert run.code == 2
    assert "Traceback" not in run.err
    with pytest.raises(ExportError):
        read_export(path)


CHILD = """
import sys, time
from alliance_measures.exchange import read_export, reading
def slowly(*args):
    print("reading", flush=True)
    time.sleep(60)
reading._from_grid = slowly
read_export(sys.argv[1])
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system has no unnamed files")
def test_a_killed_run_leaves_no_table_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", "client,wai_1\nCANARY,3\n")
    room = tmp_path / "room"
    room.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        env={**os.environ, "TMPDIR": str(room)},
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"reading\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    left = [one for one in room.rglob("*") if one.is_file()]
    assert not any(b"CANARY" in one.read_bytes() for one in left)
    assert not left
