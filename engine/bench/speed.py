"""Whole training steps: against a NumPy step, and each variant against the plain network, interleaved in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from engine.bench.nets import DEEP, SMALL, TINY, Net, dropped, experiment, flops, normalised, residual, samples
from engine.bench.peak import rate, stepper
from engine.bench.reference import both, gradient_error
from engine.experiment import Experiment
from engine.kernels.library import Library
from engine.plan import Plan
from engine.plan.learned import Learner

Variant = Callable[[Experiment], Experiment]

ROUNDS: Final = 7
SECONDS: Final = 0.15
"""One round of one side."""


def compare(net: Net, library: Library, top: float, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure one network: medians of interleaved rounds."""
    plan, reference = both(net, library)
    error, ours = gradient_error(plan, reference), stepper(plan)

    def numpys(count: int) -> None:
        for _ in range(count):
            reference.step()

    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(rate(ours, seconds, 10))
        theirs.append(rate(numpys, seconds, 2))
    speed, other = statistics.median(mine), statistics.median(theirs)
    return {
        "net": net.name,
        "steps_per_second": speed,
        "numpy_steps_per_second": other,
        "ratio": speed / other,
        "samples_per_second": speed * net.batch,
        "share_of_peak": speed * flops(net) / top,
        "gradient_error": error,
    }


def variants(library: Library, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Measure what an ingredient costs: steps a second as a share of those of the plain network."""
    usual: dict[str, Variant] = {"dropout": dropped, "batch norm": normalised}
    found = []
    for net, makers in ((TINY, usual), (SMALL, usual), (DEEP, {"residual": residual})):
        plain = experiment(net)
        made = {"": plain, **{name: make(plain) for name, make in makers.items()}}
        speeds = _side_by_side(net, made, library, rounds, seconds)
        found += [
            {"net": f"{net.name}, {k}", "steps_per_second": speeds[k], "share_of_plain": speeds[k] / speeds[""]}
            for k in makers
        ]
    return found


def online(library: Library, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure learning from one sample at a time: samples a second, and as a share of those in batches of ten."""
    plain = experiment(TINY)
    alone = replace(plain, training=replace(plain.training, batch=1))
    speeds = _side_by_side(TINY, {"ten": plain, "one": alone}, library, rounds, seconds)
    return {
        "net": "2-8-8-1 tanh, batch 1, SGD",
        "samples_per_second": speeds["one"],
        "share_of_batch_10": speeds["one"] / (TINY.batch * speeds["ten"]),
    }


def _side_by_side(
    net: Net, experiments: Mapping[str, Experiment], library: Library, rounds: int, seconds: float
) -> dict[str, float]:
    """Steps a second of several experiments on the samples of a net: medians of interleaved rounds."""
    steps = {}
    for name, each in experiments.items():
        plan = Plan(each, samples(net, each), library)
        Learner(plan).start()
        steps[name] = stepper(plan)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(rate(step, seconds, 10))
    return {name: statistics.median(found) for name, found in times.items()}
