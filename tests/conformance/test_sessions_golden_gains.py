"""Sudden gains and losses against R suddengains, cell by cell; its three bugs are set right."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shared_folder import SHARED, needs_shared, shared_files

from alliance_measures import sessions

pytestmark = needs_shared
NAMES = {"client": "id", "session": "s", "value": "y"}
PRINTED = 0.005 + 1e-9  # two decimals


@cache
def cases(*methods: str) -> list[dict[str, Any]]:
    found = shared_files("golden/change/golden/suddengains.json")
    if not found:
        return []
    every = json.loads(found[0].read_text(encoding="utf-8"))
    return [case for case in every if case["method"] in methods]


def of(*methods: str) -> Any:
    return pytest.mark.parametrize("case", cases(*methods), ids=lambda case: case["id"])


@cache
def wide(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / "golden" / "change" / "data" / name)


def long(case: dict[str, Any], variables: str = "vars") -> pd.DataFrame:
    params = case["params"]
    frame = wide(params["dataset"]).melt(
        id_vars="id", value_vars=params[variables], var_name="s", value_name="y"
    )
    return frame.assign(s=frame["s"].str.extract(r"_s(\d+)$")[0].astype(int))


def criteria(case: dict[str, Any]) -> dict[str, Any]:
    params = case["params"]
    cutoff = params["crit1_cutoff"]
    return {
        "cutoff": None if cutoff is None else abs(cutoff),
        "proportion": params["crit2_pct"],
        "compare_means": params["crit3"],
        "alpha": params["crit3_alpha"],
        "adjust_for_missing": params["crit3_adjust"],
        "critical_value": params["crit3_critical_value"],
        "higher_is_better": False,
    }


def ends(case: dict[str, Any]) -> dict[str, int]:
    params = case["params"]
    keys = {"start": "tx_start", "end": "tx_end"}
    return {name: int(params[key].split("_s")[1]) for name, key in keys.items()}


def truth(cell: Any) -> bool | None:
    return None if cell in (None, "NA") else bool(cell)


def column(cells: Any) -> np.ndarray:
    cells = cells if isinstance(cells, list) else [cells]
    return np.array([np.nan if c in (None, "NA") else float(c) for c in cells])


def intervals(case: dict[str, Any], *, losses: bool) -> pd.DataFrame:
    judged = sessions.sudden_gain_intervals(long(case), **NAMES, **criteria(case), losses=losses)
    return judged.set_index(["id", "s"])


NAMES_OF = {"crit1": "criterion_1", "crit2": "criterion_2", "crit3": "criterion_3"}


def cells_of(case: dict[str, Any]) -> list[tuple[str, int, int, bool | None]]:
    """(our column, client, session n, what the peer says) of every cell of a case."""
    found = []
    table = case["expected"]["per_interval"]
    for name, cells in table.items():
        if name == "id":
            continue
        parts = name.split("_")
        n = int(parts[-1].split("to")[0])
        ours = NAMES_OF.get(parts[1], "gain")
        found += [(ours, i, n, truth(c)) for i, c in zip(table["id"], cells, strict=True)]
    return found


def plain(cell: Any) -> bool | None:
    return None if pd.isna(cell) else bool(cell)


@of("identify_gains")
def test_every_criterion_of_every_interval(case):
    judged = intervals(case, losses=False)
    cells = cells_of(case)
    assert len(cells) == 3 * len(judged) + len(judged)
    for name, client, n, theirs in cells:
        assert plain(judged.loc[(client, n), name]) == theirs
    assert int(judged["gain"].fillna(False).sum()) == case["expected"]["n_gains"]


@of("identify_losses")
def test_losses_but_for_the_second_criterion_that_never_filters(case):
    """The peer's loss passes criterion 2 with any rise; a loss has to be 25 % of the score."""
    judged = intervals(case, losses=True)
    share = case["params"]["crit2_pct"]
    scores = long(case).set_index(["id", "s"])["y"]
    passed_by_bug = 0
    for name, client, n, theirs in cells_of(case):
        ours = plain(judged.loc[(client, n), name])
        if ours == theirs:
            continue
        before, after = scores[(client, n)], scores[(client, n + 1)]
        assert name in ("criterion_2", "gain")
        assert (ours, theirs) == (False, True)
        assert not after - before >= share * before  # the right value, by its definition
        passed_by_bug += name == "gain"
    lost = int(judged["gain"].fillna(False).sum())
    assert lost == case["expected"]["n_losses"] - passed_by_bug


