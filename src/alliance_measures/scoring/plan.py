"""What to add up: items that count alike in every scale share one sum.

In chunk after chunk each item is read once and added to the sums of its groups; the scales are
put together from these sums. A total is a scale like any other and costs next to nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Linear
from alliance_measures.scoring.answers import Chunk, ItemColumn
from alliance_measures.scoring.blocks import Block
from alliance_measures.scoring.decode import NOT_APPLICABLE, NOT_SCORED

__all__ = ["Group", "Plan", "Sums", "Use", "build_plan"]


class Use(NamedTuple):
    """How a group enters a scale: the factor and the constant that every answer gets.

    Reversal, the item's weight and its own transform are all in these two. ``share`` is the
    item's weight alone, by which incomplete forms are judged.
    """

    scale: str
    weight: float
    constant: float
    share: float


class Group(NamedTuple):
    """Items that enter the same scales in the same way."""

    uses: tuple[Use, ...]
    best: float | None  # for scales of method `top`: the answer that counts
    dtype: type[np.number[Any]]  # of the running sum: whole numbers wherever answers are whole


class Plan(NamedTuple):
    """Groups, which items enter which groups, and per scale its size and the sum of its weights."""

    instrument: Instrument
    groups: tuple[Group, ...]
    members: tuple[tuple[tuple[ItemColumn, ...], tuple[int, ...]], ...]
    sizes: dict[str, int]
    weights: dict[str, float]
    not_applicable: bool  # some item has a not-applicable code
    form_limit: bool  # some rule limits the missing answers of the whole form


class Sums:
    """Running sums of one group over the rows of a chunk."""

    def __init__(self, rows: int, group: Group, *, not_applicable: bool) -> None:
        self.total: NDArray[Any] = np.zeros(rows, dtype=group.dtype)
        self.answered = np.zeros(rows, dtype=np.int16)
        self.not_applicable = np.zeros(rows, dtype=np.int16) if not_applicable else None
        self.best = group.best

    def add_block(self, block: Block) -> None:
        """Add the answers of several items at once."""
        self.total += np.add.reduce(block.values, axis=0, dtype=self.total.dtype)
        if block.answered is None:
            self.answered += len(block.values)
        else:
            self.answered += np.add.reduce(block.answered.view(np.int8), axis=0, dtype=np.int16)

    def add(self, chunk: Chunk) -> None:
        """Add the answers of one item."""
        if self.best is None:
            self.total += chunk.values
        else:
            self.total += (chunk.values == self.best) & chunk.answered
        self.answered += chunk.answered
        if self.not_applicable is not None and chunk.states is not None:
            self.not_applicable += chunk.states == NOT_APPLICABLE


def unanswered(chunk: Chunk) -> NDArray[np.bool_]:
    """Cells that count as missing under a limit for the whole form."""
    if chunk.states is None:
        return ~chunk.answered
    beside = np.isin(chunk.states, (NOT_APPLICABLE, NOT_SCORED))
    return ~(chunk.answered | beside)


def build_plan(instrument: Instrument, readers: list[ItemColumn]) -> Plan:
    """Group the items by how they count.

    Parameters
    ----------
    instrument : Instrument
    readers : list of ItemColumn

    Returns
    -------
    Plan
    """
    dtype = _sum_dtype(readers)
    index: dict[Group, int] = {}
    members: dict[tuple[tuple[int, ...], float, float], list[ItemColumn]] = {}
    for reader in readers:
        groups = [
            Group(uses, best, dtype if best is None else np.int16)
            for best, uses in _uses(instrument, reader).items()
        ]
        places = tuple(index.setdefault(group, len(index)) for group in groups)
        answers = reader.response
        members.setdefault((places, answers.low, answers.high), []).append(reader)
    scales = instrument.scales
    rules = [instrument.missing_rule(name) for name in scales]
    return Plan(
        instrument,
        tuple(index),
        tuple((tuple(found), places) for (places, _, _), found in members.items()),
        {name: len(instrument.scale_items(name)) for name in scales},
        {name: _total_weight(instrument, name) for name in scales},
        any(reader.response.not_applicable for reader in readers),
        any(rule.form_max_missing is not None for rule in rules),
    )


def _sum_dtype(readers: list[ItemColumn]) -> type[np.number[Any]]:
    if not all(reader.small for reader in readers):
        return np.float64
    largest = max((max(abs(r.response.low), abs(r.response.high)) for r in readers), default=0)
    return np.int16 if largest * len(readers) < 32_000 else np.int32


def _total_weight(instrument: Instrument, scale: str) -> float:
    weights = instrument.scales[scale].weights
    return float(sum(weights.get(item, 1) for item in instrument.scale_items(scale)))


def _uses(instrument: Instrument, reader: ItemColumn) -> dict[float | None, tuple[Use, ...]]:
    """Scales that an item enters: by its value (None), and by being the best answer."""
    found: dict[float | None, tuple[Use, ...]] = {}
    low, high = instrument.value_range(reader.item)
    linear = instrument.item(reader.item).linear or Linear()
    factor, shift = linear.multiply / linear.divide, float(linear.add)
    for name, scale in instrument.scales.items():
        if reader.item not in instrument.scale_items(name):
            continue
        reverse = reader.item in instrument.reversed_items(name)
        weight = float(scale.weights.get(reader.item, 1))
        best: float | None = None
        if scale.method == "top":
            best = reader.response.low if reverse else reader.response.high
            use = Use(name, 1.0, 0.0, 1.0)
        elif reverse:
            use = Use(name, -weight * factor, weight * (low + high - shift), weight)
        else:
            use = Use(name, weight * factor, weight * shift, weight)
        found[best] = (*found.get(best, ()), use)
    return found
