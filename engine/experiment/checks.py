"""Whether the parts of an experiment fit together; what does not is named, with what it needs and what to do."""

from __future__ import annotations

import numpy as np

from engine import features
from engine.errors import ExperimentError
from engine.experiment.tasks import TASK_NAMES, Head, heads, output_of, setting
from engine.experiment.tree import Experiment, nodes
from engine.layers.output import Answering, Output
from engine.losses import Loss, Task
from engine.network import Network, Node
from engine.registry import key_of, nearest
from engine.summing import Summing


def check(experiment: Experiment) -> Experiment:
    """Return the experiment if its parts fit together; else say which part does not, what it needs and what to do."""
    data, columns = experiment.data, experiment.data.source.columns
    if data.source.axes is None:
        features.check(data.features, columns)
    elif data.features:
        raise ExperimentError(
            f"the data are pictures, which have no inputs by name such as “{data.features[0]}”; leave the list empty",
            "data.features",
        )
    for where, names in (("data.plane", data.plane), ("data.held", tuple(data.held))):
        for name in names:
            if name not in columns:
                raise ExperimentError(f"the data has no column “{name}”; {nearest(name, columns)}", where)
    if len(data.plane) == 1:
        raise ExperimentError(f"the plane names only {data.plane[0]}; name two columns, across and up", "data.plane")
    _check_outputs(experiment)
    _check_batch(experiment)
    for k, regulariser in enumerate(experiment.training.regularisers):
        if wanting := regulariser.unfit(setting(experiment)):
            raise ExperimentError(
                f"“{regulariser.key}” needs {wanting}, which this experiment does not have; take it out",
                f"training.regularisers.{k}",
            )
    _check_labels(experiment.model, nodes(experiment))
    return experiment


def _check_outputs(experiment: Experiment) -> None:
    """Every output fits its task and its loss; there is one for the answer, the others are auxiliary."""
    last = len(experiment.model.layers) - 1
    experiment.model.output  # noqa: B018 - says that the last layer must be one
    for head in heads(experiment):
        if isinstance(head.layer, Output) and head.place != last:
            raise ExperimentError(
                f"“{head.layer.id}” and “{experiment.model.output.id}” are both outputs for the same targets; make "
                f"“{head.layer.id}” an auxiliary output",
                f"model.layers.{head.place}",
            )
        if head.layer.goal and head.layer.goal not in features.available(experiment.data.source.columns):
            raise ExperimentError(
                f"the auxiliary output “{head.layer.id}” predicts “{head.layer.goal}”, which the data has not; "
                f"{nearest(head.layer.goal, features.available(experiment.data.source.columns))}",
                f"model.layers.{head.place}.target",
            )
        _check_output(head)
    chosen, judging = experiment.training.loss, experiment.model.output.judged(experiment.training.loss)
    if judging is not chosen:
        raise ExperimentError(
            f"an output of the kind “{experiment.model.output.key}” is judged by the loss “{judging.key}” with its "
            f"usual settings, but the loss is “{chosen.key}”; choose “{judging.key}”, or make the output “output”",
            "training.loss",
        )


def refuse_task(output: Answering, kind: Task) -> None:
    """Raise where an output can't answer a task."""
    if kind not in output.serves:
        able = " or ".join(TASK_NAMES[k] for k in output.serves)
        raise ExperimentError(
            f"“{output.id}” is of the kind “{output.key}”, which is for {able}, but this is a task of another kind "
            f"({TASK_NAMES[kind]}); make it “output”",
            "model.layers",
        )


def _check_output(head: Head) -> None:
    place, output, kind, loss, wanted = f"model.layers.{head.place}", *head[1:]
    refuse_task(output, kind)
    name = "the output" if isinstance(output, Output) else f"the auxiliary output “{output.id}”"
    if loss.of not in (None, output.summing):
        advice = f"make it {_title_of(loss.of)}" if isinstance(output, Output) else "take it out"
        raise ExperimentError(
            f"the loss “{loss.key}” needs an output of the kind {_title_of(loss.of)}, but {name} is of the kind "
            f"“{output.key}”; {advice}, or choose another loss",
            place,
        )
    if output.units != wanted:
        raise ExperimentError(f"{name} has {output.units} neurons but the data needs {wanted}", f"{place}.units")
    if kind not in loss.tasks:
        raise ExperimentError(
            f"the loss “{loss.key}” does not serve this data ({TASK_NAMES[kind]}); {_losses_for(kind)}", "training.loss"
        )
    allowed = loss.outputs(kind)
    if output.activation.key not in allowed:
        raise ExperimentError(
            f"the loss “{loss.key}” can't be paired with the output activation “{output.activation.key}”; "
            f"choose {' or '.join(allowed)} at {name}",
            f"{place}.activation",
        )


def _check_batch(experiment: Experiment) -> None:
    batch, optimiser, loss = experiment.training.batch, experiment.training.optimiser, experiment.training.loss
    if 0 < batch < loss.least_batch:
        raise ExperimentError(
            f"the loss “{loss.key}” compares the samples of a batch, so it needs {loss.least_batch} or more, but the "
            f"batch is {batch}; choose a larger batch, or 0 (all)",
            "training.batch",
        )
    for layer in experiment.model.layers:
        if layer.whole_batch and batch == 1:
            raise ExperimentError(
                f"layer “{layer.id}” takes the mean and the spread of a batch, and a batch of 1 has no spread; choose "
                "a batch of 2 or more, or layer norm",
                "training.batch",
            )
    if optimiser.needs_loss and batch:
        raise ExperimentError(
            f"the optimiser “{optimiser.key}” needs all samples in every step, but the batch is {batch}; set the batch "
            "to 0 (all) or choose another optimiser",
            "training.batch",
        )


def _title_of(summing: Summing | None) -> str:
    return f"“{key_of(output_of(summing))}”"


def _losses_for(kind: Task) -> str:
    return "choose one of " + ", ".join(e.key for e in Loss.registry if kind in e.kind.tasks)


def _check_labels(model: Network, resolved: tuple[Node, ...]) -> None:
    known = {f"{n.layer.id}.{p.name}": p for n in resolved for p in n.parameters}
    for reference in model.frozen:
        parameter = known.get(reference[0]) if reference else None
        if parameter is None or len(reference) != 1 + len(parameter.axes):
            raise ExperimentError(f"there is no number {reference} to freeze; remove it", "model.frozen")
        for label, axis in zip(reference[1:], parameter.axes, strict=True):
            if label not in axis.labels:
                raise ExperimentError(f"{reference[0]} has no “{label}” to freeze; remove it", "model.frozen")
    for given in model.start:
        shape = tuple(len(a) for a in given.axes)
        if given.values.values.shape != shape or not np.isfinite(given.values.values).all():
            raise ExperimentError(f"the starting numbers of {given.name} do not fit their labels", "model.start")
