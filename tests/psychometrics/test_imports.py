"""The room is light: no scipy.stats, and nothing of an instrument until one is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"

SCRIPT = """
import sys
import alliance_measures.psychometrics as pm
assert not {"scipy", "pandas"} & set(sys.modules), "the room itself loads nothing"
import numpy as np
rng = np.random.default_rng(1)
answers = rng.normal(size=(60, 1)) + rng.normal(size=(60, 6))
pm.cronbach_alpha(answers), pm.mcdonald_omega(answers, n_factors=1, estimator="ml")
pm.intraclass_correlation(answers), pm.careless_responding(answers)
pm.ordinal_alpha(answers.round())
pm.confirmatory_fit(answers), pm.bootstrap_interval(answers, n_resamples=100)
assert "alliance_measures.scoring" not in sys.modules
assert "scipy.stats" not in sys.modules
"""


def test_no_scipy_stats() -> None:
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
