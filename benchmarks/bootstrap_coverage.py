"""How often the package's intervals hold the true value, for small samples of whole points.

    python benchmarks/bootstrap_coverage.py            # 1,000 samples a cell: some minutes
    python benchmarks/bootstrap_coverage.py --samples 200 --only change

Prints the tables of docs/small-data.md: for each effect size and each reliability coefficient the
share of samples whose 95 % interval holds the value of the population, for the interval that the
package gives by default and for its bootstrap, and the share of samples in which it declines.
Populations: change scores in whole points, pre = round(normal(40, 6)), change = round(normal(2,
4)); questionnaires of six items answered 1 to 5. True values come from two million cases.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from alliance_measures import StatisticError, change, psychometrics
from alliance_measures.change import bootstrap as change_bootstrap
from alliance_measures.change.effect_groups import GROUP_KINDS
from alliance_measures.change.effect_sizes import KINDS
from alliance_measures.psychometrics import bootstrap as item_bootstrap

SIZES = (5, 10, 20, 50)
COEFFICIENTS = ("alpha", "lambda2", "omega_total", "spearman_brown")
MANY = 2_000_000
RESAMPLES = 1000
Call = Callable[[], Any]


def pairs(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    pre = np.rint(rng.normal(40, 6, n))
    return pre, pre + np.rint(rng.normal(2, 4, n))


def sheets(rng: np.random.Generator, n: int) -> np.ndarray:
    latent = rng.normal(size=(n, 1)) + rng.normal(scale=1.1, size=(n, 6))
    return np.clip(np.rint(3.6 + latent), 1, 5)


class Tally:
    """Samples that were covered, and samples in which the statistic declined."""

    def __init__(self, truth: float) -> None:
        self.truth, self.covered, self.given, self.asked = truth, 0, 0, 0

    def add(self, call: Call) -> None:
        self.asked += 1
        try:
            row = call().iloc[0]
        except StatisticError:
            return
        if not np.isfinite([row["ci_low"], row["ci_high"]]).all():
            return
        self.given += 1
        self.covered += bool(row["ci_low"] <= self.truth <= row["ci_high"])

    def __str__(self) -> str:
        if self.given < 0.2 * self.asked:
            return "declines"
        declined = 1 - self.given / self.asked
        mark = f" ({declined:.0%} declined)" if declined >= 0.005 else ""
        return f"{self.covered / self.given:.3f}{mark}".removeprefix("0")


def effect_sizes(samples: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(1)
    pre, post = pairs(rng, MANY)
    for kind in KINDS:
        name: Any = kind
        truth = change.effect_size(pre, post, kind=name).iloc[0]["estimate"]
        for interval in ("default", "bootstrap"):
            cells = [Tally(truth) for _ in SIZES]
            for tally, n in zip(cells, SIZES, strict=True):
                draw = np.random.default_rng(n)
                for seed in range(samples):
                    call = partial(change.effect_size, *pairs(draw, n), kind=name)
                    tally.add(partial(call, interval=interval, resamples=RESAMPLES, seed=seed))
            yield [kind, _named(KINDS[kind].ci_method, interval), *map(str, cells)]


def group_effect_sizes(samples: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(2)
    pre, post = pairs(rng, MANY)
    labels = np.repeat(["t", "c"], MANY // 2)
    for kind in GROUP_KINDS:
        name: Any = kind
        settings: dict[str, Any] = {"control": "c", "kind": name}
        truth = change.effect_size_groups(pre, post, group=labels, **settings).iloc[0]["estimate"]
        for interval in ("default", "bootstrap"):
            cells = [Tally(truth) for _ in SIZES]
            for tally, n in zip(cells, SIZES, strict=True):
                draw, group = np.random.default_rng(n), np.repeat(["t", "c"], n)
                for seed in range(samples):
                    call = partial(change.effect_size_groups, *pairs(draw, 2 * n), **settings)
                    call = partial(call, group=group, interval=interval, seed=seed)
                    tally.add(partial(call, resamples=RESAMPLES))
            yield [kind, _named(GROUP_KINDS[kind].ci_method, interval), *map(str, cells)]


def coefficients(samples: int) -> Iterator[list[str]]:
    population = sheets(np.random.default_rng(3), MANY // 4)
    for name in COEFFICIENTS:
        truth = _estimate(population, name)
        methods = ["feldt", "percentile", "bca"] if name == "alpha" else ["percentile", "bca"]
        for method in methods:
            cells = [Tally(truth) for _ in SIZES]
            for tally, n in zip(cells, SIZES, strict=True):
                draw = np.random.default_rng(n)
                for seed in range(samples):
                    tally.add(_interval(sheets(draw, n), name, method, seed))
            yield [name, "Feldt" if method == "feldt" else method, *map(str, cells)]


def _interval(items: np.ndarray, name: Any, method: Any, seed: int) -> Call:
    if method == "feldt":
        return lambda: psychometrics.cronbach_alpha(items)
    return lambda: psychometrics.bootstrap_interval(
        items, name, method=method, n_resamples=RESAMPLES, seed=seed
    )


def _estimate(items: np.ndarray, name: Any) -> float:
    rows = psychometrics.bootstrap_interval(items, name, n_resamples=100, seed=1)
    return float(rows["estimate"].iloc[0])


def _named(ci_method: str, interval: str) -> str:
    return "BCa bootstrap" if interval == "bootstrap" else ci_method.split(",")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--only", choices=("change", "groups", "reliability"))
    parser.add_argument("--from-five", action="store_true", help="lift the least n, to choose it")
    given = parser.parse_args()
    if given.from_five:
        change_bootstrap.LEAST_PAIRS = item_bootstrap.LEAST_SHEETS = 5
    parts = {"change": effect_sizes, "groups": group_effect_sizes, "reliability": coefficients}
    for name, part in parts.items():
        if given.only in (None, name):
            print(f"\n| {name} | interval | " + " | ".join(f"n = {n}" for n in SIZES) + " |")
            print("| --- " * (2 + len(SIZES)) + "|")
            for line in part(given.samples):
                print("| " + " | ".join(line) + " |", flush=True)


if __name__ == "__main__":
    main()
