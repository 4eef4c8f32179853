"""What an alarm is worth: python benchmarks/alarm_quality.py [--output docs/alarm-quality.md].

Simulated clinics with planted ruptures, put through the default signal rules; the page that it
writes is the same for the same seed.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from alliance_measures import sessions

MEAN, BETWEEN, WITHIN, TOP = 37.0, 3.0, 1.0, 40.0
RULES = ["srs-below-36", "srs-drop-1", "reliable-drop", "rupture-open"]
SESSIONS, DEPTHS, RELIABILITIES = (5, 10, 20), (2.0, 4.0, 8.0), (0.7, 0.8, 0.9)
SHARE_RUPTURED, LASTS, CLIENTS = 0.2, 2, 5000


@dataclass(frozen=True)
class Clinic:
    """A caseload, the truth about it, and the error it was measured with."""

    scores: pd.DataFrame
    ruptured: np.ndarray  # client has a planted rupture
    during: np.ndarray  # session lies in it; shape (clients, sessions)
    sem: float


def clinic(n_sessions: int, depth: float, reliability: float, rng: np.random.Generator) -> Clinic:
    """Clients on a 0-40 scale; one in five falls by `depth` for two sessions, then recovers."""
    shape = (CLIENTS, n_sessions)
    true = rng.normal(MEAN, BETWEEN, (CLIENTS, 1)) + rng.normal(0, WITHIN, shape)
    ruptured = rng.random(CLIENTS) < SHARE_RUPTURED
    onset = rng.integers(2, n_sessions - LASTS + 1, CLIENTS)[:, None]  # third session or later
    place = np.arange(n_sessions)
    during = ruptured[:, None] & (place >= onset) & (place < onset + LASTS)
    sem = float(np.sqrt((BETWEEN**2 + WITHIN**2) * (1 - reliability) / reliability))
    seen = true - depth * during + rng.normal(0, sem, shape)
    scores = pd.DataFrame(
        {
            "client": np.repeat(np.arange(CLIENTS), n_sessions),
            "session": np.tile(place + 1, CLIENTS),
            "total": np.clip(seen, 0, TOP).round(1).ravel(),
        }
    )
    return Clinic(scores, ruptured, during, sem)


def alarms(one: Clinic) -> dict[str, np.ndarray]:
    """Sessions at which each rule speaks, shape (clients, sessions)."""
    found = sessions.signals(
        one.scores, client="client", session="session", value="total",
        instrument="srs-v3", sem=one.sem,
    )  # fmt: skip
    result = {}
    for rule in RULES:
        part = found[found["rule"] == rule]
        flags = np.zeros(one.during.shape, dtype=bool)
        flags[part["client"], part["session"] - 1] = True
        result[rule] = flags
    return result


def worth(one: Clinic, flags: np.ndarray) -> tuple[float, float, float]:
    """Sensitivity, false alarms per 100 sessions without rupture, share of true alarms."""
    caught = (flags & one.during).any(axis=1)[one.ruptured].mean()
    calm = ~one.ruptured
    false = 100 * flags[calm].mean()
    true = (flags & one.during).sum() / max(flags.sum(), 1)
    return float(caught), float(false), float(true)


HEAD = f"""# What an alarm is worth

Every number on this page is written by `benchmarks/alarm_quality.py`; do not edit it by hand.

Simulated clinics, {CLIENTS:,} clients each: a scale from 0 to 40, mean {MEAN:g}, SD between clients
{BETWEEN:g}, true change from session to session with SD {WITHIN:g}, cut off at {TOP:g} as forms
are. One client in {round(1 / SHARE_RUPTURED)} has a rupture: from the third session on or later the
true score falls by `depth` points for {LASTS} sessions, then it comes back. The simulated clinic is
an illustration, no norm: a clinic with a lower mean has more false alarms below a cut-off.

Each cell: **sensitivity** (ruptures with an alarm while they last) · false alarms per 100 sessions
of clients without rupture · share of all alarms that belong to a rupture. `depth` is in score
points; the SEM is in the column after the reliability. The rule `unscored` has no error rate: it
says that a score is missing.

| sessions | depth | reliability | SEM | {" | ".join(RULES)} |
|---|---|---|---|{"---|" * len(RULES)}
"""

FOOT = """
How to read it:

- A fixed drop of one point finds nearly every rupture because it also speaks in about every fourth
  calm session: most of its alarms are measurement error. That is why each signal has a certainty.
- The cut-off depends on the level, not on change: it speaks about clients who always score low, and
  is silent about a fall that stays above it.
- The reliable drop is quiet, and misses ruptures that are small against the measurement error or
  that take more than one session.
- An open rupture is repeated at every session until it is repaired, so its alarms count more than
  once; against the best of six sessions, some falls are chance high points before.
- A more reliable form finds more ruptures, and more of the small true changes that are none: the
  reliable drop knows measurement error, not how much an alliance moves from session to session.
- Where ruptures are rare, most alarms of any rule are false. An alarm is a reason to ask.
"""


def page(seed: int) -> str:
    lines = []
    for n, depth, reliability in product(SESSIONS, DEPTHS, RELIABILITIES):
        rng = np.random.default_rng([seed, n, int(depth), round(100 * reliability)])
        one = clinic(n, depth, reliability, rng)
        found = alarms(one)
        cells = []
        for rule in RULES:
            caught, false, true = worth(one, found[rule])
            cells.append(f"**{caught:.2f}** · {false:.1f} · {true:.2f}")
        setting = f"{n} | {depth:g} | {reliability:g} | {one.sem:.2f}"
        lines.append(f"| {setting} | {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n" + FOOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20240501)
    parser.add_argument("--output", type=Path, help="page to write; default: standard output")
    options = parser.parse_args()
    text = page(options.seed)
    if options.output is None:
        print(text, end="")
    else:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
