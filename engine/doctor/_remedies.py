"""Changes that help, as pure functions: an experiment in, a changed one out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from engine import edits, holding
from engine.activations import Activation
from engine.activations.rectifiers import ReLU
from engine.datasets import Dataset
from engine.experiment import Experiment, task
from engine.fields import describe
from engine.initialisers import He, Initialiser, Xavier
from engine.layers import Answering, Column, Layer
from engine.layers.chance import Dropout
from engine.layers.normalising import BatchNorm
from engine.losses import Loss
from engine.optimisers.base import RATES
from engine.penalties import L2, NoPenalty, Penalty
from engine.regularisers.bounds import ClipNorm
from engine.schedules import Constant


def has_rate(experiment: Experiment) -> bool:
    """Whether the length of the steps is set by a rate, rather than found by a search."""
    optimiser = experiment.training.optimiser
    return not optimiser.needs_loss and any(info.name == "rate" for info in describe(type(optimiser)))


def slower(rate: float, by: float) -> float:
    """A usual rate that is at least so many times smaller; below those, one of a digit."""
    usual = [r for r in RATES if r <= rate / by * 1.01]
    return usual[-1] if usual else float(f"{rate / by:.0e}")


def usual_rate(experiment: Experiment) -> float:
    """The rate that the optimiser has unless it is given another."""
    return type(experiment.training.optimiser)().rate


def faster(rate: float, by: float) -> float:
    """A usual rate about so many times larger, at most the largest."""
    return next((r for r in RATES if r >= rate * by * 0.99), RATES[-1])


def with_rate(experiment: Experiment, rate: float) -> Experiment:
    """The experiment with another rate."""
    optimiser = replace(experiment.training.optimiser, rate=rate)
    return replace(experiment, training=replace(experiment.training, optimiser=optimiser))


def with_schedule_constant(experiment: Experiment) -> Experiment:
    """The experiment with a rate that stays."""
    return replace(experiment, training=replace(experiment.training, schedule=Constant()))


def with_activation(experiment: Experiment, layers: Sequence[str], activation: Activation) -> Experiment:
    """The experiment with another activation in some layers."""
    changed: tuple[Layer, ...] = tuple(
        replace(x, activation=activation) if x.id in layers and hasattr(x, "activation") else x
        for x in experiment.model.layers
    )
    return replace(experiment, model=replace(experiment.model, layers=changed))


def with_start(experiment: Experiment, initialiser: Initialiser) -> Experiment:
    """The experiment with other starting weights; given ones are dropped."""
    return replace(experiment, model=replace(experiment.model, initialiser=initialiser, start=()))


def with_rectifiers(experiment: Experiment, layers: Sequence[str]) -> Experiment:
    """The experiment with rectifiers in some layers, and starting weights that suit them."""
    return with_start(with_activation(experiment, layers, ReLU()), He())


def suited(experiment: Experiment) -> Initialiser:
    """Starting weights that suit the hidden layers: He's where most have no upper bound, else Xavier's."""
    functions = [x.activation for x in experiment.model.hidden_layers if hasattr(x, "activation")]
    open_ = sum(f.high is None for f in functions)
    return He() if functions and open_ > len(functions) / 2 else Xavier()


def with_clipping(experiment: Experiment) -> Experiment:
    """The experiment with gradients held to a length of 1."""
    training = experiment.training
    others = tuple(r for r in training.regularisers if not isinstance(r, ClipNorm))
    return replace(experiment, training=replace(training, regularisers=(*others, ClipNorm())))


def with_penalty(experiment: Experiment, penalty: Penalty) -> Experiment:
    """The experiment with another penalty."""
    return replace(experiment, training=replace(experiment.training, penalty=penalty))


def stricter(penalty: Penalty) -> Penalty:
    """The penalty with three times its weight; L2 where there is none."""
    if isinstance(penalty, NoPenalty) or not penalty.strength:
        return L2(rate=0.003)
    return replace(penalty, rate=float(f"{min(3 * penalty.strength, 10):.1g}"))


MANY: Final = 4000
"""Points beyond which more are no help worth their time."""

WIDE: Final = 8
"""Neurons from which on half of a layer is enough for an answer."""


def more_points(experiment: Experiment) -> int:
    """Four times as many points, where they are generated and few; else 0."""
    source = experiment.data.source
    given = any(info.name == "count" for info in describe(type(source)))
    wanted = 4 * int(source.count) if given else 0  # type: ignore[attr-defined] # it has one
    return wanted if wanted <= MANY else 0


def with_points(experiment: Experiment, count: int) -> Experiment:
    """The experiment with another number of generated points."""
    source: Dataset = replace(experiment.data.source, count=count)
    return replace(experiment, data=replace(experiment.data, source=source))


def columns(experiment: Experiment) -> tuple[Column, ...]:
    """The hidden layers of neurons."""
    hidden = experiment.model.hidden_layers
    return tuple(x for x in hidden if isinstance(x, Column) and not isinstance(x, Answering))


def with_dropout(experiment: Experiment) -> Experiment:
    """The experiment with half of every wide hidden layer silent by chance while it learns."""
    for column in columns(experiment):
        if column.units >= WIDE:
            place = 1 + next(k for k, x in enumerate(experiment.model.layers) if x.id == column.id)
            experiment = edits.add_layer(experiment, place, Dropout(id=experiment.model.fresh_id("dropout")))
    return experiment


def with_loss(experiment: Experiment, loss: Loss) -> Experiment:
    """The experiment with another loss for all outputs; output activations follow where the parts are fitted."""
    return replace(experiment, training=replace(experiment.training, loss=loss))


def cross_entropy(experiment: Experiment) -> Loss | None:
    """The loss that is computed with the output's activation, so that no flat end hides an error; None if none is."""
    kind, key = task(experiment), experiment.model.output.activation.key
    serving = [e.kind for e in Loss.registry if kind in e.kind.tasks and e.kind.fused_with]
    own = next((k for k in serving if k.fused_with == key), None)
    made = own or (serving[0] if serving else None)
    return made() if made is not None else None


def with_normalised_inputs(experiment: Experiment) -> Experiment:
    """The experiment with a layer right behind the inputs that brings each to mean 0 and spread 1."""
    return edits.add_layer(experiment, 0, BatchNorm(id=experiment.model.fresh_id("norm")))


def unfrozen(experiment: Experiment) -> Experiment:
    """The experiment with all numbers free to learn."""
    return holding.learn_all(experiment)


def hidden_names(experiment: Experiment) -> tuple[str, ...]:
    """The hidden layers that have an activation of their own."""
    layers = experiment.model.hidden_layers
    return tuple(x.id for x in layers if hasattr(x, "activation") and not isinstance(x, Answering))
