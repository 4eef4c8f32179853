"""Growth models beside mixedlm-rs: CPU ratios in one run, criterion by criterion.

    OMP_NUM_THREADS=1 python benchmarks/bench_growth.py [clients ...]

From the frame to fixed effects, standard errors, empirical-Bayes effects and (ours alone)
Satterthwaite degrees of freedom. mixedlm-rs is compared where it is installed.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from harness import cpu, extra_memory, header

from alliance_measures import sessions

try:
    from mixedlm_rs import MixedLM
except ImportError:
    MixedLM = None


def caseload(clients: int, seed: int = 1) -> pd.DataFrame:
    """3 to 17 sessions, 15 % missing, correlated intercepts and slopes."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(3, 18, clients)
    client = np.repeat(np.arange(clients), counts)
    session = np.arange(client.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    first, second = rng.normal(size=(2, clients))
    slope = 0.4 + 0.6 * (-0.3 * first + 0.95 * second)
    total = 30 + 4 * first[client] + slope[client] * session + rng.normal(0, 2.5, client.size)
    frame = pd.DataFrame({"client": client, "session": session, "total": total})
    frame["therapist"] = frame["client"] % max(clients // 50, 3)
    return frame[rng.random(len(frame)) >= 0.15].reset_index(drop=True)


def peer(frame: pd.DataFrame) -> float:
    model = MixedLM.from_formula("total ~ session", frame, groups="client", re_formula="~session")
    fit = model.fit(reml=True)
    _ = fit.fe_params, fit.bse_fe, fit.random_effects_array
    return -2 * float(fit.llf)


def main(sizes: list[int]) -> None:
    header("scipy", "mixedlm-rs")
    for clients in sizes:
        frame = caseload(clients)
        runs = 3 if clients > 200_000 else 7
        ours = cpu(lambda f=frame: sessions.growth_model(f), runs=runs)
        criterion = sessions.growth_model(frame).criterion
        print(f"\n{clients:,} clients, {len(frame):,} rows: ours {ours:.3f} s, ", end="")
        print(f"+{extra_memory(lambda f=frame: sessions.growth_model(f)):.0f} MB (numpy's own)")
        if MixedLM is not None:
            theirs = cpu(lambda f=frame: peer(f), runs=runs)
            print(f"  mixedlm-rs {theirs:.3f} s: ratio {ours / theirs:.2f}; criterion ours - ")
            print(f"  theirs {criterion - peer(frame):+.1e}")
        if clients <= 100_000:
            levels = cpu(lambda f=frame: sessions.therapist_effects(f, intervals=False), runs=3)
            print(f"  three levels, shares without intervals {levels:.3f} s: {levels / ours:.1f} x")


if __name__ == "__main__":
    main([int(float(size)) for size in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000])
