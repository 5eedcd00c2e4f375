"""The sample learned from last."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.network import INPUT
from engine.plan import procedure as p
from engine.producers.base import Look, Producer
from engine.records import Record, Sample, Want, readonly
from engine.registry import register


@register("Sample")
class SampleOf(Producer, tag="sample", frozen=True):
    """The sample learned from last, as the network saw it then."""

    yields: ClassVar[type[Record]] = Sample

    def make(self, look: Look, want: Want) -> Sample | None:
        plan, rows = look.plan, look.plan.counter(p.ROWS)
        if not plan.counter(p.SAMPLES) or not rows:
            return None
        row = plan.counter(p.ROW)
        source = int(plan.prepared.source[row])
        outputs = {k: plan.view(b)[rows - 1].astype(np.float32) for k, b in plan.lowered.outputs.items()}
        return Sample(
            title="sample", row=source, inputs=readonly(plan.prepared.x[row].astype(np.float32)),
            target=float(plan.prepared.samples.y[source]),
            output=readonly(outputs[look.nodes[-1].layer.id]), loss=plan.score_last(),
            activations={k: readonly(v) for k, v in outputs.items() if k != INPUT},
        )  # fmt: skip
