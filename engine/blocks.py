"""Ready groups of layers, put into a network by one edit: residual blocks, inception, separable convolution.

A group is opened as soon as it is there: its layers are layers like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from engine import edits
from engine.activations import Activation
from engine.activations.classic import Linear
from engine.activations.rectifiers import ReLU
from engine.errors import ExperimentError
from engine.experiment import Experiment, input_shape, nodes
from engine.layers import Answering, Layer
from engine.layers.convolution import Convolution
from engine.layers.depthwise import Depthwise
from engine.layers.function import Function
from engine.layers.joining import Add, Concatenate
from engine.layers.normalising import BatchNorm
from engine.layers.pooling import Pooling
from engine.network import INPUT
from engine.registry import nearest
from engine.shapes import spoken

GROUP: Final = "ready groups"
"""The heading under which people choose one."""


class Block(NamedTuple):
    """A ready group: its title, its source, and its layers for an id, what it reads and how many maps it makes."""

    title: str
    source: str
    make: Callable[[str, str, int], list[Layer]]

    @property
    def help(self) -> str:
        """What it is, in a sentence, and where it comes from."""
        return f"{' '.join((self.make.__doc__ or '').split())} {self.source}."


def convolution(
    name: str, reads: str, units: int, window: int, function: Activation, *, stride: int = 1, bias: bool = True
) -> Convolution:
    """A convolution that keeps the size of its maps, or divides it by its stride; its middle stands on what it reads.

    With a stride it pads as the papers do, so that it stands where a window of 1 with the same stride stands.
    """
    padded: dict[str, Any] = {"padding": "same"} if stride == 1 else {"padding": "number", "pad": window // 2}
    return Convolution(
        id=name, inputs=(reads,) if reads else (), units=units, window=window, stride=stride, activation=function,
        bias=bias, **padded,
    )  # fmt: skip


def normed(name: str, reads: str, units: int, window: int, *, stride: int = 1, tail: str = "") -> list[Layer]:
    """A convolution and its norm, in whose shift the bias stands."""
    made = convolution(f"{name}-conv{tail}", reads, units, window, Linear(), stride=stride, bias=False)
    return [made, BatchNorm(id=f"{name}-norm{tail}", inputs=(made.id,))]


def stem(name: str, units: int, window: int = 3, *, stride: int = 1) -> list[Layer]:
    """Convolution, norm, function: what a residual network begins with."""
    found = normed(name, "", units, window, stride=stride)
    return [*found, Function(id=name, inputs=(found[-1].id,))]


def residual(
    name: str, reads: str, sizes: Sequence[tuple[int, int]], *, stride: int = 1, wider: bool = False
) -> list[Layer]:
    """f(x + F(x)) where F is convolutions of (filters, window), each normalised, with a function between two.

    The first of them that sees more than a place has the stride. Where the maps are other ones behind it, what goes
    around is normalised maps of 1 × 1.
    """
    found, before = list[Layer](), reads
    place = next(k for k, (_, window) in enumerate(sizes) if window > 1)
    for k, (units, window) in enumerate(sizes):
        found += normed(name, before, units, window, stride=stride if k == place else 1, tail=str(k + 1))
        if k < len(sizes) - 1:
            found.append(Function(id=f"{name}-f{k + 1}", inputs=(found[-1].id,)))
        before = found[-1].id
    if wider:
        found += normed(f"{name}-around", reads, sizes[-1][0], 1, stride=stride)
        reads = found[-1].id
    joined = Add(id=f"{name}-sum", inputs=(reads, before))
    return [*found, joined, Function(id=name, inputs=(joined.id,))]


def basic(name: str, reads: str, maps: int) -> list[Layer]:
    """f(x + F(x)) where F is two convolutions of 3 × 3: what is learned is what has to be added to x."""
    return residual(name, reads, ((maps, 3), (maps, 3)))


def bottleneck(name: str, reads: str, maps: int) -> list[Layer]:
    """f(x + F(x)) where F goes through a quarter of the maps: 1 × 1, 3 × 3, 1 × 1."""
    inner = max(1, maps // 4)
    return residual(name, reads, ((inner, 1), (inner, 3), (maps, 1)))


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
    return side_by_side(name, reads, (max(1, maps - 3 * share), narrow, share, narrow, share, share))


def side_by_side(name: str, reads: str, maps: tuple[int, int, int, int, int, int]) -> list[Layer]:
    """Inception with so many maps: of 1 × 1; in front of 3 × 3 and of it; in front of 5 × 5 and of it; pooled."""
    in1, narrow3, in3, narrow5, in5, last = maps
    one = convolution(f"{name}-1x1", reads, in1, 1, ReLU())
    to3 = convolution(f"{name}-to3x3", reads, narrow3, 1, ReLU())
    three = convolution(f"{name}-3x3", to3.id, in3, 3, ReLU())
    to5 = convolution(f"{name}-to5x5", reads, narrow5, 1, ReLU())
    five = convolution(f"{name}-5x5", to5.id, in5, 5, ReLU())
    pool = Pooling(id=f"{name}-pool", window=3, stride=1, padding="same", inputs=(reads,))
    pooled = convolution(f"{name}-pooled", pool.id, last, 1, ReLU())
    joined = Concatenate(id=name, inputs=(one.id, three.id, five.id, pooled.id))
    return [one, to3, three, to5, five, pool, pooled, joined]


def separable(name: str, reads: str, maps: int) -> list[Layer]:
    """A kernel for each map, then 1 × 1 mixes the maps: about a ninth of the multiplications of 3 × 3 filters."""
    alone = Depthwise(id=f"{name}-depthwise", inputs=(reads,))
    return [alone, convolution(name, alone.id, maps, 1, ReLU())]


BLOCKS: Final = {
    "basic": Block("Residual block", "He, Zhang, Ren, Sun 2015", basic),
    "bottleneck": Block("Bottleneck block", "He, Zhang, Ren, Sun 2015", bottleneck),
    "pre-activation": Block("Pre-activation block", "He, Zhang, Ren, Sun 2016", pre_activation),
    "inception": Block("Inception block", "Szegedy et al. 2014", inception),
    "separable": Block("Separable convolution", "Chollet 2017", separable),
}
"""What can be put in, by key."""


class Offer(NamedTuple):
    """What people can put between layers: a kind of layer or a ready group; `group` is the heading over it."""

    key: str
    title: str
    help: str
    group: str


def offered(experiment: Experiment | None = None) -> tuple[Offer, ...]:
    """All kinds of layers, and the ready groups; of an experiment those that its data can use."""
    kinds = (Offer(e.key, e.title, e.help, e.kind.group) for e in edits.offered(experiment))
    flat = experiment is not None and experiment.data.source.axes is None
    return *kinds, *(Offer(key, b.title, b.help, GROUP) for key, b in BLOCKS.items() if not flat)


def add(experiment: Experiment, place: int, key: str = "", *, source: str = "") -> Experiment:
    """Put what is offered under this key at `place`, on the connection from `source`; no key: like its neighbour."""
    if key in BLOCKS:
        return add_block(experiment, place, key, source=source)
    return edits.add_layer(experiment, place, kind=key, source=source)


def add_block(experiment: Experiment, place: int, key: str, *, source: str = "") -> Experiment:
    """Put a ready group at `place`, behind `source` or the layer before; it makes as many maps as it reads."""
    if key not in BLOCKS:
        raise ExperimentError(f"there is no ready group “{key}”; {nearest(key, BLOCKS)}")
    before = experiment.model.hidden_layers[: max(0, place)]
    reads = source or next((x.id for x in reversed(before) if not isinstance(x, Answering)), INPUT)
    shapes = {INPUT: input_shape(experiment.data)} | {n.layer.id: n.shape for n in nodes(experiment)}
    if len(shapes[reads]) != 3:
        raise ExperimentError(
            f"a {BLOCKS[key].title.lower()} reads pictures, but “{reads}” makes {spoken(shapes[reads])}; put it where "
            "there are pictures",
            "model.layers",
        )
    group = BLOCKS[key].make(experiment.model.fresh_id("block"), reads, shapes[reads][-1].size)
    return edits.add_layers(experiment, place, group, source=reads)
