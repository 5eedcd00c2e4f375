"""Learning in phases: what is held fast, what is grown, and what is taken over from another experiment."""

from __future__ import annotations

from msgspec.structs import replace

from engine import features
from engine.adapt import adapt
from engine.edits import add_layer
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.files import Document
from engine.holding import hold_layers
from engine.layers import Answering, Layer
from engine.renaming import layer_renamed, numbers_renamed


def grow(experiment: Experiment) -> Experiment:
    """Hold the hidden layers fast and put a new one behind them: a phase of greedy layer-wise training.

    The new layer passes on what it reads at first, and learns with the output alone (Bengio et al. 2007).
    """
    hidden = tuple(x.id for x in experiment.model.hidden_layers)
    held = hold_layers(experiment, hidden, True)
    return add_layer(held, len(hidden))


def taken_over(experiment: Experiment, document: Document, name: str) -> Experiment:
    """Put the hidden layers of a saved run, with all they learned, in place of these, and hold them fast.

    The output stays this experiment's own. Refuses a file without a run, and layers that read other inputs.
    """
    other = document.experiment
    if document.state is None:
        raise ExperimentError(f"“{name}” was saved without its run, so its layers have learned nothing; save it again")
    hidden = tuple(x for x in other.model.hidden_layers if not isinstance(x, Answering))
    if not hidden:
        raise ExperimentError(f"“{name}” has no hidden layers to take over; choose another file")
    _same_inputs(experiment, other, name)
    ids = _fresh_ids(experiment, hidden)
    mine = (n for n in document.state.numbers if "#" not in n.name and n.name.split(".")[0] in ids)
    start = tuple(numbers_renamed(n, ids) for n in mine)
    output = replace(experiment.model.output, inputs=())
    layers = (*(layer_renamed(x, ids) for x in hidden), output)
    model = replace(experiment.model, layers=layers, start=start, frozen=())
    made = check(adapt(replace(experiment, model=model))[0])
    return hold_layers(made, tuple(ids.values()), True)


def _same_inputs(experiment: Experiment, other: Experiment, name: str) -> None:
    mine, theirs = experiment.data.features, other.data.features
    if mine != theirs:
        wanted, given = (", ".join(map(features.title, x[:6])) for x in (theirs, mine))
        raise ExperimentError(
            f"the layers of “{name}” read {wanted}, but this network reads {given}; choose the same inputs"
        )


def _fresh_ids(experiment: Experiment, hidden: tuple[Layer, ...]) -> dict[str, str]:
    """Other ids for the layers that come, so that nobody's numbers are taken for theirs."""
    taken, ids = {x.id for x in experiment.model.layers}, {}
    for layer in hidden:
        stem = layer.id.rstrip("0123456789") or "h"
        ids[layer.id] = next(x for k in range(1, len(taken) + 2) if (x := f"{stem}{k}") not in taken)
        taken.add(ids[layer.id])
    return ids
