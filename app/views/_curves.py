"""The view of curves: loss, accuracy or error, train and test, with the numbers in the corner."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QLineF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.context import Context
from app.numbers import beat, human
from app.selection import first_output
from app.theme import theme
from app.views._base import ViewWidget
from app.widgets.base import Label, Themed, smooth
from app.widgets.buttons import log_switch
from app.widgets.choice import SegmentedControl
from app.widgets.popup import Option
from engine.experiment import classifies
from engine.machines import MachineKind
from engine.machines.base import Score, Snapshot
from engine.records import Curve, Role, Want

if TYPE_CHECKING:
    from app.views._plot import Plot

PAUSE: Final = 66
"""Milliseconds between two paintings: curves need not move at the pace of surfaces, and pyqtgraph is dear."""

LOW: Final = 130
"""Below this height, in pixels at 100 %, the numbers take one line of the plot instead of several."""

SHARES: Final = ("accuracy", "error")
"""The curves of shares of right or wrong answers, which a value to predict does not have."""

WAITING: Final = "Press Play: the curve grows with the epochs."
EMPTY: Final = "Draw samples: learning begins with the first."


class Numbers(Themed):
    """The values of the lines, each beside a piece of its line: one above the other, or `flat` beside each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[tuple[str, Role, float]] = []
        self.flat = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_values(self, entries: list[tuple[str, Role, float]]) -> None:
        """Show other values."""
        if entries != self.entries:
            self.entries = entries
            self.setAccessibleName(", ".join(f"{name} {human(value)}" for name, _, value in entries))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        look = theme()
        self.setFont(look.font("normal", 600))
        wide = self.fontMetrics().horizontalAdvance("test 0.0000") + look.px(34)
        rows = max(len(self.entries), 1)
        return QSize(wide * rows, look.px(19)) if self.flat else QSize(wide, look.px(19) * rows)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        from app.views._plot import PENS

        look = theme()
        with smooth(self) as painter:
            row = look.px(19)
            ground = look.palette.colour("panel")
            ground.setAlpha(205)
            painter.fillRect(self.rect(), ground)
            for k, (name, role, value) in enumerate(self.entries):
                token, dash = PENS[role]
                pen = QPen(look.palette.colour(token), look.px(2))
                if dash != Qt.PenStyle.SolidLine:
                    pen.setDashPattern([2.0, 1.5])
                painter.setPen(pen)
                painter.setFont(look.font("normal", 600 if role == "train" else 400))
                text = f"{name} {human(value)}"
                wide = self.width() / len(self.entries)
                where = QRectF(k * wide, 0, wide, row) if self.flat else QRectF(0, k * row, self.width(), row)
                left = where.right() - painter.fontMetrics().horizontalAdvance(text) - look.px(22)
                middle = round(where.center().y())
                painter.drawLine(QLineF(left, middle, left + look.px(14), middle))
                painter.setPen(look.palette.colour(token))
                painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)


