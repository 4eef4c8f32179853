"""Alliance from session to session: trends, ruptures and repairs, sudden gains, charts, signals."""
