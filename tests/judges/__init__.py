"""Slow and exact routes to every public statistic, for degenerate tables."""