def gains_of(case: dict[str, Any], *, losses: bool = False) -> pd.DataFrame:
    call = sessions.sudden_losses if losses else sessions.sudden_gains
    return call(
        long(case),
        **NAMES,
        **criteria(case),
        **(ends(case) if "tx_start" in case["params"] else {}),
    )


def fields(measure: str) -> dict[str, str]:
    around = {
        "2n": "pre_1",
        "1n": "pre_2",
        "n": "pre_3",
        "n1": "post_1",
        "n2": "post_2",
        "n3": "post_3",
    }
    return {
        "id": "id", "sg_session_n": "s", "sg_freq_byperson": "n_gains",
        **{f"sg_{measure}_{suffix}": ours for suffix, ours in around.items()},
        "sg_magnitude": "magnitude", f"sg_{measure}_tx_change": "total_change",
        "sg_change_proportion": "share_of_change", "sg_reversal_value": "reversal_value",
    }  # fmt: skip


def measure_of(rows: dict[str, Any]) -> str:
    return next(key for key in rows if key.endswith("_2n"))[3:-3]


def reversals(case: dict[str, Any], found: pd.DataFrame, theirs: np.ndarray) -> int:
    """Check reversals; where the peer differs, session n + 2 alone lost half of the gain."""
    scores = long(case).set_index(["id", "s"])["y"]
    differ = np.flatnonzero(found["reversed"].to_numpy(float) != theirs)
    for at in differ:
        row = found.iloc[at]
        rising = row["post_1"] > row["pre_3"]
        later = scores[row["id"]].loc[row["s"] + 2 :]
        lost = later < row["reversal_value"] if rising else later > row["reversal_value"]
        assert lost.loc[row["s"] + 2]
        assert not lost.loc[row["s"] + 3 :].any()
        assert row["reversed"]
        assert theirs[at] == 0
    return differ.size


@of("bysg")
def test_one_row_for_each_gain(case):
    found, rows = gains_of(case), case["expected"]["rows"]
    for theirs, ours in fields(measure_of(rows)).items():
        np.testing.assert_allclose(
            found[ours].to_numpy(float), column(rows[theirs]), atol=1e-8, err_msg=theirs
        )
    assert reversals(case, found, column(rows["sg_reversal"])) <= 2


@of("bysl")
def test_one_row_for_each_loss(case):
    found, rows = gains_of(case, losses=True), case["expected"]["rows"]
    theirs = pd.DataFrame({name: column(cells) for name, cells in rows.items() if name != "id_sg"})
    share = case["params"]["crit2_pct"]
    if share is not None:  # leave out the losses that the peer's second criterion let through
        measure = measure_of(rows)
        right = theirs[f"sg_{measure}_n1"] - theirs[f"sg_{measure}_n"] >= (
            share * theirs[f"sg_{measure}_n"]
        )
        theirs = theirs[right].reset_index(drop=True)
        theirs["sg_freq_byperson"] = theirs.groupby("id")["id"].transform("size")
    for name, ours in fields(measure_of(rows)).items():
        np.testing.assert_allclose(
            found[ours].to_numpy(float), theirs[name].to_numpy(float), atol=1e-8, err_msg=name
        )
    reversals(case, found, theirs["sg_reversal"].to_numpy())


@of("describe_bysg")
def test_described_gains(case):
    found, printed = gains_of(case), case["expected"]
    n = len(found)
    assert n == printed["total_n"] == printed["sg_total_n"]
    assert 100 * (found["n_gains"] > 1).mean() == pytest.approx(
        printed["sg_multiple_pct"], abs=PRINTED
    )
    assert found["magnitude"].mean() == pytest.approx(printed["sg_magnitude_m"], abs=PRINTED)
    assert found["magnitude"].std() == pytest.approx(printed["sg_magnitude_sd"], abs=PRINTED)
    assert 0 <= found["reversed"].sum() - printed["sg_reversal_n"] <= 2  # session n + 2, see above


