"""Cross-checks of a definition: everything that fits by itself and not with the rest.

Each check takes the parts that could be read and yields problems. A part that could not be read
is absent; checks that need it are skipped, so that one mistake is not reported twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.parts import Item, Missing, Recode, Response, Scale
from alliance_measures.definitions.ranges import metric_range, one_range
from alliance_measures.definitions.words import as_number, fold
from alliance_measures.frames import near_misses
from alliance_measures.yaml_text import Place, Problem

__all__ = ["cross_check"]

Parts = Mapping[str, Any]


def cross_check(parts: Parts) -> list[Problem]:
    """Run every check whose parts are there.

    Parameters
    ----------
    parts : mapping
        Field name of the Instrument -> validated value; absent where it could not be read.

    Returns
    -------
    list of Problem
        Empty for a sound definition.
    """
    problems: list[Problem] = []
    for needed, check in CHECKS:
        if all(name in parts for name in needed):
            problems += check(parts)
    return problems


def _responses(parts: Parts) -> Iterator[tuple[Place, Response]]:
    if "response" in parts:
        yield ("response",), parts["response"]
    for index, item in enumerate(parts.get("items", ())):
        if item.response is not None:
            yield ("items", index, "response"), item.response


def check_responses(parts: Parts) -> Iterator[Problem]:
    """Answers: a range or values, rising, with labels and codes that fit."""
    for path, response in _responses(parts):
        problem = _response_shape(response)
        if problem:
            yield Problem((*path, problem[0]), problem[1])
            continue
        yield from _labels(path, response)
        yield from _codes(path, response)


def _response_shape(response: Response) -> tuple[str, str] | None:
    span = response.min is not None or response.max is not None
    if response.values and span:
        return "values", "give either values or min and max, not both"
    if response.values:
        if len(set(response.values)) < 2 or len(set(response.values)) < len(response.values):
            return "values", "must be at least two different numbers, each once"
        return None
    if response.min is None or response.max is None:
        return "min", "give min and max, or a list of values"
    if response.min >= response.max:
        return "min", f"{response.min:g} is not below max {response.max:g}"
    if response.step != "any":
        steps = (response.max - response.min) / response.step
        if abs(steps - round(steps)) > 1e-9:
            return "step", "does not divide the range from min to max"
        if steps > 10_000:
            return "step", "gives more than 10,000 answers; write step: any for a line"
    return None


def _labels(path: Place, response: Response) -> Iterator[Problem]:
    allowed = response.values or response.allowed
    for language, labels in response.labels.items():
        where = (*path, "labels", language)
        if isinstance(labels, FrozenMap):
            for value in labels:
                if not _is_answer(value, response):
                    yield Problem((*where, value), f"no such answer; {response.describe()}")
        elif allowed is None:
            yield Problem(where, "a line has no list of labels; write value: label pairs")
        elif len(labels) != len(allowed):
            yield Problem(where, f"{len(labels)} labels for {len(allowed)} answers; one for each")
    yield from _label_words(path, response)


def _label_words(path: Place, response: Response) -> Iterator[Problem]:
    """One label means one answer, also where labels and digits stand side by side."""
    meaning: dict[str, float] = {}
    for language in response.labels:
        where = (*path, "labels", language)
        for value, label in response.label_pairs(language):
            word = fold(label)
            number = as_number(word)
            if meaning.setdefault(word, value) != value:
                yield Problem(where, "one label stands for two answers; each has its own")
            if number not in (None, value):
                what = f"the label of answer {value:g} reads as the number {number:g}"
                yield Problem(where, f"{what}; leave out labels that are numbers")


def _is_answer(value: float, response: Response) -> bool:
    allowed = response.allowed
    if allowed is None:
        return response.low <= value <= response.high
    return any(abs(value - answer) < 1e-9 for answer in allowed)


def _codes(path: Place, response: Response) -> Iterator[Problem]:
    words = {fold(label) for _, label in response.label_pairs()}
    seen: set[object] = set()
    for name in ("not_applicable", "not_scored"):
        for index, code in enumerate(getattr(response, name)):
            where = (*path, name, index)
            word = fold(str(code))
            number = as_number(word)
            if word in words or (number is not None and _is_answer(number, response)):
                yield Problem(
                    where, f"is also an answer; codes must lie outside: {response.describe()}"
                )
            if (word if number is None else number) in seen:
                yield Problem(where, "stands twice; each code has one meaning")
            seen.add(word if number is None else number)


def check_items(parts: Parts) -> Iterator[Problem]:
    """Item ids and names occur once."""
    items: tuple[Item, ...] = parts["items"]
    folded = Counter(str(item.id).casefold() for item in items)
    names = Counter(item.name.casefold() for item in items if item.name)
    for index, item in enumerate(items):
        if folded[str(item.id).casefold()] > 1:
            yield Problem(("items", index, "id"), f"item {item.id!r} stands twice; ids must differ")
        if item.name and (names[item.name.casefold()] > 1 or item.name.casefold() in folded):
            yield Problem(("items", index, "name"), "stands twice; names and ids must differ")


def check_text(parts: Parts) -> Iterator[Problem]:
    """Item wording stands in a file only where its licence says so."""
    items: tuple[Item, ...] = parts["items"]
    with_text = [index for index, item in enumerate(items) if item.text]
    licence = parts["licence"].item_text
    if licence != "included":
        for index in with_text:
            yield Problem(
                ("items", index, "text"),
                f"wording where licence.item_text is {licence}; leave it out, or state the licence",
            )
    elif len(with_text) < len(items):
        bare = next(index for index, item in enumerate(items) if not item.text)
        yield Problem(
            ("items", bare), "has no text, while licence.item_text is included: give every text"
        )
    for index in with_text:
        for language in items[index].text:
            if language not in parts.get("languages", (language,)):
                yield Problem(
                    ("items", index, "text", language), "language is not listed under languages"
                )


def _known(parts: Parts) -> tuple[int | str, ...]:
    return tuple(item.id for item in parts["items"])


def _unknown_item(name: int | str, known: Iterable[int | str]) -> str:
    near = near_misses(name, known) if isinstance(name, str) else []
    hint = f"did you mean {near[0]}?" if near else _span(tuple(known))
    return f"no item {name!r}; {hint}"


def _span(known: tuple[int | str, ...]) -> str:
    if known == tuple(range(1, len(known) + 1)):
        return f"items run from 1 to {len(known)}"
    shown = ", ".join(map(str, known[:8]))
    return f"items are {shown}{', ...' if len(known) > 8 else ''}"


def check_scales(parts: Parts) -> Iterator[Problem]:
    """Scales name items that exist, once each, and their settings fit the method."""
    known = _known(parts)
    scales: Mapping[str, Scale] = parts["scales"]
    for name, scale in scales.items():
        path = ("scales", name)
        members = known if scale.items == "all" else scale.items
        for key in ("items", "reverse"):
            listed = getattr(scale, key)
            if listed is None or listed == "all":
                continue
            yield from _item_list(path, key, listed, known if key == "items" else members)
        for item in scale.weights:
            if item not in members:
                yield Problem((*path, "weights", item), "weight for an item outside the scale")
        yield from _method(path, scale, members)
    yield from _reverse_serves(parts, known)


def _item_list(
    path: Place, key: str, listed: Iterable[int | str], known: Iterable[int | str]
) -> Iterator[Problem]:
    seen: set[int | str] = set()
    for index, item in enumerate(listed):
        if item not in known:
            outside = f"item {item!r} is not in the scale; reverse only items it holds"
            what = _unknown_item(item, known) if key == "items" else outside
            yield Problem((*path, key, index), what)
        elif item in seen:
            yield Problem((*path, key, index), f"item {item!r} stands twice; each item once")
        seen.add(item)


def _method(path: Place, scale: Scale, members: Iterable[int | str]) -> Iterator[Problem]:
    weighted = scale.method.startswith("weighted")
    if weighted and not set(scale.weights) >= set(members):
        yield Problem((*path, "weights"), f"method {scale.method} needs a weight for every item")
    if scale.weights and not weighted:
        yield Problem(
            (*path, "weights"),
            f"weights with method {scale.method}; use weighted-sum or weighted-mean",
        )
    if scale.method == "top" and scale.linear:
        yield Problem((*path, "linear"), "method top is 0 or 1 and takes no linear transform")


def _reverse_serves(parts: Parts, known: tuple[int | str, ...]) -> Iterator[Problem]:
    if "broken_scales" in parts:
        return
    scales: Mapping[str, Scale] = parts["scales"]
    used = {
        item
        for scale in scales.values()
        for item in (known if scale.items == "all" else scale.items)
    }
    for index, item in enumerate(parts["items"]):
        if item.reverse and item.id not in used:
            yield Problem(
                ("items", index, "reverse"), f"item {item.id!r} is reversed but in no scale"
            )


def check_missing(parts: Parts) -> Iterator[Problem]:
    """Missing rules are complete, possible, and say what not-applicable does."""
    rules: list[tuple[Place, Missing, int]] = [
        (("missing",), parts["missing"], len(parts["items"]))
    ]
    for name, scale in parts["scales"].items():
        if scale.missing is not None:
            size = len(parts["items"]) if scale.items == "all" else len(scale.items)
            rules.append((("scales", name, "missing"), scale.missing, size))
    has_codes = any(response.not_applicable for _, response in _responses(parts))
    for path, rule, size in rules:
        yield from _missing_rule(path, rule, size)
        if has_codes and rule.not_applicable is None:
            yield Problem(
                (*path, "not_applicable"),
                "is needed, since the response has not-applicable codes: "
                "counts-as-missing or leaves-denominator",
            )
    for name, scale in parts["scales"].items():
        rule = scale.missing or parts["missing"]
        if rule.method == "person-mean" and scale.weights:
            yield Problem(("scales", name), "person-mean with weights is ambiguous; use prorate")
        fills = rule.method != "none" or rule.not_applicable == "leaves-denominator"
        if fills and _ranges_known(parts):
            yield from _fillable(name, scale, parts)


def _fillable(name: str, scale: Scale, parts: Parts) -> Iterator[Problem]:
    """Only answers on one scale of numbers can stand for each other."""
    if scale.method != "top" and not one_range(scale, parts["items"], parts["response"]):
        what = "its items have different ranges, so answers cannot stand for missing ones"
        yield Problem(("scales", name), f"{what}; give this scale missing: {{method: none}}")


def _missing_rule(path: Place, rule: Missing, size: int) -> Iterator[Problem]:
    limits = [
        name for name in ("max_missing", "min_answered_percent") if getattr(rule, name) is not None
    ]
    if rule.method == "none":
        if rule.max_missing or rule.min_answered_percent not in (None, 100):
            yield Problem(
                (*path, "method"), "none allows no missing answer; use prorate or person-mean"
            )
    elif len(limits) != 1:
        yield Problem(
            (*path, "method"), f"{rule.method} needs either max_missing or min_answered_percent"
        )
    if rule.max_missing is not None and rule.max_missing >= size:
        yield Problem((*path, "max_missing"), f"must leave an answer: below {size}")
    if rule.max_not_applicable is not None and rule.not_applicable != "leaves-denominator":
        yield Problem((*path, "max_not_applicable"), "only with not_applicable: leaves-denominator")
    if (rule.method != "none" or rule.form_max_missing is not None) and not rule.source:
        yield Problem((*path, "source"), "a missing rule needs its source")


def check_codings(parts: Parts) -> Iterator[Problem]:
    """Codings name items once, and turn different values into all answers of the item."""
    known = _known(parts)
    own = parts.get("own_coding")
    for name, coding in parts.get("codings", {}).items():
        if own is not None and own.name == name:
            yield Problem(("own_coding", "name"), "is also the name of one of the codings")
        if bool(coding.recode) == (coding.linear is not None):
            yield Problem(("codings", name), "needs recode or linear: one of the two")
        if coding.linear is not None and not any(
            _answers_to(parts, item).allowed is None for item in known
        ):
            yield Problem(("codings", name, "linear"), "no item is a line (step: any)")
        seen: list[int | str] = []
        for index, recode in enumerate(coding.recode):
            path = ("codings", name, "recode", index)
            listed = known if recode.items == "all" else recode.items
            for item in listed:
                if item not in known:
                    yield Problem((*path, "items"), _unknown_item(item, known))
                elif item in seen:
                    yield Problem((*path, "items"), f"item {item!r} stands twice; each item once")
                else:
                    yield from _recoded(path, recode, _answers_to(parts, item))
                seen.append(item)


def _answers_to(parts: Parts, name: int | str) -> Response:
    item = next(item for item in parts["items"] if item.id == name)
    response: Response = item.response or parts["response"]
    return response


def _recoded(path: Place, recode: Recode, response: Response) -> Iterator[Problem]:
    where = (*path, "values")
    if response.allowed is None:
        yield Problem(where, "a line has no list of answers to recode")
        return
    if sorted(recode.values.values()) != sorted(response.allowed):
        yield Problem(where, f"must give every answer once: {response.describe()}")
    codes = {*response.not_applicable, *response.not_scored}
    for raw in recode.values:
        if raw in codes:
            yield Problem((*where, raw), "is also a code for not applicable or not scored")


def check_numbers(parts: Parts) -> Iterator[Problem]:
    """Norms, reliabilities and cut-offs name a scale and lie inside its range."""
    scales = parts["scales"]
    for field in ("norms", "reliability", "cutoffs"):
        for index, entry in enumerate(parts.get(field, ())):
            if entry.scale in parts.get("broken_scales", ()):
                continue
            path = (field, index)
            if entry.scale not in scales:
                near = near_misses(entry.scale, scales)
                hint = f"did you mean {near[0]}?" if near else f"scales are {', '.join(scales)}"
                yield Problem((*path, "scale"), f"no scale {entry.scale!r}; {hint}")
            elif field != "reliability" and _ranges_known(parts):
                yield from _in_range(path, entry, parts)


def _ranges_known(parts: Parts) -> bool:
    """Whether the items and every response could be read."""
    sound = not any(_response_shape(response) for _, response in _responses(parts))
    return "items" in parts and "response" in parts and sound


def _in_range(path: Place, entry: Any, parts: Parts) -> Iterator[Problem]:
    span = _range(entry.scale, entry.metric, parts)
    if span is None:
        return
    low, high = span
    name = "mean" if hasattr(entry, "mean") else "value"
    value = getattr(entry, name)
    if not low <= value <= high:
        yield Problem(
            (*path, name), f"{value:g} lies outside the {entry.metric} range {low:g} to {high:g}"
        )
    sd = getattr(entry, "sd", None)
    if sd is not None and sd > high - low:
        yield Problem((*path, "sd"), f"{sd:g} is wider than the range {low:g} to {high:g}")


def _range(name: str, metric: str, parts: Parts) -> tuple[float, float] | None:
    scale = parts["scales"][name]
    try:
        return metric_range(scale, parts["items"], parts["response"], metric)
    except ZeroDivisionError:  # no item of the scale exists: said elsewhere
        return None


CHECKS: tuple[tuple[tuple[str, ...], Callable[[Parts], Iterable[Problem]]], ...] = (
    ((), check_responses),
    (("items",), check_items),
    (("items", "licence"), check_text),
    (("items", "scales"), check_scales),
    (("items", "scales", "missing"), check_missing),
    (("items", "response", "codings", "own_coding"), check_codings),
    (("scales",), check_numbers),
)
