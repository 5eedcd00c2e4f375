"""Checks of the engine against mathematics: gradients by differences of the loss, optimisers by known answers.

Gradients are checked by random projection: for a random direction v, the slope of the loss along v, measured by a
central difference in float64, must equal gradient · v. One number tests all weights at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from engine import holding
from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.datasets import Dataset
from engine.datasets.own_pictures import OwnPictures
from engine.datasets.points import Points
from engine.errors import LearnscopeError
from engine.experiment import TASK_NAMES, Data, Experiment, Model, Training
from engine.kernels.library import Library, Progress
from engine.kernels.words import LANES
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses import Loss, Task
from engine.losses.distance import SquaredError
from engine.optimisers import Optimiser
from engine.optimisers.descent import SGD
from engine.penalties import NoPenalty
from engine.plan import Plan, prepare
from engine.plan import procedure as p
from engine.plan.alone import Alone
from engine.plan.learned import GRADIENT, Learner
from engine.plan.lower import LARGEST_PIECE

LIMIT: Final = 1e-6
STEP: Final = 1e-6
ONE_BY_ONE: Final = 200
"""Most parameters whose slopes are compared one by one."""
STEPS: Final = (1e-5, 1e-6, 1e-7)
"""Differences over a kink (a rectifier near 0) are wrong; a smaller step finds both its ends on one side."""
CLOSE: Final = 1e-5
"""What a trained network may differ by: the shortest step leaves half of that to rounding."""
ANSWER_LIMIT: Final = 1e-12
PICTURE: Final = (9, 8, 3)
"""Rows, columns and channels of the pictures that layers of pictures are checked on."""
CLASSES: Final[dict[Task, int]] = {"binary": 2, "classes": 3, "regression": 0, "unsupervised": 0}


class Check(NamedTuple):
    """One check: what was checked, how far off it was, how far off it may be."""

    kind: str
    key: str
    title: str
    error: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether it holds; a NaN does not."""
        return self.error <= self.limit


@cache
def double_library() -> Library:
    """Kernels compiled for float64."""
    return Library(np.float64)


def projection_error(experiment: Experiment, seed: int = 0, progress: Progress | None = None, batch: int = 0) -> float:
    """Relative error of gradient · v for a random direction v, over the first batch; 0 is one of all samples."""
    experiment = _plainly(experiment, batch)
    plan = Plan(experiment, prepare(experiment), double_library(), progress)
    Learner(plan).start()
    return _projection(plan, seed)


def _projection(plan: Plan, seed: int, step: float = STEP) -> float:
    numbers = plan.lowered.numbers
    place = plan.view(numbers.value)[0]
    start = place.copy()
    real = np.zeros(len(start), np.bool_)
    for learned in numbers.arrays.values():
        mask = np.zeros(plan.f.size, np.bool_)
        learned.value.view(mask)[:] = True
        real |= mask[numbers.value.at :][: len(start)]
    direction = np.random.default_rng(seed).normal(size=len(start)) * real
    direction /= np.linalg.norm(direction)
    losses = []
    for sign in (1, -1):
        place[:] = start + sign * step * direction
        losses.append(_mean_loss(plan))
    place[:] = start
    _mean_loss(plan)
    slope = float(plan.view(numbers.gradient)[0] @ direction)
    measured = (losses[0] - losses[1]) / (2 * step)
    place[:] = start
    return relative(measured, slope)


def relative(one: float, other: float) -> float:
    """How far two slopes are apart, as a share of the larger one; slopes below a thousandth count as one."""
    return abs(one - other) / max(abs(one), abs(other), 1e-3)


def _mean_loss(plan: Plan) -> float:
    """What the first step of a run learns from, as its pass sees it: the mean loss, and what soft ties cost."""
    ties = Learner(plan).cost(NoPenalty())
    for counter in (*p.POSITION, p.SHUFFLED):
        plan.set(counter, 0)
    plan.steps(1, 1 << 40)
    return plan.score_piece() / plan.counter(p.ROWS) + ties


def _plainly(experiment: Experiment, batch: int) -> Experiment:
    # the check is about the loss: a penalty is not part of its value, and momentum not of its slope
    training = replace(experiment.training, batch=batch, optimiser=SGD(), penalty=NoPenalty(), regularisers=())
    return holding.learn_all(replace(experiment, training=training))


