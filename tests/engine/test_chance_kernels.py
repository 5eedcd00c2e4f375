"""Dropout and its kin: what is drawn, what it does to a sample, and that the same seed is the same run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.activations.classic import Linear, Tanh
from engine.draws import GOLDEN, SPREAD, kept8, normal8, uniform8
from engine.kernels.record import Floats, Ints, Out, hole, kernel
from engine.kernels.rows import scale_rows
from engine.kernels.table import padded
from engine.kernels.words import Vec, store
from engine.layers import Layer
from engine.layers.chance import (
    Dropout,
    GaussianDropout,
    Noise,
    StochasticDepth,
    draw_samples,
    draw_units,
)
from engine.layers.dropconnect import DropConnect, masked_backward, masked_delta, masked_forward
from engine.machines.supervised import Supervised
from engine.passes import settings
from engine.plan import procedure as p
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, same, spiral, with_layers
from tests.engine.test_layer_kernels import DTYPES, FUNCTIONS, extended, normal

F = NDArray[np.float64]
U = np.uint64


def mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64, as Steele, Lea and Flood give it."""
    z = (z ^ (z >> U(30))) * U(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
    return z ^ (z >> U(31))


def words(stream: int, sample: int, places: int) -> NDArray[np.uint64]:
    """The draws for the first places of a sample."""
    with np.errstate(over="ignore"):
        start = mixed(np.array([(stream + sample * SPREAD) % 2**64], np.uint64))
        return mixed(start + np.arange(places, dtype=np.uint64) * U(GOLDEN % 2**64))


def uniforms(stream: int, sample: int, places: int, shift: int = 40) -> F:
    return ((words(stream, sample, places) >> U(shift)) & U(0xFFFFFF)).astype(np.float64) * 2.0**-24


def mask(stream: int, samples: range, places: int, share: float) -> F:
    return np.array([uniforms(stream, s, places) >= share for s in samples]) / (1 - share)


@hole
def eight(f: Floats, state: int) -> Vec:  # type: ignore[empty-body]
    """The draws under test."""


@kernel
def draw_many(f: Floats, i: Ints, count: int, y: Out) -> None:
    """y = eight draws for every state."""
    for k in range(0, count, 8):
        store(f, y + k, eight(f, 77 + k * GOLDEN))


@DTYPES
def test_eight_draws_are_those_of_splitmix(dtype: Any) -> None:
    y = np.zeros((1, 4096))
    found = run(draw_many.filled("uniform", eight=uniform8), dtype, count=4096, y=y)["y"][0]
    with np.errstate(over="ignore"):
        states = U(77) + np.arange(4096, dtype=np.uint64) * U(GOLDEN % 2**64)
    assert np.array_equal(found.astype(np.float64), (mixed(states) >> U(40)).astype(np.float64) * 2.0**-24)
    assert abs(found.mean() - 0.5) < 0.02


@DTYPES
def test_eight_normal_draws(dtype: Any) -> None:
    found = run(draw_many.filled("normal", eight=normal8), dtype, count=40000, y=np.zeros((1, 40000)))["y"][0]
    assert np.isfinite(found).all()
    assert abs(found.mean()) < 0.02
    assert abs(found.std() - 1) < 0.02
    assert abs((np.abs(found) < 1).mean() - 0.6827) < 0.01
    assert abs((np.abs(found) < 2).mean() - 0.9545) < 0.01


@DTYPES
@pytest.mark.parametrize("units", [1, 8, 21])
def test_units_are_dropped(dtype: Any, units: int) -> None:
    given: dict[str, Any] = {"columns": units, "stride": padded(units), "amount": 0.25, "scale": 1 / 0.75, "stream": 9}
    units_of = draw_units.filled("kept", drawn=kept8)
    found = run(units_of, dtype, clean=("m",), rows=[30], seen=[5], m=extended(np.zeros((30, units))), **given)["m"]
    close(dtype, found[:30], mask(9, range(5, 35), units, 0.25))
    assert (found[30:] == 3.0).all()
    whole = draw_samples.filled("kept", drawn=kept8)
    found = run(whole, dtype, clean=("m",), rows=[30], seen=[5], m=extended(np.zeros((30, units))), **given)["m"]
    close(dtype, found[:30], np.repeat(mask(9, range(5, 35), 1, 0.25), units, axis=1))
    scaled = run(scale_rows, dtype, rows=[30], stride=padded(units), scale=0.75, x=found, o=np.zeros_like(found))["o"]
    close(dtype, scaled[:30], found[:30] * 0.75)


@DTYPES
@pytest.mark.parametrize(("m", "inputs", "units"), [(1, 1, 1), (5, 3, 8), (9, 10, 21)])
@pytest.mark.parametrize("fresh", [0, 1])
def test_dropconnect(dtype: Any, m: int, inputs: int, units: int, fresh: int) -> None:
    stride = padded(units)
    x, w, b, d = normal(0, m, inputs), normal(1, inputs, units), normal(2, 1, units), normal(3, m, units)
    masks = (
        np.array([uniforms(4, s, inputs * stride).reshape(inputs, stride)[:, :units] >= 0.5 for s in range(7, 7 + m)])
        / 0.5
    )
    z = np.einsum("mi,miu->mu", x, masks * w) + b
    common: dict[str, Any] = {
        "rows": [m], "seen": [7], "inputs": inputs, "x_stride": padded(inputs), "stride": stride, "share": 0.5,
        "scale": 2.0, "stream": 4,
    }  # fmt: skip
    forward = masked_forward.filled("tanh", value=FUNCTIONS["tanh"].value)
    ran = run(forward, dtype, clean=("w", "b"), **common, **settings(()), x=extended(x), w=w, b=b,
              z=extended(np.zeros_like(z)), a=extended(np.zeros_like(z)))  # fmt: skip
    close(dtype, ran["z"][:m], z, scale=inputs)
    close(dtype, ran["a"][:m], np.tanh(z), scale=inputs)
    dw, db = normal(5, inputs, units), normal(6, 1, units)
    backward = masked_backward.filled("tanh", derivative=FUNCTIONS["tanh"].derivative)
    ran = run(backward, dtype, clean=("d", "dw", "db", "zeros"), fresh=[fresh], **common, **settings(()),
              zeros=np.zeros((1, units)), x=extended(x), z=extended(z), a=extended(np.tanh(z)), d=extended(d), dw=dw,
              db=db)  # fmt: skip
    delta = d * (1 - np.tanh(z) ** 2)
    close(dtype, ran["dw"], np.einsum("mi,mu,miu->iu", x, delta, masks) + (0 if fresh else dw), scale=m)
    close(dtype, ran["db"], delta.sum(axis=0) + (0 if fresh else db), scale=m)
    start = normal(8, m, inputs)
    ran = run(masked_delta, dtype, clean=("w", "d", "start", "dx"), start_stride=padded(inputs), **common, w=w,
              d=extended(d), start=start, dx=extended(x))  # fmt: skip
    close(dtype, ran["dx"][:m], start + np.einsum("miu,mu->mi", masks * w, d), scale=units)


LAYERS: tuple[Layer, ...] = (
    Dropout(id="d"),
    Dropout(id="d", form="plain"),
    GaussianDropout(id="d"),
    StochasticDepth(id="d"),
    Noise(id="d"),
    DropConnect(id="d", units=6, activation=Tanh()),
)
NAMED = pytest.mark.parametrize("layer", LAYERS, ids=lambda x: f"{x.key} {getattr(x, 'form', '')}".strip())


def chanced(layer: Layer, batch: int = 10) -> Supervised:
    base = spiral(6, batch=batch)
    return Supervised(with_layers(base, base.model.layers[0], layer, base.model.output))


@NAMED
def test_runs_by_chance_are_the_same_however_they_are_cut(layer: Layer) -> None:
    whole, cut, sampled = chanced(layer), chanced(layer), chanced(layer)
    whole.advance("batch", 100, seconds=60.0)
    for amount in (1, 30, 9, 60):
        cut.advance("batch", amount, seconds=60.0)
        cut.snapshot(frozenset())
    assert same(numbers(whole), numbers(cut))
    sampled.advance("sample", 1000, seconds=60.0)
    assert same(numbers(whole), numbers(sampled))
    again = chanced(layer)
    halfway = chanced(layer)
    halfway.advance("sample", 333, seconds=60.0)
    again.restore(halfway.state())
    again.advance("sample", 667, seconds=60.0)
    assert same(numbers(whole), numbers(again))


@NAMED
def test_large_batches_are_the_same_in_pieces(layer: Layer) -> None:
    whole, cut = chanced(layer, batch=0), chanced(layer, batch=0)
    whole.advance("batch", 3, seconds=60.0)
    cut.advance("sample", 3 * whole._running.prepared.train, seconds=60.0)
    assert same(numbers(whole), numbers(cut))


@NAMED
def test_the_answer_is_the_mean_of_learning(layer: Layer) -> None:
    """One linear neuron behind it: over many draws its mean while learning is what it says when it answers."""
    base = spiral(6, batch=0)
    layer = DropConnect(id="d", units=6, activation=Linear()) if isinstance(layer, DropConnect) else layer
    machine = Supervised(with_layers(base, base.model.layers[0], layer, base.model.output))
    plan = machine._running
    said = plan.activations(0, plan.prepared.train)["d"]
    drawn = np.zeros_like(said)
    start = machine.state()
    for k in range(400):
        machine.restore(start)
        plan.set(p.SAMPLES, 1000 * k)
        plan.steps(1, 1 << 40)
        order = plan.i[plan.lowered.order.at :][: plan.prepared.train]
        drawn[order] += plan.view(plan.lowered.outputs["d"])[: plan.prepared.train] / 400
    assert np.abs(drawn - said).max() < 0.35
    assert abs(float((drawn - said).mean())) < 0.01
