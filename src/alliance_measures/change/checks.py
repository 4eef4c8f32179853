"""The check of a setting that must be one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["holds"]


def holds(value: Any, test: Callable[[float], bool]) -> bool:
    """Whether a value is one number, no text and no truth value, that passes a test."""
    if isinstance(value, (str, bytes, bool, np.bool_)) or np.ndim(value):
        return False
    try:
        return test(float(value))
    except (TypeError, ValueError):
        return False
