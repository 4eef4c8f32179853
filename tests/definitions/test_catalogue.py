"""Instruments by id, by path and from one's own folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_measures as am
from alliance_measures.definitions.catalogue import instrument_ids
from alliance_measures.errors import DefinitionError, UnknownInstrumentError

SHIPPED = Path(__file__).parents[2] / "instruments"
SOUND = SHIPPED / "wai-sr-client.yaml"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of one's own that the environment names."""
    monkeypatch.setenv("ALLIANCE_INSTRUMENTS", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, text: str | None = None) -> Path:
    path = folder / f"{name}.yaml"
    sound = SOUND.read_text(encoding="utf-8").replace("id: wai-sr-client", f"id: {name}")
    path.write_text(sound if text is None else text, encoding="utf-8")
    return path


def test_every_shipped_file_loads_by_id_and_is_listed():
    ids = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    assert instrument_ids() == ids
    assert [am.load(name).id for name in ids] == ids


def test_the_table_of_instruments():
    table = am.instruments()
    assert list(table.columns) == [
        *("id", "title", "rater", "target", "items", "scales", "constructs"),
        *("key_status", "item_text"),
    ]
    assert table["id"].tolist() == instrument_ids()
    row = table.set_index("id").loc["wai-36-client"]
    assert (row["items"], row["scales"]) == (36, "task, bond, goal, total")
    assert row["constructs"] == "collaboration, trust, goals"
    assert (row["key_status"], row["item_text"]) == ("verified", "withheld")


def test_loading_again_gives_the_same_object():
    assert am.load("care") is am.load("care")
    assert am.load(am.load("care")) is am.load("care")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("wai-sr-cleint", "did you mean wai-sr-client"),
        ("wai-36-cleint", "did you mean wai-36-client"),
        ("cares", "did you mean care"),
        ("zzzzzz", "`alliance instruments` lists all"),
        ("WAI-SR-client", "lower-case letters, digits"),
        ("", "lower-case letters, digits"),
        ("care ", "lower-case letters, digits"),
        ("care\n", "lower-case letters, digits"),
        ("a" * 300, "at most 80"),
    ],
)
def test_unknown_ids_get_a_hint(asked, words):
    with pytest.raises(UnknownInstrumentError) as caught:
        am.load(asked)
    assert words in str(caught.value)
    assert isinstance(caught.value, KeyError)


@given(st.text(max_size=40) | st.text("./\\~abc-_\0\n", max_size=30) | st.just("../" * 9 + "etc"))
def test_no_id_leaves_the_folders(name):
    """Whatever is asked for: an instrument of the catalogue, or an error of this package."""
    try:
        found = am.load(name)
    except (UnknownInstrumentError, DefinitionError):
        return
    assert found.id in instrument_ids()


@pytest.mark.parametrize("name", ["../care", "./care", "sub/care", "care/", "/etc/passwd", "~root"])
def test_paths_are_no_ids(own, name):
    (own / "sub").mkdir()
    put(own / "sub", "other")
    with pytest.raises(UnknownInstrumentError, match=r"a path to .* ends in \.yaml"):
        am.load(name)


def test_a_path_to_ones_own_file(tmp_path):
    path = put(tmp_path, "mine")
    assert am.load(path).id == am.load(str(path)).id == "mine"
    assert "mine" not in instrument_ids()
    shutil.copy(path, tmp_path / "mine.yml")
    assert am.load(tmp_path / "mine.yml").id == "mine"


@pytest.mark.parametrize(
    "name", ["absent.yaml", "no/such/folder.yaml", "a\0b.yaml", "x" * 300 + ".yaml"]
)
def test_paths_that_cannot_be_read(tmp_path, name):
    for path in (f"{tmp_path}/{name}", Path(f"{tmp_path}/{name}")):
        with pytest.raises(DefinitionError, match="cannot be read"):
            am.load(path)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(DefinitionError, match="is a folder, not a file"):
        am.load(tmp_path / "folder.yaml")


def test_folders_of_ones_own(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, name in ((one, "first"), (two, "second")):
        folder.mkdir()
        put(folder, name)
    (one / "Notes.yaml").write_text("not an id, so no instrument")
    (one / "readme.txt").write_text("")
    folders = os.pathsep.join(map(str, (one, two))) + os.pathsep
    monkeypatch.setenv("ALLIANCE_INSTRUMENTS", folders)
    assert am.load("first").id == "first"
    assert am.load("second").id == "second"
    assert {"first", "second", "care"} <= set(am.instruments()["id"])
    assert "Notes" not in instrument_ids()


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLIANCE_INSTRUMENTS", str(tmp_path / "absent"))
    with pytest.raises(am.DefinitionError, match=r"ALLIANCE_INSTRUMENTS names .*absent"):
        am.load("care")


def test_a_changed_file_is_read_again(own):
    path = put(own, "mine")
    before = am.load("mine")
    put(own, "mine", path.read_text().replace("abbreviation: WAI-SR", "abbreviation: MINE"))
    os.utime(path, ns=(1, 1))
    assert before.abbreviation == "WAI-SR"
    assert am.load("mine").abbreviation == "MINE"


def test_a_shadowed_id_is_refused(own):
    path = put(own, "wai-sr-client")
    with pytest.raises(DefinitionError, match="2 files define wai-sr-client") as caught:
        am.load("wai-sr-client")
    assert str(path) in str(caught.value)
    assert "another id" in str(caught.value)
    with pytest.raises(DefinitionError, match="2 files define"):
        am.instruments()
    assert am.load(path).id == "wai-sr-client"
    assert am.load("care").id == "care"


def test_a_broken_file_beside_does_not_hinder(own):
    put(own, "broken", "schema: 1\n")
    put(own, "mine")
    assert am.load("mine").id == "mine"
    assert am.load("wai-sr-client").id == "wai-sr-client"
    assert "broken" in instrument_ids()
    with pytest.raises(DefinitionError, match=r"broken\.yaml:1: title: is missing"):
        am.load("broken")
    with pytest.raises(DefinitionError, match=r"broken\.yaml:1: title: is missing"):
        am.instruments()
