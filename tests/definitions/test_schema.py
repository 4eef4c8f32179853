"""The JSON Schema in schemas/ is in step with the models, and tells good form from bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from alliance_measures.definitions.schema import json_schema

ROOT = Path(__file__).parents[2]
FILE = ROOT / "schemas" / "instrument.schema.json"
SHIPPED = sorted((ROOT / "instruments").glob("*.yaml"))
BROKEN = Path(__file__).parent / "broken"
# mistakes of form, which a schema can see; the others are cross-checks
FORM = (
    "bad-doi",
    "construct-that-is-none",
    "cutoff-with-a-wrong-operator",
    "empty-scale",
    "id-with-capitals",
    "language-that-is-none",
    "negative-weight",
    "no-items",
    "no-scales",
    "no-schema",
    "number-as-text",
    "numbers-without-source",
    "percent-out-of-range",
    "reliability-above-one",
    "scale-id-with-a-space",
    "scale-items-as-words",
    "score-range-typed-in",
    "several-required-keys-missing",
    "true-as-a-number",
    "unknown-key",
    "unknown-key-in-a-scale",
    "unknown-key-in-an-item",
    "wrong-schema",
    "wrong-word",
)


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def content(path: Path) -> object:
    """The file as JSON sees it: keys are text."""
    return json.loads(json.dumps(yaml.safe_load(path.read_bytes())))


def test_the_file_is_in_step():
    written = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    assert FILE.read_text(encoding="utf-8") == written, "run `alliance schema -o schemas/...`"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_valid(validator, path):
    assert [error.message for error in validator.iter_errors(content(path))] == []


@pytest.mark.parametrize("name", FORM)
def test_broken_form_is_invalid(validator, name):
    assert not validator.is_valid(content(BROKEN / f"{name}.yaml"))


def test_nothing_internal_shows():
    assert "path" not in json_schema()["properties"]
    assert json_schema()["additionalProperties"] is False
