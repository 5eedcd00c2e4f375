"""How time and memory grow with the network: they should with its weights, and with nothing else."""

from __future__ import annotations

import statistics
from typing import Any, Final

from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.bench.nets import Net, experiment, flops, samples
from engine.bench.peak import rate, stepper
from engine.kernels.library import Library
from engine.losses.entropy import CategoricalCrossEntropy
from engine.optimisers.adam import Adam
from engine.plan import Plan
from engine.plan.learned import Learner

WIDTHS: Final = (70, 128, 224, 448, 704)
"""Nets of two square matrices and a narrow one: 10 000 weights to a million."""
BATCH: Final = 64
SAMPLES: Final = 640


def growth(library: Library, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Measure nets of growing width: nanoseconds a multiplication, and bytes by what they are for."""
    plans = []
    for net in map(_net, WIDTHS):
        made = experiment(net)
        plans.append((net, Plan(made, samples(net, made), library)))
        Learner(plans[-1][1]).start()
    times: list[list[float]] = [[] for _ in plans]
    for _ in range(rounds):
        for k, (_, plan) in enumerate(plans):
            times[k].append(rate(stepper(plan), seconds, 2))
    found = [_row(net, plan, statistics.median(speeds)) for (net, plan), speeds in zip(plans, times, strict=True)]
    least = min(row["ns_per_multiply"] for row in found)
    return [row | {"times_the_least": row["ns_per_multiply"] / least} for row in found]


def _net(width: int) -> Net:
    return Net(f"{width}-{width}-{width}-10", (width, width, width, 10), ReLU(), Softmax(), CategoricalCrossEntropy(),
               Adam(rate=0.001), BATCH, SAMPLES)  # fmt: skip


def _row(net: Net, plan: Plan, speed: float) -> dict[str, Any]:
    buffers = plan.lowered.layout.buffers.values()
    size = plan.library.dtype.itemsize

    def kilobytes(*roles: str, of: str = "") -> float:
        return sum(b.size for b in buffers if b.role in roles and b.name.startswith(of)) * size / 1000

    before = plan.f.nbytes + plan.i.nbytes
    stepper(plan)(10)
    return {
        "net": net.name,
        "weights": sum(a * b + b for a, b in zip(net.sizes, net.sizes[1:], strict=False)),
        "steps_per_second": speed,
        "ns_per_multiply": 2e9 / (speed * flops(net)),
        "parameters_kb": kilobytes("parameter"),
        "gradients_and_optimiser_kb": kilobytes("gradient", "optimiser"),
        "activations_kb": kilobytes("scratch", of="train."),
        "views_kb": kilobytes("scratch", of="view."),
        "samples_kb": kilobytes("data"),
        "more_after_ten_steps_kb": (plan.f.nbytes + plan.i.nbytes - before) / 1000,
    }
