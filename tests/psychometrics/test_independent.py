"""Omega hierarchical and two-level omega against R's base functions, which share no code with ours.

``independent.R`` beside this file makes the numbers again (R 4.2.2).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance_measures import psychometrics as pm
from alliance_measures.estimation.two_level import fit_two_level_factors
from alliance_measures.psychometrics.omega import omegas_of, schmid_leiman

SCRIPT = Path(__file__).with_name("independent.R").read_text(encoding="utf-8")


def quoted(name: str) -> list[str]:
    found = re.search(rf'{name} <- "(.*?)"', SCRIPT, re.DOTALL)
    assert found is not None
    return found.group(1).split()


def person_sheets() -> pd.DataFrame:
    words = quoted("sheets")
    answers = np.array([[float(digit) for digit in word] for word in words[1::2]])
    frame = pd.DataFrame(answers, columns=list("abcd")).assign(client=np.array(words[::2], int))
    return frame.assign(session=frame.groupby("client").cumcount())


def test_omega_hierarchical() -> None:
    covariance = np.zeros((9, 9))
    covariance[np.tril_indices(9)] = [float(number) for number in quoted("covariances")]
    covariance += np.tril(covariance, -1).T
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    solution = schmid_leiman(correlation, 3)
    total, hierarchical = omegas_of(solution, correlation)
    assert hierarchical == pytest.approx(0.449244213, abs=1e-6)
    assert total == pytest.approx(0.850835159, abs=1e-7)
    general = [
        0.485506036, 0.291066944, 0.406840572, 0.448267577, 0.417326684, 0.458508627, 0.232532768,
        0.346076298, 0.445964506,
    ]  # fmt: skip
    assert solution.general == pytest.approx(general, abs=1e-6)
    second = [0.41507696, 0.513959235, 0.628281887]
    assert np.sort(solution.second_order) == pytest.approx(second, abs=1e-6)


def test_two_level_omega() -> None:
    table = pm.multilevel_omega(person_sheets(), person="client", time="session")
    names = ["omega_within", "omega_between", "omega_composite", "omega_cluster_mean"]
    names += ["person_mean_reliability"]
    theirs = [0.778292037, 0.917114739, 0.858663553, 0.718312005, 0.783230248]
    assert table.loc[names, "model"].to_numpy() == pytest.approx(theirs, abs=1e-6)


def test_two_level_likelihood() -> None:
    """Ours rests on sufficient statistics; here each person's answers have their whole density."""
    sheets = person_sheets()
    values, person = sheets[list("abcd")].to_numpy(), sheets["client"].to_numpy() - 1
    fit = fit_two_level_factors(values, person)
    within = np.outer(fit.within_loadings, fit.within_loadings) + np.diag(fit.within_unique)
    between = np.outer(fit.between_loadings, fit.between_loadings) + np.diag(fit.between_unique)
    blocks = []
    for code in range(person.max() + 1):
        own = values[person == code]
        n = len(own)
        blocks.append((own, np.kron(np.eye(n), within) + np.kron(np.ones((n, n)), between)))
    weight, answer = np.zeros((4, 4)), np.zeros(4)
    for own, dense in blocks:
        design = np.tile(np.eye(4), (len(own), 1))
        weight += design.T @ np.linalg.solve(dense, design)
        answer += design.T @ np.linalg.solve(dense, own.ravel())
    mean = np.linalg.solve(weight, answer)
    deviance = 0.0
    for own, dense in blocks:
        left = (own - mean).ravel()
        deviance += np.linalg.slogdet(dense)[1] + left @ np.linalg.solve(dense, left)
    assert deviance == pytest.approx(515.515082, abs=1e-5)
