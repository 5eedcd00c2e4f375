"""New layers and units in a running network: they start so that the output changes as little as possible.

A new unit draws its incoming weights and starts with outgoing weights 0, so the output does not change at all, and both
sides learn: the outgoing weights at once, the incoming ones as soon as those moved. A new layer passes on what it
reads, as nearly as its function allows. A layer that reads another source than before keeps its weighted sums: exactly
where only linear layers went from between, whose weights are multiplied out; else as well as a straight line through
what it reads now can, by least squares over probes, which are training samples and places of the plane. No function
that bends is known by name here; what each does to the probes is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from engine.affine import is_straight, product, weighs
from engine.arrays import Array, Labelled
from engine.layers.output import Output
from engine.network import INPUT, Node
from engine.plan.learned import Learner, overlay
from engine.plan.widen import narrowed, widened

Matrix = NDArray[np.float64]

SCALES = (1.0, 1 / 4, 1 / 16, 1 / 64)
"""How far into its function a new layer sends what it passes on: the less, the straighter, but the larger the weights
behind it."""
LIFTS = (None, 0.0, 4.0)
"""How far above 0 the least sum of a unit is lifted: rectifiers are straight there, smooth ones further up."""
CLOSE = 0.003
"""A new layer that errs less than this share of the spread of the sums behind it is straight enough."""
CUTOFF = 1e-6
"""Directions of the probes fainter than this share of the strongest carry no information."""


def bridged(old: Learner, new: Learner, probes: NDArray[Any]) -> tuple[Labelled, ...]:
    """Set numbers for what is new in `new`, which already holds what it keeps of `old`; return what was set.

    `probes` are rows of inputs [row, feature] as both networks see them; none when they see different inputs.
    """
    with old.bare(), new.bare():
        made = Bridge(old, new, probes)
        for node in new.plan.lowered.nodes:
            for numbers in made.node(node):
                new.give((numbers,))
                made.given.append(numbers)
    return tuple(made.given)


class Fit(NamedTuple):
    """Incoming numbers of a layer, and how far its sums are from what they were, in shares of their spread."""

    weight: Matrix
    bias: Matrix
    error: float


@final
class Bridge:
    """Works through the layers from the inputs to the output; what it yields must be set before it goes on."""

    def __init__(self, old: Learner, new: Learner, probes: NDArray[Any]) -> None:
        self.old, self.new, self.probes = old, new, probes
        self.given: list[Labelled] = []
        self._before = {n.layer.id: n for n in old.plan.lowered.nodes}
        self._after = new.plan.lowered.nodes
        self._given = {n.name.partition(".")[0] for n in new.plan.experiment.model.start}
        self._seen = _activations(old, probes)

    def node(self, node: Node) -> Iterator[Labelled]:
        """Numbers of one layer: silence towards new units, a passage, or the same sums from another source."""
        if len(node.sources) != 1:
            return
        known = self._before.get(node.layer.id)
        if not _is_affine(node):
            if known is not None and node.sources == known.sources:
                yield from self._silence(node, known)
            return
        if known is None:
            if node.layer.id not in self._given:  # what starts at given numbers is not made to pass on
                yield from self._passage(node)
            return
        if not _is_affine(known):
            return
        if node.sources == known.sources:
            yield from self._silence(node, known)
        else:
            chain = self._straight(node, known)
            yield from self._product(node, chain) if chain else self._same_sums(node, known)
        if isinstance(node.layer, Output) and node.shape != known.shape:
            read = _activations(self.new, self.probes).get(node.sources[0], np.zeros((0, node.inputs[0][0].size)))
            yield from widened(node, known, self.new, read)
            yield from narrowed(node, known, self.old)

    def _silence(self, node: Node, known: Node) -> Iterator[Labelled]:
        """Old units do not listen to new ones yet, nor old filters to new channels."""
        labels, heard = node.inputs[0][-1].labels, set(known.inputs[0][-1].labels)
        fresh = [k for k, label in enumerate(labels) if label not in heard]
        old = [k for k, label in enumerate(node.units.labels) if label in known.units.labels]
        if not fresh or not old:
            return
        for parameter in (q for q in node.parameters if q.is_weight):
            listening = [k for k, axis in enumerate(parameter.axes[:-1]) if axis.labels == labels]
            if listening:
                name = f"{node.layer.id}.{parameter.name}"
                weight = np.array(self.new.array(name), np.float64)
                moved = np.moveaxis(weight, listening[0], 0)  # a view: [source, ..., unit]
                moved[np.ix_(fresh, *map(range, moved.shape[1:-1]), old)] = 0
                yield Labelled(name, self.new.labels(name), Array(weight))

    def _straight(self, node: Node, known: Node) -> list[Node]:
        """The old layers from what a layer reads now to itself, where only linear ones stood between; else none."""
        chain = [known]
        while weighs(known.layer) and chain[0].sources != node.sources:
            before = self._before.get(chain[0].sources[0])
            if before is None or not is_straight(before.layer):
                return []
            chain.insert(0, before)
        return chain if len(chain) > 1 and chain[0].inputs[0][0].labels == node.inputs[0][0].labels else []

    def _product(self, node: Node, chain: Sequence[Node]) -> Iterator[Labelled]:
        """One layer for a run of linear ones, which is the same but for rounding."""
        names = [n.layer.id for n in chain]
        weight, bias = product([(self.old.array(f"{k}.weight"), self.old.array(f"{k}.bias")) for k in names])
        sources, targets = chain[0].inputs[0][0].labels, chain[-1].units.labels
        yield Labelled(f"{node.layer.id}.weight", (sources, targets), Array(weight))
        yield Labelled(f"{node.layer.id}.bias", (targets,), Array(bias))

    def _same_sums(self, node: Node, known: Node) -> Iterator[Labelled]:
        """Weights and bias with which a layer's sums stay what they were, though it reads another layer now."""
        if not len(self.probes) or len(known.sources) != 1:
            return
        read = _activations(self.new, self.probes)[node.sources[0]]
        passing = self._passing(node.sources[0], read.shape[1])
        fit = _fitted(read[:, :passing], self._sums(known))
        weight = np.concatenate([fit.weight, np.zeros((read.shape[1] - passing, fit.weight.shape[1]))])
        targets = known.units.labels
        yield Labelled(f"{node.layer.id}.weight", (node.inputs[0][0].labels, targets), Array(weight))
        yield Labelled(f"{node.layer.id}.bias", (targets,), Array(fit.bias))

    def _sums(self, known: Node) -> Matrix:
        """The weighted sums of an old layer on the probes, [row, unit]."""
        weight = np.array(self.old.array(f"{known.layer.id}.weight"), np.float64)
        return self._seen[known.sources[0]] @ weight + self.old.array(f"{known.layer.id}.bias")

    def _passing(self, layer: str, units: int) -> int:
        """How many units of a layer carry what the next one reads: of a new layer, those that pass something on."""
        node = next((n for n in self._after if n.layer.id == layer), None)
        if node is None or layer in self._before:
            return units
        return min(units, node.inputs[0][0].size)

    def _passage(self, node: Node) -> Iterator[Labelled]:
        """A new layer: as many units as are needed pass on what it reads, the others are as drawn, and not heard."""
        reader = next((n for n in self._after if n.sources == (node.layer.id,)), None)
        known = self._before.get(reader.layer.id) if reader else None
        if known is None or not _is_affine(known) or not len(self.probes):
            return
        read, sums = _activations(self.new, self.probes)[node.sources[0]], self._sums(known)
        ways = _ways(read, sums, node.units.size)
        if not ways.size:
            return
        best: tuple[Fit, tuple[Labelled, ...]] | None = None
        for scale in SCALES:
            for lift in LIFTS:
                numbers = self._passing_numbers(node, ways * scale, read, lift)
                self.new.give(numbers)
                answers = _activations(self.new, self.probes)[node.layer.id][:, : ways.shape[1]]
                fit = _fitted(answers, sums)
                if best is None or fit.error < best[0].error:
                    best = fit, numbers
                if fit.error < CLOSE:
                    yield from numbers
                    return
        assert best is not None, "there is at least one scale"
        yield from best[1]

    def _passing_numbers(self, node: Node, ways: Matrix, read: Matrix, lift: float | None) -> tuple[Labelled, ...]:
        """Weights along the ways, and a bias that lifts the sums above 0 where that is asked for."""
        labels_in, labels = node.inputs[0][0].labels, node.units.labels[: ways.shape[1]]
        least = (read @ ways).min(axis=0)
        bias = np.zeros_like(least) if lift is None else np.maximum(0.0, lift - least)
        name = node.layer.id
        return (
            Labelled(f"{name}.weight", (labels_in, labels), Array(ways)),
            Labelled(f"{name}.bias", (labels,), Array(bias)),
        )


