"""What a file is: by its first bytes, then by the signature of its header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from alliance_measures.errors import ExportError
from alliance_measures.exchange import (
    bids,
    castor,
    google_forms,
    limesurvey,
    microsoft_forms,
    plain,
    qualtrics,
    redcap,
    redcap_fields,
    surveymonkey,
)
from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid
from alliance_measures.files import opened

__all__ = ["FORMATS", "SHEETS", "container", "known_format", "platform"]


class Platform(NamedTuple):
    """How a platform's sheet is recognised and read."""

    recognise: Callable[[Grid], str]
    read: Callable[[Grid, Request], Draft]


def _never(grid: Grid) -> str:
    return ""


SHEETS: dict[str, Platform] = {
    "qualtrics": Platform(qualtrics.recognise, qualtrics.read),
    "redcap": Platform(redcap.recognise, redcap.read),
    "redcap-dictionary": Platform(
        redcap_fields.recognise_dictionary, redcap_fields.read_dictionary_file
    ),
    "limesurvey": Platform(limesurvey.recognise, limesurvey.read),
    "surveymonkey": Platform(surveymonkey.recognise, surveymonkey.read),
    "google-forms": Platform(google_forms.recognise, google_forms.read),
    "microsoft-forms": Platform(microsoft_forms.recognise, microsoft_forms.read),
    "castor": Platform(castor.recognise, castor.read),
    "bids": Platform(bids.recognise, bids.read),
    "csv": Platform(_never, plain.read),
    "csv-wide": Platform(_never, plain.read_wide),
    "csv-long": Platform(_never, plain.read_long),
}
WHOLE = ("spss", "stata", "parquet", "fhir")
FORMATS: tuple[str, ...] = (*SHEETS, *WHOLE, "excel")
ALIASES = {
    "tsv": "csv",
    "text": "csv",
    "plain": "csv",
    "wide": "csv-wide",
    "long": "csv-long",
    "googleforms": "google-forms",
    "google": "google-forms",
    "msforms": "microsoft-forms",
    "ms-forms": "microsoft-forms",
    "microsoftforms": "microsoft-forms",
    "forms": "microsoft-forms",
    "sav": "spss",
    "dta": "stata",
    "xlsx": "excel",
    "bids-phenotype": "bids",
    "fhir-r4": "fhir",
}
SPSS = (b"$FL2", b"$FL3")
OLD_STATA = {110, 111, 112, 113, 114, 115}


def known_format(name: str) -> str:
    """Name of a format as this package writes it.

    Raises
    ------
    ExportError
        No such format; the message lists all.

    Examples
    --------
    >>> known_format("Google Forms"), known_format("sav")
    ('google-forms', 'spss')
    """
    plain_name = name.strip().casefold().replace("_", "-").replace(" ", "-")
    found = ALIASES.get(plain_name, plain_name)
    if found not in FORMATS:
        raise ExportError(f"no format {name!r}; format= is one of {', '.join(FORMATS)}")
    return found


def container(path: Path) -> str:
    """Kind of a file by its first bytes: spss, stata, parquet, excel, zip, json or text.

    Raises
    ------
    ExportError
        The file is missing, a folder, empty or may not be read.
    """
    with opened(path) as file:
        start = file.read(4096, 0)
    if not start:
        raise ExportError(f"{path.name} is empty")
    if start[:4] in SPSS:
        return "spss"
    if start.startswith(b"<stata_dta>") or (
        path.suffix.lower() == ".dta" and start[0] in OLD_STATA
    ):
        return "stata"
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"PK\x03\x04":
        return "zip" if path.suffix.lower() == ".zip" else "excel"
    if start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "excel"
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "json" if bare[:1] in (b"{", b"[") and _is_json(bare, path) else "text"


def _is_json(start: bytes, path: Path) -> bool:
    return path.suffix.lower() in (".json", ".ndjson", ".jsonl") or b'"resourceType"' in start


def platform(grid: Grid, request: Request) -> tuple[str, str]:
    """Recognise whose sheet this is.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    tuple
        Name of the format, and by which sign.

    Raises
    ------
    ExportError
        The header fits several formats; the message names them.
    """
    if request.format in SHEETS:
        return request.format, "named by format="
    signs = {name: one.recognise(grid) for name, one in SHEETS.items()}
    found = {name: sign for name, sign in signs.items() if sign}
    if len(found) > 1:
        shown = " and ".join(f"{name} ({sign})" for name, sign in found.items())
        raise ExportError(f"{request.name} fits {shown}; pass the right one as format=")
    if found:
        return next(iter(found.items()))
    return "csv", "no platform's signature"
