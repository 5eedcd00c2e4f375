"""The weights of a single layer beside the best there are: by the formula, or found by Newton's method."""

from __future__ import annotations

import math
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import regression
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from engine.layers.reforming import Flatten
from engine.losses.base import Link
from engine.producers.base import Look, Producer, finite
from engine.records import Record, Want, readonly
from engine.registry import register
from engine.regression import Best
from engine.shapes import size
from engine.summing import WEIGHTED

Values = NDArray[np.float64]

KEPT: Final = "closed form"
"""Under this name a look keeps the best weights, and what they are the best of."""
MOST_INPUTS: Final = 500
MOST_SAMPLES: Final = 20_000
MOST_WORK: Final = 10**9
"""Multiplications of one step: about a second."""


class Pair(NamedTuple):
    """A number as it is now, and at the best weights."""

    now: float
    best: float


class ClosedForm(Record, frozen=True, eq=False):
    """Weights [input, output] with the biases in the first row, `now` and the `best`, and what they cost.

    `inputs` and `outputs` are the labels of both axes, without the bias. `train` and `test` are mean losses without the
    penalty of weight `rate`, which is a number of its own. `found` says how the best were found; where they are none,
    its weights are None, and `best` is NaN. `numbers` are the best, to be taken. Where the experiment has no such
    weights, `needs` says what it would need, and there are no numbers at all.
    """

    needs: str = ""
    link: Link = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    now: Values = np.zeros((0, 0))
    best: Values = np.zeros((0, 0))
    train: Pair = Pair(math.nan, math.nan)
    test: Pair = Pair(math.nan, math.nan)
    penalty: Pair = Pair(math.nan, math.nan)
    distance: float = math.nan
    rate: float = 0.0
    gain: float = 1.0
    samples: int = 0
    found: Best = Best(None, False)
    numbers: tuple[Labelled, ...] = ()


class Problem(NamedTuple):
    """What the best weights depend on: inputs [sample, input] with ones in front, targets, and how they are judged."""

    link: Link
    gain: float
    rate: float
    x: Values
    t: Values
    train: int


@register("Closed form")
class ClosedFormOf(Producer, tag="closed-form", frozen=True):
    """The best weights there are for a single layer, beside those of the run."""

    yields: ClassVar[type[Record]] = ClosedForm

    def make(self, look: Look, want: Want) -> ClosedForm:
        needs = unfit(look)
        if needs:
            return ClosedForm("closed form", needs)
        problem, found = _solved(look)
        now, output = _present(look), look.experiment.model.output
        blank = np.full(now.shape, math.nan)
        best = blank if found.weights is None else _near(problem, found.weights, now)
        inputs, outputs = look.learner.labels(f"{output.id}.weight")
        costs = [_costs(look.experiment, problem, w) for w in (now, best)]
        train, test, penalty = (Pair(a, b) for a, b in zip(*costs, strict=True))
        with np.errstate(over="ignore"):
            distance = float(np.linalg.norm(now - best))
        return ClosedForm(
            "closed form", "", problem.link, inputs, outputs, readonly(now), readonly(best),
            train, test, penalty, distance, problem.rate, problem.gain, problem.train, found,
            () if found.weights is None else _numbers(look, best),
        )  # fmt: skip


def unfit(look: Look) -> str:
    """What the experiment would need for best weights that can be worked out; empty where it has it."""
    experiment, (*others, node) = look.experiment, look.nodes
    loss, output = experiment.training.loss, experiment.model.output
    if output.summing is not WEIGHTED or not all(isinstance(n.layer, Flatten) for n in others):
        return "It needs a single layer: an output of weighted sums that reads the inputs, with no layer between."
    if not loss.link(output.activation):
        return (
            "It needs a linear output with the squared error, least mean squares below a threshold, or a sigmoid or "
            "softmax output with its cross-entropy."
        )
    if experiment.training.penalty.ridge is None:
        return "It needs no penalty or L2: what |w| costs has no slope at 0."
    if experiment.training.regularisers:
        return "It needs a run without regularisation, which changes samples, losses or steps; L2 is a penalty."
    if output.frozen or experiment.model.frozen:
        return "It needs all weights free to learn; some are frozen."
    samples, inputs = look.plan.prepared.train, size(node.inputs[0])
    if not samples:
        return "It needs training samples; draw some, or choose a data set."
    shares = experiment.training.loss.link(output.activation) == "multinomial"
    work = samples * (inputs + 1) ** 2 * (output.units**2 if shares else output.units)
    if inputs > MOST_INPUTS or samples > MOST_SAMPLES or work > MOST_WORK:
        return (
            f"It needs at most {MOST_INPUTS} inputs and {MOST_SAMPLES} training samples, and fewer where both or the "
            f"outputs are many; here are {inputs} inputs and {samples} samples."
        )
    return ""


def _solved(look: Look) -> tuple[Problem, Best]:
    """The best weights; they stay as long as data, loss and penalty do."""
    experiment, prepared = look.experiment, look.plan.prepared
    link = experiment.training.loss.link(experiment.model.output.activation)
    gain = experiment.model.output.activation.gain if link != "identity" else 1.0
    rate = experiment.training.penalty.ridge or 0.0
    known, problem, found = look.kept.get(KEPT, (None, None, None))
    if known is prepared and (problem.link, problem.gain, problem.rate) == (link, gain, rate):
        return problem, found
    x, t = regression.with_ones(prepared.x), prepared.y.astype(np.float64)
    problem = Problem(link, gain, rate, x, t, prepared.train)
    found = regression.best(link, x[: prepared.train], t[: prepared.train], rate, gain)
    look.kept[KEPT] = prepared, problem, found
    return problem, found


def _present(look: Look) -> Values:
    """The weights of the run [input, output], the biases first."""
    id_ = look.experiment.model.output.id
    weight, bias = (finite(look.learner.array(f"{id_}.{name}")) for name in ("weight", "bias"))
    return np.concatenate([bias[None], weight])


def _near(problem: Problem, best: Values, now: Values) -> Values:
    """The best weights that are nearest: shares of one stay the same when the sums of all outputs rise alike.

    Biases may rise so for nothing, weights only where they cost nothing.
    """
    found = best.copy()
    if problem.link == "multinomial":
        free = slice(0, 1) if problem.rate else slice(None)
        found[free] += (now - best)[free].mean(axis=1, keepdims=True)
    return found


def _costs(experiment: Experiment, problem: Problem, w: Values) -> tuple[float, float, float]:
    """The mean losses over training and test samples, and the penalty."""
    link, gain, _, x, t, train = problem
    if np.isnan(w).any():
        return math.nan, math.nan, math.nan
    return (
        regression.mean_loss(link, x[:train], t[:train], w, gain),
        regression.mean_loss(link, x[train:], t[train:], w, gain),
        experiment.training.penalty.cost(w[1:]),
    )


def _numbers(look: Look, best: Values) -> tuple[Labelled, ...]:
    """The best weights as learned numbers."""
    id_ = look.experiment.model.output.id
    parts = {f"{id_}.weight": best[1:], f"{id_}.bias": best[0]}
    return tuple(Labelled(name, look.learner.labels(name), Array(values)) for name, values in parts.items())
