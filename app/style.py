"""The one look of the window: Fusion, with colours, letters and a style sheet made from the theme.

Widgets of our own paint themselves; the sheet dresses what Qt brings (menus, edits, lists, tables, tabs, scroll bars).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleFactory, QStyleHintReturn, QStyleOption, QWidget
from PySide6.QtWidgets import QProxyStyle as ProxyStyle

from app.icons import FOLDER
from app.theme import FAMILY, theme

FONTS: Final = Path(__file__).resolve().parent.parent / "assets" / "fonts"


class Fusion(ProxyStyle):
    """Fusion with tooltips that come soon and menus that do not scroll away."""

    def __init__(self) -> None:
        super().__init__(QStyleFactory.create("Fusion"))

    def styleHint(  # noqa: N802 - Qt's name
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803 - Qt's name
    ) -> int:
        """Answer a question of a widget about behaviour."""
        if hint == QStyle.StyleHint.SH_ToolTip_WakeUpDelay:
            return 450
        if hint == QStyle.StyleHint.SH_UnderlineShortcut:
            return 0
        return super().styleHint(hint, option, widget, returnData)


def apply(app: QApplication) -> None:
    """Dress the application now and whenever the theme changes."""
    load_fonts()
    dresser = app.findChild(_Dresser)
    if dresser is None:
        app.setStyle(Fusion())
        dresser = _Dresser(app)
        theme().changed.connect(dresser.dress)
    dresser.dress()


@cache
def load_fonts() -> None:
    """Make the bundled typeface known; the font of the formulas is loaded at the first of them."""
    for file in sorted(FONTS.glob(f"{FAMILY}-*.ttf")):
        QFontDatabase.addApplicationFont(str(file))


class _Dresser(QObject):
    """Lives with the application, so that the theme never dresses one that is gone."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app

    def dress(self) -> None:
        """Set colours, letters and sheet."""
        self._app.setPalette(palette())
        self._app.setFont(theme().font())
        self._app.setStyleSheet(sheet())


def palette() -> QPalette:
    """The colours of the theme, by the roles Qt knows."""
    colours, made = theme().palette, QPalette()
    role = QPalette.ColorRole
    for which, token in (
        (role.Window, "background"), (role.WindowText, "text"), (role.Base, "panel"), (role.AlternateBase, "field"),
        (role.Text, "text"), (role.Button, "field"), (role.ButtonText, "text"), (role.BrightText, "danger"),
        (role.ToolTipBase, "panel"), (role.ToolTipText, "text"), (role.PlaceholderText, "muted"),
        (role.Highlight, "accent"), (role.HighlightedText, "on_accent"), (role.Link, "accent"),
        (role.LinkVisited, "accent"), (role.Light, "panel"), (role.Midlight, "line"), (role.Mid, "line"),
        (role.Dark, "faint"), (role.Shadow, "faint"), (role.Accent, "accent"),
    ):  # fmt: skip
        made.setColor(which, colours.colour(token))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, colours.colour("faint"))
    return made


def mix(first: str | QColor, second: str | QColor, share: float) -> QColor:
    """A colour between two: `share` of the second."""
    a, b = QColor(first), QColor(second)
    pairs = ((a.redF(), b.redF()), (a.greenF(), b.greenF()), (a.blueF(), b.blueF()))
    return QColor.fromRgbF(*(x * (1 - share) + y * share for x, y in pairs))


def sheet() -> str:
    """The style sheet of the theme."""
    look, colours = theme(), theme().palette
    values: dict[str, str | int] = {
        name: getattr(colours, name)
        for name in ("background", "panel", "line", "text", "muted", "faint", "field", "accent", "on_accent")
    }
    values |= {f"p{n}": look.px(n) for n in (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28)}
    values |= {
        "hover": mix(colours.field, colours.text, 0.06).name(),
        "thumb": mix(colours.panel, colours.muted, 0.35).name(),
        "soft": mix(colours.panel, colours.accent, 0.12).name(),
        "small": look.px(11),
        "icons": (FOLDER / "sheet").as_posix(),
        "mode": look.mode,
    }
    return Template(_SHEET).substitute(values)


