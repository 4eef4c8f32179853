"""Columns beside the items that hold the items once more, or more items than the form has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError
from alliance_measures.layouts.form_names import fold_name
from alliance_measures.messages import Setting, said

__all__ = ["is_beside", "refuse_other_sets", "refuse_strange_numbers"]

SHARE = 0.5  # of the items: from here a family of columns is taken for a set of its own
# what platforms keep beside each answer, and copies of a program's own: no answers
BESIDE = re.compile(
    r"(?:.*[\W_])?(?:rt|time|times|timing|timer|duration|secs?|ms|text|txt|comments?|notes?|other|"
    r"orders?|pos|position|clicks?|first|last|submit|page|flags?|labels?|missing|na|z|weights?|"
    r"desc|status|error|count|completed?|timestamp|date|seen)(?:[\W_].*)?"
)


def refuse_other_sets(
    columns: Iterable[Hashable], names: Mapping[int | str, Hashable], used: Iterable[Hashable]
) -> None:
    """Refuse a table in which further columns bear the names of the items with something about.

    Parameters
    ----------
    columns : iterable of hashable
        All columns of the table.
    names : mapping
        Item -> name of its column, without the session where that stands in the names.
    used : iterable of hashable
        Columns that are read.

    Raises
    ------
    ColumnError
        ``wai_1.1`` ... beside ``wai_1`` ..., as pandas names a second set; another person's or
        another session's answers would be lost without a word.

    Examples
    --------
    >>> names = {item: f"wai_{item}" for item in (1, 2, 3)}
    >>> refuse_other_sets([*names.values(), "wai_1_rt", "wai_2_rt"], names, names.values())
    >>> refuse_other_sets([*names.values(), "wai_1.1", "wai_2.1"], names, names.values())
    Traceback (most recent call last):
    ...
    alliance_measures.errors.ColumnError: columns like 'wai_1.1' look like 2 of the 3 items ...
    """
    taken = set(used)
    rest = [name for name in columns if name not in taken]
    bases = {_plain(name): item for item, name in names.items()}
    if not all(re.search(r"[^\W\d_]", base) for base in bases):
        return  # a number alone is part of too many names
    families: dict[tuple[str, str], dict[int | str, Hashable]] = defaultdict(dict)
    item_name = re.compile(
        r"(?<![^\W_])("
        + "|".join(map(re.escape, sorted(bases, key=len, reverse=True)))
        + r")(?!\d)"
    )
    for name in rest:
        text = _plain(name)
        for match in item_name.finditer(text):
            around = (text[: match.start()], text[match.end() :])
            families[around].setdefault(bases[match[1]], name)
    for (before, after), family in families.items():
        if not is_beside(before, after) and len(family) > 1 and len(family) >= SHARE * len(names):
            raise ColumnError(_said(next(iter(family.values())), len(family), len(names), names))


def is_beside(before: str, after: str) -> bool:
    """Whether what stands around the name of an item is what platforms write beside an answer."""
    return any(part and BESIDE.fullmatch(part) for part in (before, after))


def _said(example: Hashable, found: int, items: int, names: Mapping[int | str, Hashable]) -> str:
    first = str(next(iter(names.values())))
    return said(
        f"columns like {str(example)!r} look like {found} of the {items} items once more, beside "
        f"those like {first!r}: another session, another person, or a column named twice; name the "
        "session in all their names (..._s1, ..._s2), or say which are meant by ",
        Setting("columns", "...{item}"),
    )


def refuse_strange_numbers(
    columns: Iterable[Hashable], found: Mapping[int | str, Hashable], instrument: Instrument
) -> None:
    """Refuse columns that are called by number alone, where the numbers are not those of the form.

    Raises
    ------
    ColumnError
        A column 0, as in a table that was read without its header, or numbers that go on beyond
        the last item, as those of a longer form.
    """
    if not all(map(_is_number, found.values())):
        return
    last = max((item for item in instrument.item_ids if isinstance(item, int)), default=0)
    numbers = {int(str(name)) for name in columns if _is_number(name)}
    if 0 in numbers:
        raise ColumnError(
            said(
                "the columns are numbered from 0, so that the column 1 is the second one: give "
                "them names, or say which are meant by ",
                Setting("columns", "{item}"),
            )
        )
    if last and last + 1 in numbers:
        beyond = max(numbers)
        raise ColumnError(
            said(
                f"the columns are numbered up to {beyond}, beyond the {last} items of "
                f"{instrument.id}; if the first ones are meant, say so by ",
                Setting("columns", "{item}"),
            )
        )


def _is_number(name: object) -> bool:
    text = str(name).strip()
    return text.isascii() and text.isdigit() and len(text) < 5


def _plain(name: object) -> str:
    """Write a name without case, and its numbers without zeros in front."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", fold_name(name))
