"""``alliance change``: pre-post change of every client in a table of scores."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_measures.cli.app import DataProblem, app, say
from alliance_measures.cli.change_pairs import pairs_of
from alliance_measures.cli.options import (
    Delimiter,
    Encoding,
    HeaderRow,
    MissingCodes,
    Output,
    SessionOrder,
    keep_input,
    split_names,
)
from alliance_measures.cli.score_table import read_scores, write_result
from alliance_measures.errors import ColumnError, StatisticError
from alliance_measures.messages import said

if TYPE_CHECKING:
    import pandas as pd

METHODS = (
    "jacobson-truax", "gulliksen-lord-novick", "hsu-linn-lord", "edwards-nunnally",
    "nunnally-kotsch", "hageman-arrindell", "anchor", "percentage",
)  # fmt: skip
BY_THRESHOLD = ("anchor", "percentage")


@app.command("change")
def change_verb(
    file: Annotated[Path, typer.Argument(help="CSV with one row per client and session.")],
    client: Annotated[str, typer.Option(help="Column of clients.")] = "client",
    session: Annotated[str, typer.Option(help="Column of sessions.")] = "session",
    value: Annotated[
        list[str] | None, typer.Option(help="Score column; repeat for several (default: total).")
    ] = None,
    pre: Annotated[str, typer.Option(help="First occasion: first, or a session.")] = "first",
    post: Annotated[str, typer.Option(help="Second occasion: last, or a session.")] = "last",
    reliability: Annotated[
        list[float] | None,
        typer.Option(help="Reliability of the scale; one for all, or one per --value in order."),
    ] = None,
    reliability_post: Annotated[
        float | None, typer.Option(help="Reliability at post (nunnally-kotsch).")
    ] = None,
    sd: Annotated[float | None, typer.Option(help="SD at pre (default: of the file).")] = None,
    method: Annotated[
        str, typer.Option(help=f"One of: {', '.join(METHODS)}.", show_default=True)
    ] = "jacobson-truax",
    lower_is_better: Annotated[bool, typer.Option(help="For symptoms.")] = False,
    confidence: Annotated[float, typer.Option(help="1 minus the error level.")] = 0.95,
    cutoff: Annotated[
        float | None, typer.Option(help="Cut-off: adds clinical significance.")
    ] = None,
    cutoff_kind: Annotated[
        str | None, typer.Option(help="Compute cut-off a, b or c instead.")
    ] = None,
    clinical: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Mean and SD of the clinical population (default: pre of the file)."),
    ] = None,
    functional: Annotated[
        tuple[float, float] | None, typer.Option(help="Mean and SD of the functional population.")
    ] = None,
    any_cutoff: Annotated[
        bool, typer.Option("--any-cutoff", help="Accept a cut-off that all passed at pre.")
    ] = False,
    improvement: Annotated[
        float | None, typer.Option(help="Threshold: points (anchor) or a share (percentage).")
    ] = None,
    deterioration: Annotated[
        float | None, typer.Option(help="Threshold of deterioration (default: the same).")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Group column (therapist, clinic); repeatable.")
    ] = None,
    output: Output = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    header_row: HeaderRow = None,
    session_order: SessionOrder = None,
) -> None:
    """Classify the change of each client between two sessions.

    Writes one row per client and scale; a summary with percent and interval goes to standard
    error.
    """
    values, groups = split_names(value) or ["total"], list(dict.fromkeys(split_names(by)))
    keep_input(file, output)
    scores = read_scores(
        file,
        text=[client, *groups],
        numbers=values,
        encoding=encoding,
        delimiter=delimiter,
        missing=split_names(missing),
        header_row=header_row,
    )
    _refuse_idle(values, method, {"--improvement": improvement, "--deterioration": deterioration})
    if not {client, session, *groups}.isdisjoint(values):
        raise StatisticError("--value: that column is taken as --client, --session or --by")
    order = split_names(session_order) or None
    pairs = pairs_of(scores, client, session, values, pre, post, groups, order, header_row or 1)
    settings = {
        "method": method,
        "higher_is_better": not lower_is_better,
        "confidence": confidence,
        "reliability_post": reliability_post,
        "sd": sd,
        "improvement": improvement,
        "deterioration": deterioration,
    }
    borders = {
        "cutoff": cutoff,
        "kind": cutoff_kind,
        "clinical": clinical,
        "functional": functional,
        "checked": not any_cutoff,
    }
    _refuse_idle_borders(borders)
    frames = [
        _classify(pairs[pairs["scale"] == name], name, settings | {"reliability": r}, borders)
        for name, r in zip(values, _one_each(reliability, values), strict=True)
    ]
    better = "lower" if lower_is_better else "higher"
    turned = "as asked" if lower_is_better else "--lower-is-better turns it"
    say(f"{better} scores count as better ({turned})")
    _report(frames, groups)
    write_result(_join(frames), output)


def _refuse_idle(values: list[str], method: str, thresholds: dict[str, float | None]) -> None:
    """Refuse options that would have no effect, before anything is computed."""
    problems = []
    if len(set(values)) < len(values):
        problems.append("--value: the same column twice; name each once")
    if method not in (*METHODS, "hlm"):
        problems.append(f"--method: one of {', '.join(METHODS)}")
    idle = [name for name, limit in thresholds.items() if limit is not None]
    if idle and method not in BY_THRESHOLD:
        problems.append(f"{', '.join(idle)}: only with --method anchor or percentage")
    if problems:
        raise StatisticError("\n".join(problems))


def _refuse_idle_borders(borders: dict[str, Any]) -> None:
    idle = [f"--{name}" for name in ("clinical", "functional") if borders[name] is not None]
    if idle and borders["kind"] is None:
        raise StatisticError(f"{', '.join(idle)}: only with --cutoff-kind a, b or c")
    if borders["kind"] is not None and borders["cutoff"] is not None:
        raise StatisticError("give --cutoff or --cutoff-kind, not both")


def _one_each(reliability: list[float] | None, values: list[str]) -> list[float | None]:
    if not reliability:
        return [None] * len(values)
    if len(reliability) not in (1, len(values)):
        raise StatisticError(
            f"--reliability: {len(reliability)} given for {len(values)} values; "
            "give one for all or one for each"
        )
    return [*reliability] * (len(values) // len(reliability))


def _classify(
    pairs: pd.DataFrame, scale: str, settings: dict[str, Any], borders: dict[str, Any]
) -> pd.DataFrame:
    """Put change, index and category beside the rows of one scale."""
    if not bool((pairs["pre"].notna() & pairs["post"].notna()).any()):
        raise DataProblem(f"{scale}: no client has both scores")
    try:
        result = _with_notes(pairs, settings, borders)
    except StatisticError as error:
        raise StatisticError(said(f"{scale}: ", error.message)) from error
    columns = [name for name in result.columns if name not in ("pre", "post")]
    taken = [repr(name) for name in columns if name in pairs.columns]
    if taken:
        raise ColumnError(
            f"--client, --by: {', '.join(taken)} is a column of the result; rename it"
        )
    joined = pairs.assign(**{name: result[name] for name in columns})
    joined.attrs = result.attrs
    return joined


def _with_notes(
    pairs: pd.DataFrame, settings: dict[str, Any], borders: dict[str, Any]
) -> pd.DataFrame:
    """Classify one scale and say its warnings at the terminal."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        cutoff = _cutoff(pairs, settings, borders)
        result = _result(pairs, settings, cutoff, borders["checked"])
    for note in notes:
        typer.echo(f"note: {note.message}", err=True)
    return result


