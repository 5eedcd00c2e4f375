"""A layout that breaks its widgets into lines, like words."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Widgets in lines from left to right; those of one line end at one base."""

    def __init__(self, parent: QWidget | None = None, gap: int = 8, line_gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._line_gap = gap, line_gap

    def set_gaps(self, gap: int, line_gap: int) -> None:
        """Change the distances between widgets and between lines."""
        self._gap, self._line_gap = gap, line_gap
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """Take in an item."""
        self._items.append(item)

    def count(self) -> int:
        """The number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """The item at an index."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Give an item away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """It wants no more than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Narrow means high."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The height of all lines at a width."""
        return self._arrange(QRect(0, 0, width, 0), apply=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Place the widgets."""
        super().setGeometry(rect)
        self._arrange(rect, apply=True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All in one line."""
        sizes = [i.sizeHint() for i in self._shown()]
        width = sum(s.width() for s in sizes) + self._gap * max(len(sizes) - 1, 0)
        return self._framed(QSize(width, max((s.height() for s in sizes), default=0)))

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the widest widget."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return self._framed(size)

    def _framed(self, size: QSize) -> QSize:
        m = self.contentsMargins()
        return size + QSize(m.left() + m.right(), m.top() + m.bottom())

    def _shown(self) -> list[QLayoutItem]:
        return [i for i in self._items if not i.isEmpty()]

    def _arrange(self, rect: QRect, apply: bool) -> int:
        m = self.contentsMargins()
        inner = rect.adjusted(m.left(), m.top(), -m.right(), -m.bottom())
        line: list[tuple[QLayoutItem, QSize]] = []
        x, y, height = 0, inner.y(), 0
        for item in self._shown():
            size = item.sizeHint().boundedTo(QSize(max(inner.width(), 1), 1 << 20))
            if line and x + size.width() > inner.width():
                self._place(line, inner.x(), y, height, apply)
                y, line, x, height = y + height + self._line_gap, [], 0, 0
            line.append((item, size))
            x, height = x + size.width() + self._gap, max(height, size.height())
        self._place(line, inner.x(), y, height, apply)
        return y + height - rect.y() + m.bottom()

    def _place(self, line: list[tuple[QLayoutItem, QSize]], x: int, y: int, height: int, apply: bool) -> None:
        for item, size in line if apply else ():
            item.setGeometry(QRect(QPoint(x, y + height - size.height()), size))
            x += size.width() + self._gap


class Tiles(FlowLayout):
    """Widgets of equal width in as many columns as fit; `least` is how narrow one may be."""

    def __init__(self, parent: QWidget | None = None, gap: int = 8, least: int = 240, most: int = 4) -> None:
        super().__init__(parent, gap, gap)
        self.least, self.most = least, most

    def columns(self, width: int) -> int:
        """How many columns fit."""
        return max(1, min(self.most, (width + self._gap) // (self.least + self._gap)))

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """One column."""
        return self._framed(QSize(min(self.least, 200), 0))

    def _arrange(self, rect: QRect, apply: bool) -> int:
        m = self.contentsMargins()
        inner = rect.adjusted(m.left(), m.top(), -m.right(), -m.bottom())
        columns = self.columns(inner.width())
        width = (inner.width() - (columns - 1) * self._gap) // columns
        shown, y = self._shown(), inner.y()
        for start in range(0, len(shown), columns):
            row = shown[start : start + columns]
            height = max(i.sizeHint().height() for i in row)
            for k, item in enumerate(row if apply else ()):
                item.setGeometry(QRect(inner.x() + k * (width + self._gap), y, width, height))
            y += height + self._line_gap
        return max(y - self._line_gap, inner.y()) - rect.y() + m.bottom()
