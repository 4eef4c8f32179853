"""The verb on growth models: the course of a caseload, its clients, bands and therapists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_measures.cli.app import app, say
from alliance_measures.cli.options import (
    Delimiter,
    Encoding,
    HeaderRow,
    MissingCodes,
    keep_input,
    split_names,
)
from alliance_measures.cli.score_table import file_rows, write_result
from alliance_measures.cli.sessions import Client, Output, Scores, Session, _read
from alliance_measures.errors import StatisticError

if TYPE_CHECKING:
    import pandas as pd

    from alliance_measures.sessions import GrowthModel

Value = Annotated[str, typer.Option("--value", help="Column of the score.")]
Random = Annotated[
    str, typer.Option("--random", help="slope, intercept or uncorrelated: how clients differ.")
]
Time = Annotated[
    str, typer.Option("--time", help="session, log, centred or since_first: what time is.")
]
Covariates = Annotated[
    list[str] | None,
    typer.Option("--covariate", help="Column of clients or sessions; repeat for several."),
]
Bands = Annotated[
    Path | None, typer.Option("--bands", help="CSV to write: percentiles of a new client's course.")
]
Therapist = Annotated[
    str | None,
    typer.Option("--therapist", help="Column of the therapist, for shares of variance."),
]
Therapists = Annotated[
    Path | None, typer.Option("--therapists", help="CSV to write: effect of each therapist.")
]


@app.command()
def growth(
    scores: Scores,
    client: Client,
    session: Session,
    value: Value,
    output: Output = None,
    random: Random = "slope",
    time: Time = "session",
    covariate: Covariates = None,
    bands: Bands = None,
    therapist: Therapist = None,
    therapists: Therapists = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    header_row: HeaderRow = None,
) -> None:
    """Growth model: the caseload's course, and intercept and slope of every client."""
    names = split_names(covariate)
    if therapists is not None and therapist is None:
        raise StatisticError("--therapists needs --therapist, the column of the therapist")
    if bands is not None and names:
        raise StatisticError("--bands are of a model without --covariate")
    for path in (bands, therapists):
        keep_input(scores, path)
    reading: dict[str, Any] = {
        "encoding": encoding,
        "delimiter": delimiter,
        "missing": split_names(missing),
        "header_row": header_row,
    }
    table = _read(scores, client, session, [value], output, **reading)
    columns = {"client": client, "session": session, "value": value}
    with file_rows(table, header_row=header_row or 1):
        model, shares = _fit(table, columns, random, time, names, therapist)
    write_result(model.clients, output)
    if bands is not None:
        write_result(_bands(model, table[session]), bands)
    if therapists is not None:
        write_result(shares.therapists, therapists)
    say(model.summary())
    if shares is not None:
        _say_shares(shares)


def _fit(
    table: pd.DataFrame, columns: dict[str, Any], random: Any, time: Any, covariates: list[str],
    therapist: str | None,
) -> tuple[GrowthModel, Any]:  # fmt: skip
    from alliance_measures import sessions

    model = sessions.growth_model(
        table, **columns, random=random, time=time, covariates=covariates,
    )  # fmt: skip
    if therapist is None:
        return model, None
    return model, sessions.therapist_effects(table, **columns, therapist=therapist)


def _bands(model: GrowthModel, sessions: pd.Series[Any]) -> pd.DataFrame:
    """Percentiles at the sessions seen, on the model's axis."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(sessions):
        days = (sessions - sessions.min()).dt.days
        return model.expected_course(list(range(0, int(days.max()) + 1, 7)))
    return model.expected_course([float(s) for s in np.unique(sessions.dropna())])


def _say_shares(shares: Any) -> None:
    say("\nShares of variance")
    for row in shares.variance.itertuples():
        say(f"{row.group:<12}{row.share:>8.3f}   [{row.share_low:.3f}, {row.share_high:.3f}]")
    test = shares.test.iloc[0]
    say(f"therapists: likelihood-ratio {test['statistic']:.2f}, p {test['p']:.3g}")
