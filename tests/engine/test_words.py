"""The vector vocabulary against NumPy, in float32 and float64; and what NaN, infinity and the ends of the range do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.bench.peak import fma_chain
from engine.kernels.record import Floats, In, Ints, Out, hole, inline, kernel
from engine.kernels.words import (
    LANES,
    Vec,
    absolute,
    exp,
    expm1,
    fma,
    greatest,
    higher,
    load,
    load8,
    log,
    log1p,
    lower,
    sine,
    some,
    square_root,
    store,
    tanh,
    total,
    totals,
    where,
)
from tests.engine.guarded import run
from tests.engine.test_layer_kernels import DTYPES

COUNT = 4096


@hole
def function(v: Vec) -> Vec:  # type: ignore[empty-body]
    """The word under test."""


@kernel
def each(f: Floats, i: Ints, count: int, x: In, y: Out) -> None:
    """y = function(x), vector by vector."""
    for k in range(0, count, LANES):
        store(f, y + k, function(load(f, x + k)))


@hole
def pair(a: Vec, b: Vec) -> Vec:  # type: ignore[empty-body]
    """A word of two vectors."""


@kernel
def both(f: Floats, i: Ints, count: int, x: In, z: In, y: Out) -> None:
    """y = pair(x, z), vector by vector."""
    for k in range(0, count, LANES):
        store(f, y + k, pair(load(f, x + k), load(f, z + k)))


@kernel
def join(f: Floats, i: Ints, x: In, y: Out) -> None:
    """Sum, greatest, and whether any is above 2."""
    v = load(f, x)
    f[y] = total(v)
    f[y + 1] = greatest(v)
    f[y + 2] = 1.0 if some(v > 2.0) else 0.0


@kernel
def join_eight(f: Floats, i: Ints, x: In, y: Out) -> None:
    """y = the sums of eight rows of eight."""
    a, b, c, d = load8(f, x), load8(f, x + 8), load8(f, x + 16), load8(f, x + 24)
    e, g, h, k = load8(f, x + 32), load8(f, x + 40), load8(f, x + 48), load8(f, x + 56)
    store(f, y, totals(a, b, c, d, e, g, h, k))


def applied(word: Any, dtype: Any, x: NDArray[Any]) -> NDArray[Any]:
    x = np.resize(x, (1, COUNT)).astype(dtype)
    return run(each.filled(word.function.__name__, function=word), dtype, count=COUNT, x=x, y=np.zeros_like(x))["y"]


WORDS: dict[str, Any] = {
    "exp": (exp, np.exp, (-80, 80)),
    "expm1": (expm1, np.expm1, (-80, 80)),
    "small expm1": (expm1, np.expm1, (-1e-3, 1e-3)),
    "log": (log, np.log, (1e-30, 1e30)),
    "log near 1": (log, np.log, (0.5, 2)),
    "log1p": (log1p, np.log1p, (0, 1)),
    "tanh": (tanh, np.tanh, (-12, 12)),
    "small tanh": (tanh, np.tanh, (-1e-3, 1e-3)),
    "sine": (sine, np.sin, (-3, 3)),
    "square root": (square_root, np.sqrt, (0, 100)),
    "absolute": (absolute, np.abs, (-5, 5)),
}


@DTYPES
@pytest.mark.parametrize("name", WORDS)
def test_functions_are_accurate(dtype: Any, name: str) -> None:
    word, reference, (low, high) = WORDS[name]
    x = (np.geomspace(low, high, COUNT) if name == "log" else np.linspace(low, high, COUNT)).astype(dtype)
    expected = reference(x.astype(np.float64))
    found = applied(word, dtype, x)[0].astype(np.float64)
    error = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-3 if name == "log near 1" else 1e-30)
    assert error.max() < (4e-7 if dtype == np.float32 else 2e-15)


@DTYPES
def test_the_sine_of_large_angles(dtype: Any) -> None:
    x = np.linspace(-3e4, 3e4, COUNT).astype(dtype)
    found = applied(sine, dtype, x)[0].astype(np.float64)
    assert np.abs(found - np.sin(x.astype(np.float64))).max() < (1e-6 if dtype == np.float32 else 1e-15)


@DTYPES
@pytest.mark.parametrize("word", [exp, expm1, tanh, sine, square_root, absolute], ids=lambda w: w.function.__name__)
def test_a_nan_stays_one(dtype: Any, word: Any) -> None:
    x = np.ones(COUNT)
    x[5] = np.nan
    found = applied(word, dtype, x)[0]
    assert np.isnan(found[5])
    assert np.isfinite(np.delete(found, 5)).all()


@DTYPES
def test_the_ends_of_the_range(dtype: Any) -> None:
    x = np.array([-np.inf, np.inf, -1e30, 1e30, 0.0, -0.0, 5.0, -5.0])
    assert np.isfinite(applied(exp, dtype, x)).all()
    assert np.array_equal(applied(tanh, dtype, x)[0, :6], [-1, 1, -1, 1, 0, 0])


@inline
def least(a: Vec, b: Vec) -> Vec:
    return lower(a, b)


@inline
def most(a: Vec, b: Vec) -> Vec:
    return higher(a, b)


@inline
def arithmetic(a: Vec, b: Vec) -> Vec:
    return 2.0 * a - b / 3.0 + fma(a, b, 1.0) * (1 - a) - (-b)


@inline
def chosen(a: Vec, b: Vec) -> Vec:
    return where(a > b, a, 0.0) + where(a <= 0.5, b, 1.0) + where(b < 0.0, 1.0 * a, b) + where(a >= 1.0, a, b)


PAIRS: dict[str, Any] = {
    "least": (least, np.minimum),
    "most": (most, np.maximum),
    "arithmetic": (arithmetic, lambda a, b: 2 * a - b / 3 + (a * b + 1) * (1 - a) + b),
    "chosen": (
        chosen,
        lambda a, b: np.where(a > b, a, 0) + np.where(a <= 0.5, b, 1) + np.where(b < 0, a, b) + np.where(a >= 1, a, b),
    ),
}


@DTYPES
@pytest.mark.parametrize("name", PAIRS)
def test_pairs(dtype: Any, name: str) -> None:
    word, reference = PAIRS[name]
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 1, COUNT)).astype(dtype)
    ran = run(both.filled(name, pair=word), dtype, count=COUNT, x=x, z=z, y=np.zeros_like(x))
    limit = 1e-5 if dtype == np.float32 else 1e-7
    assert np.allclose(ran["y"], reference(x.astype(float), z.astype(float)), rtol=limit, atol=limit)


@DTYPES
def test_the_totals_of_eight_vectors_stand_in_their_order(dtype: Any) -> None:
    ran = run(join_eight, dtype, x=np.arange(64.0).reshape(8, 8), y=np.zeros((1, 8)))
    assert list(ran["y"][0]) == [28, 92, 156, 220, 284, 348, 412, 476]  # 0 + .. + 7, and 64 more each time


@DTYPES
def test_joining_lanes(dtype: Any) -> None:
    x = np.random.default_rng(0).normal(size=(1, LANES))
    ran = run(join, dtype, x=x, y=np.zeros((1, 3)))
    assert ran["y"][0, 0] == pytest.approx(x.sum(), rel=1e-5)
    assert ran["y"][0, 1] == pytest.approx(x.max(), rel=1e-6)
    assert ran["y"][0, 2] == (x.max() > 2)


@DTYPES
def test_denormal_numbers_count_as_zero_inside_a_run_and_nowhere_else(dtype: Any) -> None:
    tiny = np.finfo(dtype).tiny
    found = applied(_halved, dtype, np.full(COUNT, tiny))
    assert np.all(found == 0)
    assert dtype(tiny) * dtype(0.5) != 0


@inline
def _halved(v: Vec) -> Vec:
    return v * 0.5


@DTYPES
def test_the_peak_is_measured_with_multiply_adds(dtype: Any) -> None:
    ran = run(fma_chain, dtype, count=3, out=np.zeros((1, LANES)))
    s = t = 0.0
    a, b = dtype(0.999999), dtype(0.000001)
    s, t = float(a), float(b)
    for _ in range(3):
        s, t = s * float(a) + float(b), t * float(a) + float(b)
    assert np.allclose(ran["out"], 6 * s + 6 * t, rtol=1e-5)
