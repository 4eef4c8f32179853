"""Change between two occasions: reliable change, clinical significance, effect sizes."""

from __future__ import annotations

from alliance_measures.change.anchor_group import anchor_change_group
from alliance_measures.change.criteria import anchor_change, percentage_change
from alliance_measures.change.crossing import statistical_change
from alliance_measures.change.cutoff import clinical_cutoff
from alliance_measures.change.effect_groups import (
    effect_size_groups,
    effect_size_groups_from_moments,
)
from alliance_measures.change.effect_sizes import effect_size, effect_size_from_moments
from alliance_measures.change.methods_text import MethodsText, methods_text
from alliance_measures.change.moments import SampleMoments
from alliance_measures.change.pairs import CeilingWarning
from alliance_measures.change.population import population_change
from alliance_measures.change.pre_post import pre_post
from alliance_measures.change.reliable import reliable_change, unchanged_band
from alliance_measures.change.significance import clinical_significance
from alliance_measures.change.summary import summarize

__all__ = [
    "anchor_change",
    "anchor_change_group",
    "CeilingWarning",
    "clinical_cutoff",
    "clinical_significance",
    "effect_size",
    "effect_size_from_moments",
    "effect_size_groups",
    "effect_size_groups_from_moments",
    "methods_text",
    "MethodsText",
    "percentage_change",
    "population_change",
    "pre_post",
    "reliable_change",
    "SampleMoments",
    "statistical_change",
    "summarize",
    "unchanged_band",
]


def __dir__() -> list[str]:
    return sorted(__all__)
