"""How many scores are missing, and why: kept with the scores, and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance_measures.arguments import explained
from alliance_measures.errors import ColumnError
from alliance_measures.frames import require_frame
from alliance_measures.scoring.invalid import Invalid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["scoring_summary", "summarised"]


@explained
def scoring_summary(scores: pd.DataFrame) -> str:
    """Say how many scores are missing, and why.

    Parameters
    ----------
    scores : DataFrame
        As :func:`alliance_measures.score` gives it; ``attrs["summary"]`` holds the same as numbers:
        sheets, without_any_score, not_allowed (answers taken as missing), missing (scale -> count).

    Returns
    -------
    str
        One line, and one more for each scale that lacks scores; where most sheets have no score at
        all, that comes first.

    Raises
    ------
    ColumnError
        The table lost its summary on the way, as merges and files lose it.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance_measures import score
    >>> answers = pd.DataFrame({f"wai_{item}": [4, 5] for item in range(1, 13)})
    >>> answers["wai_3"] = [4, None]
    >>> print(scoring_summary(score(answers, "wai-sr-client")))
    2 sheets, 2 with a score on some scale
    bond: no score for 1 of 2, too few answers
    total: no score for 1 of 2, too few answers
    """
    require_frame(scores, what="table of scores")
    known = scores.attrs.get("summary")
    if not isinstance(known, dict):
        raise ColumnError(
            "the table has no summary: it is kept by the table that score() gives, and lost by "
            "merges and files; ask right after scoring"
        )
    sheets, empty = known["sheets"], known["without_any_score"]
    lines = [f"{sheets:,} sheets, {sheets - empty:,} with a score on some scale"]
    if 2 * empty > sheets:
        lines.insert(
            0, "most sheets got no score: is one row one answer sheet, and are these items?"
        )
    if known["not_allowed"]:
        lines.append(f"{known['not_allowed']:,} answers are not allowed and were taken as missing")
    lines += [
        f"{scale}: no score for {count:,} of {sheets:,}, too few answers"
        for scale, count in known["missing"].items()
        if count
    ]
    return "\n".join(lines)


def summarised(frame: pd.DataFrame, scales: Sequence[str], found: Sequence[Invalid]) -> None:
    """Keep the counts with the scores."""
    missing = frame[list(scales)].isna().to_numpy()
    empty = int(missing.all(axis=1).sum())
    counts: dict[str, Any] = dict(zip(scales, missing.sum(axis=0).tolist(), strict=True))
    frame.attrs["summary"] = {
        "sheets": len(frame),
        "without_any_score": empty,
        "not_allowed": int(np.sum([entry.n for entry in found], dtype=np.int64)),
        "missing": counts,
    }
