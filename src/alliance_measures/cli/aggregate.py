"""The verb ``aggregate``: means of groups, without small cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import Encoding, File, Output, keep_input, split_names

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def aggregate(
    file: File,
    by: Annotated[list[str], typer.Option("--by", help="One or two columns that name the groups.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--values", help="Columns to average, with commas; default: all numbers."),
    ] = None,
    min_cell: Annotated[int, typer.Option("--min-cell", help="Smallest count that is shown.")] = 11,
    output: Output = None,
    encoding: Encoding = None,
) -> None:
    """Count, mean and SD of scores per group, small groups hidden; the rule is printed."""
    from alliance_measures.cli.score_table import read_scores, write_result
    from alliance_measures.exchange.small_cells import suppress_small_cells
    from alliance_measures.frames import require_columns

    keep_input(file, output)
    groups = split_names(by)
    scores = read_scores(file, text=groups, encoding=encoding)
    numbers = [str(name) for name in scores.select_dtypes("number").columns]
    wanted = split_names(values) or [name for name in numbers if name not in ("client", "session")]
    require_columns(scores, [*groups, *wanted], what="score table")
    table = _aggregated(scores, groups, wanted)
    figures = [name for name in table.columns if name not in (*groups, "n", "scale")]
    shown, rules = [], {}
    for scale, rows in table.groupby("scale", sort=False):
        part = suppress_small_cells(rows, groups, also=figures, min_cell=min_cell)
        shown.append(part.table)
        rules[str(scale)] = part.rule
    write_result(_joined(shown), output)
    for scale, rule in rules.items():
        say(f"{scale}: {rule}")
    if output is not None:
        say(f"written: {output}")


def _aggregated(scores: pd.DataFrame, groups: list[str], wanted: list[str]) -> pd.DataFrame:
    """Give one row per group and scale: n, mean, sd."""
    parts = []
    for name in wanted:
        cells = scores[name].groupby([scores[group] for group in groups], dropna=False, sort=True)
        table = cells.agg(["count", "mean", "std"]).reset_index()
        table = table.rename(columns={"count": "n", "std": "sd"})
        table.insert(len(groups), "scale", name)
        parts.append(table)
    return _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["scale", "n"])
