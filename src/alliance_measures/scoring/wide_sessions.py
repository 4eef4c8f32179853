"""Recognise items whose columns bear the session in their names: all readings, or none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError
from alliance_measures.layouts.session_names import Label, Part, Way, pattern_parts, session_parts
from alliance_measures.scoring.columns import item_columns, scored_items

__all__ = ["WidePlan", "hidden_sessions", "pattern_plan", "wide_plan"]


@dataclass(frozen=True)
class WidePlan:
    """Which column is which item in which session.

    Attributes
    ----------
    items : dict
        Item -> name of its column once the session is out of it.
    sessions : dict
        Session -> {name without the session: column}, items and other columns that come by
        session (such as the date); numbers in rising order, words in the order of the columns.
    note : str
        How the names were read.
    """

    items: Mapping[int | str, str]
    sessions: Mapping[Label, Mapping[str, Hashable]]
    note: str

    @property
    def used(self) -> set[Hashable]:
        """Columns of the table that belong to a session."""
        return {column for given in self.sessions.values() for column in given.values()}

    @property
    def bases(self) -> set[str]:
        """Names of the columns by session."""
        return {name for given in self.sessions.values() for name in given}


def wide_plan(columns: Iterable[Hashable], instrument: Instrument) -> WidePlan | None:
    """Find the one way in which columns are items by session; None where there is none.

    Parameters
    ----------
    columns : iterable of hashable
    instrument : Instrument

    Returns
    -------
    WidePlan or None

    Raises
    ------
    ColumnError
        Several ways fit (all are listed), or a session lacks some items.
    """
    names = list(columns)
    ways = session_parts(names)
    for marked in (True, False):
        fitting: dict[Way, WidePlan] = {}
        for way, parts in ways.items():
            if bool(way[1]) == marked:
                plan = _plan(way, parts, instrument)
                if plan is not None:
                    fitting[way] = plan
        if len(fitting) > 1:
            _refuse_several(fitting)
        if fitting:
            plan = next(iter(fitting.values()))
            _refuse_holes(plan)
            return plan
    return None


def pattern_plan(names: Sequence[Hashable], instrument: Instrument, pattern: str) -> WidePlan:
    """Read the columns by a pattern with ``{item}`` and ``{session}``.

    Raises
    ------
    ColumnError
        No column fits, or a session lacks some items.
    """
    if "{item" not in pattern:
        raise ColumnError(f"the pattern {pattern!r} needs {{item}} beside {{session}}")
    wanted = {str(item): item for item in scored_items(instrument)}
    parts = [part for part in pattern_parts(names, pattern) if part.base in wanted]
    if not parts:
        raise ColumnError(f"no column fits the pattern {pattern!r}")
    sessions = _by_session(parts)
    items = {item: text for text, item in wanted.items()}
    plan = WidePlan(items, sessions, f"sessions read from the columns' names by {pattern!r}")
    _refuse_holes(plan)
    return plan


def _by_session(parts: Iterable[Part]) -> dict[Label, dict[str, Hashable]]:
    found: dict[Label, dict[str, Hashable]] = {}
    known: dict[str, str] = {}  # one spelling for each name
    for part in parts:
        base = known.setdefault(_fold(part.base), part.base)
        given = found.setdefault(part.label, {})
        if base in given:
            raise ColumnError(
                f"the columns {str(given[base])!r} and {str(part.column)!r} are both "
                f"{base!r} in session {part.label}; rename one"
            )
        given[base] = part.column
    if all(isinstance(label, int) for label in found):
        return dict(sorted(found.items(), key=lambda entry: int(entry[0])))
    return found


def _fold(name: str) -> str:
    return name.casefold().replace(" ", "_").replace(".", "_").replace("-", "_")


def _plan(way: Way, parts: Sequence[Part], instrument: Instrument) -> WidePlan | None:
    import pandas as pd

    try:
        sessions = _by_session(parts)
    except ColumnError:
        return None
    if not way[1] and len(sessions) < 2:
        return None
    items: dict[int | str, str] | None = None
    for given in sessions.values():
        try:
            found = item_columns(pd.DataFrame(columns=list(given)), instrument)
        except ColumnError:
            continue
        items = {item: str(name) for item, name in found.items()}
        break
    if items is None:
        return None
    bases = set(items.values())
    if not all(_is_the_form(given, bases, instrument) for given in sessions.values()):
        return None
    kept = {label: given for label, given in sessions.items() if bases & given.keys()}
    if not way[1] and (len(kept) < 2 or any(not bases <= given.keys() for given in kept.values())):
        return None
    others = {name for given in kept.values() for name in given}
    first, last = next(iter(kept)), list(kept)[-1]
    shown = f"{len(kept)} sessions ({first} to {last})" if len(kept) > 1 else f"session {first}"
    example = kept[first][items[next(iter(items))]] if bases <= kept[first].keys() else ""
    note = f"wide by session: {shown} read from the columns' names, such as {str(example)!r}"
    return WidePlan(items, {k: _in_order(v, items, others) for k, v in kept.items()}, note)


def _is_the_form(given: Mapping[str, Hashable], bases: set[str], instrument: Instrument) -> bool:
    """Whether the columns of a session that has all items are the form's, and no longer one's."""
    import pandas as pd

    if not bases <= given.keys():
        return True
    try:
        item_columns(pd.DataFrame(columns=list(given)), instrument)
    except ColumnError:
        return False
    return True


def _in_order(
    given: Mapping[str, Hashable], items: Mapping[int | str, str], others: set[str]
) -> dict[str, Hashable]:
    rest = [name for name in given if name in others and name not in items.values()]
    return {name: given[name] for name in (*rest, *items.values()) if name in given}


def _refuse_several(fitting: Mapping[Way, WidePlan]) -> None:
    lines = []
    for (place, mark), plan in fitting.items():
        label, given = next(iter(plan.sessions.items()))
        item, base = next(iter(plan.items.items()))
        how = {"word": "a word"}.get(mark, f"the mark {mark!r}" if mark else "a number")
        lines.append(
            f"  {str(given.get(base, base))!r}: item {item} of session {label} ({how} {place} "
            f"the rest; {len(plan.sessions)} sessions)"
        )
    raise ColumnError(
        "the columns' names can be read in several ways:\n"
        + "\n".join(lines)
        + "\nsay which by a pattern such as columns='wai_{item}_s{session}'"
    )


def _refuse_holes(plan: WidePlan) -> None:
    lines = []
    for label, given in plan.sessions.items():
        lacking = [str(item) for item, name in plan.items.items() if name not in given]
        if lacking:
            shown = ", ".join(lacking[:12]) + (" ..." if len(lacking) > 12 else "")
            lines.append(f"session {label} lacks the column of item {shown}")
    if lines:
        raise ColumnError("\n".join([*lines, "add them (empty), or rename what is not meant"]))


def hidden_sessions(
    columns: Iterable[Hashable], found: Mapping[int | str, Hashable], instrument: Instrument
) -> None:
    """Refuse a table whose items were found by name while others hold further sessions.

    Raises
    ------
    ColumnError
        ``wai_1`` ... beside ``wai_1_s2`` ...: which session the plain ones are is not said.
    """
    taken = set(found.values())
    rest = [name for name in columns if name not in taken]
    if len(rest) < len(found):
        return
    for way, parts in session_parts(rest).items():
        plan = _plan(way, parts, instrument) if way[1] else None
        if plan is None:
            continue
        first = next(iter(found.values()))
        label, given = next(iter(plan.sessions.items()))
        raise ColumnError(
            f"columns like {str(first)!r} fit the items, and columns like "
            f"{str(next(iter(given.values())))!r} fit them for session {label}; name the session "
            "of the first in their names too, or say which are meant by columns='...{item}'"
        )
