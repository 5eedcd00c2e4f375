"""The picture of a graph: painted by itself, enlarged by the wheel, moved by a drag, gone through by the arrows."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent, QWheelEvent

from app.theme import theme
from app.views._base import Picture, explain
from app.views._graph_layout import Layout, laid_out
from app.views._graph_marks import FAR, curve, paint_link, paint_slope, paint_vertex, place_of, told
from app.views._pointer import NOTCH, ZOOMS
from app.views._viewport import Viewport
from app.widgets.base import ARROWS, ENTER, Control, focus_ring, smooth
from engine.explanations import ComputationGraph, Vertex
from engine.explanations.graph import Key
from engine.formulas import text
from engine.records import Domain

MARGIN: Final = 14.0
LARGEST: Final = 1.2
"""How many times its usual size a small graph has where there is room."""
FEW: Final = 16
"""Links up to which all show their local derivatives."""
CLICK: Final = 4
"""Pixels within which a press and its release are a click."""

Known = Callable[[Vertex], tuple[bool, bool]]


def everything(_vertex: Vertex) -> tuple[bool, bool]:
    """Value and gradient of every vertex are known."""
    return True, True


class GraphPicture(Picture, Control):
    """One graph; `chosen` gives the key of the vertex that was clicked, None for the ground."""

    chosen = Signal(object)

    keys = ARROWS | ENTER | {Qt.Key.Key_Escape, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_Space}

    def __init__(self) -> None:
        super().__init__()
        self.graph: ComputationGraph | None = None
        self.said = ""
        self.selected: Key | None = None
        self.way = -1
        self.layout_: Layout = laid_out(0, ())
        self.view = Viewport(Domain(0, 1, 0, 1))
        self.known: Known = everything
        self._curves: tuple[QPainterPath, ...] = ()
        self._current = 0
        self._grip: QPointF | None = None
        self._moved = False
        self.setAccessibleName("computation graph")
        self.setMouseTracking(True)

    # -- what is shown ------------------------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show no graph, but why there is none."""
        self.graph, self.said = None, sentence
        self.setAccessibleDescription(sentence)
        self.update()

    def show_graph(self, graph: ComputationGraph, known: Known = everything) -> None:
        """Show a graph, or another state of the same one, which keeps its place and what is chosen."""
        if self.graph is None or self.graph.form != graph.form:
            links = [(e.source, e.target) for e in graph.links]
            self.layout_ = laid_out(len(graph.vertices), links)
            self._curves = tuple(
                curve(route, 14.0 * links[:k].count(links[k])) for k, route in enumerate(self.layout_.routes)
            )
            self.graph = graph
            self._current = len(graph.vertices) - 1
            self._frame()
        self.graph, self.known, self.said = graph, known, ""
        if self.selected not in graph.places:
            self.selected, self.way = None, -1
        self._describe()
        self.update()

    def select(self, key: Key | None, way: int = -1) -> None:
        """Light the paths from a vertex to the result, or one of them."""
        found = self.graph is not None and key in self.graph.places
        self.selected, self.way = (key, way) if found else (None, -1)
        if self.graph is not None and key is not None and found:
            self._current = self.graph.places[key]
        self._describe()
        self.update()

    @property
    def lit(self) -> frozenset[int]:
        """The links that are lit."""
        if self.graph is None or self.selected is None:
            return frozenset()
        k = self.graph.places[self.selected]
        ways = self.graph.ways(k) if self.way >= 0 else ()
        return frozenset(ways[self.way].links) if 0 <= self.way < len(ways) else self.graph.lit(k)

    def _describe(self) -> None:
        if self.graph is not None:
            vertex = self.graph.vertices[self._current]
            value, gradient = self.known(vertex)
            words = [vertex.operation, text(vertex.name), f"value {told(vertex.value)}" if value else "not yet known"]
            words += [f"gradient {told(vertex.gradient)}"] if gradient and vertex.gradient is not None else []
            self.setAccessibleDescription(", ".join(filter(None, words)))

    # -- what part of it ----------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show all of it."""
        self.view.fit()
        self.update()

    def _frame(self) -> None:
        """A plane of the widget's form that holds the graph in its middle, y upward."""
        rect = QRectF(self.rect())
        if rect.width() < 1 or rect.height() < 1:
            return
        wide, high = self.layout_.width + 2 * MARGIN, self.layout_.height + 2 * MARGIN
        most = LARGEST * theme().percent / 100
        scale = min(rect.width() / wide, rect.height() / high, most)
        across, up = rect.width() / scale, rect.height() / scale
        x, y = self.layout_.width / 2, -self.layout_.height / 2
        self.view.rect = rect
        self.view.domain = Domain(x - across / 2, x + across / 2, y - up / 2, y + up / 2)
        self.view.fit()

    @property
    def scale(self) -> float:
        """Pixels for a unit of the layout."""
        return self.view.rect.width() / (self.view.shown.right - self.view.shown.left)

    def centre_of(self, key: Key) -> QPointF:
        """Where a vertex is in the widget."""
        assert self.graph is not None
        x, y = self.layout_.places[self.graph.places[key]]
        return self.view.to_widget(x, -y)

    def vertex_at(self, at: QPointF) -> int:
        """The vertex under a pixel, or -1."""
        x, y = self.view.to_plane(at)
        boxes = map(place_of, self.layout_.places) if self.graph is not None else ()
        return next((k for k, place in enumerate(boxes) if place.contains(QPointF(x, -y))), -1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The whole graph again."""
        super().resizeEvent(event)
        self._frame()

    def restyle(self) -> None:
        """Another size of text is another scale."""
        if hasattr(self, "view"):
            self._frame()

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            if self.graph is None:
                explain(painter, self.rect(), self.said)
            else:
                painter.save()
                origin = self.view.to_widget(0, 0)
                painter.translate(origin)
                painter.scale(self.scale, self.scale)
                self._paint(painter, self.graph)
                painter.restore()
            if self.ring and self.graph is None:
                focus_ring(painter, self.rect(), theme().px(6))

    def _paint(self, painter: QPainter, graph: ComputationGraph) -> None:
        lit = self.lit
        for k in sorted(range(len(graph.links)), key=lambda k: k in lit):
            paint_link(painter, self._curves[k], lit=k in lit, dim=bool(lit))
        if self.scale * 100 / theme().percent >= FAR:
            self._slopes(painter, graph, lit)
        touched = {v for k in lit for v in (graph.links[k].source, graph.links[k].target)}
        for k, vertex in enumerate(graph.vertices):
            chosen, ring = vertex.key == self.selected, self.ring and k == self._current
            paint_vertex(
                painter, vertex, place_of(self.layout_.places[k]), self.known(vertex),
                chosen=chosen, lit=k in touched, ring=ring,
            )  # fmt: skip

    def _slopes(self, painter: QPainter, graph: ComputationGraph, lit: frozenset[int]) -> None:
        """Local derivatives, once the values that they are worked out from are known."""
        shown = range(len(graph.links)) if len(graph.links) <= FEW else sorted(lit)
        for k in shown:
            link = graph.links[k]
            if link.slope is not None and self.known(graph.vertices[link.target])[0]:
                path = self._curves[k]
                share = path.percentAtLength(path.length() - 22) if path.length() > 44 else 0.5
                paint_slope(painter, path, share, told(link.slope), lit=k in lit)

    # -- the pointer --------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the plane, or begin a click."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grip, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the plane; over a vertex a hand says that it can be clicked."""
        at = event.position()
        if self._grip is None:
            over = self.vertex_at(at) >= 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        elif self._moved or (at - self._grip).manhattanLength() >= CLICK:
            self.view.pan(at - self._grip)
            self._grip, self._moved = at, True
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click chooses the vertex, or nothing."""
        if self._grip is not None and not self._moved and self.graph is not None:
            k = self.vertex_at(event.position())
            self.chosen.emit(self.graph.vertices[k].key if k >= 0 else None)
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show all of it."""
        if self.vertex_at(event.position()) < 0:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Enlarge where the pointer is."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the size of the letters
            return
        angle = event.angleDelta().y() or event.angleDelta().x()
        self.view.zoom(event.position(), 1.25 ** (angle / NOTCH))
        self.update()

    # -- keys ---------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows go from vertex to vertex, Enter chooses, Escape lets go, + and − enlarge."""
        key = Qt.Key(event.key())
        if self.graph is None or key not in self.keys:
            super().keyPressEvent(event)
            return
        self.show_ring()
        if key in ARROWS:
            self._go(key)
        elif key in ZOOMS:
            self.view.zoom(self.centre_of(self.graph.vertices[self._current].key), ZOOMS[key])
        else:
            self.chosen.emit(None if key == Qt.Key.Key_Escape else self.graph.vertices[self._current].key)
        self._describe()
        self.update()

    def _go(self, key: Qt.Key) -> None:
        """To the nearest vertex of the column beside, one that is linked before others; or to the next of the own."""
        assert self.graph is not None
        layout, here = self.layout_, self._current
        (x, y), column = layout.places[here], layout.columns[here]
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            way = 1 if key == Qt.Key.Key_Down else -1
            there = [k for k, c in enumerate(layout.columns) if c == column and (layout.places[k][1] - y) * way > 0]
        else:
            way = 1 if key == Qt.Key.Key_Right else -1
            linked = {e.target if way > 0 else e.source for e in self.graph.links if here in (e.source, e.target)}
            beside = [k for k in range(len(layout.columns)) if (layout.columns[k] - column) * way > 0]
            there = [k for k in beside if k in linked] or [k for k in beside if layout.columns[k] == column + way]
        if there:
            vertices, level = self.graph.vertices, key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            # to what leads on rather than to what is given
            far = {k: hypot(layout.places[k][0] - x, layout.places[k][1] - y) for k in there}
            self._current = min(there, key=lambda k: (level and not vertices[k].operation, far[k]))
            self._reveal()

    def _reveal(self) -> None:
        """Move the plane so that the vertex under the keyboard can be seen."""
        x, y = self.layout_.places[self._current]
        at, room = self.view.to_widget(x, -y), self.view.rect
        left, top = min(max(at.x(), room.left() + 40), room.right() - 40), min(max(at.y(), room.top() + 30),
                                                                               room.bottom() - 30)  # fmt: skip
        self.view.pan(QPointF(left - at.x(), top - at.y()))
