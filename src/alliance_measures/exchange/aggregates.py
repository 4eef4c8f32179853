"""Means of groups of people, without small groups: people are counted, not rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.exchange.pseudonyms import identifier_text
from alliance_measures.exchange.small_cells import Suppressed, suppress_small_cells
from alliance_measures.exchange.suggest import guess_roles
from alliance_measures.frames import require_columns
from alliance_measures.layouts.ids import unblanked
from alliance_measures.messages import RowNumbers, lines, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["aggregate"]


@explained
def aggregate(
    scores: pd.DataFrame,
    by: Sequence[Hashable],
    *,
    values: Sequence[Hashable] = (),
    client: Hashable | None = None,
    rows_are_people: bool = False,
    min_cell: int = 11,
) -> Suppressed:
    """Count people and rows and give mean and SD of scores per group, small groups hidden.

    Parameters
    ----------
    scores : DataFrame
        One row per client and session.
    by : sequence of hashable
        One or two columns that name the groups.
    values : sequence of hashable
        Columns to average; default: all numbers but client and session.
    client : hashable, optional
        Column of the clients; default: found by its name. Blanks in an id, its case and the form of
        its accents do not make another person.
    rows_are_people : bool
        There is no such column: each row is another person.
    min_cell : int
        The smallest count of people that is shown.

    Returns
    -------
    Suppressed
        Table with a row per scale and group: n (people with a score), n_rows (scores), mean and
        sd over the scores. A group that is small in one scale is hidden in all. The rule says
        what was hidden and which totals must not be shown. See docs/privacy.md for what is
        promised and what is not.

    Raises
    ------
    ColumnError
        A column is missing.
    ExportError
        No column says who the people are; a row has no client; a score is no number; a column is
        named in two roles; or what :func:`suppress_small_cells` refuses.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"client": [1] * 15, "site": ["A"] * 15, "total": [40.0] * 15})
    >>> shown = aggregate(scores, ["site"])
    >>> shown.table["n"].tolist(), shown.table["n_rows"].tolist()
    ([<NA>], [<NA>])
    """
    by = [by] if isinstance(by, str) else list(by)
    people = None if rows_are_people else _client(scores, client, by)
    wanted = _values(scores, by, list(values), people)
    require_columns(scores, [*by, *wanted, *([people] if people is not None else [])])
    _refuse(scores, by, wanted, people)
    table = _counted(scores, by, wanted, people)
    overlap = people is not None and _overlap(scores, by, people)
    return suppress_small_cells(
        table,
        by,
        also=["n_rows", "mean", "sd"],
        min_cell=min_cell,
        scale="scale",
        rows="n_rows" if overlap else None,
    )


def _client(scores: pd.DataFrame, client: Hashable | None, by: Sequence[Hashable]) -> Hashable:
    if client is not None:
        return client
    found = guess_roles([name for name in map(str, scores.columns) if name not in by])["client"]
    if found is None or found not in scores.columns:
        raise ExportError(
            "people are counted, not rows, and no column is named like a client's id; name it "
            "(client=, --client), or say that each row is another person (rows_are_people=True, "
            "--rows-are-people)"
        )
    return found


def _values(
    scores: pd.DataFrame, by: Sequence[Hashable], values: list[Hashable], people: Hashable | None
) -> list[Hashable]:
    if values:
        return list(dict.fromkeys(values))
    roles = guess_roles(map(str, scores.columns)).values()
    others = {*by, people, *(name for name in roles if name is not None)}
    return [name for name in scores.select_dtypes("number").columns if name not in others]


def _refuse(
    scores: pd.DataFrame,
    by: Sequence[Hashable],
    wanted: Sequence[Hashable],
    people: Hashable | None,
) -> None:
    import pandas as pd

    problems = []
    if not 1 <= len(by) <= 2:
        problems.append("name one or two grouping columns")
    twice = [*by, *wanted, *([people] if people is not None else [])]
    doubled = [repr(name) for name in dict.fromkeys(twice) if twice.count(name) > 1]
    if doubled:
        problems.append(f"{', '.join(doubled)} is named in two roles (group, score, client)")
    reserved = [repr(n) for n in by if n in ("scale", "n", "n_rows", "mean", "sd")]
    if reserved:
        problems.append(
            f"a grouping column is called {', '.join(reserved)} as a result is; rename it"
        )
    if not wanted:
        problems.append("no column of numbers is left to average; name some (values=, --values)")
    texts = [repr(n) for n in wanted if not pd.api.types.is_numeric_dtype(scores[n])]
    if texts:
        problems.append(f"not numbers: the column {', '.join(texts)}")
    if people is not None:
        lacking = (_people(scores, people) == "").to_numpy().nonzero()[0].tolist()
        if lacking:
            problems.append(
                said(
                    "no client in ",
                    RowNumbers.at(lacking),
                    ": nobody knows how many people these are",
                )
            )
    if problems:
        raise ExportError(lines(problems))


def _people(scores: pd.DataFrame, people: Hashable) -> pd.Series[Any]:
    """Ids in the one form by which people are told apart; "" where there is none."""
    cells = scores[people].astype(object)

    def plain(cell: object) -> str:
        return unblanked(unicodedata.normalize("NFKC", identifier_text(cell)).casefold())

    return cells.where(cells.notna(), "").map(plain)


def _counted(
    scores: pd.DataFrame, by: list[Hashable], wanted: Sequence[Hashable], people: Hashable | None
) -> pd.DataFrame:
    """One row per scale and group: n, n_rows, mean, sd."""
    import pandas as pd

    groups: list[Any] = [scores[name] for name in by]
    who = None if people is None else _people(scores, people)
    parts = []
    for name in wanted:
        cells = scores[name].groupby(groups, dropna=False, sort=True, observed=True)
        table = cells.agg(["count", "mean", "std"])
        table = table.rename(columns={"count": "n_rows", "std": "sd"})
        if who is None:
            table.insert(0, "n", table["n_rows"])
        else:
            answered = who.where(scores[name].notna())
            counts = answered.groupby(groups, dropna=False, sort=True, observed=True).nunique()
            table.insert(0, "n", counts)
        table = table.reset_index()
        table.insert(len(by), "scale", str(name))
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _overlap(scores: pd.DataFrame, by: list[Hashable], people: Hashable) -> bool:
    """Whether somebody is in two groups, so that people do not add up."""
    pairs = scores[by].assign(**{"\0who": _people(scores, people)}).drop_duplicates()
    return bool(pairs["\0who"].duplicated().any())
