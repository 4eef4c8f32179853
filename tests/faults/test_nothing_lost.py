"""No file that a run reads is overwritten by it, under any name, symlink or hard link."""

from __future__ import annotations

import ast
import json
import os
import secrets
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from cli_runner import alliance

from alliance_measures import ExportError
from alliance_measures.exchange import write_table
from alliance_measures.exchange.placing import atomic, replacing
from alliance_measures.files import one_run, opened, read_bytes

FORM = "wai-sr-client"
SOURCES = Path(__file__).parents[2] / "src" / "alliance_measures"
NAMES = [f"wai_{item}" for item in range(1, 13)]


def answers(folder: Path, ending: str = ".csv") -> Path:
    frame = pd.DataFrame({"client": ["K1", "K2", "K3"], **{name: [3, 4, 5] for name in NAMES}})
    path = folder / f"answers{ending}"
    write_table(frame, path)
    return path


def scores(folder: Path) -> Path:
    frame = pd.DataFrame({"client": ["K1"] * 4, "session": [1, 2, 3, 4], "total": [40, 38, 41, 45]})
    path = folder / "scores.csv"
    write_table(frame, path)
    return path


def sidecar(folder: Path) -> list[object]:
    table = pd.DataFrame({"participant_id": ["K1"], **{name: [3] for name in NAMES}})
    write_table(table, folder / "pheno.tsv")
    described = {name: {"Description": name} for name in NAMES}
    (folder / "pheno.json").write_text(json.dumps(described))
    return ["score", folder / "pheno.json", "-i", FORM, "-o", folder / "pheno.tsv"]


def sidecar_of_a_table(folder: Path) -> list[object]:
    sidecar(folder)
    (folder / "pheno.json").rename(folder / "pheno.csv")
    table, side = folder / "pheno.tsv", folder / "pheno.csv"
    return ["score", table, "-i", FORM, "--dictionary", side, "-o", side]


def dictionary(folder: Path) -> list[object]:
    fields = pd.DataFrame(
        {
            "Variable / Field Name": ["record_id", "initials"],
            "Form Name": ["f", "f"],
            "Field Type": ["text", "text"],
            "Field Label": ["Record", "Initials"],
        }
    )
    write_table(fields, folder / "rd.csv")
    write_table(pd.DataFrame({"record_id": ["1"], "initials": ["x"]}), folder / "rc.csv")
    (folder / "key.csv").write_text(secrets.token_hex(32))
    (folder / "key.csv").chmod(0o600)
    coded = ["pseudonymise", folder / "rc.csv", "-c", "record_id", "--key-file", folder / "key.csv"]
    return [
        *coded,
        "--format",
        "redcap",
        "--dictionary",
        folder / "rd.csv",
        "-o",
        folder / "rd.csv",
    ]


def key(folder: Path) -> list[object]:
    given = dictionary(folder)
    return [*given[:-6], "--format", "redcap", "-o", folder / "key.csv"]


def mapping(folder: Path) -> list[object]:
    file, named = answers(folder), folder / "map.csv"
    lines = [f"  {item}: wai_{item}" for item in range(1, 13)]
    named.write_text("\n".join(["mapping: 1", f"instrument: {FORM}", "items:", *lines, ""]))
    return ["score", file, "--mapping", named, "-o", named]


def definition(folder: Path) -> list[object]:
    shipped = SOURCES.parents[1] / "instruments" / f"{FORM}.yaml"
    own = folder / f"{FORM}.yaml"
    shutil.copy(shipped, own)
    (folder / "out.csv").symlink_to(own)
    return ["score", answers(folder), "-i", own, "-o", folder / "out.csv"]


def rules(folder: Path) -> list[object]:
    named = folder / "rules.csv"
    shutil.copy(SOURCES / "sessions" / "default_signals.yaml", named)
    named_columns = ["--client", "client", "--session", "session", "--value", "total"]
    given = ["signals", scores(folder), *named_columns, "--sem", 2, "--rules", named]
    return [*given, "-o", named]


