"""Imports point down only: the floors of the design, asserted on the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "alliance_measures"

FLOOR = {
    "arguments": 0,
    "column_names": 0,
    "errors": 0,
    "files": 0,
    "frames": 0,
    "labelled_array": 0,
    "long_tables": 0,
    "messages": 0,
    "row_status": 0,
    "rounding": 0,
    "session_keys": 0,
    "session_times": 0,
    "session_words": 0,
    "table_keys": 0,
    "value_labels": 0,
    "yaml_text": 0,
    "definitions": 1,
    "estimation": 2,
    "layouts": 2,
    "exchange": 3,
    "scoring": 3,
    "simulate": 3,
    "change": 4,
    "psychometrics": 4,
    "sessions": 4,
    "distributed": 5,
    "plots": 5,
    "report": 5,
    "cli": 6,
}
# what the statistics may see below them; one bridge keys answers through scoring
STATISTICS_MAY_SEE = {
    "arguments", "column_names", "errors", "estimation",
    "files", "frames", "long_tables", "messages",
    "rounding", "session_keys", "session_times", "table_keys", "yaml_text",
}  # fmt: skip
BRIDGES = {
    ("psychometrics/of_instrument.py", "scoring"),
    ("psychometrics/of_instrument.py", "definitions"),
}
ESTIMATION_MAY_SEE = {"errors", "frames", "messages", "rounding"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def rooms_imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floors"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = names if node.module == "alliance_measures" else [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("alliance_measures.")}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    room = relative.split("/")[0].removesuffix(".py")
    if room == "__init__":
        return
    for other in rooms_imported(path) - {room}:
        if (relative, other) in BRIDGES:
            continue
        ground = FLOOR[other] == FLOOR[room] == 0
        assert ground or FLOOR[other] < FLOOR[room], (
            f"{relative} imports {other}: that points up or sideways"
        )
        if FLOOR[room] == 4:
            assert other in STATISTICS_MAY_SEE, f"{relative}: statistics know no instrument"
        if room == "estimation":
            assert other in ESTIMATION_MAY_SEE, f"{relative}: estimation knows no word of the field"


def test_every_room_has_a_floor() -> None:
    rooms = {
        path.relative_to(PACKAGE).as_posix().split("/")[0].removesuffix(".py") for path in MODULES
    }
    assert rooms - {"__init__", "__main__"} <= FLOOR.keys()


LAZY = {
    "__init__.py",
    "cli/app.py",
    "exchange/__init__.py",
    "exchange/extras.py",  # optional libraries from outside
    "psychometrics/__init__.py",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_hides_from_the_floors(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            assert "alliance_measures" not in names, f"{relative} imports the whole package"
        elif isinstance(node, ast.ImportFrom) and node.module == "alliance_measures":
            rooms = {alias.name for alias in node.names}
            assert rooms <= FLOOR.keys() | {"__version__"}, (
                f"{relative} imports {rooms} by way of top"
            )
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            assert relative in LAZY, f"{relative} imports by name"
