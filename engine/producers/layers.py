"""What goes on in each layer: what its units say, how large its gradient and its steps are, which units do nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.doctor.gradients import VANISHING
from engine.doctor.rate import LARGE_STEP
from engine.kernels.table import padded
from engine.layers.output import Answering
from engine.network import Node
from engine.plan.numbers import Learned
from engine.producers._ahead import Ahead
from engine.producers._health import State, states
from engine.producers.base import Look, Producer, finite
from engine.records import Record, Want, readonly
from engine.registry import register

BINS: Final = 40
COUNTED: Final = 32_768
"""Most numbers of a histogram; of wider layers every second, third ... sample is left out."""

EXPLODING: Final = 1 / VANISHING
SMALL_STEP: Final = 1e-6
"""A million such steps would be needed to change the weights by as much as they are."""


class Histogram(Struct, frozen=True, eq=False):
    """How many numbers lie in each of `counts` equal steps from `low` to `high`."""

    low: float
    high: float
    counts: NDArray[np.intp]


class LayerState(Struct, frozen=True, eq=False):
    """One layer. `sums` and `outputs` are its weighted sums and what its units say, on the training samples.

    `gradient` is rms(dL/dW), `weights` rms(W), `ratio` rms(ΔW) / rms(W) of the next step; NaN where there is none.
    `alarm` says in a word what is wrong with the gradient, `pace` what is wrong with the step; empty when nothing is.
    """

    layer: str
    sums: Histogram | None
    outputs: Histogram | None
    units: tuple[str, ...]
    states: tuple[State, ...]
    gradient: float
    weights: float
    ratio: float
    alarm: str = ""
    pace: str = ""


class Layers(Record, frozen=True, eq=False):
    """The state of each layer, the output last, over so many samples."""

    items: tuple[LayerState, ...]
    samples: int


@register("Layers")
class LayersOf(Producer, tag="layers", frozen=True):
    """Histograms of sums and outputs, dead and saturated units, size of gradient and of step, layer by layer."""

    yields: ClassVar[type[Record]] = Layers

    def make(self, look: Look, want: Want) -> Layers:
        seen, ahead = look.activations(), look.ahead()
        found = {node.layer.id: sizes(look, node, ahead) for node in look.nodes}
        last = found[look.nodes[-1].layer.id].gradient
        made = [_state(look, node, seen[node.layer.id], found[node.layer.id], last) for node in look.nodes]
        return Layers("layers", tuple(made), min(look.plan.prepared.train, look.sampled))


class Sizes(NamedTuple):
    """How large a layer's gradient, weights and next step are: rms(dL/dW), rms(W), rms(ΔW) / rms(W)."""

    gradient: float
    weights: float
    ratio: float


def sizes(look: Look, node: Node, ahead: Ahead | None) -> Sizes:
    """Measure a layer; NaN where there is nothing to measure."""
    held = {n: look.plan.view(a.value) for n, a in look.plan.lowered.numbers.arrays.items()}
    weights = rms(_of(node, look, held))
    gradient = rms(_of(node, look, ahead.gradient)) if ahead and not node.frozen else math.nan
    change = rms(_of(node, look, ahead.change)) if ahead and ahead.change is not None else math.nan
    return Sizes(gradient, weights, change / weights if weights > 0 else math.nan)


def _state(look: Look, node: Node, seen: NDArray[Any], found: Sizes, last: float) -> LayerState:
    output = isinstance(node.layer, Answering)
    sums = look.plan.lowered.layout.buffers.get(f"view.{node.layer.id}.z")
    rows = min(look.plan.prepared.train, look.sampled)
    return LayerState(
        layer=node.layer.id,
        sums=histogram(_sums(look.plan.view(sums)[:rows], seen.shape[1])) if sums is not None else None,
        outputs=histogram(seen),
        units=node.units.labels,
        # an output that is sure of itself has learned what it should
        states=("",) * seen.shape[1] if output else states(node, seen),
        gradient=found.gradient,
        weights=found.weights,
        ratio=found.ratio,
        alarm="" if output and math.isfinite(found.gradient) else alarm(found.gradient, last),
        pace=pace(found.ratio),
    )


def _sums(z: NDArray[Any], units: int) -> NDArray[Any]:
    """The weighted sums [sample, sum] of a buffer; where a unit has several, each piece is padded."""
    if z.shape[1] == units:
        return z
    return z.reshape(len(z), -1, padded(units))[..., :units].reshape(len(z), -1)


def _of(node: Node, look: Look, numbers: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """The arrays of a layer's weights; where it has none, of all that it learns. Tied ones are those they follow."""
    mine: list[Learned] = [a for a in look.plan.lowered.numbers.arrays.values() if a.layer == node.layer.id]
    weights = [a for a in mine if a.parameter.is_weight] or mine
    owners = {bond.mine.name: bond.owner.name for bond in look.plan.lowered.bonds if bond.hard}
    return [numbers[owners.get(a.name, a.name)] for a in weights]


def rms(arrays: Iterable[NDArray[Any]]) -> float:
    """The root of the mean square over all numbers of some arrays; NaN for none."""
    total, count = 0.0, 0
    for array in arrays:
        flat = array.astype(np.float64).ravel()
        total, count = total + float(flat @ flat), count + flat.size
    return math.sqrt(total / count) if count else math.nan


def alarm(gradient: float, last: float) -> str:
    """What is wrong with a layer's gradient beside that of the last layer: vanishing, exploding, or nothing."""
    if math.isnan(gradient) or math.isnan(last) or last == 0:
        return "exploding" if math.isinf(gradient) else ""
    share = gradient / last
    return "vanishing" if share < VANISHING else "exploding" if share > EXPLODING else ""


def pace(ratio: float) -> str:
    """What is wrong with a step beside the weights."""
    return "too large" if ratio > LARGE_STEP else "too small" if ratio < SMALL_STEP else ""


def histogram(values: NDArray[Any]) -> Histogram | None:
    """Count numbers [sample, unit] in equal steps between two round ends; None for none."""
    if not values.size:
        return None
    taken = values[:: -(-values.size // COUNTED)].ravel()
    numbers = taken if np.isfinite(taken).all() else finite(taken)
    low, high = _ends(float(numbers.min()), float(numbers.max()))
    places = np.clip((numbers - low) * (BINS / (high - low)), 0, BINS - 1).astype(np.intp)
    return Histogram(low, high, readonly(np.bincount(places, minlength=BINS)))


def _ends(low: float, high: float) -> tuple[float, float]:
    """Round ends around all numbers and 0, so that the axis stands still while the numbers move a little."""
    extent = max(high - low, abs(high), abs(low))
    step = 10.0 ** math.floor(math.log10(extent)) if extent > 0 else 1.0
    step /= 2 if max(high, -low) / step > 2 else 5
    return min(math.floor(low / step) * step, 0.0), max(math.ceil(high / step) * step, step if low >= 0 else 0.0)
