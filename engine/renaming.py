"""The same layers and numbers under other ids: for what comes from somewhere else into a network."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from engine.arrays import Labelled
from engine.layers import Layer, Neurons
from engine.layers.base import relabelled
from engine.network import Network

Ids = Mapping[str, str]
"""New ids by those that layers have; layers that are not named keep theirs."""


def layer_renamed(layer: Layer, ids: Ids) -> Layer:
    """A layer under its new id, that reads the layers it read under theirs."""
    layer = replace(layer, id=ids.get(layer.id, layer.id), inputs=tuple(ids.get(x, x) for x in layer.inputs))
    return replace(layer, weights=layer.weights.renamed(dict(ids))) if isinstance(layer, Neurons) else layer


def numbers_renamed(numbers: Labelled, ids: Ids) -> Labelled:
    """Numbers of a layer, under the new ids of it and of the layers it reads."""
    axes = tuple(tuple(relabelled(label, ids) for label in axis) for axis in numbers.axes)
    return Labelled(_array(numbers.name, ids), axes, numbers.values)


def network_renamed(network: Network, ids: Ids) -> Network:
    """A network with its given starting numbers and what is held fast."""
    return replace(
        network,
        layers=tuple(layer_renamed(x, ids) for x in network.layers),
        start=tuple(numbers_renamed(n, ids) for n in network.start),
        frozen=tuple((_array(name, ids), *(relabelled(x, ids) for x in labels)) for name, *labels in network.frozen),
    )


def _array(name: str, ids: Ids) -> str:
    id_, _, array = name.partition(".")
    return f"{ids.get(id_, id_)}.{array}"
