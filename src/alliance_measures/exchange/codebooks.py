"""Codebooks: what every variable of an instrument is, for people and for programs."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.citation import apa
from alliance_measures.definitions.describe import describe
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ExportError
from alliance_measures.exchange.grid import absent
from alliance_measures.exchange.wording import answer_labels, field_name, item_label, number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CODEBOOK_KINDS", "codebook", "codebook_text"]

COLUMNS = (
    "variable",
    "kind",
    "label",
    "min",
    "max",
    "values",
    "reversed",
    "scales",
    "method",
    "missing",
)
CODEBOOK_KINDS = ("markdown", "html", "csv", "json")


@explained
def codebook(
    instrument: Instrument | str | Path, *, reliability: pd.DataFrame | None = None
) -> pd.DataFrame:
    """List every item and scale of an instrument as a codebook.

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it, or where the user added it by
        permission.
    reliability : DataFrame, optional
        One row per scale, as :func:`alliance_measures.psychometrics.reliability_of` gives it; its
        columns are added to the rows of the scales.

    Returns
    -------
    DataFrame
        Items, then scales: variable, kind (item or scale), label, min, max, values (JSON text,
        code to label), reversed (scales in which an item counts reversed; of a scale: its reversed
        items), scales (in which an item counts; of a scale: its items), method and missing (rule).

    Examples
    --------
    >>> codebook("wai-sr-client").loc[[0, 12], ["variable", "kind", "min", "max", "scales"]]
         variable   kind   min   max       scales
    0    wai_sr_1   item   1.0   5.0  task, total
    12       task  scale   4.0  20.0  1, 2, 10, 12
    """
    import pandas as pd

    instrument = load(instrument)
    rows = [_item_row(instrument, item) for item in instrument.item_ids]
    rows += [_scale_row(instrument, scale) for scale in instrument.scales]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if reliability is None:
        return table
    if "scale" not in reliability:
        raise ExportError("reliability= needs a column scale, as reliability_of gives it")
    more = reliability.rename(columns={"scale": "variable"})
    more = more.drop(columns=[name for name in more if name in COLUMNS and name != "variable"])
    return table.merge(more, on="variable", how="left")


def _item_row(instrument: Instrument, item: int | str) -> tuple[object, ...]:
    response = instrument.response_of(item)
    scales = [name for name in instrument.scales if item in instrument.scale_items(name)]
    reverse = [name for name in scales if item in instrument.reversed_items(name)]
    labels = answer_labels(response)
    values = {number_text(value): label for value, label in labels.items()}
    return (
        field_name(instrument, item),
        "item",
        item_label(instrument, item),
        response.low,
        response.high,
        json.dumps(values, ensure_ascii=False) if response.labels and values else "",
        ", ".join(reverse),
        ", ".join(scales),
        "",
        "",
    )


def _scale_row(instrument: Instrument, name: str) -> tuple[object, ...]:
    scale = instrument.scales[name]
    low, high = instrument.score_range(name)
    return (
        name,
        "scale",
        scale.title or name,
        low,
        high,
        "",
        ", ".join(map(str, instrument.reversed_items(name))),
        ", ".join(map(str, instrument.scale_items(name))),
        scale.method,
        instrument.missing_rule(name).method,
    )


@explained
def codebook_text(
    instrument: Instrument | str | Path,
    kind: str = "markdown",
    *,
    reliability: pd.DataFrame | None = None,
) -> str:
    """Write a codebook as Markdown, HTML, CSV or JSON.

    Parameters
    ----------
    instrument : Instrument, str or Path
    kind : {"markdown", "html", "csv", "json"}
    reliability : DataFrame, optional
        As for :func:`codebook`.

    Returns
    -------
    str

    Raises
    ------
    ExportError
        `kind` is none of these.

    Examples
    --------
    >>> codebook_text("srs-v3").splitlines()[0]
    '# Session Rating Scale, version 3.0 (SRS)'
    """
    instrument = load(instrument)
    table = codebook(instrument, reliability=reliability)
    if kind not in CODEBOOK_KINDS:
        raise ExportError(f"no codebook as {kind!r}; it is one of {', '.join(CODEBOOK_KINDS)}")
    if kind == "csv":
        return _csv(table)
    if kind == "json":
        return _json(instrument, table)
    return _markdown(instrument, table) if kind == "markdown" else _html(instrument, table)


def _csv(table: pd.DataFrame) -> str:
    import io

    from alliance_measures.exchange.writing import StreamWriter

    file = io.BytesIO()
    StreamWriter(file).write(table)
    return file.getvalue().decode()


def _json(instrument: Instrument, table: pd.DataFrame) -> str:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    for row in rows:
        row["values"] = json.loads(row["values"]) if row["values"] else {}
    head = {"id": instrument.id, "title": instrument.title, "citation": apa(instrument)}
    return json.dumps({**head, "variables": rows}, indent=2, ensure_ascii=False) + "\n"


def _title(instrument: Instrument) -> str:
    short = instrument.abbreviation
    return f"{instrument.title} ({short})" if short else instrument.title


def _shown(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Headings and cells of the columns that hold anything."""
    names = [name for name in table.columns if (table[name].notna() & (table[name] != "")).any()]
    rows = []
    for row in table[names].itertuples(index=False, name=None):
        rows.append([_cell(name, cell) for name, cell in zip(names, row, strict=True)])
    return names, rows


def _cell(name: str, cell: object) -> str:
    if absent(cell):
        return ""
    if name == "values" and cell:
        return "; ".join(f"{code} {label}" for code, label in json.loads(str(cell)).items())
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell)


def _markdown(instrument: Instrument, table: pd.DataFrame) -> str:
    names, rows = _shown(table)
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [f"# {_title(instrument)}", ""]
    lines += [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(row)} |" for row in cells]
    for section in describe(instrument):
        lines += ["", f"## {section.title}", ""]
        lines += [f"```\n{ln}\n```" if ln.startswith("@") else f"- {ln}" for ln in section.lines]
    return "\n".join(lines) + "\n"


def _html(instrument: Instrument, table: pd.DataFrame) -> str:
    names, rows = _shown(table)
    title = html.escape(_title(instrument))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    sections = "\n".join(
        f"<h2>{html.escape(section.title)}</h2>\n<ul>"
        + "".join(f"<li>{html.escape(line)}</li>" for line in section.lines)
        + "</ul>"
        for section in describe(instrument)
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"<table>\n<tr>{head}</tr>\n{body}\n</table>\n{sections}\n</body>\n</html>\n"
    )


STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{border:1px solid #888;padding:.2em .5em;text-align:left}"
)
