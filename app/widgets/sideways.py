"""A line of widgets that scrolls sideways where it has no room, so that each stays as wide as it has to be."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from app.theme import theme


class _Line(QWidget):
    """Never narrower than its widgets want to be."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()


class Sideways(QScrollArea):
    """Widgets beside each other; what gets the focus comes into sight."""

    def __init__(self) -> None:
        super().__init__()
        self._line = _Line()
        self._row = QHBoxLayout(self._line)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._line.installEventFilter(self)
        self.setWidget(self._line)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        theme().changed.connect(self._space)
        self._space()

    def add(self, widget: QWidget) -> None:
        """Put one at the end."""
        self._row.addWidget(widget)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All in sight; below them there is room for the bar where it is needed."""
        line = self._line.sizeHint()
        bar = self.horizontalScrollBar().sizeHint().height() if line.width() > self.width() else 0
        return QSize(line.width(), line.height() + bar)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(60), self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """A wheel that turns up and down goes along the line."""
        turn = event.angleDelta().x() or event.angleDelta().y()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turn)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Another number of widgets, or wider ones, want another place."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _space(self) -> None:
        self._row.setSpacing(theme().px(12))
