"""The drawing tools: which one is in the hand, and how a stroke becomes edits. Shared by panel and surfaces.

A surface reports the pointer in coordinates of the plane: `press`, `drag`, `release`, `cancel`. A stroke is a chain of
pure operations on own points (`engine.datasets.editing`), each an edit of one gesture: one undo step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.cutting import CUTS, Cut, joined, rejoin
from app.messages import Message, refused
from app.session import Session
from engine import streams
from engine.arrays import Array
from engine.datasets import Dataset, editing
from engine.datasets.base import MOST_DRAWN
from engine.design.lines import Join
from engine.errors import LearnscopeError
from engine.experiment import Experiment, plane

Tool = Literal["look", "put", "brush", "airbrush", "line", "erase", "relabel", "move", "jitter", "magnet", "cut"]
TOOLS: Final[tuple[Tool, ...]] = (
    "look", "put", "brush", "airbrush", "line", "erase", "relabel", "move", "jitter", "magnet", "cut",
)  # fmt: skip

Place = tuple[float, float]
Mask = NDArray[np.bool_]

BEAT: Final = 40
"""Milliseconds between two applications of a tool while the pointer is down; edits are not sent faster."""

NAMES: Final[dict[Tool, str]] = {
    "put": "Put point",
    "brush": "Brush stroke",
    "airbrush": "Spray",
    "line": "Line of points",
    "erase": "Erase points",
    "relabel": "Relabel points",
    "move": "Move points",
    "jitter": "Jitter points",
    "magnet": "Pull points together",
}
"""What each stroke is called in the list of undo steps."""

STEADY: Final = frozenset({"airbrush", "jitter", "magnet"})
"""Tools that work as long as the button is held, moving or not."""

RADIUS: Final = (0.1, 4.0)


class Drawing(QObject):
    """The tool in the hand, its class (or value, where there are no classes), radius and strength.

    The radius is in twelfths of the plane's sides, the strength 0 to 1.
    """

    changed = Signal()
    selection_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.tool: Tool = "look"
        self.class_index = 1
        self.value = 1.0
        self.radius = 0.6
        self.strength = 0.5
        self.selected: Mask | None = None
        self.stroke: Stroke | Cut | None = None
        self.join: Join = "all"
        self.misses = 0
        """Strokes in a row that changed nothing: the next one draws other random numbers."""
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)
        session.experiment_changed.connect(self._experiment_changed)

    # -- the tool -----------------------------------------------------------------------------------------------

    def take(self, tool: Tool) -> None:
        """Take a tool in the hand."""
        if tool != self.tool:
            self.finish()
            self.tool = tool
            self._select(None)
            self.changed.emit()

    def choose_class(self, index: int) -> None:
        """Draw points of this class (0 to 8); one beyond the present classes makes a new class at the first stroke.

        Pictures may have more classes.
        """
        if index != self.class_index and 0 <= index < max(MOST_DRAWN, len(self._session.samples.classes)):
            self.class_index = index
            self.changed.emit()

    def of_digit(self, digit: int) -> int:
        """The class a digit key means: of pictures the one that is called so, else the first for 1."""
        names = self._session.samples.classes
        named = self._session.experiment.data.source.axes is not None and str(digit) in names
        return names.index(str(digit)) if named else (digit - 1) % 10

    def choose_value(self, value: float) -> None:
        """Draw points of this value, where the data has values to predict and no classes."""
        if value != self.value:
            self.value = value
            self.changed.emit()

    @property
    def values(self) -> tuple[float, float]:
        """The range of values to draw with: -1 to +1, and further where the data goes further."""
        y = self._session.samples.y
        return float(min(y.min(initial=-1), -1)), float(max(y.max(initial=1), 1))

    @property
    def has_value(self) -> bool:
        """Whether points carry a value that is not their place: two columns and no classes."""
        samples = self._session.samples
        return not samples.classes and len(samples.columns) == 2

    def set_radius(self, radius: float) -> None:
        """Set how far the brush reaches."""
        radius = float(np.clip(radius, *RADIUS))
        if radius != self.radius:
            self.radius = radius
            self.changed.emit()

    def set_strength(self, strength: float) -> None:
        """Set how much the brush does at once."""
        strength = float(np.clip(strength, 0, 1))
        if strength != self.strength:
            self.strength = strength
            self.changed.emit()

    def choose_join(self, join: Join) -> None:
        """Let lines that cut the plane bound the region on all their sides, or on any."""
        self.join = join
        rejoin(self._session, join)
        self.changed.emit()

    def widen(self, steps: int) -> None:
        """Make the brush wider (or narrower) by steps of a fifth."""
        self.set_radius(round(self.radius * 1.2**steps, 3))

    @property
    def draws(self) -> bool:
        """Whether the tool changes points (looking does not)."""
        return self.tool != "look"

    @property
    def has_reach(self) -> bool:
        """Whether the radius matters to the tool."""
        return self.tool not in ("look", "put", "line", "move", CUTS)

    @property
    def refusal(self) -> str:
        """Why the data on screen can't be drawn on; empty where it can."""
        try:
            editing.from_samples(self._session.samples)
        except LearnscopeError as error:
            return refused(error).sentence
        return ""

    # -- strokes ------------------------------------------------------------------------------------------------

    def press(self, place: Place, near: float = 0.3) -> None:
        """Begin a stroke; `near` is how close, in units of the brush, a click must come to a point to take it."""
        self.finish()
        if not self.draws:
            return
        try:
            if self.tool == CUTS:
                self.stroke = Cut(self._session, self.join, place, near)
            else:
                self.stroke = Stroke(self, self._session, self._turned(place), near)
            self._timer.start()
        except LearnscopeError as error:
            self._session.tell(Message(str(error), "error"))

    def drag(self, place: Place) -> None:
        """Go on with the stroke."""
        if self.stroke is not None:
            self.stroke.go_on(self._turned(place))

    def release(self) -> None:
        """End the stroke."""
        self.finish()

    def finish(self) -> None:
        """End the stroke, if there is one."""
        stroke, self.stroke = self.stroke, None
        self._timer.stop()
        if stroke is not None:
            stroke.end()
            self.misses = 0 if stroke.changed else self.misses + 1
            self.selection_changed.emit()

    def cancel(self) -> bool:
        """Give up the stroke in progress and undo what it did; tell whether there was one."""
        stroke, self.stroke = self.stroke, None
        self._timer.stop()
        if stroke is None:
            if self.selected is not None:
                self._select(None)
                return True
            return False
        stroke.cancel()
        self.selection_changed.emit()
        return True

    def delete_selected(self) -> None:
        """Remove the selected points."""
        if self.selected is None or not self.selected.any():
            return
        selected, session = self.selected, self._session
        try:
            own: Any = editing.from_samples(session.samples)
            points = editing.delete(own, selected)
        except LearnscopeError as error:
            session.tell(Message(str(error), "error"))
            return
        self._select(None)
        session.replace("Delete points", _with_source(session, points))

    @property
    def band(self) -> tuple[Place, Place] | None:
        """The rubber band or the line being drawn, from and to, in coordinates of the plane."""
        stroke = self.stroke
        if stroke is None or not stroke.banding:
            return None
        return self._turned(stroke.start), self._turned(stroke.last)

    def _beat(self) -> None:
        if self.stroke is not None:
            self.stroke.beat()

    def _turned(self, place: Place) -> Place:
        """Across and up, or up and across where the plane shows the second column across."""
        columns = self._session.samples.columns
        if len(columns) == 2 and plane(self._session.experiment.data) == (columns[1], columns[0]):
            return place[1], place[0]
        return place

    def select_row(self, row: int) -> None:
        """Select one point of the data by its row."""
        if 0 <= row < len(self._session.samples):
            mask = np.zeros(len(self._session.samples), np.bool_)
            mask[row] = True
            self._select(mask)

    def _select(self, mask: Mask | None) -> None:
        if mask is not None or self.selected is not None:
            self.selected = mask
            self.selection_changed.emit()

    def _experiment_changed(self, old: object, new: Experiment) -> None:
        join = joined(new, self.join)
        if join != self.join:
            self.join = join
            self.changed.emit()
        if self.selected is not None and len(self.selected) != len(self._session.samples):
            self._select(None)


