"""Broken definition files: every mistake at once, each with its line, its place and the remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures.definitions.reader import parse_definition, read_definition
from alliance_measures.errors import DefinitionError
from alliance_measures.yaml_text import MAX_BYTES, parse_yaml, scalar

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
SHIPPED = Path(__file__).parents[2] / "instruments"
SOUND = (SHIPPED / "wai-sr-client.yaml").read_bytes()


def expected_words(path: Path) -> list[str]:
    """What the comments at the head of a broken file say its error must contain."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    mark = "# expect: "
    return [line.removeprefix(mark).strip() for line in lines if line.startswith(mark)]


def refusal(raw: bytes, **options) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(raw, name="x.yaml", **options)
    return caught.value


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_file(path):
    words = expected_words(path)
    assert words
    with pytest.raises(DefinitionError) as caught:
        read_definition(path)
    message = str(caught.value)
    assert [word for word in words if word not in message] == [], message
    assert caught.value.problems == tuple(message.split("\n"))
    for problem in caught.value.problems:
        assert re.match(rf"{re.escape(str(path))}:\d+: [^:]+: .", problem)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_nothing_is_said_that_the_fixture_does_not_expect(path):
    """One mistake is one line, and no sound part is called wrong because another is broken."""
    words = expected_words(path)
    with pytest.raises(DefinitionError) as caught:
        read_definition(path)
    for problem in caught.value.problems:
        assert any(word in problem for word in words), problem


def test_there_are_broken_files_enough():
    assert len(BROKEN) >= 20


def test_the_file_name_promises_the_id():
    assert "id: is not the file's name; must be other" in str(refusal(SOUND, expected_id="other"))
    assert parse_definition(SOUND, name="x.yaml").id == "wai-sr-client"


# YAML 1.2 scalars, strictly


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, word) for word in ("No", "no", "yes", "on", "off", "Off", "y", "n", "012", "0o7")),
        *((word, word) for word in ("1:30", "2024-01-02", "1_000", "0x1F", "+", ".", "1.2.3", "=")),
        *((word, word) for word in (".inf", "-.INF", ".nan", "NaN", "nan", "<<", "tRue")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("2.50", 2.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("9" * 30, "9" * 30),
    ],
)
def test_scalars(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_words_stay_words():
    parsed = parse_yaml(b'a: "5"\nb: \'true\'\nc: "~"\nd: |\n  12\ne: No\nf: 1:30\n')
    assert parsed.data == {"a": "5", "b": "true", "c": "~", "d": "12\n", "e": "No", "f": "1:30"}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_fine(mark, end):
    raw = mark + SOUND.replace(b"\n", end)
    assert parse_definition(raw, name="x.yaml", expected_id="wai-sr-client").id == "wai-sr-client"


def test_lines_are_right_with_windows_line_ends():
    raw = SOUND.replace(b"rater: client", b"rater: nobody").replace(b"\n", b"\r\n")
    line = SOUND[: SOUND.index(b"rater:")].count(b"\n") + 1
    assert f"x.yaml:{line}: rater: must be" in str(refusal(raw))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "x.yaml:1: file: must be a mapping"),
        (b"\n\n# only a comment\n", "x.yaml:1: file: must be a mapping"),
        (b"null", "must be a mapping"),
        (b"\xff\xfea\x00", "x.yaml:1: file: byte 0xff is not UTF-8"),
        (b"a: 1\n\x00", "not YAML"),
        (b"a: \x07", "not YAML"),
        (b"a: &x 1", "an anchor"),
        (b"%YAML 1.1\n---\na: 1\n", "schema: is missing"),
        (b"%TAG ! tag:x,2000:\n---\na: !b 1\n", "a tag"),
        (b"a: !!str 1", "a tag"),
        (b"? \n: 1\n", "None: unknown key"),
        (b"{1: 2, 1.0: 3}", "stands twice"),
        (b"a: 1\n--- \nb: 1", "a second document"),
        (b"a: 1\n...\n---\nb: 1", "a second document"),
        (b"[" * 100_000, "nested deeper than 20 levels"),
        (b"{a: " * 100_000, "nested deeper than 20 levels"),
        (b"- " * 100_000, "nested deeper than 20 levels"),
        (b"\n".join(b" " * n + b"a:" for n in range(1000)), "nested deeper than 20 levels"),
    ],
)
def test_hostile_yaml_is_refused(raw, words):
    assert words in str(refusal(raw))


