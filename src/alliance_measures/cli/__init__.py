"""The command line ``alliance``: every verb is a thin layer over a public function."""

from __future__ import annotations

from alliance_measures.cli.app import main

__all__ = ["main"]
