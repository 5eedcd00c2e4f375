"""File: documents, pictures and own data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.actions import Entry, nothing
from engine import examples

if TYPE_CHECKING:
    from app.window import Window


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the File menu."""
    documents = window.documents

    def recent() -> tuple[Entry, ...]:
        paths = documents.recent.paths()
        opens = tuple(
            Entry(f"file.recent-{k}", path.stem, "File/Open recent", partial(documents.open, path), help=str(path))
            for k, path in enumerate(paths)
        )
        clear = Entry(
            "file.forget", "Clear this list", "File/Open recent", documents.recent.clear, group="clear",
            enabled=lambda: bool(paths),
        )  # fmt: skip
        return (*opens, clear)

    return (
        Entry("file.new", "New", "File", documents.new, ("Ctrl+N",), "new", "Start with an empty plane to draw on"),
        Entry("file.open", "Open …", "File", documents.choose, ("Ctrl+O",), "open", "Open a .learn file"),
        Entry("file.recent", "Open recent", "File", nothing, children=recent),
        Entry("file.gallery", "Gallery …", "File", window.show_gallery, ("Ctrl+G",), "gallery",
              "Ready experiments and data sets, each with what to look for"),
        Entry("file.examples", "Examples", "File", nothing, children=partial(examples_of, window)),
        Entry("file.save", "Save", "File", documents.save, ("Ctrl+S",), "save",
              "Save the experiment and the exact state of its run", group="save"),
        Entry("file.save-as", "Save as …", "File", documents.save_as, ("Ctrl+Shift+S",)),
        Entry("file.import", "Import data …", "File", window.import_file, ("Ctrl+I",), "import",
              "Own data from a CSV, TSV or NPZ file", group="data"),
        Entry("file.export", "Export points as CSV …", "File", window.exports.export_points, (), "export"),
        Entry("file.picture", "Save picture of the window …", "File", window.exports.save_window, (), "",
              group="pictures"),
        Entry("file.pictures", "Save picture of a view", "File", nothing,
              children=partial(pictures_of, window)),
        Entry("file.quit", "Quit", "File", window.quit, ("Ctrl+Q",), group="quit"),
    )  # fmt: skip


def examples_of(window: Window) -> tuple[Entry, ...]:
    """The sections of the gallery."""
    return tuple(
        Entry(f"file.examples-{key}", title, "File/Examples", nothing, children=partial(section_of, window, key))
        for key, title in examples.SECTIONS.items()
    )


def section_of(window: Window, section: str) -> tuple[Entry, ...]:
    """The bundled experiments of a section."""
    path = f"File/Examples/{examples.SECTIONS[section]}"
    return tuple(
        Entry(f"example.{name}", of.name, path, partial(window.documents.open_example, name), help=of.sentence)
        for name, of in ((n, examples.load(n)) for n in examples.names() if examples.section(n) == section)
    )


def pictures_of(window: Window) -> tuple[Entry, ...]:
    """A picture of each open view."""
    return tuple(
        Entry(f"file.picture-{key}", title, "File/Save picture of a view", partial(window.exports.save_view, key))
        for key, title in window.open_views()
    )