def test_a_file_of_more_than_a_mebibyte_is_refused_unread(tmp_path):
    large = SOUND + b"#" * (MAX_BYTES - len(SOUND))
    assert parse_definition(large, name="x.yaml").id == "wai-sr-client"
    words = "a file has at most 1,048,576"
    assert words in str(refusal(large + b"#"))
    path = tmp_path / "wai-sr-client.yaml"
    path.write_bytes(large + b"#" * 5_000_000)
    for read in (read_definition, am.load):
        with pytest.raises(DefinitionError, match=words):
            read(path)


def test_bombs_do_not_go_off():
    """Nine levels of ten aliases each would make a thousand million words."""
    levels = [b"a0: &a0 [" + b", ".join([b"ha"] * 10) + b"]"]
    for level in range(1, 10):
        ten = b", ".join([b"*a%d" % (level - 1)] * 10)
        levels.append(b"a%d: &a%d [" % (level, level) + ten + b"]")
    message = str(refusal(b"\n".join(levels)))
    assert message.count("an alias (*name)") == 90
    assert len(message) < 20_000


def test_paths_that_cannot_be_read(tmp_path):
    with pytest.raises(DefinitionError, match="cannot be read: No such file"):
        read_definition(tmp_path / "absent.yaml")
    with pytest.raises(DefinitionError, match="is a folder, not a file"):
        read_definition(tmp_path)


# anything at all


def only_definition_errors(raw: bytes) -> None:
    error = None
    try:
        instrument = parse_definition(raw, name="x.yaml")
    except DefinitionError as caught:
        error = caught
    if error is None:
        assert hash(instrument) == hash(parse_definition(raw, name="x.yaml"))
    else:
        assert error.problems
        assert all(problem.startswith("x.yaml:") for problem in error.problems)


@settings(max_examples=300)
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"\x85")
def test_any_bytes_give_a_definition_error(raw):
    only_definition_errors(raw)


@settings(max_examples=300)
@given(st.text("ab1:-?[]{},&*!|>'\"%@`#\n \t~.<=", max_size=60))
def test_any_text_gives_a_definition_error(text):
    only_definition_errors(text.encode())


KEYS = [
    *am.Instrument.model_fields,
    *("schema", "min", "max", "values", "labels", "step", "id", "reverse", "text", "name", "en"),
    *("method", "weights", "linear", "scale", "metric", "mean", "sd", "value", "operator", "total"),
    *("not_applicable", "not_scored", "max_missing", "citation", "doi", "year", "item_text"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 60)
    | st.sampled_from([0.5, 1e300, "all", "sum", "any", "en", "client", "1", "total", "", " "])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.integers(-1, 4) | st.none(), inner, max_size=4)
    ),
    max_leaves=12,
)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
CONTENTS = [
    yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for path in sorted(SHIPPED.glob("*.yaml"))
]


def as_yaml(content: object) -> bytes:
    return yaml.dump(content, Dumper=DUMPER, allow_unicode=True).encode()


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), st.data())
def test_any_data_under_the_known_keys_gives_a_definition_error(replaced, data):
    sound = data.draw(st.sampled_from(CONTENTS))
    left_out = data.draw(st.sets(st.sampled_from(sorted(sound)), max_size=16))
    kept = {name: value for name, value in sound.items() if name not in left_out}
    only_definition_errors(as_yaml({**kept, **replaced}))


@settings(max_examples=300)
@given(st.data())
def test_one_wrong_value_anywhere_in_a_shipped_file_gives_a_definition_error(data):
    content = yaml.load(as_yaml(data.draw(st.sampled_from(CONTENTS))), Loader=yaml.CSafeLoader)
    holder, key = content, data.draw(st.sampled_from(sorted(content)))
    while isinstance(holder[key], (dict, list)) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        places = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = data.draw(st.sampled_from(list(places)))
    holder[key] = data.draw(VALUES)
    only_definition_errors(as_yaml(content))
