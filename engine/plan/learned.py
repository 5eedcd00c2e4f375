"""Learned numbers with their labels: drawn at the start, read, set, and kept through edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import streams
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from engine.layers.base import Parameter
from engine.network import Node
from engine.penalties import Penalty
from engine.plan.numbers import AVERAGE, AVERAGED
from engine.plan.plan import Plan
from engine.plan.tied import Bond

Values = NDArray[np.floating[Any]]
GRADIENT = "gradient"


def initial(experiment: Experiment, nodes: Iterable[Node]) -> Iterator[tuple[str, Parameter, Values]]:
    """The starting numbers of each parameter: drawn from a stream of its own, then what the experiment gives."""
    model = experiment.model
    for node in nodes:
        for parameter in node.parameters:
            name = f"{node.layer.id}.{parameter.name}"
            if parameter.is_weight:
                stream = streams.generator(experiment.seeds.weights, "weights", name)
                values = model.initialiser.draw(stream, parameter.shape, parameter.fan)
            else:
                values = np.full(
                    parameter.shape, model.initialiser.bias if parameter.role == "bias" else parameter.start
                )
            for given in model.start:
                if given.name == name and len(given.axes) == len(parameter.axes):
                    overlay(values, parameter.labels, given)
            yield name, parameter, values


def overlay(target: Values, labels: tuple[tuple[str, ...], ...], source: Labelled) -> None:
    """Copy into `target` the numbers of `source` whose labels all occur in it."""
    pairs = source.matching(labels)
    target[np.ix_(*(there for _, there in pairs))] = source.values.values[np.ix_(*(here for here, _ in pairs))]


class Learner:
    """The learned numbers of a plan by name: `h1.weight`, and `h1.weight#mean` for a slot of its optimiser."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._places = {k.name: (k.parameter, k.value) for k in plan.lowered.numbers.kept.values()}
        for learned in plan.lowered.numbers.arrays.values():
            places = {"": learned.value, **{f"#{s}": b for s, b in learned.slots.items()}}
            places[f"#{GRADIENT}"] = learned.gradient
            for suffix, buffer in places.items():
                self._places[learned.name + suffix] = (learned.parameter, buffer)
        arrays = plan.lowered.numbers.arrays.values()
        self._still = frozenset(f"{a.name}#{GRADIENT}" for a in arrays if not a.learns)

    def start(self) -> None:
        """Set all numbers to the start of the experiment, and optimiser state and gradients to 0."""
        numbers = self.plan.lowered.numbers
        for stretch in (numbers.gradient, *numbers.slots.values(), *(k.value for k in numbers.kept.values())):
            self.plan.view(stretch)[:] = 0
        for name, _, values in initial(self.plan.experiment, self.plan.lowered.nodes):
            self.array(name)[...] = values
        if numbers.mean is not None:
            self.plan.view(numbers.mean)[:] = self.plan.view(numbers.value)

    @contextmanager
    def bare(self) -> Iterator[None]:
        """Whoever looks meanwhile is answered by the numbers themselves; those that change set their mean, too."""
        plan, numbers = self.plan, self.plan.lowered.numbers
        if numbers.mean is None:
            yield
            return
        steps, before = (plan.view(b).copy() for b in (numbers.kept[AVERAGED].value, numbers.value))
        plan.view(numbers.kept[AVERAGED].value)[:] = 0
        try:
            yield
        finally:
            plan.view(numbers.kept[AVERAGED].value)[:] = steps
            now = plan.view(numbers.value)
            np.copyto(plan.view(numbers.mean), now, where=now != before)

    def averages_of(self, numbers: Iterable[Labelled]) -> tuple[Labelled, ...]:
        """The same numbers as those of the mean over the steps; nothing where none is kept."""
        known = ((n, f"{n.name}#{AVERAGE}") for n in numbers)
        return tuple(Labelled(name, n.axes, n.values) for n, name in known if name in self._places)

    def cost(self, penalty: Penalty) -> float:
        """What the weights that answer cost, and the ties between them; biases cost nothing."""
        ties, arrays = self.plan.lowered.bonds, self.plan.lowered.numbers.arrays.values()
        weights = [a.name for a in arrays if a.parameter.is_weight and not a.follows]
        return sum(penalty.cost(self._answering(name)) for name in weights) + sum(
            bond.tie.pull / 2 * float(np.square(self._owned_by(bond) - self._answering(bond.mine.name)).sum())
            for bond in ties
        )

    def _answering(self, name: str) -> Values:
        """An array as whoever looks is answered by it: its mean over the steps, once there is one."""
        kept = self.plan.lowered.numbers.kept.get(AVERAGED)
        averaged = kept is not None and self.plan.view(kept.value)[0, 0] > 0
        return self.array(f"{name}#{AVERAGE}") if averaged else self.array(name)

    def _owned_by(self, bond: Bond) -> Values:
        owner = self._answering(bond.owner.name)
        return owner.T if bond.tie.turned else owner

    def owned(self, numbers: Iterable[Labelled]) -> tuple[Labelled, ...]:
        """The same numbers where they are learned: those of an array that follows another belong to its owner."""
        bonds = {bond.mine.name: bond for bond in self.plan.lowered.bonds if bond.hard}
        return tuple(self._of_owner(n, bonds[n.name]) if n.name in bonds else n for n in numbers)

    def _of_owner(self, given: Labelled, bond: Bond) -> Labelled:
        way = -1 if bond.tie.turned else 1
        places = zip(given.axes, self.labels(bond.mine.name), self.labels(bond.owner.name)[::way], strict=True)
        axes = tuple(tuple(theirs[mine.index(label)] for label in asked) for asked, mine, theirs in places)
        values = given.values.values
        return Labelled(bond.owner.name, axes[::way], Array(values.T if bond.tie.turned else values))

    def labels(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The labels of an array's axes."""
        return self._places[name][0].labels

    def array(self, name: str) -> Values:
        """An array as a view into the arena, with the axes of its parameter."""
        parameter, buffer = self._places[name]
        return self.plan.view(buffer).reshape(parameter.shape)

    def names(self, gradients: bool = False) -> list[str]:
        """The names of all arrays, those of gradients only when asked for."""
        return [n for n in self._places if gradients or not n.endswith(f"#{GRADIENT}")]

    def take(self, gradients: bool = False) -> tuple[Labelled, ...]:
        """Copies of all arrays."""
        return tuple(self.labelled(name) for name in self.names(gradients))

    def labelled(self, name: str) -> Labelled:
        """A copy of one array."""
        return Labelled(name, self.labels(name), Array(self.array(name)))

    def give(self, numbers: Iterable[Labelled]) -> None:
        """Set what the given arrays share with these; names and labels that are not here are passed over.

        So is the gradient of what is held fast, which is 0.
        """
        for given in numbers:
            if (
                given.name in self._places
                and given.name not in self._still
                and len(given.axes) == len(self.labels(given.name))
            ):
                overlay(self.array(given.name), self.labels(given.name), given)

    def at(self, numbers: Iterable[Labelled]) -> tuple[Labelled, ...]:
        """What stands at the places of the given arrays now, with the optimiser state of the same places."""
        wanted: dict[str, Labelled] = {}
        for given in numbers:
            base = given.name.split("#")[0]
            for name in self.names():
                if name.split("#")[0] == base and len(given.axes) == len(self.labels(name)):
                    wanted.setdefault(f"{name}{given.axes}", self.part(name, given.axes))
        return tuple(wanted.values())

    def part(self, name: str, axes: tuple[tuple[str, ...], ...]) -> Labelled:
        """The part of an array with these labels, as far as it has them."""
        places = [[k for k, label in enumerate(mine) if label in set(asked)]
                  for mine, asked in zip(self.labels(name), axes, strict=True)]  # fmt: skip
        labels = tuple(tuple(mine[k] for k in where) for mine, where in zip(self.labels(name), places, strict=True))
        return Labelled(name, labels, Array(self.array(name)[np.ix_(*places)]))

    def lost(self, others: Mapping[str, tuple[tuple[str, ...], ...]]) -> tuple[Labelled, ...]:
        """The numbers that a network with these arrays (name to labels) has no place for, in rectangles."""
        found: list[Labelled] = []
        for name in self.names():
            labels = self.labels(name)
            if len(others.get(name, ())) != len(labels):
                found.append(self.labelled(name))
                continue
            kept: list[tuple[str, ...]] = list(labels)
            for axis, (mine, theirs) in enumerate(zip(labels, others[name], strict=True)):
                gone = tuple(x for x in mine if x not in set(theirs))
                if gone:
                    found.append(self.part(name, (*kept[:axis], gone, *labels[axis + 1 :])))
                kept[axis] = tuple(x for x in mine if x in set(theirs))
        return tuple(found)
