"""Dense layer: every neuron reads every input."""

from __future__ import annotations

from typing import Annotated

from msgspec.structs import force_setattr

from engine.activations import AnyActivation, Tanh
from engine.errors import ExperimentError
from engine.fields import choice, count, hidden
from engine.layers.base import Layer, Parameter, Shape, single, units_axis
from engine.registry import register

Activation = Annotated[AnyActivation, choice("activation", "the function of every neuron of the layer")]


class Neurons(Layer, frozen=True):
    """A column of neurons: a = f(x W + b), with W [inputs, units] and b [units]. Shared by dense and output layers."""

    units: Annotated[int, count("neurons", "number of neurons", low=1, high=4096)] = 4
    activation: Activation = Tanh()
    unit_ids: Annotated[tuple[int, ...], hidden("neuron ids", "identities of the neurons; empty: 0, 1, 2 ...")] = ()

    def __post_init__(self) -> None:
        ids = self.unit_ids
        if len(set(ids)) != len(ids):
            raise ExperimentError(f"layer “{self.id}” has a neuron id twice; every neuron needs its own")
        # The number of neurons is the truth; ids follow it, so `units = 16` alone is a complete edit.
        if ids and len(ids) != self.units:
            fresh = range(max(ids) + 1, max(ids) + 1 + max(0, self.units - len(ids)))
            force_setattr(self, "unit_ids", (*ids[: self.units], *fresh))
        if self.unit_ids == tuple(range(self.units)):
            force_setattr(self, "unit_ids", ())

    @property
    def ids(self) -> tuple[int, ...]:
        """The id of each neuron, from top to bottom."""
        return self.unit_ids or tuple(range(self.units))

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        single(self, inputs)
        return (units_axis(self.id, self.ids),)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        (source,), (mine,) = single(self, inputs), self.shape(inputs)
        return (Parameter("weight", (source, mine), is_weight=True), Parameter("bias", (mine,), is_weight=False))


@register("Dense")
class Dense(Neurons, tag="dense", frozen=True):
    """Every neuron reads every input: a = f(x W + b), x [inputs], W [inputs, neurons], b [neurons]."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.activation.output_only:
            raise ExperimentError(f"{self.activation.key} is for the output only; choose another for “{self.id}”")
