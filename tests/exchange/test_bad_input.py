"""Bad files: one sentence, exit code 2, nothing half-written, no cell in any message."""

from __future__ import annotations

import errno
import io
import logging
import os
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance
from exports_made import CANARY, delimited, fhir_response, qualtrics_rows, save, secret_key

import alliance_measures as am
from alliance_measures import ExportError, read_export
from alliance_measures.exchange import extras, limits, write_table
from alliance_measures.simulate import simulate

FORM = "wai-sr-client"


def workbook(path: Path, *sheets: pd.DataFrame) -> Path:
    with pd.ExcelWriter(path) as writer:
        for number, sheet in enumerate(sheets):
            sheet.to_excel(writer, sheet_name=f"{CANARY} {number}", index=False)
    return path


def bomb(folder: Path) -> Path:
    """A workbook of half a megabyte that unpacks to 60."""
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<c><v>1</v></c>" * 4_000_000)
    return path


def cut_short(folder: Path, ending: str) -> Path:
    frame = pd.DataFrame({"client": [CANARY] * 50, "q1": range(50)})
    path = folder / f"cut{ending}"
    write_table(frame, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def make(kind: str, folder: Path) -> Path:
    names = [f"q{item}" for item in range(1, 13)]
    row = [*["3"] * 11, CANARY]
    simple = {
        "empty": "",
        "header only": delimited([names]),
        "blank first row": "\n1,2\n",
        "duplicate headers": delimited([[*names, "q1"], [*row, "4"]]),
        "ragged": delimited([names, row, [*row, CANARY]]),
        "open quote": f'a,b\n1,"{CANARY}\n2,3\n',
        "json that is nothing": f'{{"resourceType": "Patient", "name": "{CANARY}"}}',
        "json cut short": f'{{"resourceType": "{CANARY}',
    }
    if kind in simple:
        return save(folder, f"{kind}.json" if "json" in kind else f"{kind}.csv", simple[kind])
    if kind == "mixed encodings":
        path = folder / "mixed.csv"
        path.write_bytes(
            f"a,b\n1,{CANARY} \u00fc\n".encode() + f"2,{CANARY} \u00fc\n".encode("cp1252")
        )
        return path
    if kind == "folder":
        return folder
    if kind == "missing":
        return folder / "none.csv"
    if kind == "bomb":
        return bomb(folder)
    if kind == "two sheets":
        frame = pd.DataFrame({"client": [CANARY], "q1": [1]})
        return workbook(folder / "two.xlsx", frame, frame)
    if kind == "empty workbook":
        return workbook(folder / "none.xlsx", pd.DataFrame())
    return cut_short(folder, kind.removeprefix("cut "))


BAD = {
    "empty": "is empty",
    "header only": "holds a header and no answers",
    "blank first row": "header",
    "duplicate headers": "holds 'q1' more than once",
    "ragged": r"row 3 \(the header is row 1\)",
    "open quote": "row",
    "json that is nothing": "holds no QuestionnaireResponse",
    "json cut short": "line 1 is not JSON",
    "mixed encodings": r"line 3 holds the byte 0xFC, which is not utf-8; .*encoding=",
    "folder": "is a folder",
    "missing": "No such file",
    "bomb": "would unpack to 60 MB",
    "two sheets": "sheets 1, 2 hold cells; pass one of them as sheet=",
    "empty workbook": "no sheet holds a cell",
    "cut .xlsx": "is damaged",
    "cut .sav": "damaged, cut short",
    "cut .parquet": "damaged or cut short",
}


@pytest.mark.parametrize("kind", BAD)
def test_one_sentence_and_no_cell(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = make(kind, tmp_path)
    with caplog.at_level(logging.DEBUG), pytest.raises(ExportError, match=BAD[kind]) as caught:
        read_export(path)
    shown = "".join(traceback.format_exception(caught.value))
    captured = capfd.readouterr()
    assert CANARY not in shown + captured.out + captured.err + caplog.text
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("verb", ["map", "pseudonymise"])
def test_verbs_end_with_2_and_leave_nothing(kind: str, verb: str, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    key = secret_key(tmp_path)
    path = make(kind, tmp_path)
    more = ("-i", FORM) if verb == "map" else ("--columns", "client", "--key-file", key)
    run = alliance(verb, path, *more, "-o", target)
    assert run.code == 2
    assert CANARY not in run.out + run.err
    assert "Traceback" not in run.err
    assert len(run.err.strip().splitlines()) == 1
    assert not target.exists()


@pytest.mark.parametrize("verb", ["score", "check"])
@pytest.mark.parametrize("kind", BAD)
def test_verbs_on_answers_end_with_2(kind: str, verb: str, tmp_path: Path) -> None:
    run = alliance(verb, make(kind, tmp_path), "-i", FORM)
    assert run.code == 2
    assert CANARY not in run.out + run.err
    assert "Traceback" not in run.err


def test_answers_that_are_not_allowed_are_never_shown(tmp_path: Path) -> None:
    rows = qualtrics_rows()
    place = rows[0].index("Q5_4")
    rows[4][place] = CANARY
    path = save(tmp_path, "q.csv", delimited(rows))
    for verb in ("score", "check"):
        run = alliance(verb, path, "-i", FORM)
        assert run.code == 1
        assert "row 5" in run.err
        assert CANARY not in run.out + run.err
    target = tmp_path / "problems.csv"
    alliance("check", path, "-i", FORM, "-o", target)
    assert CANARY not in target.read_text()


def test_a_sheet_is_chosen_by_number_or_name(tmp_path: Path) -> None:
    one, two = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [2]})
    path = workbook(tmp_path / "two.xlsx", one, two)
    for sheet in (2, "2", f"{CANARY} 1"):
        assert list(read_export(path, sheet=sheet).data) == ["b"]
    with pytest.raises(ExportError, match="a number from 1 to 2"):
        read_export(path, sheet="nothing")


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(10_000)]
    export = read_export(save(tmp_path, "wide.csv", delimited([names, ["1"] * 10_000])))
    assert export.data.shape == (1, 10_000)


