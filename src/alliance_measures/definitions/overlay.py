"""Item wording that a user is licensed to use: a file of their own, kept outside the package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.listing import parse_listing
from alliance_measures.definitions.parts import ItemId, Language, Part, Text
from alliance_measures.errors import DefinitionError
from alliance_measures.files import read_bytes
from alliance_measures.yaml_text import MAX_BYTES, Problem

__all__ = ["with_texts"]


class Overlay(Part):
    """The whole file: texts by language and item id, and what permits their use."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    instrument: Text
    permission: Text
    texts: Annotated[FrozenMap[Language, FrozenMap[ItemId, Text]], Field(min_length=1)]


@explained
def with_texts(instrument: Instrument | str | Path, path: str | Path) -> Instrument:
    """Give an instrument the wording that you are licensed to use.

    Parameters
    ----------
    instrument : Instrument, str or Path
        What :func:`alliance_measures.load` accepts.
    path : str or Path
        A YAML file with ``schema: 1``, ``instrument`` (the id), ``permission`` (who allows the
        use) and ``texts`` (language -> item id -> text, every item in every language).

    Returns
    -------
    Instrument
        The same key with the texts; its licence says that they are included, by your permission.
        The package, its files and the instrument that was passed in stay as they are.

    Raises
    ------
    DefinitionError
        Every mistake in the file with its line; no text is repeated.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "wording.yaml")
    >>> _ = file.write_text('''
    ... schema: 1
    ... instrument: srs-v3
    ... permission: Licence of our clinic, by its holder
    ... texts: {en: {1: First line, 2: Second line, 3: Third line, 4: Fourth line}}
    ... ''')
    >>> with_texts("srs-v3", file).item(2).text["en"]
    'Second line'
    >>> folder.cleanup()
    """
    own = load(instrument)
    overlay = parse_listing(_bytes(path), Overlay, name=str(path), cross_check=partial(_cross, own))
    items = tuple(
        item.model_copy(
            update={"text": FrozenMap({lang: t[item.id] for lang, t in overlay.texts.items()})}
        )
        for item in own.items
    )
    licence = own.licence.model_copy(
        update={"item_text": "included", "note": f"Wording by permission: {overlay.permission}"}
    )
    languages = tuple(dict.fromkeys([*own.languages, *overlay.texts]))
    return own.model_copy(update={"items": items, "licence": licence, "languages": languages})


def _bytes(path: str | Path) -> bytes:
    return read_bytes(path, limit=MAX_BYTES + 1, error=DefinitionError)


def _cross(own: Instrument, overlay: Overlay) -> Iterator[Problem]:
    if overlay.instrument != own.id:
        yield Problem(("instrument",), f"is another instrument; must be {own.id}")
    for language, texts in overlay.texts.items():
        for item in texts:
            if item not in own.item_ids:
                yield Problem(("texts", language, item), f"{own.id} has no item {item!r}")
        lacking = [str(item) for item in own.item_ids if item not in texts]
        if lacking:
            yield Problem(("texts", language), f"has no text for item {', '.join(lacking)}")
