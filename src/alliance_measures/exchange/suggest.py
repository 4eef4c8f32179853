"""Find the columns of an instrument's items by name, number and wording: scored, not guessed."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.words import fold, last_number
from alliance_measures.errors import ColumnError
from alliance_measures.frames import frame_of, require_frame
from alliance_measures.layouts.form_names import refuse_other_form
from alliance_measures.layouts.other_sets import refuse_strange_numbers
from alliance_measures.layouts.roles import guess_roles
from alliance_measures.layouts.roles import plain_name as _plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Suggestion", "guess_roles", "suggest_columns"]

ItemKey = int | str
REVERSED = re.compile(r"(.*\d)_?(r|rev|reverse|reversed|recoded|recode|rec|inv)", re.IGNORECASE)
LABELLED = re.compile(
    r"(.*\[)?\s*(?:item\s+|q)?(\d{1,3})\s*[.):]\s*\S.*", re.IGNORECASE | re.DOTALL
)
RATERS = {
    "client": {"c", "cl", "client", "p", "pt", "pat", "patient"},
    "therapist": {"t", "th", "ther", "therapist", "clinician"},
    "observer": {"o", "obs", "observer"},
    "parent": {"par", "parent", "mother", "father"},
}
CERTAIN, MARGIN = 0.5, 0.15
OWN, COMPLETE, BEYOND, RATER = 0.9, 0.6, 0.3, 0.35
SIMILAR = 0.85


class Candidate(NamedTuple):
    """A column that may hold an item."""

    item: ItemKey
    column: str
    score: float
    by: str


class Suggestion(dict[ItemKey, str]):
    """Item -> column for the items whose column is clear; pass it as ``columns=``.

    Attributes
    ----------
    candidates : DataFrame
        Every column that may hold an item: item, column, score (0 to 1), by; best first.
    ambiguous : tuple
        Items for which several columns fit equally well: none was chosen.
    lacking : tuple
        Items for which no column fits.
    refused : tuple of str
        Columns that were left out on purpose, and why.
    """

    candidates: pd.DataFrame
    ambiguous: tuple[ItemKey, ...]
    lacking: tuple[ItemKey, ...]
    refused: tuple[str, ...]


@explained
def suggest_columns(export: Any, instrument: Instrument | str | Path) -> Suggestion:
    """Suggest which column of an export holds which item.

    Parameters
    ----------
    export : Export or DataFrame
        The labels of an Export's codebook are searched for wording and numbers too.
    instrument : Instrument, str or Path

    Returns
    -------
    Suggestion
        A dict item -> column of what is clear. Columns that look like reverse-scored copies
        (``q3_r``) or like another rater's are never suggested; they can be named by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> names = [*(f"WAI_{item}" for item in range(1, 13)), "WAI_3r"]
    >>> frame = pd.DataFrame(columns=["client", *names])
    >>> found = suggest_columns(frame, "wai-sr-client")
    >>> found[3], len(found), found.refused
    ('WAI_3', 12, ("'WAI_3r' looks like a reverse-scored copy",))
    """
    import pandas as pd

    instrument = load(instrument)
    require_frame(frame_of(export), what="export")
    labels = _labels(export)
    refused = [name for name in labels if _is_copy(name, labels)]
    copies = set(refused)
    kept = {name: label for name, label in labels.items() if name not in copies}
    found = [*_by_name(kept, instrument), *_by_number(kept, instrument)]
    found += _by_wording(kept, instrument)
    best: dict[tuple[ItemKey, str], Candidate] = {}
    for one in sorted(found, key=lambda one: -one.score):
        best.setdefault((one.item, one.column), one)
    order = {item: place for place, item in enumerate(instrument.item_ids)}
    ranked = sorted(best.values(), key=lambda one: (order[one.item], -one.score))
    suggestion = Suggestion(_chosen(ranked))
    suggestion.candidates = pd.DataFrame(ranked, columns=list(Candidate._fields))
    fitting = {one.item for one in ranked if one.score >= CERTAIN}
    open_items = [item for item in instrument.item_ids if item not in suggestion]
    suggestion.ambiguous = tuple(item for item in open_items if item in fitting)
    suggestion.lacking = tuple(item for item in open_items if item not in fitting)
    suggestion.refused = tuple(f"{name!r} looks like a reverse-scored copy" for name in refused)
    return suggestion


def _labels(export: Any) -> dict[str, str]:
    """Column -> label, for an Export or a bare frame."""
    codebook = getattr(export, "codebook", None)
    names = [str(name) for name in (export if codebook is None else export.data).columns]
    if codebook is None:
        return {name: name for name in names}
    known = dict(zip(codebook["column"], codebook["label"], strict=True))
    return {name: str(known.get(name, name)) for name in names}


def _is_copy(name: str, names: Iterable[str]) -> bool:
    """Tell a column named like another one, or like a numbered item, with _r behind."""
    match = REVERSED.fullmatch(name.strip())
    if match is None:
        return False
    return match[1] in names or "_" in name[len(match[1]) :]


def _chosen(ranked: Sequence[Candidate]) -> dict[ItemKey, str]:
    """Best column of each item where it is clear and no other item claims it."""
    by_item: dict[ItemKey, list[Candidate]] = defaultdict(list)
    for one in ranked:
        by_item[one.item].append(one)
    clear = {
        item: rivals[0].column
        for item, rivals in by_item.items()
        if rivals[0].score >= CERTAIN
        and (len(rivals) == 1 or rivals[0].score - rivals[1].score >= MARGIN)
    }
    claims = Counter(clear.values())
    return {item: column for item, column in clear.items() if claims[column] == 1}


def _by_name(labels: Mapping[str, str], instrument: Instrument) -> list[Candidate]:
    """Columns named like the item: by its own short name, or by its id."""
    names = {_plain(column): column for column in labels}
    found = []
    by_id = 0.95
    try:
        refuse_strange_numbers(
            labels, {item: str(item) for item in instrument.item_ids}, instrument
        )
    except ColumnError:
        by_id = BEYOND
    for item in instrument.items:
        for name, score in ((item.name, 1.0), (item.id, by_id)):
            column = names.get(_plain(name)) if name is not None else None
            if column is not None:
                found.append(Candidate(item.id, column, score, "name"))
    return found


def _by_number(labels: Mapping[str, str], instrument: Instrument) -> list[Candidate]:
    """Columns that differ in a number alone, in their names or before their labels' texts."""
    groups: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    for column, label in labels.items():
        parts = last_number(column.strip())
        if parts is not None:
            group = groups["number", parts[0].casefold(), parts[2].casefold()]
            group.setdefault(int(parts[1]), column)
        match = LABELLED.fullmatch(label.strip())
        if match and int(match[2]):
            groups["numbered label", (match[1] or "").casefold(), ""].setdefault(
                int(match[2]), column
            )
    found, items = [], set(instrument.item_ids)
    for (by, before, _), group in groups.items():
        score = _group_score(before, group, instrument) if len(group) > 1 else 0.0
        if score > 0:
            found += [Candidate(n, c, score, by) for n, c in group.items() if n in items]
    return found


