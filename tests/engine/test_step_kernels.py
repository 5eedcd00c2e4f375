"""What is done to a step besides following the slope: schedules, clipping, bounds, by numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.draws import key, uniform
from engine.draws import normal as gauss
from engine.experiment import setting
from engine.kernels.record import Floats, Ints, Out, kernel
from engine.kernels.table import float_bits
from engine.machines.supervised import Supervised
from engine.optimisers.adam import AdamW
from engine.optimisers.descent import SGD
from engine.passes import settings
from engine.plan import curve
from engine.plan import procedure as p
from engine.regularisers import Regulariser
from engine.regularisers.bounds import ClipNorm, ClipValues, MaxNorm, bound_columns, clip_norm, clip_values
from engine.regularisers.noise import GradientNoise, add_gradient_noise, add_noise
from engine.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    InverseDecay,
    Plateau,
    Schedule,
    StepDecay,
    WarmUp,
)
from tests.engine.guarded import close, run
from tests.engine.nets import figures, numbers, same, spiral, with_training
from tests.engine.test_layer_kernels import DTYPES, normal
from tests.engine.test_procedure_kernels import counters

HAND = [
    (Constant(), 7.5, 0, 1.0),
    (StepDecay(share=0.5, epochs=10), 9.9, 0, 1.0),
    (StepDecay(share=0.5, epochs=10), 30.0, 0, 0.125),
    (ExponentialDecay(share=0.9), 2.0, 0, 0.81),
    (InverseDecay(epochs=50), 100.0, 0, 1 / 3),
    (Cosine(epochs=100, least=0.2), 50.0, 0, 0.6),
    (Cosine(epochs=100, least=0.2), 400.0, 0, 0.2),
    (Cosine(epochs=100, warm_up=3), 0.0, 0, 0.25),
    (Cosine(epochs=100, warm_up=3), 53.0, 0, 0.5),
    (WarmUp(epochs=4), 0.0, 0, 0.2),
    (WarmUp(epochs=4), 1.5, 0, 0.5),
    (WarmUp(epochs=4), 9.0, 0, 1.0),
    (Plateau(share=0.5), 9.0, 3, 0.125),
]
"""Schedule, epoch, plateaus seen, the factor worked by hand."""


def test_every_schedule_has_a_value_worked_by_hand() -> None:
    assert {s.key for s, *_ in HAND} == {e.key for e in Schedule.registry}


@DTYPES
@pytest.mark.parametrize(("schedule", "epoch", "cuts", "factor"), HAND)
def test_set_rate(dtype: Any, schedule: Schedule, epoch: float, cuts: int, factor: float) -> None:
    whole = math.floor(epoch)
    block = counters(train=20, epoch=whole, offset=round(20 * (epoch - whole)))
    given: dict[str, Any] = settings(schedule.settings)
    ran = run(p.set_rate.filled(schedule.key, factor=type(schedule).factor), dtype, c=block, rate=0.5, **given,
              watched=int(schedule.patience > 0), m=[[cuts, 0.0, 0.0, 0.0]], into=[[0.0]])  # fmt: skip
    close(dtype, ran["into"], np.array([[0.5 * factor]]))


def watched(memory: list[float], epoch: int, train: float, test: float, tests: int) -> list[float]:
    """The memory of a schedule after a point with these sums of losses over 10 training samples."""
    log = [0] * curve.WIDTH
    log[curve.TRAINED] = float_bits(train)
    block = counters(train=10, epoch=epoch)
    block[p.LOSS] = float_bits(test)
    ran = run(curve.watch, np.float64, c=block, log=log, rows=10 + tests, patience=5.0, m=[memory])
    return [float(x) for x in ran["m"][0]]


def test_watch_counts_a_plateau_after_the_patience() -> None:
    first = watched([0, 0, 0, 0], 3, 20.0, 0.0, 0)
    assert first == [0, 2.0, 3, 1]
    assert watched(first, 5, 10.0, 0.0, 0) == [0, 1.0, 5, 1], "a better loss begins anew"
    assert watched(first, 7, 30.0, 0.0, 0) == first, "still patient"
    assert watched(first, 8, 30.0, 0.0, 0) == [1, 2.0, 8, 1]


def test_watch_looks_at_the_test_samples_where_there_are_any() -> None:
    assert watched([0, 0, 0, 0], 1, 20.0, 6.0, 4) == [0, 1.5, 1, 1]


@DTYPES
@pytest.mark.parametrize("count", [16, 48, 64])
def test_clip_values(dtype: Any, count: int) -> None:
    g = 3 * normal(0, 1, count)
    close(dtype, run(clip_values, dtype, count=count, bound=1.5, g=g)["g"], np.clip(g, -1.5, 1.5))


@DTYPES
@pytest.mark.parametrize("count", [16, 32, 48, 80])
def test_clip_norm(dtype: Any, count: int) -> None:
    g = normal(0, 1, count)
    long = np.linalg.norm(g)
    close(dtype, run(clip_norm, dtype, count=count, bound=0.5, g=g)["g"], g * 0.5 / long)
    close(dtype, run(clip_norm, dtype, count=count, bound=2 * long, g=g)["g"], g)


@DTYPES
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 8), (5, 12), (40, 20)])
def test_bound_columns(dtype: Any, rows: int, columns: int) -> None:
    w = normal(0, rows, columns)
    w[:, 0] = 0
    lengths = np.linalg.norm(w, axis=0)
    stride = -(-columns // 8) * 8
    expected = w * np.minimum(1, 1.2 / np.maximum(lengths, 1e-30))
    close(dtype, run(bound_columns, dtype, clean=("w",), rows=rows, stride=stride, bound=1.2, w=w)["w"], expected)


def test_frozen_weights_stay_whatever_is_done_to_a_step() -> None:
    extras = (GradientNoise(deviation=1.0), MaxNorm(bound=0.1))
    base = with_training(spiral(), regularisers=extras, optimiser=AdamW(decay=10.0))
    frozen = (("h1.weight", "input/x1", "h1/0"),)
    machine = Supervised(replace(base, model=replace(base.model, frozen=frozen)))
    before = numbers(machine)["h1.weight"].copy()
    machine.advance("epoch", 3, 60)
    after = numbers(machine)["h1.weight"]
    assert after[0, 0] == before[0, 0]
    assert (after.ravel()[1:] != before.ravel()[1:]).all()


# -- in a run -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [e.kind() for e in Schedule.registry], ids=lambda s: s.key)
def test_a_run_with_a_schedule_goes_on_with_the_same_bits(schedule: Schedule) -> None:
    experiment = with_training(spiral(), schedule=schedule)
    together, apart = Supervised(experiment), Supervised(experiment)
    together.advance("epoch", 12, 60)
    apart.advance("epoch", 5, 60)
    again = Supervised(experiment)
    again.restore(apart.state())
    again.advance("epoch", 7, 60)
    assert same(numbers(again), numbers(together))


def test_a_plateau_halves_the_rate() -> None:
    base = spiral()
    # nothing can fall below what no step can change
    still = with_training(base, schedule=Plateau(share=0.5, epochs=2), optimiser=SGD(rate=1e-30))
    machine = Supervised(still)
    machine.advance("epoch", 9, 60)
    memory = machine.state().numbers
    cuts = next(n.values.values[0] for n in memory if n.name == "schedule.memory")
    assert cuts == 4


def test_clipping_and_bounds_hold_in_a_run() -> None:
    base = spiral()
    bounded = with_training(base, regularisers=(MaxNorm(bound=0.5),))
    machine = Supervised(bounded)
    machine.advance("epoch", 5, 60)
    for name, values in numbers(machine).items():
        if name.endswith(".weight"):
            assert np.linalg.norm(values, axis=0).max() <= 0.5 + 1e-6
    rate = 0.125
    for regulariser, norm in ((ClipNorm(bound=1e-3), 1e-3), (ClipValues(bound=1e-4), 1e-4)):
        stepped = Supervised(with_training(base, regularisers=(regulariser,), optimiser=SGD(rate=rate)))
        before = numbers(stepped)
        stepped.advance("batch", 1, 60)
        after = numbers(stepped)
        moved = np.concatenate([(after[k] - before[k]).ravel() for k in after if "#" not in k])
        size = np.linalg.norm(moved) if isinstance(regulariser, ClipNorm) else np.abs(moved).max()
        assert size == pytest.approx(rate * norm, rel=1e-2)


@DTYPES
def test_add_noise(dtype: Any) -> None:
    x = normal(0, 50, 12)
    given: dict[str, Any] = {"columns": 12, "stride": 16, "deviation": 0.5, "stream": 77}
    ran = run(add_noise, dtype, rows=[40], seen=[1000], x=x, **given)
    noise = (ran["x"] - x)[:40] / 0.5
    assert abs(noise.mean()) < 0.15
    assert noise.std() == pytest.approx(1, abs=0.1)
    assert len(np.unique(noise.round(4))) > 450
    assert np.array_equal(ran["x"][40:], x[40:].astype(dtype))
    later = run(add_noise, dtype, rows=[30], seen=[1010], x=x[10:], **given)
    close(dtype, later["x"][:30], ran["x"][10:40].astype(np.float64))


@DTYPES
def test_add_gradient_noise(dtype: Any) -> None:
    g = normal(0, 30, 20)
    given: dict[str, Any] = {"rows": 30, "columns": 20, "stride": 24, "deviation": 0.4, "stream": 5}
    first, later = (
        run(add_gradient_noise, dtype, clean=("g",), step=[t], fade=0.5, g=g, **given)["g"] - g for t in (0, 15)
    )
    assert first.std() == pytest.approx(0.4, rel=0.1)
    assert later.std() == pytest.approx(0.4 / 16**0.25, rel=0.1)
    assert abs(np.corrcoef(first.ravel(), later.ravel())[0, 1]) < 0.15


def test_draws_are_those_of_their_distributions() -> None:
    ran = run(drawn, np.float64, count=20_000, u=np.zeros((1, 20_000)), n=np.zeros((1, 20_000)))
    u, n = np.sort(ran["u"][0]), ran["n"][0]
    even = (np.arange(20_000) + 0.5) / 20_000
    assert np.abs(u - even).max() < 0.015, "Kolmogorov and Smirnov: beyond this once in 10 000"
    assert abs(n.mean()) < 0.03
    assert n.std() == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(n) < 1) == pytest.approx(0.6827, abs=0.015)
    assert np.abs(n).max() > 3.2


@pytest.mark.parametrize("regulariser", [e.kind() for e in Regulariser.registry], ids=lambda r: r.key)
def test_a_run_with_a_regulariser_has_the_same_bits_however_it_is_cut(regulariser: Regulariser) -> None:
    base = next(e for e in (spiral(), examples.load("plane"), figures()) if not regulariser.unfit(setting(e)))
    experiment = with_training(base, regularisers=(regulariser,))
    together, apart = Supervised(experiment), Supervised(experiment)
    together.advance("epoch", 4, 60)
    apart.advance("sample", 123, 60)
    again = Supervised(experiment)
    again.restore(apart.state())
    again.advance("epoch", 1, 60)
    again.advance("epoch", 4 - again.position.epoch, 60)
    assert same(numbers(again), numbers(together))


@kernel
def drawn(f: Floats, i: Ints, count: int, u: Out, n: Out) -> None:
    """Uniform and normal numbers of neighbouring places."""
    for k in range(count):
        f[u + k] = uniform(key(9, k // 100, k % 100))
        f[n + k] = gauss(key(8, k // 100, k % 100))
