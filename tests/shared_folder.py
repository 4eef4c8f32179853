"""Where the reference data lie: a folder `shared` beside the project, never a copy inside it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the reference data are not here: no folder ../shared"
)


def shared_files(pattern: str) -> list[Path]:
    """Files below the shared folder, sorted; empty where the folder is absent."""
    return sorted(SHARED.glob(pattern)) if SHARED.is_dir() else []
