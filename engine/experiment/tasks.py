"""What is asked of the networks of an experiment: the task, what its outputs answer and who judges them."""

from __future__ import annotations

from typing import NamedTuple

from engine.experiment.tree import Experiment, plane
from engine.layers import Layer
from engine.layers.output import Answering, Output
from engine.losses import Loss, Task
from engine.regularisers import Setting
from engine.summing import Summing

TASK_NAMES: dict[Task, str] = {
    "binary": "two classes",
    "classes": "several classes",
    "regression": "a value to predict",
    "unsupervised": "learning without a teacher",
}


def task(experiment: Experiment) -> Task:
    """What is learned: without a teacher if the loss is such a rule; else classes or a value, as the data has them."""
    if "unsupervised" in experiment.training.loss.tasks:
        return "unsupervised"
    classes = len(experiment.data.source.class_names)
    return "regression" if classes == 0 else "binary" if classes <= 2 else "classes"


def classifies(experiment: Experiment) -> bool:
    """Whether classes are told apart, so that an answer is right or wrong."""
    return task(experiment) in ("binary", "classes")


def outputs(experiment: Experiment) -> int:
    """The number of output neurons the task needs: one for two classes or a value, k for k classes.

    Without a teacher as many as there are.
    """
    kind = task(experiment)
    if kind == "unsupervised":
        return experiment.model.output.units
    return len(experiment.data.source.class_names) if kind == "classes" else 1


def answer_names(experiment: Experiment) -> tuple[str, ...]:
    """What the output tells apart: the classes, or the neurons that compete; nothing where it says values."""
    if task(experiment) != "unsupervised":
        return experiment.data.source.class_names
    output = experiment.model.output
    return tuple(f"prototype {k + 1}" for k in range(output.units)) if output.activation.answer == "winner" else ()


def setting(experiment: Experiment) -> Setting:
    """What regularisers have to fit."""
    data, answer = experiment.data, experiment.model.output.activation.answer
    across_up = [data.source.columns.index(name) for name in plane(data)] if data.source.axes is None else []
    pair = tuple(across_up) if len(set(across_up)) > 1 else ()
    picture = tuple(axis.size for axis in data.source.axes or ())
    return Setting(task(experiment), answer, pair, experiment.training.optimiser.needs_loss, picture)


class Head(NamedTuple):
    """A layer that is compared with targets: its place, what it answers, the loss that judges it, its width."""

    place: int
    layer: Answering
    task: Task
    loss: Loss
    units: int


def heads(experiment: Experiment) -> tuple[Head, ...]:
    """The auxiliary outputs and the output."""
    kind, loss = task(experiment), experiment.training.loss
    return tuple(
        Head(k, x, "regression" if x.goal else kind, x.judged(loss), 1 if x.goal else outputs(experiment))
        for k, x in enumerate(experiment.model.layers)
        if isinstance(x, Answering)
    )


def output_of(summing: Summing | None) -> type[Output]:
    """The kind of output whose z comes about like this, the plain one first and where any will do."""
    kinds = [e.kind for e in Layer.registry if issubclass(e.kind, Output)]
    return next(k for k in kinds if summing in (None, k.summing))
