"""The sentence for the methods section, and the papers that it cites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from alliance_measures.change.references import BIBTEX
from alliance_measures.errors import StatisticError

__all__ = ["MethodsText", "methods_text"]


class MethodsText(NamedTuple):
    """Ready to paste: ``text`` for the paper, ``bibtex`` for its bibliography."""

    text: str
    bibtex: str

    def __str__(self) -> str:
        return self.text


class _Source(NamedTuple):
    label: str
    formula: str
    cited: str
    keys: tuple[str, ...]


_SEM = "SEM = s1 * sqrt(1 - rxx)"
_REGRESSED = "x2 - [M1 + rxx * (x1 - M1)]"

_SOURCES: dict[str, _Source] = {
    "jacobson-truax": _Source(
        "the reliable change index of Jacobson and Truax",
        f"RCI = (x2 - x1) / sqrt(2 * SEM^2), {_SEM}",
        "Jacobson & Truax, 1991",
        ("jacobson1991",),
    ),
    "gulliksen-lord-novick": _Source(
        "the reliable change index after Gulliksen, Lord and Novick",
        f"RCI = ({_REGRESSED}) / (s1 * sqrt(1 - rxx^2))",
        "Lord & Novick, 1968; Hsu, 1989",
        ("lord1968", "hsu1989"),
    ),
    "hsu-linn-lord": _Source(
        "the reliable change index after Hsu, Linn and Lord",
        "RCI = [(x2 - M2) - rxx * (x1 - M1)] / (s1 * sqrt(1 - rxx^2))",
        "Hsu, 1989",
        ("hsu1989",),
    ),
    "edwards-nunnally": _Source(
        "the Edwards-Nunnally reliable change index",
        f"RCI = ({_REGRESSED}) / SEM, {_SEM}",
        "Speer, 1992",
        ("speer1992",),
    ),
    "nunnally-kotsch": _Source(
        "the Nunnally-Kotsch reliable change index",
        f"RCI = ({_REGRESSED}) / sqrt(rxx^2 * s1^2 * (1 - rxx) + s1^2 * (1 - rxx2))",
        "Nunnally & Kotsch, 1983",
        ("nunnally1983",),
    ),
    "hageman-arrindell": _Source(
        "the reliable change index of Hageman and Arrindell",
        "RCI = [(x2 - x1) * Rdd + (M2 - M1) * (1 - Rdd)] / [sqrt(Rdd) * sqrt(2 * SEM^2)], "
        f"{_SEM}, Rdd the reliability of the difference scores",
        "Hageman & Arrindell, 1999",
        ("hageman1999",),
    ),
    "anchor": _Source(
        "a minimal important difference", "", "Jaeschke et al., 1989", ("jaeschke1989",)
    ),
    "percentage": _Source("the percentage of change from the pre score", "", "", ()),
    "statistical": _Source(
        "crossing the clinical cut-off", "", "Jacobson et al., 1984", ("jacobson1984",)
    ),
}


def methods_text(
    result: pd.DataFrame,
    *,
    measure: str = "the scale",
    reliability_source: str | None = None,
    cutoff_source: str | None = None,
) -> MethodsText:
    """Write the sentences for a paper: method, formula, reliability, cut-off and n.

    Parameters
    ----------
    result : DataFrame
        Unchanged result of `reliable_change`, `clinical_significance`, `anchor_change`,
        `percentage_change` or `statistical_change`: its ``attrs`` say what was done.
    measure : str
        What the paper calls the scale.
    reliability_source : str, optional
        Where the reliability came from, as it shall stand in the paper.
    cutoff_source : str, optional
        Where the cut-off came from.

    Returns
    -------
    MethodsText
        text and bibtex. A source that was not given is marked "[source of ...]" in the text.

    Raises
    ------
    StatisticError
        If the frame does not say how it was made (its ``attrs`` are lost).

    Examples
    --------
    >>> from alliance_measures.change import reliable_change
    >>> result = reliable_change([30, 31, 35], [44, 38, 30], reliability=0.9, sd=6.0)
    >>> print(methods_text(result, measure="the WAI-SR", reliability_source="Author, 2020"))
    Individual change on the WAI-SR was classified by the reliable change index of Jacobson and
    Truax, RCI = (x2 - x1) / sqrt(2 * SEM^2), SEM = s1 * sqrt(1 - rxx) (Jacobson & Truax, 1991),
    with rxx = 0.9 (Author, 2020) and s1 = 6 (given in advance); change was reliable where |RCI|
    exceeded 1.96 (two-sided, 95% confidence). Higher scores were better. Of 3 clients, 3 had
    both scores and were used.
    """
    facts = result.attrs
    if facts.get("method") not in _SOURCES:
        raise StatisticError(
            "the result does not say how it was made; pass the frame as its function returned it"
        )
    source = _SOURCES[facts["method"]]
    opening = f"Individual change on {measure} was classified by {source.label}"
    formula = f", {source.formula}" if source.formula else ""
    cited = f" ({source.cited})" if source.cited else ""
    rest = [
        f"{opening}{formula}{cited}{_settings(facts, reliability_source)}.",
        _cutoff(facts, cutoff_source),
        f"{'Higher' if facts['higher_is_better'] else 'Lower'} scores were better.",
        _sample(facts),
    ]
    keys = dict.fromkeys(source.keys + (("jacobson1991",) if "cutoff" in facts else ()))
    return MethodsText(
        " ".join(part for part in rest if part), "\n\n".join(BIBTEX[key] for key in keys)
    )


def _settings(facts: Mapping[Any, Any], reliability_source: str | None) -> str:
    if "critical_value" in facts:
        return _index_settings(facts, reliability_source)
    if facts["method"] == "anchor":
        return (
            f": improved from {facts['mid_improvement']:g} points of improvement on, "
            f"deteriorated from {facts['mid_deterioration']:g} points of deterioration on"
        )
    if facts["method"] == "percentage":
        return (
            f": improved from {100 * facts['improvement']:g}% of improvement on, deteriorated "
            f"from {100 * facts['deterioration']:g}% of deterioration on"
        )
    return ""


def _index_settings(facts: Mapping[Any, Any], reliability_source: str | None) -> str:
    source = reliability_source or "[source of the reliability]"
    used = facts["method"] == "nunnally-kotsch"
    at_post = f", rxx2 = {facts['reliability_post']:g} at post" if used else ""
    origin = "given in advance" if facts["sd_given"] else "from the sample at pre"
    one = facts["sides"] == 1
    passed = "reached" if facts["inclusive"] else "exceeded"
    return (
        f", with rxx = {facts['reliability']:g} ({source}){at_post} and s1 = {facts['sd']:.4g} "
        f"({origin}); change was reliable where |RCI| {passed} {facts['critical_value']:.3g} "
        f"({'one' if one else 'two'}-sided, {100 * facts['confidence']:g}% confidence)"
    )


def _cutoff(facts: Mapping[Any, Any], cutoff_source: str | None) -> str:
    if "cutoff" not in facts:
        return ""
    origin = cutoff_source or "[source of the cut-off]"
    tested = ""
    if facts["method"] == "hageman-arrindell":
        tested = "a post score was functional where its test against it passed the same value; "
    return (
        "The cut-off between the clinical and the functional range was "
        f"{facts['cutoff']:.4g} ({origin}); {tested}categories combine both (Jacobson & Truax, "
        "1991)."
    )


def _sample(facts: Mapping[Any, Any]) -> str:
    return f"Of {facts['n_original']} clients, {facts['n_used']} had both scores and were used."