@of("extract_values")
def test_other_scores_around_the_gains(case):
    found = gains_of(case)
    other = long(case, "extract_vars")
    around = sessions.scores_around_gains(other, found, client="id", session="s", value="y")
    rows = case["expected"]["rows"]
    for theirs, ours in fields(measure_of(rows)).items():
        if theirs in rows and "_" in ours:
            np.testing.assert_allclose(
                around[ours].to_numpy(float), column(rows[theirs]), atol=1e-8
            )


@of("byperson-first", "byperson-last", "byperson-smallest", "byperson-largest")
def test_one_row_for_each_client(case):
    summary = sessions.sudden_gain_summary(long(case), **NAMES, **criteria(case))
    rows, printed = case["expected"]["rows"], case["expected"]["describe"]
    assert summary["id"].to_list() == rows["id"]
    np.testing.assert_array_equal(summary["n_gains"], column(rows["sg_freq_byperson"]))
    np.testing.assert_array_equal(summary["n_gains"] > 0, column(rows["sg_crit123"]))
    which = case["params"]["select"]
    np.testing.assert_allclose(
        summary[f"{which}_session"].to_numpy(float), column(rows["sg_session_n"])
    )
    if which in ("smallest", "largest"):
        np.testing.assert_allclose(summary[which], column(rows["sg_magnitude"]))
    assert len(summary) == printed["total_n"]
    assert summary["n_gains"].sum() == printed["sg_total_n"]
    assert (summary["n_gains"] > 0).sum() == printed["sg_n"]
    assert (summary["n_gains"] > 1).sum() == printed["sg_multiple_n"]
    gains = gains_of(case)
    chosen = summary.loc[summary["n_gains"] > 0, ["id", f"{which}_session"]]
    rest = chosen.merge(gains, left_on=["id", f"{which}_session"], right_on=["id", "s"])
    measure = measure_of(rows)
    has = column(rows["sg_session_n"]) > 0
    for theirs, ours in fields(measure).items():
        if theirs != "id":
            np.testing.assert_allclose(
                rest[ours].to_numpy(float), column(rows[theirs])[has], atol=1e-8, err_msg=theirs
            )
    reversals(case, rest, column(rows["sg_reversal"])[has])
    assert rest["magnitude"].mean() == pytest.approx(printed["sg_magnitude_m"], abs=PRINTED)
    assert rest["magnitude"].std() == pytest.approx(printed["sg_magnitude_sd"], abs=PRINTED)


def whole_summary(case: dict[str, Any]) -> pd.DataFrame:
    return sessions.sudden_gain_summary(long(case), **NAMES, cutoff=5)


@of("count_intervals")
def test_counts_of_intervals(case):
    counts, printed = whole_summary(case).sum(numeric_only=True), case["expected"]
    assert counts["n_intervals"] == printed["total_between_sess_intervals"]
    assert counts["n_testable"] == printed["available_between_sess_intervals_sg"]
    missing = printed["not_available_between_sess_intervals_sg"]
    assert counts["n_examined"] - counts["n_testable"] == missing
    # with a session 0 the peer's total counts an interval more per client than its two parts
    total = printed["total_between_sess_intervals_sg"]
    if not case["params"]["identify_1to2"]:
        assert counts["n_examined"] == total
    else:
        assert counts["n_examined"] == total - len(whole_summary(case))


@of("select_pattern")
def test_clients_with_a_testable_interval(case):
    assert (whole_summary(case)["n_testable"] > 0).to_list() == case["expected"]["sg_select"]


@of("select_min_sess")
def test_clients_with_enough_sessions(case):
    enough = whole_summary(case)["n_sessions"] >= case["params"]["min_sess"]
    assert enough.to_list() == case["expected"]["sg_select"]


