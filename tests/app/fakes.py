"""A snapshot without an engine: a plain NumPy forward pass, so that window tests need no compiled kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import experiment as model
from engine import features, streams
from engine.activations import Activation
from engine.experiment import Experiment
from engine.layers import Column, Neurons
from engine.machines.base import Position, Score, Snapshot, build
from engine.network import Node
from engine.records import Curve, ImageGrid, Line, Matrices, Matrix, Own, Record, Surface, Tile, Unit, Want, readonly

F = NDArray[np.floating[Any]]

FUNCTIONS: dict[str, Any] = {
    "linear": lambda z: z,
    "step": lambda z: (z >= 0) * 1.0,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softplus": lambda z: np.logaddexp(0, z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "swish": lambda z: z / (1 + np.exp(-z)),
    "softmax": lambda z: (
        np.exp(z - z.max(1, keepdims=True)) / np.exp(z - z.max(1, keepdims=True)).sum(1, keepdims=True)
    ),
}


def value(activation: Activation, z: F) -> F:
    """f(z) in NumPy."""
    result: F = FUNCTIONS[activation.key](z)
    return result


def weights(experiment: Experiment) -> dict[str, F]:
    """The starting weights as the initialiser draws them."""
    drawn: dict[str, F] = {}
    for node in model.nodes(experiment):
        for p in node.parameters:
            name = f"{node.layer.id}.{p.name}"
            stream = streams.generator(experiment.seeds.weights, "weights", name)
            initialiser = experiment.model.initialiser
            drawn[name] = (
                initialiser.draw(stream, p.shape, p.fan)
                if p.is_weight
                else np.full(p.shape, initialiser.bias if p.role == "bias" else p.start)
            )
    return drawn


def forward(nodes: tuple[Node, ...], numbers: dict[str, F], x: F) -> dict[str, F]:
    """Every layer's activations for inputs x [sample, feature]."""
    out = {"input": x}
    for node in nodes:
        name = node.layer.id
        out[name] = _say(node, numbers, [out[s] for s in node.sources])
    return out


def _say(node: Node, numbers: dict[str, F], read: list[F]) -> F:
    """What a layer says; one that passes units on says what it reads."""
    layer, name = node.layer, node.layer.id
    if isinstance(layer, Neurons):
        return value(layer.activation, read[0] @ numbers[f"{name}.weight"] + numbers[f"{name}.bias"])
    if isinstance(layer, Column):
        sums: F = (np.einsum("ns,spu->npu", read[0], numbers[f"{name}.weight"]) + numbers[f"{name}.bias"]).max(axis=1)
        return sums
    joined: F = np.concatenate(read, axis=1) if layer.key == "concatenate" else np.sum(read, axis=0)
    return joined


def grid(experiment: Experiment, size: int) -> F:
    """The inputs over the plane, row 0 at the top."""
    data = experiment.data
    samples = data.source.samples(experiment.seeds.data)
    d = samples.domain
    across, up = np.meshgrid(np.linspace(d.left, d.right, size), np.linspace(d.top, d.bottom, size))
    columns = np.tile(samples.x.mean(0) if len(samples) else np.zeros(len(samples.columns)), (size * size, 1))
    pair = model.plane(data)
    columns[:, samples.columns.index(pair[1])] = up.ravel()
    columns[:, samples.columns.index(pair[0])] = across.ravel()
    return features.compute(data.features, samples.columns, pair, columns)


def snapshot(experiment: Experiment, wants: frozenset[Want], numbers: dict[str, F] | None = None) -> Snapshot:
    """A true snapshot of an untrained (or given) network for the records asked for."""
    nodes = model.nodes(experiment)
    numbers = numbers or weights(experiment)
    records: dict[Want, Record] = {}
    for want in wants:
        record = _record(want, experiment, nodes, numbers)
        if record is not None:
            records[want] = record
    return Snapshot(
        experiment=experiment,
        position=Position(epoch=12, step=300, samples=3000),
        records=records,
        train=Score(0.31, 0.87),
        test=Score(0.36, 0.84),
        scored_at=300,
        samples_per_second=1.2e6,
    )


