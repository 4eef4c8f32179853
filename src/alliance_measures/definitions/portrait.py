"""An instrument at a glance: what ``print`` and a notebook show."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from alliance_measures.definitions.describe import key_table

if TYPE_CHECKING:
    from alliance_measures.definitions.instrument import Instrument

__all__ = ["portrait", "portrait_html"]

_WIDTH = 79
_HEADS = ("scale", "items (- reversed)", "score", "range")


def _facts(instrument: Instrument) -> list[tuple[str, str]]:
    licence = instrument.licence
    holder = f", held by {licence.holder}" if licence.holder else ""
    return [
        ("Answered by", f"the {instrument.rater}, about the {instrument.target}"),
        ("Items", f"{len(instrument.items)}; {instrument.response.describe()}"),
        ("Key", instrument.key.status),
        ("Wording", f"{licence.item_text}{holder}"),
    ]


def portrait(instrument: Instrument) -> str:
    """Title, facts and the scale table as text that fits a terminal.

    Examples
    --------
    >>> from alliance_measures import load
    >>> print(portrait(load("sdm-q-9")))
    sdm-q-9: 9-item Shared Decision Making Questionnaire, patient version
      Answered by  the client, about the relationship
      Items        9; whole numbers from 0 to 5
      Key          verified
      Wording      withheld
      scale  items (- reversed)         score         range
      total  1, 2, 3, 4, 5, 6, 7, 8, 9  sum x 20 / 9  0 to 100
    """
    lines = textwrap.wrap(f"{instrument.id}: {instrument.title}", _WIDTH)
    for name, fact in _facts(instrument):
        lines += textwrap.wrap(f"  {name:<13}{fact}", _WIDTH, subsequent_indent=15 * " ")
    rows = [_HEADS, *key_table(instrument)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1, 2)]
    widths[1] = min(widths[1], max(20, _WIDTH - widths[0] - widths[2] - 20))
    return "\n".join(lines + [line for row in rows for line in _row(row, widths)])


def _row(row: tuple[str, str, str, str], widths: list[int]) -> list[str]:
    """One scale; many items go on below."""
    items = textwrap.wrap(row[1], widths[1]) or [""]
    name, score = row[0].ljust(widths[0]), row[2].ljust(widths[2])
    first = f"  {name}  {items[0].ljust(widths[1])}  {score}  {row[3]}".rstrip()
    return [first, *(" " * (widths[0] + 4) + more for more in items[1:])]


def portrait_html(instrument: Instrument) -> str:
    """Show the same as a small table for a notebook; every text is escaped."""
    facts = "; ".join(f"{name.lower()} {fact}" for name, fact in _facts(instrument))
    rows = "".join(_html_row(row, "td") for row in key_table(instrument))
    return (
        f"<p><b>{escape(instrument.id)}</b>: {escape(instrument.title)}<br>{escape(facts)}</p>"
        f"<table><thead>{_html_row(_HEADS, 'th')}</thead><tbody>{rows}</tbody></table>"
    )


def _html_row(cells: tuple[str, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
