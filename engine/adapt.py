"""After an edit: the fewest further changes that make the parts of an experiment fit together again.

The output follows the task: one neuron for two classes or a value, k for k classes; output activation and loss move to
the nearest valid pair. Each change made is told in a sentence.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from engine import features
from engine.activations import Activation
from engine.experiment import (
    TASK_NAMES,
    Data,
    Experiment,
    Training,
    input_shape,
    nodes,
    output_of,
    outputs,
    setting,
    task,
)
from engine.layers import Layer, Neurons
from engine.layers.output import Auxiliary, Output
from engine.layers.reforming import Flatten
from engine.losses import Loss, Task
from engine.network import INPUT, Network
from engine.optimisers import Optimiser
from engine.registry import key_of
from engine.regularisers import Regulariser
from engine.shapes import Shape
from engine.ties import Own

FEW: Final = 3
"""So many neurons compete where nobody said how many."""


def adapt(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """Return an experiment whose parts fit, and a sentence for each change that was needed."""
    told: list[str] = []
    experiment = replace(experiment, data=_data(experiment.data, told))
    kind = task(experiment)
    experiment = _serving(experiment, kind, told)
    wanted = _wanted(experiment)
    loss = _loss(experiment.training.loss, kind, (experiment.model.output.units > 1) != (wanted > 1), told)
    judged = experiment.model.output.judged(loss)
    if judged is not loss:
        told.append(f"The loss is now {Loss.registry.title(judged).lower()}, to fit the output.")
        loss = judged
    output = _output(experiment.model.output, loss, kind, wanted, told)
    others = tuple(_auxiliary(x, loss, experiment, told) for x in experiment.model.layers[:-1])
    layers = _fitting(_untied((*others, output), told), input_shape(experiment.data), told)
    model = replace(experiment.model, layers=layers)
    training = _training(replace(experiment.training, loss=loss), told)
    experiment = replace(experiment, model=model, training=training)
    fitting = _regularisers(experiment, told)
    if fitting != experiment.training.regularisers:
        experiment = replace(experiment, training=replace(experiment.training, regularisers=fitting))
    kept = _frozen(model, experiment)
    return replace(experiment, model=replace(model, frozen=kept)), tuple(told)


def _wanted(experiment: Experiment) -> int:
    """The number of output neurons; those that compete are more than one."""
    few = experiment.model.output.units < experiment.training.loss.least_units
    return FEW if few else outputs(experiment)


def _fitting(layers: tuple[Layer, ...], inputs: Shape, told: list[str]) -> tuple[Layer, ...]:
    """Pictures are flattened before a layer that reads units; with data of units, what works on pictures goes."""
    shapes, gone, kept = {INPUT: inputs}, dict[str, str](), list[Layer]()
    ids, before = {INPUT, *(x.id for x in layers)}, INPUT
    for layer in layers:
        sources = tuple(gone.get(s, s) for s in layer.inputs)
        reads = sources or (before,)
        if not all(s in shapes for s in reads):  # a wrong wiring, which the check will name
            return layers
        places = len(shapes[reads[0]]) > 1
        idle = isinstance(layer, Flatten) and not places
        if idle or (layer.reads == "pictures" and not places and len(inputs) == 1):
            told.append(f"Layer “{layer.id}” is gone: it {'has nothing to flatten' if idle else 'works on pictures'}.")
            gone[layer.id] = reads[0]
            continue
        if layer.reads == "units" and places:
            flat = Flatten(id=next(n for k in range(1, len(ids) + 2) if (n := f"flat{k}") not in ids), inputs=sources)
            told.append(f"What “{layer.id}” reads is flattened now.")
            kept.append(flat)
            shapes[flat.id] = flat.shape((shapes[reads[0]],))
            ids.add(flat.id)
            reads, sources = (flat.id,), (flat.id,) if sources else ()
        kept.append(layer if sources == layer.inputs else replace(layer, inputs=sources))
        shapes[layer.id] = layer.shape(tuple(shapes[s] for s in reads))
        if not isinstance(layer, Auxiliary):
            before = layer.id
    return tuple(kept)


def _untied(layers: tuple[Layer, ...], told: list[str]) -> tuple[Layer, ...]:
    """A layer whose weights were those of a layer that is gone has its own."""
    ids, found = {x.id for x in layers}, []
    for layer in layers:
        tie = layer.weights.tie() if isinstance(layer, Neurons) else None
        owner = tie.owner.rpartition(".")[0] if tie else ""
        if isinstance(layer, Neurons) and owner and owner not in ids:
            told.append(f"Layer “{layer.id}” has weights of its own now: “{owner}” is gone.")
            layer = replace(layer, weights=Own())
        found.append(layer)
    return tuple(found)


def _data(data: Data, told: list[str]) -> Data:
    columns = data.source.columns
    if data.source.axes is not None:
        return replace(data, features=(), plane=(), held={})
    offered = features.available(columns)
    kept = tuple(f for f in data.features if f in offered)
    # Derived inputs alone would hide the columns of data that came in from elsewhere.
    if not kept or (len(kept) < len(data.features) and not any(f in columns for f in kept)):
        kept = columns
    if kept != data.features:
        told.append(f"The inputs are now {', '.join(kept[:6])}{' …' if len(kept) > 6 else ''}, as the data has them.")
    plane = data.plane if all(c in columns for c in data.plane) else ()
    held = {name: value for name, value in data.held.items() if name in columns}
    return replace(data, features=kept, plane=plane, held=held)


def _loss(loss: Loss, kind: Task, other_task: bool, told: list[str]) -> Loss:
    """The same loss where it serves; for another task the one of its family that was made for it."""
    family = [e.kind for e in Loss.registry if loss.family and e.kind.family == loss.family and kind in e.kind.tasks]
    natural = next((k for k in family if kind == next(iter(k.tasks))), None)
    if kind in loss.tasks and not (other_task and natural):
        return loss
    serving = [e.kind for e in Loss.registry if kind in e.kind.tasks]
    nearest = natural or (family or serving)[0]
    if nearest is type(loss):
        return loss
    told.append(f"The loss is now {Loss.registry.title(nearest()).lower()}, to fit {TASK_NAMES[kind]}.")
    return nearest()


def _training(training: Training, told: list[str]) -> Training:
    """All samples in a batch where the optimiser needs them, or where the loss needs more than there are in it."""
    if training.optimiser.needs_loss and training.batch:
        told.append(f"The batch is all samples, as {Optimiser.registry.title(training.optimiser)} needs them.")
        return replace(training, batch=0)
    if 0 < training.batch < training.loss.least_batch:
        told.append(f"The batch is all samples, as {Loss.registry.title(training.loss)} needs several.")
        return replace(training, batch=0)
    return training


def _output(output: Output, loss: Loss, kind: Task, wanted: int, told: list[str]) -> Output:
    allowed = loss.outputs(kind)
    if loss.of not in (None, output.summing):
        output = _of_kind(output, output_of(loss.of), "the loss", told)
    if output.activation.key not in allowed:
        entry = Activation.registry[allowed[0]]
        output = replace(output, activation=entry.kind())
        told.append(f"The output activation is now {entry.title.lower()}, to fit the loss.")
    if output.units != wanted:
        told.append(f"The output has {wanted} neuron{'s' if wanted > 1 else ''} now.")
        output = replace(output, units=wanted, unit_ids=_output_ids(output.ids, wanted))
    return output


def _serving(experiment: Experiment, kind: Task, told: list[str]) -> Experiment:
    """The output that the loss needs, or the plain one, where the one there is can't answer the task."""
    model, output = experiment.model, experiment.model.output
    if kind in output.serves:
        return experiment
    serving = _of_kind(output, output_of(experiment.training.loss.of), TASK_NAMES[kind], told)
    return replace(experiment, model=replace(model, layers=(*model.layers[:-1], serving)))


