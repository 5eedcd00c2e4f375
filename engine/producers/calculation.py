"""Every number of the next sample's step: forward, loss, backward and update, as the run will compute them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.errors import LearnscopeError
from engine.layers.neighbours import Neighbours
from engine.network import INPUT, Node
from engine.plan import Plan
from engine.plan import procedure as p
from engine.plan.learned import GRADIENT
from engine.producers.base import Look, Producer
from engine.records import Record, Want, readonly
from engine.registry import register
from engine.tracing import Replay
from engine.tracing.exactly import Exactly, typed, why_not

Values: TypeAlias = NDArray[Any]
"""Numbers in float64, or fractions."""

FRACTIONS: Final = "fractions"
BUDGET: Final = 0.03
"""Seconds of a snapshot that go to the run in fractions; it goes on in the next ones."""

MOST: Final = 1 << 16
"""A layer of more numbers is not written out."""


class Unitwise(NamedTuple):
    """What happens in a layer [unit]: weighted sums z, outputs a, and δ, the slope of the sample's own loss at z.

    A layer without weighted sums has no z; where a layer only passes slopes on, or learns nothing, δ is None.
    """

    z: Values | None
    a: Values
    delta: Values | None


class Moved(NamedTuple):
    """A parameter before the step, the gradient that the optimiser is given, and the parameter after it.

    `slots` are the optimiser's numbers before the step, by slot. Arrays have the parameter's own axes.
    """

    before: Values
    gradient: Values
    after: Values
    slots: Mapping[str, Values]


class Remembered(NamedTuple):
    """The samples nearest to one, the nearest first: rows of the data, their squared distances, inputs and targets.

    A distance is Euclidean, each input times its `scale`; `x` and `t` are [sample, input] and [sample, output].
    """

    rows: tuple[int, ...]
    squares: Values
    x: Values
    t: Values
    scale: Values


class Calculation(Record, frozen=True, eq=False):
    """The step of one sample: `row` of the data, its inputs x and targets t as the step sees them, and its loss.

    `batch` samples share an update, which comes with this one where it `updates`; then `numbers` are those of the
    layers asked for. `steps` counts the optimiser's steps before, `rate` is what its schedule makes of η at this one.
    `finite` is False where the step diverges. Where fractions were asked for its numbers are fractions; `not_exact`
    says why they can't be, and `waiting` that they are on their way. `near` is there where the output remembers.
    """

    row: int
    x: Values
    t: Values
    loss: float | Fraction
    layers: Mapping[str, Unitwise]
    numbers: Mapping[str, Moved]
    batch: int
    updates: bool
    finite: bool
    rate: float | Fraction
    steps: int
    not_exact: str = ""
    waiting: bool = False
    near: Remembered | None = None

    @property
    def unfinished(self) -> bool:
        return self.waiting


@register("Calculation")
class CalculationOf(Producer, tag="calculation", frozen=True):
    """The next sample's step with all its numbers; the target is the layer whose parameters are wanted.

    A further word, `fractions`, asks for exact numbers.
    """

    yields: ClassVar[type[Record]] = Calculation

    def make(self, look: Look, want: Want) -> Calculation | None:
        plan = look.plan
        if not plan.prepared.train:
            return None
        wanted = self.layers(look, want)
        end = plan.lowered.x.at
        floats, integers = plan.f[:end].copy(), plan.i.copy()
        try:
            code = plan.steps(plan.counter(p.STEP) + 1, 1, 1)
            found = self._taken(look, wanted, floats, integers, code != p.DIVERGED)
            row = plan.counter(p.ROW)
        finally:
            plan.f[:end] = floats
            plan.i[:] = integers
        return in_fractions(look, found, row) if want.target[1:] == (FRACTIONS,) else with_reason(look, found)

    def layers(self, look: Look, want: Want) -> list[Node]:
        """The layers whose parameters are wanted."""
        layer = want.target[0] if want.target else look.nodes[-1].layer.id
        return [n for n in look.nodes if n.layer.id == layer or layer in n.sources]

    def _taken(
        self, look: Look, wanted: list[Node], floats: NDArray[Any], integers: NDArray[np.int64], finite: bool
    ) -> Calculation:
        plan, row = look.plan, look.plan.counter(p.ROW)
        rows, whole = plan.counter(p.ROWS), plan.counter(p.WHOLE)
        updates = int(integers[plan.lowered.counters.at + p.SEEN]) + rows >= whole
        x, y = (plan.view(plan.lowered.layout.buffers[f"train.{k}"])[rows - 1] for k in "xy")
        return Calculation(
            "calculation", int(plan.prepared.source[row]), _kept(x), _kept(y),
            plan.score_last(), {n.layer.id: _unitwise(plan, n, rows - 1, whole) for n in look.nodes},
            {k: v for n in wanted for k, v in _moved(look, n, floats).items()}, whole, updates, finite,
            float(plan.view(plan.lowered.layout.buffers["rate"])[0, 0]),
            int(integers[plan.lowered.counters.at + p.UPDATES]), near=_nearest(look, x),
        )  # fmt: skip


def _nearest(look: Look, x: NDArray[Any]) -> Remembered | None:
    """The samples that an output asks which remembers them; of those equally far the first."""
    output = look.experiment.model.output
    if not isinstance(output, Neighbours):
        return None
    known = look.plan.prepared
    scale = look.learner.array(f"{output.id}.scale")
    remembered = known.x[: known.train].astype(x.dtype)  # as the run has them
    squares = np.square((remembered - x) * scale).sum(axis=1)
    first = np.argsort(squares, kind="stable")[: output.neighbours]
    rows = tuple(int(known.source[k]) for k in first)
    return Remembered(rows, *(_kept(a) for a in (squares[first], remembered[first], known.y[first], scale)))


def _kept(values: NDArray[Any]) -> Values:
    return readonly(values.astype(np.float64))


def _unitwise(plan: Plan, node: Node, row: int, whole: int) -> Unitwise:
    """What a layer did for one row of the piece; slopes of the batch's mean loss are scaled to the sample's own."""
    buffers, id_ = plan.lowered.layout.buffers, node.layer.id
    z, delta = (buffers.get(f"train.{id_}.{kind}") for kind in "zd")
    return Unitwise(
        _kept(plan.view(z)[row]) if z is not None else None,
        _kept(plan.view(plan.lowered.outputs[id_])[row]),
        _kept(plan.view(delta)[row] * whole) if delta is not None else None,
    )


def _moved(look: Look, node: Node, before: NDArray[Any]) -> dict[str, Moved]:
    """The parameters of a layer around the step."""
    found = {}
    for parameter in node.parameters:
        name = f"{node.layer.id}.{parameter.name}"
        learned = look.plan.lowered.numbers.arrays.get(name)
        if learned is None or int(np.prod(parameter.shape)) > MOST:
            continue
        slots = {k: _kept(b.view(before).reshape(parameter.shape)) for k, b in learned.slots.items()}
        found[name] = Moved(
            _kept(learned.value.view(before).reshape(parameter.shape)),
            _kept(look.learner.array(f"{name}#{GRADIENT}").reshape(parameter.shape)),
            _kept(look.learner.array(name).reshape(parameter.shape)),
            slots,
        )
    return found


def inputs_of(found: Calculation, source: str) -> Values:
    """What a layer reads from a source: another layer's outputs, or the inputs."""
    return found.x if source == INPUT else found.layers[source].a


