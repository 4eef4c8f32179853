"""The command line on instruments whose key is not available."""

from __future__ import annotations

from cli_runner import alliance

import alliance_measures as am


def test_the_list_ends_with_how_many_wait_for_a_key() -> None:
    run = alliance("instruments")
    assert run.code == 0
    assert f"{len(am.key_needed())} more wait for a key (--key-needed)" in run.err


def test_those_that_wait_are_listed_with_what_is_missing() -> None:
    run = alliance("instruments", "--key-needed", "--plain")
    lines = run.out.splitlines()
    assert lines[0].split("\t") == [
        "id", "title", "rater", "target", "items", "scales", "missing", "ask",
    ]  # fmt: skip
    assert len(lines) == 1 + len(am.key_needed())
    assert "calpas-p" in alliance("instruments", "--key-needed").out


def test_show_says_whom_to_ask() -> None:
    run = alliance("show", "calpas-p")
    assert run.code == 2
    assert "Gaston and Marmar" in run.err
    assert "calpas-p.yaml" in run.err