@of("define_crit1_cutoff")
def test_reliable_change_as_cutoff(case):
    params, printed = case["params"], case["expected"]
    sd = params.get("sd")
    if sd is None:
        sd = wide(params["dataset"])[params["data_sd"]].std()
    assert sd == pytest.approx(printed["sd"], abs=1e-8)
    ours = sessions.sudden_gain_cutoff(sd, params["reliability"], z=1.96)  # their rounded z
    assert ours == pytest.approx(printed["reliable_change_value"], abs=1e-8)
    one = sessions.sudden_gain_cutoff(sd, params["reliability"], z=1)
    assert one == pytest.approx(printed["standard_error_difference"], abs=1e-8)
    sem = printed["standard_error_measurement"]
    assert one / np.sqrt(2) == pytest.approx(sem, abs=1e-8)


@of("check_interval")
def test_one_interval_in_full(case):
    params = case["params"]
    values = [*params["pre_values"], *params["post_values"]]
    scores = pd.DataFrame({"id": 1, "s": range(1, 7), "y": values})
    judged = sessions.sudden_gain_intervals(
        scores, **NAMES, cutoff=params["crit1_cutoff"], proportion=params["crit2_pct"],
        alpha=params["crit3_alpha"], higher_is_better=False,
    ).set_index("s").loc[3]  # fmt: skip
    printed = "\n".join(case["expected"]["printed"])
    yes = {True: "YES", False: "NO"}
    for k in (1, 2, 3):
        assert f"Met Criterion {k}: {yes[bool(judged[f'criterion_{k}'])]}" in printed
    assert f"Sudden gain: {yes[bool(judged['gain'])]}" in printed
    assert f"Critical value: {judged['critical_value']:.3f}" in printed
    for side in ("pre", "post"):
        assert f"Number of {side} gain values present: {judged[f'n_{side}']}" in printed
        assert f"Mean of {side} gain values: {judged[f'mean_{side}']:g}" in printed
        assert f"SD of {side} gain values: {round(judged[f'sd_{side}'], 3):g}" in printed


# the matrices of the trends folder ------------------------------------------------------------


def matrices() -> list[tuple[int, dict[str, Any]]]:
    found = shared_files("golden/trends/sg_wide.suddengains.json")
    return list(enumerate(json.loads(found[0].read_text("utf-8"))["results"])) if found else []


@pytest.mark.parametrize(
    ("number", "result"),
    matrices(),
    ids=lambda x: x if isinstance(x, int) else f"{x['var']}-{x['type']}-{x['cutoff']}",
)
def test_matrices_of_complete_series(number, result):
    table = pd.read_csv(SHARED / "golden" / "trends" / "sg_wide.csv")
    columns = [f"{result['var']}_s{n}" for n in range(1, 13)]
    scores = table.melt(id_vars="id", value_vars=columns, var_name="s", value_name="y")
    scores["s"] = scores["s"].str.extract(r"_s(\d+)$")[0].astype(int)
    losses = result["type"] == "loss"
    judged = sessions.sudden_gain_intervals(
        scores, **NAMES, cutoff=result["cutoff"], adjust_for_missing=result["crit3_adjust"],
        higher_is_better=False, losses=losses,
    ).set_index(["id", "s"])  # fmt: skip
    by_bug = set()
    values = scores.set_index(["id", "s"])["y"]
    for line in result["matrix"]:
        client = line[0]
        for name, theirs in zip(result["matrix_cols"][1:], line[1:], strict=True):
            parts = name.split("_")
            n = int(parts[-1].split("to")[0])
            ours = plain(judged.loc[(client, n), NAMES_OF.get(parts[1], "gain")])
            if ours != truth(theirs):
                before, after = values[(client, n)], values[(client, n + 1)]
                assert losses  # the second criterion of losses again
                assert parts[1] not in ("crit1", "crit3")
                assert not after - before >= 0.25 * before
                by_bug.add((client, n))
    events = {(e["id"], int(e["interval"].split("_")[1].split("to")[0])) for e in result["events"]}
    assert set(judged.index[judged["gain"].fillna(False)]) == events - by_bug
