"""The catalogue: shipped instruments by id, a path to one's own file, folders of the user."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_measures.arguments import explained
from alliance_measures.definitions.instrument import ID_PATTERN, MAX_ID, Instrument
from alliance_measures.definitions.reader import parse_definition
from alliance_measures.errors import DefinitionError, UnknownInstrumentError
from alliance_measures.files import read_bytes
from alliance_measures.frames import near_misses
from alliance_measures.yaml_text import MAX_BYTES

if TYPE_CHECKING:
    from alliance_measures.definitions.crosswalks import Crosswalk
    from alliance_measures.definitions.key_needed import KeyNeeded

__all__ = [
    "FOLDERS_VARIABLE",
    "crosswalk",
    "crosswalks",
    "instrument_ids",
    "key_needed",
    "load",
]

FOLDERS_VARIABLE = "ALLIANCE_INSTRUMENTS"
SUFFIX = ".yaml"
LISTING = ("key-needed", "listing.yaml")
CROSSWALKS = ("crosswalks", "listing.yaml")


@explained
def load(id_or_path: str | Path | Instrument) -> Instrument:
    """Load one instrument.

    Parameters
    ----------
    id_or_path : str, Path or Instrument
        The id of a shipped instrument or of a file in one of the folders that the environment
        variable ``ALLIANCE_INSTRUMENTS`` lists; or the path of a definition file (ends in
        ``.yaml``). An Instrument comes back as it is.

    Returns
    -------
    Instrument
        Frozen and hashable; the same object for the same unchanged file.

    Raises
    ------
    UnknownInstrumentError
        No such id; the message offers the nearest ones. For an instrument whose key is not
        available it says what is missing, whom to ask, and how to add a licensed key.
    DefinitionError
        The file is wrong; every mistake is listed. Also when two files claim the same id.

    Examples
    --------
    >>> wai = load("wai-sr-client")
    >>> wai.abbreviation, list(wai.scales)
    ('WAI-SR', ['task', 'bond', 'goal', 'total'])
    """
    if isinstance(id_or_path, Instrument):
        return id_or_path
    if isinstance(id_or_path, Path) or str(id_or_path).endswith((SUFFIX, ".yml")):
        return _load_file(Path(id_or_path))
    return _load_id(str(id_or_path))


def _load_id(name: str) -> Instrument:
    if not re.fullmatch(ID_PATTERN, name) or len(name) > MAX_ID:
        near = _near_ids(name, instrument_ids())
        raise UnknownInstrumentError(
            (f"no instrument {name!r}; did you mean {' or '.join(near)}? " if near else "")
            + "an instrument id has lower-case letters, digits, hyphens and underscores, at most "
            f"{MAX_ID}; a path to a definition file ends in .yaml"
        )
    places = [place for folder in _folders() if (place := folder / f"{name}{SUFFIX}").is_file()]
    if not places:
        raise UnknownInstrumentError(_unknown(name))
    if len(places) > 1:
        raise DefinitionError(
            f"{len(places)} files define {name}: {', '.join(map(str, places))}; "
            "give your own file another id, or pass its path"
        )
    return _load_file(places[0])


def _unknown(name: str) -> str:
    waiting = {entry.id: entry for entry in key_needed()}
    if name in waiting:
        return waiting[name].explain(FOLDERS_VARIABLE)
    near = _near_ids(name, instrument_ids()) or _near_ids(name, list(waiting))
    hint = f"did you mean {' or '.join(near)}?" if near else "`alliance instruments` lists all"
    return f"no instrument {name!r}; {hint}"


def _near_ids(name: str, ids: list[str]) -> list[str]:
    """Ids that begin with the name, case and hyphens aside, then those that look like it."""
    bare = re.sub(r"[\W_]", "", name.casefold())
    begins = [known for known in ids if known.replace("-", "").startswith(bare)] if bare else []
    return list(dict.fromkeys([*begins, *near_misses(name, ids)]))[:4]


def _load_file(place: Any) -> Instrument:
    if isinstance(place, Path):
        return _parsed(place, read_bytes(place, limit=MAX_BYTES + 1, error=DefinitionError))
    return _parsed(place, place.read_bytes())  # a shipped file inside an archive


@lru_cache(maxsize=256)
def _parsed(place: Any, raw: bytes) -> Instrument:
    return parse_definition(raw, name=str(place), expected_id=Path(str(place)).stem)


def _folders() -> list[Any]:
    """List the shipped folder, then the user's."""
    own = [Path(name) for name in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if name]
    absent = [str(folder) for folder in own if not folder.is_dir()]
    if absent:
        raise DefinitionError(f"{FOLDERS_VARIABLE} names what is no folder: {', '.join(absent)}")
    return [_shipped(), *own]


@lru_cache(maxsize=1)
def _shipped() -> Any:
    inside = files("alliance_measures") / "instruments"
    if inside.is_dir():
        return inside
    return Path(__file__).parents[3] / "instruments"  # an editable install of the repository


def instrument_ids() -> list[str]:
    """Ids of every instrument that can be loaded by id, sorted.

    Examples
    --------
    >>> "wai-sr-client" in instrument_ids()
    True
    """
    names = {
        place.name.removesuffix(SUFFIX)
        for folder in _folders()
        if folder.is_dir()
        for place in folder.iterdir()
        if place.name.endswith(SUFFIX)
    }
    return sorted(name for name in names if re.fullmatch(ID_PATTERN, name))


@explained
def key_needed() -> tuple[KeyNeeded, ...]:
    """List the instruments whose structure is known and whose key is not available.

    An instrument drops out as soon as a definition with its id can be loaded, so adding one's
    licensed key takes one file.

    Returns
    -------
    tuple of KeyNeeded
        Each with what is missing and whom to ask; in the order of the listing.

    Raises
    ------
    DefinitionError
        If the listing is wrong.

    Examples
    --------
    >>> [entry.n_items for entry in key_needed() if entry.id == "calpas-p"]
    [24]
    """
    known = set(instrument_ids())
    return tuple(entry for entry in _listed() if entry.id not in known)


@lru_cache(maxsize=1)
def _listed() -> tuple[KeyNeeded, ...]:
    from alliance_measures.definitions.key_needed import parse_key_needed

    place = _shipped().joinpath(*LISTING)
    return parse_key_needed(place.read_bytes(), name=str(place))


def crosswalk(long: str, short: str) -> Crosswalk:
    """Find which items of a long form make a short form.

    Parameters
    ----------
    long, short : str
        Ids of instruments.

    Returns
    -------
    Crosswalk

    Raises
    ------
    UnknownInstrumentError
        No crosswalk between the two; the message lists those from the long form.
    DefinitionError
        The listing of crosswalks is wrong.

    Examples
    --------
    >>> crosswalk("wai-36-client", "wai-sr-client").items[1]
    25
    """
    for entry in crosswalks():
        if (entry.long, entry.short) == (long, short):
            return entry
    known = [entry.short for entry in crosswalks() if entry.long == long]
    hint = f"{long} shortens to {' or '.join(known)}" if known else "none begins there"
    raise UnknownInstrumentError(f"no crosswalk from {long!r} to {short!r}; {hint}")


@lru_cache(maxsize=1)
def crosswalks() -> tuple[Crosswalk, ...]:
    """Every crosswalk from a long form to a short form.

    Returns
    -------
    tuple of Crosswalk
    """
    from alliance_measures.definitions.crosswalks import parse_crosswalks

    place = _shipped().joinpath(*CROSSWALKS)
    return parse_crosswalks(place.read_bytes(), name=str(place))
