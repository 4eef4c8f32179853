"""Reliability, agreement and response quality of answers, as plain tables.

Every function takes a table (one row per answer sheet) and returns a table; none knows an
instrument, except :func:`reliability_of`, :func:`item_statistics_of` and :func:`factor_fit_of`,
which key the answers first.
Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_MODULES: dict[str, tuple[str, ...]] = {
    "agreement": ("intraclass_correlation",),
    "alpha": ("cronbach_alpha",),
    "bootstrap": ("bootstrap_interval",),
    "careless": (
        "careless_responding",
        "careless_summary",
        "irv_by_part",
        "mahalanobis_threshold",
    ),
    "confirmatory": ("confirmatory_fit", "confirmatory_loadings"),
    "factors": ("FactorSolution", "factor_loadings", "parallel_analysis"),
    "planning": ("generalizability", "sessions_needed"),
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
    "of_instrument": ("factor_fit_of", "item_statistics_of", "reliability_of"),
    "raters.gwet": ("gwet_ac",),
    "raters.kappa": ("cohen_kappa",),
    "raters.krippendorff": ("krippendorff_alpha",),
    "raters.limits": ("bland_altman",),
    "repetition": ("repeated_sheets",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "all_split_halves",
    "attenuate",
    "bland_altman",
    "bootstrap_interval",
    "careless_responding",
    "careless_summary",
    "cohen_kappa",
    "composite_reliability",
    "confirmatory_fit",
    "confirmatory_loadings",
    "correlation_interval",
    "cronbach_alpha",
    "disattenuate",
    "factor_fit_of",
    "factor_loadings",
    "FactorSolution",
    "generalizability",
    "guttman_lambdas",
    "gwet_ac",
    "intraclass_correlation",
    "irv_by_part",
    "item_moments",
    "item_statistics",
    "item_statistics_of",
    "ItemMoments",
    "krippendorff_alpha",
    "mahalanobis_threshold",
    "mcdonald_omega",
    "minimal_detectable_change",
    "multilevel_omega",
    "multilevel_reliability",
    "ordinal_alpha",
    "parallel_analysis",
    "polychoric_correlations",
    "reliability_of",
    "repeated_sheets",
    "sessions_needed",
    "spearman_brown",
    "spearman_brown_length",
    "split_half",
    "standard_error_of_measurement",
    "variance_components",
]

if TYPE_CHECKING:
    from alliance_measures.psychometrics.agreement import (
        intraclass_correlation,
    )
    from alliance_measures.psychometrics.alpha import (
        cronbach_alpha,
    )
    from alliance_measures.psychometrics.bootstrap import (
        bootstrap_interval,
    )
    from alliance_measures.psychometrics.careless import (
        careless_responding,
        careless_summary,
        irv_by_part,
        mahalanobis_threshold,
    )
    from alliance_measures.psychometrics.confirmatory import (
        confirmatory_fit,
        confirmatory_loadings,
    )
    from alliance_measures.psychometrics.factors import (
        FactorSolution,
        factor_loadings,
        parallel_analysis,
    )
    from alliance_measures.psychometrics.guttman import (
        all_split_halves,
        guttman_lambdas,
        split_half,
    )
    from alliance_measures.psychometrics.items import (
        item_statistics,
    )
    from alliance_measures.psychometrics.moments import (
        ItemMoments,
        item_moments,
    )
    from alliance_measures.psychometrics.multilevel import (
        multilevel_omega,
        multilevel_reliability,
        variance_components,
    )
    from alliance_measures.psychometrics.of_instrument import (
        factor_fit_of,
        item_statistics_of,
        reliability_of,
    )
    from alliance_measures.psychometrics.omega import (
        composite_reliability,
        mcdonald_omega,
    )
    from alliance_measures.psychometrics.ordinal import (
        ordinal_alpha,
        polychoric_correlations,
    )
    from alliance_measures.psychometrics.planning import (
        generalizability,
        sessions_needed,
    )
    from alliance_measures.psychometrics.precision import (
        attenuate,
        correlation_interval,
        disattenuate,
        minimal_detectable_change,
        spearman_brown,
        spearman_brown_length,
        standard_error_of_measurement,
    )
    from alliance_measures.psychometrics.raters.gwet import (
        gwet_ac,
    )
    from alliance_measures.psychometrics.raters.kappa import (
        cohen_kappa,
    )
    from alliance_measures.psychometrics.raters.krippendorff import (
        krippendorff_alpha,
    )
    from alliance_measures.psychometrics.raters.limits import (
        bland_altman,
    )
    from alliance_measures.psychometrics.repetition import (
        repeated_sheets,
    )


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'alliance_measures.psychometrics' has no attribute {name!r}")
    module = importlib.import_module(f"alliance_measures.psychometrics.{_HOME[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