_SHEET: Final = """
QToolTip { background: $panel; color: $text; border: 1px solid $line; padding: ${p4}px ${p6}px; }
QMenuBar { background: $panel; color: $text; border: none; padding: ${p2}px ${p12}px; }
QMenuBar::item { background: transparent; padding: ${p4}px ${p8}px; border-radius: ${p6}px; }
QMenuBar::item:selected { background: $field; }
QMenu { background: $panel; color: $text; border: 1px solid $line; padding: ${p4}px; }
QMenu::item { padding: ${p6}px ${p28}px ${p6}px ${p12}px; border-radius: ${p6}px; margin: 0 ${p1}px; }
QMenu::item:selected { background: $field; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: ${p4}px ${p8}px; }
QMenu::icon { padding-left: ${p8}px; }
QMenu::indicator { width: ${p16}px; height: ${p16}px; left: ${p6}px; }
QMenu::indicator:checked { image: url($icons/check-$mode.svg); }
QMenu::right-arrow { image: url($icons/chevron-right-$mode.svg); width: ${p12}px; height: ${p12}px; right: ${p6}px; }
QLineEdit, QPlainTextEdit, QTextEdit {
    background: $field; color: $text; border: 1px solid $field; border-radius: ${p6}px; padding: ${p4}px ${p8}px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QPlainTextEdit:hover, QTextEdit:hover { background: $hover; border-color: $hover; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { background: $panel; border: 1px solid $accent; }
QLineEdit[bare="true"], QLineEdit[bare="true"]:focus { background: transparent; border: none; padding: 0; }
QPushButton { background: $field; color: $text; border: 1px solid $field; border-radius: ${p6}px;
    padding: ${p4}px ${p12}px; min-height: ${p16}px; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:default { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton:disabled { color: $faint; }
QCheckBox { spacing: ${p8}px; color: $text; border: 1px solid transparent; border-radius: ${p4}px; padding: ${p2}px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox::indicator, QAbstractItemView::indicator { width: ${p12}px;
    height: ${p12}px; border: 1px solid $faint; border-radius: ${p4}px;
    background: $panel; padding: 0; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent;
    border-color: $accent; image: url($icons/tick-$mode.svg); }
QCheckBox::indicator:disabled { border-color: $line; }
QAbstractItemView { background: $panel; color: $text; border: 1px solid $line; border-radius: ${p6}px; outline: none;
    gridline-color: $line; alternate-background-color: $field;
    selection-background-color: $soft; selection-color: $text; }
QListView::item { padding: ${p4}px ${p8}px; border: none; border-radius: ${p6}px; }
QListView::item:hover { background: $field; }
QListView::item:selected { background: $soft; color: $text; }
QTableView::item { padding: 0 ${p4}px; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: ${p4}px ${p8}px; }
QTableCornerButton::section { background: $panel; border: none; }
QTabWidget::pane { border: none; }
QTabBar { background: transparent; border: none; }
QTabBar::tab { background: transparent; color: $muted; padding: ${p4}px ${p10}px; margin-right: ${p2}px;
    border: 1px solid transparent; border-radius: ${p6}px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { background: $field; color: $text; }
QTabBar::tab:focus { border-color: $accent; }
QTabBar::tear { width: 0px; border: none; }
QTabBar::scroller { width: ${p20}px; }
QTabBar QToolButton { background: $panel; border: none; border-radius: ${p4}px; }
QTabBar QToolButton:hover { background: $field; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: ${p8}px; margin: 0; border: none; }
QScrollBar:horizontal { background: transparent; height: ${p8}px; margin: 0; border: none; }
QScrollBar::handle { background: $thumb; border-radius: ${p3}px; margin: ${p1}px; }
QScrollBar::handle:vertical { min-height: ${p24}px; }
QScrollBar::handle:horizontal { min-width: ${p24}px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; }
QStatusBar { background: $background; color: $muted; }
"""
