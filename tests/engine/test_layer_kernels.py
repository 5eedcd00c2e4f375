"""Every kernel of layers, losses, optimisers and penalties: guarded, and against a short NumPy reference, in float32
and float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.activations import Activation
from engine.activations.classic import Linear
from engine.activations.learned import prelu_backward, prelu_forward
from engine.activations.random import toss
from engine.activations.shares import softmax_backward, softmax_forward
from engine.kernels.table import float_bits, padded
from engine.layers import dense
from engine.losses import Loss
from engine.losses.base import loss_slope, loss_sum
from engine.losses.distance import Huber
from engine.losses.entropy import cross_entropy_sum
from engine.passes import settings
from engine.penalties import (
    Penalty,
    add_elastic_cost,
    add_elastic_slope,
    add_l1_cost,
    add_l1_slope,
    add_l2_cost,
    add_l2_slope,
)
from engine.registry import Entry
from tests.engine.guarded import close, run

F = NDArray[np.float64]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
SIZES = pytest.mark.parametrize(
    ("m", "inputs", "units"),
    [(1, 1, 1), (2, 3, 5), (5, 8, 8), (10, 2, 8), (13, 17, 12), (3, 9, 33), (26, 40, 70), (11, 16, 24), (12, 24, 128)],
)
FUNCTIONS = {e.key: e.kind for e in Activation.registry if not e.kind.apart}


def sigmoid(z: F) -> F:
    share: F = 1 / (1 + np.exp(-z))
    return share


def gelu_inner(z: F) -> F:
    inner: F = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
    return inner


VALUES: dict[str, Any] = {
    "linear": lambda z: z,
    "step": lambda z: (z >= 0) * 1.0,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "scaled-tanh": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softplus": lambda z: np.logaddexp(0, z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z / 2 * (1 + np.tanh(gelu_inner(z))),
    "swish": lambda z: z * sigmoid(z),
    "bipolar-step": lambda z: np.where(z >= 0, 1.0, -1.0),
    "three-level-step": lambda z: (z > 0.5) * 1.0 - (z < -0.5),
    "bipolar-sigmoid": lambda z: 2 * sigmoid(z) - 1,
    "algebraic-sigmoid": lambda z: z / np.sqrt(1 + z * z),
    "ramp": lambda z: np.clip(z, 0, 1),
    "hard-tanh": lambda z: np.clip(z, -1, 1),
    "shifted-relu": lambda z: np.maximum(-1, z),
    "stochastic": sigmoid,
    "mish": lambda z: z * np.tanh(np.logaddexp(0, z)),
    "sine": np.sin,
    "polynomial": lambda z: z + 0.1 * z * z,
}


def slope(key: str, z: F) -> F:
    """The derivative by a central difference, in float64."""
    if key.endswith("step"):
        return np.zeros_like(z)
    difference: F = (VALUES[key](z + 1e-6) - VALUES[key](z - 1e-6)) / 2e-6
    return difference


NONE: dict[str, Any] = settings(())


def normal(seed: int, *shape: int) -> F:
    return np.random.default_rng(seed).normal(size=shape)


def extended(values: F, rows: int = 2) -> F:
    """With rows behind it that must not matter."""
    return np.concatenate([values, np.full((rows, values.shape[1]), 3.0)])


def test_every_activation_has_a_reference() -> None:
    assert set(FUNCTIONS) == set(VALUES)


@DTYPES
@SIZES
def test_dense_forward(dtype: Any, m: int, inputs: int, units: int) -> None:
    x, w, b = normal(0, m, inputs), normal(1, inputs, units), normal(2, 1, units)
    forward = dense.dense_forward.filled("tanh", value=FUNCTIONS["tanh"].value)
    ran = run(
        forward, dtype, clean=("w", "b"), rows=[m], inputs=inputs, x_stride=padded(inputs), stride=padded(units),
        **NONE, x=extended(x), w=w, b=b, z=np.zeros((m + 2, units)), a=np.zeros((m + 2, units)),
    )  # fmt: skip
    close(dtype, ran["z"][:m], x @ w + b, scale=inputs)
    close(dtype, ran["a"][:m], np.tanh(x @ w + b), scale=inputs)


@DTYPES
@pytest.mark.parametrize("key", FUNCTIONS)
def test_activations_in_the_dense_kernels(dtype: Any, key: str) -> None:
    kind = FUNCTIONS[key]
    m, units = 9, 12
    z = np.linspace(-12, 12, m * units).reshape(m, units) + 0.05
    x, b = np.ones((m, 1)), np.zeros((1, units))
    forward = dense.dense_forward.filled(key, value=kind.value)
    # one input of 1 in row r, with the weights of row r: z comes out exactly
    for r in (0, 4, 8):
        ran = run(
            forward, dtype, clean=("w", "b"), rows=[1], inputs=1, x_stride=8, stride=padded(units),
            **settings(kind().settings), x=x[:1], w=z[r : r + 1], b=b, z=np.zeros((1, units)), a=np.zeros((1, units)),
        )  # fmt: skip
        close(dtype, ran["a"][0], VALUES[key](z[r]))
    backward = dense.dense_backward.filled(key, derivative=kind.derivative)
    d = normal(3, m, units)
    ran = run(
        backward, dtype, clean=("d", "dw", "db", "zeros"), rows=[m], fresh=[1], inputs=1, x_stride=8,
        stride=padded(units), **settings(kind().settings), zeros=np.zeros((1, units)), x=x, z=z, a=VALUES[key](z), d=d,
        dw=np.ones((1, units)), db=np.ones((1, units)),
    )  # fmt: skip
    expected = (d * slope(key, z)).sum(axis=0)
    assert np.allclose(ran["db"][0], expected, rtol=1e-4, atol=1e-5)
    assert np.allclose(ran["dw"][0], expected, rtol=1e-4, atol=1e-5)


@DTYPES
@SIZES
@pytest.mark.parametrize("fresh", [0, 1])
def test_dense_backward(dtype: Any, m: int, inputs: int, units: int, fresh: int) -> None:
    x, z, d = normal(0, m, inputs), normal(1, m, units), normal(2, m, units)
    a, dw, db = np.tanh(z), normal(3, inputs, units), normal(4, 1, units)
    backward = dense.dense_backward.filled("tanh", derivative=FUNCTIONS["tanh"].derivative)
    ran = run(
        backward, dtype, clean=("d", "dw", "db", "zeros"), rows=[m], fresh=[fresh], inputs=inputs,
        x_stride=padded(inputs), stride=padded(units), **NONE, zeros=np.zeros((1, max(units, inputs))),
        x=extended(x), z=extended(z), a=extended(a), d=extended(d), dw=dw, db=db,
    )  # fmt: skip
    delta = d * (1 - a * a)
    close(dtype, ran["d"][:m], delta)
    close(dtype, ran["dw"], x.T @ delta + (0 if fresh else dw), scale=m)
    close(dtype, ran["db"], delta.sum(axis=0) + (0 if fresh else db), scale=m)


@DTYPES
@SIZES
def test_dense_slope(dtype: Any, m: int, inputs: int, units: int) -> None:
    z, d = normal(1, m, units), normal(2, m, units)
    kernel = dense.dense_slope.filled("tanh", derivative=FUNCTIONS["tanh"].derivative)
    ran = run(kernel, dtype, clean=("d",), rows=[m], stride=padded(units), **NONE, z=extended(z),
              a=extended(np.tanh(z)), d=extended(d))  # fmt: skip
    close(dtype, ran["d"][:m], d * (1 - np.tanh(z) ** 2))


@DTYPES
@SIZES
@pytest.mark.parametrize("adds", [False, True])
def test_dense_delta(dtype: Any, m: int, inputs: int, units: int, adds: bool) -> None:
    w, d, dx = normal(0, inputs, units), normal(1, m, units), normal(2, m, inputs)
    ran = run(
        dense.dense_delta, dtype, clean=("w", "d", "turned", "start", "dx"), rows=[m], inputs=inputs, units=units,
        stride=padded(units), x_stride=padded(inputs), start_stride=padded(inputs) if adds else 0, w=w,
        d=extended(d), turned=np.zeros((padded(units), inputs)), start=dx if adds else np.zeros((1, inputs)),
        dx=extended(dx),
    )  # fmt: skip
    close(dtype, ran["dx"][:m], d @ w.T + (dx if adds else 0), scale=units)
    assert np.all(ran["dx"][m:] == 3.0)


@DTYPES
@pytest.mark.parametrize(("inputs", "units"), [(1, 1), (2, 8), (3, 5), (8, 1), (8, 8), (17, 12), (9, 33), (40, 70)])
@pytest.mark.parametrize("asked", [False, True])
def test_dense_backward_one(dtype: Any, inputs: int, units: int, asked: bool) -> None:
    x, w, z, d = normal(0, 1, inputs), normal(1, inputs, units), normal(2, 1, units), normal(3, 1, units)
    a, start, dx = np.tanh(z), normal(4, 1, inputs), normal(5, 1, inputs)
    backward = dense.dense_backward_one.filled("tanh", derivative=FUNCTIONS["tanh"].derivative)
    ran = run(
        backward, dtype, clean=("w", "d"), inputs=inputs, stride=padded(units), back=inputs if asked else 0, **NONE,
        w=w, x=x, z=z, a=a, d=d, dw=normal(6, inputs, units), db=normal(7, 1, units), start=start, dx=dx,
    )  # fmt: skip
    delta = d * (1 - a * a)
    close(dtype, ran["d"], delta)
    close(dtype, ran["dw"], x.T @ delta)
    close(dtype, ran["db"], delta)
    close(dtype, ran["dx"], start + delta @ w.T if asked else dx, scale=units)


def softmax(z: F) -> F:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    shares: F = e / e.sum(axis=1, keepdims=True)
    return shares


@DTYPES
@pytest.mark.parametrize("units", [2, 3, 8, 9, 20])
def test_softmax(dtype: Any, units: int) -> None:
    z, d = 5 * normal(0, 7, units), normal(1, 7, units)
    ran = run(softmax_forward, dtype, gain=1.0, rows=[7], units=units, stride=padded(units), z=z, a=np.zeros_like(z))
    close(dtype, ran["a"], softmax(z))
    a = softmax(z)
    ran = run(softmax_backward, dtype, gain=1.0, clean=("a", "d"), rows=[7], stride=padded(units), a=a, d=d)
    close(dtype, ran["d"], a * (d - (a * d).sum(axis=1, keepdims=True)))


@DTYPES
def test_softmax_of_huge_sums_is_finite(dtype: Any) -> None:
    z = np.array([[1e30, -1e30, 0.0], [500.0, 499.0, -1e4]])
    ran = run(softmax_forward, dtype, gain=1.0, rows=[2], units=3, stride=8, z=z, a=np.zeros_like(z))
    close(dtype, ran["a"], np.array([[1, 0, 0], [0.7310585786300049, 0.2689414213699951, 0]]))


@DTYPES
@pytest.mark.parametrize("units", [1, 8, 11])
@pytest.mark.parametrize("fresh", [0, 1])
def test_parametric_relu(dtype: Any, units: int, fresh: int) -> None:
    m, stride = 6, padded(units)
    z, d, s, ds = normal(0, m, units), normal(1, m, units), normal(2, 1, units), normal(3, 1, units)
    above = np.zeros((m + 2, units))
    ran = run(prelu_forward, dtype, clean=("s",), rows=[m], stride=stride, z=extended(z), s=s, a=above)
    close(dtype, ran["a"][:m], np.where(z > 0, z, s * z))
    ran = run(prelu_backward, dtype, clean=("z", "d", "s", "ds", "zeros"), rows=[m], fresh=[fresh], stride=stride,
              zeros=np.zeros((1, units)), z=extended(z), s=s, d=extended(d), ds=ds)  # fmt: skip
    close(dtype, ran["d"][:m], np.where(z > 0, d, s * d))
    close(dtype, ran["ds"], (d * np.minimum(z, 0)).sum(axis=0, keepdims=True) + (0 if fresh else ds), scale=m)


@DTYPES
def test_toss(dtype: Any) -> None:
    chance = np.tile(np.linspace(0, 1, 9), (4000, 1))
    given: dict[str, Any] = {"units": 9, "stride": 16, "stream": 5, "a": chance}
    ran = run(toss, dtype, rows=[4000], seen=[0], **given)["a"]
    assert set(np.unique(ran)) == {0, 1}
    assert np.abs(ran.mean(axis=0) - chance[0]).max() < 0.04
    later = run(toss, dtype, rows=[1000], seen=[3000], **given)["a"]
    assert np.array_equal(later[:1000], ran[3000:])


EVEN: dict[str, Any] = {"v": [[1.0]], "v_step": 0}
"""Samples that all weigh 1."""


def targets(loss: str, m: int, units: int) -> F:
    t = np.eye(units)[np.arange(m) % units] if units > 1 else (np.arange(m) % 2.0)[:, None]
    return np.asarray(2 * t - 1 if loss == "hinge" else t, np.float64)


def focal(q: F) -> F:
    """The slope of -(1 - q)² ln q."""
    slope: F = 2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q
    return slope


LOSSES: dict[str, Any] = {
    "squared-error": (lambda z, o, t: 0.5 * (o - t) ** 2, lambda z, o, t: o - t),
    "binary-cross-entropy": (lambda z, o, t: np.logaddexp(0, z) - t * z, lambda z, o, t: o - t),
    "cross-entropy": (lambda z, o, t: -t * np.log(o), lambda z, o, t: o - t),
    "huber": (
        lambda z, o, t: np.where(abs(o - t) <= 1, 0.5 * (o - t) ** 2, abs(o - t) - 0.5),
        lambda z, o, t: np.clip(o - t, -1, 1),
    ),
    "absolute-error": (lambda z, o, t: abs(o - t), lambda z, o, t: np.sign(o - t)),
    "log-cosh": (lambda z, o, t: np.log(np.cosh(o - t)), lambda z, o, t: np.tanh(o - t)),
    "focal": (
        lambda z, o, t: -((1 - np.where(t > 0, o, 1 - o)) ** 2) * np.log(np.where(t > 0, o, 1 - o)),
        lambda z, o, t: np.where(t > 0, focal(o), -focal(1 - o)),
    ),
    "categorical-focal": (lambda z, o, t: -t * (1 - o) ** 2 * np.log(o), lambda z, o, t: t * focal(o)),
    "kl-divergence": (lambda z, o, t: -t * np.log(o), lambda z, o, t: -t / o),
    "hinge": (lambda z, o, t: np.maximum(0, 1 - t * o), lambda z, o, t: np.where(t * o < 1, -t, 0)),
}


@DTYPES
@pytest.mark.parametrize("units", [1, 3, 8, 11])
@pytest.mark.parametrize("key", list(LOSSES))
def test_losses(dtype: Any, key: str, units: int) -> None:
    loss = Loss.registry[key].kind()
    shares = "classes" in loss.tasks and loss.tasks["classes"] == ("shares",)
    units += shares and units == 1  # targets are one-hot: there never is a single output
    m = 6
    z, t = 2 * normal(0, m, units), targets(key, m, units)
    o = softmax(z) if shares else sigmoid(z) if loss.tasks.get("binary") == ("share",) else z
    weights = np.linspace(0.5, 2, m)
    shape = {"units": units, "stride": padded(units), "z": z, "o": o, "t": t, "gain": 1.0, **settings(loss.settings)}
    shape |= {"v": weights[None], "v_step": 1}
    function = Activation.registry[loss.fused_with or "linear"].kind()
    assert loss.slope_kernel(function).function is loss_slope.function
    assert loss.sum_kernel(function).function in (loss_sum.function, cross_entropy_sum.function)
    term, derivative = LOSSES[key]
    ran = run(
        loss.slope_kernel(function), dtype, clean=("t",), rows=[m], whole=[10], d=extended(np.ones_like(z)), **shape
    )
    close(dtype, ran["d"][:m], weights[:, None] * derivative(z, o, t) / 10)
    ran = run(loss.sum_kernel(function), dtype, clean=("t",), rows=[m], into=[float_bits(0.25)], **shape)
    expected = 0.25 + (weights[:, None] * term(z, o, t)).sum()
    close(dtype, ran["into"].view(np.float64), np.array([expected]), scale=5)


@DTYPES
@pytest.mark.parametrize("units", [1, 3, 11])
@pytest.mark.parametrize("key", ["binary-cross-entropy", "cross-entropy"])
def test_a_loss_is_true_behind_an_activation_that_it_is_not_fused_with(dtype: Any, key: str, units: int) -> None:
    """With o = ½ (1 + tanh z), which is no sigmoid of z, or with shares that are no softmax of z."""
    loss, m, other = Loss.registry[key].kind(), 6, Linear()
    o, t = 0.5 + 0.5 * np.tanh(normal(0, m, units)), targets(key, m, units)
    shape: dict[str, Any] = {"units": units, "stride": padded(units), "z": 9 * normal(1, m, units), "o": o, "t": t}
    shape |= {"gain": 1.0, **settings(loss.settings), **EVEN}
    if key == "cross-entropy":
        expected, slope = -t * np.log(o), -t / o
    else:
        expected, slope = -t * np.log(o) - (1 - t) * np.log(1 - o), (1 - t) / (1 - o) - t / o
    ran = run(loss.slope_kernel(other), dtype, clean=("t",), rows=[m], whole=[m], d=extended(np.ones_like(o)), **shape)
    close(dtype, ran["d"][:m], slope / m, scale=9)
    ran = run(loss.sum_kernel(other), dtype, clean=("t",), rows=[m], into=[float_bits(0.0)], **shape)
    close(dtype, ran["into"].view(np.float64), np.array([expected.sum()]), scale=5)


@DTYPES
def test_padding_of_deltas_stays_zero(dtype: Any) -> None:
    wide = np.pad(normal(0, 4, 3), ((0, 0), (0, 5)), constant_values=9)
    for units in (3, 8):
        numbers: dict[str, Any] = settings((1.0,)) | EVEN
        ran = run(Huber().slope_kernel(Linear()), dtype, gain=1.0, rows=[4], whole=[4], units=units, stride=8, z=wide,
                  o=wide, t=np.zeros((4, 8)), d=np.ones((4, 8)), **numbers)  # fmt: skip
        assert np.all((ran["d"] != 0) == (np.arange(8) < units))


@DTYPES
def test_the_loss_of_a_sure_and_wrong_answer_is_finite_and_right(dtype: Any) -> None:
    z = np.array([[300.0, -300.0, 0.0]])
    o, t = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])
    ran = run(cross_entropy_sum, dtype, clean=("t",), rows=[1], units=3, stride=8, z=z, o=o, t=t, gain=1.0,
              **NONE, **EVEN, into=[float_bits(0.0)])  # fmt: skip
    assert ran["into"].view(np.float64)[0] == pytest.approx(600.0)


@DTYPES
def test_penalties(dtype: Any) -> None:
    w, g = normal(0, 1, 32), normal(1, 1, 32)
    w[0, :4] = 0
    close(dtype, run(add_l2_slope, dtype, count=32, rate=0.2, w=w, g=g)["g"], g + 0.2 * w)
    close(dtype, run(add_l1_slope, dtype, count=32, rate=0.2, w=w, g=g)["g"], g + 0.2 * np.sign(w))
    both = 0.2 * (0.3 * np.sign(w) + 0.7 * w)
    close(dtype, run(add_elastic_slope, dtype, count=32, rate=0.2, share=0.3, w=w, g=g)["g"], g + both)


@DTYPES
@pytest.mark.parametrize("entry", list(Penalty.registry), ids=lambda e: e.key)
def test_the_sum_of_a_penalty_is_its_cost(dtype: Any, entry: Entry[Penalty]) -> None:
    """Added to what is there; by hand: λ (3 + 4) = 0.007, ½ λ (9 + 16) = 0.0125, and their mean."""
    penalty = entry.kind()
    assert (penalty.sum is None) == (penalty.slope is None)
    if penalty.sum is None:
        return

    def cost(w: NDArray[Any]) -> float:
        assert penalty.sum is not None
        given: dict[str, Any] = penalty.settings()
        ran = run(penalty.sum, dtype, count=w.size, **given, w=w, into=[float_bits(10.0)])
        return float(ran["into"].view(np.float64)[0]) - 10.0

    w = normal(0, 1, 48)
    assert cost(w) == pytest.approx(penalty.cost(w), rel=1e-5 if dtype == np.float32 else 1e-12)
    w = np.zeros((1, 16))
    w[0, [2, 9]] = 3, -4
    by_hand = {add_l1_cost: 0.007, add_l2_cost: 0.0125, add_elastic_cost: 0.00975}
    assert cost(w) == pytest.approx(by_hand[penalty.sum], rel=1e-5)


@pytest.mark.parametrize("entry", list(Penalty.registry), ids=lambda e: e.key)
def test_the_slope_of_a_penalty_is_that_of_its_cost(entry: Entry[Penalty]) -> None:
    penalty, w, step = entry.kind(), normal(0, 1, 16), 1e-6
    if penalty.slope is None:
        assert penalty.cost(w) == 0
        return
    slope = run(penalty.slope, np.float64, count=16, **penalty.settings(), w=w, g=np.zeros((1, 16)))["g"]  # type: ignore[arg-type]
    for k in range(16):
        up, down = w.copy(), w.copy()
        up[0, k] += step
        down[0, k] -= step
        assert slope[0, k] == pytest.approx((penalty.cost(up) - penalty.cost(down)) / (2 * step), abs=1e-8)
