"""The choices of pictures to import: how large, grey or in colour, and some of each class as they will be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.numbers import count
from app.pixels import image_of
from app.session import Session
from app.theme import theme
from app.widgets.base import Themed, smooth, words
from app.widgets.choice import ChoiceBox, choice_of_words
from app.widgets.flow import FlowLayout
from app.widgets.popup import Option
from engine.datasets import Dataset, importing
from engine.datasets.importing import Cut, PicturePreview, Report
from engine.experiment import Data

COLOURS: Final = {"grey": "Grey", "colour": "Colour"}
FITS: Final = {"cut": "Cut out the middle", "fill": "Add ground", "stretch": "Stretch"}
INKS: Final = {"as": "As it is", "inverted": "Inverted"}
PLACES: Final = {"new": "Instead of the data", "more": "Behind the pictures there are"}

SMALL: Final = 44
"""The side of a picture, in pixels at 100 %."""


class PictureChoices(QWidget):
    """Pictures that were found and how they are made alike; `changed` follows a choice, `again` asks to look again."""

    changed = Signal()
    again = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.preview: PicturePreview | None = None
        self.side = ChoiceBox("side", self._sides, caption=True)
        self.side.chosen.connect(self._choose_side)
        self.colour = choice_of_words("colour", COLOURS, self.again.emit)
        self.fit = choice_of_words("what is no square", FITS, self.again.emit)
        self.ink = choice_of_words("light and dark", INKS, self.again.emit)
        self.place = choice_of_words("they come", PLACES, self._choose_place)
        self.place.show_choice("new", PLACES["new"])
        line = QWidget()
        flow = FlowLayout(line, theme().px(12), theme().px(8))
        flow.setContentsMargins(0, 0, 0, 0)
        for box in (self.side, self.colour, self.fit, self.ink, self.place):
            flow.addWidget(box)
        self.classes = ClassRows()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.classes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        column.addWidget(line)
        column.addWidget(area, 1)

    @property
    def _there(self) -> Dataset | None:
        """The pictures there are, where these can come behind them."""
        source = self._session.experiment.data.source
        return source if importing.joined_by(source) is not None else None

    @property
    def how(self) -> Cut:
        """How pictures are made alike, as it is chosen."""
        return Cut(int(self.side.key), self.colour.key == "colour", self.fit.key, self.ink.key == "inverted")  # type: ignore[arg-type] # words of the choice

    def look(self) -> Callable[[], PicturePreview]:
        """How to look at the same pictures again, as it is chosen here."""
        preview, how = self.preview, self.how
        assert preview is not None, "there is something to look at again"
        return lambda: importing.look(preview.found, how)

    def show_preview(self, preview: PicturePreview) -> None:
        """Show what was found, and what is guessed."""
        fresh = self.preview is None or self.preview.found is not preview.found
        self.preview = preview
        how = preview.how
        self._show_side(how.side)
        for box, texts, key in (
            (self.colour, COLOURS, "colour" if how.colour else "grey"),
            (self.fit, FITS, how.fit),
            (self.ink, INKS, "inverted" if how.inverted else "as"),
        ):
            box.show_choice(key, texts[key])
        if fresh:
            self.place.show_choice("new", PLACES["new"])
        self.place.setHidden(self._there is None)
        self.fit.setHidden(not how.side or all(rows == columns for rows, columns in preview.sizes))
        self.classes.show_preview(preview)

    def _sides(self) -> list[Option]:
        sides = self.preview.sides if self.preview is not None else ()
        return [Option(str(n), self._said(n), chosen=str(n) == self.side.key) for n in sides]

    def _said(self, side: int) -> str:
        if side or self.preview is None:
            return f"{side} × {side}"
        rows, columns = self.preview.sizes[0]
        return f"{rows} × {columns}, as they are"

    def _show_side(self, side: int) -> None:
        self.side.show_choice(str(side), self._said(side))

    def _choose_side(self, key: str) -> None:
        self._show_side(int(key))
        self.again.emit()

    def _choose_place(self) -> None:
        """What comes behind others is made as they are."""
        there = self._there
        how = importing.joined_by(there) if there is not None else None
        if self.place.key == "more" and how is not None:
            key = "colour" if how.colour else "grey"
            self._show_side(how.side)
            self.colour.show_choice(key, COLOURS[key])
        self.again.emit()

    # -- for the page -------------------------------------------------------------------------------------------

    @property
    def facts(self) -> str:
        """How many pictures of how many classes."""
        if self.preview is None:
            return ""
        pictures, classes = (
            count(len(self.preview.found.pile), "picture"),
            count(len(self.preview.counts), "class", "classes"),
        )
        return f"{pictures} · {classes}"

    @property
    def ready(self) -> bool:
        """Whether there are two classes to tell apart."""
        return self.preview is not None and (len(self.preview.counts) > 1 or self.place.key == "more")

    @property
    def summary(self) -> str:
        """What would be taken."""
        if not self.ready:
            return (
                "These are of one class; a net tells two or more apart. Choose a folder with a folder for each class."
            )
        return "What can't be used is left out and named."

    def reading(self) -> Callable[[Any, Any], tuple[Dataset, Report]]:
        """How to read all pictures, with words about the progress and a way to stop."""
        preview, how = self.preview, self.how
        assert preview is not None, "there is something to read"
        into = self._there if self.place.key == "more" else None
        return lambda progress, cancelled: importing.load_pictures(preview, how, into, progress, cancelled)

    def taken(self, read: tuple[Dataset, Report], data: Data) -> tuple[Data, str]:
        """The data with the pictures, and what was left out."""
        own, report = read
        said = f"{report.sentence}." if report.skipped else ""
        share = report.share or data.share
        return replace(data, source=own, features=(), plane=(), held={}, share=share), said

    @property
    def name(self) -> str:
        """What an experiment with them is called."""
        if self.place.key == "more":
            return self._session.experiment.name
        return Path(self.preview.title).stem if self.preview is not None else "Own pictures"


class ClassRows(Themed):
    """A row for each class: its name, how many pictures it has, and some of them."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: PicturePreview | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Classes and some of their pictures")

    def show_preview(self, preview: PicturePreview) -> None:
        """Show other pictures."""
        self._preview = preview
        named = zip(preview.found.classes, preview.counts, strict=True)
        self.setAccessibleDescription(", ".join(f"{name}: {n}" for name, n in named))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        rows = len(self._preview.counts) if self._preview is not None else 1
        return QSize(theme().px(300), rows * self._step)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    @property
    def _step(self) -> int:
        return theme().px(SMALL + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._preview is None:
            return
        with smooth(self) as painter:
            for k in range(len(self._preview.counts)):
                if event.rect().intersects(QRectF(0, k * self._step, self.width(), self._step).toRect()):
                    self._paint_row(painter, self._preview, k)

    def _paint_row(self, painter: QPainter, preview: PicturePreview, k: int) -> None:
        look, top, side = theme(), k * self._step, theme().px(SMALL)
        name = QRectF(0, top, look.px(130), side)
        painter.setFont(words(weight=500))
        painter.setPen(look.palette.colour("text"))
        middle = QRectF(name.left(), name.center().y() - look.px(20), name.width(), look.px(20))
        text = painter.fontMetrics().elidedText(
            preview.found.classes[k], Qt.TextElideMode.ElideRight, int(name.width())
        )
        painter.drawText(middle, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(words("small"))
        painter.setPen(look.palette.colour("muted"))
        below = middle.translated(0, look.px(18))
        painter.drawText(
            below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, count(preview.counts[k], "picture")
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        left = name.right() + look.px(12)
        for pixels in preview.samples[preview.labels == k]:
            image = image_of(pixels.astype(np.float32) / 255, preview.ink)
            scale = side / max(image.width(), image.height())
            place = QRectF(QPointF(left, top), QPointF(left + image.width() * scale, top + image.height() * scale))
            if place.right() > self.width():
                break
            painter.drawImage(place, image)
            left = place.right() + look.px(6)