class Difference(NamedTuple):
    """One parameter: its array, the labels of its place, its slope by backpropagation and by a difference."""

    name: str
    labels: tuple[str, ...]
    analytic: float
    numeric: float

    @property
    def error(self) -> float:
        """How far the two are apart."""
        return relative(self.analytic, self.numeric)


class NetworkCheck(NamedTuple):
    """The gradients of one network: of all parameters at once, and of `checked` of its `total` one by one."""

    projection: float
    worst: Difference
    checked: int
    total: int
    samples: int

    @property
    def passed(self) -> bool:
        """Whether they hold; a NaN does not."""
        return self.projection <= CLOSE and self.worst.error <= CLOSE


def check_network(
    experiment: Experiment, given: tuple[Labelled, ...], progress: Progress, cancelled: Callable[[], bool]
) -> NetworkCheck:
    """Check the gradients of an experiment at given numbers, on (at most 512 of) its training samples.

    One by one means (L(w + h) - L(w - h)) / 2h in float64 for at most 200 parameters, spread evenly over all of them.
    Refuses what has no slope to be checked, and nets without samples, with a sentence.
    """
    for layer in experiment.model.layers:
        reason = layer.unchecked or getattr(getattr(layer, "activation", None), "unchecked", "")
        if reason:
            raise LearnscopeError(f"the gradient of layer “{layer.id}” can't be checked: {reason}")
    loss = experiment.training.loss
    if loss.unchecked:
        raise LearnscopeError(f"the gradient of the loss “{loss.key}” can't be checked: {loss.unchecked}")
    prepared = prepare(experiment)
    if not prepared.train:
        raise LearnscopeError("a gradient is checked on training samples and there are none; draw points")
    plan = Plan(_plainly(experiment, min(prepared.train, LARGEST_PIECE)), prepared, double_library(), progress)
    learner = Learner(plan)
    learner.start()
    learner.give(given)
    projection = min(_projection(plan, 0, h) for h in STEPS)
    worst, checked, total = _one_by_one(plan, learner, progress, cancelled)
    return NetworkCheck(projection, worst, checked, total, min(prepared.train, LARGEST_PIECE))


def _one_by_one(
    plan: Plan, learner: Learner, progress: Progress, cancelled: Callable[[], bool]
) -> tuple[Difference, int, int]:
    following = {bond.mine.name for bond in plan.lowered.bonds if bond.hard}
    arrays = [name for name in plan.lowered.numbers.arrays if name not in following]
    start = {name: learner.array(name).copy() for name in arrays}
    _mean_loss(plan)
    slopes = {name: learner.array(f"{name}#{GRADIENT}").copy() for name in arrays}

    def loss(name: str, place: tuple[int, ...], step: float) -> float:
        for each, values in start.items():  # the step before has moved them all
            learner.array(each)[...] = values
        learner.array(name)[place] += step
        return _mean_loss(plan)

    def slope(name: str, place: tuple[int, ...], h: float) -> float:
        return (loss(name, place, h) - loss(name, place, -h)) / (2 * h)

    all_places = [(name, k) for name, values in start.items() for k in range(values.size)]
    chosen = np.unique(np.linspace(0, len(all_places) - 1, min(len(all_places), ONE_BY_ONE)).astype(int))
    worst: Difference | None = None
    for n, (name, flat) in enumerate(all_places[int(k)] for k in chosen):
        if cancelled():
            raise LearnscopeError("the gradient check was given up")
        progress("Checking gradients", n, len(chosen))
        place = tuple(int(i) for i in np.unravel_index(flat, start[name].shape))
        labels = tuple(axis[i] for axis, i in zip(learner.labels(name), place, strict=True))
        found = Difference(name, labels, float(slopes[name][place]), slope(name, place, STEPS[0]))
        for h in STEPS[1:]:
            if not found.error <= CLOSE:
                found = min(found, found._replace(numeric=slope(name, place, h)), key=lambda d: d.error)
        if worst is None or not found.error <= worst.error:
            worst = found
    assert worst is not None, "every network has a parameter"
    return worst, len(chosen), len(all_places)


