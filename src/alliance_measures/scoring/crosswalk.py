"""From the answers to a long form to those of a short form that shares its items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.definitions.catalogue import crosswalk, load
from alliance_measures.definitions.crosswalks import check_against
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.parts import Key, Response
from alliance_measures.errors import ResponseError
from alliance_measures.scoring.answers import ItemColumn
from alliance_measures.scoring.columns import Columns, item_columns
from alliance_measures.scoring.invalid import Invalid, invalid_in, raise_problems

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["short_form", "shorten"]

AnswerRange = Literal["keep", "rescale"]


@explained
def shorten(
    answers: pd.DataFrame,
    long: str,
    short: str,
    *,
    columns: Columns = None,
    answer_range: AnswerRange | None = None,
) -> pd.DataFrame:
    """Take the items of a short form out of the answers to a long form.

    Parameters
    ----------
    answers : DataFrame, shape (n, any)
        Answers to the long form: numbers, numeric text or labels. Never changed.
    long, short : str
        Ids of the two forms; a crosswalk between them must be known.
    columns : mapping, str or None
        Columns of the long form's items, as for :func:`alliance_measures.score`.
    answer_range : {"keep", "rescale"}, optional
        Needed where the two forms have other answers (7 points and 5). "keep": the answers as
        they were given. "rescale": linearly between the ends, unrounded. Neither is what people
        would have answered on the short form; no study of the change is known.

    Returns
    -------
    DataFrame, shape (n, items of the short form)
        float64, one column per item named by its id, the index of `answers`; NaN where missing.
        Not reversed: score it as the short form. Where the answers changed, score it with
        :func:`short_form`.

    Raises
    ------
    UnknownInstrumentError
        No crosswalk between the two.
    ColumnError
        A column is missing, doubled or ambiguous.
    ResponseError
        Answers that the long form does not allow, or another range of answers in the short form
        and `answer_range` not given.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance_measures import score
    >>> answers = pd.DataFrame({f"q{item}": [4] for item in range(1, 37)})
    >>> score(shorten(answers, "wai-36-client", "wai-s-client"), "wai-s-client")
       task  bond  goal  total
    0  16.0  16.0  16.0   48.0
    """
    import pandas as pd

    entry, parent, child = crosswalk(long, short), load(long), load(short)
    check_against(entry, parent, child)
    spans = {item: _spans(parent, child, item, entry.items[item]) for item in child.item_ids}
    if answer_range is None and any(ours != theirs for ours, theirs in spans.values()):
        raise ResponseError(_other_range(parent, child))
    found = item_columns(answers, parent, columns=columns)
    taken: dict[int | str, NDArray[np.float64]] = {}
    problems: list[Invalid] = []
    for item in child.item_ids:
        source = entry.items[item]
        values = _values(answers[found[source]], parent.response_of(source), source, problems)
        taken[item] = _rescaled(values, *spans[item]) if answer_range == "rescale" else values
    raise_problems(parent, problems)
    return pd.DataFrame(taken, index=answers.index)


@explained
def short_form(long: str, short: str, *, answer_range: AnswerRange) -> Instrument:
    """Give the key of a short form with the answers that :func:`shorten` leaves it.

    Parameters
    ----------
    long, short : str
        Ids of the two forms.
    answer_range : {"keep", "rescale"}
        As given to :func:`shorten`.

    Returns
    -------
    Instrument
        The short form's items and scales, the changed answers, key status unvalidated, and
        neither norms, reliabilities nor cut-offs: those belong to the published answers.

    Raises
    ------
    UnknownInstrumentError
        No crosswalk between the two.

    Examples
    --------
    >>> short_form("wai-36-client", "wai-sr-client", answer_range="keep").score_range("total")
    (12.0, 84.0)
    >>> short_form("wai-36-client", "wai-sr-client", answer_range="rescale").score_range("total")
    (12.0, 60.0)
    """
    entry, parent, child = crosswalk(long, short), load(long), load(short)
    check_against(entry, parent, child)
    words = f"Taken out of {long} with the answers {answer_range}; not a published form."
    changed: dict[str, Any] = {
        "title": f"{child.title}, taken out of {long}",
        "key": Key(status="unvalidated", evidence=(words, *entry.evidence)),
        "response": parent.response if answer_range == "keep" else _line(child.response),
        "norms": (),
        "reliability": (),
        "cutoffs": (),
        "codings": type(child.codings)(),
    }
    return child.model_copy(update=changed)


def _spans(
    parent: Instrument, child: Instrument, item: int | str, source: int | str
) -> tuple[tuple[float, float], tuple[float, float]]:
    ours, theirs = child.response_of(item), parent.response_of(source)
    return (ours.low, ours.high), (theirs.low, theirs.high)


def _values(
    column: pd.Series[Any], response: Response, item: int | str, problems: list[Invalid]
) -> NDArray[np.float64]:
    reader = ItemColumn(column, item=item, response=response)
    chunk = reader.read(0, len(column))
    problems += invalid_in(reader, chunk.states, 0)
    return np.where(chunk.answered, chunk.values, np.nan).astype(np.float64)


def _rescaled(
    values: NDArray[np.float64], ours: tuple[float, float], theirs: tuple[float, float]
) -> NDArray[np.float64]:
    return ours[0] + (values - theirs[0]) * (ours[1] - ours[0]) / (theirs[1] - theirs[0])


def _line(response: Response) -> Response:
    return Response(min=response.low, max=response.high, step="any")


def _other_range(parent: Instrument, child: Instrument) -> str:
    return (
        f"{parent.id} is answered in {parent.response.describe()}, {child.id} in "
        f"{child.response.describe()}: a score of one is not a score of the other. Say "
        "answer_range='keep' or answer_range='rescale' to go on, and score with short_form()"
    )