class CurvesView(ViewWidget):
    """Curves by name: those of the kind of experiment that are curves."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, "Curves")
        self.shown = "loss"
        self.curve: Curve | None = None
        self.plot: Plot | None = None
        self.which = SegmentedControl("which curve")
        self.which.chosen.connect(self.show_record)
        self.numbers = Numbers(self)
        self.log = log_switch("powers of ten at equal distances")
        self.log.toggled.connect(self._log)
        self.show_title(False)
        self.head.insertWidget(0, self.which)
        self.head.addWidget(self.log)
        self.waiting = Label(WAITING, "normal", 400, "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        self.body.addWidget(self.waiting, 1)
        self._pointed = math.nan
        self._now: dict[Role, float | None] = {}
        self._beat = -1
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(PAUSE)
        self._late.timeout.connect(self._draw)
        self._make = QTimer(self)
        self._make.setSingleShot(True)
        self._make.setInterval(0)
        self._make.timeout.connect(self._make_plot)
        self._offer()

    def wants(self) -> frozenset[Want]:
        return frozenset({Want(self.shown)})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        record = snapshot.get(self.shown)
        if isinstance(record, Curve):
            self.curve = record
            scores: tuple[tuple[Role, Score], ...] = (("train", snapshot.train), ("test", snapshot.test))
            if self.context.session.run_state != "running" or beat() != self._beat:
                self._beat = beat()
                self._now = {role: getattr(score, self.shown, None) for role, score in scores}
                self._show_numbers()
            if not self._late.isActive():
                self._late.start(PAUSE if self.plot is not None else 0)

    def show_experiment(self) -> None:
        self._offer()
        if self.context.session.snapshot is None:
            self.curve = None
            self._draw()

    def show_record(self, name: str) -> None:
        """Show another curve."""
        self.shown, self.curve = name, None
        self.which.show_choice(name)
        self._offer_log()
        if self.plot is not None:
            self.plot.follow = True
        self.look()
        self.refresh()

    def extra_actions(self, menu: QMenu) -> None:
        menu.addSeparator()
        menu.addAction("How is the loss of a sample calculated?", self.explain)

    def explain(self) -> None:
        """Ask how the loss is calculated: of the next sample, at the first output."""
        self.context.selection.ask(first_output(self.context.session.experiment), "loss")

    def restyle(self) -> None:
        if self.plot is not None:
            self.plot.dress()

    def show_title(self, shown: bool) -> None:
        """The names of the curves say enough."""
        self.title.hide()

    def fit(self) -> None:
        if self.plot is not None:
            self.plot.fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Make the plot after the first paint: its library takes half a second to load."""
        super().showEvent(event)
        if self.plot is None:
            self._make.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Plus and minus zoom; F fits."""
        factor = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}.get(Qt.Key(event.key()))
        if factor is None or self.plot is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        else:
            self.plot.zoom(factor)

    def dispose(self) -> None:
        self._late.stop()
        self._make.stop()
        plot, self.plot = self.plot, None
        if plot is not None:
            # Its close makes it a window without a parent, which nobody would delete.
            plot.close()
            plot.deleteLater()
        super().dispose()

    def _make_plot(self) -> None:
        if self.plot is not None:
            return
        from app.views._plot import Plot

        self.plot = Plot()
        self.plot.setAccessibleName(f"{self.shown} over the epochs")
        self.plot.pointed.connect(self._point)
        self.plot.setVisible(False)
        self.body.addWidget(self.plot, 1)
        self._offer_log()

    def _offer(self) -> None:
        experiment = self.context.session.experiment
        records = MachineKind.registry[experiment.machine].kind.shown(experiment)
        names = [n for n, kind in records.items() if issubclass(kind, Curve)] or [self.shown]
        if not classifies(experiment):
            # A value to predict is neither right nor wrong.
            names = [n for n in names if n not in SHARES]
        self.which.show_options([Option(n, n.capitalize()) for n in names])
        if self.shown not in names:
            self.shown = names[0]
            self._offer_log()
            self.look()
        self.which.show_choice(self.shown)

    def _draw(self) -> None:
        something = self.curve is not None and any(np.isfinite(line.y).any() for line in self.curve.lines)
        self.waiting.setVisible(not something)
        self.waiting.setText(WAITING if len(self.context.session.samples) else EMPTY)
        if self.plot is not None:
            self.plot.setVisible(something)
            if something and self.curve is not None:
                self.plot.show_curve(self.curve)
        self._show_numbers()
        self._place_numbers()

    def _place_numbers(self) -> None:
        """In the corner at the end of the lines that they leave free."""
        self.numbers.setVisible(bool(self.numbers.entries) and self.plot is not None)
        if self.plot is None:
            return
        self.numbers.flat = self.plot.height() < theme().px(LOW)
        if self.numbers.flat and self.numbers.sizeHint().width() > self.plot.width() - theme().px(60):
            self.numbers.flat = False
        self.numbers.resize(self.numbers.sizeHint())
        area, inset = self.plot.geometry(), theme().px(4)
        room = area.height() - theme().px(24) - inset - self.numbers.height()
        top = area.top() + inset + round(max(room, 0) * self.plot.free_height())
        self.numbers.move(area.right() - self.numbers.width() - inset, top)
        self.numbers.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the numbers in their corner."""
        super().resizeEvent(event)
        self._place_numbers()

    def _show_numbers(self) -> None:
        if self.curve is None:
            self.numbers.show_values([])
            return
        entries = []
        for line in self.curve.lines:
            known = np.flatnonzero(np.isfinite(line.y))
            if not len(known):
                continue
            k = known[-1]
            # Without a pointer the numbers are those of this moment: none, where the samples are gone.
            now = self._now.get(line.role, math.nan)
            if not math.isnan(self._pointed):
                k, now = known[np.abs(self.curve.x[known] - self._pointed).argmin()], math.nan
            if now is not None:
                entries.append((line.title, line.role, float(line.y[k]) if math.isnan(now) else now))
        self.numbers.show_values(entries)

    def _point(self, x: float) -> None:
        if self.curve is not None and not math.isnan(x) and len(self.curve.x):
            x = float(self.curve.x[np.abs(self.curve.x - x).argmin()])
        self._pointed = x
        if self.plot is not None:
            self.plot.point_at(x)
        self._show_numbers()

    def _offer_log(self) -> None:
        """Powers of ten say nothing of shares between none and all."""
        self.log.setVisible(self.shown not in SHARES)
        self._log(self.log.isChecked())

    def _log(self, on: bool) -> None:
        if self.plot is not None:
            self.plot.set_log(on and self.shown not in SHARES)
            self._draw()
