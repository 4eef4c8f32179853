"""Parquet files: columns with the types they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.extras import need
from alliance_measures.exchange.limits import TIMES, available_memory

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read"]


def read(request: Request) -> Draft:
    """Read a Parquet file.

    Parameters
    ----------
    request : Request

    Returns
    -------
    Draft

    Raises
    ------
    ExportError
        The file is damaged, or its table would not fit into memory.
    """
    failed = False
    try:
        frame = _frame(request)
    except (ExportError, MemoryError):
        raise
    except Exception:  # the library's messages may quote cells
        failed = True
    if failed:
        raise ExportError(f"{request.name} cannot be read as Parquet: it is damaged or cut short")
    kinds = zip(frame.columns, frame.dtypes, strict=True)
    return Draft("parquet", frame, [Field(name, name, str(dtype)) for name, dtype in kinds])


def _frame(request: Request) -> pd.DataFrame:
    """Read and convert the table; text that is no Unicode shows in the conversion alone."""
    import pandas as pd

    file = need("pyarrow", part="parquet").ParquetFile(request.path)
    groups = [file.metadata.row_group(place) for place in range(file.num_row_groups)]
    size, free = sum(group.total_byte_size for group in groups), available_memory()
    if free is not None and TIMES * size > free:
        raise ExportError(f"{request.name} is too large for the memory at hand; split it by rows")
    frame: pd.DataFrame = file.read().to_pandas()
    frame = frame.reset_index() if not isinstance(frame.index, pd.RangeIndex) else frame
    frame.columns = [str(name) for name in frame.columns]
    if not frame.columns.is_unique:
        raise ExportError(f"{request.name} holds a column name twice; rename one in the file")
    for name in frame.columns:
        if frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype):
            cells = frame[name].astype(object)
            frame[name] = cells.where(cells.notna(), None)
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    return frame
