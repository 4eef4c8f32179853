"""Files in and out: delimited text now, survey platforms as their readers come."""

from __future__ import annotations

from alliance_measures.exchange.text import TextFile, open_text
from alliance_measures.exchange.writing import TableWriter, write_table

__all__ = ["TableWriter", "TextFile", "open_text", "write_table"]
