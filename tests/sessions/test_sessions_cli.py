"""The verbs trends, ruptures and signals, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from simulated_sessions import caseload
from typer.testing import CliRunner

from alliance_measures.cli import sessions as verbs
from alliance_measures.errors import AllianceError, StatisticError, UnknownInstrumentError

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(verbs.__file__).parents[2])}
COLUMNS = ["--client", "id", "--session", "s", "--value", "y"]


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    caseload().to_csv(path, index=False)
    return path


def run(*arguments: object):
    return CliRunner().invoke(verbs.app, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("verb", "options", "said"),
    [
        ("trends", [], "scored sessions"),
        ("ruptures", ["--preset", "gumz-2012-1sd"], "rule: after Gumz et al. 2012, 1 SD"),
        ("ruptures", ["--unit", "raw", "--threshold", "4"], "of 40 clients"),
        ("signals", ["--sem", "2"], "A signal is a reason to ask"),
    ],
)
def test_verbs_write_what_the_library_returns(scores, tmp_path, verb, options, said):
    output = tmp_path / "out.csv"
    result = run(verb, scores, *COLUMNS, *options, "--output", output)
    assert result.exit_code == 0, result.output
    assert said in result.stderr
    assert result.stdout == ""
    assert len(pd.read_csv(output))


def test_standard_output_holds_the_table_alone(scores):
    result = run("trends", scores, *COLUMNS)
    assert result.stdout.startswith("id,n_sessions,first")
    assert len(result.stdout.splitlines()) == 41


def test_several_scales(scores, tmp_path):
    frame = pd.read_csv(scores).assign(z=lambda d: 2 * d["y"])
    frame.to_csv(scores, index=False)
    output = tmp_path / "out.csv"
    assert run("trends", scores, *COLUMNS, "--value", "z", "-o", output).exit_code == 0
    assert set(pd.read_csv(output)["scale"]) == {"y", "z"}


def test_dates_in_text(scores, tmp_path):
    frame = pd.read_csv(scores)
    frame["s"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * frame["s"], "D")).dt.date
    frame.to_csv(scores, index=False)
    output = tmp_path / "out.csv"
    assert run("trends", scores, *COLUMNS, "-o", output).exit_code == 0
    assert set(pd.read_csv(output)["time_unit"]) == {"day"}


def test_ids_stay_as_they_are_written(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("id,s,y\n007,1,30\n007,2,31\n010,1,40\n", encoding="utf-8")
    lines = run("trends", path, *COLUMNS).stdout.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["007", "010"]


def test_signals_say_which_rules_were_not_used(scores):
    blind = run("signals", scores, *COLUMNS)
    assert "y: no rule looks at these scores" in str(blind.exception)
    said = run("signals", scores, *COLUMNS, "--sem", "1").stderr
    assert "srs-below-36: not used, it belongs to srs-v3, and no instrument is named." in said
    assert "Grey sessions have no score." in said


def test_the_instrument_is_looked_up(scores, tmp_path):
    frame = pd.read_csv(scores).rename(columns={"y": "total"})
    frame.to_csv(scores, index=False)
    columns = [*COLUMNS[:4], "--value", "total"]
    typo = run("signals", scores, *columns, "--instrument", "srs-v33")
    assert isinstance(typo.exception, UnknownInstrumentError)
    assert "did you mean srs-v3" in str(typo.exception)
    by_id = run("signals", scores, *columns, "--instrument", "srs-v3")
    assert "srs-below-36" in by_id.stdout
    definition = Path(__file__).parents[2] / "instruments" / "srs-v3.yaml"
    assert run("signals", scores, *columns, "--instrument", definition).stdout == by_id.stdout


def test_a_changed_preset_loses_the_authors_name():
    rule = verbs._rupture_rule("gumz-2012-1sd", {"threshold": 1.5})
    assert "Gumz" not in str(rule)
    with pytest.raises(StatisticError, match="no preset 'x'"):
        verbs._rupture_rule("x", {})


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["ruptures", "--unit", "sem"], StatisticError),
        (["trends", "--value", "nothing"], AllianceError),
        (["signals", "--rules", "absent.yaml"], AllianceError),
    ],
)
def test_errors_are_those_of_the_library(scores, arguments, error):
    verb, *options = arguments
    result = run(verb, scores, *COLUMNS, *options)
    assert isinstance(result.exception, error)


def test_a_file_that_is_no_table(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xfe\x00binary\x00")
    assert isinstance(run("trends", path, *COLUMNS).exception, AllianceError)


def test_exit_code_two_and_one_line_for_wrong_use(scores):
    code = "from alliance_measures.cli import main; main()"
    arguments = ["trends", str(scores), "--client", "idd", "--session", "s", "--value", "y"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("alliance: the score table lacks the column 'idd'")
    assert "Traceback" not in done.stderr


def test_importing_the_room_leaves_scipy_stats_alone():
    code = (
        "import sys, alliance_measures.sessions as s;"
        "assert 'scipy.stats' not in sys.modules and 'yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