def _record(want: Want, experiment: Experiment, nodes: tuple[Node, ...], numbers: dict[str, F]) -> Record | None:
    if want.name == "surface":
        return _surface(want.size or 64, experiment, nodes, numbers)
    if want.name == "maps":
        return _maps(want.size or 32, experiment, nodes, numbers)
    if want.name == "weights":
        return _weights(nodes, numbers)
    if want.name in ("loss", "accuracy"):
        x = np.arange(13, dtype=np.float64)
        train, test = 0.7 * np.exp(-x / 6), 0.7 * np.exp(-x / 8) + 0.02
        if want.name == "accuracy":
            train, test = 1 - train, 1 - test
        lines = (Line("train", readonly(train), "train"), Line("test", readonly(test), "test"))
        return Curve(want.name, readonly(x), lines, y_axis=want.name)
    if want.name == "unit":
        return _unit(want, nodes, numbers)
    # what is worth no second way of computing comes from the engine
    return build(experiment).snapshot(frozenset({want})).records.get(want)


def _surface(size: int, experiment: Experiment, nodes: tuple[Node, ...], numbers: dict[str, F]) -> Surface:
    out = forward(nodes, numbers, grid(experiment, size))[nodes[-1].layer.id]
    names = experiment.data.source.class_names
    if len(names) == 2:
        negative, positive = experiment.training.loss.targets(experiment.model.output.activation)
        p = np.clip((out - negative) / (positive - negative), 0, 1)
        out = np.concatenate([1 - p, p], axis=1)
    across, up = model.plane(experiment.data)
    domain = experiment.data.source.samples(experiment.seeds.data).domain
    values = out.reshape(size, size, -1).astype(np.float32)
    return Surface("output", domain, readonly(values), across, up, names)


def _maps(size: int, experiment: Experiment, nodes: tuple[Node, ...], numbers: dict[str, F]) -> ImageGrid:
    x = grid(experiment, size)
    tiles = [Tile("input", f"input/{f}") for f in experiment.data.features]
    images = [x]
    for name, out in forward(nodes, numbers, x).items():
        if name != "input":
            node = next(n for n in nodes if n.layer.id == name)
            tiles += [Tile(name, label) for label in node.shape[0].labels]
            images.append(out)
    stack = np.concatenate(images, axis=1).T.reshape(-1, size, size).astype(np.float32)
    scale = np.maximum(np.abs(stack).max(axis=(1, 2)), 1e-6)
    return ImageGrid("maps", readonly(stack), tuple(tiles), readonly(-scale), readonly(scale))


def _weights(nodes: tuple[Node, ...], numbers: dict[str, F]) -> Matrices:
    items = {}
    for node in nodes:
        for p in node.parameters:
            name = f"{node.layer.id}.{p.name}"
            array = np.atleast_2d(numbers[name]).astype(np.float32)
            rows = p.labels[0] if len(p.labels) == 2 else (p.name,)
            items[name] = Matrix(name, readonly(array), rows, p.labels[-1], readonly(np.zeros(array.shape, np.bool_)))
    return Matrices("weights", items)


def _unit(want: Want, nodes: tuple[Node, ...], numbers: dict[str, F]) -> Unit | None:
    layer, label = want.target[:2]
    node = next((n for n in nodes if n.layer.id == layer), None)
    if node is None or label not in node.shape[0].labels:
        return None
    k = node.shape[0].labels.index(label)
    column = numbers[f"{layer}.weight"][:, k].astype(np.float32)
    nothing = readonly(np.zeros(len(column), np.float32))
    return Unit(
        title=label,
        layer=layer,
        unit=label,
        formula="tanh(z)",
        sources=tuple((node.sources[0], s) for s in node.inputs[0][0].labels),
        weights=readonly(column),
        weight_gradients=nothing,
        frozen=readonly(np.zeros(len(column), np.bool_)),
        own=(Own("bias", float(numbers[f"{layer}.bias"][k]), 0.0031, False),),
        active=0.54,
        activity="unsaturated",
        mean=0.1,
        deviation=0.6,
    )
