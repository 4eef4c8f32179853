"""Reliability, agreement and response quality of answers, as plain tables.

Every function takes a table (one row per answer sheet) and returns a table; none knows an
instrument, except :func:`reliability_of` and :func:`factor_fit_of`, which key the answers first.
Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_MODULES: dict[str, tuple[str, ...]] = {
    "agreement": ("intraclass_correlation",),
    "alpha": ("cronbach_alpha",),
    "bootstrap": ("bootstrap_interval",),
    "careless": ("careless_responding", "careless_summary", "irv_by_part"),
    "confirmatory": ("confirmatory_fit", "confirmatory_loadings"),
    "factors": ("factor_loadings", "parallel_analysis"),
    "generalizability": ("generalizability", "sessions_needed"),
    "guttman": ("all_split_halves", "guttman_lambdas", "split_half"),
    "items": ("item_statistics",),
    "moments": ("ItemMoments", "item_moments"),
    "multilevel": ("multilevel_omega", "multilevel_reliability", "variance_components"),
    "omega": ("composite_reliability", "mcdonald_omega"),
    "ordinal": ("ordinal_alpha", "polychoric_correlations"),
    "precision": (
        "attenuate",
        "correlation_interval",
        "disattenuate",
        "minimal_detectable_change",
        "spearman_brown",
        "spearman_brown_length",
        "standard_error_of_measurement",
    ),
    "reliability_of": ("factor_fit_of", "reliability_of"),
    "repetition": ("repeated_sheets",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}