def example(
    loss: Loss, hidden: tuple[Layer, ...], output: Activation, classes: int, last: type[Output] = Output
) -> Experiment:
    """A small network with these hidden layers on 24 points, or pictures; `classes` 0 means a value to predict."""
    random = np.random.default_rng(1)
    labels = np.arange(24) % max(classes, 1)
    names, keys = tuple(str(k + 1) for k in range(classes)), Array(np.zeros(24))
    source: Dataset
    if hidden and hidden[0].reads == "pictures":
        pixels = random.integers(0, 256, (24, *PICTURE), np.uint8)
        source = OwnPictures(pixels=Array(pixels), labels=Array(labels.astype(np.uint8)), keys=keys, names=names)
    else:
        answers = labels.astype(np.float64) if classes else random.normal(size=24)
        source = Points(xy=Array(random.normal(size=(24, 2))), labels=Array(answers), keys=keys, names=names)
    data = Data(source=source, share=100.0)
    units = classes if classes > 2 else 1
    model = Model(layers=(*hidden, last(id="out", units=units, activation=output)))
    return adapt(Experiment(data=data, model=model, training=Training(loss=loss, optimiser=SGD())))[0]


Case = tuple[str, str, str, Experiment]
"""Kind, key and title of what is checked, and the experiment to check it in."""


def gradient_cases() -> Iterator[Case]:
    """Every layer, every activation, and every loss with every output it can be paired with."""
    yield from _layer_cases()
    yield from _activation_cases()
    yield from _loss_cases()


def _layer_cases() -> Iterator[Case]:
    """Each layer in its example, or two in a row, so that it also passes slopes back; the output by itself."""
    for entry in Layer.registry:
        if entry.kind.unchecked:
            continue
        last = entry.kind if issubclass(entry.kind, Output) else None
        hidden = () if last else entry.kind.example()
        title = f"{entry.title} layer, {'alone' if last else f'in a network of {len(hidden) + 1}'}"
        yield "layer", entry.key, title, example(SquaredError(), hidden, Tanh(), 2, last or Output)


def _activation_cases() -> Iterator[Case]:
    """Each activation in a hidden layer; one for the output only, at the output."""
    for entry in Activation.registry:
        if entry.kind.unchecked:
            continue
        function, output = entry.kind(), not entry.kind.hidden
        hidden: Layer = Dense(id="h1", units=5, activation=Tanh() if output else function)
        made = example(SquaredError(), (hidden,), function if output else Tanh(), 3 if output else 2)
        yield "activation", entry.key, f"{entry.title} {'at the output' if output else 'in a hidden layer'}", made


def _loss_cases() -> Iterator[Case]:
    hidden: Layer = Dense(id="h1", units=5, activation=Tanh())
    for entry in Loss.registry:
        if entry.kind.unchecked:
            continue
        for kind in entry.kind.tasks:
            for key in entry.kind().outputs(kind):
                made = example(entry.kind(), (hidden,), Activation.registry[key].kind(), CLASSES[kind])
                yield "loss", entry.key, f"{entry.title} with {key} for {TASK_NAMES[kind]}", made


def unchecked() -> dict[str, str]:
    """The layers, activations and losses that can't meet the gradient check, by key, and why."""
    shown = {e.key: "it has no slope; it is shown, not trained on" for e in Loss.registry if not e.kind.tasks}
    rules = {e.key: e.kind.unchecked for e in Loss.registry if e.kind.unchecked}
    functions = {e.key: e.kind.unchecked for e in Activation.registry if e.kind.unchecked}
    return {e.key: e.kind.unchecked for e in Layer.registry if e.kind.unchecked} | functions | rules | shown


def gradient_checks() -> Iterator[Check]:
    """Check the gradients of every layer, activation and loss."""
    for kind, key, title, made in gradient_cases():
        yield Check(kind, key, title, projection_error(made), LIMIT)


def optimiser_checks() -> Iterator[Check]:
    """Check the first two steps of every optimiser against its answers worked by hand."""
    for entry in Optimiser.registry:
        found = two_steps(entry.kind())
        error = max(abs(a - b) for a, b in zip(found, entry.kind.answers, strict=True))
        yield Check("optimiser", entry.key, f"{entry.title}, two steps", error, ANSWER_LIMIT)


def two_steps(optimiser: Optimiser) -> tuple[float, float]:
    """Where w = 1 goes with gradients 1/2 and -1, where the loss is 2 and 1: sixteen equal numbers."""
    run, found = Alone(optimiser, np.ones(LANES), double_library()), []
    for gradient, loss in ((0.5, 2.0), (-1.0, 1.0)):
        run.step(np.full(LANES, gradient), loss)
        found.append(float(run.w[0]))
    return found[0], found[1]
