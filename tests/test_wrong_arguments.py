"""Every parameter of every public function, given a wrong kind: only errors of the house."""

from __future__ import annotations

import pytest
from wrong_arguments import attempts, example_call, outcome, public_functions, takes_something

import alliance_measures as am
from alliance_measures.arguments import explained

# Files that an example would have to bring along first.
WITHOUT_EXAMPLE = {
    "exchange.from_fhir_questionnaire",
    "exchange.open_text",
    "exchange.read_key",
    "exchange.read_mapping",
    "exchange.write_table",
    "key_needed",
}


@pytest.mark.parametrize(
    "name", [n for n in public_functions() if takes_something(n) and n not in WITHOUT_EXAMPLE]
)
def test_wrong_kinds_of_arguments(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert example_call(name), "the docstring's example does not call the function"
    stumbles = {
        f"{parameter} = {what}": told
        for parameter, what, call in attempts(name)
        if (told := outcome(name, call))
    }
    assert stumbles == {}


def test_what_is_said():
    scores = am.sessions.trends
    table = __import__("pandas").DataFrame({"c": [1, 1], "s": [1, 2], "y": [1.0, 2.0]})
    with pytest.raises(am.StatisticError, match="confidence must be a number, not a text"):
        scores(table, client="c", session="s", value="y", confidence=".95")
    answers = __import__("pandas").DataFrame([[9.0] * 4], columns=list("1234"))
    with pytest.raises(TypeError, match="keep must be"):
        am.score(answers, "srs-v3", keep=0)


def test_a_stumble_of_ones_own_is_not_hidden():
    @explained
    def broken(number: float) -> float:
        return number / 0

    with pytest.raises(ZeroDivisionError):
        broken(1.0)


def test_no_value_is_repeated():
    @explained
    def doubled(number: float) -> float:
        return number * 2 + 0

    with pytest.raises(am.ArgumentError) as caught:
        doubled("Maria Muster")
    assert "Maria" not in str(caught.value)
    assert caught.value.__suppress_context__ or "Maria" not in str(caught.value.__context__)
