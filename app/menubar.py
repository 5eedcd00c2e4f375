"""The menu bar, made from the table of actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from app.actions import Actions, Entry
from app.menus import ORDER


def build(bar: QMenuBar, actions: Actions) -> None:
    """Fill the menu bar: a menu for each first word of a path, submenus for the rest."""
    menus: dict[str, QMenu] = {}
    groups: dict[str, str] = {}
    for name in ORDER:
        menus[name] = bar.addMenu(f"&{name}")
        menus[name].setToolTipsVisible(True)
        menus[name].aboutToShow.connect(actions.refresh)
    for entry in actions:
        if entry.menu:
            menu = _menu_at(entry.menu, menus)
            if entry.group and groups.get(entry.menu) != entry.group and not menu.isEmpty():
                menu.addSeparator()
            groups[entry.menu] = entry.group or groups.get(entry.menu, "")
            if entry.children is not None:
                fill(menu.addMenu(entry.text), entry.children)
            else:
                menu.addAction(actions[entry.id])


def fill(menu: QMenu, children: Callable[[], tuple[Entry, ...]]) -> None:
    """Make the entries of a submenu whenever it opens."""
    menu.setToolTipsVisible(True)
    # Something must be in it at first, or Qt does not open it.
    menu.addAction("…")
    menu.aboutToShow.connect(partial(_refill, menu, children))


def _refill(menu: QMenu, children: Callable[[], tuple[Entry, ...]]) -> None:
    # The menu does not own its submenus' entries: without this each opening would leave the last ones behind.
    for below in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        below.deleteLater()
    menu.clear()
    group = ""
    for entry in children():
        if entry.group != group and not menu.isEmpty():
            menu.addSeparator()
        group = entry.group
        if entry.children is not None:
            fill(menu.addMenu(entry.text), entry.children)
            continue
        action = QAction(entry.label, menu)
        action.setEnabled(entry.possible)
        action.setToolTip(entry.help)
        if entry.checked is not None:
            action.setCheckable(True)
            action.setChecked(entry.checked())
        action.triggered.connect(partial(_run, entry))
        menu.addAction(action)
    if menu.isEmpty():
        menu.addAction("Nothing yet").setEnabled(False)


def _run(entry: Entry, _checked: bool = False) -> None:
    entry.run()


def _menu_at(path: str, menus: dict[str, QMenu]) -> QMenu:
    if path not in menus:
        above, _, name = path.rpartition("/")
        menus[path] = _menu_at(above, menus).addMenu(name)
    return menus[path]
