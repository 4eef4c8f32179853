"""From answers to scores."""

from __future__ import annotations
