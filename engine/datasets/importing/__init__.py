"""Importing tables: CSV, TSV and other text, NumPy archives, pasted text; and the way back to CSV. Importing pictures.

`preview` looks at the first rows and guesses; `load` reads the chosen columns into a `Table`. For what
`holds_pictures`, `preview_pictures` and `load_pictures` do the same. All raise `DataError` with one sentence that names
file, row, column and value, what was expected and what to do.
"""

from __future__ import annotations

from pathlib import Path

from engine.datasets.importing.decoding import SUFFIXES, Cut
from engine.datasets.importing.export import csv_text, export_csv
from engine.datasets.importing.found import holds_pictures
from engine.datasets.importing.lines import MOST_BYTES
from engine.datasets.importing.load import Cancelled, load
from engine.datasets.importing.npz import preview_npz
from engine.datasets.importing.pictures import PicturePreview, Report, joined_by, load_pictures, look, preview_pictures
from engine.datasets.importing.preview import Column, Preview, Task, preview_text

__all__ = [
    "MOST_BYTES",
    "SUFFIXES",
    "Cancelled",
    "Column",
    "Cut",
    "PicturePreview",
    "Preview",
    "Report",
    "Task",
    "csv_text",
    "export_csv",
    "holds_pictures",
    "joined_by",
    "load",
    "load_pictures",
    "look",
    "preview",
    "preview_pictures",
]


def preview(source: Path | str, header: bool | None = None, separator: str | None = None) -> Preview:
    """Look at a table: a path is a file, a text is what was pasted. What is None is found out."""
    if isinstance(source, Path) and source.suffix.lower() == ".npz":
        return preview_npz(source, source.name)
    return preview_text(source, source.name if isinstance(source, Path) else "the pasted text", header, separator)
