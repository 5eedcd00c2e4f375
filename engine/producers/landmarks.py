"""Where the weights of the output stand on the plane: prototypes as places, other weights as directions."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.experiment import plane, task
from engine.network import INPUT
from engine.producers.base import Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register
from engine.summing import NEARNESS, WEIGHTED


class Landmarks(Record, frozen=True, eq=False):
    """A place [unit, (across, up)] for each neuron of the output; `arrows` are directions, seen from the middle."""

    places: NDArray[np.float64]
    arrows: bool


@register("Landmarks")
class LandmarksOf(Producer, tag="landmarks", frozen=True):
    """The weights of an output that reads the two columns of the plane and nothing else, where they can be seen.

    Prototypes are places. The weights of a rule without a teacher are the direction in which a neuron looks. Those of
    other outputs stand for a line, which the surface shows.
    """

    yields: ClassVar[type[Record]] = Landmarks
    needs: ClassVar[str] = "plane"

    def make(self, look: Look, want: Want) -> Landmarks | None:
        node, pair = look.nodes[-1], plane(look.experiment.data)
        output = look.experiment.model.output
        arrows = output.summing is WEIGHTED and task(look.experiment) == "unsupervised"
        if node.sources != (INPUT,) or not (arrows or output.summing is NEARNESS):
            return None
        inputs = look.experiment.data.features
        if sorted(inputs) != sorted(pair):
            return None
        weight = look.learner.array(f"{output.id}.weight").astype(np.float64)
        places = weight[[inputs.index(name) for name in pair]].T.copy()
        return Landmarks("landmarks", readonly(places), arrows) if np.isfinite(places).all() else None
