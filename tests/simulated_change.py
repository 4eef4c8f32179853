"""Simulated patients for the tests of change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

METHODS = (
    "jacobson-truax",
    "gulliksen-lord-novick",
    "hsu-linn-lord",
    "edwards-nunnally",
    "nunnally-kotsch",
    "hageman-arrindell",
)


def patients(n: int = 200, seed: int = 1) -> tuple[pd.Series, pd.Series]:
    """Pre and post of simulated clients: higher is better, a mean gain of 5."""
    rng = np.random.default_rng(seed)
    true = rng.normal(40, 8, n)
    names = [f"c{i}" for i in range(n)]
    pre = pd.Series(true + rng.normal(0, 3, n), index=names)
    post = pd.Series(true + rng.normal(5, 6, n) + rng.normal(0, 3, n), index=names)
    return pre, post


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Pairs with variance in pre, post and change, and no perfect correlation."""
    n = draw(st.integers(8, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    pre = rng.normal(30, draw(st.floats(2, 15)), n)
    post = pre * draw(st.floats(-0.5, 1.2)) + rng.normal(5, draw(st.floats(8, 20)), n)
    return pre, post
