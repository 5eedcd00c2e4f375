"""The network diagram: live pictures of all neurons, links by their weights, and every edit of the network in place."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QToolTip, QWidget

from app import names
from app.canvas import keyboard, popups
from app.canvas.chosen import paint_value
from app.canvas.colours import tables, tables_of
from app.canvas.commands import Commands
from app.canvas.hit import NOTHING
from app.canvas.layout import arrange
from app.canvas.numbers import Learned, held_units, remaining, tip, totals
from app.canvas.painting import paint, paint_heading
from app.canvas.parts import Box, Layout, Metrics
from app.canvas.pointer import Pointer
from app.canvas.scene import Scene
from app.context import Context
from app.scales import rescaled
from app.selection import Target
from app.theme import theme
from app.widgets.base import KEYBOARD, box
from engine import blocks
from engine.experiment import Experiment, classifies
from engine.holding import frozen_layers
from engine.layers import Neurons
from engine.machines.base import Snapshot
from engine.records import ImageGrid, Matrices, Want
from engine.stepping import Shown

MAP_SIZE: Final = 64
SMALL_MAP: Final = 16
MANY: Final = 160
"""Pictures from which they are asked for at the small size."""

BUDGET: Final = 0.003
"""Seconds a frame may spend on links."""

REST: Final = 50
"""Milliseconds after which links that are left are painted, if no newer snapshot came."""


class Diagram(QWidget):
    """The whole content of the network card. `opened` asks for the inspector's first field (Enter)."""

    opened = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self.commands = context, Commands(context)
        self._learned = Learned()
        self._fresh: Snapshot | None = None
        self._maps = Want("maps", size=MAP_SIZE)
        self._open_columns: frozenset[str] = frozenset()
        self._tables = tables(theme().palette)
        self._heading = ("Network", "")
        self._scroll = QScrollBar(Qt.Orientation.Horizontal, self)
        self._scroll.setAccessibleName("Scroll the network")
        self._scroll.valueChanged.connect(self.update)
        self._scroll.hide()
        self.scene = Scene(arrange(context.session.experiment, 720, 560))
        self.pointer = Pointer(self, context, self.scene, self.commands, self._learned)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 260)
        self.setAccessibleName("Network diagram")
        context.session.experiment_changed.connect(self._experiment_changed)
        context.session.snapshot_arrived.connect(self._snapshot_arrived)
        context.selection.changed.connect(self._selection_changed)
        context.glass.changed.connect(self._look_again)
        theme().changed.connect(self._restyle)
        context.settings.changed.connect(self._restyle)  # the scale of maps is one
        self._selection_changed(context.selection.target)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the network of the first experiment."""
        return QSize(theme().px(720), theme().px(600))

    # -- what is shown ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        experiment = self._context.session.experiment
        scene = self.scene
        bar = theme().px(10)
        scene.layout = arrange(experiment, self.width(), self.height(), metrics(experiment), self._open_columns)
        scene.frozen = frozenset(experiment.model.frozen)
        scene.frozen_layers = frozen_layers(experiment)
        scene.held_units = held_units(experiment)
        beyond = round(scene.layout.width) - self.width()
        self._scroll.setVisible(beyond > 0)
        self._scroll.setRange(0, max(0, beyond))
        self._scroll.setPageStep(self.width())
        self._scroll.setGeometry(0, self.height() - bar, self.width(), bar)
        scene.links.place(scene.layout, self.devicePixelRatioF())
        if self._learned.record is not None:
            scene.links.take(self._learned.record)
        scene.hover = NOTHING
        scene.port = ""
        self._heading = ("Network", totals(experiment))
        if self.isVisible():
            self._look()
        self.update()

    def _look(self) -> None:
        self._maps = self._context.glass.want("maps", map_size(self.scene.layout, self.devicePixelRatioF()))
        self._context.session.look(self, frozenset({self._maps, Want("weights")}))

    def _look_again(self) -> None:
        if self.isVisible():
            self._look()

    def _restyle(self) -> None:
        self._tables = tables(theme().palette)
        self._fresh = self._fresh or self._context.session.snapshot
        self._arrange()

    def _experiment_changed(self, _old: Experiment, _new: Experiment) -> None:
        self.pointer.cancel(restructured=True)
        if self._context.session.snapshot is None:
            # Another document: the pictures of the last one are not of these neurons, whatever they are called.
            self._fresh = None
            self.scene.atlas.clear()
            self._learned.clear()
        self._arrange()
        self._context.selection.select(remaining(self.scene.layout, self._context.selection.target))
        self._describe()

    def _snapshot_arrived(self, snapshot: Snapshot) -> None:
        self._fresh, self.scene.phase = snapshot, Shown.at(snapshot.experiment, snapshot.position).now
        if self.isVisible():
            self.update()

    def _selection_changed(self, target: Target) -> None:
        self.scene.selected = target
        column = self.scene.layout.column(target.layer)
        if column is not None and column.condensed and target.unit:
            self.toggle(column.id)
        self._reveal(target)
        self._describe()
        self.update()

    def _reveal(self, target: Target) -> None:
        column = self.scene.layout.column(target.layer)
        if column is not None and self._scroll.maximum():
            left, right = column.whole.x - theme().px(30), column.whole.right + theme().px(30)
            if left < self._scroll.value():
                self._scroll.setValue(round(left))
            elif right > self._scroll.value() + self.width():
                self._scroll.setValue(round(right) - self.width())

    def _describe(self) -> None:
        text = self._learned.describe(self._context.session.experiment, self.scene.selected)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _take(self, snapshot: Snapshot) -> None:
        """Turn the newest numbers into colours; once for each frame that is painted."""
        # Another picture may show maps of another size: ours come first.
        maps, weights = snapshot.records.get(self._maps) or snapshot.get("maps"), snapshot.get("weights")
        if isinstance(maps, ImageGrid):
            self.scene.atlas.fill(rescaled(maps, self._context.settings), self._tables, tables_of(self.scene.layout))
        if isinstance(weights, Matrices):
            self._learned.take(weights)
            self.scene.links.take(weights, lazy=self._context.session.run_state == "running")
            self.scene.biases = self._learned.biases
            self.scene.weight_scale = self._learned.scale

    # -- life ---------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for pictures and weights while they can be seen."""
        self._fresh = self._fresh or self._context.session.snapshot
        self._look()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for nothing while nobody looks."""
        self._context.session.look(self, frozenset())
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out anew."""
        self._arrange()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint; what is left of the links comes with the next frame."""
        if self._fresh is not None:
            fresh, self._fresh = self._fresh, None
            self._take(fresh)
        scene = self.scene
        done = scene.links.paint(BUDGET, lazy=self._context.session.run_state == "running")
        with QPainter(self) as painter:
            paint_ground(painter, self.rect())
            self._paint(painter)
        if not done:
            self._rest.start()

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_heading(painter, self.width(), *self._heading)
        painter.translate(-self._scroll.value(), 0)
        paint(painter, self.scene)
        place, value = self.pointer.value()
        if place is not None and value is not None:
            paint_value(painter, place, value)
        if self.pointer.gesture is not None:
            self.pointer.gesture.paint(painter, self.scene)

    # -- mouse and keys -----------------------------------------------------------------------------------------

    def _at(self, point: QPointF) -> tuple[float, float]:
        return point.x() + self._scroll.value(), point.y()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show what is under the pointer, or go on with a gesture."""
        self.pointer.move(*self._at(event.position()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click or the begin of a gesture: the next move decides."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._show_focus(False)
            other = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            twice = event.type() == QEvent.Type.MouseButtonDblClick
            self.pointer.press(*self._at(event.position()), other, twice)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End a gesture, or click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pointer.release(*self._at(event.position()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Select what is under the pointer, and offer what can be done with it; the key offers it for the selection."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            hit = self.pointer.find(*self._at(QPointF(event.pos())))
            if hit.what in ("gap", "pill", "kinds"):
                self.open_kinds(hit.place, hit.gap, event.globalPos())
                return
            self._context.selection.select(remaining(self.scene.layout, hit.target))
        popups.open_menu(self, self._context, event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is under the pointer any more."""
        self.pointer.hover(NOTHING)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll a network that is wider than its card."""
        turn = event.angleDelta().x() or event.angleDelta().y()
        if self._scroll.maximum() and turn:
            self._scroll.setValue(self._scroll.value() - turn)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Keys of ours go before the window's shortcuts; hovering explains."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # An arrow moves what is selected, or the focus that shows; otherwise it is the window's, which steps.
            walking = self.scene.focused or self._context.selection.target != Target()
            if keyboard.is_ours(event) and (walking or not keyboard.moves(event)):
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hit = self.pointer.find(*self._at(QPointF(event.pos())))
            text = tip(self._context.session.experiment, self._learned, hit)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move or end the selection, edit what is selected, give a gesture up, or go on to the inspector."""
        if event.key() == Qt.Key.Key_Escape and self.pointer.busy:
            self.pointer.cancel()
            return
        if event.key() == Qt.Key.Key_Escape and self._context.selection.target != Target():
            self._context.selection.clear()
            return
        self._show_focus(True)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
            return
        chosen = keyboard.act(event, self.scene.layout, self._context.selection.target, self.commands)
        if chosen is None:
            super().keyPressEvent(event)
        elif chosen != self.scene.selected and keyboard.moves(event):
            self._context.selection.select(chosen)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show where the focus is when the keyboard brought it."""
        self._show_focus(event.reason() in KEYBOARD)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The focus left."""
        self._show_focus(False)
        super().focusOutEvent(event)

    def _show_focus(self, on: bool) -> None:
        if on != self.scene.focused:
            self.scene.focused = on
            self.update()

    # -- lists --------------------------------------------------------------------------------------------------

    def toggle(self, layer: str) -> None:
        """Open or condense a layer of many neurons."""
        column = self.scene.layout.column(layer)
        if column is not None and column.toggle is not None:
            self._open_columns = self._open_columns ^ {layer}
            self._arrange()

    def _on_screen(self, box: Box) -> QRect:
        return QRect(round(box.x) - self._scroll.value(), round(box.y), round(box.w), round(box.h))

    def open_activations(self, layer: str) -> None:
        """Open the list of activations of a layer."""
        column = self.scene.layout.column(layer)
        if column is not None and column.activation is not None and isinstance(column.layer, Neurons):
            popups.choose_activation(self, self._on_screen(column.activation), column.layer, self.commands)

    def open_kinds(self, place: int = -1, source: str = "", at: QPoint | None = None) -> None:
        """Open the list of kinds of layers, for a place among the layers or else where the keyboard adds one."""
        if place < 0:
            place, source = self.commands.spot()
        layout = self.scene.layout
        chosen = layout.column(self._context.selection.target.layer) or layout.columns[-2]
        gap = next((g for g in layout.gaps if (g.place, g.source) == (place, source)), None)
        below = self._on_screen(gap.pill if gap else chosen.head)
        below_left = self.mapToGlobal(QPoint(below.left(), below.bottom() + 4))
        offered = blocks.offered(self._context.session.experiment)
        popups.choose_kind(self, at or below_left, offered, lambda kind: self.commands.add_layer(place, source, kind))

    def open_features(self) -> None:
        """Open the list of inputs."""
        below = self._on_screen(self.scene.layout.more)
        made = popups.FeatureList(self, self._context, self.commands)
        made.open(self.mapToGlobal(QPoint(below.left(), below.bottom() + 4)))


def metrics(experiment: Experiment) -> Metrics:
    """What the names beside the pictures need."""
    letters = QFontMetricsF(theme().font("small"))
    widest = [letters.horizontalAdvance(name) for _, name in names.inputs(experiment)]
    classes = experiment.data.source.class_names if classifies(experiment) else ()
    named = max((letters.horizontalAdvance(c) for c in classes), default=0.0) if len(classes) > 2 else 0.0
    limit = theme().px(96)
    return Metrics(theme().percent / 100, min(max(widest, default=0.0), limit) + 2, min(named, limit))


def map_size(layout: Layout, ratio: float) -> int:
    """The size at which pictures are asked for: at its own size one is copied, not scaled, so that of most decides."""
    sides = [c.cells[0].box.w for c in layout.columns for _ in c.cells if not c.condensed]
    if sum(len(c.cells) for c in layout.columns) > MANY:
        return SMALL_MAP
    return max(SMALL_MAP, min(MAP_SIZE, round(max(set(sides), key=sides.count, default=0.0) * ratio)))


def paint_ground(painter: QPainter, area: QRect) -> None:
    """The card behind: painted here, so that a frame costs nothing above this widget."""
    colours = theme().palette
    painter.fillRect(area, colours.colour("background"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    whole = area.adjusted(-1, -1, 1, theme().px(20))
    box(painter, whole, theme().px(10), colours.colour("panel"), colours.colour("line"))
