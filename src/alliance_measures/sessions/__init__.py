"""Alliance from session to session: trends, ruptures and repairs, sudden gains, charts, signals."""

from __future__ import annotations

from alliance_measures.sessions.around_gains import scores_around_gains
from alliance_measures.sessions.audit import audit
from alliance_measures.sessions.caseload import caseload
from alliance_measures.sessions.control_charts import control_chart
from alliance_measures.sessions.dyads.agreement import dyad_agreement
from alliance_measures.sessions.dyads.observer import compare_with_observer
from alliance_measures.sessions.dyads.surface import response_surface
from alliance_measures.sessions.dyads.truth import truth_and_bias
from alliance_measures.sessions.gain_rules import GainRule
from alliance_measures.sessions.gain_tables import (
    sudden_gain_cutoff,
    sudden_gain_intervals,
    sudden_gain_summary,
)
from alliance_measures.sessions.growth.model import GrowthModel, growth_model
from alliance_measures.sessions.growth.statistics import GrowthStatistics, growth_statistics
from alliance_measures.sessions.growth.therapists import TherapistEffects, therapist_effects
from alliance_measures.sessions.growth.within import lagged_effects, within_between
from alliance_measures.sessions.instability import instability
from alliance_measures.sessions.robust import theil_sen
from alliance_measures.sessions.rupture_agreement import compare_rupture_rules
from alliance_measures.sessions.rupture_rules import RUPTURE_PRESETS, RuptureRule
from alliance_measures.sessions.ruptures import ruptures
from alliance_measures.sessions.signal_files import default_signal_rules, load_signal_rules
from alliance_measures.sessions.signal_rules import SignalRule
from alliance_measures.sessions.signals import signal_plan, signals
from alliance_measures.sessions.slopes import slopes
from alliance_measures.sessions.sudden_gains import sudden_gains, sudden_losses
from alliance_measures.sessions.trends import trends

__all__ = [
    "GainRule",
    "GrowthModel",
    "GrowthStatistics",
    "RUPTURE_PRESETS",
    "RuptureRule",
    "SignalRule",
    "TherapistEffects",
    "audit",
    "caseload",
    "compare_rupture_rules",
    "compare_with_observer",
    "control_chart",
    "default_signal_rules",
    "dyad_agreement",
    "growth_model",
    "growth_statistics",
    "instability",
    "lagged_effects",
    "load_signal_rules",
    "response_surface",
    "ruptures",
    "scores_around_gains",
    "signal_plan",
    "signals",
    "slopes",
    "sudden_gain_cutoff",
    "sudden_gain_intervals",
    "sudden_gain_summary",
    "sudden_gains",
    "sudden_losses",
    "theil_sen",
    "therapist_effects",
    "trends",
    "truth_and_bias",
    "within_between",
]


def __dir__() -> list[str]:
    return sorted(__all__)
