"""Which column holds which item: by mapping, by pattern, or found by name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from alliance_measures.column_names import are_names, told_names
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.words import last_number
from alliance_measures.errors import ColumnError
from alliance_measures.frames import as_names, near_misses, require_frame
from alliance_measures.layouts.form_names import fold_name, own_names, refuse_other_form
from alliance_measures.layouts.other_sets import is_beside, refuse_strange_numbers
from alliance_measures.messages import Either, Setting, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Columns", "item_columns", "scored_items"]

PLACE = re.compile(r"\{item(?::0?(\d)d?)?\}")

Columns = Mapping[int | str, Hashable] | Sequence[Hashable] | str | None


def scored_items(instrument: Instrument) -> tuple[int | str, ...]:
    """Items whose answers the scores need: those in a scale, or all under a whole-form limit."""
    rules = [instrument.missing, *(s.missing for s in instrument.scales.values() if s.missing)]
    if any(rule.form_max_missing is not None for rule in rules):
        return instrument.item_ids
    used = {item for scale in instrument.scales for item in instrument.scale_items(scale)}
    return tuple(item for item in instrument.item_ids if item in used)


def item_columns(
    frame: pd.DataFrame, instrument: Instrument, *, columns: Columns = None
) -> dict[int | str, Hashable]:
    """Find the column of every item that the scores need.

    Parameters
    ----------
    frame : DataFrame
    instrument : Instrument
    columns : mapping, sequence, str or None
        A list of all items' columns in the order of the form; or item id (or item name) ->
        column; a pattern such as ``"wai_{item}"`` in which ``{item}`` stands for the id
        (``{item:02}``: padded with zeros); or None: a column named like the item, or one common
        prefix or suffix around the item numbers.

    Returns
    -------
    dict
        Item id -> column, in the order of the form.

    Raises
    ------
    ColumnError
        Columns missing, doubled or ambiguous: all are listed, with near misses.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance_measures import load
    >>> frame = pd.DataFrame({f"wai_{number:02d}": [3] for number in range(1, 13)})
    >>> item_columns(frame, load("wai-sr-client"))[7]
    'wai_07'
    """
    require_frame(frame, what="answer table")
    wanted = scored_items(instrument)
    if frame.columns.nlevels > 1:
        raise ColumnError(
            f"the columns have {frame.columns.nlevels} levels; give them one name each first"
        )
    if columns is None:
        found = _by_name(frame, instrument, wanted)
    elif isinstance(columns, str):
        found = _by_pattern(frame, columns, wanted)
    else:
        found = _by_mapping(instrument, in_item_order(columns, instrument), wanted)
    _require(frame, found)
    return found


def in_item_order(
    columns: Mapping[int | str, Hashable] | Sequence[Hashable], instrument: Instrument
) -> Mapping[int | str, Hashable]:
    """Map items to columns; a list holds one column for each item, in order."""
    if isinstance(columns, Mapping):
        return columns
    names = as_names(columns)
    if len(names) != len(instrument.item_ids):
        raise ColumnError(
            f"a list of columns holds one for each of the {len(instrument.item_ids)} items of "
            f"{instrument.id}, in their order, not {len(names)}; a mapping item -> column may "
            "leave some out"
        )
    return dict(zip(instrument.item_ids, names, strict=True))


def _by_pattern(
    frame: pd.DataFrame, pattern: str, wanted: Sequence[int | str]
) -> dict[int | str, Hashable]:
    if not PLACE.search(pattern):
        raise ColumnError(
            f"the pattern {pattern!r} needs {{item}}, as in 'wai_{{item}}', or {{item:02}} for "
            "numbers padded to two digits"
        )
    present = {str(name): name for name in frame.columns}
    found: dict[int | str, Hashable] = {}
    for item in wanted:
        name = PLACE.sub(partial(_padded, item), pattern)
        found[item] = present.get(name, name)
    return found


def _padded(item: int | str, place: re.Match[str]) -> str:
    return str(item).zfill(int(place[1] or 0))


def _by_mapping(
    instrument: Instrument, columns: Mapping[int | str, Hashable], wanted: Sequence[int | str]
) -> dict[int | str, Hashable]:
    ids: dict[object, int | str] = {item.name: item.id for item in instrument.items if item.name}
    ids |= {str(item): item for item in instrument.item_ids}
    unknown = [str(key) for key in columns if str(key) not in ids]
    if unknown:
        raise ColumnError(
            f"{instrument.id} has no item {', '.join(unknown)}; "
            f"items are {', '.join(map(str, instrument.item_ids[:40]))}"
        )
    found = {ids[str(key)]: column for key, column in columns.items()}
    lacking = [str(item) for item in wanted if item not in found]
    if lacking:
        raise ColumnError(f"the mapping names no column for item {', '.join(lacking)}")
    return {item: found[item] for item in wanted}


def _require(frame: pd.DataFrame, found: Mapping[int | str, Hashable]) -> None:
    names: list[Hashable] = list(frame.columns)
    counts = Counter(names)
    problems = []
    for item, column in found.items():
        count = counts[column]
        if count > 1:
            problems.append(f"item {item}: the table holds the column {column!r} {count} times")
        elif count == 0:
            alike = [str(name) for name in names if _unpadded(name) == _unpadded(column)]
            near = alike or near_misses(column, names)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            problems.append(f"item {item}: no column {column!r}{hint}")
    doubled = defaultdict(list)
    for item, column in found.items():
        doubled[column].append(str(item))
    for column, items in doubled.items():
        if len(items) > 1:
            problems.append(f"items {', '.join(items)} all point to the column {column!r}")
    if problems:
        raise ColumnError("\n".join(problems))


def _by_name(
    frame: pd.DataFrame, instrument: Instrument, wanted: Sequence[int | str]
) -> dict[int | str, Hashable]:
    direct = _named_like_items(frame, instrument, wanted)
    if direct is not None:
        refuse_strange_numbers(frame.columns, direct, instrument)
        return direct
    if not all(isinstance(item, int) for item in wanted):
        raise ColumnError(_cannot_find(instrument, wanted, frame))
    groups = _numbered(frame)
    needed = set(wanted)
    full = {key: group for key, group in groups.items() if needed <= group.keys()}
    return _choose(full, frame, instrument, wanted)


def _unpadded(name: object) -> str:
    """Fold a name and take the zeros off its numbers: wai_01 is like WAI 1."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", fold_name(name))


