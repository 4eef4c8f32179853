"""Output that goes nowhere is an error, and a run that is killed leaves nothing to read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

from alliance_measures.exchange import placing, write_table
from alliance_measures.exchange.placing import atomic

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and streams of POSIX systems")
FORM = "wai-sr-client"
ALLIANCE = f"'{sys.executable}' -c 'from alliance_measures.cli import main; main()'"


def answers(folder: Path) -> Path:
    names = [f"wai_{item}" for item in range(1, 13)]
    path = folder / "answers.csv"
    write_table(pd.DataFrame({name: [3, 4, 5] for name in names}), path)
    return path


def shell(command: str, *words: object) -> subprocess.CompletedProcess[str]:
    line = ["bash", "-c", command.replace("ALLIANCE", ALLIANCE), "bash", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "verb",
    [
        f'score "$1" -i {FORM}',
        f'reliability "$1" -i {FORM} --items',
        f"show {FORM}",
        "instruments",
        "instruments --plain",
        f"codebook {FORM}",
        "schema",
        f'map "$1" -i {FORM}',
    ],
)
def test_closed_output_ends_with_2(verb: str, tmp_path: Path) -> None:
    done = shell(f"ALLIANCE {verb} >&-", answers(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("standard output is closed") == 1
    assert "Traceback" not in done.stderr


def test_closed_output_does_not_matter_to_a_named_one(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = shell(f'ALLIANCE score "$1" -i {FORM} -o "$2" >&-', answers(tmp_path), out)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(out)) == 3


KILLED = """
import sys, time
from pathlib import Path
from alliance_measures.exchange import placing
if sys.argv[2] == "named":
    placing.UNNAMED = 0
with placing.atomic(Path(sys.argv[1])) as file:
    file.write(b"client,total\\nK1,40\\n")
    file.flush()
    print("written", flush=True)
    time.sleep(60)
"""


def killed(out: Path, how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, out, how], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        others = [path for path in out.parent.iterdir() if path != out]
        if how == "named":  # the part file of a living process is not swept
            placing.sweep(out.parent)
            assert [path for path in out.parent.iterdir() if path != out] == others
        process.send_signal(signal.SIGKILL)


@pytest.mark.skipif(not placing.UNNAMED, reason="the system has no unnamed files")
def test_kill_leaves_nothing_where_files_need_no_name(tmp_path: Path) -> None:
    killed(tmp_path / "out.csv", "unnamed")
    assert not list(tmp_path.iterdir())


def test_a_stale_part_file_is_swept_and_named(tmp_path: Path) -> None:
    file = answers(tmp_path)
    killed(tmp_path / "out.csv", "named")
    (part,) = tmp_path.glob(".*")
    assert part.name.startswith(".out.csv.")
    run = alliance("score", file, "-i", FORM, "-o", tmp_path / "s.csv")
    assert run.code == 0, run.err
    assert not part.exists()
    assert f"left by a run that was ended: {part.name}" in run.err


def test_what_was_swept_is_said(tmp_path: Path) -> None:
    file = answers(tmp_path)
    part = tmp_path / ".out.csv.0123abcd.alliance-part.csv"
    older = tmp_path / ".out.csv.0123abcd.part"
    other = tmp_path / ".notes.alliance-part"
    for path in (part, older, other):
        path.write_text("client,total\n")
    run = alliance("score", file, "-i", FORM, "-o", tmp_path / "s.csv")
    assert run.code == 0
    assert f"removed, left by a run that was ended: {part.name}" in run.err
    assert f"look and remove: {older.name}" in run.err
    assert not part.exists()
    assert older.exists()
    assert other.exists()


def test_in_python_it_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".a.csv.0123abcd.alliance-part.csv").write_text("x")
    with pytest.warns(UserWarning, match="left by a run that was ended"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")


@pytest.mark.parametrize("unnamed", [0, placing.UNNAMED])
def test_rights_and_content_are_the_same_either_way(
    unnamed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "UNNAMED", unnamed)
    target = tmp_path / "scores.csv"
    for content in (b"one", b"two"):
        with atomic(target) as file:
            file.write(content)
        assert target.read_bytes() == content
    target.chmod(0o640)
    with atomic(target) as file:
        file.write(b"three")
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    start = time.time()
    assert abs(target.stat().st_mtime - start) < 60
