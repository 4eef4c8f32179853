"""The sentence for the methods section, and the papers that it cites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from alliance_measures.arguments import explained
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


@explained
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
        `percentage_change` or `statistical_change`: its ``attrs`` say what was done, and the
        text names every setting and moment that they hold for the method.
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
        _cutoff(facts, cutoff_source, reliability_source),
        f"{'Higher' if facts['higher_is_better'] else 'Lower'} scores were better.",
        _sample(facts),
    ]
    keys = dict.fromkeys([*source.keys, *_further_keys(facts)])
    return MethodsText(
        " ".join(part for part in rest if part), "\n\n".join(BIBTEX[key] for key in keys)
    )


def _further_keys(facts: Mapping[Any, Any]) -> tuple[str, ...]:
    if facts["method"] == "statistical":
        return ("hageman1999",) if "test" in facts else ()
    return ("jacobson1991",) if "cutoff" in facts else ()


def _settings(facts: Mapping[Any, Any], reliability_source: str | None) -> str:
    if facts["method"] in _POINTS:
        return _threshold_settings(facts)
    if facts["method"] == "statistical":
        return ""
    return (
        f", with {_values(facts, reliability_source)}; change was reliable where |RCI| "
        f"{_test(facts)}"
    )


# names of the thresholds, the factor from the stored number to the printed one, its unit
_POINTS = {
    "anchor": ("mid_improvement", "mid_deterioration", 1, " points"),
    "percentage": ("improvement", "deterioration", 100, "%"),
}


def _threshold_settings(facts: Mapping[Any, Any]) -> str:
    better, worse, factor, unit = _POINTS[facts["method"]]
    words = ("from", " on") if facts["inclusive"] else ("beyond", "")
    gain, loss = f"{factor * facts[better]:g}{unit}", f"{factor * facts[worse]:g}{unit}"
    return (
        f": improved {words[0]} {gain} of improvement{words[1]}, "
        f"deteriorated {words[0]} {loss} of deterioration{words[1]}"
    )


_SYMBOLS = {
    "sd": ("s1", " at pre"),
    "mean": ("M1", " at pre"),
    "mean_post": ("M2", " at post"),
    "sd_post": ("s2", " at post"),
    "correlation": ("r12", ""),
}


def _values(facts: Mapping[Any, Any], reliability_source: str | None) -> str:
    """Reliability and moments, each with where it came from."""
    source = reliability_source or "[source of the reliability]"
    reliability = f"rxx = {facts['reliability']:g} ({source})"
    if facts["reliability_post"] is not None:
        reliability += f", rxx2 = {facts['reliability_post']:g} at post"
    origins: dict[str, list[str]] = {}
    for name, (symbol, occasion) in _SYMBOLS.items():
        if facts[name] is not None:
            given = name in facts["given"]
            origin = "given in advance" if given else f"from the sample{occasion}"
            origins.setdefault(origin, []).append(f"{symbol} = {facts[name]:.4g}")
    moments = [f"{', '.join(values)} ({origin})" for origin, values in origins.items()]
    if "reliability_of_differences" in facts:
        moments.append(f"Rdd = {facts['reliability_of_differences']:.4g}")
    return f"{', '.join([reliability, *moments[:-1]])} and {moments[-1]}"


def _test(facts: Mapping[Any, Any]) -> str:
    passed = "reached" if facts["inclusive"] else "exceeded"
    sides = "one" if facts["sides"] == 1 else "two"
    return (
        f"{passed} {facts['critical_value']:.4g} ({sides}-sided, {100 * facts['confidence']:g}% "
        "confidence)"
    )


_FUNCTIONAL_Z = "z = [M2 + (x2 - M2) * r2 - cut-off] / [sqrt(r2) * SEM]"


def _cutoff(
    facts: Mapping[Any, Any], cutoff_source: str | None, reliability_source: str | None
) -> str:
    if "cutoff" not in facts:
        return ""
    origin = cutoff_source or "[source of the cut-off]"
    border = (
        "The cut-off between the clinical and the functional range was "
        f"{facts['cutoff']:.4g} ({origin}); "
    )
    if facts["method"] == "statistical":
        return border + _crossing(facts, reliability_source)
    tested = ""
    if facts["method"] == "hageman-arrindell":
        tested = (
            f"a post score was functional where {_FUNCTIONAL_Z} passed the same value towards the "
            f"functional side, with r2 = {facts['reliability_of_post']:.4g}; "
        )
    return f"{border}{tested}categories combine both (Jacobson & Truax, 1991)."


def _crossing(facts: Mapping[Any, Any], reliability_source: str | None) -> str:
    """How the side of a post score was told, where nothing but crossing counts."""
    if "test" not in facts:
        return "a score exactly on it belonged to neither."
    return (
        f"the side of a post score was told by a test, {_FUNCTIONAL_Z}, {_SEM} (Hageman & "
        f"Arrindell, 1999), with {_values(facts, reliability_source)}, r2 = "
        f"{facts['reliability_of_post']:.4g}: it was functional or clinical where z towards that "
        f"side {_test(facts)}."
    )


def _sample(facts: Mapping[Any, Any]) -> str:
    n, used = facts["n_original"], facts["n_used"]
    whole = f"Of {n} client{'' if n == 1 else 's'}, {used} had both scores and "
    whole += f"{'was' if used == 1 else 'were'} used."
    undefined = facts.get("n_undefined", 0)
    if undefined:
        whole += (
            f" Without a pre score above 0 no percentage exists: {undefined} "
            f"{'counts' if undefined == 1 else 'count'} as unchanged."
        )
    return whole
