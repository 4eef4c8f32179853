"""An immutable, hashable mapping that Pydantic can validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["FrozenMap"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(Mapping[K, V]):
    """A mapping kept as a tuple of pairs: it cannot change and can be hashed.

    The order of the pairs is kept and does not count in comparisons.

    Parameters
    ----------
    pairs : mapping
        What to freeze.

    Examples
    --------
    >>> frozen = FrozenMap({"task": 1, "bond": 2})
    >>> frozen["bond"], list(frozen), hash(frozen) == hash(FrozenMap({"bond": 2, "task": 1}))
    (2, ['task', 'bond'], True)
    """

    __slots__ = ("_lookup", "_pairs")

    def __init__(self, pairs: Mapping[K, V] | None = None) -> None:
        self._pairs: tuple[tuple[K, V], ...] = tuple((pairs or {}).items())
        self._lookup: dict[K, V] = dict(self._pairs)

    def __getitem__(self, key: K) -> V:
        return self._lookup[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._lookup)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._lookup == dict(other)

    def __repr__(self) -> str:
        return f"FrozenMap({self._lookup!r})"

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self._pairs),)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        key, value = get_args(source) or (Any, Any)
        inner = core_schema.no_info_before_validator_function(
            lambda given: dict(given) if isinstance(given, FrozenMap) else given,
            handler.generate_schema(dict[key, value]),  # type: ignore[valid-type]
        )
        return core_schema.no_info_after_validator_function(
            cls,
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda frozen, serialize: serialize(dict(frozen)), schema=inner
            ),
        )