class Stroke:
    """One stroke: from the button's press to its release."""

    def __init__(self, drawing: Drawing, session: Session, place: Place, near: float) -> None:
        self._drawing, self._session = drawing, session
        self.start = self.last = place
        self.tool = drawing.tool
        self.banding = self.tool == "line"
        self._gesture = session.gesture()
        self._began = session.history.stack.index()
        before = editing.from_samples(session.samples)
        self._before: Any = before
        self._points: Any = self._labelled(before)
        self._shown: Dataset | None = None
        # From the places the stroke begins with: the same stroke draws the same, the one after it something else.
        at = Array(session.samples.x).digest
        self._stream = streams.generator(session.experiment.seeds.data, "points", "stroke", at, str(drawing.misses))
        self._path: list[Place] = [place]
        self._moved = place
        self._over = False
        if self.tool == "move":
            self._take(near)
        elif self.tool != "line":
            self._apply(np.array([place]))

    @property
    def changed(self) -> bool:
        """Whether it did something so far."""
        return self._shown is not None

    def go_on(self, place: Place) -> None:
        """The pointer moved; the tool works on at the next beat."""
        self.last = place
        self._path.append(place)

    def end(self) -> None:
        """The button was released."""
        if self.tool == "line":
            self._apply(np.array([self.start, self.last]))
        elif self.tool == "move" or len(self._path) > 1:
            self.beat()

    def cancel(self) -> None:
        """Undo what the stroke did, unless other edits came after it."""
        stack = self._session.history.stack
        if self.changed and self._ours() and stack.index() == self._began + 1:
            stack.undo()

    def beat(self) -> None:
        """Apply the tool along the way since the last beat."""
        path, self._path = self._path, self._path[-1:]
        if self.tool == "move":
            self._shift()
        elif self.tool not in ("put", "line") and (len(path) > 1 or self.tool in STEADY):
            self._apply(np.array(path))

    def _apply(self, path: NDArray[np.float64]) -> None:
        drawing = self._drawing
        brush = editing.Brush(
            radius=drawing.radius, strength=drawing.strength, label=drawing.class_index, value=drawing.value
        )
        self._send(lambda points: editing.TOOLS[self.tool].apply(points, path, brush, self._stream))

    def _take(self, near: float) -> None:
        """A click takes the selection, or the nearest point; a press on empty ground begins a rubber band."""
        hit = editing.near(self._points, self.start, near)
        selected = self._drawing.selected
        if hit.any() and (selected is None or len(selected) != len(hit) or not (selected & hit).any()):
            self._drawing._select(hit)
        elif not hit.any():
            self.banding = True
            self._drawing._select(None)

    def _shift(self) -> None:
        selected = self._drawing.selected
        if self.banding:
            self._drawing._select(self._inside())
        elif selected is not None and self.last != self._moved:
            across, up = self.last[0] - self.start[0], self.last[1] - self.start[1]
            self._moved = self.last
            # From where it stood at first, so that points stopped at an edge come back with the pointer.
            self._points = self._before
            self._send(lambda points: editing.move(points, selected, across, up))

    def _inside(self) -> Mask:
        return editing.inside(self._points, self.start, self.last)

    def _send(self, change: Callable[[Any], Any]) -> None:
        """Show the points after a change, as a part of this stroke's undo step."""
        if self._over:
            return
        if self.changed and not self._ours():
            self._over = True  # somebody else changed the data meanwhile: the stroke ends there
            return
        try:
            points = change(self._points)
        except LearnscopeError as error:
            self._over = True
            self._session.tell(Message(str(error), "error"))
            return
        if points is self._points:
            return
        self._points = points
        if self._session.replace(NAMES[self.tool], _with_source(self._session, points), self._gesture):
            self._shown = self._session.experiment.data.source

    def _ours(self) -> bool:
        return self._session.experiment.data.source is self._shown

    def _labelled(self, points: Any) -> Any:
        """The points, with a new class where the brush's class is one beyond the present ones."""
        tool = editing.TOOLS.get(self.tool)
        known = len(points.class_names)
        if not known or tool is None or not tool.draws or self._drawing.class_index < known:
            return points
        self._drawing.choose_class(known)
        return editing.new_class(points)


def _with_source(session: Session, points: Dataset) -> Experiment:
    data = session.experiment.data
    return replace(session.experiment, data=replace(data, source=points))
