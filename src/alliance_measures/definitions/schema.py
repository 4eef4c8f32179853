"""The JSON Schema of definition files, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from alliance_measures.definitions.instrument import Instrument

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of schema 1.

    Returns
    -------
    dict
        Ready for ``json.dump``. It covers form only; the cross-checks run when a file is loaded.

    Examples
    --------
    >>> sorted(json_schema()["required"])[:3]
    ['id', 'items', 'key']
    """
    schema = Instrument.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Written by `alliance schema`; do not edit.",
        **schema,
    }
