"""Files damaged at random, and the ones that a long run found to matter."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from exports_damaged import damaged, seeds, survives
from hypothesis import HealthCheck, given, settings

from alliance_measures import ExportError, read_export

FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(damaged())
def test_any_file_is_read_or_refused(given: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(Path(folder), *given)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_the_sound_files_are_read(name: str, tmp_path: Path) -> None:
    survives(tmp_path, name, seeds()[name])


def test_parquet_with_text_that_is_no_utf_8(tmp_path: Path) -> None:
    raw = seeds()["t.parquet"].replace(b"CANARY", b"\xf3\xf3NARY")
    survives(tmp_path, "t.parquet", raw)
    (tmp_path / "t.parquet").write_bytes(raw)
    with pytest.raises(ExportError, match="cannot be read as Parquet"):
        read_export(tmp_path / "t.parquet")
