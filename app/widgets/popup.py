"""The list that opens under a box."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QActionGroup, QCursor
from PySide6.QtWidgets import QMenu, QWidget


class Option(Struct, frozen=True):
    """One entry: its key, what people read, its explanation; `apart` sets it off from those before."""

    key: str
    text: str
    help: str = ""
    chosen: bool = False
    apart: bool = False


def offer(owner: QWidget, text: str, do: Callable[[], object], at: QPoint) -> QMenu:
    """Open a menu of one entry at a place on screen."""
    menu = QMenu(owner)
    menu.addAction(text, do)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


def popup(
    owner: QWidget, below: QRect, options: Sequence[Option], choose: Callable[[str], None], several: bool = False
) -> QMenu:
    """Open a list under a rectangle of a widget; it goes when something is chosen or the focus leaves.

    With `several` any number of entries may be marked.
    """
    menu = QMenu(owner)
    menu.setToolTipsVisible(True)
    menu.setAccessibleName(owner.accessibleName())
    menu.setMinimumWidth(below.width())
    group = QActionGroup(menu)
    group.setExclusive(not several)
    for option in options:
        if option.apart:
            menu.addSeparator()
        action = menu.addAction(option.text.replace("&", "&&"))
        action.setToolTip(option.help)
        if not option.apart:
            action.setCheckable(True)
            action.setChecked(option.chosen)
            group.addAction(action)
        if option.chosen:
            menu.setActiveAction(action)
        action.triggered.connect(lambda _checked=False, key=option.key: choose(key))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.aboutToHide.connect(lambda: _hover_anew(owner))
    menu.popup(owner.mapToGlobal(QPoint(below.left(), below.bottom() + 2)))
    return menu


def _hover_anew(owner: QWidget) -> None:
    """Nobody tells the owner that the pointer left it while the list was open."""
    over = owner.rect().contains(owner.mapFromGlobal(QCursor.pos()))
    owner.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, over)
    owner.update()
