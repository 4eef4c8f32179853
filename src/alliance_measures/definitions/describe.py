"""An instrument in plain words: what `alliance show` prints and its page in the docs says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alliance_measures.definitions.citation import apa, bibtex
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Linear, Missing, Response, Scale

__all__ = ["Section", "describe", "key_table"]

STATUS = {
    "verified": "verified: the sources below print or run this key",
    "single-source": "single source: one source states this key; check it against your form",
    "unvalidated": "unvalidated: no study stands behind these scores",
}
TEXT = {
    "withheld": "the wording is not ours to ship; get it from its holder",
    "included": "the wording may be used and ships with the definition",
    "none-needed": "the items need no wording",
}


class Section(NamedTuple):
    """A heading and its lines."""

    title: str
    lines: list[str]


def describe(instrument: Instrument) -> list[Section]:
    """Everything a definition says, in sections.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    list of Section
        Empty sections are left out.

    Examples
    --------
    >>> from alliance_measures import load
    >>> [section.title for section in describe(load("wai-sr-client"))][:4]
    ['About', 'Answers', 'Scales', 'Incomplete forms']
    """
    sections = [
        Section("About", _about(instrument)),
        Section("Answers", [*_answers(instrument.response), *_own_answers(instrument)]),
        Section("Items", _wording(instrument)),
        Section("Scales", [_scale(instrument, name) for name in instrument.scales]),
        Section("Incomplete forms", _incomplete(instrument)),
        Section("Groups of forms", _group(instrument)),
        Section("Other codings", _codings(instrument)),
        Section("Key", [STATUS[instrument.key.status], *instrument.key.evidence]),
        Section("Traps", list(instrument.traps)),
        Section("Norms", _norms(instrument)),
        Section("Reliability", _reliability(instrument)),
        Section("Cut-offs", _cutoffs(instrument)),
        Section("Licence", _licence(instrument)),
        Section("Cite", [apa(instrument), bibtex(instrument)]),
    ]
    return [section for section in sections if section.lines]


def key_table(instrument: Instrument) -> list[tuple[str, str, str, str]]:
    """Rows (scale, items with a minus before reversed ones, method, range) of the scoring key.

    Examples
    --------
    >>> from alliance_measures import load
    >>> key_table(load("wai-36-client"))[0][1].split(", ")[:3]
    ['2', '4', '-7']
    """
    return [
        (name, _items(instrument, name), _method(scale), "{:g} to {:g}".format(*span))
        for name, scale in instrument.scales.items()
        for span in [instrument.score_range(name)]
    ]


def _about(instrument: Instrument) -> list[str]:
    lines = [instrument.purpose] if instrument.purpose else []
    lines.append(f"answered by the {instrument.rater}, about the {instrument.target}")
    lines.append(f"{len(instrument.items)} items; languages: {', '.join(instrument.languages)}")
    return lines


def _answers(response: Response) -> list[str]:
    lines = [response.describe()]
    for language in response.labels:
        pairs = "; ".join(f"{value:g} {label}" for value, label in response.label_pairs(language))
        lines.append(f"labels ({language}): {pairs}")
    for words, codes in (
        ("not applicable", response.not_applicable),
        ("answered but not scored", response.not_scored),
    ):
        if codes:
            lines.append(f"{words}: {', '.join(map(str, codes))}")
    return lines


def _own_answers(instrument: Instrument) -> list[str]:
    """Items with answers of their own, and what puts them on the metric of the others."""
    return [
        f"item {item.id}: {(item.response or instrument.response).describe()}"
        + (f", counted as answer{_transform(item.linear)}" if item.linear else "")
        for item in instrument.items
        if item.response or item.linear
    ]


def _group(instrument: Instrument) -> list[str]:
    rule = instrument.group
    if rule is None:
        return []
    return [f"a score of a group needs {rule.min_forms} complete forms [{rule.source}]"]


def _codings(instrument: Instrument) -> list[str]:
    """Ways to store the answers that am.recode turns into those of the definition."""
    own = instrument.own_coding
    first = [f"{own.name}: {own.title}, as here [{own.source}]"] if own else []
    others = instrument.codings.items()
    return [*first, *(f"{name}: {entry.title} [{entry.source}]" for name, entry in others)]


def _wording(instrument: Instrument) -> list[str]:
    """Give instructions and questions, where the licence includes them."""
    if instrument.licence.item_text != "included":  # wording may also come from an overlay
        return []
    lines = list(instrument.instructions.values())
    for item in instrument.items:
        mark = " (reversed)" if item.reverse else ""
        lines += [f"{item.id}. {text}{mark}" for text in item.text.values()]
    return lines


def _items(instrument: Instrument, name: str) -> str:
    reverse = instrument.reversed_items(name)
    return ", ".join(f"-{i}" if i in reverse else str(i) for i in instrument.scale_items(name))


def _method(scale: Scale) -> str:
    words = {"top": "1 if all answers are the highest, else 0"}.get(scale.method, scale.method)
    return words + (_transform(scale.linear) if scale.linear else "")


def _transform(linear: Linear) -> str:
    words = f" x {linear.multiply:g}" if linear.multiply != 1 else ""
    words += f" / {linear.divide:g}" if linear.divide != 1 else ""
    return words + (f" + {linear.add:g}" if linear.add else "")


def _scale(instrument: Instrument, name: str) -> str:
    scale = instrument.scales[name]
    low, high = instrument.score_range(name)
    constructs = f"; speaks to {', '.join(scale.constructs)}" if scale.constructs else ""
    weights = ", ".join(f"{item}: {weight:g}" for item, weight in scale.weights.items())
    return (
        f"{name}: {_method(scale)} of {_items(instrument, name)}"
        f"{f' (weights {weights})' if weights else ''}; "
        f"{low:g} to {high:g}, higher is {scale.higher_is}{constructs}"
    )


def _incomplete(instrument: Instrument) -> list[str]:
    lines = [f"all scales: {_rule(instrument.missing)}"]
    lines += [
        f"{name}: {_rule(scale.missing)}"
        for name, scale in instrument.scales.items()
        if scale.missing
    ]
    return lines


def _rule(rule: Missing) -> str:
    words = {
        "none": "a score needs every answer",
        "prorate": "the mean of the answered items stands for all",
        "person-mean": "a missing answer counts as the mean of the answered ones",
    }[rule.method]
    if rule.max_missing is not None and rule.method != "none":
        words += f", with at most {rule.max_missing} missing"
    if rule.min_answered_percent is not None:
        words += f", from {rule.min_answered_percent} % answered"
    if rule.not_applicable:
        words += f"; not applicable {rule.not_applicable.replace('-', ' ')}"
    if rule.max_not_applicable is not None:
        words += f", at most {rule.max_not_applicable}"
    if rule.form_max_missing is not None:
        words += f"; at most {rule.form_max_missing} missing on the whole form"
    return words + (f" ({rule.source})" if rule.source else "")


def _n(n: int | None) -> str:
    return f", n = {n}" if n else ""


def _norms(instrument: Instrument) -> list[str]:
    return [
        f"{norm.scale} ({norm.metric}): mean {norm.mean:g}"
        f"{f', SD {norm.sd:g}' if norm.sd else ''}{_n(norm.n)}; {norm.population} [{norm.source}]"
        f"{_note(norm.note)}"
        for norm in instrument.norms
    ]


def _reliability(instrument: Instrument) -> list[str]:
    return [
        f"{entry.scale}: {entry.kind} {entry.value:g}{_n(entry.n)}; {entry.population} "
        f"[{entry.source}]{_note(entry.note)}"
        for entry in instrument.reliability
    ]


def _cutoffs(instrument: Instrument) -> list[str]:
    return [
        f"{entry.scale} {entry.operator} {entry.value:g}: {entry.meaning} [{entry.source}]"
        f"{_note(entry.note)}"
        for entry in instrument.cutoffs
    ]


def _note(note: str | None) -> str:
    return f" ({note})" if note else ""


def _licence(instrument: Instrument) -> list[str]:
    licence = instrument.licence
    lines: Sequence[str | None] = (
        f"item text {licence.item_text}: {TEXT[licence.item_text]}",
        f"holder: {licence.holder}" if licence.holder else None,
        licence.note,
        licence.url,
    )
    return [line for line in lines if line]
