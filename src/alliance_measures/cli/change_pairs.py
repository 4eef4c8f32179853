"""Pre and post scores out of a file of scores, for ``alliance change``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alliance_measures.cli.score_table import file_rows
from alliance_measures.errors import StatisticError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["pairs_of"]


def pairs_of(
    scores: pd.DataFrame,
    client: str,
    session: str,
    values: list[str],
    pre: str,
    post: str,
    groups: list[str],
    header_row: int = 1,
) -> pd.DataFrame:
    """Pre and post of every client and scale; problems of the rows end with exit code 1."""
    from alliance_measures import change
    from alliance_measures.frames import require_columns

    require_columns(scores, [client, session, *values, *groups], what="score table")
    written = scores[session]
    scores = scores.assign(**{session: _times(written)})
    ends = {"pre": _session(pre, scores[session]), "post": _session(post, scores[session])}
    with file_rows(scores, header_row=header_row):
        pairs = change.pre_post(
            scores, client=client, session=session, value=list(values), by=groups, **ends
        )
    if scores[session].dtype.kind != "M":
        return pairs
    text = dict(zip(scores[session], written, strict=True))  # dates as the file has them
    return pairs.assign(**{name: pairs[name].map(text) for name in ("pre_session", "post_session")})


def _times(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Sessions as dates where every cell is one (2024-05-31), otherwise as they are."""
    import pandas as pd

    if cells.dtype.kind in "iuf":
        return cells
    try:
        dates = pd.to_datetime(cells, format="ISO8601", errors="coerce")
    except ValueError:  # some cells with a time zone, some without
        return cells
    return dates if bool((dates.notna() | cells.isna()).all()) else cells


def _session(wanted: str, column: pd.Series[Any]) -> Any:
    """Say the session as the column holds it: a number where the column is numeric."""
    if wanted in ("first", "last") or column.dtype.kind not in "iuf":
        return wanted
    try:
        return float(wanted)
    except ValueError:
        raise StatisticError(
            "--pre, --post: first, last or a session; the sessions here are numbers"
        ) from None
