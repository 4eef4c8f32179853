"""The one guard of every file that is read: what it is, that it stays so, that it is not lost."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from alliance_measures.errors import AllianceError, ExportError

__all__ = ["OpenedFile", "Stamp", "one_run", "opened", "read_bytes", "require_unread", "run_notes"]

BINARY = getattr(os, "O_BINARY", 0)  # Windows alone tells text files from binary ones
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to must not hang us


class Stamp(NamedTuple):
    """What tells a file from another one, and from itself after a change."""

    device: int
    inode: int
    size: int
    changed: int

    @property
    def identity(self) -> tuple[int, int]:
        """The same under every name and link; (0, 0) where the system does not tell."""
        return self.device, self.inode


@dataclass
class Run:
    """What one command or call has read and written so far, and has to say about it."""

    read: dict[str, Stamp] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


_RUN: ContextVar[Run | None] = ContextVar("_RUN", default=None)


@contextlib.contextmanager
def one_run() -> Iterator[None]:
    """Remember every file that is read in the block, so that none of them is overwritten in it.

    Inside another run nothing new begins: the files of a verb belong to the verb.
    """
    if _RUN.get() is not None:
        yield
        return
    token = _RUN.set(Run())
    try:
        yield
    finally:
        _RUN.reset(token)


def run_notes() -> list[str] | None:
    """List the sentences that the run has to say at its end; None outside of a run."""
    run = _RUN.get()
    return None if run is None else run.notes


class OpenedFile:
    """A regular file held open: every look at it sees the same file, whatever its name now means.

    Made by :func:`opened`. The descriptor is closed with the object.

    Attributes
    ----------
    path : Path
    stamp : Stamp
    """

    def __init__(self, path: Path, descriptor: int, stamp: Stamp) -> None:
        self.path = path
        self.stamp = stamp
        self._descriptor = descriptor
        self._end = weakref.finalize(self, os.close, descriptor)

    def stream(self) -> IO[bytes]:
        """Give a reader of its own from the first byte on."""
        reader: io.BufferedReader[Any] = io.BufferedReader(_Reader(self))
        return reader

    def read(self, size: int, offset: int) -> bytes:
        """Read up to `size` bytes from a place in the file."""
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, size, offset)
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        return os.read(self._descriptor, size)

    def require_unchanged(self) -> None:
        """Refuse a file that was written to or replaced since it was opened.

        Raises
        ------
        ExportError
        """
        try:
            same = _stamp(os.fstat(self._descriptor)) == self.stamp
            same = same and _stamp(os.stat(self.path)) == self.stamp
        except OSError:
            same = False
        if not same:
            raise _changed(self.path)

    def close(self) -> None:
        """Close the descriptor now."""
        self._end()

    def __enter__(self) -> OpenedFile:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


class _Reader(io.RawIOBase):
    """A place in an opened file."""

    def __init__(self, file: OpenedFile) -> None:
        self._file = file
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._file.stamp.size}
        self._place = max(0, start[whence] + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        found = self._file.read(len(buffer), self._place)
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)


def opened(path: str | Path, *, error: type[AllianceError] = ExportError) -> OpenedFile:
    """Open a regular file for reading.

    Parameters
    ----------
    path : str or Path
    error : type of AllianceError
        Class of the error for what cannot be read.

    Returns
    -------
    OpenedFile

    Raises
    ------
    AllianceError
        The file is missing, a folder, a pipe or a device, may not be read, or is no longer the one
        that this run has read under the name.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = place.write_text("client,q1")
    >>> with opened(place) as file:
    ...     file.stream().read()
    b'client,q1'
    """
    path = Path(path)
    if os.path.isdir(path):  # Windows opens no folder
        raise error(f"{path} is a folder, not a file")
    try:
        descriptor = os.open(path, os.O_RDONLY | BINARY | WITHOUT_WAITING)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "no file can have this name"
        raise error(f"{path}: cannot be read: {why}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise error(_no_file(path, found.st_mode))
    file = OpenedFile(path, descriptor, _stamp(found))
    _remember(file)
    return file


def read_bytes(
    path: str | Path, *, limit: int | None = None, error: type[AllianceError] = ExportError
) -> bytes:
    """Read a regular file whole, or its first `limit` bytes; see :func:`opened`.

    Raises
    ------
    AllianceError
        As for :func:`opened`; the file changed meanwhile.
    """
    with opened(path, error=error) as file:
        try:
            raw = file.stream().read(-1 if limit is None else limit)
        except OSError as problem:
            raise error(f"{path}: cannot be read: {problem.strerror}") from None
        file.require_unchanged()
    return raw


def require_unread(path: str | Path) -> None:
    """Refuse to write over a file that this run has read or has written.

    Parameters
    ----------
    path : str or Path
        Links are followed; a hard link is the file itself.

    Raises
    ------
    ExportError
    """
    run = _RUN.get()
    if run is None:
        return
    real = os.path.realpath(path)
    if real in run.written:
        raise ExportError(f"{path} is written twice in this run; give each output its own name")
    known = {stamp.identity for stamp in run.read.values()} - {(0, 0)}
    try:
        taken = _stamp(os.stat(path)).identity in known
    except OSError:
        taken = False
    if taken or real in run.read:
        raise ExportError(f"{path} is a file that is read; give the output another name")


def note_written(path: str | Path) -> None:
    """Remember that a file was written in this run."""
    run = _RUN.get()
    if run is not None:
        run.written.add(os.path.realpath(path))


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _remember(file: OpenedFile) -> None:
    """Put a file among those of the run; its second opening must meet the same file."""
    run = _RUN.get()
    if run is None:
        return
    known = run.read.setdefault(os.path.realpath(file.path), file.stamp)
    if known != file.stamp:
        file.close()
        raise _changed(file.path)


def _changed(path: Path) -> ExportError:
    return ExportError(
        f"{path.name}: the file changed while it was read; nothing of it was taken, try again when "
        "nobody writes to it"
    )


def _no_file(path: Path, mode: int) -> str:
    if stat.S_ISDIR(mode):
        return f"{path} is a folder, not a file"
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return f"{path} is a pipe, not a file; write what comes through it into a file first"
    return f"{path} is a device, not a file"
