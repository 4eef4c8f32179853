"""The examples of the guides run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"


def blocks(guide: str, language: str) -> list[str]:
    text = (DOCS / guide).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def run(guide: str) -> dict[str, Any]:
    """Run the Python of a guide from top to bottom, in one session."""
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks(guide, "python")):
        exec(compile(block, f"{guide}, example {number}", "exec"), names)
    return names


@pytest.fixture
def rules_of_the_guide(tmp_path, monkeypatch):
    """A folder that holds the file of rules that the guide prints."""
    (rules,) = blocks("sessions.md", "yaml")
    (tmp_path / "our_rules.yaml").write_text(rules, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("rules_of_the_guide")
def test_sessions():
    made = run("sessions.md")
    assert made["worse"]["client"].to_list() == ["B"]
    assert made["worse"]["shape"].to_list() == ["inverted-u"]  # as the guide says of client B
    assert made["dips"]["client"].to_list() == ["A", "B"]
    assert made["agreement"]["n_clients"].to_list() == [2]
    assert {"srs-below-36", "srs-drop-1"} <= set(made["today"]["rule"])
    assert set(made["wai"]["rule"]) == {"reliable-drop", "rupture-open", "unscored"}
    silent = made["plan"].set_index("rule")["why_not"]
    assert "give `sem`" in silent["reliable-drop"]
    assert made["low"][["client", "session"]].to_numpy().tolist() == [["B", 7]]


def test_goals():
    made = run("goals.md")
    assert {"goals", "ratings"} <= made.keys()
