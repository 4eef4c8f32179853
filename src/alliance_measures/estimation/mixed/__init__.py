"""Linear mixed models with random intercept and slope by (restricted) maximum likelihood."""

from __future__ import annotations

from alliance_measures.estimation.mixed.fit import MixedFit, fit_mixed, fit_sums
from alliance_measures.estimation.mixed.merge import merge_sums
from alliance_measures.estimation.mixed.sums import GroupSums, group_sums

__all__ = ["GroupSums", "MixedFit", "fit_mixed", "fit_sums", "group_sums", "merge_sums"]
