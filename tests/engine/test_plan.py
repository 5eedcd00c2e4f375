"""A whole plan: its gaps are never touched nor looked at, and its padding stays zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine.bench.growth import growth
from engine.bench.nets import NETS, Net, dropped, experiment, normalised, residual, samples
from engine.bench.reference import both, gradient_error
from engine.experiment import Experiment, check
from engine.kernels.library import Library
from engine.kernels.table import Layout, Table
from engine.layers.pieces import LogSumExp, Maxout
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.optimisers.line_search import LBFGS, ConjugateGradient
from engine.penalties import L1, L2, NoPenalty
from engine.plan import Plan, prepare
from engine.plan import procedure as p
from engine.plan.learned import Learner
from tests.engine.guarded import library
from tests.engine.nets import spiral, with_layers

FROZEN = (("h1.weight", "input/x1", "h1/2"), ("out.bias", "out/0"))
PIECES = (Maxout(id="h1", units=40), Maxout(id="h2", units=8, pieces=16), LogSumExp(id="h3", units=6, pieces=9))
EXPERIMENTS = {
    "adam": spiral(4, 3, optimiser=Adam()),
    "momentum, wide": spiral(33, 70, 5, optimiser=Momentum(), penalty=L2(rate=0.01)),
    "sgd, L1, frozen": replace(
        spiral(4, 3, optimiser=SGD(), penalty=L1(rate=0.01)),
        model=replace(spiral(4, 3).model, frozen=FROZEN),
    ),
    "one neuron, batch 1": spiral(1, optimiser=SGD(), batch=1, penalty=NoPenalty()),
    "whole set": spiral(12, 8, batch=0),
    "conjugate gradient": spiral(4, 3, optimiser=ConjugateGradient(), batch=0, penalty=L1(rate=0.01)),
    "maxout, wide": with_layers(spiral(), *PIECES, spiral().model.output),
    "l-bfgs, wide": spiral(33, 70, 5, optimiser=LBFGS(), batch=0, penalty=L2(rate=0.01)),
}
EACH = pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())


def started(experiment: Experiment, dtype: Any = np.float32) -> Plan:
    plan = Plan(experiment, prepare(experiment), library(dtype))
    Learner(plan).start()
    return plan


def gaps(plan: Plan) -> Any:
    mask = np.ones(len(plan.f), np.bool_)
    for buffer in plan.lowered.layout.buffers.values():
        if not buffer.whole:
            mask[buffer.at : buffer.at + buffer.size] = False
    return mask


@EACH
def test_gaps_between_buffers_are_never_touched_nor_looked_at(experiment: Experiment) -> None:
    plain, guarded = started(experiment), started(experiment)
    mask = gaps(guarded)
    assert mask.sum() > 16
    guarded.f[mask] = np.nan
    for plan in (plain, guarded):
        assert plan.steps(60, 1 << 40) == p.DONE
        plan.set_grid(np.random.default_rng(0).normal(size=(30, 2)))
    assert np.isnan(guarded.f[: len(mask)][mask]).all()
    value = plain.lowered.numbers.value
    assert np.array_equal(plain.view(value), guarded.view(value))
    assert plain.score(0, 250) == guarded.score(0, 250)
    assert np.array_equal(plain.maps(every_layer=True)["out"], guarded.maps(every_layer=True)["out"])


@EACH
def test_padding_of_numbers_gradients_and_slots_stays_zero(experiment: Experiment) -> None:
    plan = started(experiment)
    plan.steps(60, 1 << 40)
    numbers = plan.lowered.numbers
    for learned in numbers.arrays.values():
        for buffer in (learned.value, learned.gradient, *learned.slots.values()):
            everything = plan.f[buffer.at : buffer.at + buffer.size].copy()
            assert np.isfinite(everything).all()
            buffer._replace(at=0).view(everything)[:] = 0
            assert not everything.any(), buffer.name


@EACH
def test_float64_runs_the_same_steps(experiment: Experiment) -> None:
    single, double = started(experiment), started(experiment, np.float64)
    for plan in (single, double):
        plan.steps(5, 1 << 40)
    value = single.lowered.numbers.value
    assert np.allclose(single.view(value), double.view(value), atol=2e-4)


def test_frozen_places_are_those_named() -> None:
    plan = started(EXPERIMENTS["sgd, L1, frozen"])
    places = plan.lowered.layout.buffers["frozen"]
    learner = Learner(plan)
    flat = plan.view(plan.lowered.numbers.value)[0]
    found = flat[plan.i[places.at : places.at + 2]]
    assert list(found) == [learner.array("h1.weight")[0, 2], learner.array("out.bias")[0]]


def test_a_row_is_checked_against_its_kernel() -> None:
    table, layout = Table(), Layout()
    with pytest.raises(TypeError, match="again"):
        table.op(p.end_piece, c=layout.whole("c", "counter", 8))


def test_arenas_of_another_precision_are_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        Library(np.float32).runner(np.zeros(4), np.zeros(4, np.int64), np.zeros(4, np.int64))


@pytest.mark.parametrize("net", NETS, ids=lambda n: n.name)
def test_the_numpy_step_of_the_bench_has_our_gradients_and_learns_alike(net: Net) -> None:
    small = net._replace(samples=4 * net.batch)
    plan, reference = both(small, library(np.float32))
    assert gradient_error(plan, reference) < 1e-5
    plan, reference = both(small, library(np.float32))
    for _ in range(3):  # within the first epoch: the same rows for both
        plan.steps(plan.counter(p.STEP) + 1, 1 << 40)
        at = plan.lowered.order.at + reference.steps * net.batch
        reference.update(reference.gradients(plan.i[at : at + net.batch]))
    learner = Learner(plan)
    for k, weights in enumerate(reference.weights):
        name = [n for n in plan.lowered.numbers.arrays if n.endswith("weight")][k]
        assert np.allclose(learner.array(name), weights, atol=2e-5)


@pytest.mark.parametrize("make", [dropped, normalised, residual], ids=lambda f: f.__name__)
def test_the_variants_of_the_bench_learn(make: Callable[[Experiment], Experiment]) -> None:
    net = NETS[0]
    made = make(experiment(net))
    assert len(made.model.layers) > len(experiment(net).model.layers)
    plan = Plan(check(made), samples(net, made), library(np.float32))
    learner = Learner(plan)
    learner.start()
    start = learner.array("h1.weight").copy()
    assert plan.steps(20, 1 << 40) == p.DONE
    assert not np.array_equal(start, learner.array("h1.weight"))


def test_growth_says_what_memory_is_for() -> None:
    rows = growth(library(np.float32), rounds=1, seconds=0.001)
    for row in rows:
        # Adam: parameters, and for each its gradient, mean and square; rows are padded to eight columns
        assert row["parameters_kb"] == pytest.approx(row["weights"] * 4 / 1000, rel=0.1)
        assert row["gradients_and_optimiser_kb"] == pytest.approx(3 * row["parameters_kb"], rel=0.01)
        assert row["more_after_ten_steps_kb"] == 0
    assert min(row["times_the_least"] for row in rows) == 1
