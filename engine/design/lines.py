"""From lines on the plane to a network: each is a threshold unit, and an AND or an OR of their sides is the answer."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Final, Literal, NamedTuple

from engine.activations.classic import Step
from engine.arrays import Labelled
from engine.design.units import Unit, every, network, some
from engine.errors import ExperimentError
from engine.experiment import Experiment, plane, task
from engine.layers.dense import Dense

Join = Literal["all", "any"]
"""The region: where all units fire (AND), or any of them (OR)."""

MOST: Final = 64
"""Lines of one network."""


class Line(NamedTuple):
    """The places p with n · p = offset, for a normal n of length 1; its side is where n · p ≥ offset."""

    normal: tuple[float, float]
    offset: float

    @classmethod
    def through(cls, start: tuple[float, float], end: tuple[float, float]) -> Line:
        """The line from a place to another; its side is on the left of who goes there."""
        across, up = end[0] - start[0], end[1] - start[1]
        length = hypot(across, up)
        if not length:
            raise ExperimentError("a line needs two different places; drag across the plane")
        normal = (-up / length, across / length)
        return cls(normal, normal[0] * start[0] + normal[1] * start[1])

    @property
    def turned(self) -> Line:
        """The same line with the other side."""
        return Line((-self.normal[0], -self.normal[1]), -self.offset)

    def above(self, place: tuple[float, float]) -> float:
        """How far a place lies on its side; less than 0 beyond it."""
        return self.normal[0] * place[0] + self.normal[1] * place[1] - self.offset


def from_lines(experiment: Experiment, lines: Sequence[Line], join: Join) -> Experiment:
    """The experiment with a threshold unit for each line, and an output that fires on all sides, or on any."""
    if refusal := unfit(experiment):
        raise ExperimentError(refusal)
    if not 1 <= len(lines) <= MOST:
        raise ExperimentError(f"{len(lines)} lines can't be a network; draw 1 to {MOST}")
    hidden = [Unit(line.normal, line.offset) for line in lines]
    output = every(len(lines)) if join == "all" else some(len(lines))
    return network(experiment, experiment.data, hidden, output, ("lines", "and" if join == "all" else "or"))


def unfit(experiment: Experiment) -> str:
    """Why lines on the plane can't be the units of this network, in a sentence; empty where they can."""
    data = experiment.data
    if data.source.axes is not None:
        return "Pictures have no plane to draw lines on; choose data of two inputs"
    if task(experiment) != "binary":
        return "Lines make a network for two classes, one on their side and one beyond; choose data of two classes"
    if data.features != plane(data) or len(set(data.features)) != 2:
        across, up = plane(data)
        return f"Lines need a network that reads just {across} and {up}, which the plane shows; switch the others off"
    return ""


def lines_of(experiment: Experiment) -> tuple[tuple[Line, ...], Join] | None:
    """The lines of which a network was made, by its starting numbers; None where it is another network."""
    model = experiment.model
    first = model.layers[0]
    plain = len(model.layers) == 2 and isinstance(first, Dense) and not unfit(experiment)
    if not plain or not all(isinstance(getattr(x, "activation", None), Step) for x in model.layers):
        return None
    start = {n.name: n for n in model.start}
    names = [f"{x.id}.{part}" for x in model.layers for part in ("weight", "bias")]
    if set(start) != set(names):
        return None
    weight, bias, outward, threshold = (start[name] for name in names)
    count = len(bias.values)
    joins: dict[Join, Unit] = {"all": every(count), "any": some(count)}
    join = next((k for k, u in joins.items() if _unit(outward, threshold) == u), None)
    if join is None or weight.values.values.shape != (2, count):
        return None
    pairs = zip(weight.values.values.T.tolist(), (-bias.values.values).tolist(), strict=True)
    lines = tuple(_line(a, b, offset) for (a, b), offset in pairs if a or b)
    return (lines, join) if len(lines) == count else None


def _unit(weight: Labelled, bias: Labelled) -> Unit:
    return Unit(tuple(weight.values.values[:, 0].tolist()), -float(bias.values.values[0]))


def _line(a: float, b: float, offset: float) -> Line:
    length = hypot(a, b)
    return Line((a / length, b / length), offset / length)
