"""What a unit looks for: a picture that climbs to where it says most, and the training pictures on which it does."""

from __future__ import annotations

import time
from typing import ClassVar, Final

import numpy as np
from msgspec import Struct

from engine.layers._picture import form
from engine.plan import procedure as p
from engine.producers._sight import picture_of
from engine.producers._within import within
from engine.producers.base import F, Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register

STEPS: Final = 200
AGAIN: Final = 100
"""Steps that a picture goes on for once the network has learned further."""
RATE: Final = 0.02
"""The root of the mean square of a step, in the range of a pixel."""
DECAY: Final = 0.01
"""The share by which all pixels shrink at each step (L2), so that what does not matter stays empty."""
BUDGET: Final = 0.006
"""Seconds of a snapshot that go to it."""
BEST: Final = 9


class Best(Struct, frozen=True, eq=False):
    """A sample by its number, its picture, and what the unit says of it."""

    row: int
    pixels: F
    value: float


class Sought(Record, frozen=True, eq=False):
    """The `picture` [row, column, channel] after so many `steps`, what the unit says of it, and the `best` samples.

    What a map says is its mean. A picture that nothing moves has the `slope` 0: the unit is dead there.
    """

    layer: str
    unit: str
    picture: F
    value: float
    slope: float
    steps: int
    best: tuple[Best, ...]

    @property
    def unfinished(self) -> bool:
        return self.steps < STEPS and self.slope > 0


class Climb:
    """A picture on its way up, from a grey one with a little noise."""

    def __init__(self, unit: str, shape: tuple[int, ...]) -> None:
        self.unit, self.steps, self.learned = unit, 0, -1
        self.value, self.slope = 0.0, 1.0
        self.picture: F = np.random.default_rng(0).normal(0.3, 0.05, shape).clip(0, 1).astype(np.float32)

    def go_on(self, look: Look, layer: str, k: int, places: int) -> None:
        """Climb for a slice of time, at least a step."""
        until, inside = time.perf_counter() + BUDGET, within(look, layer)
        if look.plan.counter(p.STEP) != self.learned:
            self.learned, self.steps = look.plan.counter(p.STEP), min(self.steps, STEPS - AGAIN)
        while self.steps < STEPS:
            said = inside.see(self.picture)[layer]
            at = np.zeros((places, said.size // places))
            at[:, k] = 1 / places
            self.value = float(said.reshape(at.shape)[:, k].mean())
            slope = inside.at_pixels(at)
            self.slope = float(np.sqrt(np.square(slope).mean()))
            if self.slope == 0:
                return
            moved = self.picture * (1 - DECAY) + slope * (RATE / self.slope)
            self.picture = np.clip(moved, 0, 1).astype(np.float32)
            self.steps += 1
            if time.perf_counter() > until:
                return


@register("What a unit looks for")
class SoughtOf(Producer, tag="sought", frozen=True):
    """The picture that makes a unit say most, by gradient ascent, and the training pictures on which it says most."""

    yields: ClassVar[type[Record]] = Sought
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Sought | None:
        layer, unit = (*want.target, "", "")[:2]
        node = look.node(layer) or next((n for n in look.nodes if n.parameters), look.nodes[-1])
        axes = look.experiment.data.source.axes
        if axes is None:
            return None
        k = node.units.labels.index(unit) if unit in node.units.labels else 0
        climb, name = look.kept.get("sought"), node.units.labels[k]
        shape = form(axes)
        if not isinstance(climb, Climb) or (climb.unit, climb.picture.shape) != (f"{node.layer.id} {name}", shape):
            climb = look.kept["sought"] = Climb(f"{node.layer.id} {name}", shape)
        places = int(np.prod([axis.size for axis in node.shape[:-1]], dtype=int))
        climb.go_on(look, node.layer.id, k, places)
        return Sought(
            "sought", node.layer.id, name, readonly(climb.picture.copy()), climb.value, climb.slope, climb.steps,
            self._best(look, node.layer.id, k, places),
        )  # fmt: skip

    @staticmethod
    def _best(look: Look, layer: str, k: int, places: int) -> tuple[Best, ...]:
        prepared = look.plan.prepared
        said = look.plan.activations(0, min(prepared.train, look.sampled))[layer]
        values = said.reshape(len(said), places, -1)[:, :, k].mean(axis=1)
        return tuple(
            Best(int(prepared.source[row]), picture_of(look, prepared.x[row]), float(values[row]))
            for row in np.argsort(-values, kind="stable")[:BEST]
        )
