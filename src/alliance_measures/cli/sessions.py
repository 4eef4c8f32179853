"""Verbs on the sessions of a caseload: trends, ruptures and signals."""

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
    SessionOrder,
    keep_input,
    split_names,
)
from alliance_measures.cli.score_table import file_rows, read_scores, write_result
from alliance_measures.errors import StatisticError

if TYPE_CHECKING:
    import pandas as pd

    from alliance_measures.sessions import RuptureRule

Scores = Annotated[Path, typer.Argument(help="CSV of scores, as `alliance score` writes it.")]
Client = Annotated[str, typer.Option("--client", help="Column of the client.")]
Session = Annotated[
    str,
    typer.Option("--session", help="Column of the session: a number, a date (YYYY-MM-DD), a word."),
]
Value = Annotated[list[str], typer.Option("--value", help="Column of a score; repeat for several.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="CSV to write; standard output without it.")
]
LowerIsBetter = Annotated[
    bool, typer.Option("--lower-is-better", help="A rise is a worsening, as for symptom scores.")
]
Reliability = Annotated[
    float | None, typer.Option("--reliability", help="Reliability of the score, 0 to 1.")
]
Sd = Annotated[
    float | None,
    typer.Option(
        "--sd", help="SD that goes with it; without it `ruptures` takes that of the first scores."
    ),
]
Preset = Annotated[str | None, typer.Option("--preset", help="gumz-2012-1sd or gumz-2012-2sd.")]
Reference = Annotated[str | None, typer.Option("--reference", help="previous, running_max(6), ...")]
Unit = Annotated[
    str | None, typer.Option("--unit", help="raw, sd_within, sd_between, sem, reliable, ...")
]
Threshold = Annotated[
    float | None, typer.Option("--threshold", help="Fall that is a rupture, in that unit.")
]
Repair = Annotated[str | None, typer.Option("--repair", help="limit, share(0.5), within(1).")]
MaxRepair = Annotated[
    int | None, typer.Option("--max-repair", help="Sessions in which a repair counts.")
]
Rules = Annotated[
    Path | None, typer.Option("--rules", help="YAML file of rules; default: those shipped.")
]
InstrumentOf = Annotated[
    str | None,
    typer.Option(
        "--instrument",
        help="Id (or definition file) of the instrument, for its published cut-offs.",
    ),
]
Sem = Annotated[
    float | None, typer.Option("--sem", help="Standard error of measurement, in points.")
]
Latest = Annotated[bool, typer.Option("--latest", help="Only the last session of each client.")]


def _read(
    path: Path,
    client: str,
    session: str,
    names: list[str],
    output: Path | None,
    **reading: Any,
) -> pd.DataFrame:
    """Read scores; ids stay text, so that 007 stays 007."""
    keep_input(path, output)
    return read_scores(path, text=[client], numbers=names, **reading)


def _say_sessions(result: pd.DataFrame) -> None:
    """Say what was decided about the order of the sessions."""
    if "sessions" in result.attrs:
        say(str(result.attrs["sessions"]))


def _one_or_all(names: list[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else names


def _counts(words: pd.Series) -> str:
    table = words.value_counts(sort=False).sort_index()
    return ", ".join(f"{count} {word}" for word, count in table.items())


@app.command()
def trends(
    scores: Scores,
    client: Client,
    session: Session,
    value: Value,
    output: Output = None,
    smallest_slope: Annotated[
        float | None,
        typer.Option(
            "--smallest-slope",
            help="Smallest slope that matters, in points per session; needed to call one stable.",
        ),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    header_row: HeaderRow = None,
    session_order: SessionOrder = None,
) -> None:
    """Trend of each client: level, slope with interval, swing and shape."""
    from alliance_measures import sessions

    names = split_names(value)
    reading: dict[str, Any] = {
        "encoding": encoding,
        "delimiter": delimiter,
        "missing": split_names(missing),
    }
    reading["header_row"] = header_row
    table = _read(scores, client, session, names, output, **reading)
    with file_rows(table, header_row=header_row or 1):
        result = sessions.trends(
            table,
            client=client,
            session=session,
            value=_one_or_all(names),
            smallest_slope=smallest_slope,
            session_order=split_names(session_order) or None,
        )
    write_result(result, output)
    _say_sessions(result)
    for name in names:
        part = result if len(names) == 1 else result[result["scale"] == name]
        n = part["n_sessions"]
        say(
            f"{name}: {len(part)} clients, {int(n.sum())} scored sessions; "
            f"{int((n >= 3).sum())} clients have three or more, enough for a slope with an error."
        )
        say(f"{name}: {_counts(part['shape'])}.")


@app.command()
def ruptures(
    scores: Scores,
    client: Client,
    session: Session,
    value: Value,
    output: Output = None,
    preset: Preset = None,
    reference: Reference = None,
    unit: Unit = None,
    threshold: Threshold = None,
    repair: Repair = None,
    max_repair: MaxRepair = None,
    reliability: Reliability = None,
    sd: Sd = None,
    lower_is_better: LowerIsBetter = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    header_row: HeaderRow = None,
    session_order: SessionOrder = None,
) -> None:
    """Ruptures and repairs under one rule, a row for each."""
    from alliance_measures import sessions

    given = {
        "reference": reference,
        "unit": unit,
        "threshold": threshold,
        "repair": repair,
        "max_repair": max_repair,
        "reliability": reliability,
        "sd": sd,
    }
    rule = _rupture_rule(preset, {name: v for name, v in given.items() if v is not None})
    names = split_names(value)
    reading: dict[str, Any] = {
        "encoding": encoding,
        "delimiter": delimiter,
        "missing": split_names(missing),
    }
    reading["header_row"] = header_row
    table = _read(scores, client, session, names, output, **reading)
    with file_rows(table, header_row=header_row or 1):
        result = sessions.ruptures(
            table,
            client=client,
            session=session,
            value=_one_or_all(names),
            rule=rule,
            higher_is_better=not lower_is_better,
            session_order=split_names(session_order) or None,
        )
    write_result(result, output)
    _say_sessions(result)
    for name in names:
        part = result if len(names) == 1 else result[result["scale"] == name]
        found = _counts(part["status"]) if len(part) else "none"
        found = f"{len(part)} rupture{'' if len(part) == 1 else 's'} ({found})"
        say(f"{name}: {found} in {part[client].nunique()} of {table[client].nunique()} clients.")
    _explain_rule(rule)


def _explain_rule(rule: RuptureRule) -> None:
    say(f"rule: {rule}")
    if "sd_within" in rule.unit:
        say("An SD within needs three scored sessions: clients with fewer were not judged.")
    if not rule.causal:
        say("The rule uses all sessions of each client: for research, not for a live signal.")
    say("Rules differ: other rules find other ruptures in the same courses.")


def _rupture_rule(preset: str | None, given: dict[str, object]) -> RuptureRule:
    from dataclasses import replace

    from alliance_measures.sessions import RUPTURE_PRESETS, RuptureRule

    if preset is None:
        return RuptureRule(**given)  # type: ignore[arg-type]
    if preset not in RUPTURE_PRESETS:
        raise StatisticError(f"no preset {preset!r}; there are {', '.join(RUPTURE_PRESETS)}")
    if given:  # a changed preset no longer carries the author's name
        given |= {"name": "", "source": ""}
    return replace(RUPTURE_PRESETS[preset], **given)  # type: ignore[arg-type]


@app.command()
def signals(
    scores: Scores,
    client: Client,
    session: Session,
    value: Value,
    output: Output = None,
    rules: Rules = None,
    instrument: InstrumentOf = None,
    reliability: Reliability = None,
    sd: Sd = None,
    sem: Sem = None,
    latest: Latest = False,
    lower_is_better: LowerIsBetter = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    missing: MissingCodes = None,
    header_row: HeaderRow = None,
    session_order: SessionOrder = None,
) -> None:
    """Sessions to look at, each with its rule, its source and how certain it is."""
    from alliance_measures import sessions
    from alliance_measures.definitions.catalogue import load

    known = None if instrument is None else load(instrument).id
    names = split_names(value)
    reading: dict[str, Any] = {
        "encoding": encoding,
        "delimiter": delimiter,
        "missing": split_names(missing),
    }
    reading["header_row"] = header_row
    table = _read(scores, client, session, names, output, **reading)
    context = {
        "client": client,
        "session": session,
        "value": _one_or_all(names),
        "instrument": known,
        "reliability": reliability,
        "sd": sd,
        "sem": sem,
        "higher_is_better": not lower_is_better,
        "session_order": split_names(session_order) or None,
    }
    with file_rows(table, header_row=header_row or 1):
        result = sessions.signals(table, rules, latest=latest, **context)  # type: ignore[arg-type]
        plan = sessions.signal_plan(table, rules, **context)  # type: ignore[arg-type]
    write_result(result, output)
    _say_sessions(result)
    _explain(result, plan, n_sessions=len(table))


def _explain(result: pd.DataFrame, plan: pd.DataFrame, *, n_sessions: int) -> None:
    """Say in plain language what the signals are and what they are not."""
    say(f"{len(result)} signals in {n_sessions} sessions.")
    for rule, part in result.groupby("rule", sort=False):
        first = part.iloc[0]
        say(f"- {rule}: {len(part)} ({first['level']}). {first['text']}")
        say(f"  What to do: {first['action']}")
    silent = plan[~plan["runs"]]
    for rule, why in zip(silent["rule"], silent["why_not"], strict=True):
        say(f"- {rule}: not used, it {why}.")
    say("A signal is a reason to ask, not a finding; no signal does not mean all is well.")
    if "unscored" in set(result["rule"]):
        say("Grey sessions have no score.")
