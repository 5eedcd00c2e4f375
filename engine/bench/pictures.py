"""Networks of pictures: a small convolutional net against NumPy, and how fast each convolution multiplies."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.arrays import Array
from engine.bench.nets import Net
from engine.bench.peak import rate, stepper, timed
from engine.bench.reference import F, NumpyNet, gradient_error
from engine.datasets.own_pictures import OwnPictures
from engine.experiment import Data, Experiment, Model, Training, nodes
from engine.kernels.library import Library
from engine.kernels.table import Buffer, Operation, Table
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.depthwise import Depthwise
from engine.layers.output import Output
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten
from engine.layers.transposed import Transposed
from engine.losses.entropy import CategoricalCrossEntropy
from engine.optimisers.adam import Adam
from engine.plan import Plan, prepare
from engine.plan import procedure as p
from engine.plan.learned import Learner, initial

SIDE: Final = 28
BATCH: Final = 32
SAMPLES: Final = 640
NET: Final = Net(
    "28x28, conv 8@3x3 - pool 2 - conv 16@3x3 - pool 2 - 10, batch 32, Adam", (), ReLU(), Softmax(),
    CategoricalCrossEntropy(), Adam(rate=0.001), BATCH, SAMPLES,
)  # fmt: skip
TURNS: Final = 50
TURN: Final = 4
"""Runs of each operation that is measured alone: so many turns, of so many runs."""
MULTIPLYING: Final = ("convolve", "convolve_slopes", "convolve_back", "depthwise", "depthwise_slopes", "depthwise_back")


def pictured(*hidden: Layer, channels: int = 1) -> Experiment:
    """A network on random pictures of ten classes."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (SAMPLES, SIDE, SIDE, channels), np.uint8)
    labels = Array((np.arange(SAMPLES) % 10).astype(np.uint8))
    source = OwnPictures(
        pixels=Array(pixels), labels=labels, keys=Array(np.zeros(SAMPLES)), names=tuple("0123456789")
    )  # fmt: skip
    return Experiment(
        data=Data(source=source, share=100.0),
        model=Model(layers=(*hidden, Flatten(id="flat"), Output(id="out", units=10, activation=NET.output))),
        training=Training(loss=NET.loss, optimiser=NET.optimiser, batch=BATCH),
    )


def many_maps() -> Experiment:
    """A network with 24 maps of 28 × 28."""
    wide = (Convolution(id=f"c{k}", units=units, padding="same", activation=ReLU()) for k, units in ((1, 8), (2, 16)))
    return pictured(*wide, Pooling(id="p1"))


def small() -> Experiment:
    """The network that is compared."""
    return pictured(
        Convolution(id="c1", units=8, activation=NET.hidden),
        Pooling(id="p1"),
        Convolution(id="c2", units=16, activation=NET.hidden),
        Pooling(id="p2"),
    )


class NumpyPictures(NumpyNet):
    """The same training step in NumPy: patches side by side as a matrix, `@`, and back by adding patch by patch."""

    def gradients(self, rows: NDArray[np.intp]) -> list[F]:
        """Forward and backward over some samples; gradients of the weights, then of the biases."""
        (w1, w2, w3), (b1, b2, b3) = self.weights, self.biases
        x = self.x[rows].reshape(len(rows), SIDE, SIDE, 1)
        seen1, a1 = convolved(x, w1, b1)
        p1 = pooled(a1)
        seen2, a2 = convolved(p1, w2, b2)
        p2 = pooled(a2)
        flat = p2.reshape(len(rows), -1)
        delta = self.activate(flat @ w3 + b3, last=True) - self.t[rows]
        delta *= np.float32(1 / len(rows))
        g3, h3 = flat.T @ delta, delta.sum(axis=0)
        delta = unpooled(np.asarray(delta @ w3.T, np.float32).reshape(p2.shape), p2, a2)
        delta *= a2 > 0
        slopes = delta.reshape(-1, delta.shape[-1])
        g2, h2 = seen2.T @ slopes, slopes.sum(axis=0)
        delta = unpooled(added(slopes @ w2.reshape(-1, w2.shape[-1]).T, delta.shape, p1.shape), p1, a1)
        delta *= a1 > 0
        slopes = delta.reshape(-1, delta.shape[-1])
        g1, h1 = seen1.T @ slopes, slopes.sum(axis=0)
        return [g1.reshape(w1.shape), g2.reshape(w2.shape), g3, h1, h2, h3]


