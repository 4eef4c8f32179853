"""Parquet files: columns with the types they have."""

from __future__ import annotations

from alliance_measures.errors import ExportError
from alliance_measures.exchange.export import Draft, Field, Request
from alliance_measures.exchange.extras import need
from alliance_measures.exchange.limits import available_memory

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
    import pandas as pd

    library = need("pyarrow", part="parquet")
    try:
        file = library.ParquetFile(request.path)
        groups = [file.metadata.row_group(place) for place in range(file.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
        free = available_memory()
        table = None if free is not None and 6 * size > free else file.read()
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:  # the library's messages may quote cells
        raise ExportError(
            f"{request.name} cannot be read as Parquet: it is damaged or cut short"
        ) from None
    if table is None:
        raise ExportError(f"{request.name} is too large for the memory at hand; split it by rows")
    frame = table.to_pandas()
    frame = frame.reset_index() if not isinstance(frame.index, pd.RangeIndex) else frame
    frame.columns = [str(name) for name in frame.columns]
    if not frame.columns.is_unique:
        raise ExportError(f"{request.name} holds a column name twice; rename one in the file")
    for name in frame.columns:
        if frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype):
            cells = frame[name].astype(object)
            frame[name] = cells.where(cells.notna(), None)
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    kinds = zip(frame.columns, frame.dtypes, strict=True)
    return Draft("parquet", frame, [Field(name, name, str(dtype)) for name, dtype in kinds])
