"""Optional libraries: loaded when needed, and named with their install line when absent."""

from __future__ import annotations

import importlib
from typing import Any

from alliance_measures.errors import ExportError

__all__ = ["EXTRAS", "need"]

# library -> (extra of this package, what it does)
EXTRAS: dict[str, tuple[str, str]] = {
    "pyreadstat": ("spss", "SPSS and Stata files"),
    "python_calamine": ("excel", "reading Excel workbooks"),
    "openpyxl": ("excel", "writing Excel workbooks"),
    "pyarrow": ("parquet", "Parquet files"),
}


def need(library: str, *, part: str = "") -> Any:
    """Import an optional library.

    Parameters
    ----------
    library : str
        A key of :data:`EXTRAS`.
    part : str
        A module inside it.

    Returns
    -------
    module

    Raises
    ------
    ExportError
        It is not installed; the message gives the install line.
    """
    extra, purpose = EXTRAS[library]
    try:
        return importlib.import_module(f"{library}.{part}" if part else library)
    except ImportError:
        raise ExportError(
            f"{purpose} need {library}: pip install 'alliance-measures[{extra}]'"
        ) from None
