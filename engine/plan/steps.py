"""Writing what is done to a step besides: what regularisers are given to lower themselves with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from engine import streams
from engine.experiment import setting
from engine.kernels.record import Kernel
from engine.kernels.table import Argument, Buffer, Table
from engine.plan import procedure as p
from engine.regularisers import Regulariser

if TYPE_CHECKING:
    from engine.plan.lower import Lowering


@final
class StepWriter:
    """What a regulariser is lowered with (see `engine.regularisers.StepPass`)."""

    columns: Buffer
    o: Buffer
    d: Buffer

    def __init__(self, lowering: Lowering, index: int, batch: Buffer, goal: Buffer) -> None:
        self._lowering, self._name = lowering, f"regulariser {index}"
        self.on_data: list[tuple[int, Buffer]] = []
        experiment = lowering.experiment
        self.setting = setting(experiment)
        self.x, self.t = batch, goal
        self.targets = tuple(dict.fromkeys(lowering.goals.values()))
        self.rows, self.whole, self.seen, self.step, self.train = (
            lowering.slot(c) for c in (p.ROWS, p.WHOLE, p.SAMPLES, p.STEP, p.TRAIN)
        )
        function, loss = experiment.model.output.activation, experiment.training.loss
        self.low, self.high = loss.targets(function)
        self.fused, self.gain = loss.is_fused(function), function.gain
        numbers = lowering.numbers
        self.count, self.gradient = numbers.length, numbers.gradient
        arrays = [a for a in numbers.arrays.values() if a.learns and not a.follows]
        self.gradients = tuple(a.gradient for a in arrays)
        self.weights = tuple(a.value for a in arrays if a.parameter.is_weight)

    def op(self, kernel: Kernel, **arguments: Argument) -> int:
        """Add an operation."""
        return self._lowering.table.op(kernel, **arguments)

    def op_on_data(self, kernel: Kernel, of: Buffer, **arguments: Argument) -> int:
        """Add an operation on all samples; where they stand is put in when it is known."""
        place = self.op(kernel, data=0, **arguments)
        self.on_data.append((place, of))
        return place

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of its own."""
        full, layout = f"{self._name}.{name}", self._lowering.layout
        return layout.buffers.get(full) or layout.block(full, "scratch", rows, columns)

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream of its own."""
        return int(streams.state(self._lowering.experiment.seeds.training, purpose, self._name)[0])


def write_changes(table: Table, extras: Sequence[tuple[Regulariser, StepWriter]]) -> None:
    """The segment `changed`: what is done to the inputs of a piece, and nothing else, to be looked at."""
    table.segment("changed")
    for regulariser, writer in extras:
        if regulariser.changes_inputs:
            regulariser.on_batch(writer)
    table.op(p.halt)
