"""Writing how outputs are judged: what samples weigh, the slopes of the losses, their sums, the hits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from engine.experiment import Head
from engine.kernels.rows import scale_rows
from engine.kernels.table import Argument, Buffer, Table
from engine.losses.base import weigh_samples
from engine.passes import settings
from engine.plan import procedure as p
from engine.plan.writer import PassWriter

CLASS_WEIGHTS: Final = "class weights"
"""What the classes weigh, as `engine.losses.base.weigh_samples` reads it."""


@final
class Judge:
    """Writes what is done at the outputs of a pass; `goal` are the targets of an output there.

    `slot` finds counters. Where classes do not weigh alike it `weighs` samples, else each weighs the number at `one`.
    """

    def __init__(self, table: Table, slot: Callable[[int], Buffer], one: Buffer, weighs: bool) -> None:
        self._table, self._slot, self._one, self._weighs = table, slot, one, weighs

    def weigh(self, writer: PassWriter, goal: Buffer) -> None:
        """Say what the samples of a piece weigh, where classes do not weigh alike."""
        if self._weighs:
            base = writer.named(CLASS_WEIGHTS, 1, 1 + goal.columns)
            self._table.op(weigh_samples, rows=writer.rows, units=goal.columns, stride=goal.stride, base=base, t=goal,
                           v=self._weights(writer)["v"])  # fmt: skip

    def slope(self, learner: PassWriter, head: Head, goal: Buffer) -> bool:
        """The slope of the loss of an output; return whether it is that at the weighted sums."""
        id_, function = head.layer.id, head.layer.activation
        o = learner.outputs[id_]
        d = learner.deltas[id_] = learner.named(f"train.{id_}.d", learner.capacity, o.columns)
        self._table.op(head.loss.slope_kernel(function), whole=self._slot(p.WHOLE),
                       **self._terms(learner, head, goal), d=d)  # fmt: skip
        if head.layer.share != 1:
            self._table.op(scale_rows, rows=learner.rows, stride=o.stride, scale=head.layer.share, x=d, o=d)
        return head.loss.is_fused(function)

    def total(self, writer: PassWriter, head: Head, goal: Buffer, into: Buffer) -> None:
        """Sum the losses of an output."""
        self._table.op(head.loss.sum_kernel(head.layer.activation), **self._terms(writer, head, goal), into=into)

    def score(self, writer: PassWriter, head: Head, goal: Buffer) -> None:
        """Sum the losses of an output, and count the hits of a classification."""
        self.total(writer, head, goal, self._slot(p.LOSS))
        o, function = writer.outputs[head.layer.id], head.layer.activation
        if head.task not in ("binary", "classes"):
            return
        rule = p.same_side if head.task == "binary" else p.same_greatest
        low, high = head.loss.targets(function)
        self._table.op(p.count_hits.filled(head.task, hit=rule), rows=writer.rows, units=o.columns, stride=o.stride,
                       middle=(low + high) / 2, o=o, t=goal, into=self._slot(p.HITS))  # fmt: skip

    def forget(self, learner: PassWriter, head: Head) -> None:
        """Complete the gradient of an output whose rule is more than slope times input."""
        kernel, id_ = head.loss.forgetting, head.layer.id
        if kernel is None:
            return
        o, weight, bias = learner.outputs[id_], *(learner.numbers.arrays[f"{id_}.{k}"] for k in ("weight", "bias"))
        if weight.learns:
            self._table.op(kernel, rows=learner.rows, inputs=weight.value.rows, units=o.columns, stride=o.stride,
                           share=head.layer.share, o=o, w=weight.value, dw=weight.gradient,
                           db=bias.gradient)  # fmt: skip

    def _terms(self, writer: PassWriter, head: Head, goal: Buffer) -> dict[str, Argument]:
        """What a loss is computed from."""
        id_, function = head.layer.id, head.layer.activation
        o = writer.outputs[id_]
        return {
            "rows": writer.rows, "units": o.columns, "stride": o.stride,
            "gain": function.gain if head.loss.is_fused(function) else 1.0, **settings(head.loss.settings),
            **self._weights(writer), "z": writer.named(f"{writer.name}.{id_}.z", writer.capacity, o.columns),
            "o": o, "t": goal,
        }  # fmt: skip

    def _weights(self, writer: PassWriter) -> dict[str, Argument]:
        """Where a loss reads what a sample weighs."""
        if not self._weighs:
            return {"v": self._one, "v_step": 0}
        return {"v": writer.named(f"{writer.name}.weights", 1, writer.capacity), "v_step": 1}
