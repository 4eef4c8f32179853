"""Score therapeutic-alliance questionnaires and compute what their scores mean.

Everything public is reached from here and loaded on first use, so that
``import alliance_measures`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name -> module that defines it; rooms stand for themselves
_NAMES: dict[str, str] = {
    "Instrument": "alliance_measures.definitions.instrument",
    "instruments": "alliance_measures.definitions.overview",
    "key_needed": "alliance_measures.definitions.catalogue",
    "load": "alliance_measures.definitions.catalogue",
    "crosswalks": "alliance_measures.definitions.catalogue",
    "with_texts": "alliance_measures.definitions.overlay",
    "score": "alliance_measures.scoring.score",
    "scoring_summary": "alliance_measures.scoring.summary",
    "to_sheets": "alliance_measures.scoring.sheets",
    "check": "alliance_measures.scoring.check",
    "compare_labels": "alliance_measures.scoring.evidence_told",
    "standardize": "alliance_measures.scoring.standardize",
    "interpret": "alliance_measures.scoring.interpret",
    "construct_profile": "alliance_measures.scoring.standardize",
    "audit_scores": "alliance_measures.scoring.audit",
    "read_export": "alliance_measures.exchange.reading",
    "recode": "alliance_measures.scoring.recode",
    "rescale_lines": "alliance_measures.scoring.recode",
    "shorten": "alliance_measures.scoring.crosswalk",
    "short_form": "alliance_measures.scoring.crosswalk",
    "group_scores": "alliance_measures.scoring.groups",
    "goal_attainment": "alliance_measures.scoring.goals",
    "goal_changes": "alliance_measures.scoring.goals",
    "goal_progress": "alliance_measures.scoring.goals",
    "personal_scores": "alliance_measures.scoring.goals",
    "AllianceError": "alliance_measures.errors",
    "ArgumentError": "alliance_measures.errors",
    "AnswersWarning": "alliance_measures.errors",
    "ColumnError": "alliance_measures.errors",
    "DataWarning": "alliance_measures.errors",
    "DefinitionError": "alliance_measures.errors",
    "ExportError": "alliance_measures.errors",
    "ResponseError": "alliance_measures.errors",
    "StatisticError": "alliance_measures.errors",
    "StatisticWarning": "alliance_measures.errors",
    "UnknownInstrumentError": "alliance_measures.errors",
    "UnknownNameError": "alliance_measures.errors",
}
_ROOMS = ("change", "exchange", "psychometrics", "sessions")

__all__ = [
    "__version__",
    "AllianceError",
    "ArgumentError",
    "AnswersWarning",
    "audit_scores",
    "change",
    "check",
    "ColumnError",
    "compare_labels",
    "construct_profile",
    "crosswalks",
    "DataWarning",
    "DefinitionError",
    "exchange",
    "ExportError",
    "goal_attainment",
    "goal_changes",
    "goal_progress",
    "group_scores",
    "Instrument",
    "instruments",
    "interpret",
    "key_needed",
    "load",
    "personal_scores",
    "psychometrics",
    "read_export",
    "recode",
    "rescale_lines",
    "ResponseError",
    "score",
    "scoring_summary",
    "sessions",
    "short_form",
    "shorten",
    "standardize",
    "StatisticError",
    "StatisticWarning",
    "UnknownInstrumentError",
    "to_sheets",
    "UnknownNameError",
    "with_texts",
]

if TYPE_CHECKING:
    from alliance_measures import change, exchange, psychometrics, sessions
    from alliance_measures.definitions.catalogue import crosswalks, key_needed, load
    from alliance_measures.definitions.instrument import Instrument
    from alliance_measures.definitions.overlay import with_texts
    from alliance_measures.definitions.overview import instruments
    from alliance_measures.errors import (
        AllianceError,
        AnswersWarning,
        ArgumentError,
        ColumnError,
        DataWarning,
        DefinitionError,
        ExportError,
        ResponseError,
        StatisticError,
        StatisticWarning,
        UnknownInstrumentError,
        UnknownNameError,
    )
    from alliance_measures.exchange.reading import read_export
    from alliance_measures.scoring.audit import audit_scores
    from alliance_measures.scoring.check import check
    from alliance_measures.scoring.crosswalk import short_form, shorten
    from alliance_measures.scoring.evidence_told import compare_labels
    from alliance_measures.scoring.goals import (
        goal_attainment,
        goal_changes,
        goal_progress,
        personal_scores,
    )
    from alliance_measures.scoring.groups import group_scores
    from alliance_measures.scoring.interpret import interpret
    from alliance_measures.scoring.recode import recode, rescale_lines
    from alliance_measures.scoring.score import score
    from alliance_measures.scoring.sheets import to_sheets
    from alliance_measures.scoring.standardize import construct_profile, standardize
    from alliance_measures.scoring.summary import scoring_summary


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"alliance_measures.{name}")
    else:
        raise AttributeError(f"module 'alliance_measures' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
