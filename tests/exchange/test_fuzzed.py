"""Files damaged at random, and the ones that a long run found to matter."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from exports_damaged import damaged, seeds, survives
from hypothesis import HealthCheck, given, settings

FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(damaged())
def test_any_file_is_read_or_refused(given: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(Path(folder), *given)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_the_sound_files_are_read(name: str, tmp_path: Path) -> None:
    survives(tmp_path, name, seeds()[name])
