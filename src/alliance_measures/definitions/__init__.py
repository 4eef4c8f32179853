"""Instrument definitions: models, strict reader, catalogue."""
