"""Golden cases: what is wrong with them, in sentences that a contributor can act on."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

import alliance_measures as am
from alliance_measures.frames import near_misses


def own_coding(instrument: am.Instrument) -> dict[str, str]:
    """Option that says: these numbers are the definition's own, where it must be said."""
    own = instrument.own_coding
    return {"coding": own.name} if own and own.rivals else {}


KEYS = {"name", "source", "responses", "expected"}


def form_problems(instrument: am.Instrument, cases: list[dict[str, Any]]) -> list[str]:
    """Whether the cases are complete: keys, scales, lengths, both ends of every range."""
    problems = []
    for place, case in enumerate(cases, start=1):
        label = f"case {case.get('name', place)!r}"
        problems += [f"{label}: {key} is missing" for key in sorted(KEYS - set(case))]
        problems += [f"{label}: unknown key {key}" for key in set(case) - KEYS - {"options"}]
        for scale in set(case.get("expected", {})) - set(instrument.scales):
            near = near_misses(scale, instrument.scales)
            problems.append(
                f"{label}: no scale {scale}; did you mean {near or list(instrument.scales)}?"
            )
        given, needed = len(case.get("responses", ())), len(instrument.item_ids)
        if isinstance(case.get("responses"), list) and given != needed:
            problems.append(
                f"{label}: {given} responses for {needed} items; null is a missing answer"
            )
    names = [case.get("name") for case in cases]
    problems += [
        f"two cases are called {name!r}" for name in {n for n in names if names.count(n) > 1}
    ]
    for scale in instrument.scales:
        ends = set(instrument.score_range(scale))
        seen = {case.get("expected", {}).get(scale) for case in cases}
        problems += [f"{scale}: no case scores {end:g}, an end of its range" for end in ends - seen]
    return problems


def score_problems(instrument: am.Instrument, case: dict[str, Any]) -> list[str]:
    """Whether one case scores to what it expects."""
    responses = case["responses"]
    if isinstance(responses, list):
        responses = dict(zip(instrument.item_ids, responses, strict=True))
    sheet = pd.DataFrame([{f"q{item}": responses.get(item) for item in instrument.item_ids}])
    options = own_coding(instrument) | case.get("options", {})
    scores = am.score(sheet, instrument, columns="q{item}", **options).iloc[0]
    problems = []
    for scale, expected in case["expected"].items():
        found = scores[scale]
        same = math.isnan(found) if expected is None else abs(found - expected) < 1e-9
        if not same:
            shown = "no score" if math.isnan(found) else f"{found:.10g}"
            wanted = "no score" if expected is None else expected
            problems.append(
                f"case {case['name']!r}: {scale} scores {shown}, the case expects {wanted}"
            )
    return problems