def _activations(learner: Learner, probes: NDArray[Any]) -> dict[str, Matrix]:
    """What every layer says on the probes, [row, unit]; the inputs are the probes themselves."""
    if not len(probes):
        return {}
    if learner.plan.experiment.data.source.axes is None:
        learner.plan.set_grid(probes)
        found = learner.plan.maps(every_layer=True)
    else:
        found = _units_of_pictures(learner, probes)
    return {INPUT: np.array(probes, np.float64)} | {
        layer: np.nan_to_num(values.T.astype(np.float64), posinf=1e6, neginf=-1e6) for layer, values in found.items()
    }


def _units_of_pictures(learner: Learner, probes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What every layer without places says on pictures, [unit, picture]."""
    plan, most = learner.plan, learner.plan.lowered.largest
    seen = [plan.sees(probes[first : first + most]) for first in range(0, len(probes), most)]
    flat = {n.layer.id: n.units.size for n in plan.lowered.nodes if len(n.shape) == 1}
    return {layer: np.concatenate([piece[layer][:, :units] for piece in seen]).T for layer, units in flat.items()}


def _is_affine(node: Node) -> bool:
    """Whether a layer answers by weighted sums with a bias."""
    return node.layer.summing is not None and node.layer.summing.is_affine


def _ways(read: Matrix, sums: Matrix, units: int) -> Matrix:
    """What each passing unit listens to, [source, unit]: one source each where there are enough units.

    With fewer units than sources they share the directions in which the sums behind them vary most.
    """
    sources = read.shape[1]
    if units >= sources:
        return np.eye(sources)
    centred = read - read.mean(axis=0)
    weight = np.linalg.lstsq(centred, sums - sums.mean(axis=0), rcond=CUTOFF)[0]
    *_, turned = np.linalg.svd(centred @ weight, full_matrices=False)
    ways = weight @ turned[:units].T
    length = np.linalg.norm(ways, axis=0)
    kept: Matrix = (ways / np.where(length > 0, length, 1.0))[:, length > 0]
    return kept


def _fitted(read: Matrix, sums: Matrix) -> Fit:
    """The straight line from what is read to the sums, by least squares."""
    design = np.concatenate([read, np.ones((len(read), 1))], axis=1)
    found = np.linalg.lstsq(design, sums, rcond=CUTOFF)[0]
    spread = max(float(sums.std(axis=0).max(initial=0.0)), 1e-12)
    error = float(np.sqrt(np.square(design @ found - sums).mean(axis=0)).max(initial=0.0)) / spread
    return Fit(found[:-1], found[-1], error)


def overwritten(numbers: Sequence[Labelled], old: Learner) -> tuple[Labelled, ...]:
    """What the bridge changed of the numbers that `old` already had: an undo gives these back too."""
    changed: list[Labelled] = []
    for given in numbers:
        if given.name not in old.names():
            continue
        former = old.part(given.name, given.axes)
        target = np.zeros_like(former.values.values)
        overlay(target, former.axes, given)
        if not np.array_equal(target, former.values.values):
            changed += old.at((former,))
    return tuple(changed)
