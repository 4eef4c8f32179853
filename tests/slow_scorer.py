"""A second scorer, written for clearness alone: one sheet at a time, in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from made_up import PRORATE, made_up

import alliance_measures as am

Sheet = dict[int | str, float | None]


def exact(number: float) -> Fraction:
    return Fraction(str(number))


def score_sheet(
    instrument: am.Instrument, sheet: Sheet, min_answered: float | None = None
) -> dict[str, Fraction | None]:
    return {
        scale: score_scale(instrument, scale, sheet, min_answered) for scale in instrument.scales
    }


def score_scale(
    instrument: am.Instrument, scale: str, sheet: Sheet, min_answered: float | None
) -> Fraction | None:
    definition, rule = instrument.scales[scale], instrument.missing_rule(scale)
    members = instrument.scale_items(scale)
    keyed: dict[int | str, Fraction] = {}
    not_applicable = 0
    for item in members:
        value, response = sheet[item], instrument.response_of(item)
        if value is None or value in response.not_scored:
            continue
        if value in response.not_applicable:
            not_applicable += 1
            continue
        low, high = exact(response.low), exact(response.high)
        reverse = item in instrument.reversed_items(scale)
        answer = low + high - exact(value) if reverse else exact(value)
        keyed[item] = transformed(answer, instrument.item(item).linear)
    leaves = rule.not_applicable == "leaves-denominator"
    applicable = len(members) - not_applicable if leaves else len(members)
    if not keyed or not enough(rule, len(keyed), applicable, len(members), min_answered):
        return None
    if leaves and rule.max_not_applicable is not None and not_applicable > rule.max_not_applicable:
        return None
    unanswered = sum(sheet[item] is None for item in instrument.item_ids)
    limit = rule.form_max_missing if min_answered is None else None
    if limit is not None and unanswered > limit:
        return None
    return combine(instrument, scale, keyed, definition)


def enough(rule, answered, applicable, size, min_answered) -> bool:
    if isinstance(min_answered, int):
        return answered >= min(min_answered, size)
    if min_answered is not None:
        return answered >= exact(min_answered) * applicable
    if rule.method == "none":
        return answered >= applicable
    if rule.max_missing is not None:
        return applicable - answered <= rule.max_missing
    return answered * 100 >= rule.min_answered_percent * applicable


def combine(instrument, scale, keyed, definition) -> Fraction:
    if definition.method == "top":
        best = [exact(instrument.value_range(item)[1]) for item in keyed]
        return Fraction(list(keyed.values()) == best)
    weights = {
        item: exact(definition.weights.get(item, 1)) for item in instrument.scale_items(scale)
    }
    total = sum(weights[item] * value for item, value in keyed.items())
    mean = total / sum(weights[item] for item in keyed)
    raw = mean if definition.method.endswith("mean") else mean * sum(weights.values())
    return transformed(raw, definition.linear)


def transformed(raw: Fraction, linear) -> Fraction:
    if linear is None:
        return raw
    return raw * exact(linear.multiply) / exact(linear.divide) + exact(linear.add)


def score_slowly(
    instrument: am.Instrument, sheets: pd.DataFrame, min_answered: float | None = None
) -> pd.DataFrame:
    """Scores of sheets whose columns are the item ids and whose missing cells are None."""
    rows = [
        score_sheet(instrument, dict(zip(instrument.item_ids, row, strict=True)), min_answered)
        for row in sheets.to_numpy(dtype=object).tolist()
    ]
    found = [
        [float("nan") if value is None else float(value) for value in row.values()] for row in rows
    ]
    return pd.DataFrame(
        np.array(found, dtype=float).reshape(len(rows), len(instrument.scales)),
        columns=list(instrument.scales),
        index=sheets.index,
    )


def random_sheets(
    instrument: am.Instrument, seed: int, *, rows: int = 12, missing: float = 0.2
) -> pd.DataFrame:
    """Sheets with every kind of cell that the definition knows: Python numbers and None."""
    random = np.random.default_rng(seed)
    columns = {}
    for item in instrument.item_ids:
        response = instrument.response_of(item)
        if response.allowed is None:
            cells = np.round(random.uniform(response.low, response.high, rows), 2).tolist()
        else:
            allowed = [int(a) if a == int(a) else a for a in response.allowed]
            cells = [allowed[place] for place in random.integers(0, len(allowed), rows)]
        codes = (*response.not_applicable, *response.not_scored)
        codes = [code for code in codes if not isinstance(code, str)]
        for place in range(rows):
            if random.random() < missing:
                cells[place] = None
            elif codes and random.random() < 0.2:
                cells[place] = codes[random.integers(0, len(codes))]
        columns[item] = pd.Series(cells, dtype=object)
    return pd.DataFrame(columns)


MADE_UP = {
    "prorated-by-percent": made_up(
        items=[1, {"id": 2, "reverse": True}, 3, 4, 5],
        missing={**PRORATE, "min_answered_percent": 60},
    ),
    "prorated-by-count": made_up(items=7, missing={**PRORATE, "max_missing": 2}),
    "person-mean": made_up(
        items=5, missing={"method": "person-mean", "max_missing": 3, "source": "made up"}
    ),
    "leaves-denominator": made_up(
        items=[1, {"id": 2, "reverse": True}, 3, 4, 5, 6],
        response={"min": 1, "max": 5, "not_applicable": [8, "does not apply"], "not_scored": [9]},
        scales={
            "sum": {"items": "all"},
            "mean": {"items": [1, 2, 3], "method": "mean"},
            "own": {
                "items": [4, 5, 6],
                "missing": {"method": "none", "not_applicable": "leaves-denominator"},
            },
        },
        missing={
            **PRORATE,
            "min_answered_percent": 50,
            "not_applicable": "leaves-denominator",
            "max_not_applicable": 2,
        },
    ),
    "counts-as-missing": made_up(
        items=5,
        response={"min": 1, "max": 5, "not_applicable": [0], "not_scored": [-1]},
        missing={**PRORATE, "max_missing": 2, "not_applicable": "counts-as-missing"},
    ),
    "whole-form": made_up(
        items=8,
        response={"min": 1, "max": 5, "not_scored": [9]},
        scales={"one": {"items": [1, 2, 3]}, "two": {"items": [4, 5]}},
        missing={**PRORATE, "max_missing": 1, "form_max_missing": 3},
    ),
    "weighted": made_up(
        items=[1, {"id": 2, "reverse": True}, 3],
        scales={
            "sum": {"items": "all", "method": "weighted-sum", "weights": {1: 2, 2: 0.5, 3: 1}},
            "mean": {"items": "all", "method": "weighted-mean", "weights": {1: 2, 2: 0.1, 3: 0.7}},
            "plain": {"items": "all"},
        },
        missing={**PRORATE, "max_missing": 1},
    ),
    "linear": made_up(
        scales={
            "percent": {"items": "all", "linear": {"multiply": 25, "divide": 4, "add": -25}},
            "ninths": {"items": [1, 2], "method": "mean", "linear": {"multiply": 20, "divide": 9}},
        },
        missing={**PRORATE, "max_missing": 1},
    ),
    "top": made_up(
        items=[1, {"id": 2, "reverse": True}, 3],
        scales={
            "top": {"items": "all", "method": "top"},
            "straight": {"items": "all", "method": "top", "reverse": []},
            "sum": {"items": "all"},
        },
        missing={**PRORATE, "max_missing": 1},
    ),
    "several-responses": made_up(
        items=[
            1,
            {"id": 2, "reverse": True, "response": {"min": 0, "max": 10}},
            {"id": 3, "response": {"min": 0, "max": 1, "step": "any"}},
            {"id": 4, "reverse": True, "response": {"values": [-3, -2, -1, 1, 2, 3]}},
        ],
        scales={"total": {"items": "all"}, "mean": {"items": [1, 2, 4], "method": "mean"}},
    ),
    "without-zero": made_up(
        items=[1, {"id": 2, "reverse": True}, 3],
        response={"values": [-3, -2, -1, 1, 2, 3]},
        missing={**PRORATE, "max_missing": 1},
    ),
    "half-steps": made_up(
        items=[1, {"id": 2, "reverse": True}, 3],
        response={"min": 0, "max": 5, "step": 0.5},
        missing={**PRORATE, "max_missing": 1},
    ),
    "tenths": made_up(response={"min": 0, "max": 1, "step": 0.1}),
    "large": made_up(
        items=[1, {"id": 2, "reverse": True}, 3],
        response={"min": 0, "max": 1000, "step": 10},
        missing={**PRORATE, "max_missing": 1},
    ),
    "below-zero": made_up(
        items=[1, {"id": 2, "reverse": True}], response={"min": -120, "max": 120, "step": 1}
    ),
    "other-keys": made_up(
        items=[1, {"id": 2, "reverse": True}, 3, 4],
        scales={
            "one": {"items": [1, 2]},
            "two": {"items": [1, 2], "reverse": [1]},
            "three": {"items": "all", "reverse": [], "method": "mean"},
        },
    ),
}
# their numbers are the definition's own: nothing asks for a coding
SHIPPED = {
    name: am.load(name).model_copy(update={"own_coding": None}) for name in am.instruments()["id"]
}
EVERY = {**SHIPPED, **MADE_UP}
ONE_RANGE = {name: found for name, found in EVERY.items() if name != "several-responses"}
