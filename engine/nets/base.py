"""What a ready network is: layers made for the pictures of an experiment, and the edit that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import ClassVar, NamedTuple

import numpy as np
from msgspec.structs import replace

from engine.adapt import adapt
from engine.architectures import Row, rows_of
from engine.arrays import Array, Labelled
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, input_shape
from engine.initialisers import He, Initialiser
from engine.layers import Layer
from engine.layers._picture import Picture, form
from engine.network import Network, Node, resolve
from engine.registry import Kind, Registry
from engine.renaming import network_renamed
from engine.shapes import spoken


class Absent(NamedTuple):
    """Connections that a layer does not have: numbers of an array, by their labels along each axis."""

    name: str
    axes: tuple[tuple[str, ...], ...]


class Net(Kind, frozen=True):
    """A network that is ready to be taken. The first paragraph of its documentation tells what is special about it.

    It makes the layers before the output, which is the experiment's own, as is the loss.
    """

    registry: ClassVar[Registry[Net]] = Registry("network")
    source: ClassVar[str] = ""
    """Who made it, and when."""
    initialiser: ClassVar[Initialiser] = He()
    """How its weights start."""

    def hidden(self, form: Picture) -> Sequence[Layer]:
        """Return its layers for such pictures."""
        raise NotImplementedError

    def absent(self, nodes: Sequence[Node]) -> tuple[Absent, ...]:
        """Return which connections of its layers are not there: they are held fast at 0."""
        return ()


def made(net: Net, experiment: Experiment) -> Network:
    """The network for the pictures of an experiment, with its output; refuses pictures that it does not fit."""
    title, axes = Net.registry.title(net), experiment.data.source.axes
    if axes is None:
        raise ExperimentError(
            f"“{title}” reads pictures, but this data has {spoken(input_shape(experiment.data))}; choose data of "
            "pictures first",
            "model",
        )
    layers = (*net.hidden(form(axes)), replace(experiment.model.output, inputs=()))
    try:
        nodes = resolve(Network(layers=layers), axes)
    except ExperimentError as error:
        raise ExperimentError(
            f"“{title}” does not fit pictures of {form(axes)}, choose larger ones: {error}", "model"
        ) from error
    absent = net.absent(nodes)
    zeros = tuple(Labelled(a.name, a.axes, Array(np.zeros([len(axis) for axis in a.axes]))) for a in absent)
    held = tuple((a.name, *labels) for a in absent for labels in product(*a.axes))
    return Network(layers=layers, initialiser=net.initialiser, start=zeros, frozen=held)


def take(experiment: Experiment, key: str) -> Experiment:
    """Put a ready network in place of the experiment's; data, output, loss and training stay.

    Its layers have ids of their own, so that nobody's numbers are taken for theirs.
    """
    fresh = made(Net.registry[key].kind(), experiment)
    taken, ids = {x.id for x in experiment.model.layers}, {}
    for layer in fresh.layers[:-1]:
        names = (layer.id, *(f"{layer.id}-{k}" for k in range(2, len(taken) + 3)))
        ids[layer.id] = next(name for name in names if name not in taken)
    fresh = network_renamed(fresh, ids)
    model = replace(
        experiment.model, layers=fresh.layers, initialiser=fresh.initialiser, start=fresh.start, frozen=fresh.frozen
    )
    return check(adapt(replace(experiment, model=model))[0])


def rows(net: Net, experiment: Experiment) -> tuple[Row, ...]:
    """Its table for the pictures of an experiment, with the output."""
    network = made(net, experiment)
    held = (name.partition(".")[0] for name, *_ in network.frozen)
    return rows_of(resolve(network, input_shape(experiment.data)), held)
