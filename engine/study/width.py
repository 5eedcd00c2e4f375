"""Error against capacity: the number of neurons in the hidden layers."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from engine.adapt import adapt
from engine.edits import MOST_UNITS
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check
from engine.layers import Answering, Column
from engine.registry import register
from engine.study.base import Study


@register("Width")
class Width(Study, tag="width", frozen=True):
    """All hidden layers have as many neurons: the training error falls with them, the test error need not."""

    axis: ClassVar[str] = "neurons in each hidden layer"
    asks: ClassVar[str] = "numbers of neurons"
    place: ClassVar[str] = "a width of {}"

    def usual(self, experiment: Experiment) -> tuple[float, ...]:
        return (1, 2, 4, 8, 16, 32, 64)

    def span(self, experiment: Experiment) -> tuple[float, float]:
        return 1, MOST_UNITS

    def at(self, experiment: Experiment, value: float) -> Experiment:
        model = experiment.model
        if not any(_hidden(x) for x in model.layers):
            raise LearnscopeError("there is no hidden layer whose width could be changed; add one")
        layers = tuple(replace(x, units=int(value)) if _hidden(x) else x for x in model.layers)
        return check(adapt(replace(experiment, model=replace(model, layers=layers)))[0])

    def now(self, experiment: Experiment) -> float | None:
        widths = {x.units for x in experiment.model.layers if isinstance(x, Column) and not isinstance(x, Answering)}
        return float(widths.pop()) if len(widths) == 1 else None


def _hidden(layer: object) -> bool:
    return isinstance(layer, Column) and not isinstance(layer, Answering)
