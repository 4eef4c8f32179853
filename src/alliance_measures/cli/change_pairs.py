"""Pre and post scores out of a file of scores, for ``alliance change``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_measures.cli.app import DataProblem, say
from alliance_measures.cli.score_table import file_rows

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
    order: list[str] | None,
    header_row: int = 1,
) -> pd.DataFrame:
    """Pre and post of every client and scale; problems of the rows end with exit code 1."""
    from alliance_measures import change
    from alliance_measures.frames import require_columns

    require_columns(scores, [client, session, *values, *groups], what="score table")
    if not len(scores):
        raise DataProblem(f"{values[0]}: no client has both scores; the file holds no row")
    with file_rows(scores, header_row=header_row):
        pairs = change.pre_post(
            scores,
            client=client,
            session=session,
            value=list(values),
            pre=pre,
            post=post,
            by=groups,
            session_order=order,
        )
    if "sessions" in pairs.attrs:
        say(str(pairs.attrs.pop("sessions")))
    return pairs
