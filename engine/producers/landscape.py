"""The loss around the present weights, along two directions, with the path that led there."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.landscape import Form, Plane
from engine.landscape.vectors import vector_of
from engine.producers._survey import Survey
from engine.producers.base import Look, Producer
from engine.records import Domain, Record, Want, readonly
from engine.registry import register


class Landscape(Record, frozen=True, eq=False):
    """The loss over a part of a plane through the weights: `values[row, column]`, row 0 at the top.

    It has 9, 17 or 33 places a side, as far as it has come; none yet where it is empty; infinite where the loss is no
    number. `plane.kind` tells the directions shown: not yet those of the path where there is none. `path` [point, 2]
    holds places of the plane, a row of NaN where somebody else moved the weights; `here` is that of the present
    weights, which are `away` from it and have the loss `loss`. Only `samples` of `total` training samples are asked.
    """

    form: Form
    plane: Plane
    frame: Domain
    values: NDArray[np.float64]
    path: NDArray[np.float64]
    here: tuple[float, float]
    loss: float
    away: float
    samples: int
    total: int
    settled: bool

    @property
    def unfinished(self) -> bool:
        return not self.settled


@register("Loss landscape")
class LandscapeOf(Producer, tag="landscape", frozen=True):
    """The loss around the present weights, along random directions, the gradient, or the components of the path.

    The target of the want is (directions, radius, request), and `DATA_ONLY` where heights are the loss of the answer
    alone; another request looks around the present weights anew.
    """

    yields: ClassVar[type[Record]] = Landscape

    def make(self, look: Look, want: Want) -> Landscape | None:
        if not look.plan.prepared.train:
            return None
        weights = vector_of(look.plan).astype(np.float64)
        look.path.watched = True
        look.follow()
        survey = look.kept.get("landscape")
        if not isinstance(survey, Survey) or not survey.fits(look, want.target):
            survey = look.kept["landscape"] = Survey(look, want.target)
        part = survey.go_on(look, want.target, weights)
        terrain, here = survey.terrain, part.plane.of(weights[None])[0]
        return Landscape(
            "landscape", terrain.form, part.plane, part.frame, readonly(part.grid()), readonly(part.line(look.path)),
            (float(here[0]), float(here[1])), terrain.loss(weights), part.plane.away(weights, here), terrain.samples,
            terrain.total, survey.settled,
        )  # fmt: skip
