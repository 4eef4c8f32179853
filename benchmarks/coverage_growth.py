"""Do the intervals and bands of growth models hold? Simulated clinics of realistic size.

    OMP_NUM_THREADS=1 python benchmarks/coverage_growth.py [clinics]

30 to 300 clients, 3 to 20 sessions, 15 % missing, correlated intercepts and slopes. Each clinic
fits its model; fixed effects are compared with the truth, the next session of its clients and the
sessions of as many new clients with the bands.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from alliance_measures import sessions

NAMES = {"client": "client", "session": "session", "value": "total"}
LEVEL, SLOPE, SDS, RHO = 30.0, 0.4, (4.0, 0.5, 2.5), -0.3


def clinic(rng: np.random.Generator, clients: int) -> pd.DataFrame:
    counts = rng.integers(3, 21, clients)
    client = np.repeat(np.arange(clients), counts)
    session = np.arange(client.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    first, second = rng.normal(size=(2, clients))
    slope = SLOPE + SDS[1] * (RHO * first + np.sqrt(1 - RHO**2) * second)
    total = LEVEL + SDS[0] * first[client] + slope[client] * session
    total = total + rng.normal(0, SDS[2], client.size)
    frame = pd.DataFrame({"client": client, "session": session, "total": total})
    return frame[rng.random(len(frame)) >= 0.15].reset_index(drop=True)


def one(rng: np.random.Generator) -> dict[str, float]:
    clients = int(np.exp(rng.uniform(np.log(30), np.log(300))))
    seen, new = clinic(rng, clients), clinic(rng, clients)
    last = seen.groupby("client")["session"].transform("max") == seen["session"]
    last &= seen.groupby("client")["session"].transform("size") > 1
    model = sessions.growth_model(seen[~last], **NAMES)
    fixed = model.fixed
    hits = (fixed["ci_low"] <= [LEVEL, SLOPE]) & (fixed["ci_high"] >= [LEVEL, SLOPE])
    held = seen[last]
    judged = model.not_on_track(seen, all_sessions=True).merge(held, on=["client", "session"])
    rates = model.calibration(new).set_index("n_before")
    z = abs(judged["z"])
    from scipy.special import stdtrit

    return {
        "level": hits[0], "slope": hits[1],
        "next session of a client": float((z <= stdtrit(model.n_clients - 1, 0.975)).mean()),
        "sessions of new clients": rates.loc["all", "coverage"],
        "first session of new clients": rates.loc["0", "coverage"],
        "alarms, new clients (nominal .05)": rates.loc["all", "alarms"],
        "singular": model.singular, "max gradient < 1e-7": model.max_gradient < 1e-7,
    }  # fmt: skip


def main(clinics: int) -> None:
    rng = np.random.default_rng(20260101)
    start = time.process_time()
    table = pd.DataFrame([one(rng) for _ in range(clinics)]).astype(float)
    print(f"{clinics} clinics, {time.process_time() - start:.0f} s of CPU")
    for name, column in table.items():
        error = column.std() / np.sqrt(clinics)
        print(f"{name:<36}{column.mean():.4f}  (simulation error {error:.4f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
