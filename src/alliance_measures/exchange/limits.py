"""Files that would not fit: told before they are opened, in one sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

from alliance_measures.errors import ExportError

__all__ = ["available_memory", "checked_zip", "require_memory"]

MB = 1_000_000
MAX_UNPACKED = 1_000 * MB
MAX_RATIO = 100  # unpacked over packed; the sheets of real workbooks lie between 5 and 40
HARMLESS = 20 * MB
MAX_MEMBERS = 10_000
TIMES = 6  # memory that a text table takes, in sizes of its file


def available_memory() -> int | None:
    """Bytes that this process may still take, as far as the system tells; None if it does not."""
    found = [_from_proc(), _from_limit()]
    known = [value for value in found if value is not None]
    return min(known) if known else None


def _from_proc() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith("MemAvailable"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        return None


def _from_limit() -> int | None:
    try:
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        if soft == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return max(0, soft - pages * resource.getpagesize())
    except (ImportError, OSError, ValueError):
        return None


def require_memory(path: Path, *, times: float = TIMES) -> None:
    """Refuse a file whose table would not fit into memory.

    Raises
    ------
    ExportError
    """
    size, free = path.stat().st_size, available_memory()
    if free is not None and size > 16 * MB and size * times > free:
        raise ExportError(
            f"{path.name} has {size / MB:,.0f} MB, more than the memory at hand holds "
            f"({free / MB:,.0f} MB); `alliance score` reads plain CSV piece by piece"
        )


def checked_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip archive whose contents have a sane size.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ZipFile
        The caller closes it.

    Raises
    ------
    ExportError
        The archive is damaged, or would unpack to far more than its own size.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ExportError(
            f"{path.name} is damaged or cut short: it begins like a workbook or a zip archive but "
            "cannot be opened; export it again"
        ) from None
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    ratio = unpacked / max(path.stat().st_size, 1)
    bomb = unpacked > HARMLESS and ratio > MAX_RATIO
    if bomb or unpacked > MAX_UNPACKED or len(members) > MAX_MEMBERS:
        archive.close()
        raise ExportError(
            f"{path.name} would unpack to {unpacked / MB:,.0f} MB, {ratio:,.0f} times its size; "
            "such files are not opened: save the sheet as CSV"
        )
    return archive