def test_a_file_beyond_memory_is_told_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, "a.csv", "a,b\n" + "1,2\n" * 6_000_000)
    monkeypatch.setattr(limits, "available_memory", lambda: 100_000_000)
    with pytest.raises(ExportError, match=r"24 MB, more than the memory .* piece by piece"):
        read_export(path)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux")
def test_score_of_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    answers = simulate(FORM, clients=400, sessions=10, missing=0, seed=1).answers
    small = answers.to_csv(index=False)
    head, body = small.split("\n", 1)
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write(head + "\n")
        for _ in range(600):
            file.write(body)
    assert path.stat().st_size > 100_000_000
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1_300_000_000, 1_300_000_000))\n"
        "from alliance_measures.cli import main\n"
        "main()"
    )
    source = str(Path(am.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, "score", str(path), "-i", FORM, "-o", str(tmp_path / "s.csv")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    whole = subprocess.run(
        [sys.executable, "-c", code, "map", str(path), "-i", FORM],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert whole.returncode in (0, 2), whole.stderr
    assert "Traceback" not in whole.stderr


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".sav"])
def test_a_full_disk_leaves_the_old_file(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"out{ending}"
    target.write_bytes(b"old")

    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="cannot be written: No space left"):
        write_table(pd.DataFrame({"a": [CANARY]}), target)
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".sav"])
def test_places_that_cannot_be_written(ending: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(ExportError, match="cannot be written: No such file"):
        write_table(frame, tmp_path / "absent" / f"x{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        write_table(frame, tmp_path / f"folder{ending}")


@pytest.mark.parametrize("library", extras.EXTRAS)
def test_what_is_not_installed_is_named_with_its_install_line(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    extra = extras.EXTRAS[library][0]
    with pytest.raises(
        ExportError, match=rf"need {library}: pip install 'alliance-measures\[{extra}\]'"
    ):
        extras.need(library)


def test_the_room_loads_no_heavy_library() -> None:
    code = (
        "import sys, alliance_measures as am; am.exchange; am.read_export\n"
        "heavy = {'pandas', 'scipy.stats', 'pyreadstat', 'openpyxl', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    source = str(Path(am.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.stdout.strip() == "[]"


def test_names_of_fhir_subjects_go_nowhere(tmp_path: Path) -> None:
    import json

    path = save(tmp_path, "r.json", json.dumps(fhir_response({str(i): 3 for i in range(1, 13)})))
    file = io.StringIO()
    run = alliance("score", path, "-i", FORM, "--keep", "subject")
    print(run, file=file)
    assert run.code == 0, run.err
    assert CANARY not in file.getvalue()


def test_extras_and_lazy_names_stay_in_their_place() -> None:
    rooms = {path.stem for path in Path(am.exchange.__file__ or "").parent.glob("*.py")}
    assert set(am.exchange._NAMES.values()) <= rooms
    assert not {name for name in extras.EXTRAS if name.startswith("alliance")}
    assert sorted(am.exchange.__all__) == sorted(am.exchange._NAMES)
