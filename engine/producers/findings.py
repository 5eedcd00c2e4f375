"""What the doctor finds."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.doctor import Evidence, Finding, LayerHealth, Past, Spread, diagnose
from engine.experiment import task
from engine.network import Node
from engine.plan import procedure as p
from engine.producers._ahead import Ahead
from engine.producers._health import states
from engine.producers._judging import Judged, answered
from engine.producers.base import Look, Producer, finite
from engine.producers.layers import sizes
from engine.records import Record, Want
from engine.registry import register


class Findings(Record, frozen=True, eq=False):
    """What is wrong with the run, causes first; empty when nothing is."""

    items: tuple[Finding, ...]


@register("Findings")
class FindingsOf(Producer, tag="findings", frozen=True):
    """What is wrong with the run, each with its evidence and a change that helps."""

    yields: ClassVar[type[Record]] = Findings

    def make(self, look: Look, want: Want) -> Findings:
        return Findings("findings", diagnose(evidence(look)) if look.plan.prepared.train else ())


def evidence(look: Look) -> Evidence:
    """What the run shows now, on (at most 512 of) its training samples."""
    plan, ahead, seen = look.plan, look.ahead(), look.activations()
    output = finite(seen[look.nodes[-1].layer.id])
    found = answered(look, np.arange(len(output)), output, plan.prepared.train)
    return Evidence(
        experiment=look.experiment,
        step=plan.counter(p.STEP),
        epoch=plan.counter(p.EPOCH),
        past=_past(look),
        layers=tuple(_layer(look, node, seen[node.layer.id], ahead) for node in look.nodes),
        inputs=tuple(map(Spread, look.experiment.data.features, *look.spreads)),
        numbers={n: look.learner.array(n) for n in plan.lowered.numbers.arrays},
        gradients={n: g.reshape(look.learner.array(n).shape) for n, g in ahead.gradient.items()} if ahead else {},
        diverges=ahead is not None and ahead.change is None,
        skill=_skill(look, found),
        stuck=_stuck(look, found),
        curvature=look.curvature,
        factor=ahead.rate / look.experiment.training.optimiser.rate if ahead else 1.0,
    )


def _past(look: Look) -> Past:
    columns = look.past.columns()
    train, now = columns["train_loss"], columns["step"] >= look.past.since
    highest = float(train.max()) if len(train) else math.nan
    return Past(columns["epoch"][now], train[now], columns["test_loss"][now], highest)


def _layer(look: Look, node: Node, seen: NDArray[Any], ahead: Ahead | None) -> LayerHealth:
    ill = states(node, seen)
    return LayerHealth(node, ill.count("dead"), ill.count("saturated"), *sizes(look, node, ahead))


def _skill(look: Look, found: Judged) -> float:
    """What is right of that which the best constant answer gets wrong: 1 all, 0 no more than it; NaN if that is all."""
    kind = task(look.experiment)
    if kind == "unsupervised":
        return math.nan
    if kind == "regression":
        whole = float(((found.target - found.target.mean()) ** 2).sum())
        return 1 - float(((found.answer - found.target) ** 2).sum()) / whole if whole > 0 else math.nan
    most = float(np.bincount(found.target.astype(np.intp)).max()) / len(found.target)
    right = float((found.answer == found.target).mean())
    return (right - most) / (1 - most) if most < 1 else math.nan


def _stuck(look: Look, found: Judged) -> float:
    """The share of samples that are answered wrongly by outputs none of which is on the slope of its function."""
    wrong = found.answer != found.target
    on_slope = look.experiment.model.output.activation.active(found.output).any(axis=1)
    return float((wrong & ~on_slope).mean())
