"""Edits of a network as pure functions: an experiment in, an experiment whose parts fit out.

Layers and neurons keep their ids, so learned numbers follow them. Wiring stays valid: what read a removed layer reads
what that layer read; a new layer stands in the connection it was put on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from engine import features
from engine.adapt import adapt
from engine.errors import ExperimentError
from engine.experiment import Experiment
from engine.layers import Answering, Column, Layer
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.network import INPUT, Network
from engine.ties import Own

NEW_UNITS: Final = 4
MOST_UNITS: Final = 4096
MOST_LAYERS: Final = 256

Wiring = dict[str, tuple[str, ...]]
"""What each layer reads, spelled out."""


def add_layer(experiment: Experiment, place: int, layer: Layer | None = None) -> Experiment:
    """Put a layer at `place` (0 is right behind the inputs); unless given, one like its neighbour on the left."""
    layers = experiment.model.layers
    place = max(0, min(place, len(layers) - 1))
    if len(layers) >= MOST_LAYERS:
        raise ExperimentError(f"a network has at most {MOST_LAYERS} layers; remove one first", "model.layers")
    fresh = layer or _like_neighbour(experiment.model, place)
    wiring = _wiring(experiment.model)
    _splice(wiring, [x.id for x in layers], fresh.id, place)
    return _fitted(experiment, (*layers[:place], fresh, *layers[place:]), wiring)


def remove_layer(experiment: Experiment, id: str) -> Experiment:  # noqa: A002 - the field's own name
    """Take a hidden layer out; its readers read what it read."""
    layer = _hidden(experiment.model, id)
    wiring = _wiring(experiment.model)
    _bridge(wiring, id)
    return _fitted(experiment, tuple(x for x in experiment.model.layers if x is not layer), wiring)


def move_layer(experiment: Experiment, id: str, place: int) -> Experiment:  # noqa: A002
    """Take a hidden layer to another place among the hidden layers (0 is right behind the inputs)."""
    layer = _hidden(experiment.model, id)
    rest = [x for x in experiment.model.layers if x is not layer]
    place = max(0, min(place, len(rest) - 1))
    if experiment.model.layers[place] is layer:
        return experiment
    wiring = _wiring(experiment.model)
    _bridge(wiring, id)
    _splice(wiring, [x.id for x in rest], id, place)
    return _fitted(experiment, (*rest[:place], layer, *rest[place:]), wiring)


def add_unit(experiment: Experiment, layer: str, place: int | None = None) -> Experiment:
    """Add a neuron to a layer, at the bottom unless `place` says where; its id was never used in this layer."""
    column = _free_column(experiment.model, layer)
    if column.units >= MOST_UNITS:
        raise ExperimentError(f"layer “{layer}” has {MOST_UNITS} neurons, which is the most", f"{layer}.units")
    ids = list(column.ids)
    ids.insert(len(ids) if place is None else place, max(ids) + 1)
    return _with_ids(experiment, column, ids)


def remove_unit(experiment: Experiment, layer: str, unit: str = "") -> Experiment:
    """Remove the neuron with this label (`h1/0`) from a layer; the last one when none is named."""
    column = _free_column(experiment.model, layer)
    if column.units == 1:
        raise ExperimentError(f"layer “{layer}” has a single neuron; remove the layer instead", f"{layer}.units")
    gone = _unit_id(column, unit) if unit else column.ids[-1]
    return _with_ids(experiment, column, [k for k in column.ids if k != gone])


def move_unit(experiment: Experiment, layer: str, unit: str, place: int) -> Experiment:
    """Take a neuron to another place in its layer, counted from the top; what it computes stays the same."""
    column = _free_column(experiment.model, layer)
    moved = _unit_id(column, unit)
    ids = [k for k in column.ids if k != moved]
    ids.insert(max(0, min(place, len(ids))), moved)
    return _with_ids(experiment, column, ids)


def set_frozen(experiment: Experiment, references: Sequence[tuple[str, ...]], frozen: bool) -> Experiment:
    """Hold numbers fast, or let them learn again; each is (parameter, label of each axis)."""
    model = experiment.model
    named = set(references)
    kept = tuple(r for r in model.frozen if r not in named)
    # The order is that of their freezing, so that freezing and letting go again is the same value as before.
    added = tuple(dict.fromkeys(r for r in references)) if frozen else ()
    return replace(experiment, model=replace(model, frozen=(*kept, *added)))


def incoming(layer: str, unit: str, sources: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The numbers that belong to a neuron, as `set_frozen` names them: its weights from `sources` and its bias."""
    weights = tuple((f"{layer}.weight", source, unit) for source in sources)
    return (*weights, (f"{layer}.bias", unit))


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


