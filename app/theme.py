"""Colours, letters and spacing: two palettes of our own over Fusion, one accent, one typeface, three sizes.

`theme()` is the one theme of the window; it signals `changed` when light, dark, text size or colours change.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from msgspec import Struct
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont

Mode = Literal["light", "dark"]
Size = Literal["small", "normal", "large"]

SPACE: Final = (4, 8, 12, 16, 24)
"""The only distances in the window, in pixels at 100 %."""

RADIUS: Final = 8
SMALLEST: Final = 75
LARGEST: Final = 200
"""Per cent of the usual size of text."""
SIZES: Final[dict[Size, int]] = {"small": 11, "normal": 13, "large": 16}
FAMILY: Final = "Inter"


TINTS: Final = (100, 165, 60)
"""How the colours of classes come again, in per cent of darkness: as they are, darker, lighter."""


class Palette(Struct, frozen=True):
    """The colours of one mode. `classes` are for data; `negative`, `zero`, `positive` for signed numbers."""

    background: str
    panel: str
    line: str
    text: str
    muted: str
    faint: str
    field: str
    accent: str
    on_accent: str
    danger: str
    negative: str
    zero: str
    positive: str
    classes: tuple[str, ...]

    def class_colour(self, k: int) -> str:
        """The colour of class k: the first nine have one of their own, those behind them a darker or lighter one."""
        return self.class_colours[k % len(self.class_colours)]

    @property
    def class_colours(self) -> tuple[str, ...]:
        """All colours that classes have."""
        return _tinted(self.classes)

    def colour(self, name: str) -> QColor:
        """A token as a colour."""
        return QColor(getattr(self, name))


@cache
def _tinted(colours: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(QColor(colour).darker(tint).name() for tint in TINTS for colour in colours)


# Orange and blue come first because every course sheet knows them; the rest is after Okabe and Ito (2008).
_CLASSES: Final = ("#f0912b", "#0a78bf", "#2a9d78", "#c46ab0", "#d9b310", "#56b4e9", "#d1495b", "#7b68c8", "#8a8f98")

LIGHT: Final = Palette(
    background="#f6f7f9",
    panel="#ffffff",
    line="#e3e6eb",
    text="#1c2330",
    muted="#626b7b",
    faint="#a7aebb",
    field="#f0f2f5",
    accent="#2f62f0",
    on_accent="#ffffff",
    danger="#c93a3a",
    negative="#f59322",
    zero="#f4f5f6",
    positive="#0877bd",
    classes=_CLASSES,
)

DARK: Final = Palette(
    background="#14171c",
    panel="#1b1f26",
    line="#2a2f38",
    text="#e8ebf0",
    muted="#98a1b0",
    faint="#5d6675",
    field="#242a33",
    accent="#5b8bff",
    on_accent="#0f1218",
    danger="#f0716f",
    negative="#f59322",
    zero="#22262d",
    positive="#1c8ad6",
    classes=_CLASSES,
)


class Theme(QObject):
    """The look of the window now."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode: Mode = "light"
        self.percent = 100

    @property
    def palette(self) -> Palette:
        """The colours of the present mode."""
        return LIGHT if self.mode == "light" else DARK

    @property
    def dark(self) -> bool:
        """Whether the mode is dark."""
        return self.mode == "dark"

    def px(self, pixels: float) -> int:
        """Pixels at the present text size, for everything that must grow with the letters."""
        return round(pixels * self.percent / 100)

    def font(self, size: Size = "normal", weight: int = 400) -> QFont:
        """The typeface at one of three sizes and weights 400, 500 or 600, with figures of equal width."""
        font = QFont(FAMILY)
        font.setPixelSize(self.px(SIZES[size]))
        font.setWeight(QFont.Weight(weight))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def set_mode(self, mode: Mode) -> None:
        """Go light or dark."""
        if mode != self.mode:
            self.mode = mode
            self.changed.emit()

    def set_percent(self, percent: int) -> None:
        """Set the text size, 75 to 200 per cent."""
        percent = max(SMALLEST, min(LARGEST, percent))
        if percent != self.percent:
            self.percent = percent
            self.changed.emit()


@cache
def theme() -> Theme:
    """Return the theme of the window."""
    return Theme()
