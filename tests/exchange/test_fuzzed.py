"""Files damaged at random, and the ones that a long run found to matter."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from exports_damaged import damaged, seeds, survives
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_measures import AllianceError, ExportError, read_export
from alliance_measures.exchange import FORMATS, from_fhir_questionnaire, from_fhir_responses
from alliance_measures.exchange.fhir_responses import ORDINAL

FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(damaged())
def test_any_file_is_read_or_refused(given: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(Path(folder), *given)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_the_sound_files_are_read(name: str, tmp_path: Path) -> None:
    survives(tmp_path, name, seeds()[name])


def test_parquet_with_text_that_is_no_utf_8(tmp_path: Path) -> None:
    raw = seeds()["t.parquet"].replace(b"CANARY", b"\xf3\xf3NARY")
    survives(tmp_path, "t.parquet", raw)
    (tmp_path / "t.parquet").write_bytes(raw)
    with pytest.raises(ExportError, match="cannot be read as Parquet"):
        read_export(tmp_path / "t.parquet")


@FEW
@given(damaged(), st.sampled_from([",", None]), st.booleans())
def test_any_file_under_any_option(
    given: tuple[str, bytes], decimal: str | None, keep: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        codes = ["-99", "NA", 4]
        survives(Path(folder), *given, decimal=decimal, keep_identifiers=keep, missing_codes=codes)


@FEW
@given(damaged(), st.sampled_from(FORMATS))
def test_any_file_under_any_format(given: tuple[str, bytes], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        survives(Path(folder), *given, format=name)


def test_spss_columns_without_a_name_get_one(tmp_path: Path) -> None:
    raw = seeds()["t.sav"].replace(b"CLIENT  ", b" " * 8)
    survives(tmp_path, "t.sav", raw)
    (tmp_path / "t.sav").write_bytes(raw)
    assert list(read_export(tmp_path / "t.sav").data) == ["column 1", "q1", "q2"]


def test_spss_files_that_end_the_library_are_refused(tmp_path: Path) -> None:
    """Labels of a column that is not there: the library reads beyond its memory."""
    labelled = b"\x04\0\0\0\x01\0\0\0\x03\0\0\0"
    raw = seeds()["t.sav"]
    assert labelled in raw
    (tmp_path / "t.sav").write_bytes(raw.replace(labelled, labelled[:-2] + b'"\0'))
    with pytest.raises(ExportError, match="is damaged"):
        read_export(tmp_path / "t.sav")


KEYS = st.sampled_from(
    [
        "resourceType",
        "item",
        "linkId",
        "answer",
        "valueCoding",
        "extension",
        "url",
        "valueDecimal",
        "code",
        "display",
        "entry",
        "resource",
        "contained",
        "id",
        "content",
        "data",
        "text",
        "subject",
        "reference",
        "answerOption",
        "title",
        "language",
    ]
)
WORDS = st.sampled_from(
    ["QuestionnaireResponse", "Bundle", "Questionnaire", ORDINAL, "definition", "1", "en", "!!"]
)
LEAVES = st.none() | st.booleans() | st.integers(-5, 9) | st.floats(allow_nan=False) | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(KEYS, JSON, max_size=6), st.sampled_from(["Bundle", "QuestionnaireResponse"])
)
def test_any_json_of_fhirs_words_is_read_or_refused(content: dict[str, Any], kind: str) -> None:
    for call, given_kind in (
        (from_fhir_responses, kind),
        (from_fhir_questionnaire, "Questionnaire"),
    ):
        with contextlib.suppress(AllianceError):
            call({**content, "resourceType": given_kind})
    with contextlib.suppress(AllianceError):
        from_fhir_responses({**content, "resourceType": kind}, {**content})
