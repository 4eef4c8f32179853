"""Keys of pseudonyms: where they come from, and which are no secret."""

from __future__ import annotations

import math
import os
import stat
from collections import Counter
from itertools import pairwise
from pathlib import Path

from alliance_measures.arguments import explained
from alliance_measures.errors import ExportError
from alliance_measures.files import read_bytes

__all__ = ["read_key", "refuse_weak"]

MIN_KEY = 16
MAX_KEY = 4_096
MIN_BITS = (
    34  # by how often each byte occurs; 16 random hex digits have less in 1 of 10,000 at most
)
MIN_STEPS = 6  # different steps from byte to byte: 0123456789abcdef has 2
MAKE_ONE = "`python -c 'import secrets; print(secrets.token_hex(32))'`"


@explained
def read_key(*, file: str | Path | None = None, variable: str | None = None) -> bytes:
    """Read the key from a file or an environment variable; there is no default key.

    Parameters
    ----------
    file : str or Path, optional
        Readable by its owner alone.
    variable : str, optional
        Name of an environment variable.

    Returns
    -------
    bytes
        Blanks and line ends around the key do not belong to it.

    Raises
    ------
    ExportError
        Neither or both are given, the place is empty, others may read the file, or the key is
        weak: shorter than 16 bytes, repeated, or of few different bytes.
    """
    if (file is None) == (variable is None):
        raise ExportError("give the key by a file or by an environment variable, one of the two")
    if file is not None:
        key = _from_file(file)
    else:
        key = os.environ.get(str(variable), "").strip().encode()
    refuse_weak(key)
    return key


def _from_file(path: str | Path) -> bytes:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise ExportError(f"{path}: the key cannot be read: {error.strerror}") from None
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ExportError(
            f"{path}: others may read or change the key file; take their rights away "
            "(chmod 600) or make a new key if they may have read it"
        )
    key = read_bytes(path, limit=MAX_KEY + 1).strip()
    if len(key) > MAX_KEY:
        raise ExportError(f"{path} holds more than {MAX_KEY} bytes, which is no key")
    return key


def refuse_weak(key: bytes) -> None:
    """Refuse a key that could be guessed; a passphrase of words cannot be told from a good key.

    Raises
    ------
    ExportError
    """
    if len(key) < MIN_KEY:
        raise ExportError(
            f"the key has {len(key)} bytes and needs at least {MIN_KEY}; make one with {MAKE_ONE} "
            "and keep it safe"
        )
    once = key[: _period(key)]
    bits = sum(-n * math.log2(n / len(once)) for n in Counter(once).values())
    steps = {(after - before) % 256 for before, after in pairwise(once)}
    if len(once) < MIN_KEY or bits < MIN_BITS or len(steps) < MIN_STEPS:
        raise ExportError(
            "the key is too regular to be a secret (a repeated or counted-up text); make one with "
            f"{MAKE_ONE} and keep it safe"
        )


def _period(key: bytes) -> int:
    """Length of the shortest beginning that, repeated, gives the key."""
    return (key + key).find(key, 1)
