"""The view of a loss landscape: heights as contours, the path of the run, and a click that puts the weights there."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from app.context import Context
from app.numbers import count, human
from app.theme import theme
from app.views._base import ViewWidget, explain
from app.views._contours import Scale, halo, height_at, relief, scale_bar, scale_of
from app.views._frame import Frame, inside, steps
from app.widgets.base import ARROWS, ENTER, Control, Label, focus_ring, smooth
from app.widgets.buttons import Button, log_switch
from app.widgets.choice import ChoiceBox
from app.widgets.popup import Option
from engine.landscape.terrain import parts
from engine.machines.base import Snapshot
from engine.producers._survey import DATA_ONLY
from engine.producers.landscape import Landscape
from engine.records import Want

EMPTY: Final = "Draw samples: the loss needs some."
DIRECTIONS: Final = {
    "path": ("path", "the two principal components of the weights the run has been at while this was on screen"),
    "gradient": ("gradient", "down the gradient, and a random direction at a right angle to it"),
    "random": ("random", "two random directions, each neuron's part as long as its weights"),
}
AXES: Final = {
    "path": ("first component{}", "second component{}"),
    "gradient": ("downhill: against the gradient", "random, at a right angle"),
    "random": ("random direction, × the weights", "another random direction"),
}
RADII: Final = ("0.1", "0.25", "0.5", "1", "2", "4")
WIDE: Final = 300
"""From this width on, in pixels at 100 %, the scale stands beside the name of the axis."""
STEP: Final = 1 / 32
"""How far an arrow takes the cross, as a share of the frame."""


class Relief(Control):
    """Contours with the path on them; `chosen` gives the place that was clicked, `pointed` tells that the cross moved.

    Arrows move the cross, Enter chooses its place, Escape takes it away.
    """

    chosen = Signal(float, float)
    pointed = Signal()
    keys = ENTER | ARROWS | {Qt.Key.Key_Escape}

    def __init__(self) -> None:
        super().__init__()
        self.record: Landscape | None = None
        self.log = True
        self.cross: tuple[float, float] | None = None
        self._scale = Scale(0, 1, log=False)
        self._ground: tuple[object, QImage] | None = None
        self.setAccessibleName("the loss around the present weights")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(360), theme().px(280))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme().px(140), theme().px(110))

    def restyle(self) -> None:
        self._ground = None

    def show_record(self, record: Landscape | None) -> None:
        """Show another landscape."""
        before, self.record = self.record, record
        if record is None or before is None or before.plane is not record.plane:
            self.cross = None
        self.update()

    def show_log(self, log: bool) -> None:
        """Show powers of ten at equal distances, or not."""
        self.log, self._ground = log, None
        self.update()

    # -- painting -----------------------------------------------------------------------------------------------

    def frame_of(self, record: Landscape) -> Frame:
        """Where the landscape stands."""
        f = record.frame
        return Frame(inside(QRectF(self.rect()), square=False), f.left, f.right, f.bottom, f.top)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        with smooth(self) as painter:
            if self.record is None:
                explain(painter, self.rect(), EMPTY)
            else:
                self._paint(painter, self.record)
            if self.ring:
                focus_ring(painter, self.rect(), theme().px(6))

    def _paint(self, painter: QPainter, record: Landscape) -> None:
        look, frame = theme(), self.frame_of(record)
        if frame.rect.width() < 8 or frame.rect.height() < 8:
            return
        across, up = AXES[record.plane.kind]
        first, second = ("" if math.isnan(s) else f" ({100 * s:.0f} %)" for s in record.plane.shares)
        frame.axes(painter, steps(frame.left, frame.right, 4), steps(frame.bottom, frame.top, 4),
                   across.format(first), up.format(second))  # fmt: skip
        if len(record.values):
            painter.drawImage(frame.rect.topLeft(), self._picture(record, frame.rect))
            if frame.rect.width() > look.px(WIDE):
                scale_bar(painter, self._scale, QPointF(frame.rect.left(), frame.rect.bottom() + look.px(16)))
        painter.setClipRect(frame.rect)
        self._path(painter, record, frame)
        if self.cross is not None:
            at = frame.place(*self.cross)
            painter.setPen(QPen(look.palette.colour("text"), 0, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(frame.rect.left(), at.y(), frame.rect.right(), at.y()))
            painter.drawLine(QLineF(at.x(), frame.rect.top(), at.x(), frame.rect.bottom()))
        painter.setClipping(False)
        painter.setPen(QPen(look.palette.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame.rect)

    def _picture(self, record: Landscape, rect: QRectF) -> QImage:
        """The contours, painted once for each grid and size."""
        key = (record.plane.origin.tobytes(), len(record.values), rect.width(), rect.height(), record.frame)
        if self._ground is None or self._ground[0] != key:
            self._scale = scale_of(record.values, self.log)
            self._ground = (key, relief(record.values, self._scale, rect, self.devicePixelRatioF()))
        return self._ground[1]

    def _path(self, painter: QPainter, record: Landscape, frame: Frame) -> None:
        look = theme()
        gaps = np.flatnonzero(np.isnan(record.path[:, 0]))
        pieces = [p[~np.isnan(p[:, 0])] for p in np.split(record.path, gaps)]
        here = np.array([record.here])
        pieces[-1] = np.concatenate([pieces[-1], here])
        for pen in halo(look.px(1.5)):
            painter.setPen(pen)
            for piece in pieces:
                if len(piece) > 1:
                    frame.line(painter, piece)
        start = frame.place(*pieces[0][0].tolist())
        painter.setPen(QPen(look.palette.colour("panel"), look.px(1.5)))
        painter.setBrush(look.palette.colour("text"))
        painter.drawEllipse(start, look.px(3), look.px(3))
        painter.setBrush(look.palette.colour("accent"))
        painter.drawEllipse(frame.place(*record.here), look.px(6), look.px(6))

    # -- the hand -----------------------------------------------------------------------------------------------

    def loss_at(self, place: tuple[float, float]) -> float:
        """The loss at a place, as far as it is known; NaN where it is not."""
        record = self.record
        if record is None or not len(record.values):
            return math.nan
        f = record.frame
        return height_at(
            record.values, (place[0] - f.left) / (f.right - f.left), (f.top - place[1]) / (f.top - f.bottom)
        )

    def _place(self, at: QPointF) -> tuple[float, float] | None:
        if self.record is None:
            return None
        frame = self.frame_of(self.record)
        if not frame.rect.contains(at):
            return None
        f, r = self.record.frame, frame.rect
        x = f.left + (at.x() - r.left()) / r.width() * (f.right - f.left)
        return x, f.top - (at.y() - r.top()) / r.height() * (f.top - f.bottom)

    def _cross(self, place: tuple[float, float] | None) -> None:
        if place != self.cross:
            self.cross = place
            self.pointed.emit()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The cross follows the pointer."""
        self._cross(self._place(event.position()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._cross(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose a place."""
        place = self._place(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(*place)
        elif event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move the cross, or choose its place."""
        self.show_ring()
        record, key = self.record, Qt.Key(event.key())
        if record is None or key not in self.keys or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in ENTER:
            if self.cross is not None:
                self.chosen.emit(*self.cross)
        elif key == Qt.Key.Key_Escape:
            self._cross(None)
        else:
            f, (x, y) = record.frame, self.cross or record.here
            right = (key == Qt.Key.Key_Right) - (key == Qt.Key.Key_Left)
            up = (key == Qt.Key.Key_Up) - (key == Qt.Key.Key_Down)
            x, y = x + right * STEP * (f.right - f.left), y + up * STEP * (f.top - f.bottom)
            self._cross((min(max(x, f.left), f.right), min(max(y, f.bottom), f.top)))


class LandscapeView(ViewWidget):
    """The loss along two directions through the weights."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__(context, "Loss landscape")
        self._record = record
        self.directions, self.radius, self._request = "path", "1", 0
        self.ways = ChoiceBox("directions", self._way_options)
        self.ways.chosen.connect(self.show_directions)
        self.reach = ChoiceBox("radius", self._reach_options)
        self.reach.chosen.connect(self.show_radius)
        self.log = log_switch("heights by powers of ten", on=True)
        self.alone = Button("data only", "ghost", hint="heights without what penalty, ties and auxiliary outputs add")
        self.alone.setCheckable(True)
        self.alone.setAccessibleName("data loss only")
        self.alone.toggled.connect(lambda _on: self.look())
        self.again = Button("Here", "ghost", hint="look around the present weights anew")
        self.again.clicked.connect(self.fit)
        self.picture = Relief()
        self.log.toggled.connect(self.picture.show_log)
        self.picture.chosen.connect(self._put)
        self.picture.pointed.connect(self._tell)
        self.told = Label("", "small", 500, "text")
        self.under = Label("", "small", 400, "muted")
        for widget in (self.ways, self.reach):
            self.head.insertWidget(self.head.count() - 1, widget)
        self.head.addWidget(self.alone)
        self.head.addWidget(self.log)
        self.head.addWidget(self.again)
        self.body.addWidget(self.picture, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.told)
        foot.addStretch(1)
        foot.addWidget(self.under)
        self.body.addLayout(foot)
        self.title.hide()
        self._show_choices()

    def show_title(self, shown: bool) -> None:
        """The boxes say enough, and need the room."""

    def wants(self) -> frozenset[Want]:
        asked = (self.directions, self.radius, str(self._request))
        return frozenset({Want(self._record, target=(*asked, DATA_ONLY) if self.alone.isChecked() else asked)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self._record)
        self.picture.show_record(record if isinstance(record, Landscape) else None)
        self.alone.setVisible(bool(parts(snapshot.experiment)))
        self._tell()

    def fit(self) -> None:
        """Look around the present weights anew."""
        self._request += 1
        self.look()

    def show_directions(self, directions: str) -> None:
        """Look along other directions."""
        self.directions = directions
        self._show_choices()
        self.look()

    def show_radius(self, radius: str) -> None:
        """Look so far to each side."""
        self.radius = radius
        self._show_choices()
        self.look()

    def _show_choices(self) -> None:
        self.ways.show_choice(self.directions, DIRECTIONS[self.directions][0])
        self.reach.show_choice(self.radius, f"× {self.radius}")

    def _way_options(self) -> list[Option]:
        return [Option(k, text, hint, chosen=k == self.directions) for k, (text, hint) in DIRECTIONS.items()]

    def _reach_options(self) -> list[Option]:
        return [Option(k, f"× {k}", chosen=k == self.radius) for k in RADII]

    def _put(self, across: float, up: float) -> None:
        """Put the weights at a place, as one undo step."""
        record = self.picture.record
        if record is not None:
            self.context.session.assign("Move the weights", record.form.labelled(record.plane.at(across, up)))

    def _tell(self) -> None:
        record, cross = self.picture.record, self.picture.cross
        if record is None:
            self.told.setText("")
            self.under.setText("")
            return
        some = "" if record.samples == record.total else f" of {human(record.samples)} samples"
        more = () if self.alone.isChecked() else parts(self.context.session.experiment)
        what = "loss + penalty" if more == ("penalty",) else "objective" if more else "loss"
        self.told.setText(f"{what} here{some} {human(record.loss)}")
        besides = f"with {', '.join(more)}" if more else "nothing else"
        self.told.setToolTip(
            f"The mean loss of {count(record.samples, 'training sample')}, {besides}; "
            f"{human(record.away)} away from this plane"
        )
        waiting = self.directions == "path" and record.plane.kind != "path"
        usual = "Press Play: the path shows its directions" if waiting else "Click to put the weights there"
        self.under.setText(usual if cross is None else f"under the cross {human(self.picture.loss_at(cross))}")
        self.picture.setAccessibleDescription(f"{self.told.text()}, {self.under.text()}")
