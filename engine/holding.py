"""What is held fast: single numbers, neurons, whole layers. The network carries it; learning leaves it as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product
from math import prod
from typing import Final

from msgspec.structs import replace

from engine.errors import ExperimentError
from engine.experiment import Experiment, nodes
from engine.layers import Learning
from engine.network import Node

MOST: Final = 20_000
"""Numbers that can be held fast one by one."""


def references(node: Node, unit: str = "") -> tuple[tuple[str, ...], ...]:
    """All learned numbers of a layer, or those of one of its neurons, as `set_frozen` names them."""
    return tuple(
        (f"{node.layer.id}.{q.name}", *labels)
        for q in node.parameters
        if q.is_learned
        for labels in product(*q.labels)
        if unit in ("", labels[-1])
    )


def set_frozen(experiment: Experiment, references: Sequence[tuple[str, ...]], frozen: bool) -> Experiment:
    """Hold numbers fast, or let them learn again; each is (parameter, label of each axis).

    Of a layer that is held fast as a whole, the other numbers are held one by one from then on.
    """
    if not frozen:
        experiment = _one_by_one(experiment, {reference[0].rpartition(".")[0] for reference in references})
    model = experiment.model
    named = set(references)
    kept = tuple(r for r in model.frozen if r not in named)
    # The order is that of their freezing, so that freezing and letting go again is the same value as before.
    added = tuple(dict.fromkeys(r for r in references)) if frozen else ()
    return replace(experiment, model=replace(model, frozen=(*kept, *added)))


def frozen_layers(experiment: Experiment) -> frozenset[str]:
    """The layers that are held fast as a whole."""
    return frozenset(x.id for x in experiment.model.layers if isinstance(x, Learning) and x.frozen)


def can_hold(experiment: Experiment, id_: str) -> bool:
    """Whether there is such a layer, and it has numbers that learn."""
    return any(x.id == id_ and isinstance(x, Learning) for x in experiment.model.layers)


def is_held(experiment: Experiment, id_: str) -> bool:
    """Whether a layer is held fast: as a whole, or all its numbers one by one; one without any is not."""
    if id_ in frozen_layers(experiment):
        return True
    if not any(r[0].startswith(f"{id_}.") for r in experiment.model.frozen):
        return False
    every = next((references(n) for n in nodes(experiment) if n.layer.id == id_), ())
    return bool(every) and set(every) <= set(experiment.model.frozen)


def hold_layers(experiment: Experiment, ids: Collection[str], held: bool) -> Experiment:
    """Hold some layers fast as a whole, or let all of their numbers learn again."""
    model = _flagged(experiment, ids, held).model
    if not held:
        model = replace(model, frozen=tuple(r for r in model.frozen if r[0].rpartition(".")[0] not in ids))
    return replace(experiment, model=model)


def learn_all(experiment: Experiment) -> Experiment:
    """Let every number learn: fine-tuning, after a phase in which some were held fast."""
    return hold_layers(
        replace(experiment, model=replace(experiment.model, frozen=())), frozen_layers(experiment), False
    )


def frozen_count(experiment: Experiment, layer: str = "") -> int:
    """How many numbers are held fast, in a layer or in all."""
    whole = frozen_layers(experiment)
    here = [n for n in nodes(experiment) if n.layer.id in whole and layer in ("", n.layer.id)]
    singles = {r for r in experiment.model.frozen if r[0].startswith(f"{layer}." if layer else "")}
    return sum(prod(q.shape) for n in here for q in n.parameters if q.is_learned) + sum(
        r[0].rpartition(".")[0] not in whole for r in singles
    )


def _one_by_one(experiment: Experiment, ids: Collection[str]) -> Experiment:
    """Name the numbers of layers that are held fast as a whole one by one."""
    whole = frozen_layers(experiment) & set(ids)
    if not whole:
        return experiment
    every = [r for n in nodes(experiment) if n.layer.id in whole for r in references(n)]
    if len(every) > MOST:
        raise ExperimentError(
            f"“{min(whole)}” is held fast as a whole, and its {len(every)} numbers are more than the {MOST} that can "
            "be held one by one; let the whole layer learn",
            "model.frozen",
        )
    return set_frozen(_flagged(experiment, whole, False), every, True)


def _flagged(experiment: Experiment, ids: Collection[str], held: bool) -> Experiment:
    layers = tuple(
        replace(x, frozen=held) if x.id in ids and isinstance(x, Learning) and x.frozen != held else x
        for x in experiment.model.layers
    )
    return replace(experiment, model=replace(experiment.model, layers=layers))
