"""An instrument as a REDCap data dictionary, ready to upload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response
from alliance_measures.exchange.redcap_fields import HEADINGS
from alliance_measures.exchange.wording import (
    answer_labels,
    field_name,
    item_label,
    number_text,
    short_name,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["redcap_dictionary"]


@explained
def redcap_dictionary(
    instrument: Instrument | str | Path,
    *,
    form: str | None = None,
    prefix: str | None = None,
    scores: bool = True,
) -> pd.DataFrame:
    """Write an instrument as rows of a REDCap data dictionary.

    Parameters
    ----------
    instrument : Instrument, str or Path
        Wording is shown only where its licence includes it.
    form : str, optional
        Name of the form; default the instrument's short name.
    prefix : str, optional
        What stands before the item numbers in field names; default the short name.
    scores : bool
        Add a calculated field per scale, where REDCap can calculate it: sums and means of
        complete forms.

    Returns
    -------
    DataFrame
        The 18 columns of REDCap's upload: one row per item, then one per score. Save it by
        :func:`alliance_measures.exchange.write_table` with ``escape_formulas=False``.

    Examples
    --------
    >>> table = redcap_dictionary("wai-sr-client")
    >>> table.iloc[0, [0, 3, 5]].tolist()
    ['wai_sr_1', 'radio', '1, Seldom | 2, Sometimes | 3, Fairly often | 4, Very often | 5, Always']
    >>> table.iloc[12, [0, 3, 5]].tolist()
    ['wai_sr_task', 'calc', '[wai_sr_1]+[wai_sr_2]+[wai_sr_10]+[wai_sr_12]']
    """
    import pandas as pd

    instrument = load(instrument)
    form = form or short_name(instrument)
    rows = [_item(instrument, item, form, prefix) for item in instrument.item_ids]
    if scores:
        rows += [
            _score(instrument, scale, form, prefix)
            for scale in instrument.scales
            if _can_calculate(instrument, scale)
        ]
    cells = [[row.get(name, "") for name in HEADINGS] for row in rows]
    return pd.DataFrame(cells, columns=list(HEADINGS), dtype=object)


def _item(instrument: Instrument, item: int | str, form: str, prefix: str | None) -> dict[str, str]:
    response = instrument.response_of(item)
    row = {
        HEADINGS[0]: field_name(instrument, item, prefix=prefix),
        HEADINGS[1]: form,
        HEADINGS[3]: "radio",
        HEADINGS[4]: item_label(instrument, item),
    }
    labels = answer_labels(response)
    if not labels or len(labels) > 21:
        row |= {HEADINGS[3]: "text", HEADINGS[7]: "number" if not labels else "integer"}
        row |= {HEADINGS[8]: number_text(response.low), HEADINGS[9]: number_text(response.high)}
        return row
    cells = [(number_text(value), label) for value, label in labels.items()]
    cells += _states(response)
    row[HEADINGS[5]] = " | ".join(f"{c}, {' '.join(t.replace('|', '/').split())}" for c, t in cells)
    if instrument.item(item).response is None:
        row[HEADINGS[15]] = f"{form}_matrix"[:60]
    return row


def _states(response: Response) -> list[tuple[str, str]]:
    """Code and label of answers that bear no score; REDCap's codes hold no blanks."""
    found = []
    for place, code in enumerate((*response.not_applicable, *response.not_scored)):
        word = isinstance(code, str)
        label = code if isinstance(code, str) else "Does not apply"
        found.append((str(-99 + place) if word else number_text(float(code)), label))
    return found


def _can_calculate(instrument: Instrument, scale: str) -> bool:
    """REDCap's sums know no item transform, no second state beside missing, no weights."""
    definition = instrument.scales[scale]
    items = instrument.scale_items(scale)
    plain = all(instrument.item(item).linear is None for item in items)
    plain &= not any(instrument.response_of(item).not_applicable for item in items)
    plain &= not any(instrument.response_of(item).not_scored for item in items)
    return plain and definition.method in ("sum", "mean")


def _score(instrument: Instrument, scale: str, form: str, prefix: str | None) -> dict[str, str]:
    definition = instrument.scales[scale]
    reverse = instrument.reversed_items(scale)
    terms = []
    for item in instrument.scale_items(scale):
        name, response = field_name(instrument, item, prefix=prefix), instrument.response_of(item)
        ends = number_text(response.low + response.high)
        terms.append(f"({ends}-[{name}])" if item in reverse else f"[{name}]")
    formula = "+".join(terms)
    if definition.method == "mean":
        formula = f"({formula})/{len(terms)}"
    if definition.linear:
        linear = definition.linear
        formula = f"({formula})*{linear.multiply}/{linear.divide}+{linear.add}"
    return {
        HEADINGS[0]: field_name(instrument, scale, prefix=prefix),
        HEADINGS[1]: form,
        HEADINGS[3]: "calc",
        HEADINGS[4]: definition.title or scale,
        HEADINGS[5]: formula,
        HEADINGS[6]: "complete forms only",
    }
