"""Error against capacity: the number of hidden layers."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from engine.adapt import adapt
from engine.edits import MOST_LAYERS
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check, nodes
from engine.layers import Answering, Column, Layer
from engine.network import INPUT
from engine.registry import register
from engine.study.base import Study


@register("Depth")
class Depth(Study, tag="depth", frozen=True):
    """The hidden layers one behind the other: fewer are the first of them, more are further ones like the last."""

    axis: ClassVar[str] = "hidden layers"
    asks: ClassVar[str] = "numbers of layers"
    place: ClassVar[str] = "a depth of {}"
    log: ClassVar[bool] = False

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return (0, 1, 2, 3, 4, 6, 8)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return 0, MOST_LAYERS - 1

    def at(self, experiment: Experiment, value: float) -> Experiment:
        model, count = experiment.model, int(value)
        hidden = _chain(experiment)
        layers: list[Layer] = [replace(x, inputs=()) for x in hidden[:count]]
        while len(layers) < count:
            taken = replace(model, layers=(*layers, model.output))
            layers.append(replace(hidden[-1], id=taken.fresh_id(), inputs=()))
        output = replace(model.output, inputs=())
        return check(adapt(replace(experiment, model=replace(model, layers=(*layers, output))))[0])

    def now(self, experiment: Experiment) -> float | None:
        return float(len(experiment.model.hidden_layers))


def _chain(experiment: Experiment) -> tuple[Layer, ...]:
    """The hidden layers, where each is a column of neurons that reads the one before."""
    hidden, before = experiment.model.hidden_layers, INPUT
    if not hidden:
        raise LearnscopeError("there is no hidden layer of which there could be more; add one")
    for node in nodes(experiment):
        answering = isinstance(node.layer, Answering) and node.layer is not experiment.model.output
        if node.sources != (before,) or not isinstance(node.layer, Column) or answering:
            raise LearnscopeError(
                f"layer “{node.layer.id}” is not a column of neurons that reads the layer before it; depth can be "
                "studied of plain networks only"
            )
        before = node.layer.id
    return hidden
