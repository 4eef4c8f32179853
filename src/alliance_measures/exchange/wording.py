"""What may be shown of an instrument's wording, and how answers are named elsewhere."""

from __future__ import annotations

import re

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Response

__all__ = ["answer_labels", "field_name", "item_label", "number_text", "short_name"]


def item_label(instrument: Instrument, item: int | str, *, language: str | None = None) -> str:
    """Text of an item where it may be shown, else its name or number.

    Parameters
    ----------
    instrument : Instrument
        Wording is shown if its licence includes it: by the definition, or by the wording that
        the user added with permission.
    item : int or str
    language : str, optional
        Default: the first language of the item.

    Returns
    -------
    str

    Examples
    --------
    >>> from alliance_measures import load
    >>> item_label(load("wai-sr-client"), 3)
    'Item 3'
    """
    one = instrument.item(item)
    if instrument.licence.item_text != "withheld" and one.text:
        return one.text.get(language or "") or next(iter(one.text.values()))
    return one.name.replace("_", " ") if one.name else f"Item {item}"


def answer_labels(response: Response, *, language: str | None = None) -> dict[float, str]:
    """Value -> label of every answer; a value without a word is its own label.

    Examples
    --------
    >>> answer_labels(Response(min=0, max=2))
    {0.0: '0', 1.0: '1', 2.0: '2'}
    """
    if response.allowed is None:
        return {}
    first = language if language in response.labels else next(iter(response.labels), None)
    known = dict(response.label_pairs(first)) if first is not None else {}
    return {value: known.get(value) or number_text(value) for value in response.allowed}


def number_text(value: float) -> str:
    """Shortest text of a number: 3, not 3.0.

    Examples
    --------
    >>> number_text(3.0), number_text(0.1)
    ('3', '0.1')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def short_name(instrument: Instrument) -> str:
    """Short name for fields of other systems: lower-case letters, digits, underscores.

    Examples
    --------
    >>> from alliance_measures import load
    >>> short_name(load("wai-sr-client"))
    'wai_sr'
    """
    given = instrument.abbreviation or instrument.id
    plain = re.sub(r"[^a-z0-9]+", "_", given.casefold()).strip("_")
    return plain if plain[:1].isalpha() else f"q_{plain}"


def field_name(instrument: Instrument, item: int | str, *, prefix: str | None = None) -> str:
    """Name of an item's field: what :func:`alliance_measures.score` finds by itself.

    Examples
    --------
    >>> from alliance_measures import load
    >>> field_name(load("wai-sr-client"), 3)
    'wai_sr_3'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", str(item).casefold())
    return f"{prefix if prefix is not None else short_name(instrument)}_{plain}"
