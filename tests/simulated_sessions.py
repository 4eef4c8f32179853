"""Small tables and simulated caseloads that the tests of this room share."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

NAMES = {"client": "id", "session": "s", "value": "y"}


def one(scores: list, sessions: list | None = None) -> pd.DataFrame:
    """One client's series."""
    return pd.DataFrame({"id": 1, "s": sessions or range(1, len(scores) + 1), "y": scores})


def caseload(n: int = 40, seed: int = 1, *, drop: float = 0.1) -> pd.DataFrame:
    """Clients with one to twelve sessions, whole scores, some rows unscored, in random order."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 13, n)
    client = np.repeat(np.arange(n), counts)
    session = np.concatenate([np.arange(1, k + 1) for k in counts])
    y = np.round(30 + rng.normal(0, 3, n)[client] + 0.3 * session + rng.normal(0, 3, client.size))
    y[rng.random(client.size) < drop] = np.nan
    frame = pd.DataFrame({"id": client, "s": session, "y": y})
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


whole_series = st.lists(
    st.one_of(st.none(), st.integers(0, 40).map(float)), min_size=1, max_size=14
)
caseloads = st.lists(whole_series, min_size=1, max_size=5)


def stacked(series: list[list]) -> pd.DataFrame:
    """Several series under one another."""
    parts = [one(y).assign(id=number) for number, y in enumerate(series)]
    return pd.concat(parts, ignore_index=True)
