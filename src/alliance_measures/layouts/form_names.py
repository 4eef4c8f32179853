"""Names of forms as they stand in the names of columns."""

from __future__ import annotations

import re

from alliance_measures.definitions.catalogue import instrument_ids
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.errors import ColumnError
from alliance_measures.messages import Setting, said

__all__ = ["fold_name", "own_names", "refuse_other_form"]


def fold_name(name: object) -> str:
    """Write a name without case, and with one underscore for any mark."""
    return re.sub(r"[\s_.\-]+", "_", str(name).strip().casefold())


def refuse_other_form(prefix: str, instrument: Instrument) -> None:
    """Columns that bear the name of another form are not taken for this one unasked."""
    name = re.sub(r"[\W_]", "", fold_name(prefix))
    if not name or name in own_names(instrument):
        return
    others = [other for other in instrument_ids() if name in _short_names(other)]
    if others:
        raise ColumnError(
            said(
                f"columns like {prefix!r} bear the name of {' or '.join(others)}, not of "
                f"{instrument.id}; if they are meant, say so by ",
                Setting("columns", f"{prefix}{{item}}"),
            )
        )


def own_names(instrument: Instrument) -> set[str]:
    """Ways to write the instrument in a column."""
    return _short_names(instrument.id) | _short_names(instrument.abbreviation or instrument.id)


def _short_names(name: str) -> set[str]:
    """Ways to write an id or abbreviation in a column: whole, and without its last part."""
    names = {name, name.rsplit("-", 1)[0]}
    return {fold_name(name) for name in names} | {
        re.sub(r"[\W_]", "", fold_name(name)) for name in names
    }