def _group_score(before: str, group: Mapping[int, str], instrument: Instrument) -> float:
    numbers = {item for item in instrument.item_ids if isinstance(item, int)}
    if not numbers or not numbers <= group.keys():
        return 0.0
    own = _is_own(before, instrument)
    beyond = not group.keys() <= numbers
    score = BEYOND if beyond or _is_of_another(before, instrument) else OWN if own else COMPLETE
    said = _rater(before)
    if said is not None and said != instrument.rater:
        return max(score - RATER, 0.05)
    return min(score + (0.05 if said else 0), 1.0)


def _is_of_another(before: str, instrument: Instrument) -> bool:
    """Whether what stands before the numbers is the name of another form."""
    try:
        refuse_other_form(before, instrument)
    except ColumnError:
        return True
    return False


def _is_own(before: str, instrument: Instrument) -> bool:
    """Whether what stands before the numbers names the instrument."""
    names = {instrument.id, instrument.abbreviation or instrument.id}
    names |= {name.rsplit("-", 1)[0] for name in names if "-" in name}
    names |= {re.split(r"[-\s]", name)[0] for name in names}
    bare = {re.sub(r"[\W_]", "", fold(name)) for name in names}
    words = [word for word in _plain(before).split("_") if word]
    tokens = {token for rater in RATERS.values() for token in rater} | {"item", "q", "i"}
    said = "".join(word for word in words if word not in tokens)
    return said in bare or "".join(words) in bare


def _rater(before: str) -> str | None:
    """Rater that a prefix names; single letters count beside another word alone."""
    words = [word for word in _plain(before).split("_") if word]
    for rater, tokens in RATERS.items():
        if any(word in tokens and (len(word) > 1 or len(words) > 1) for word in words):
            return rater
    return None


def _by_wording(labels: Mapping[str, str], instrument: Instrument) -> list[Candidate]:
    """Columns whose label is the item's text, or nearly."""
    folded = {column: _bare(label) for column, label in labels.items()}
    spoken = {column: set(label.split()) for column, label in folded.items()}
    found = []
    for item in instrument.items:
        for text in item.text.values():
            wanted = _bare(text)
            words = set(wanted.split())
            for column, label in folded.items():
                if not words or len(words & spoken[column]) < len(words) / 2:
                    continue
                ratio = difflib.SequenceMatcher(None, wanted, label, autojunk=False).ratio()
                if ratio >= SIMILAR or wanted in label:
                    score = max(ratio, 0.9 if wanted in label else 0.0)
                    found.append(Candidate(item.id, column, round(score, 3), "wording"))
    return found


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
