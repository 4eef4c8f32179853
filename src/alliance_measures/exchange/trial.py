"""A trial: another process reads the file first, with limits of memory and time.

The readers of SPSS, Stata, OpenDocument and old Excel files are written in other languages; a
damaged or hostile file can end the process that reads it, fill the memory or never end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from alliance_measures.errors import ExportError

__all__ = ["try_in_a_process"]

MB = 1_000_000
BASE_MEMORY, MEMORY_TIMES = 1_000 * MB, 40  # room for the table: and 40 times the file
BASE_SECONDS, SECONDS_PER_MB = 60, 4
TOO_LARGE = 9
VARIABLE = "ALLIANCE_READ_LIMIT_MB"

# The limit counts from what the process holds once its libraries are there.
LIMITED = f"""
import os, sys
def limited(memory, seconds):
    try:
        import resource
        pages = int(open("/proc/self/statm").read().split()[0])
        top = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (top, top))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    except (ImportError, OSError, ValueError):
        pass
def run(read):
    try:
        read()
    except MemoryError:
        os._exit({TOO_LARGE})
    except Exception as error:
        words = str(error).lower()
        os._exit({TOO_LARGE} if "memory" in words or "malloc" in words else 0)
    os._exit(0)
"""


def try_in_a_process(path: Path, program: str, arguments: Sequence[str]) -> bool:
    """Read a file in a process of its own.

    Parameters
    ----------
    path : Path
    program : str
        Python that imports its libraries and defines ``read()``; the path is ``sys.argv[3]``,
        `arguments` follow.
    arguments : sequence of str

    Returns
    -------
    bool
        Whether the process outlived it. Errors of the reader are told when we read.

    Raises
    ------
    ExportError
        The file needs more memory or time than a file of its size may.

    Notes
    -----
    Where the system knows no limits of memory (Windows), the time is limited all the same.
    """
    if not sys.executable:
        return True
    size = path.stat().st_size
    memory, seconds = _memory(size), int(BASE_SECONDS + SECONDS_PER_MB * size / MB)
    code = f"{LIMITED}\n{program}\nlimited(int(sys.argv[1]), int(sys.argv[2]))\nrun(read)"
    command = [sys.executable, "-P", "-c", code, str(memory), str(seconds), str(path), *arguments]
    silent = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdin=silent, stdout=silent, stderr=silent, check=False, timeout=seconds,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ExportError(f"{path.name} cannot be read within {seconds} seconds") from None
    except OSError:
        return True
    if done.returncode == TOO_LARGE:
        raise ExportError(
            f"{path.name} unpacks to a table that does not fit into {memory / MB:,.0f} MB; "
            f"{VARIABLE} allows more, in megabytes"
        )
    return 0 <= done.returncode <= 2


def _memory(size: int) -> int:
    asked = os.environ.get(VARIABLE, "")
    if asked:
        if not asked.isascii() or not asked.isdigit():
            raise ExportError(f"the environment variable {VARIABLE} is a whole number of megabytes")
        return int(asked) * MB
    return BASE_MEMORY + MEMORY_TIMES * size