def _of_kind(output: Output, made: type[Output], why: str, told: list[str]) -> Output:
    """An output of another kind, which is the same otherwise."""
    told.append(f"The output is now {Layer.registry[key_of(made)].title.lower()}, to fit {why}.")
    same = {name: getattr(output, name) for name in ("id", "inputs", "units", "unit_ids", "activation", "frozen")}
    return made(**same)


def _auxiliary(layer: Layer, loss: Loss, experiment: Experiment, told: list[str]) -> Layer:
    """An auxiliary output follows the task as the output does; one whose value is gone gives the answer."""
    if not isinstance(layer, Auxiliary):
        return layer
    if layer.goal and layer.goal not in features.available(experiment.data.source.columns):
        told.append(f"The auxiliary output “{layer.id}” gives the answer now: the data has no “{layer.goal}”.")
        layer = replace(layer, target="")
    kind: Task = "regression" if layer.goal else task(experiment)
    units = 1 if layer.goal else outputs(experiment)
    allowed = layer.judged(loss).outputs(kind)
    if layer.activation.key not in allowed:
        layer = replace(layer, activation=Activation.registry[allowed[0]].kind())
    return layer if layer.units == units else replace(layer, units=units, unit_ids=())


def _regularisers(experiment: Experiment, told: list[str]) -> tuple[Regulariser, ...]:
    kept = []
    for regulariser in experiment.training.regularisers:
        if wanting := regulariser.unfit(setting(experiment)):
            title = Regulariser.registry.title(regulariser)
            told.append(f"{title} was taken out: it needs {wanting}.")
        else:
            kept.append(regulariser)
    return tuple(kept)


def _output_ids(ids: tuple[int, ...], wanted: int) -> tuple[int, ...]:
    # A single output neuron speaks for class 2 of two: it keeps that place when the output widens or narrows.
    if len(ids) == 1:
        fresh = range(max(ids) + 1, max(ids) + wanted)
        return (fresh[0], ids[0], *fresh[1:])
    if wanted == 1:
        return (ids[1],)
    return (*ids[:wanted], *range(max(ids) + 1, max(ids) + 1 + wanted - len(ids)))


def _frozen(model: Network, experiment: Experiment) -> tuple[tuple[str, ...], ...]:
    if not model.frozen:
        return ()
    labels = {f"{n.layer.id}.{p.name}": p.labels for n in nodes(experiment) for p in n.parameters}

    def known(name: str, *places: str) -> bool:
        axes = labels.get(name, ())
        return len(places) == len(axes) and all(x in axis for x, axis in zip(places, axes, strict=True))

    return tuple(f for f in model.frozen if known(*f))
