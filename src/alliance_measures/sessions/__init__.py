"""Alliance from session to session: trends, ruptures and repairs, sudden gains, charts, signals."""

from __future__ import annotations

from alliance_measures.sessions.instability import instability
from alliance_measures.sessions.robust import theil_sen
from alliance_measures.sessions.slopes import slopes
from alliance_measures.sessions.trends import trends

__all__ = ["instability", "slopes", "theil_sen", "trends"]
