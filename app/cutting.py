"""Lines drawn across the plane: each is a neuron of the network from then on, a click on one turns its side."""

from __future__ import annotations

from math import hypot
from typing import Final

from app.session import Session
from engine.design.lines import Join, Line, from_lines, lines_of
from engine.experiment import Experiment

Place = tuple[float, float]

CUTS: Final = "cut"
"""The tool's key."""
CUT: Final = "Cut the plane"
TURN: Final = "Turn the side"


class Cut:
    """One stroke of the tool that cuts: a drag is a line, a click turns the line that is near."""

    banding = True

    def __init__(self, session: Session, join: Join, place: Place, near: float) -> None:
        self._session, self._join = session, join
        self.start = self.last = place
        left, right, bottom, top = session.samples.domain
        self._near = near / 12 * min(right - left, top - bottom)
        self.changed = False

    def go_on(self, place: Place) -> None:
        """The pointer moved."""
        self.last = place

    def beat(self) -> None:
        """Nothing is done before the line is there."""

    def cancel(self) -> None:
        """Nothing was done yet."""

    def end(self) -> None:
        """The button was released: the line becomes a neuron."""
        known = lines_of(self._session.experiment)
        lines = known[0] if known else ()
        if hypot(self.last[0] - self.start[0], self.last[1] - self.start[1]) > self._near:
            self._build(CUT, (*lines, Line.through(self.start, self.last)))
        elif lines:
            nearest = min(range(len(lines)), key=lambda k: abs(lines[k].above(self.start)))
            if abs(lines[nearest].above(self.start)) <= self._near:
                self._build(TURN, (*lines[:nearest], lines[nearest].turned, *lines[nearest + 1 :]))

    def _build(self, text: str, lines: tuple[Line, ...]) -> None:
        self.changed = self._session.attempt(text, lambda e: from_lines(e, lines, self._join))


def rejoin(session: Session, join: Join) -> None:
    """Let the region be all sides or any, where the network is one of lines."""
    known = lines_of(session.experiment)
    if known and known[1] != join and len(known[0]) > 1:
        session.attempt("Join the sides", lambda e: from_lines(e, known[0], join))


def joined(experiment: Experiment, otherwise: Join) -> Join:
    """How the sides are joined; of a single line, or where there are none, as is wished."""
    known = lines_of(experiment)
    return known[1] if known and len(known[0]) > 1 else otherwise
