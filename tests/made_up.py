"""Instruments made up for tests: nobody's questionnaires."""

from __future__ import annotations

from typing import Any

import alliance_measures as am
from alliance_measures.definitions.instrument import Instrument


def made_up(**changes: Any) -> am.Instrument:
    """A sound definition with these parts changed."""
    parts: dict[str, Any] = {
        "schema": 1,
        "id": "made-up",
        "title": "A made-up questionnaire",
        "rater": "client",
        "target": "relationship",
        "languages": ["en"],
        "source": {"citation": "Nobody (2020)."},
        "licence": {"item_text": "withheld"},
        "key": {"status": "unvalidated", "evidence": ["made up for a test"]},
        "response": {"min": 1, "max": 5},
        "items": 4,
        "scales": {"total": {"items": "all"}},
    }
    return Instrument.model_validate({**parts, **changes})


PRORATE = {"method": "prorate", "source": "made up"}
