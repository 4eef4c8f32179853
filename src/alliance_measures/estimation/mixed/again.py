"""The same rows under a simpler structure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alliance_measures.estimation.mixed.fit import MixedFit
from alliance_measures.estimation.mixed.search import Structure, search

__all__ = ["criterion_without_outer", "refit_criterion"]


def refit_criterion(fit: MixedFit, structure: Structure) -> float:
    """Criterion of the same rows and fixed effects under another structure."""
    sums = fit.sums
    if structure == "intercept":
        nothing = np.zeros_like(sums.zz[0])
        sums = replace(sums, zz=np.stack([sums.zz[0], nothing, nothing]))
    return _criterion(fit, search(sums, structure, reml=fit.reml).point.value)


def criterion_without_outer(fit: MixedFit) -> float:
    """Criterion of the same model without the outer groups' variance."""
    sums = replace(fit.sums, outer=None)
    return _criterion(fit, search(sums, fit.structure, reml=fit.reml).point.value)


def _criterion(fit: MixedFit, value: float) -> float:
    return value + fit.criterion - fit.point.value
