"""What a file's value labels say of the answers, held against the definition's labels.

A number in a file means what the file's own labels say. Where they put the definition's words on
other numbers, the number alone is no answer: the words are scored where the numbers cannot be the
definition's, and the caller is asked where they could be either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.words import as_number, fold
from alliance_measures.scoring.decode import (
    NOT_APPLICABLE,
    NOT_SCORED,
    VALUE,
    Decoded,
    Decoder,
)
from alliance_measures.value_labels import LabelledSets, code_text, labelled_sets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnswersBy", "Finding", "Settled", "settle", "settle_column"]

AnswersBy = Literal["label", "code"] | None
Known = Mapping[float, float]  # what a named coding makes of a number

_NUMBER_FIRST = re.compile(r"\(?([-+]?\d+(?:\.\d+)?)\)?\s*[-=:.)\s]\s*(\S.*)")
_NUMBER_LAST = re.compile(r"(.*\S)\s*\(\s*([-+]?\d+(?:\.\d+)?)\s*\)")
_NO_WORD = "(a code without a word)"  # no definition has this label: reported as such a cell


class Finding(NamedTuple):
    """What was compared in one column, and what follows."""

    item: int | str
    column: Hashable
    same: int  # words of the definition on the definition's numbers
    moved: int  # words of the definition on other numbers
    other: int  # words that are not the definition's
    doubtful: int  # of these, on a number that bears another word here, and met in the data
    impossible: bool  # the labelled numbers cannot be the definition's
    whole: bool  # every word is the definition's, or every word of the definition is there
    mixed: bool  # some cells carry no labels, or other labels than the rest
    example: str  # a word of the definition, the number it has there and here

    @property
    def verdict(self) -> str:
        """same, other, moved (the words settle it), contradicts or partly (the caller must)."""
        if self.moved:
            clear = self.impossible and self.whole and not self.mixed
            return "moved" if clear else "contradicts"
        if self.doubtful:
            return "partly"
        return "same" if self.same else "other"


class Settled(NamedTuple):
    """A column without labels, ready to be read, and what was found."""

    column: pd.Series[Any]
    finding: Finding | None
    by: Literal["label", "code"]


def settle(
    answers: pd.DataFrame,
    found: Mapping[int | str, Hashable],
    instrument: Instrument,
    *,
    answers_by: AnswersBy = None,
    known: Mapping[int | str, Known] | None = None,
) -> dict[int | str, Settled]:
    """Compare the labels of every item's column, and make columns that can be read without them.

    Parameters
    ----------
    answers : DataFrame
    found : mapping
        Item -> column.
    instrument : Instrument
    answers_by : {"label", "code"}, optional
        What counts; None: decided column by column.
    known : mapping, optional
        Item -> what a named coding makes of the numbers, to compare with in their place.

    Returns
    -------
    dict
        Item -> Settled. A column whose verdict is contradicts or partly is left as numbers: it is
        for the caller to refuse it.
    """
    decoders: dict[Any, Decoder] = {}
    settled = {}
    for item, column in found.items():
        response = instrument.response_of(item)
        decoder = decoders.setdefault(response, Decoder(response))
        maps = (known or {}).get(item)
        settled[item] = settle_column(answers[column], item, decoder, answers_by, maps)
    return settled


def settle_column(
    column: pd.Series[Any],
    item: int | str,
    decoder: Decoder,
    answers_by: AnswersBy = None,
    known: Known | None = None,
) -> Settled:
    """Compare and settle one column; see :func:`settle`."""
    labels = labelled_sets(column)
    if labels is None:
        return Settled(column, None, "code")
    if getattr(column.dtype, "value_labels", None) is not None:
        return _settle_numbers(column, item, decoder, answers_by, known)
    return _settle_cells(column, item, labels, decoder, answers_by, known)


def _settle_numbers(
    column: pd.Series[Any],
    item: int | str,
    decoder: Decoder,
    answers_by: AnswersBy,
    known: Known | None,
) -> Settled:
    """Settle the distinct numbers of a column, then all rows by them."""
    import pandas as pd

    distinct = column.drop_duplicates()
    labels = labelled_sets(distinct)
    if labels is None:
        return Settled(column, None, "code")
    small = _settle_cells(distinct, item, labels, decoder, answers_by, known)
    numbers = column.to_numpy(dtype=np.float64)
    if small.by == "code":
        plain = pd.Series(numbers, index=column.index, name=column.name)
        return Settled(plain, small.finding, "code")
    codes, found = pd.factorize(numbers)
    answers = dict(zip(distinct.to_numpy(dtype=np.float64).tolist(), small.column, strict=True))
    table = np.array([*(answers[number] for number in found.tolist()), None], dtype=object)
    out = pd.Series(table[codes], index=column.index, name=column.name, dtype=object)
    return Settled(out, small.finding, "label")


def _settle_cells(
    column: pd.Series[Any],
    item: int | str,
    labels: LabelledSets,
    decoder: Decoder,
    answers_by: AnswersBy,
    known: Known | None,
) -> Settled:
    cells = column.to_numpy(dtype=object)
    finding = _finding(column, item, cells, labels, decoder, known)
    by: Literal["label", "code"]
    by = answers_by or ("label" if finding.verdict == "moved" else "code")
    if by == "code":
        return Settled(_plain(column, cells), finding, "code")
    return Settled(_by_words(column, cells, labels, decoder), finding, "label")


def _finding(
    column: pd.Series[Any],
    item: int | str,
    cells: Any,
    labels: LabelledSets,
    decoder: Decoder,
    known: Known | None,
) -> Finding:
    counts = dict.fromkeys(("same", "moved", "other", "doubtful"), 0)
    impossible, wordless, example = False, False, ""
    present = set()
    for place, words in enumerate(labels.sets):
        met = {code_text(cell).strip() for cell in set(cells[labels.which == place])}
        wordless |= bool({code for code in met - set(words) if _here(code, decoder, known)})
        for code, word in words.items():
            said, here = word_value(word, decoder), _code_value(code, decoder, known)
            if said is None:
                counts["other"] += 1
                worded = here.value in set(decoder.labels.values())
                counts["doubtful"] += worded and here.state == VALUE and code in met
                continue
            present.add((said.state, said.value if said.state == VALUE else 0))
            if _alike(said, here):
                counts["same"] += 1
                continue
            counts["moved"] += 1
            impossible |= here.state not in (VALUE, NOT_APPLICABLE, NOT_SCORED)
            example = example or _example(said, code, decoder)
    if not (counts["same"] or counts["moved"]):
        counts["doubtful"] = 0  # none of the definition's words: nothing to compare with
    bare = (labels.which == -1) & ~_missing(column)
    changed = any(one.changed for one in labels.sets)
    return Finding(
        item,
        column.name,
        **counts,
        impossible=impossible,
        whole=not wordless and (counts["other"] == 0 or _every_word(decoder, present)),
        mixed=len(labels.sets) > 1 or bool(bare.any()) or changed,
        example=example,
    )


def _every_word(decoder: Decoder, present: set[tuple[int, float]]) -> bool:
    """Whether the words of all answers are there, so that others can only be codes."""
    allowed = decoder.response.allowed
    return allowed is not None and {(VALUE, value) for value in allowed} <= present


def _missing(column: pd.Series[Any]) -> Any:
    return column.isna().to_numpy(dtype=bool)


def _here(code: str, decoder: Decoder, known: Known | None) -> bool:
    """Whether a number without a word would be an answer here."""
    return _code_value(code, decoder, known).state == VALUE


def _code_value(code: str, decoder: Decoder, known: Known | None) -> Decoded:
    number = as_number(fold(code))
    if number is not None and known is not None and number in known:
        return decoder.number(known[number])
    return decoder.text(code)


def _alike(first: Decoded, second: Decoded) -> bool:
    if first.state != second.state:
        return False
    return first.state != VALUE or first.value == second.value


def _example(said: Decoded, code: str, decoder: Decoder) -> str:
    """Name a word of the definition, never one of the file."""
    if said.state != VALUE:
        return f"an answer that bears no number here is {code} in the file"
    pairs = decoder.response.label_pairs()
    word = next((repr(word) for value, word in pairs if value == said.value), "")
    there = code if as_number(fold(code)) is not None else "a code of letters"
    return f"{word or 'the answer'} is {said.value:g} here and {there} in the file"


def loose(word: str) -> str:
    """Bring a word to the form in which labels of files are compared: letters and digits alone.

    Examples
    --------
    >>> loose(" Very-often. ")
    'very often'
    """
    plain = unicodedata.normalize("NFKD", fold(word))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w]+|_", " ", plain.replace("'", "")).split())


def word_value(word: str, decoder: Decoder) -> Decoded | None:
    """Answer that a label's word stands for; None where it is no word of the definition.

    Parameters
    ----------
    word : str
        A label, with or without a number before or behind it: the word counts, and only where it
        is unknown the number.
    decoder : Decoder

    Returns
    -------
    Decoded or None
    """
    plain = fold(word)
    found = _worded(plain, decoder)
    for pattern, place, rest in ((_NUMBER_FIRST, 1, 2), (_NUMBER_LAST, 2, 1)):
        match = pattern.fullmatch(plain)
        if found is None and match:
            inner = _worded(match[rest], decoder)
            found = decoder.number(float(match[place])) if inner is None else inner
    number = as_number(plain)
    if found is None and number is not None:
        found = decoder.number(number)
    return found if found and found.state in (VALUE, NOT_APPLICABLE, NOT_SCORED) else None


def _worded(plain: str, decoder: Decoder) -> Decoded | None:
    bare = loose(plain)
    for word, value in decoder.labels.items():
        if bare and loose(word) == bare:
            return Decoded(value, VALUE)
    for code, state in decoder.codes.items():
        if isinstance(code, str) and bare and loose(code) == bare:
            return Decoded(float("nan"), state)
    return None


def _plain(column: pd.Series[Any], cells: Any) -> pd.Series[Any]:
    """Give the column as it would be in a file without labels."""
    import pandas as pd

    if getattr(column.dtype, "value_labels", None) is not None:
        return pd.Series(column.to_numpy(dtype=np.float64), index=column.index, name=column.name)
    bare = np.empty(len(cells), dtype=object)
    bare[:] = [_bare(cell) for cell in cells]
    return pd.Series(bare, index=column.index, name=column.name, dtype=object)


def _bare(cell: Any) -> Any:
    for kind in (str, int, float):
        if isinstance(cell, kind) and not isinstance(cell, bool):
            return kind(cell)
    return cell


def _by_words(
    column: pd.Series[Any], cells: Any, labels: LabelledSets, decoder: Decoder
) -> pd.Series[Any]:
    """Answers that the words stand for; a word the definition lacks stays, to be reported."""
    import pandas as pd

    tables: list[dict[str, Any]] = [
        {code: _answer(word, decoder) for code, word in words.items()} for words in labels.sets
    ]
    out = np.empty(len(cells), dtype=object)
    lost = _missing(column)
    for place, (cell, which) in enumerate(zip(cells, labels.which, strict=True)):
        if lost[place] or which < 0:
            out[place] = None if lost[place] else _unlabelled(cell, decoder)
        else:
            out[place] = tables[which].get(code_text(_bare(cell)).strip(), _NO_WORD)
    return pd.Series(out, index=column.index, name=column.name, dtype=object)


def _unlabelled(cell: Any, decoder: Decoder) -> Any:
    """Keep a cell that is a word itself; a number without a word is none."""
    bare = _bare(cell)
    if isinstance(bare, str) and as_number(fold(bare)) is None:
        return bare
    return _NO_WORD


def _answer(word: str, decoder: Decoder) -> Any:
    said = word_value(word, decoder)
    if said is None:
        return word if fold(word) and as_number(fold(word)) is None else _NO_WORD
    if said.state == VALUE:
        return said.value
    codes = {NOT_APPLICABLE: decoder.response.not_applicable}
    return codes.get(said.state, decoder.response.not_scored)[0]
