"""Which coding the numbers of an export have: named by the caller, or settled by the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from alliance_measures.definitions.catalogue import load
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Coding, Response
from alliance_measures.definitions.words import as_number, fold
from alliance_measures.errors import ResponseError
from alliance_measures.messages import Message, Setting, lines, said
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.decode import (
    NOT_APPLICABLE,
    NOT_SCORED,
    OUT_OF_RANGE,
    PROBLEMS,
    Decoder,
)
from alliance_measures.scoring.evidence import AnswersBy, settle
from alliance_measures.scoring.invalid import Invalid, raise_problems
from alliance_measures.scoring.recode import coding_maps, raw_line, recode

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Numbers",
    "asks_for_coding",
    "coded",
    "coding_hint",
    "numbers_seen",
    "require_coding",
    "require_own_range",
    "settled_name",
]

Numbers = dict[int | str, set[float]]


def coded(
    answers: pd.DataFrame,
    instrument: Instrument,
    coding: str | None,
    columns: Columns,
    answers_by: AnswersBy,
) -> pd.DataFrame:
    """Turn answers in a named coding into the definition's; refuse where one must be named.

    Raises
    ------
    ResponseError
        The numbers fit several codings and none was named.
    StatisticError
        No such coding.
    """
    if coding is None:
        own = instrument.own_coding
        if own is not None and own.rivals:
            require_coding(instrument, numbers_seen(answers, instrument, columns, answers_by))
        return answers
    if coding == settled_name(instrument):
        return answers
    return recode(answers, instrument, coding, columns=columns, answers_by=answers_by)


def settled_name(instrument: Instrument) -> str | None:
    """Name of the definition's own coding, if it has one."""
    return None if instrument.own_coding is None else instrument.own_coding.name


def asks_for_coding(instrument: Instrument) -> bool:
    """Whether the numbers of a whole file must be seen before its answers can be scored."""
    if instrument.own_coding is not None:
        return True
    return any(_reaches_beyond(instrument, coding) for coding in instrument.codings.values())


def _reaches_beyond(instrument: Instrument, coding: Coding) -> bool:
    """Whether a coding has numbers that the definition does not allow."""
    maps = coding_maps(instrument, coding)
    return coding.linear is not None or any(
        not set(raw) <= set(instrument.response_of(item).allowed or ())
        for item, raw in maps.items()
    )


def numbers_seen(
    answers: pd.DataFrame, instrument: Instrument, columns: Columns, answers_by: AnswersBy = None
) -> Numbers:
    """Distinct numbers of the items whose meaning no label of the file settles.

    Returns
    -------
    dict
        Item -> numbers; codes for not applicable and not scored are none.
    """
    found = item_columns(answers, instrument, columns=columns)
    seen: Numbers = {}
    for item, one in settle(answers, found, instrument, answers_by=answers_by).items():
        if one.by == "label" or (one.finding is not None and one.finding.verdict == "same"):
            continue
        decoder = Decoder(instrument.response_of(item))
        numbers = (_number(cell) for cell in one.column.dropna().unique())
        seen[item] = {
            number
            for number in numbers
            if number is not None
            and decoder.number(number).state not in (NOT_APPLICABLE, NOT_SCORED)
        }
    return seen


def _number(cell: Any) -> float | None:
    if isinstance(cell, str):
        return as_number(fold(cell))
    try:
        return None if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError, OverflowError):
        return None


def require_coding(instrument: Instrument, seen: Numbers) -> None:
    """Refuse numbers that fit the definition's own coding and a rival of it.

    Raises
    ------
    ResponseError
    """
    own = instrument.own_coding
    if own is None or not any(seen.values()):
        return
    rivals = [name for name in own.rivals if _fits(seen, _rival(instrument, name))]
    if rivals and _fits(seen, lambda item: _allows(instrument.response_of(item))):
        ways = [said(Setting("coding", own.name), f" ({own.title})")]
        ways += [_way(instrument, name) for name in rivals]
        line = f"the numbers fit {len(ways)} codings and do not say which was used"
        message = said(f"{instrument.id}: {line}; name it: ", lines(ways, mark=" or "))
        raise ResponseError(message, [line])


def _way(instrument: Instrument, name: str) -> Message:
    if name in instrument.codings:
        return said(Setting("coding", name), f" ({instrument.codings[name].title})")
    return said(f"the instrument {name!r} ({load(name).title})")


Allows = Callable[[float], bool]


def _allows(response: Response) -> Allows:
    allowed = response.allowed
    if allowed is None:
        return lambda number: response.low <= number <= response.high
    return lambda number: number in allowed


def _rival(instrument: Instrument, name: str) -> Callable[[int | str], Allows]:
    if name not in instrument.codings:
        other = load(name)
        return lambda item: _allows(other.response_of(item))
    coding = instrument.codings[name]
    maps = coding_maps(instrument, coding)

    def allows(item: int | str) -> Allows:
        response = instrument.response_of(item)
        if coding.linear is not None and response.allowed is None:
            return _allows(raw_line(response, coding.linear))
        return maps[item].__contains__ if item in maps else _allows(response)

    return allows


def _fits(seen: Numbers, allows: Callable[[int | str], Allows]) -> bool:
    return all(all(map(allows(item), numbers)) for item, numbers in seen.items())


def coding_hint(instrument: Instrument, seen: Numbers) -> str:
    """Say which codings all the numbers fit, where they do not fit the definition's own.

    Returns
    -------
    str
        "" where no coding fits, or where the definition's own does.
    """
    if _fits(seen, lambda item: _allows(instrument.response_of(item))):
        return ""
    rivals = instrument.own_coding.rivals if instrument.own_coding else ()
    known = dict.fromkeys([*instrument.codings, *rivals])
    fitting = [name for name in known if _fits(seen, _rival(instrument, name))]
    if not fitting:
        return ""
    ways = lines((_way(instrument, name) for name in fitting), mark=" or ")
    hint = said("all answers fit another coding or unit: if they are in it, pass ", ways)
    own = settled_name(instrument)
    if not own:
        return hint
    return said(hint, "; if they are not, ", Setting("coding", own), " keeps them as they are")


def require_own_range(
    answers: pd.DataFrame,
    instrument: Instrument,
    found: Sequence[Invalid],
    columns: Columns,
) -> None:
    """Refuse answers out of range that all fit a coding, instead of calling some of them missing.

    Raises
    ------
    ResponseError
    """
    if not (instrument.codings or instrument.own_coding) or not _out_of_range(found):
        return
    hint = coding_hint(instrument, numbers_seen(answers, instrument, columns))
    if hint:
        raise_problems(instrument, found, hint=hint)


def _out_of_range(found: Iterable[Invalid]) -> bool:
    return any(entry.problem == PROBLEMS[OUT_OF_RANGE] for entry in found)
