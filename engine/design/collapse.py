"""A run of linear layers is one linear layer; `engine.affine` multiplies them out."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from engine.affine import is_straight, product, weighs
from engine.arrays import Array, Labelled
from engine.edits import remove_layer
from engine.errors import ExperimentError
from engine.experiment import Experiment, nodes
from engine.network import Node


def runs(experiment: Experiment) -> tuple[tuple[str, ...], ...]:
    """The runs of layers that can be one, each from its first to its last: all but the last are straight.

    Nothing else reads a layer of a run but the next one, no layer follows the weights of one, and all learn or none.
    """
    found: list[list[str]] = []
    resolved = nodes(experiment)
    followed = {tie.owner.rpartition(".")[0] for n in resolved for tie in n.ties}
    known = {n.layer.id: n for n in resolved}
    for node in resolved:
        before = known.get(node.sources[0]) if len(node.sources) == 1 else None
        if before is None or not _joins(before, node, resolved) or {before.layer.id, node.layer.id} & followed:
            continue
        run = next((r for r in found if r[-1] == before.layer.id), None)
        if run is None:
            run = [before.layer.id]
            found.append(run)
        run.append(node.layer.id)
    return tuple(map(tuple, found))


def _joins(before: Node, node: Node, resolved: Sequence[Node]) -> bool:
    readers = [n for n in resolved if before.layer.id in n.sources]
    return is_straight(before.layer) and weighs(node.layer) and len(readers) == 1 and before.frozen == node.frozen


def collapsed(experiment: Experiment, layer: str = "") -> Experiment:
    """Make one layer of each run of linear layers, or of the one that this layer belongs to.

    It keeps the name and the function of the last. Given starting numbers are multiplied out; what a run has learned
    is, when the edit reaches it.
    """
    chosen = [r for r in runs(experiment) if layer in ("", *r)]
    if not chosen:
        where = f"“{layer}” and its neighbours are" if layer else "the network has"
        raise ExperimentError(
            f"{where} no two linear layers in a row; give a dense layer the linear function first", "model.layers"
        )
    for run in chosen:
        start = _start(experiment, run)
        for one in run[:-1]:
            experiment = remove_layer(experiment, one)
        experiment = replace(experiment, model=replace(experiment.model, start=start))
    return experiment


def _start(experiment: Experiment, run: tuple[str, ...]) -> tuple[Labelled, ...]:
    """The given starting numbers, those of the run as one layer; where some of them are drawn, all will be."""
    mine = [n for n in nodes(experiment) if n.layer.id in run]
    names = [[f"{n.layer.id}.{part}" for part in ("weight", "bias")] for n in mine]
    every = {name for pair in names for name in pair}
    given = {n.name: n for n in experiment.model.start}
    others = tuple(n for n in experiment.model.start if n.name not in every)
    whole = {f"{n.layer.id}.{q.name}": q.labels for n in mine for q in n.parameters}
    if any(name not in given or given[name].axes != whole[name] for name in every):
        return others
    weight, bias = product([(given[w].values.values, given[b].values.values) for w, b in names])
    sources, units = whole[names[0][0]][0], whole[names[-1][1]][0]
    last = run[-1]
    return (
        *others,
        Labelled(f"{last}.weight", (sources, units), Array(weight)),
        Labelled(f"{last}.bias", (units,), Array(bias)),
    )
