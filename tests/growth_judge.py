"""An independent judge of growth models: dense matrices, written out, slow."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = {"client": "id", "session": "s", "value": "y"}


def clinic(
    n: int = 30, seed: int = 1, *, sessions: tuple[int, int] = (1, 9), drop: float = 0.15,
    sds: tuple[float, float, float] = (4.0, 0.6, 2.5), correlation: float = -0.3,
) -> pd.DataFrame:  # fmt: skip
    """Clients on straight courses, some sessions missed, rows in random order."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(sessions[0], sessions[1] + 1, n)
    client = np.repeat(np.arange(n), counts)
    session = np.concatenate([np.arange(1, k + 1) for k in counts]).astype(float)
    first, second = rng.normal(size=(2, n))
    u0 = sds[0] * first
    u1 = sds[1] * (correlation * first + np.sqrt(1 - correlation**2) * second)
    y = 30 + u0[client] + (0.4 + u1[client]) * session + rng.normal(0, sds[2], client.size)
    frame = pd.DataFrame({"id": client, "s": session, "y": y})
    frame["arm"] = np.where(client % 3 == 0, "b", "a")
    frame["mood"] = rng.normal(size=client.size)
    frame = frame[rng.random(len(frame)) >= drop]
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


def dense_covariance(
    z: np.ndarray, codes: np.ndarray, covariance: np.ndarray, sigma2: float,
    outer: np.ndarray | None = None, outer_variance: float = 0.0,
) -> np.ndarray:  # fmt: skip
    """V = Z D Z' within clients, plus the outer variance within therapists, plus sigma2 I."""
    same = codes[:, None] == codes[None, :]
    both = np.column_stack([np.ones(z.size), z])
    v = same * (both @ covariance @ both.T) + sigma2 * np.eye(z.size)
    if outer is not None:
        v = v + outer_variance * (outer[:, None] == outer[None, :])
    return v


def dense_criterion(y: np.ndarray, x: np.ndarray, v: np.ndarray, *, reml: bool) -> float:
    """-2 log (restricted) likelihood from the whole covariance matrix."""
    inverse = np.linalg.inv(v)
    r = x.T @ inverse @ x
    b = np.linalg.solve(r, x.T @ inverse @ y)
    left = y - x @ b
    n = y.size - (x.shape[1] if reml else 0)
    value = np.linalg.slogdet(v)[1] + left @ inverse @ left + n * np.log(2 * np.pi)
    return float(value + (np.linalg.slogdet(r)[1] if reml else 0.0))
