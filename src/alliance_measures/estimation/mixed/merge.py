"""Add up the sums of several tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alliance_measures.errors import StatisticError
from alliance_measures.estimation.mixed.scale import moved
from alliance_measures.estimation.mixed.sums import GroupSums, compress

__all__ = ["about", "merge_sums"]


def merge_sums(parts: list[GroupSums]) -> GroupSums:
    """Add up the sums of several tables that share no group, taken to the origins of the first.

    Raises
    ------
    StatisticError
        If the parts do not have the same fixed effects.
    """
    head = parts[0]
    if len({(part.zx.shape[1], part.constant) for part in parts}) > 1:
        raise StatisticError("the statistics to merge have different fixed effects")
    there = [about(part, head) for part in parts]
    whole = replace(
        head,
        count=np.concatenate([part.count for part in there]),
        zz=np.concatenate([part.zz for part in there], axis=-1),
        zx=np.concatenate([part.zx for part in there], axis=-1),
        zy=np.concatenate([part.zy for part in there], axis=-1),
        zyyz=np.concatenate([part.zyyz for part in there], axis=-1),
        xx=np.sum([part.xx for part in there], axis=0),
        xy=np.sum([part.xy for part in there], axis=0),
        yy=float(sum(part.yy for part in there)),
    )
    return compress(whole)[0]


def about(part: GroupSums, head: GroupSums) -> GroupSums:
    """Take sums to the origins of another."""
    origins = head.origin_x, head.origin_z, head.origin_y
    if np.array_equal(part.origin_x, origins[0]) and (part.origin_z, part.origin_y) == origins[1:]:
        return part
    move_x = np.eye(part.xy.size)
    move_x[part.constant] += part.origin_x - head.origin_x
    move_z = np.array([[1.0, part.origin_z - head.origin_z], [0.0, 1.0]])
    move_y = np.zeros(part.xy.size)
    move_y[part.constant] = head.origin_y - part.origin_y
    same = replace(part, origin_x=origins[0], origin_z=origins[1], origin_y=origins[2])
    return moved(same, move_x, move_z, move_y, 1.0)