def _named_like_items(
    frame: pd.DataFrame, instrument: Instrument, wanted: Sequence[int | str]
) -> dict[int | str, Hashable] | None:
    """Columns that bear the items' own ids or names; None where any item has no such column."""
    by_fold: dict[str, list[Hashable]] = defaultdict(list)
    for column in frame.columns:
        by_fold[fold_name(column)].append(column)
    found: dict[int | str, Hashable] = {}
    for item in wanted:
        names = [fold_name(item), fold_name(instrument.item(item).name or item)]
        hits = [column for name in dict.fromkeys(names) for column in by_fold.get(name, [])]
        if len(hits) > 1:
            raise ColumnError(_several(item, hits))
        if not hits:
            return None
        found[item] = hits[0]
    return found


def _numbered(frame: pd.DataFrame) -> dict[tuple[str, str], dict[int, list[Hashable]]]:
    """Columns grouped by what surrounds their last number: ("wai_", "") -> {1: ["wai_1"], ...}."""
    groups: dict[tuple[str, str], dict[int, dict[Hashable, None]]] = defaultdict(dict)
    for column in frame.columns:
        parts = last_number(str(column).strip())
        if parts is not None and "\n" not in parts[0]:
            key = (parts[0].casefold(), parts[2].casefold())
            groups[key].setdefault(int(parts[1]), {})[column] = None
    return {
        key: {number: list(same) for number, same in group.items()} for key, group in groups.items()
    }


def _choose(
    full: Mapping[tuple[str, str], Mapping[int, Sequence[Hashable]]],
    frame: pd.DataFrame,
    instrument: Instrument,
    wanted: Sequence[int | str],
) -> dict[int | str, Hashable]:
    if not full:
        raise ColumnError(_cannot_find(instrument, wanted, frame))
    answers = {key: group for key, group in full.items() if not is_beside("", fold_name(key[1]))}
    full = answers or full
    own = [key for key in full if fold_name(key[0]).strip("_") in own_names(instrument)]
    keys = own if len(own) == 1 else list(full)
    if len(own) == 1:  # wai2_1 beside wai_1 is no other questionnaire
        keys += [key for key in full if key not in own and _letters(key) == _letters(own[0])]
    if len(keys) > 1:
        seen = " and ".join(repr(full[key][min(full[key])][0]) for key in keys)
        raise ColumnError(
            said(f"the items could begin at {seen}; say which by ", Setting("columns", "...{item}"))
        )
    group = full[keys[0]]
    refuse_other_form(keys[0][0], instrument)
    beyond = sorted(set(group) - {item for item in instrument.item_ids if isinstance(item, int)})
    if beyond:
        raise ColumnError(
            said(
                f"columns like {group[beyond[0]][0]!r} go beyond the {len(instrument.items)} items "
                f"of {instrument.id}; if the first ones are meant, say so by ",
                Setting("columns", "...{item}"),
            )
        )
    for item in wanted:
        if isinstance(item, int) and len(group[item]) > 1:
            raise ColumnError(_several(item, group[item]))
    return {item: group[item][0] for item in wanted if isinstance(item, int)}


def _letters(key: tuple[str, str]) -> str:
    return re.sub(r"[\W\d_]", "", key[0])


def _several(item: int | str, hits: Sequence[Hashable]) -> str:
    return said(
        f"item {item} fits the columns {', '.join(map(repr, hits))}; ",
        Either("name one in columns=", "name the pattern by --columns"),
    )


def _cannot_find(instrument: Instrument, wanted: Sequence[int | str], frame: pd.DataFrame) -> str:
    names = list(frame.columns)
    if not are_names(names):
        return said(
            f"no set of columns fits the {len(wanted)} items of {instrument.id}: "
            f"{told_names(names)}, or name the items by ",
            Setting("columns"),
            Either("", ", or let `alliance map` propose a column for each"),
        )
    shown = ", ".join(map(repr, names[:12]))
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return said(
        f"no set of columns fits the {len(wanted)} items of {instrument.id}; name them by a "
        "pattern (",
        Setting("columns", "q{item}"),
        Either(
            ") or a mapping item -> column (exchange.suggest_columns proposes one)",
            "), or let `alliance map` propose a column for each and pass its file by --mapping",
        ),
        f". The table has {shown}{more}",
    )
