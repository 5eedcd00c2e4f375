"""Where the learned numbers stand, their gradients, their optimiser state, and what is kept besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import prod
from typing import Final, NamedTuple

from engine.experiment import Experiment
from engine.kernels.table import Buffer, Layout, Role, padded
from engine.layers.base import Parameter
from engine.network import Node, followers, held_arrays
from engine.plan.measure import PARTS
from engine.shapes import Axis, Shape

MEMORY: Final = "schedule.memory"
"""What a schedule that watches the loss remembers."""
WATCHED: Final = ("cuts", "best", "since", "set")
SEARCH: Final = "optimiser.memory"
"""The single numbers that an optimiser keeps."""
SUM: Final = "batch.loss"
"""The sum of losses of a batch that is not complete, for an optimiser that needs it."""
AVERAGED: Final = "average.memory"
"""How many steps the mean of the learned numbers is over."""
AVERAGE: Final = "average"
"""What the mean is called behind the name of an array: `h1.weight#average`."""


class Learned(NamedTuple):
    """A learned array: its labels, where it, its gradient and its optimiser state stand, and whether it may learn now.

    The gradient of an array that is held fast is 0. What follows has the same numbers as an array of another layer,
    which learns for both.
    """

    name: str
    layer: str
    parameter: Parameter
    value: Buffer
    gradient: Buffer
    slots: dict[str, Buffer]
    learns: bool
    follows: bool


class Kept(NamedTuple):
    """An array that is saved but not learned: its labels, and where it stands."""

    name: str
    parameter: Parameter
    value: Buffer


class Numbers(NamedTuple):
    """All arrays by name. The learned ones stand together, and so do their gradients: an optimiser is one operation.

    Those that are held fast as a whole, and those that follow others, stand behind the rest: a step works on the first
    `length` numbers only. Where answers are given by the mean of the numbers over the steps, it stands in `mean`.
    """

    arrays: dict[str, Learned]
    kept: dict[str, Kept]
    length: int
    value: Buffer
    gradient: Buffer
    slots: dict[str, Buffer]
    mean: Buffer | None


def room(shape: Shape) -> int:
    """The numbers of one sample of such a shape in the arena."""
    *places, units = shape
    return prod(axis.size for axis in places) * padded(units.size)


def place_numbers(layout: Layout, resolved: tuple[Node, ...], experiment: Experiment) -> Numbers:
    """Lay out parameters, gradients and each optimiser slot, each in a stretch of the same form; then what is kept."""
    slots = experiment.training.optimiser.slots
    every = (*slots, AVERAGE) if averages(experiment) else slots
    layout.align()
    held, following = held_arrays(resolved), followers(resolved)
    behind = {*held, *following}
    found = {f"{n.layer.id}.{q.name}": (n, q) for n in resolved for q in n.parameters if q.is_learned}
    order = sorted(found, key=lambda name: name in behind)
    values = {name: layout.packed(name, "parameter", *found[name][1].matrix) for name in order}
    first, last = values[order[0]], values[order[-1]]
    count = last.at + last.size - first.at
    learning = next((values[name].at - first.at for name in order if name in behind), count)

    def copy_of_all(suffix: str, role: Role) -> tuple[Buffer, dict[str, Buffer]]:
        by = layout.like(suffix, role, first, last)
        parts = {b.name: layout.register(b.shifted(b.name + suffix, role, by)) for b in values.values()}
        return _stretch(f"all{suffix}", role, first.at + by, count), parts

    def ways(name: str) -> tuple[bool, bool]:
        return name not in held, name in following

    whole_gradient, gradients = copy_of_all("#gradient", "gradient")
    states = {slot: copy_of_all(f"#{slot}", "optimiser") for slot in every}
    arrays = {
        k: Learned(k, n.layer.id, q, values[k], gradients[k], {s: states[s][1][k] for s in every}, *ways(k))
        for k, (n, q) in found.items()
    }
    whole = {s: states[s][0] for s in slots}
    kept = {
        name: Kept(name, parameter, layout.block(name, "persistent", *parameter.matrix))
        for name, parameter in kept_parameters(resolved, experiment)
    }
    mean = states[AVERAGE][0] if AVERAGE in states else None
    return Numbers(arrays, kept, learning, _stretch("all", "parameter", first.at, count), whole_gradient, whole, mean)


def kept_parameters(resolved: tuple[Node, ...], experiment: Experiment) -> Iterator[tuple[str, Parameter]]:
    """What layers, the schedule and the optimiser remember besides what is learned."""
    for node in resolved:
        for parameter in node.parameters:
            if not parameter.is_learned:
                yield f"{node.layer.id}.{parameter.name}", parameter
    if experiment.training.schedule.patience:
        yield MEMORY, _memory(f"schedule/{x}" for x in WATCHED)
    optimiser = experiment.training.optimiser
    if optimiser.memory:
        yield SEARCH, _memory(f"{optimiser.key}/{x}" for x in optimiser.memory)
    if optimiser.needs_loss:
        yield SUM, _memory(f"sum/{x}" for x in PARTS)
    if averages(experiment):
        yield AVERAGED, _memory(("average/steps",))


def averages(experiment: Experiment) -> bool:
    """Whether answers are given by the mean of the learned numbers over the steps."""
    return any(r.averages for r in experiment.training.regularisers)


def _memory(labels: Iterable[str]) -> Parameter:
    return Parameter("memory", (Axis("slot", tuple(labels)),), "kept")


def apart(slots: Mapping[str, Buffer]) -> int:
    """How far one slot of an optimiser stands behind the one before: the same for all."""
    places = [b.at for b in slots.values()]
    ways = {there - here for here, there in pairwise(places)}
    assert len(ways) <= 1, "slots are laid out one like the other"
    return ways.pop() if ways else 0


def _stretch(name: str, role: Role, at: int, count: int) -> Buffer:
    return Buffer(name, role, at, 1, count, count, count)
