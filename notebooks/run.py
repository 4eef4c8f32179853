"""Run every notebook from a clean kernel; fail where a cell fails.

    python notebooks/run.py [--save] [NOTEBOOK ...]

With --save the outputs are written into the notebooks, for those who only read them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def run(path: Path, *, save: bool) -> None:
    """Execute one notebook in an empty folder."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    if save:
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, path)
    print(f"{path.name}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells ran")


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if name != "--save"]
    for path in [Path(name) for name in names] or sorted(HERE.glob("*.ipynb")):
        run(path, save="--save" in sys.argv)
