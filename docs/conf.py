"""Configuration of the documentation; it also writes one page per instrument."""

from __future__ import annotations

from pathlib import Path

import alliance_measures
from alliance_measures.definitions.catalogue import instrument_ids, key_needed, load
from alliance_measures.definitions.describe import describe, key_table

project = "alliance_measures"
author = "The alliance_measures developers"
copyright = f"2026, {author}"
release = alliance_measures.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc", "myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"alliance_measures {release}"
autodoc_typehints = "none"
numpydoc_show_class_members = False
autosummary_generate = False
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]

HERE = Path(__file__).parent


def page(name: str) -> str:
    """One instrument in Markdown."""
    instrument = load(name)
    lines = [f"# {instrument.title}", "", f"`{name}`", ""]
    for section in describe(instrument):
        lines += [f"## {section.title}", ""]
        if section.title == "Scales":
            lines += ["| scale | items (minus: reversed) | score | range |", "|---|---|---|---|"]
            lines += ["| " + " | ".join(row) + " |" for row in key_table(instrument)] + [""]
        for line in section.lines:
            lines += ["```bibtex", line, "```"] if line.startswith("@") else [f"- {line}"]
        lines.append("")
    return "\n".join(lines)


def waiting() -> str:
    """Instruments whose key is not available, in Markdown."""
    lines = [
        "# Waiting for a key",
        "",
        "The structure of these instruments is known and their key is not. Whoever holds a",
        "licensed key adds it in one file (see [definition files](../definitions.md)).",
        "",
        "| id | instrument | rater | items | missing | ask |",
        "|---|---|---|---|---|---|",
    ]
    for entry in key_needed():
        cells = (
            f"`{entry.id}`",
            entry.title,
            ", ".join(entry.raters),
            str(entry.n_items or "?"),
            entry.missing,
            entry.ask,
        )
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def write_pages(app: object) -> None:
    """Write docs/instruments/*.md anew."""
    folder = HERE / "instruments"
    folder.mkdir(exist_ok=True)
    names = instrument_ids()
    for old in folder.glob("*.md"):
        old.unlink()
    for name in names:
        (folder / f"{name}.md").write_text(page(name), encoding="utf-8")
    (folder / "waiting.md").write_text(waiting(), encoding="utf-8")
    pages = [*names, "waiting"]
    toc = "\n".join(["# Instruments", "", "```{toctree}", ":maxdepth: 1", "", *pages, "```", ""])
    (folder / "index.md").write_text(toc, encoding="utf-8")


def setup(app: object) -> None:
    app.connect("builder-inited", write_pages)  # type: ignore[attr-defined]
