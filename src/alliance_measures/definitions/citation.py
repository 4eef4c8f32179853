"""Citations of an instrument: APA text and BibTeX, from what its definition states."""

from __future__ import annotations

import re

from alliance_measures.definitions.instrument import Instrument

__all__ = ["apa", "bibtex"]


def apa(instrument: Instrument) -> str:
    """Citation with its DOI as a link.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    str

    Examples
    --------
    >>> from alliance_measures import load
    >>> apa(load("wai-sr-client")).endswith("https://doi.org/10.1080/10503300500352500")
    True
    """
    source = instrument.source
    link = f"https://doi.org/{source.doi}" if source.doi else source.url
    text = source.citation
    return f"{text} {link}" if link and link not in text else text


def bibtex(instrument: Instrument) -> str:
    """BibTeX entry; fields that the definition does not state are left out, never guessed.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    str

    Examples
    --------
    >>> from alliance_measures import load
    >>> print(bibtex(load("wai-sr-client")).splitlines()[0])
    @article{wai-sr-client,
    """
    source = instrument.source
    fields = {
        "author": " and ".join(source.authors),
        "title": f"{{{source.title}}}" if source.title else "",
        "journal": source.journal,
        "year": str(source.year or ""),
        "volume": source.volume,
        "number": source.issue,
        "pages": re.sub(r"\s*[-\u2013]+\s*", "--", source.pages or ""),
        "doi": source.doi,
        "url": source.url,
    }
    complete = bool(source.authors and source.title and source.journal and source.year)
    if not complete:
        fields["note"] = source.citation
    lines = [f"  {name} = {{{_plain(value)}}}," for name, value in fields.items() if value]
    kind = "article" if complete else "misc"
    return "\n".join([f"@{kind}{{{instrument.id},", *lines, "}"])


def _plain(text: str) -> str:
    return re.sub(r"(?<!\\)([&%#_])", r"\\\1", text)
