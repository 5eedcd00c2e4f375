"""The view of augmentation: the picture before, some of it after, and what is switched on."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from app.context import Context
from app.listed import Listed
from app.pixels import image_of
from app.theme import theme
from app.views._base import Picture, ViewWidget, explain
from app.views._kernel import outline, packed
from app.views._patch import caption, fitted
from app.widgets.base import Label, smooth
from app.widgets.buttons import IconButton
from engine.machines.base import Snapshot
from engine.producers.augmented import SHOWN, Augmented
from engine.records import Want
from engine.registry import Kind
from engine.regularisers import Regulariser

WAITING: Final = "The picture under the glass appears here, as training sees it."
NONE: Final = "Training sees the pictures as they are; add a change below."


class Versions(Picture):
    """The picture before on the left, its versions beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.record: Augmented | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("the picture before and after augmentation")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(360), theme().px(150))

    def show_record(self, record: Augmented | None) -> None:
        """Show another picture with its versions."""
        self.record = record
        self.setAccessibleDescription(", ".join(record.by) if record is not None else WAITING)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        look, record = theme(), self.record
        with smooth(self) as painter:
            if record is None:
                explain(painter, self.rect(), WAITING)
                return
            line, gap = look.px(18), look.px(12)
            rows, columns = record.before.shape[:2]
            tall = self.height() - line - 2
            first = fitted(QRectF(1, line, min(tall, self.width() * 0.3), tall), rows, columns)
            self._paint(painter, first, record.before)
            caption(painter, first, "before")
            left = first.right() + gap
            rest = QRectF(left, line, self.width() - left - 1, tall)
            places, _ = packed(len(record.versions), rest, columns / rows, 0.0, float(look.px(4)), first.height())
            for place, pixels in zip(places, record.versions, strict=True):
                self._paint(painter, place, pixels)
            caption(painter, rest, "as training may see it")

    def _paint(self, painter: QPainter, place: QRectF, pixels: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(place, image_of(pixels, self.inked))
        outline(painter, place, chosen=False)


class AugmentedView(ViewWidget):
    """The picture under the glass before and after; what is switched on stands below, and is changed there."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Augmentation")
        self._record = record
        self.drawn = 0
        self.versions, self.told = Versions(), Label("", "small", 400, "muted")
        self.again = IconButton("dice", "Draw again", "Other versions, as the next samples of a run would be changed")
        self.again.clicked.connect(self.draw_again)
        self.listed = Listed(context, "training.regularisers", "changes of the pictures", _changes)
        self.settings = QScrollArea()
        self.settings.setWidget(self.listed)
        self.settings.setWidgetResizable(True)
        self.settings.setFrameShape(QFrame.Shape.NoFrame)
        self.settings.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.settings.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.head.addWidget(self.told)
        self.head.addWidget(self.again)
        self.body.addWidget(self.versions, 3)
        self.body.addWidget(self.settings, 2)

    def wants(self) -> frozenset[Want]:
        return frozenset({self.context.glass.want(self._record, SHOWN, str(self.drawn))})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        found = record if isinstance(record, Augmented) else None
        self.versions.inked = snapshot.experiment.data.source.inked
        self.versions.show_record(found)
        self.told.setText("" if found is None else f"draw {found.drawn + 1}" if found.by else NONE)
        self.again.setEnabled(found is not None and bool(found.by))

    def draw_again(self) -> None:
        """Draw other versions."""
        self.drawn += 1
        self.look()


def _changes(kind: type[Kind]) -> bool:
    """Whether a regulariser changes what the network sees."""
    return issubclass(kind, Regulariser) and kind.changes_inputs
