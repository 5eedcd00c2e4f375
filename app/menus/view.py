"""View: colours, text size, columns, views in tabs or windows of their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.actions import Entry, nothing
from app.scales import SCALE, WORDS, scale_in
from app.settings import TESTS, Settings
from app.theme import LARGEST, SMALLEST, theme

if TYPE_CHECKING:
    from app.views_dock import ViewsDock
    from app.window import Window


def entries(window: Window) -> tuple[Entry, ...]:
    """The entries of the View menu."""
    look, dock, columns, settings = window.look, window.views, window.columns, window.context.settings

    def views() -> tuple[Entry, ...]:
        return tuple(
            Entry(f"view.show-{key}", title, "View/Views",
                  partial(dock.close_view if dock.in_front(key) else dock.show_view, key),
                  checked=partial(_among, dock, key))
            for key, title in window.offered_views()
        )  # fmt: skip

    def windows() -> tuple[Entry, ...]:
        return tuple(
            Entry(f"view.tear-{key}", title, "View/In its own window",
                  partial(dock.put_back if dock.torn(key) else dock.tear, key), checked=partial(dock.torn, key))
            for key, title in window.open_views()
        )  # fmt: skip

    def scales() -> tuple[Entry, ...]:
        return tuple(
            Entry(f"view.scale-{key}", key.capitalize(), "View/Scale of maps", partial(settings.set, SCALE, key),
                  help=about.capitalize(), checked=partial(_chosen, settings, key))
            for key, about in WORDS.items()
        )  # fmt: skip

    return (
        Entry("view.theme", "Light or dark", "View", look.toggle, ("Ctrl+Shift+D",), "theme",
              title=lambda: "Light colours" if theme().dark else "Dark colours"),
        Entry("view.system", "Colours of the system", "View", look.follow, checked=look.follows),
        Entry("view.larger", "Larger text", "View", partial(look.grow, 1), ("Ctrl++", "Ctrl+="), "zoom-in",
              group="text", enabled=lambda: theme().percent < LARGEST),
        Entry("view.smaller", "Smaller text", "View", partial(look.grow, -1), ("Ctrl+-",), "zoom-out",
              enabled=lambda: theme().percent > SMALLEST),
        Entry("view.normal", "Normal text", "View", partial(look.grow, 0), ("Ctrl+0",)),
        Entry("view.views", "Views", "View", nothing, group="views", children=views),
        Entry("view.windows", "In its own window", "View", nothing, children=windows),
        Entry("view.scales", "Scale of maps", "View", nothing, children=scales),
        Entry("view.tests", "Test points", "View", lambda: settings.set(TESTS, not settings.get(TESTS, True)),
              checked=lambda: settings.get(TESTS, True)),
        Entry("view.doctor", "Doctor", "View", window.doctor.switch, (), "doctor",
              "A mark in the top bar while something keeps the run from learning", checked=lambda: window.doctor.on),
        Entry("view.data", "Data column", "View", partial(columns.fold, "data"), ("Ctrl+B",), group="columns",
              checked=lambda: not columns.folded("data")),
        Entry("view.output", "Output column", "View", partial(columns.fold, "output"), ("Ctrl+Shift+B",),
              checked=lambda: not columns.folded("output")),
        Entry("view.reset", "Reset the layout", "View", window.reset_layout),
        Entry("view.full", "Full screen", "View", window.toggle_full, ("F11",), "full-screen", group="full",
              checked=window.isFullScreen),
    )  # fmt: skip


def _among(dock: ViewsDock, key: str) -> bool:
    return key in dock.open_views()


def _chosen(settings: Settings, scale: str) -> bool:
    return scale_in(settings) == scale