def codebook_data(folder: Path) -> list[object]:
    frame = pd.DataFrame({name: [1, 2, 3, 4, 5, 3 + item % 2] for item, name in enumerate(NAMES)})
    write_table(frame, folder / "data.csv")
    data = folder / "data.csv"
    return ["codebook", FORM, "--as", "csv", "--data", data, "-o", data]


def archive(folder: Path) -> list[object]:
    with zipfile.ZipFile(folder / "export.zip", "w") as packed:
        packed.write(answers(folder), "table.csv")
    os.link(folder / "export.zip", folder / "out.csv")
    return ["score", folder / "export.zip", "-i", FORM, "-o", folder / "out.csv"]


def workbook(folder: Path) -> list[object]:
    file = answers(folder, ".xlsx")
    return ["score", file, "-i", FORM, "-o", file]


def symlink(folder: Path) -> list[object]:
    (folder / "out.csv").symlink_to(answers(folder))
    return ["check", answers(folder), "-i", FORM, "-o", folder / "out.csv"]


def twice(folder: Path) -> list[object]:
    out = folder / "new.csv"
    return ["simulate", "-o", out, "--planted", out, "--clients", 3, "--sessions", 3]


def scored(verb: str):
    def given(folder: Path) -> list[object]:
        file = scores(folder)
        os.link(file, folder / "out.csv")
        named = ["--client", "client", "--session", "session", "--value", "total"]
        more = {"change": ["--reliability", 0.9], "signals": ["--sem", 2]}.get(verb, [])
        return [verb, file, *named, *more, "-o", folder / "out.csv"]

    given.__name__ = verb
    return given


CASES = [
    sidecar,
    sidecar_of_a_table,
    dictionary,
    key,
    mapping,
    definition,
    rules,
    codebook_data,
    archive,
    workbook,
    symlink,
    *map(scored, ("trends", "ruptures", "signals", "change")),
]


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX systems have them")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_file_that_is_read_is_never_written(case, tmp_path: Path) -> None:
    given = case(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    run = alliance(*given)
    assert run.code == 2, run.err
    assert "is read; give" in run.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_outputs_of_a_run_have_two_names(tmp_path: Path) -> None:
    run = alliance(*twice(tmp_path))
    assert run.code == 2
    assert "written twice" in run.err


@pytest.mark.parametrize("write", [atomic, replacing])
def test_in_python_within_one_run(write, tmp_path: Path) -> None:
    path = answers(tmp_path)
    before = path.read_bytes()
    with one_run():
        read_bytes(path)
        with pytest.raises(ExportError, match="is a file that is read"), write(path):
            pass
    assert path.read_bytes() == before
    write_table(pd.DataFrame({"a": [1]}), path)  # another run: the user says so
    assert path.read_bytes() == b"a\n1\n"


def test_a_link_made_while_the_run_works(tmp_path: Path) -> None:
    path, out = answers(tmp_path), tmp_path / "out.csv"
    with one_run():
        read_bytes(path)
        writing = atomic(out)
        writing.__enter__().write(b"x")
        os.link(path, out)
        with pytest.raises(ExportError, match="is a file that is read"):
            writing.__exit__(None, None, None)
    assert out.read_bytes() == path.read_bytes()


OPENERS = {"open", "read_text", "read_bytes"}
# reads inside an archive that is open, of the system's own figures, of files inside the package,
# and of our own part files
FREE = {
    "files.py", "exchange/limits.py", "exchange/placing.py", "exchange/sheet_extent.py",
    "cli/simulation.py", "cli/app.py",
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.py")), ids=lambda path: path.name)
def test_every_read_goes_through_the_guard(path: Path) -> None:
    relative = path.relative_to(SOURCES).as_posix()
    if relative in FREE:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            inside = called.startswith(("place", "resources.", "_shipped"))  # shipped files
            assert node.func.attr not in OPENERS or inside, f"{relative}:{node.lineno}: {called}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "open", f"{relative}:{node.lineno}: open()"


def test_the_guard_tells_a_change(tmp_path: Path) -> None:
    path = answers(tmp_path)
    with opened(path) as file:
        file.require_unchanged()
        with path.open("a") as more:
            more.write("K4\n")
        with pytest.raises(ExportError, match="changed while it was read"):
            file.require_unchanged()
