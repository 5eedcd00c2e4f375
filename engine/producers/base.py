"""What a producer is: how one record is made of a look at a running network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import Any, ClassVar, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.experiment import Experiment, classifies, plane, task
from engine.landscape import Form, Path
from engine.landscape.vectors import vector_of
from engine.network import Node
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import Learner
from engine.plan.samples import inputs
from engine.producers._ahead import Ahead, ahead
from engine.records import Curve, Domain, Record, Want
from engine.registry import Kind, Registry

F = NDArray[np.float32]
SAMPLED: Final = 512
"""Most training samples that the statistics of neurons look at: one piece of a view."""
FEWEST: Final = 16
"""Training samples that are looked at, however many numbers each makes."""
NUMBERS: Final = 1 << 20
"""Numbers that the statistics of neurons look at, about: maps make many of each sample."""
LARGE: Final = 1e4
"""Weights beyond it can make activations overflow."""
FREE: Final = 4096
"""Samples of a batch up to which the next step is looked at for every picture; of a larger one once a step."""
CURVED: Final = 64
"""Most inputs whose second moments are looked at."""
GRIDS: Final = 8
"""Grids kept; every step of a zoom needs another."""


class Past(Protocol):
    """The curve of a run, as far as it has come; what stands before the step `since` is of another experiment."""

    since: int

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """The points by column: step, epoch, and train_loss, test_loss ... (NaN where there is none)."""

    def curve(self, what: Literal["loss", "accuracy", "error"]) -> Curve:
        """The points so far."""


class Look:
    """A look at a running network: its plan with the present numbers, their names, and the curve behind it.

    It belongs to one plan, and keeps the grids of the pictures that were asked for lately; the machine sets `past`.
    From the look `before` an edit it takes over the path of the weights, where they still mean the same, and what
    producers keep from one picture to the next.
    """

    past: Past

    def __init__(self, plan: Plan, learner: Learner, before: Look | None = None) -> None:
        self.plan = plan
        self.learner = learner
        self.form = Form(plan)
        self.path: Path = before.path if before is not None and before.form == self.form else Path()
        self.kept: dict[str, Any] = before.kept if before is not None else {}
        self._grids: dict[tuple[int, Domain], NDArray[np.floating[Any]]] = {}
        self._set: tuple[int, Domain] | None = None
        self._ahead: tuple[int, Ahead | None] = (-1, None)

    @property
    def experiment(self) -> Experiment:
        """The experiment that runs."""
        return self.plan.experiment

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The layers in their places, the output last."""
        return self.plan.lowered.nodes

    def node(self, layer: str) -> Node | None:
        """A layer in its place, if there is one of this name."""
        return next((n for n in self.nodes if n.layer.id == layer), None)

    def follow(self) -> None:
        """Take note of where the weights are now."""
        self.path.follow(self.plan.counter(p.STEP), vector_of(self.plan))

    # the plane ---------------------------------------------------------------------------------------------------

    @property
    def domain(self) -> Domain:
        """The rectangle of the plane."""
        return self.experiment.data.source.domain_of(*plane(self.experiment.data))

    def shape(self, size: int) -> tuple[int, int]:
        """Rows and columns of a picture: a task of one column has a single row."""
        across, up = plane(self.experiment.data)
        return (1 if across == up else size), size

    def grid(self, size: int, area: Domain | None = None) -> NDArray[np.floating[Any]]:
        """What the network sees at each place of a picture, row 0 at the top, [place, feature]."""
        key = (size, area or self.domain)
        if key not in self._grids:
            if len(self._grids) >= GRIDS:
                self._grids.clear()
            self._grids[key] = self._columns(*key)
        return self._grids[key]

    def _columns(self, size: int, d: Domain) -> NDArray[np.floating[Any]]:
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
        """What each unit, or the output alone, says over the plane or a part of it: layer to [unit, place]."""
        key = (size, area or self.domain)
        if self._set != key:
            self.plan.set_grid(self.grid(*key))
            self._set = key
        found = self.plan.maps(every_layer)
        if np.abs(self.plan.view(self.plan.lowered.numbers.value)).max() > LARGE:
            # a network about to diverge may answer with infinities; a picture shows them as its largest number
            return {layer: np.nan_to_num(values) for layer, values in found.items()}
        return found

    # the samples -------------------------------------------------------------------------------------------------

    @property
    def sampled(self) -> int:
        """Most training samples that the statistics of neurons look at: one piece of a view, fewer of large ones."""
        numbers = sum(prod(axis.size for axis in n.shape) for n in self.nodes)
        return min(SAMPLED, self.plan.lowered.largest, max(FEWEST, NUMBERS // numbers))

    @cached_property
    def spreads(self) -> tuple[list[float], list[float]]:
        """Mean and standard deviation of each input over the training samples."""
        x = self.plan.prepared.x[: self.plan.prepared.train]
        return x.mean(axis=0).tolist(), x.std(axis=0).tolist()

    @cached_property
    def curvature(self) -> float:
        """The largest eigenvalue of the mean of x xᵀ over the training inputs, a 1 before each; NaN for many."""
        x = self.plan.prepared.x[: self.plan.prepared.train].astype(np.float64)
        if x.shape[1] > CURVED or not len(x):
            return math.nan
        whole = np.concatenate([np.ones((len(x), 1)), x], axis=1)
        return float(np.linalg.eigvalsh(whole.T @ whole / len(x))[-1])

    def activations(self) -> dict[str, NDArray[np.floating[Any]]]:
        """What each unit says on (at most 512 of) the training samples, finite: layer to [sample and place, unit]."""
        found = self.plan.activations(0, min(self.plan.prepared.train, self.sampled))
        found = {n.layer.id: by_place(n, found[n.layer.id]) for n in self.nodes}
        return {k: a if np.isfinite(a).all() else finite(a) for k, a in found.items()}

    def ahead(self) -> Ahead | None:
        """What the next step does; None where there is nothing to learn from."""
        plan = self.plan
        if min(plan.counter(p.BATCH), plan.prepared.train) <= FREE or self._ahead[0] != plan.counter(p.STEP):
            self._ahead = (plan.counter(p.STEP), ahead(plan))
        return self._ahead[1]

    def answers(self, out: NDArray[Any]) -> F:
        """Outputs [place, unit] as probabilities of the classes; other values stay as they are.

        Where the output is no probability (squared error, hinge), its place between the two targets stands for one.
        """
        if not classifies(self.experiment):
            return np.ascontiguousarray(out, np.float32)
        output = self.experiment.model.output
        low, high = self.experiment.training.loss.targets(output.activation)
        share = np.clip((out - low) / (high - low), 0, 1)
        if task(self.experiment) == "binary":
            share = np.concatenate([1 - share, share], axis=1)
        elif output.activation.answer != "shares":
            total = share.sum(axis=1, keepdims=True)
            share = np.where(total > 0, share / np.maximum(total, 1e-9), 1 / share.shape[1])
        return np.ascontiguousarray(share, np.float32)


def by_place(node: Node, seen: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """What a layer says [sample, ...] with a row for each place of each sample: [sample and place, unit]."""
    if node.is_flat:
        return seen
    places = prod(axis.size for axis in node.shape[:-1])
    return seen.reshape(len(seen) * places, -1)[:, : node.units.size]


def finite(values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers in float64, with something very large in place of infinities: their statistics stay numbers."""
    return np.nan_to_num(values.astype(np.float64), posinf=1e100, neginf=-1e100)


class Producer(Kind, frozen=True):
    """How a record is made. Its key is the name of the record, `yields` its type, `serves` what it must look at.

    Every kind of experiment whose look is of that type offers the record.
    """

    registry: ClassVar[Registry[Producer]] = Registry("record")
    yields: ClassVar[type[Record]]
    serves: ClassVar[type[Any]] = Look
    needs: ClassVar[str] = ""
    """What the data must have for it: a `plane` of two inputs, or `pictures`; empty where any will do."""
    judges: ClassVar[bool] = False
    """Whether it tells right answers from wrong ones, which needs a teacher."""

    def make(self, look: Any, want: Want) -> Record | None:
        """The record as it is now, its arrays read-only; None where there is nothing to show yet.

        It may run the plan's views and set its counters for them, but nothing that a run goes on from.
        """
        raise NotImplementedError


def offered(look: type[Any]) -> Mapping[str, type[Record]]:
    """The records that can be made of such a look, by name."""
    return {e.key: e.kind.yields for e in Producer.registry if issubclass(look, e.kind.serves)}


def fitting(name: str, experiment: Experiment) -> bool:
    """Whether the data have what a record needs, and somebody to judge by."""
    kind = Producer.registry[name].kind
    if kind.judges and task(experiment) == "unsupervised":
        return False
    needs = kind.needs
    return not needs or needs == ("plane" if experiment.data.source.axes is None else "pictures")


def produce(look: Any, want: Want) -> Record | None:
    """Make the record that is wanted; None where there is no such record, or nothing to show yet."""
    if want.name not in Producer.registry:
        return None
    kind = Producer.registry[want.name].kind
    return kind().make(look, want) if isinstance(look, kind.serves) and fitting(want.name, look.experiment) else None