def _result(
    pairs: pd.DataFrame, settings: dict[str, Any], cutoff: float | None, checked: bool
) -> pd.DataFrame:
    from alliance_measures import change

    pre, post = pairs["pre"], pairs["post"]
    limits = {name: settings[name] for name in ("improvement", "deterioration")}
    points = {f"mid_{name}": limit for name, limit in limits.items()}
    side = {"higher_is_better": settings["higher_is_better"]}
    if cutoff is not None:
        rest = {name: setting for name, setting in settings.items() if name not in limits}
        thresholds = points if settings["method"] == "anchor" else limits
        return change.clinical_significance(
            pre, post, cutoff=cutoff, check_cutoff=checked, **rest, **thresholds
        )
    if settings["method"] in BY_THRESHOLD:
        if limits["improvement"] is None:
            raise StatisticError(f"--method {settings['method']} needs --improvement")
        if settings["method"] == "anchor":
            return change.anchor_change(pre, post, **points, **side)
        return change.percentage_change(pre, post, **limits, **side)
    if settings["reliability"] is None:
        raise StatisticError(f"--method {settings['method']} needs --reliability")
    rest = {name: setting for name, setting in settings.items() if name not in limits}
    return change.reliable_change(pre, post, **rest)


def _cutoff(pairs: pd.DataFrame, settings: dict[str, Any], borders: dict[str, Any]) -> float | None:
    from alliance_measures import change

    if borders["kind"] is None:
        return None if borders["cutoff"] is None else float(borders["cutoff"])
    clinical = borders["clinical"]
    if clinical is None:
        complete = pairs.dropna(subset=["pre", "post"])["pre"]
        if complete.nunique() < 2:
            raise StatisticError("the pre scores of the file do not vary; give --clinical")
        clinical = (float(complete.mean()), float(complete.std()))
    tested = settings["method"] == "hageman-arrindell"
    return change.clinical_cutoff(
        borders["kind"],
        clinical=clinical,
        functional=borders["functional"],
        higher_is_better=settings["higher_is_better"],
        method="hageman-arrindell" if tested else "jacobson-truax",
        reliability=settings["reliability"] if tested else None,
    )


def _report(frames: list[pd.DataFrame], groups: list[str]) -> None:
    """Per scale: how many pairs, the cut-off, and the table of categories."""
    from alliance_measures import change

    for frame in frames:
        table = change.summarize(frame, by=groups or None)
        facts = frame.attrs
        border = f", cut-off {facts['cutoff']:.4g}" if "cutoff" in facts else ""
        typer.echo(
            f"{frame['scale'].iloc[0]}: {facts['method']}{border}; "
            f"{facts['n_used']} of {facts['n_original']} clients with both scores",
            err=True,
        )
        typer.echo(table.to_string(index=False, float_format=lambda x: f"{x:.1f}"), err=True)


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    plain = [frame.astype({"category": object}) for frame in frames]
    for frame in plain:
        frame.attrs = {}
    return pd.concat(plain, ignore_index=True)