def _like_neighbour(model: Network, place: int) -> Layer:
    id_ = model.fresh_id()
    left = next((x for x in reversed(model.layers[:place]) if isinstance(x, Dense)), None)
    near = left or next((x for x in model.hidden_layers if isinstance(x, Dense)), None)
    if near is None:
        return Dense(id=id_, units=NEW_UNITS)
    return replace(near, id=id_, inputs=(), units=left.units if left else NEW_UNITS, unit_ids=(), weights=Own())


def _hidden(model: Network, id_: str) -> Layer:
    layer = model.layer(id_)
    if isinstance(layer, Output):
        raise ExperimentError("the output follows the data; it can't be moved or removed", "model.layers")
    return layer


def _free_column(model: Network, id_: str) -> Column:
    layer = model.layer(id_)
    if isinstance(layer, Answering):
        raise ExperimentError("the neurons of the output follow the classes of the data; change the data", "model")
    if not isinstance(layer, Column):
        raise ExperimentError(f"layer “{id_}” is no column of neurons; edit its own settings", "model.layers")
    return layer


def _unit_id(column: Column, unit: str) -> int:
    for k in column.ids:
        if unit == f"{column.id}/{k}":
            return k
    raise ExperimentError(f"layer “{column.id}” has no neuron “{unit}”; choose one of its own", "model.layers")


def _with_ids(experiment: Experiment, column: Column, ids: Sequence[int]) -> Experiment:
    changed = replace(column, units=len(ids), unit_ids=tuple(ids))
    layers = tuple(changed if x is column else x for x in experiment.model.layers)
    return adapt(replace(experiment, model=replace(experiment.model, layers=layers)))[0]


def _wiring(model: Network) -> Wiring:
    before, wiring = INPUT, {}
    for layer in model.layers:
        wiring[layer.id] = layer.inputs or (before,)
        before = layer.id
    return wiring


def _bridge(wiring: Wiring, gone: str) -> None:
    """Let the readers of a layer read what it reads."""
    through = wiring.pop(gone)
    for id_, sources in wiring.items():
        if gone in sources:
            put = [s for source in sources for s in (through if source == gone else (source,))]
            wiring[id_] = tuple(dict.fromkeys(put))


def _splice(wiring: Wiring, order: Sequence[str], fresh: str, place: int) -> None:
    """Put a layer on the connection between its neighbours; on all those of its left one if they aren't connected."""
    left, right = (INPUT if place == 0 else order[place - 1]), order[place]
    readers = [right] if left in wiring[right] else [x for x in order[place:] if left in wiring[x]]
    for reader in readers:
        wiring[reader] = tuple(fresh if s == left else s for s in wiring[reader])
    wiring[fresh] = (left,)


def _fitted(experiment: Experiment, layers: Sequence[Layer], wiring: Wiring) -> Experiment:
    """Write the wiring down, as briefly as it goes, and fit the rest."""
    before, wired = INPUT, []
    for layer in layers:
        wanted = wiring[layer.id]
        if (layer.inputs or (before,)) != wanted:
            layer = replace(layer, inputs=() if wanted == (before,) else wanted)
        wired.append(layer)
        before = layer.id
    return adapt(replace(experiment, model=replace(experiment.model, layers=tuple(wired))))[0]
