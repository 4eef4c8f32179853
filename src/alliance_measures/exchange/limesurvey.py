"""LimeSurvey: codes or full answers under codes, texts or both."""

from __future__ import annotations

import re

from alliance_measures.exchange.carried import codebook_values
from alliance_measures.exchange.code_sheets import limesurvey_codes
from alliance_measures.exchange.export import Draft, Request
from alliance_measures.exchange.grid import Grid, draft_of, unique_names
from alliance_measures.exchange.statuses import mark_rows

__all__ = ["read", "recognise"]

CODES = ("id", "submitdate", "lastpage", "startlanguage")
TEXTS = ("response id", "date submitted", "last page", "start language")
IDENTIFYING = {"ipaddr", "firstname", "lastname", "email"}
CODE_AND_TEXT = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[^\]]*\])*)\.\s+(\S.*)", re.DOTALL)
OLD = re.compile(r"\S+ \[[^\]]+\]")
ANSWER_CODE = re.compile(r"A\d{1,4}")


def recognise(grid: Grid) -> str:
    """Say by which sign this is a LimeSurvey export; "" if it is none."""
    first = [_split(name)[0].casefold() for name in grid.header[:5]]
    if len(first) < 3 or first[0] != "id":
        texts = [name.strip().casefold() for name in grid.header[:5]]
        return "the header begins with Response ID, Date submitted" if _begins(texts) else ""
    if first[1] == "submitdate" or (first[1], first[2]) == ("lastpage", "startlanguage"):
        return f"the header begins with id, {first[1]}"
    return ""


def _begins(texts: list[str]) -> bool:
    return texts[:1] == [TEXTS[0]] and TEXTS[1] in texts and TEXTS[2] in texts


def _split(heading: str) -> tuple[str, str]:
    """Code and text of a heading.

    Examples
    --------
    >>> _split("q1[vis1]. How was it?"), _split("q1[vis1]")
    (('q1[vis1]', 'How was it?'), ('q1[vis1]', ''))
    """
    match = CODE_AND_TEXT.fullmatch(heading.strip())
    return (match[1], match[2]) if match else (heading.strip(), "")


def read(grid: Grid, request: Request) -> Draft:
    """Read a LimeSurvey export.

    Parameters
    ----------
    grid : Grid
    request : Request

    Returns
    -------
    Draft
        Columns under their codes where the headings hold codes; row_status says partial where
        submitdate is empty.
    """
    pairs = [_split(name) for name in grid.header]
    names, repeated = unique_names([code for code, _ in pairs])
    texts = [text or name for (_, text), name in zip(pairs, names, strict=True)]
    draft = draft_of("limesurvey", grid, names, labels=texts)
    draft.fields = [one._replace(identifier=one.column in IDENTIFYING) for one in draft.fields]
    if repeated:
        draft.note("repeated-name", "headings that recur were numbered", n=repeated)
    both = any(text for _, text in pairs)
    draft.note("layout", "headings hold code and text" if both else "headings as they stand")
    if request.dictionary is not None:
        codes = limesurvey_codes(request.dictionary, names)
        draft.fields = codebook_values(draft.fields, codes)
        draft.note("labels", "columns with answer codes in the survey structure", n=len(codes))
    _answers_note(draft)
    _mark_unfinished(draft)
    return draft


def _answers_note(draft: Draft) -> None:
    known = {one.column for one in draft.fields if one.values}
    coded = [
        str(name)
        for name in draft.data.columns
        if name not in known
        and (cells := draft.data[name].dropna()).size
        and cells.map(_is_code).all()
    ]
    if coded:
        draft.note(
            "answers",
            "hold answer codes such as A1, which are not values: pass the survey structure (.txt) "
            "by dictionary=, name them under `answers:` of a mapping, or export full answers",
            n=len(coded),
        )


def _is_code(cell: object) -> bool:
    return bool(ANSWER_CODE.fullmatch(str(cell)))


def _mark_unfinished(draft: Draft) -> None:
    for name in ("submitdate", "Date submitted"):
        if name in draft.data.columns:
            empty = draft.data[name].isna().to_numpy()
            mark_rows(draft, ["partial" if one else "complete" for one in empty])
            return
