"""The strict reader: a definition file to an Instrument, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from alliance_measures.definitions.checks import cross_check
from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.instrument import Instrument
from alliance_measures.definitions.model_words import model_words
from alliance_measures.definitions.parts import PARTS, Item, Part, expand_items
from alliance_measures.errors import DefinitionError
from alliance_measures.files import read_bytes
from alliance_measures.frames import near_misses
from alliance_measures.yaml_text import (
    MAX_BYTES,
    Parsed,
    Place,
    Problem,
    definition_error,
    parse_yaml,
)

__all__ = ["parse_definition", "read_definition"]


def read_definition(path: str | Path) -> Instrument:
    """Read one definition file.

    Parameters
    ----------
    path : str or Path
        A YAML file of schema 1; its name must be the instrument's id.

    Returns
    -------
    Instrument

    Raises
    ------
    DefinitionError
        With every mistake in the file as ``file:line: path: what is wrong; what is allowed``.
    """
    path = Path(path)
    raw = read_bytes(path, limit=MAX_BYTES + 1, error=DefinitionError)
    return parse_definition(raw, name=str(path), expected_id=path.stem)


def parse_definition(raw: bytes, *, name: str, expected_id: str | None = None) -> Instrument:
    """Turn the bytes of a definition file into an Instrument.

    Parameters
    ----------
    raw : bytes
        The file's content.
    name : str
        What messages call the file.
    expected_id : str, optional
        The id that the file's name promises.

    Returns
    -------
    Instrument

    Raises
    ------
    DefinitionError
    """
    parsed = parse_yaml(raw)
    problems = list(parsed.problems)
    if parsed.data is None and problems:
        raise definition_error(name, problems)
    if not isinstance(parsed.data, dict):
        raise definition_error(
            name, [(1, Problem((), "must be a mapping that begins with schema: 1"))]
        )
    found, parts = _validate(parsed.data)
    if expected_id is not None and "id" in parts and parts["id"] != expected_id:
        found.append(Problem(("id",), f"is not the file's name; must be {expected_id}"))
    found += cross_check(parts)
    said = {problem.path for _, problem in parsed.problems}  # a tag or an alias says it better
    problems += [(parsed.line(p.path), p) for p in found if p.path not in said]
    if problems:
        raise definition_error(name, problems)
    return _built(parsed, name)


def _built(parsed: Parsed, name: str) -> Instrument:
    try:
        return Instrument.model_validate({**parsed.data, "path": name})
    except ValidationError as error:  # a rule that only the whole model knows
        found = _problems(error, (), parsed.data)
        raise definition_error(name, [(parsed.line(p.path), p) for p in found]) from None


def _validate(data: dict[Any, Any]) -> tuple[list[Problem], dict[str, Any]]:
    """Validate every field by itself, so that one mistake does not hide the next."""
    fields = {field.alias or name: (name, field) for name, field in Instrument.model_fields.items()}
    fields.pop("path")
    problems = [Problem((key,), _unknown(key, fields)) for key in data if key not in fields]
    parts: dict[str, Any] = {}
    for key, (name, field) in fields.items():
        if key in data:
            problems += _validate_field(key, name, field, data, parts)
        elif field.is_required():
            problems.append(Problem((key,), "is missing; every definition needs it"))
        else:
            parts[name] = field.get_default(call_default_factory=True)
    return problems, parts


def _validate_field(
    key: str, name: str, field: FieldInfo, data: dict[Any, Any], parts: dict[str, Any]
) -> list[Problem]:
    """One field; entries of a list or mapping one by one, so the sound ones can be checked on."""
    given = data[key]
    whole = _try(_annotated(field), given, (key,))
    if not isinstance(whole, list):
        parts[name] = whole.value
        return []
    entry = _entry_type(field)
    if get_origin(field.annotation) is FrozenMap and isinstance(given, Mapping):
        sound = {k: v.value for k, v in _each(entry, given.items(), key) if not isinstance(v, list)}
        parts[name] = FrozenMap(sound)
        parts["broken_scales"] = set(given) - set(sound)
    elif name == "items" and isinstance(given, list):
        parts[name] = tuple(filter(None, map(_stand_in, expand_items(given))))
    elif get_origin(field.annotation) is tuple and isinstance(given, list):
        results = [v for _, v in _each(entry, enumerate(given), key)]
        parts[name] = tuple(v.value for v in results if not isinstance(v, list))
    return whole


def _stand_in(given: Any) -> Item | None:
    """Build the item, or where it is faulty an item that has nothing but its id."""
    try:
        return Item.model_validate(given)
    except ValidationError:
        pass
    try:
        return Item.model_validate({"id": given.get("id")})
    except ValidationError:
        return None


def _annotated(field: FieldInfo) -> Any:
    annotation = field.annotation
    return Annotated[annotation, *field.metadata] if field.metadata else annotation


def _entry_type(field: FieldInfo) -> Any:
    origin, arguments = get_origin(field.annotation), get_args(field.annotation)
    if origin is FrozenMap:
        return arguments[1]
    return arguments[0] if origin is tuple and arguments[-1] is Ellipsis else None


class _Sound:
    def __init__(self, value: Any) -> None:
        self.value = value


def _each(entry: Any, pairs: Iterable[tuple[Any, Any]], key: str) -> list[tuple[Any, Any]]:
    return [(name, _try(entry, value, (key, name))) for name, value in pairs]


def _try(annotation: Any, given: Any, path: Place) -> _Sound | list[Problem]:
    try:
        return _Sound(_adapter(annotation).validate_python(given))
    except ValidationError as error:
        return _problems(error, path, given)


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    key = repr(annotation)
    if key not in _ADAPTERS:
        _ADAPTERS[key] = TypeAdapter(annotation)
    return _ADAPTERS[key]


def _problems(error: ValidationError, path: Place, given: Any) -> list[Problem]:
    """Pydantic's errors in our words, one per place in the file."""
    by_path: dict[Place, list[str]] = {}
    entries = error.errors(include_url=False, include_input=False)
    for entry in entries:
        if entry["type"] == "too_short" and _holds_others(entry["loc"], entries):
            continue  # not empty: its entries are broken
        where = _real_path(entry["loc"], given)
        words = by_path.setdefault((*path, *where), [])
        what = _words(entry, (*path, *where))
        if what not in words:
            words.append(what)
    return [Problem(where, ", or ".join(words)) for where, words in by_path.items()]


