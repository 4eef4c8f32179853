"""Aggregates count people: the same in Python and on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_runner import alliance
from scipy.optimize import Bounds, LinearConstraint, milp

from alliance_measures.errors import ExportError
from alliance_measures.exchange import aggregate, write_table


def sessions(people: dict[str, int], each: int = 3) -> pd.DataFrame:
    """So many clients per site, so many sessions per client."""
    rows = [
        {"client": f"{site}{number}", "site": site, "session": visit, "total": 30.0 + visit}
        for site, count in people.items()
        for number in range(count)
        for visit in range(each)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200b"])
def test_blanks_inside_an_id_make_no_other_person(blank: str) -> None:
    ids = ["K" + blank * n + "1" for n in range(12)]
    scores = pd.DataFrame({"client": ids, "site": "A", "total": 40.0})
    assert aggregate(scores, ["site"]).table["mean"].isna().all()


def test_one_client_of_fifteen_sessions_is_one_person(tmp_path: Path) -> None:
    scores = sessions({"A": 1}, each=15)
    shown = aggregate(scores, ["site"]).table
    assert shown[["n", "n_rows", "mean", "sd"]].isna().all(axis=None)
    write_table(scores, tmp_path / "s.csv")
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site")
    assert run.code == 0
    assert run.out == "site,scale,n,n_rows,mean,sd\nA,total,,,,\n"
    assert "totals of all groups must not be shown" in run.err


def test_both_counts_are_shown() -> None:
    shown = aggregate(sessions({"A": 20, "B": 12}), "site").table
    assert shown["n"].tolist() == [20, 12]
    assert shown["n_rows"].tolist() == [60, 36]
    assert shown["mean"].tolist() == [31.0, 31.0]


def test_people_are_those_who_have_a_score() -> None:
    scores = sessions({"A": 12, "B": 12}, each=1).assign(task=4.0)
    scores.loc[scores["client"].isin(["A0", "A1"]), "task"] = np.nan
    shown = aggregate(scores, "site").table
    assert shown["n"].isna().all()  # ten people have a task score: hidden in both scales


def test_ids_that_differ_in_blanks_or_case_are_one_person() -> None:
    scores = pd.DataFrame({"client": ["K1", " k1 ", "K1 "] * 4, "site": "A", "total": 3.0})
    assert aggregate(scores, "site").table["n"].isna().all()
    assert aggregate(scores.assign(client=1.0), "site", min_cell=2).table["n"].isna().all()


def test_without_clients_it_is_refused_with_the_reason(tmp_path: Path) -> None:
    scores = sessions({"A": 20}).rename(columns={"client": "who"})
    with pytest.raises(ExportError, match="people are counted, not rows"):
        aggregate(scores, "site")
    assert aggregate(scores, "site", client="who").table["n"].tolist() == [20]
    assert aggregate(scores, "site", rows_are_people=True).table["n"].tolist() == [60]
    write_table(scores, tmp_path / "s.csv")
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site")
    assert (run.code, "--rows-are-people" in run.err) == (2, True)
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site", "--rows-are-people")
    assert "A,total,60,60," in run.out
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site", "--client", "who")
    assert "A,total,20,60," in run.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--by", "site", "--values", "client"), "two roles"),
        (("--by", ","), "one or two grouping columns"),
        (("--by", "site", "--values", "name"), "not numbers: the column 'name'"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(tmp_path: Path, options: tuple[str], message: str) -> None:
    write_table(sessions({"A": 20}).assign(name="x"), tmp_path / "s.csv")
    run = alliance("aggregate", tmp_path / "s.csv", *options)
    assert (run.code, message in run.err, "Traceback" in run.err) == (2, True, False)


def test_rows_without_a_client_are_named(tmp_path: Path) -> None:
    scores = sessions({"A": 20})
    scores["client"] = scores["client"].astype(object)
    scores.loc[4, "client"] = None
    write_table(scores, tmp_path / "s.csv")
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site")
    assert (run.code, "no client in row 6" in run.err) == (1, True)


def test_people_in_several_groups_have_no_total() -> None:
    shown = aggregate(sessions({"A": 30}, each=3), "session")
    assert shown.table["n"].tolist() == [30, 30, 30]
    assert "totals of people must not be shown" in shown.rule


def test_hidden_people_of_groups_that_overlap_stay_hidden_from_who_knows_their_total() -> None:
    """The attacker knows all rows, all that is shown and how many people there are in all."""
    rng = np.random.default_rng(4)
    attacked = 0
    for _ in range(25):
        n_people, n_rows = int(rng.integers(12, 60)), int(rng.integers(20, 150))
        scores = pd.DataFrame(
            {
                "client": rng.integers(0, n_people, n_rows),
                "year": rng.choice(4, n_rows, p=[0.6, 0.25, 0.1, 0.05]),
                "total": 3.0,
            }
        )
        table = aggregate(scores, "year").table
        rows = scores.groupby("year").size().to_numpy()
        hidden = table["n"].isna().to_numpy()
        everybody = scores["client"].nunique()
        if not hidden.any() or everybody < 11:
            continue
        size = int(hidden.sum())
        n_hidden_rows = rows[hidden].sum()
        known = table["n"].dropna().sum()
        limits = [  # unknown: people, then rows, of each hidden group
            LinearConstraint(
                np.r_[np.zeros(size), np.ones(size)][None], n_hidden_rows, n_hidden_rows
            ),
            LinearConstraint(np.c_[np.eye(size), -np.eye(size)], -np.inf, 0),
            LinearConstraint(np.r_[np.ones(size), np.zeros(size)][None], everybody - known, np.inf),
        ]
        top = np.r_[np.full(size, everybody), np.full(size, n_hidden_rows)]
        if "of all groups" in aggregate(scores, "year").rule:
            continue
        for place in range(size):
            goal = np.eye(2 * size)[place]
            low, high = (
                round(
                    milp(
                        sign * goal,
                        constraints=limits,
                        integrality=np.ones(2 * size),
                        bounds=Bounds(1, top),
                    ).x[place]
                )
                for sign in (1, -1)
            )
            attacked += 1
            assert high - low >= 10
    assert attacked > 20


def test_counts_stay_whole_beside_hidden_ones(tmp_path: Path) -> None:
    write_table(sessions({"A": 20, "B": 4, "C": 12, "D": 11}), tmp_path / "s.csv")
    run = alliance("aggregate", tmp_path / "s.csv", "--by", "site")
    assert run.out.splitlines()[1].startswith("A,total,20,60,31.0,")
    assert run.out.splitlines()[2] == "B,total,,,,"
