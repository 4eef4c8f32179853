"""Put a file in its place whole or not at all, and leave nothing readable where that fails."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import stat
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from alliance_measures.errors import ExportError, outside
from alliance_measures.files import BINARY, note_written, require_unread, run_notes

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["DRY_RUN", "atomic", "replacing", "sweep"]

# set by `--dry-run`: everything is done but nothing is written
DRY_RUN: ContextVar[bool] = ContextVar("DRY_RUN", default=False)
UNNAMED = getattr(os, "O_TMPFILE", 0)
PART = re.compile(r"\..+\.[0-9a-f]{8}\.alliance-part(\.\w+)?")
OLD_PART = re.compile(r"\..+\.[0-9a-f]{8}\.part(\.\w+)?")  # as versions before wrote them
DAY = 86_400  # seconds after which a part file is stale where the system has no locks


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that takes the place of `path` when the block ends well.

    Where the system has unnamed files, the temporary one has no name: nothing is left of it when
    the process is killed. Elsewhere it is hidden beside `path`, and the next run removes it.

    Parameters
    ----------
    path : Path

    Yields
    ------
    file object, binary, for writing

    Raises
    ------
    ExportError
        The folder is missing or not writable, the disk is full, or `path` is a file that this run
        reads; `path` is untouched.
    """
    path = _target(path)
    if DRY_RUN.get():
        with _told(path):
            path.parent.stat()  # a folder that is missing is told all the same
        yield io.BytesIO()
        return
    with _told(path), _temporary(path) as (file, hidden):
        yield file
        file.flush()
        os.fsync(file.fileno())
        _place(file.fileno(), hidden, path)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the name of a temporary file, for libraries that write by name; see :func:`atomic`.

    Yields
    ------
    Path
    """
    path = _target(path)
    with _told(path), _temporary(path) as (file, hidden):
        yield hidden or Path(f"/proc/self/fd/{file.fileno()}")
        if DRY_RUN.get():
            return
        os.fsync(file.fileno())
        _place(file.fileno(), hidden, path)


def _target(path: Path) -> Path:
    require_unread(path)
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise ExportError(f"{path} is a folder or a device, not a file; give a file name")
    return path


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[tuple[IO[bytes], Path | None]]:
    """Open a file for nobody else to read: without a name, or hidden and locked."""
    sweep(path.parent)
    hidden = None
    descriptor = _unnamed(path.parent)
    if descriptor is None:
        hidden = _hidden_name(path)
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o600)
        _lock(descriptor)
    try:
        with open(descriptor, "wb") as file:
            yield file, hidden
    finally:
        if hidden is not None:
            with contextlib.suppress(OSError):
                hidden.unlink()


def _unnamed(folder: Path) -> int | None:
    if not UNNAMED or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, UNNAMED | os.O_RDWR, 0o600)
    except OSError:  # not every file system has them; what else is wrong shows at the next step
        return None


def _hidden_name(path: Path) -> Path:
    ending = path.suffix if re.fullmatch(r"\.\w+", path.suffix) else ""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.alliance-part{ending}")


def _place(descriptor: int, hidden: Path | None, path: Path) -> None:
    """Give the finished file its name; what was read meanwhile is looked at once more."""
    require_unread(path)
    mode = mode_of(path)
    if hidden is None:
        hidden = _hidden_name(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:  # a link cannot replace a file: the finished one gets a name beside it first
            source = f"/proc/self/fd/{descriptor}"
            os.link(source, hidden, src_dir_fd=folder, follow_symlinks=True)
        finally:
            os.close(folder)
    try:
        hidden.chmod(mode)
        hidden.replace(path)
    except OSError:
        hidden.unlink()
        raise
    note_written(path)


def mode_of(path: Path) -> int:
    """Access rights of the file that is replaced, or those that any new file gets."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def sweep(folder: Path) -> None:
    """Remove the part files that ended runs left in a folder, and say so.

    Only files of our own name, owner and kind that no living process holds are removed. Those of
    older versions bear a name that others may use: they are named, and left.
    """
    stale, old = [], []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and _is_ours(entry):
                if PART.fullmatch(entry.name) and _removed(Path(entry.path)):
                    stale.append(entry.name)
                elif OLD_PART.fullmatch(entry.name):
                    old.append(entry.name)
    if stale:
        _say(f"removed, left by a run that was ended: {', '.join(sorted(stale))}")
    if old:
        _say(f"perhaps left by a run that was ended, look and remove: {', '.join(sorted(old))}")


def _is_ours(entry: os.DirEntry[str]) -> bool:
    if not (PART.fullmatch(entry.name) or OLD_PART.fullmatch(entry.name)):
        return False
    found = entry.stat(follow_symlinks=False)
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISREG(found.st_mode) and mine


def _removed(part: Path) -> bool:
    """Remove a part file unless its writer lives: it holds a lock, or the file is young."""
    with contextlib.suppress(OSError):
        if fcntl is None:
            if time.time() - part.stat().st_mtime < DAY:
                return False
            part.unlink()
            return True
        with part.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
            return True
    return False


def _lock(descriptor: int) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _say(note: str) -> None:
    notes = run_notes()
    if notes is None:
        warnings.warn(note, UserWarning, stacklevel=outside())
    elif note not in notes:
        notes.append(note)
