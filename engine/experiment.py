"""An experiment is a value: a frozen tree of data, model, training, seeds and notes. An edit makes a new value."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from engine import features
from engine.arrays import Array, ArrayReader, encode_array
from engine.datasets import AnyDataset
from engine.datasets.base import LEAST_SHARE
from engine.errors import ExperimentError, LearnscopeError
from engine.fields import choice, count, finite, hidden, listing, number, text
from engine.layers import Layer
from engine.layers.output import Answering, Output
from engine.losses import AnyLoss, Loss, Measure, Task
from engine.network import INPUT, Network, Node, resolve
from engine.optimisers import AnyOptimiser
from engine.penalties import AnyPenalty, NoPenalty
from engine.registry import key_of, nearest
from engine.regularisers import AnyRegulariser, Setting
from engine.schedules import AnySchedule, Constant
from engine.shapes import Axis, Shape
from engine.wording import sentence

BATCHES = (1, 5, 10, 20, 30, 50, 100, 200, 0)

Order = Literal["shuffled", "given"]
Seed = Annotated[int, count("seed", "start of a random stream", low=0, high=2**31 - 1)]


class Data(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The samples and what the network sees of them.

    `plane` are the two columns shown as x1 and x2 (one column twice for a task of one dimension); every other column
    stands at its mean unless `held` says where.
    """

    source: Annotated[AnyDataset, choice("data", "where the samples come from")]
    features: Annotated[tuple[str, ...], listing("inputs", "what the network sees of a sample", longest=4096)] = (
        "x1",
        "x2",
    )
    share: Annotated[
        float,
        number("train share", "per cent of the samples that are learned from", low=LEAST_SHARE, high=100, unit="%"),
    ] = 50.0
    plane: Annotated[tuple[str, ...], listing("plane", "the columns shown across and up", longest=2)] = ()
    held: Annotated[dict[str, float], hidden("held", "where columns outside the plane stand")] = msgspec.field(
        default_factory=dict
    )


class Model(Network, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One or more networks: the main one is spelled out here, further ones stand under their names."""

    networks: Annotated[dict[str, Network], hidden("networks", "further networks by name")] = msgspec.field(
        default_factory=dict
    )


class Training(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the main network learns; settings of further networks stand under their names."""

    loss: Annotated[AnyLoss, choice("loss", "what learning makes small")]
    optimiser: Annotated[AnyOptimiser, choice("optimiser", "how gradients become steps")]
    batch: Annotated[
        int,
        count(
            "batch",
            "samples in a step; 0 means all of them",
            low=0,
            high=1_000_000,
            log=True,
            choices=BATCHES,
            zero="all",
        ),
    ] = 10
    order: Annotated[
        Order, choice("order", "shuffled: anew in every epoch; given: as the data has them, the same in every epoch")
    ] = "shuffled"
    penalty: Annotated[AnyPenalty, choice("penalty", "what large weights cost")] = NoPenalty()
    schedule: Annotated[AnySchedule, choice("schedule", "how the rate moves with the steps")] = Constant()
    regularisers: Annotated[
        tuple[AnyRegulariser, ...], listing("regularisation", "what is done to a step besides", longest=32)
    ] = ()
    networks: Annotated[dict[str, Training], hidden("networks", "settings of further networks by name")] = (
        msgspec.field(default_factory=dict)
    )


class Seeds(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The three visible seeds from which every random number follows."""

    data: Seed = 0
    weights: Seed = 0
    training: Seed = 0


class Experiment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides a run."""

    name: Annotated[str, text("name", "what the experiment is called", longest=200)] = "untitled"
    notes: Annotated[str, text("notes", "what to look for", longest=100_000)] = ""
    machine: Annotated[str, text("machine", "the kind of experiment", longest=100)] = "supervised"
    data: Data
    model: Model
    training: Training
    seeds: Seeds = Seeds()

    @property
    def sentence(self) -> str:
        """The first line of the notes."""
        return self.notes.partition("\n")[0]


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


def plane(data: Data) -> tuple[str, str]:
    """The two columns of the plane; the first two of the data unless chosen, one column twice where there is one.

    Pictures have no plane.
    """
    if data.source.axes is not None:
        raise ExperimentError("pictures have no plane of two inputs", "data.plane")
    across, up = (*data.plane, *data.source.columns, *data.source.columns)[:2] if not data.plane else data.plane[:2]
    return across, up


def setting(experiment: Experiment) -> Setting:
    """What regularisers have to fit."""
    data, answer = experiment.data, experiment.model.output.activation.answer
    across_up = [data.source.columns.index(name) for name in plane(data)] if data.source.axes is None else []
    pair = tuple(across_up) if len(set(across_up)) > 1 else ()
    picture = tuple(axis.size for axis in data.source.axes or ())
    return Setting(task(experiment), answer, pair, experiment.training.optimiser.needs_loss, picture)


_resolved: deque[tuple[Network, Shape, tuple[Node, ...]]] = deque(maxlen=8)
"""Networks are values: what one resolves to is always the same, and every part of an edit asks for it."""


def nodes(experiment: Experiment) -> tuple[Node, ...]:
    """The main network, resolved for the experiment's inputs; of the latest experiments it is remembered."""
    model, shape = experiment.model, input_shape(experiment.data)
    for known, inputs, found in tuple(_resolved):
        if known is model and inputs == shape:
            return found
    found = resolve(model, shape)
    _resolved.append((model, shape, found))
    return found


def input_shape(data: Data) -> Shape:
    """The axes of what the network sees of a sample: a picture, or the chosen features."""
    return data.source.axes or (Axis("feature", tuple(f"{INPUT}/{f}" for f in data.features)),)


def decode(tree: Any, arrays: ArrayReader | None = None) -> Experiment:
    """Turn builtins (from JSON, a form or the command line) into a checked experiment."""
    return check(convert(tree, Experiment, arrays or ArrayReader(), ""))


def encode(experiment: Experiment) -> Any:
    """Turn an experiment into builtins; arrays become their digests."""
    return msgspec.to_builtins(experiment, enc_hook=encode_array)


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
    if loss.of not in (None, output.measure):
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


def output_of(measure: Measure | None) -> type[Output]:
    """The kind of output whose neurons take such a measure, the plain one first."""
    kinds = [e.kind for e in Layer.registry if issubclass(e.kind, Output)]
    return next(k for k in kinds if measure in (None, k.measure))


def _title_of(measure: Measure | None) -> str:
    return f"“{key_of(output_of(measure))}”"


TASK_NAMES: dict[Task, str] = {
    "binary": "two classes",
    "classes": "several classes",
    "regression": "a value to predict",
    "unsupervised": "learning without a teacher",
}


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


def arrays(value: Any) -> dict[str, Array]:
    """Collect the arrays inside a tree of declarations by digest."""
    if isinstance(value, Array):
        return {value.digest: value}
    if isinstance(value, Struct):
        return arrays([getattr(value, f) for f in value.__struct_fields__])
    if isinstance(value, dict):
        return arrays(list(value.values()))
    found: dict[str, Array] = {}
    if isinstance(value, list | tuple):
        for item in value:
            found.update(arrays(item))
    return found


def convert(value: Any, kind: Any, hook: ArrayReader, path: str) -> Any:
    """Convert builtins to a declared type; the one door through which values enter an experiment."""
    if not finite(value):
        raise ExperimentError(f"{path or 'the experiment'} holds a number that is not finite; give a finite one", path)
    try:
        return msgspec.convert(value, kind, dec_hook=hook)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        message = str(cause) if isinstance(cause, LearnscopeError) else sentence(error, path, value)
        raise ExperimentError(message, path) from error
