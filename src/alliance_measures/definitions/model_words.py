"""What a model's validator objects to, in words of this house.

The validator's own sentences change with its releases; its kinds and their figures do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TRUTH = "must be true or false"
_TEXT = "must be text; quote a text that looks like a number or holds a colon"
_LIST = "must be a list, as in [en]"
_WHOLE = "must be a whole number"
_MAPPING = "must be a mapping of keys to values"

_WORDS: Mapping[str, str] = {
    "missing": "is missing; it is required here",
    "extra_forbidden": "unknown key",
    "too_short": "is empty; needs at least {min_length} entry",
    "too_long": "has more than {max_length} entries",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "value_error": "{error}",
    "string_type": _TEXT,
    "string_too_short": "is empty",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
}


def model_words(entry: Any) -> str:
    """Say what is wrong with one entry, by the kind of the objection and its figures.

    Examples
    --------
    >>> model_words({"type": "greater_than_equal", "ctx": {"ge": 1}})
    'must be at least 1'
    >>> model_words({"type": "unheard_of"})
    'is not allowed here (unheard of)'
    """
    kind = str(entry["type"])
    pattern = _WORDS.get(kind, f"is not allowed here ({kind.replace('_', ' ')})")
    return pattern.format_map(entry.get("ctx", {}))
