"""Ready groups of layers, put into a network by one edit: residual blocks and inception.

A group is opened as soon as it is there: its layers are layers like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from engine import edits
from engine.activations import Activation
from engine.activations.classic import Linear
from engine.activations.rectifiers import ReLU
from engine.errors import ExperimentError
from engine.experiment import Experiment, input_shape, nodes
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.function import Function
from engine.layers.joining import Add, Concatenate
from engine.layers.normalising import BatchNorm
from engine.layers.pooling import Pooling
from engine.network import INPUT
from engine.registry import nearest
from engine.shapes import spoken


class Block(NamedTuple):
    """A ready group: its title, its source, and its layers for an id, what it reads and how many maps that has."""

    title: str
    source: str
    make: Callable[[str, str, int], list[Layer]]


def convolution(name: str, reads: str, units: int, window: int, function: Activation, *, bias: bool) -> Convolution:
    """A convolution that keeps the size of its maps."""
    return Convolution(
        id=name, inputs=(reads,), units=units, window=window, padding="same", activation=function, bias=bias
    )  # fmt: skip


def behind(name: str, reads: str, sizes: Sequence[tuple[int, int]]) -> list[Layer]:
    """Convolutions of (filters, window), each normalised, with a function between one and the next."""
    found: list[Layer] = []
    for k, (units, window) in enumerate(sizes, 1):
        found.append(convolution(f"{name}-conv{k}", reads, units, window, Linear(), bias=False))
        found.append(BatchNorm(id=f"{name}-norm{k}", inputs=(found[-1].id,)))
        if k < len(sizes):
            found.append(Function(id=f"{name}-f{k}", inputs=(found[-1].id,)))
        reads = found[-1].id
    return found


def around(name: str, reads: str, inside: list[Layer]) -> list[Layer]:
    """A way around layers, then the function."""
    joined = Add(id=f"{name}-sum", inputs=(reads, inside[-1].id))
    return [*inside, joined, Function(id=name, inputs=(joined.id,))]


def basic(name: str, reads: str, maps: int) -> list[Layer]:
    """f(x + F(x)) where F is two convolutions of 3 × 3."""
    return around(name, reads, behind(name, reads, ((maps, 3), (maps, 3))))


def bottleneck(name: str, reads: str, maps: int) -> list[Layer]:
    """f(x + F(x)) where F goes through a quarter of the maps: 1 × 1, 3 × 3, 1 × 1."""
    inner = max(1, maps // 4)
    return around(name, reads, behind(name, reads, ((inner, 1), (inner, 3), (maps, 1))))


def pre_activation(name: str, reads: str, maps: int) -> list[Layer]:
    """Return x + F(x), where each convolution of F comes behind its norm and function; the way around is straight."""
    found: list[Layer] = []
    before = reads
    for k in (1, 2):
        found.append(BatchNorm(id=f"{name}-norm{k}", inputs=(before,)))
        found.append(Function(id=f"{name}-f{k}", inputs=(found[-1].id,)))
        found.append(convolution(f"{name}-conv{k}", found[-1].id, maps, 3, Linear(), bias=k == 2))
        before = found[-1].id
    return [*found, Add(id=name, inputs=(reads, before))]


def inception(name: str, reads: str, maps: int) -> list[Layer]:
    """Windows of 1, 3 and 5 and a pooling side by side, a quarter of the maps each; 1 × 1 makes the wide ones cheap."""
    share, narrow = max(1, maps // 4), max(1, maps // 8)
    one = convolution(f"{name}-1x1", reads, max(1, maps - 3 * share), 1, ReLU(), bias=True)
    to3 = convolution(f"{name}-to3x3", reads, narrow, 1, ReLU(), bias=True)
    three = convolution(f"{name}-3x3", to3.id, share, 3, ReLU(), bias=True)
    to5 = convolution(f"{name}-to5x5", reads, narrow, 1, ReLU(), bias=True)
    five = convolution(f"{name}-5x5", to5.id, share, 5, ReLU(), bias=True)
    pool = Pooling(id=f"{name}-pool", window=3, stride=1, padding="same", inputs=(reads,))
    pooled = convolution(f"{name}-pooled", pool.id, share, 1, ReLU(), bias=True)
    joined = Concatenate(id=name, inputs=(one.id, three.id, five.id, pooled.id))
    return [one, to3, three, to5, five, pool, pooled, joined]


BLOCKS: Final = {
    "basic": Block("Residual block", "He, Zhang, Ren, Sun 2015", basic),
    "bottleneck": Block("Bottleneck block", "He, Zhang, Ren, Sun 2015", bottleneck),
    "pre-activation": Block("Pre-activation block", "He, Zhang, Ren, Sun 2016", pre_activation),
    "inception": Block("Inception block", "Szegedy et al. 2014", inception),
}
"""What can be put in, by key."""


def add_block(experiment: Experiment, place: int, key: str, *, source: str = "") -> Experiment:
    """Put a ready group at `place`, behind `source` or the layer before; it makes as many maps as it reads."""
    if key not in BLOCKS:
        raise ExperimentError(f"there is no ready group “{key}”; {nearest(key, BLOCKS)}")
    layers = experiment.model.layers
    reads = source or (layers[min(place, len(layers) - 1) - 1].id if place > 0 else INPUT)
    shapes = {INPUT: input_shape(experiment.data)} | {n.layer.id: n.shape for n in nodes(experiment)}
    if len(shapes[reads]) != 3:
        raise ExperimentError(
            f"a {BLOCKS[key].title.lower()} reads pictures, but “{reads}” makes {spoken(shapes[reads])}; put it where "
            "there are pictures",
            "model.layers",
        )
    group = BLOCKS[key].make(experiment.model.fresh_id("block"), reads, shapes[reads][-1].size)
    return edits.add_layers(experiment, place, group, source=source)
