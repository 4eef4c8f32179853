"""Two raters of the same sessions: slow routes, laws, three levels, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_measures import StatisticError
from alliance_measures.sessions import dyad_agreement, response_surface, truth_and_bias


def made(seed=1, clients=12, length=6, **more):
    chance = np.random.default_rng(seed)
    who = np.repeat(np.arange(clients), length)
    level = chance.normal(40, 4, clients)[who]
    wai = np.round(level + chance.normal(0, 3, who.size))
    wai_t = np.round(0.6 * wai + 14 + chance.normal(0, 2, clients)[who]
                     + chance.normal(0, 2, who.size))  # fmt: skip
    return pd.DataFrame({
        "client": who, "session": np.tile(np.arange(1, length + 1), clients), "wai": wai,
        "wai_t": wai_t, "late": (np.tile(np.arange(length), clients) > 2).astype(float), **more,
    })  # fmt: skip


def test_dyads_one_by_one():
    data = made()
    found = dyad_agreement(data, first="wai", second="wai_t").set_index("client")
    for who, rows in data.groupby("client"):
        x, y, t = (rows[name].to_numpy() for name in ("wai", "wai_t", "session"))
        ours = found.loc[who]
        assert ours["r"] == pytest.approx(np.corrcoef(x, y)[0, 1])
        doubled = np.corrcoef(np.r_[x, y], np.r_[y, x])[0, 1]
        assert ours["icc"] == pytest.approx(doubled)
        slope, at = np.polyfit(y, x, 1)
        rest = x - slope * y - at
        se = np.sqrt(rest @ rest / 4 / ((y - y.mean()) ** 2).sum())
        assert (ours["congruence"], ours["congruence_se"]) == pytest.approx((slope, se))
        lines = [v - np.polyval(np.polyfit(t, v, 1), t) for v in (x, y)]
        assert ours["r_detrended"] == pytest.approx(np.corrcoef(*lines)[0, 1])


def test_what_few_or_equal_sessions_do_not_tell():
    data = pd.DataFrame({
        "client": [1, 2, 2, 3, 3, 3, 4], "session": [1, 1, 2, 1, 2, 3, 1],
        "a": [3.0, 3, 4, 5, 5, 5, np.nan], "b": [4.0, 4, 4, 1, 2, 3, 1],
    })  # fmt: skip
    found = dyad_agreement(data, first="a", second="b").set_index("client")
    assert found.index.tolist() == [1, 2, 3]
    assert found.attrs["n_left_out"] == 1
    assert found.loc[1, ["r", "icc", "difference_low", "congruence"]].isna().all()
    assert found.loc[3, ["r", "r_low", "r_detrended"]].isna().all()
    assert found["mean_difference"].tolist() == [-1, -0.5, 3]


@given(st.integers(0, 10_000), st.sampled_from([1e-6, 7.0, 1e6]))
@settings(max_examples=15, deadline=None)
def test_units_and_order_of_rows(seed, unit):
    data = made(seed)
    mixed = data.sample(frac=1, random_state=seed).assign(
        wai=lambda d: unit * d["wai"] + 3 * unit, wai_t=lambda d: unit * d["wai_t"] + 3 * unit
    )
    one, other = (dyad_agreement(d, first="wai", second="wai_t") for d in (data, mixed))
    for name in ("r", "icc", "congruence", "r_detrended"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-6, atol=1e-8)
    one, other = (truth_and_bias(d, judgement="wai_t", truth="wai") for d in (data, mixed))
    np.testing.assert_allclose(other["estimate"], one["estimate"] * [unit, 1], rtol=1e-5, atol=0)


def test_no_random_part_is_least_squares():
    data = made(3, moderator=0.0).assign(moderator=lambda d: d["client"] % 3)
    found = truth_and_bias(data, judgement="wai_t", truth="wai", moderators=["moderator", "late"])
    assert found["term"].tolist() == [
        "bias", "truth", "bias:moderator", "truth:moderator", "bias:late", "truth:late",
    ]  # fmt: skip
    assert found.attrs["centres"] == {"moderator": 1.0, "late": 0.5}
    # the same model by generalised least squares with the variances that it reports
    s2, d = found.attrs["sigma2"], found.attrs["variance_bias"]
    mean = data.groupby("client")["wai"].transform("mean")
    own, m, late = data["wai"] - mean, data["moderator"] - 1.0, data["late"] - 0.5
    x = np.column_stack([np.ones(len(data)), own, m, m * own, late, late * own])
    same = np.equal.outer(data["client"].to_numpy(), data["client"].to_numpy())
    inverse = np.linalg.inv(s2 * np.eye(len(data)) + d * same)
    vcov = np.linalg.inv(x.T @ inverse @ x)
    b = vcov @ x.T @ inverse @ (data["wai_t"] - mean)
    np.testing.assert_allclose(found["estimate"], b, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found["se"], np.sqrt(np.diag(vcov)), rtol=1e-7)


def surface_data(seed=5):
    chance = np.random.default_rng(seed)
    data = made(seed, 30, 5)
    x, y = data["wai"] - 40, data["wai_t"] - 38
    level = chance.normal(0, 2, 30)[data["client"]] + chance.normal(0, 2, 6)[data["client"] // 5]
    z = 10 + 0.4 * x + 0.2 * y - 0.05 * x * y + level + chance.normal(0, 1, len(data))
    return data.assign(z=z, therapist=data["client"] // 5)


NAMES = {"first": "wai", "second": "wai_t", "outcome": "z"}


def test_surface_at_three_levels_is_generalised_least_squares():
    data = surface_data()
    found = response_surface(data, **NAMES, client="client", therapist="therapist", centre=40)
    x, y = data["wai"] - 40, data["wai_t"] - 40
    design = np.column_stack([np.ones(len(data)), x, y, x * x, x * y, y * y])
    same = [np.equal.outer(data[g].to_numpy(), data[g].to_numpy()) for g in ("client", "therapist")]

    def minus_twice_likelihood(parts):
        v = parts[0] * np.eye(len(data)) + parts[1] * same[0] + parts[2] * same[1]
        inverse = np.linalg.inv(v)
        information = design.T @ inverse @ design
        b = np.linalg.solve(information, design.T @ inverse @ data["z"])
        rest = data["z"] - design @ b
        value = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + rest @ inverse @ rest
        return value, b, np.linalg.inv(information)

    from scipy.optimize import minimize

    best = minimize(lambda p: minus_twice_likelihood(np.exp(p))[0], [0, 1, 1], method="Nelder-Mead",
                    options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000})  # fmt: skip
    _, b, vcov = minus_twice_likelihood(np.exp(best.x))
    a3 = np.array([0, 1, -1, 0, 0, 0])
    table = found.set_index("term")
    np.testing.assert_allclose(table["estimate"].iloc[:6], b, rtol=1e-4, atol=1e-5)
    assert table.loc["a3", "se"] == pytest.approx(np.sqrt(a3 @ vcov @ a3), rel=1e-4)
    assert found.attrs["model"] == "random intercepts of client and therapist"


def test_swapping_the_raters_mirrors_the_surface():
    data = surface_data()
    one = response_surface(data, **NAMES, centre="common").set_index("term")["estimate"]
    other = response_surface(
        data, first="wai_t", second="wai", outcome="z", centre="common"
    ).set_index("term")["estimate"]
    np.testing.assert_allclose(
        other[["a1", "a2", "a3", "a4", "a5"]],
        one[["a1", "a2", "a3", "a4", "a5"]] * [1, 1, -1, 1, -1], rtol=1e-8,
    )  # fmt: skip


def test_refusals():
    data = surface_data()
    with pytest.raises(StatisticError, match="6 complete rows"):
        response_surface(data.iloc[:6], **NAMES)
    with pytest.raises(StatisticError, match="do not determine a surface"):
        response_surface(data.assign(wai_t=data["wai"]), **NAMES)
    with pytest.raises(StatisticError, match="do not determine a surface"):
        response_surface(data.assign(wai_t=5.0), **NAMES)
    with pytest.raises(StatisticError, match="outcome is the same in all 150"):
        response_surface(data.assign(z=1.0), **NAMES)
    with pytest.raises(StatisticError, match="needs `client`"):
        response_surface(data, **NAMES, therapist="therapist")
    with pytest.raises(StatisticError, match="30 clients have more than one"):
        response_surface(data, **NAMES, client="client", therapist="session")
    lists = data.assign(client=pd.Series([["Maria"]] * 150))
    with pytest.raises(StatisticError, match="client holds lists") as caught:
        response_surface(lists, **NAMES, client="client")
    assert "Maria" not in str(caught.value)
    with pytest.raises(StatisticError, match="does not vary within any of 30 clients"):
        truth_and_bias(data.assign(wai=data["client"]), judgement="wai_t", truth="wai")
    with pytest.raises(StatisticError, match="none of 150 rows has all of"):
        dyad_agreement(data.assign(wai=np.nan), first="wai", second="wai_t")