def convolved(x: F, w: F, b: F) -> tuple[F, F]:
    """What 3 × 3 windows of x see, a row for each, and the rectified maps."""
    count, rows, columns, channels = x.shape
    windows = sliding_window_view(x, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    seen = windows.reshape(-1, 9 * channels)
    z = seen @ w.reshape(-1, w.shape[-1])
    z += b
    return seen, np.maximum(z, 0, out=z).reshape(count, rows - 2, columns - 2, -1)


def pooled(a: F) -> F:
    """The maximum of 2 × 2 windows; what is left at the edge is left out."""
    count, rows, columns, channels = a.shape
    blocks = a[:, : rows // 2 * 2, : columns // 2 * 2].reshape(count, rows // 2, 2, columns // 2, 2, channels)
    found: F = blocks.max(axis=(2, 4))
    return found


def unpooled(d: F, said: F, a: F) -> F:
    """The slopes d of maxima where they stand; of equals the first."""
    back, left = np.zeros_like(a), d.copy()
    rows, columns = said.shape[1] * 2, said.shape[2] * 2
    for y in range(2):
        for x in range(2):
            share = np.where(a[:, y:rows:2, x:columns:2] == said, left, np.float32(0))
            left -= share
            back[:, y:rows:2, x:columns:2] = share
    return back


def added(seen: F, made: tuple[int, ...], shape: tuple[int, ...]) -> F:
    """The slopes of patches, added where they overlap."""
    back, (count, rows, columns, _) = np.zeros(shape, np.float32), made
    patches = seen.reshape(count, rows, columns, 3, 3, -1)
    for y in range(3):
        for x in range(3):
            back[:, y : y + rows, x : x + columns] += patches[:, :, :, y, x]
    return back


def against_numpy(library: Library, top: float, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure the small network as `engine.bench.speed.compare` does others."""
    experiment = small()
    prepared = prepare(experiment)
    plan = Plan(experiment, prepared, library)
    Learner(plan).start()
    drawn = {name: values.astype(np.float32) for name, _, values in initial(experiment, plan.lowered.nodes)}
    weights, biases = ([v for n, v in drawn.items() if n.endswith(kind)] for kind in ("weight", "bias"))
    reference = NumpyPictures(NET, prepared.x.astype(np.float32), prepared.y.astype(np.float32), weights, biases)
    error, ours = gradient_error(plan, reference), stepper(plan)

    def numpys(count: int) -> None:
        for _ in range(count):
            reference.step()

    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(rate(ours, seconds, 5))
        theirs.append(rate(numpys, seconds, 1))
    speed, other = statistics.median(mine), statistics.median(theirs)
    first, *rest = (node.multiplications for node in nodes(experiment) if node.parameters)
    return {
        "net": NET.name,
        "steps_per_second": speed,
        "numpy_steps_per_second": other,
        "ratio": speed / other,
        "samples_per_second": speed * BATCH,
        "share_of_peak": speed * BATCH * 2 * (2 * first + 3 * sum(rest)) / top,
        "gradient_error": error,
    }


def variants() -> Iterator[tuple[str, Layer]]:
    """One layer of each kind of convolution, of about as many channels."""
    yield "plain", Convolution(id="seen", units=16, window=3)
    yield "depthwise", Depthwise(id="seen")
    yield "stride 2", Convolution(id="seen", units=16, stride=2)
    yield "dilation 2", Convolution(id="seen", units=16, dilation=2)
    yield "transposed", Transposed(id="seen", units=16)


def convolutions(library: Library) -> list[dict[str, Any]]:
    """Measure each convolution of 16 channels, forward and backward: floating-point operations a second.

    Only operations that multiply count; the backward pass has two, which multiply as often as the forward one. All take
    turns, a few runs at a time, so that the first of them warms the caches; of all runs the least counts.
    """
    made = {name: _alone(layer, library) for name, layer in variants()}
    least = {name: [float("inf")] * len(works) for name, (_, works) in made.items()}
    for _ in range(TURNS):
        for name, (_, works) in made.items():
            for k, work in enumerate(works):
                least[name][k] = min(least[name][k], *(timed(work) for _ in range(TURN)))
    flops = {name: 3 * 2 * BATCH * count / sum(least[name]) for name, (count, _) in made.items()}
    return [
        {"layer": f"28x28x16, 3x3 {name}", "flops": speed, "share_of_plain": speed / flops["plain"]}
        for name, speed in flops.items()
    ]


def _alone(layer: Layer, library: Library) -> tuple[int, list[Callable[[], int]]]:
    """How often a layer multiplies for one picture, and what runs each of its operations that do so, on a batch."""
    experiment = pictured(Convolution(id="before", units=16, window=1), layer)
    plan = Plan(experiment, prepare(experiment), library)
    Learner(plan).start()
    plan.steps(1, 1 << 60)
    plan.set(p.ROWS, BATCH)
    works = [runner(plan, o, library) for o in plan.lowered.table.operations if multiplies(o)]
    return next(n.multiplications for n in nodes(experiment) if n.layer is layer), works


def multiplies(operation: Operation) -> bool:
    """Whether an operation is one of those of a learning pass that multiply in the layer that is measured."""
    buffers = [b.name for b in operation.arguments.values() if isinstance(b, Buffer)]
    kernel = operation.kernel.function.__name__
    return kernel in MULTIPLYING and any(name.startswith("train.seen.") for name in buffers)


def runner(plan: Plan, operation: Operation, library: Library) -> Callable[[], int]:
    """What runs one operation of a plan."""
    table = Table()
    table.operations.append(operation)
    table.op(p.halt)
    run = library.runner(plan.f, plan.i, table.encoded({k: library.address(k) for k in table.kernels}))
    return partial(run, 0)
