"""Reliability, agreement and response quality."""
