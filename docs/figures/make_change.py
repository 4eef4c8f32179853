"""Draw docs/figures/change.png: `python docs/figures/make_change.py` (needs matplotlib)."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from alliance_measures import change

RELIABILITY = 0.90
COLOURS = {
    "recovered": "#1b7837",
    "improved": "#7fbf7b",
    "unchanged": "#8c8c8c",
    "deteriorated": "#d8a03a",
    "harmed": "#b2182b",
}
METHODS = {
    "jacobson-truax": "#000000",
    "gulliksen-lord-novick": "#0072b2",
    "hsu-linn-lord": "#d55e00",
    "edwards-nunnally": "#56b4e9",
    "nunnally-kotsch": "#009e73",
    "hageman-arrindell": "#cc79a7",
}


def simulated(n: int = 120) -> tuple[pd.Series, pd.Series]:
    """Alliance totals of invented clients; 12 items of 1 to 5."""
    rng = np.random.default_rng(11)
    true = rng.normal(38, 7, n)
    error = 7 * np.sqrt(1 / RELIABILITY - 1)
    pre = true + rng.normal(0, error, n)
    post = true + rng.normal(4, 5, n) + rng.normal(0, error, n)
    return (pd.Series(x.round().clip(12, 60)) for x in (pre, post))


def scatter(axes: plt.Axes, pre: pd.Series, post: pd.Series, cutoff: float) -> None:
    """Pre against post with the band of no reliable change."""
    grid = np.linspace(12, 60, 100)
    band = change.unchanged_band(pre, post=post, reliability=RELIABILITY, at=grid)
    axes.fill_between(band["pre"], band["low"], band["high"], color="#e6e6e6", zorder=0)
    axes.plot(grid, grid, color="#8c8c8c", linewidth=0.8, zorder=1)
    axes.axhline(cutoff, color="black", linestyle=":", linewidth=1)
    axes.axvline(cutoff, color="black", linestyle=":", linewidth=1)
    result = change.clinical_significance(pre, post, reliability=RELIABILITY, cutoff=cutoff)
    for word, colour in COLOURS.items():
        here = result[result["category"] == word]
        axes.scatter(here["pre"], here["post"], s=18, color=colour, label=f"{word} ({len(here)})")
    axes.set(xlim=(12, 60), ylim=(12, 60), xlabel="pre", ylabel="post", aspect="equal")
    axes.set_title("Clients, band of no reliable change, cut-off")
    axes.legend(loc="lower right", fontsize=8, framealpha=0.9)


def bands(axes: plt.Axes, pre: pd.Series, post: pd.Series) -> None:
    """The band of each method, as changes."""
    grid = np.linspace(20, 56, 100)
    for method, colour in METHODS.items():
        band = change.unchanged_band(
            pre, post=post, reliability=RELIABILITY, reliability_post=0.88, method=method, at=grid
        )
        axes.plot(grid, band["low"] - grid, color=colour, linewidth=1.4, label=method)
        axes.plot(grid, band["high"] - grid, color=colour, linewidth=1.4)
    axes.axhline(0, color="#8c8c8c", linewidth=0.8)
    axes.axvline(pre.mean(), color="#8c8c8c", linewidth=0.8, linestyle="--")
    axes.text(pre.mean() + 0.5, -11.3, "mean at pre", fontsize=8, color="#595959")
    axes.set(xlabel="pre", ylabel="change", ylim=(-12, 24))
    axes.set_title("Changes that six methods call unchanged")
    axes.legend(fontsize=8, loc="upper right")


def main() -> None:
    """Draw both panels and write the file beside this one."""
    pre, post = simulated()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.9), layout="constrained")
    scatter(left, pre, post, cutoff=44)
    bands(right, pre, post)
    figure.savefig(Path(__file__).with_name("change.png"), dpi=100)


if __name__ == "__main__":
    main()
