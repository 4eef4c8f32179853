"""`alliance growth`: clients are the table, the model is for the eyes, the rest goes to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_runner import alliance

from alliance_measures import sessions

COLUMNS = ("--client", "client", "--session", "session", "--value", "total")


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    draw = np.random.default_rng(1)
    client = np.repeat(np.arange(24), 5)
    frame = pd.DataFrame({
        "client": [f"{c:03d}" for c in client],
        "session": np.tile(np.arange(1, 6), 24),
        "total": np.round(30 + draw.normal(0, 4, 24)[client] + draw.normal(0, 2, 120), 1),
        "who": client % 4,
    })  # fmt: skip
    frame["total"] += frame["session"] * np.round(draw.normal(0.4, 0.8, 24), 1)[client]
    path = tmp_path / "scores.csv"
    frame.to_csv(path, index=False)
    return path


def test_clients_are_the_table_and_the_model_is_for_the_eyes(scores, tmp_path):
    out = tmp_path / "clients.csv"
    said = alliance("growth", scores, *COLUMNS, "-o", out)
    assert said.code == 0, said.err
    assert "Fixed effect" in said.err
    table = pd.read_csv(out, dtype={"client": str})
    model = sessions.growth_model(pd.read_csv(scores, dtype={"client": str}))
    assert table["client"].tolist() == model.clients["client"].tolist()
    np.testing.assert_allclose(table["slope"], model.clients["slope"], rtol=1e-9)


def test_bands_and_therapists_are_files(scores, tmp_path):
    bands, therapists = tmp_path / "bands.csv", tmp_path / "therapists.csv"
    said = alliance(
        "growth", scores, *COLUMNS, "--bands", bands, "--therapist", "who",
        "--therapists", therapists, "-o", tmp_path / "c.csv",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert pd.read_csv(bands)["session"].tolist() == [1, 2, 3, 4, 5]
    assert len(pd.read_csv(therapists)) == 4
    assert "Shares of variance" in said.err


def test_wrong_use_and_data_that_do_not_do(scores, tmp_path):
    out = tmp_path / "c.csv"
    assert alliance("growth", scores, *COLUMNS, "--therapists", out).code != 0
    said = alliance("growth", scores, *COLUMNS, "-o", scores)
    assert said.code == 2
    flat = pd.read_csv(scores).assign(total=3)
    flat.to_csv(scores, index=False)
    said = alliance("growth", scores, *COLUMNS, "-o", out)
    assert said.code == 2
    assert "scores are equal" in said.err
    assert not out.exists()
