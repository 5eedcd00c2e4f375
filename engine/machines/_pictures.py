"""From a plan to records: surface, maps of all neurons, weights, one neuron, the present sample."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from engine.experiment import Experiment, plane, task
from engine.machines._history import History
from engine.machines.base import Want
from engine.network import INPUT
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.samples import inputs
from engine.records import Domain, ImageGrid, Matrices, Matrix, Record, Sample, Surface, Tile, Unit, readonly

F = NDArray[np.float32]
SURFACE: Final = 64
MAP: Final = 32
SAMPLED: Final = 512
"""Most training samples that the statistics of a neuron look at."""
LARGE: Final = 1e4
"""Weights beyond it can make activations overflow."""
GRIDS: Final = 8
"""Grids kept; every step of a zoom needs another."""

Grid = tuple[int, Domain]
"""Resolution and rectangle of a picture."""


@final
class Pictures:
    """Computes records from the present numbers of a plan."""

    def __init__(self, plan: Plan, learner: Learner) -> None:
        self.plan = plan
        self.learner = learner
        self.experiment: Experiment = plan.experiment
        self._grids: dict[Grid, NDArray[np.float64]] = {}
        self._set: Grid | None = None

    @property
    def domain(self) -> Domain:
        """The rectangle of the plane."""
        return self.experiment.data.source.domain_of(*plane(self.experiment.data))

    def shape(self, size: int) -> tuple[int, int]:
        """Rows and columns of a picture: a task of one column has a single row."""
        across, up = plane(self.experiment.data)
        return (1 if across == up else size), size

    def grid(self, size: int, area: Domain | None = None) -> NDArray[np.float64]:
        """What the network sees at each place of a picture, row 0 at the top, [place, feature]."""
        key = (size, area or self.domain)
        if key not in self._grids:
            if len(self._grids) >= GRIDS:
                self._grids.clear()
            self._grids[key] = self._columns(*key)
        return self._grids[key]

    def _columns(self, size: int, d: Domain) -> NDArray[np.float64]:
        data, samples = self.experiment.data, self.plan.prepared.samples
        rows, columns = self.shape(size)
        up_values = np.linspace(d.top, d.bottom, rows)
        across_values, up_values = np.meshgrid(np.linspace(d.left, d.right, columns), up_values)
        middle = samples.x.mean(0) if len(samples) else np.zeros(len(samples.columns))
        x = np.tile(middle, (rows * columns, 1))
        for name, value in data.held.items():
            x[:, samples.columns.index(name)] = value
        across, up = plane(data)
        x[:, samples.columns.index(up)] = up_values.ravel()
        x[:, samples.columns.index(across)] = across_values.ravel()
        return inputs(self.experiment, x)

    def maps(self, size: int, every_layer: bool, area: Domain | None = None) -> dict[str, F]:
        """What each neuron says over the plane, or a part of it: layer to [unit, place]."""
        key = (size, area or self.domain)
        if self._set != key:
            self.plan.set_grid(self.grid(*key))
            self._set = key
        found = self.plan.maps(every_layer)
        if np.abs(self.plan.view(self.plan.lowered.numbers.value)).max() > LARGE:
            # a network about to diverge may answer with infinities; a picture shows them as its largest number
            return {layer: np.nan_to_num(values) for layer, values in found.items()}
        return found

    def record(self, want: Want, history: History) -> Record | None:
        """What is wanted, as it is now; None where there is no such record, or nothing to show yet."""
        match want.name:
            case "surface":
                return self.surface(want.size or SURFACE, want.area)
            case "maps":
                return self.image_grid(want.size or MAP)
            case "weights":
                return self.weights()
            case "loss" | "accuracy":
                return history.curve("loss" if want.name == "loss" else "accuracy")
            case "unit":
                return self.unit(want.target[0], want.target[1]) if len(want.target) == 2 else None
            case "sample":
                return self.sample()
        return None

    def surface(self, size: int, area: Domain | None = None) -> Surface:
        """The output over the plane, or a part of it, as probabilities of the classes where there are classes."""
        size = size or SURFACE
        out = self.maps(size, every_layer=False, area=area)[self.plan.lowered.nodes[-1].layer.id]
        values = self.answers(out.T).reshape(*self.shape(size), -1)
        across, up = plane(self.experiment.data)
        names = self.experiment.data.source.class_names
        low, high = (0.0, 1.0) if names else _span(self.plan.prepared.y)
        return Surface("output", area or self.domain, readonly(values), across, up, names, low, high)

    def answers(self, out: F) -> F:
        """Outputs [place, unit] as probabilities of the classes; values of a regression stay as they are.

        Where the output is no probability (squared error, hinge), its place between the two targets stands for one.
        """
        kind = task(self.experiment)
        if kind == "regression":
            return np.ascontiguousarray(out, np.float32)
        output = self.experiment.model.output
        low, high = self.experiment.training.loss.targets(output.activation)
        share = np.clip((out - low) / (high - low), 0, 1)
        if kind == "binary":
            share = np.concatenate([1 - share, share], axis=1)
        elif output.activation.key != "softmax":
            total = share.sum(axis=1, keepdims=True)
            share = np.where(total > 0, share / np.maximum(total, 1e-9), 1 / share.shape[1])
        return np.ascontiguousarray(share, np.float32)

    def image_grid(self, size: int) -> ImageGrid:
        """The map of every input and every neuron."""
        size = size or MAP
        found = self.maps(size, every_layer=True)
        tiles = [Tile(INPUT, f"{INPUT}/{name}") for name in self.experiment.data.features]
        images = [self.grid(size).T.astype(np.float32)]
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(tiles)
        for node in self.plan.lowered.nodes:
            tiles += [Tile(node.layer.id, label) for label in node.shape[0].labels]
            images.append(np.asarray(found[node.layer.id], np.float32))
            function = getattr(node.layer, "activation", None)
            bounds += [(function and function.low, function and function.high)] * node.shape[0].size
        stack = np.concatenate(images)
        low, high = _scales(stack, bounds)
        if self.plan.lowered.nodes[-1].shape[0].size == 1:
            low[-1], high[-1] = self._output_scale()
        stack = stack.reshape(len(stack), *self.shape(size))
        return ImageGrid("maps", readonly(stack), tuple(tiles), readonly(low), readonly(high))

    def _output_scale(self) -> tuple[float, float]:
        """The colours of a single output are those of the surface: between the targets of two classes, or of values."""
        if task(self.experiment) == "regression":
            return _span(self.plan.prepared.y)
        return self.experiment.training.loss.targets(self.experiment.model.output.activation)

    def weights(self) -> Matrices:
        """All learned numbers by name."""
        items = {}
        for name, learned in self.plan.lowered.numbers.arrays.items():
            labels = learned.parameter.labels
            values = np.atleast_2d(self.learner.array(name)).astype(np.float32)
            rows = labels[0] if len(labels) == 2 else (learned.parameter.name,)
            items[name] = Matrix(name, readonly(values), rows, labels[-1], readonly(self.frozen(name)))
        return Matrices("weights", items)

    def frozen(self, name: str) -> NDArray[np.bool_]:
        """Which numbers of a parameter are held fast, [row, column]."""
        labels = self.learner.labels(name)
        mask = np.zeros((len(labels[0]) if len(labels) == 2 else 1, len(labels[-1])), np.bool_)
        for reference, *where in self.experiment.model.frozen:
            if reference == name:
                row = labels[0].index(where[0]) if len(labels) == 2 else 0
                mask[row, labels[-1].index(where[-1])] = True
        return mask

    def unit(self, layer: str, unit: str) -> Unit | None:
        """One neuron: its numbers, and what it does on (at most 512 of) the training samples."""
        node = next((n for n in self.plan.lowered.nodes if n.layer.id == layer), None)
        if node is None or unit not in node.shape[0].labels:
            return None
        k = node.shape[0].labels.index(unit)
        weight, bias = f"{layer}.weight", f"{layer}.bias"
        function = getattr(node.layer, "activation", None)
        seen = self.plan.activations(0, min(self.plan.prepared.train, SAMPLED))[layer][:, k]
        seen = np.nan_to_num(seen.astype(np.float64), posinf=1e100, neginf=-1e100)
        active = function.active(seen) if function else seen > 0
        return Unit(
            title=unit, layer=layer, unit=unit, formula=function.written if function else "",
            sources=tuple((node.sources[0], label) for label in node.inputs[0][0].labels),
            weights=self._column(weight, k), weight_gradients=self._column(f"{weight}#gradient", k),
            frozen=readonly(self.frozen(weight)[:, k].copy()),
            bias=float(self.learner.array(bias)[k]), bias_gradient=float(self.learner.array(f"{bias}#gradient")[k]),
            bias_frozen=bool(self.frozen(bias)[0, k]),
            active=float(active.mean()) if len(seen) else 0.0, activity=function.activity if function else "active",
            mean=float(seen.mean()) if len(seen) else 0.0,
            deviation=float(seen.std()) if len(seen) else 0.0,
        )  # fmt: skip

    def _column(self, name: str, k: int) -> F:
        return readonly(self.learner.array(name)[:, k].astype(np.float32))

    def sample(self) -> Sample | None:
        """The sample learned from last: as the network saw it then."""
        plan, rows = self.plan, self.plan.counter(p.ROWS)
        if not plan.counter(p.SAMPLES) or not rows:
            return None
        row = plan.counter(p.ROW)
        source = int(plan.prepared.source[row])
        outputs = {k: plan.view(b)[rows - 1].astype(np.float32) for k, b in plan.lowered.outputs.items()}
        return Sample(
            title="sample", row=source, inputs=readonly(plan.prepared.x[row].astype(np.float32)),
            target=float(plan.prepared.samples.y[source]),
            output=readonly(outputs[plan.lowered.nodes[-1].layer.id]), loss=plan.score_last(),
            activations={k: readonly(v) for k, v in outputs.items() if k != INPUT},
        )  # fmt: skip


def _span(y: NDArray[np.float64]) -> tuple[float, float]:
    """The colour scale of a value: even around 0, as wide as the targets."""
    reach = float(np.abs(y).max()) if y.size else 1.0
    return (-reach, reach) if reach > 0 else (-1.0, 1.0)


def _scales(stack: F, bounds: list[tuple[Any, Any]]) -> tuple[F, F]:
    """The ends of each picture's colour scale: even around 0, up to the function's bound or the largest value."""
    reach = np.maximum(np.abs(stack).max(axis=1), 1e-6).astype(np.float32)
    for k, (_, high) in enumerate(bounds):
        if high is not None:
            reach[k] = high
    return -reach, reach
