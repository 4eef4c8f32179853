"""Files in and out: survey exports, safe tables, and definitions for other systems.

Everything is loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# name -> module of this room that defines it
_NAMES: dict[str, str] = {
    "aggregate": "aggregates",
    "bids_sidecar": "bids_out",
    "codebook": "codebooks",
    "CODEBOOK_KINDS": "codebooks",
    "codebook_text": "codebooks",
    "from_fhir_questionnaire": "fhir_definition",
    "to_fhir_questionnaire": "fhir_questionnaire",
    "redcap_dictionary": "redcap_out",
    "limesurvey_survey": "survey_text",
    "qualtrics_survey": "survey_text",
    "Export": "export",
    "FORMATS": "detect",
    "TableWriter": "writing",
    "TextFile": "text",
    "from_fhir_responses": "fhir_responses",
    "guess_roles": "suggest",
    "pseudonymise": "pseudonyms",
    "read_key": "keys",
    "read_mapping": "mapping",
    "suggest_columns": "suggest",
    "suppress_small_cells": "small_cells",
    "open_text": "text",
    "read_export": "reading",
    "write_table": "writing",
}

__all__ = [
    "aggregate",
    "bids_sidecar",
    "codebook",
    "CODEBOOK_KINDS",
    "codebook_text",
    "from_fhir_questionnaire",
    "to_fhir_questionnaire",
    "redcap_dictionary",
    "limesurvey_survey",
    "qualtrics_survey",
    "Export",
    "FORMATS",
    "from_fhir_responses",
    "guess_roles",
    "open_text",
    "pseudonymise",
    "read_export",
    "read_key",
    "read_mapping",
    "suggest_columns",
    "suppress_small_cells",
    "TableWriter",
    "TextFile",
    "write_table",
]

if TYPE_CHECKING:
    from alliance_measures.exchange.aggregates import aggregate
    from alliance_measures.exchange.bids_out import bids_sidecar
    from alliance_measures.exchange.codebooks import CODEBOOK_KINDS, codebook, codebook_text
    from alliance_measures.exchange.detect import FORMATS
    from alliance_measures.exchange.export import Export
    from alliance_measures.exchange.fhir_definition import from_fhir_questionnaire
    from alliance_measures.exchange.fhir_questionnaire import to_fhir_questionnaire
    from alliance_measures.exchange.fhir_responses import from_fhir_responses
    from alliance_measures.exchange.keys import read_key
    from alliance_measures.exchange.mapping import read_mapping
    from alliance_measures.exchange.pseudonyms import pseudonymise
    from alliance_measures.exchange.reading import read_export
    from alliance_measures.exchange.redcap_out import redcap_dictionary
    from alliance_measures.exchange.small_cells import suppress_small_cells
    from alliance_measures.exchange.suggest import guess_roles, suggest_columns
    from alliance_measures.exchange.survey_text import limesurvey_survey, qualtrics_survey
    from alliance_measures.exchange.text import TextFile, open_text
    from alliance_measures.exchange.writing import TableWriter, write_table


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'alliance_measures.exchange' has no attribute {name!r}")
    module = importlib.import_module(f"alliance_measures.exchange.{_NAMES[name]}")
    globals()[name] = value = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
