"""Edits of a network as pure functions: an experiment in, an experiment whose parts fit out.

Layers and neurons keep their ids, so learned numbers follow them. Wiring stays valid: what read a removed layer reads
what that layer read; a new layer stands in the connection it was put on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from engine import features
from engine.adapt import adapt
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, input_shape, nodes, refuse_task, task
from engine.layers import Answering, Column, Layer, Shape
from engine.layers.base import GROUPS
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.network import INPUT, Network
from engine.registry import Entry, nearest
from engine.shapes import spoken
from engine.ties import Own
from engine.wiring import Wiring, bridge, made_of, ordered, splice, wired, wiring_of

NEW_UNITS: Final = 4
MOST_UNITS: Final = 4096
MOST_LAYERS: Final = 256


def add_layer(
    experiment: Experiment, place: int, layer: Layer | None = None, *, kind: str = "", source: str = ""
) -> Experiment:
    """Put a layer at `place` (0 is right behind the inputs), on the connection from `source` to the layer there.

    Unless given it is of this kind, or like its neighbour on the left. One that joins others reads the layer before it
    and the nearest earlier one that fits, so that it works at once.
    """
    model, layers = experiment.model, experiment.model.layers
    place = max(0, min(place, len(layers) - 1))
    if len(layers) >= MOST_LAYERS:
        raise ExperimentError(f"a network has at most {MOST_LAYERS} layers; remove one first", "model.layers")
    before = source or next((x.id for x in reversed(layers[:place]) if not isinstance(x, Answering)), INPUT)
    fresh = layer or _fresh(model, kind, before)
    if not layer and isinstance(fresh, Column) and not isinstance(fresh, Answering) and layers[place].sign:
        # What is joined with others must stay as wide as it was.
        fresh = replace(fresh, units=_shapes(experiment)[before][0].size)
    if fresh.reads == "pictures" and len(_shapes(experiment)[before]) == 1:
        raise ExperimentError(
            f"“{Layer.registry.title(fresh).lower()}” works on pictures, but “{before}” makes "
            f"{spoken(_shapes(experiment)[before])}; put it where there are pictures",
            "model.layers",
        )
    wiring = wiring_of(model)
    if source and source not in wiring[layers[place].id]:
        raise ExperimentError(f"“{layers[place].id}” does not read “{source}”; choose another place", "model.layers")
    if isinstance(fresh, Answering):
        # No layer reads an output: it stands beside the connection.
        wiring[fresh.id] = (before,)
    else:
        splice(wiring, [x.id for x in layers], fresh.id, place, before)
    if fresh.sign:
        wiring[fresh.id] = _partners(experiment, fresh, before)
    return _fitted(experiment, (*layers[:place], fresh, *layers[place:]), wiring)


def add_layers(experiment: Experiment, place: int, group: Sequence[Layer], *, source: str) -> Experiment:
    """Put a group of layers, each of which says what it reads, at `place` as one edit.

    What read the `source` reads the last of the group instead.
    """
    model, layers = experiment.model, experiment.model.layers
    place = max(0, min(place, len(layers) - 1))
    if len(layers) + len(group) > MOST_LAYERS:
        raise ExperimentError(f"a network has at most {MOST_LAYERS} layers; remove some first", "model.layers")
    wiring = wiring_of(model)
    splice(wiring, [x.id for x in layers], group[-1].id, place, source)
    wiring |= {x.id: x.inputs for x in group}
    return check(_fitted(experiment, (*layers[:place], *group, *layers[place:]), wiring))


def remove_layer(experiment: Experiment, id: str) -> Experiment:  # noqa: A002 - the field's own name
    """Take a hidden layer out; its readers read what it read, or the first of that where they can read one only."""
    layer = _hidden(experiment.model, id)
    wiring = wiring_of(experiment.model)
    bridge(experiment.model, wiring, id)
    return _fitted(experiment, tuple(x for x in experiment.model.layers if x is not layer), wiring)


def move_layer(experiment: Experiment, id: str, place: int, source: str = "") -> Experiment:  # noqa: A002
    """Take a hidden layer to another place among the other hidden layers (0 is right behind the inputs).

    Given a `source`, it goes on the connection from there to the layer at that place.
    """
    layer = _hidden(experiment.model, id)
    rest = [x for x in experiment.model.layers if x is not layer]
    place = max(0, min(place, len(rest) - 1))
    if experiment.model.layers[place] is layer and not source:
        return experiment
    wiring = wiring_of(experiment.model)
    bridge(experiment.model, wiring, id)
    splice(wiring, [x.id for x in rest], id, place, source)
    return _fitted(experiment, (*rest[:place], layer, *rest[place:]), wiring)


def change_kind(experiment: Experiment, id: str, kind: str) -> Experiment:  # noqa: A002
    """Let a layer be of another kind; its id, wiring and whatever fields both kinds have stay."""
    layer = experiment.model.layer(id)
    possible = alternatives(layer)
    if kind not in {e.key for e in possible}:
        raise ExperimentError(f"“{id}” can't become “{kind}”; {nearest(kind, [e.key for e in possible])}", "model")
    fresh = _as_kind(layer, Layer.registry[kind].kind)
    if isinstance(fresh, Answering):
        refuse_task(fresh, task(experiment))
    layers = tuple(fresh if x is layer else x for x in experiment.model.layers)
    return check(adapt(replace(experiment, model=replace(experiment.model, layers=layers)))[0])


def alternatives(layer: Layer) -> tuple[Entry[Layer], ...]:
    """The kinds that can take the place of a layer, its own among them: those with as many inputs, and units alike."""
    if isinstance(layer, Output):
        return tuple(e for e in Layer.registry if issubclass(e.kind, Output))

    def form(kind: type[Layer]) -> tuple[bool, ...]:
        return issubclass(kind, Column), issubclass(kind, Answering), bool(kind.sign), kind.reads == "pictures"

    return tuple(e for e in offered() if form(e.kind) == form(type(layer)))


def offered(experiment: Experiment | None = None) -> tuple[Entry[Layer], ...]:
    """The kinds that can be put between other layers, group by group; of an experiment those that its data can use."""
    flat = experiment is not None and experiment.data.source.axes is None
    kinds = (e for e in Layer.registry if e.kind.group and not (flat and e.kind.reads == "pictures"))
    return tuple(sorted(kinds, key=lambda e: GROUPS.index(e.kind.group)))


def connect(experiment: Experiment, source: str, target: str) -> Experiment:
    """Let a layer read another: one that joins reads it besides, any other reads it instead of what it read."""
    model = experiment.model
    wiring = wiring_of(model)
    if target == INPUT:
        raise ExperimentError(f"the inputs read the data; they can't read “{source}”", "model.layers")
    if source != INPUT and isinstance(model.layer(source), Answering):
        raise ExperimentError(f"“{source}” is an output; “{target}” can't read it, but what that one reads", "model")
    if source in wiring[target]:
        raise ExperimentError(f"“{target}” reads “{source}” already", "model.layers")
    if source == target:
        raise ExperimentError(f"“{target}” can't read itself; choose a layer before it", "model.layers")
    if target in made_of(wiring, source):
        raise ExperimentError(
            f"“{target}” can't read “{source}”, which is itself made from “{target}”; choose a layer before it", "model"
        )
    wiring[target] = (*wiring[target], source) if model.layer(target).sign else (source,)
    return check(_fitted(experiment, ordered(model.layers, wiring), wiring))


def disconnect(experiment: Experiment, source: str, target: str) -> Experiment:
    """Let a layer read another no more; what is left must still be something."""
    wiring = wiring_of(experiment.model)
    left = tuple(s for s in wiring[target] if s != source)
    if not left:
        raise ExperimentError(
            f"“{target}” reads only “{source}”; connect it to another layer instead, or remove it", "model.layers"
        )
    wiring[target] = left
    return check(_fitted(experiment, experiment.model.layers, wiring))


def made_from(model: Network, id: str) -> frozenset[str]:  # noqa: A002
    """The layers that are made from this one, through others too, and it itself: it can read none of them."""
    wiring = wiring_of(model)
    return frozenset({id, *(x for x in wiring if id in made_of(wiring, x))})


def add_unit(experiment: Experiment, layer: str, place: int | None = None) -> Experiment:
    """Add a neuron to a layer, at the bottom unless `place` says where; its id was never used in this layer.

    The layers it is added to or multiplied with get one at the same place.
    """
    column = _free_column(experiment, layer)
    if column.units >= MOST_UNITS:
        raise ExperimentError(f"layer “{layer}” has {MOST_UNITS} neurons, which is the most", f"{layer}.units")
    at = column.units if place is None else place
    return _with_ids(
        experiment, {x.id: (*x.ids[:at], max(x.ids) + 1, *x.ids[at:]) for x in _as_wide(experiment, column)}
    )


def remove_unit(experiment: Experiment, layer: str, unit: str = "") -> Experiment:
    """Remove the neuron with this label (`h1/0`) from a layer; the last one when none is named.

    The layers it is added to or multiplied with lose theirs at the same place.
    """
    column = _free_column(experiment, layer)
    least = experiment.training.loss.least_units if column is experiment.model.output else 1
    if column.units <= least:
        few = "two neurons, the fewest that compete" if least > 1 else "a single neuron; remove the layer instead"
        raise ExperimentError(f"layer “{layer}” has {few}", f"{layer}.units")
    at = column.ids.index(_unit_id(column, unit)) if unit else column.units - 1
    return _with_ids(experiment, {x.id: (*x.ids[:at], *x.ids[at + 1 :]) for x in _as_wide(experiment, column)})


def move_unit(experiment: Experiment, layer: str, unit: str, place: int) -> Experiment:
    """Take a neuron to another place in its layer, counted from the top; what it computes stays the same."""
    column = _free_column(experiment, layer)
    moved = _unit_id(column, unit)
    ids = [k for k in column.ids if k != moved]
    ids.insert(max(0, min(place, len(ids))), moved)
    return _with_ids(experiment, {layer: tuple(ids)})


def set_feature(experiment: Experiment, key: str, on: bool) -> Experiment:
    """Switch an input on or off; inputs stand in the order in which the data offers them."""
    data = experiment.data
    offered = features.available(data.source.columns)
    wanted = {*data.features, key} if on else {*data.features} - {key}
    if not wanted:
        raise ExperimentError("the network needs at least one input; switch another one on first", "data.features")
    kept = tuple(sorted(wanted, key=lambda k: (offered.index(k) if k in offered else len(offered), k)))
    features.check(kept, data.source.columns)
    return adapt(replace(experiment, data=replace(data, features=kept)))[0]


def _fresh(model: Network, kind: str, before: str) -> Layer:
    """A layer of a kind with an id of its own; a column of neurons is like the last one before it."""
    if not kind:
        return _like_neighbour(model, before)
    made = Layer.registry[kind].kind
    if not made.group:
        raise ExperimentError(f"“{kind}” can't stand between layers; {nearest(kind, [e.key for e in offered()])}")
    if issubclass(made, Column) and not issubclass(made, Answering):
        return _as_kind(_like_neighbour(model, before), made)
    return made(id=model.fresh_id(kind))


def _like_neighbour(model: Network, before: str) -> Layer:
    id_ = model.fresh_id()
    columns = [x for x in model.hidden_layers if isinstance(x, Column) and not isinstance(x, Answering)]
    reached = {before} | made_of(wiring_of(model), before)
    left = next((x for x in reversed(columns) if x.id in reached), None)
    near = left or next(iter(columns), None)
    if near is None:
        return Dense(id=id_, units=NEW_UNITS)
    fresh = replace(near, id=id_, inputs=(), units=left.units if left else NEW_UNITS, unit_ids=(), frozen=False)
    return replace(fresh, weights=Own()) if isinstance(fresh, Dense) else fresh


def _as_kind(layer: Layer, kind: type[Layer]) -> Layer:
    """A layer of another kind with whatever fields both have."""
    common = set(layer.__struct_fields__) & set(kind.__struct_fields__)
    return kind(**{name: getattr(layer, name) for name in common})


def _shapes(experiment: Experiment) -> dict[str, Shape]:
    return {INPUT: input_shape(experiment.data)} | {n.layer.id: n.shape for n in nodes(experiment)}


def _partners(experiment: Experiment, fresh: Layer, before: str) -> tuple[str, ...]:
    """What a joining layer behind `before` reads: that, and the nearest earlier layer that fits and says other things.

    A dropout or a norm passes the units of another layer on: to join it with that one would join them with themselves.
    """
    shapes = _shapes(experiment)
    order = list(shapes)
    for other in reversed(order[: order.index(before)]):
        if shapes[other] == shapes[before]:
            continue
        both = replace(fresh, inputs=(before, other))
        try:
            both.shape((shapes[before], shapes[other]))
        except ExperimentError:
            continue
        return both.inputs
    units = shapes[before][0].size
    title = Layer.registry.title(fresh).lower()
    raise ExperimentError(
        f"no layer before “{before}” fits its {units} units, so there is nothing to {title}; give an earlier layer "
        f"{units} units, or choose a place further back",
        "model.layers",
    )


def _hidden(model: Network, id_: str) -> Layer:
    layer = model.layer(id_)
    if isinstance(layer, Output):
        raise ExperimentError("the output follows the data; it can't be moved or removed", "model.layers")
    return layer


def is_free(experiment: Experiment, layer: Layer) -> bool:
    """Whether neurons can be added to a layer and taken from it: a hidden column, or an output without a teacher."""
    untaught = layer is experiment.model.output and task(experiment) == "unsupervised"
    return isinstance(layer, Column) and (untaught or not isinstance(layer, Answering))


def _free_column(experiment: Experiment, id_: str) -> Column:
    layer = experiment.model.layer(id_)
    if isinstance(layer, Answering) and not is_free(experiment, layer):
        raise ExperimentError("the neurons of the output follow the classes of the data; change the data", "model")
    if not isinstance(layer, Column):
        raise ExperimentError(f"layer “{id_}” is no column of neurons; edit its own settings", "model.layers")
    return layer


def _unit_id(column: Column, unit: str) -> int:
    for k in column.ids:
        if unit == f"{column.id}/{k}":
            return k
    raise ExperimentError(f"layer “{column.id}” has no neuron “{unit}”; choose one of its own", "model.layers")


def _as_wide(experiment: Experiment, column: Column) -> tuple[Column, ...]:
    """A layer and those that must have as many neurons: what is added or multiplied with it, through norms and dropout.

    A layer that is no column and is as wide as all it reads passes their units on, so they are equally wide together.
    """
    resolved, shapes, together = nodes(experiment), _shapes(experiment), {column.id}
    links = [
        {n.layer.id, *n.sources}
        for n in resolved
        if not isinstance(n.layer, Column) and all(shapes[s][0].size == n.shape[0].size for s in n.sources)
    ]
    while any(found := [link for link in links if together & link and not link <= together]):
        together.update(*found)
    wide = (n.layer for n in resolved if n.layer.id in together)
    return tuple(x for x in wide if isinstance(x, Column) and (x is column or not isinstance(x, Answering)))


def _with_ids(experiment: Experiment, ids: Mapping[str, tuple[int, ...]]) -> Experiment:
    """The same with other neurons in some layers."""
    layers = tuple(
        replace(x, units=len(ids[x.id]), unit_ids=ids[x.id]) if isinstance(x, Column) and x.id in ids else x
        for x in experiment.model.layers
    )
    return adapt(replace(experiment, model=replace(experiment.model, layers=layers)))[0]


def _fitted(experiment: Experiment, layers: Sequence[Layer], wiring: Wiring) -> Experiment:
    """Write the wiring down, and fit the rest."""
    return adapt(replace(experiment, model=replace(experiment.model, layers=wired(layers, wiring))))[0]
