"""Ranges of scores, derived from the items: never typed in."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_measures.definitions.parts import Item, ItemId, Linear, Response, Scale

__all__ = ["members", "metric_range", "one_range", "raw_range", "score_range", "value_range"]

Range = tuple[float, float]


def members(scale: Scale, items: Sequence[Item]) -> tuple[ItemId, ...]:
    """Ids of the items of a scale, in the order of the form."""
    return tuple(item.id for item in items if scale.items == "all" or item.id in scale.items)


def value_range(item: Item, response: Response) -> Range:
    """Lowest and highest value that an item can bring into a scale."""
    own, linear = item.response or response, item.linear or Linear()
    return float(linear(own.low)), float(linear(own.high))


def _bounds(scale: Scale, items: Sequence[Item], response: Response) -> list[tuple[float, Range]]:
    """Weight and answer range of every item of the scale."""
    return [
        (float(scale.weights.get(item.id, 1)), value_range(item, response))
        for item in items
        if scale.items == "all" or item.id in scale.items
    ]


def one_range(scale: Scale, items: Sequence[Item], response: Response) -> bool:
    """Whether all items of the scale run from the same lowest to the same highest answer."""
    return len({span for _, span in _bounds(scale, items, response)}) <= 1


def _total(bounds: list[tuple[float, Range]], *, mean: bool) -> Range:
    divisor = sum(weight for weight, _ in bounds) if mean else 1.0
    low = sum(weight * span[0] for weight, span in bounds) / divisor
    high = sum(weight * span[1] for weight, span in bounds) / divisor
    return low, high


def raw_range(scale: Scale, items: Sequence[Item], response: Response) -> Range:
    """Lowest and highest score before the linear transform."""
    if scale.method == "top":
        return 0.0, 1.0
    return _total(_bounds(scale, items, response), mean=scale.method.endswith("mean"))


def score_range(scale: Scale, items: Sequence[Item], response: Response) -> Range:
    """Lowest and highest score."""
    low, high = raw_range(scale, items, response)
    linear = scale.linear or Linear()
    return float(linear(low)), float(linear(high))


def metric_range(scale: Scale, items: Sequence[Item], response: Response, metric: str) -> Range:
    """Range of a scale in a metric: its own score, plain sum, item mean or percent (pomp)."""
    if metric == "pomp":
        return 0.0, 100.0
    if metric == "score":
        return score_range(scale, items, response)
    plain = [(1.0, span) for _, span in _bounds(scale, items, response)]
    return _total(plain, mean=metric == "item-mean")