def _holds_others(place: tuple[int | str, ...], entries: Iterable[ErrorDetails]) -> bool:
    inside = (entry["loc"] for entry in entries if len(entry["loc"]) > len(place))
    return any(location[: len(place)] == place for location in inside)


def _real_path(location: tuple[int | str, ...], given: Any) -> Place:
    """Drop the steps that Pydantic adds for unions and keys: only what the file holds is left."""
    path: list[int | str] = []
    for step in location:
        if _holds(given, step):
            path.append(step)
            given = given[step]
        elif step == location[-1] and isinstance(given, Mapping) and step != "[key]":
            path.append(step)
    return tuple(path)


def _holds(given: Any, step: int | str) -> bool:
    if isinstance(given, list):
        return isinstance(step, int) and step < len(given)
    return isinstance(given, Mapping) and step in given


def _unknown(key: object, allowed: Iterable[str]) -> str:
    near = near_misses(key, allowed)
    hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(sorted(allowed))}"
    return f"unknown key; {hint}"


def _part_at(path: Place) -> type[Part]:
    """Find the model that holds the last step of a path."""
    holders = [PARTS[step] for step in path[:-1] if isinstance(step, str) and step in PARTS]
    return holders[-1] if holders else Instrument


def _words(entry: Any, path: Place) -> str:
    if entry["type"] == "extra_forbidden":
        return _unknown(path[-1], _part_at(path).model_fields)
    return model_words(entry)