# in fractions --------------------------------------------------------------------------------------------------------


def with_reason(look: Look, found: Calculation) -> Calculation:
    """The calculation in floats, and why it can't be had in fractions."""
    e = look.experiment
    key, why = look.kept.get("why not exact", (None, ""))
    if key is not e:
        leads_out = why_not(e)
        why = f"There are no exact fractions here: {leads_out}." if leads_out else ""
        look.kept["why not exact"] = e, why
    return replace(found, not_exact=why)


def in_fractions(look: Look, found: Calculation, row: int) -> Calculation:
    """The same calculation in fractions; in floats where these can't be had, or are on their way."""
    found = with_reason(look, found)
    if found.not_exact or not found.finite:
        return found
    try:
        replay = _replay(look)
        if not replay.reach(look.plan, look.learner, BUDGET):
            return replace(found, waiting=True)
    except LearnscopeError as error:
        return replace(found, not_exact=str(error))
    return _exact(replay.exactly, look, found, row)


def _replay(look: Look) -> Replay:
    """The run in fractions, kept from one picture to the next; one that is ahead of the run begins again."""
    e, prepared = look.experiment, look.plan.prepared
    now = (prepared, e.data.features, e.model, e.training, e.seeds)
    key, replay = look.kept.get("replay", (None, None))
    same = key is not None and key[0] is prepared and key[1:] == now[1:]
    if not same or replay.samples > look.plan.counter(p.SAMPLES):
        replay = Replay(e, prepared, look.plan.library)
        look.kept["replay"] = now, replay
    made: Replay = replay
    return made


def _exact(exactly: Exactly, look: Look, found: Calculation, row: int) -> Calculation:
    taken = exactly.taken(row)
    optimiser = look.experiment.training.optimiser
    moves = exactly.moves(taken, found.batch)
    return replace(
        found,
        x=taken.x, t=taken.t, loss=taken.loss, rate=typed(optimiser.rate), steps=exactly.updates,
        layers={id_: Unitwise(z, taken.a[id_], taken.delta[id_]) for id_, z in taken.z.items()},
        numbers={
            name: Moved(
                moves[name].before, moves[name].gradient, moves[name].after if found.updates else moves[name].before,
                {slot: moves[name].slots[symbol] for symbol, slot in optimiser.slot_symbols.items()},
            )
            for name in found.numbers if name in moves
        },
    )  # fmt: skip
