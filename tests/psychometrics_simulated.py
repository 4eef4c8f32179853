"""Answers to test with: a common level, items of unequal weight, holes on request."""

from __future__ import annotations

import numpy as np
import pandas as pd


def likert(
    n: int = 300, k: int = 6, *, share_missing: float = 0.0, seed: int = 0, n_groups: int = 1
) -> pd.DataFrame:
    """Answers from 1 to 7 that share a level; with groups, blocks of items share one more."""
    rng = np.random.default_rng(seed)
    weight = np.linspace(0.6, 1.1, k)
    level = rng.normal(size=(n, 1)) * weight
    if n_groups > 1:
        level = level + 0.8 * np.repeat(rng.normal(size=(n, n_groups)), k // n_groups, axis=1)
    answers = np.clip(np.round(4.0 + 1.1 * level + rng.normal(size=(n, k))), 1, 7)
    answers[rng.random(answers.shape) < share_missing] = np.nan
    return pd.DataFrame(answers, columns=[f"q{j + 1}" for j in range(k)])


def sessions(n_persons: int = 40, n_times: int = 5, k: int = 4, *, seed: int = 0) -> pd.DataFrame:
    """Answers of persons over sessions: stable differences, sessions that vary, noise."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_persons), n_times)
    time = np.tile(np.arange(n_times), n_persons)
    level = rng.normal(size=n_persons)[person] + 0.7 * rng.normal(size=len(person))
    answers = 4.0 + level[:, None] + 0.8 * rng.normal(size=(len(person), k))
    frame = pd.DataFrame(answers, columns=[f"q{j + 1}" for j in range(k)])
    return frame.assign(client=person, session=time)
