"""The numbers of layers of pictures: how they start, which stay, and which a function by itself learns."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.classic import Linear
from engine.activations.learned import ParametricReLU
from engine.initialisers import Fan, LeCun
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.convolution_1d import Convolution1D
from engine.layers.depthwise import Depthwise
from engine.layers.function import Function
from engine.layers.local import Local
from engine.layers.reforming import Flatten
from engine.layers.sub_sampling import SubSampling
from engine.layers.transposed import Transposed
from engine.plan import Plan, prepare
from engine.plan.learned import Learner
from engine.shapes import Axis
from tests.engine.test_picture_layers import SAMPLES, answers, error, pictured


def test_initialisers_know_what_a_sum_of_a_picture_reads() -> None:
    def fan(layer: Layer, *shape: int) -> Fan:
        names = ("row", "column", "channel")
        axes = tuple(Axis(n, tuple(map(str, range(k)))) for n, k in zip(names, shape, strict=True))
        return next(q.fan for q in layer.parameters((axes,)) if q.is_weight)

    assert fan(Convolution(id="c", units=8), 6, 6, 4) == Fan(36, 72)
    assert fan(Convolution(id="c", units=8, groups=2), 6, 6, 4) == Fan(18, 36)
    assert fan(Convolution1D(id="c", units=8, window=2), 6, 5, 4) == Fan(2 * 5 * 4, 2 * 5 * 8)
    assert fan(Depthwise(id="d"), 6, 6, 4) == Fan(9, 9)
    # with stride 2, 3 × 3 / 2² taps reach a place as an average; with stride 4, no place is reached by two
    assert fan(Transposed(id="t", units=8, stride=1), 6, 6, 4) == Fan(36, 72, 36)
    assert fan(Transposed(id="t", units=8, stride=2), 6, 6, 4) == Fan(9, 72, 36)
    assert fan(Transposed(id="t", units=8, stride=4), 6, 6, 4) == Fan(4, 72, 36)
    assert fan(Local(id="l", units=8), 6, 6, 4) == Fan(36, 72)


def test_sums_of_a_transposed_convolution_start_as_wide_as_what_they_read() -> None:
    layer = Transposed(id="t1", units=64, window=4, stride=2, cut=3, activation=Linear())
    before = Convolution(id="c0", units=32, window=1, activation=Linear())
    made = pictured((8, 8, 1), before, layer, Flatten(id="f"))
    made = replace(made, model=replace(made.model, initialiser=LeCun()))
    plan = Plan(made, prepare(made), gradcheck.double_library())
    Learner(plan).start()
    seen = plan.sees(np.random.default_rng(0).normal(size=(SAMPLES, 64)))
    read, said = seen["c0"], seen["t1"]
    assert np.mean(said**2) == pytest.approx(np.mean(read**2), rel=0.15)


def test_frozen_sub_sampling_stays_and_passes_slopes_on() -> None:
    made = pictured((8, 8, 1), Convolution(id="c1", units=3), SubSampling(id="s1", frozen=True), Flatten(id="f"))
    plan = Plan(made, prepare(made), gradcheck.double_library())
    learner = Learner(plan)
    learner.start()
    before = {name: learner.array(name).copy() for name in ("c1.weight", "s1.scale", "s1.bias")}
    plan.steps(3, 1 << 40)
    assert np.array_equal(learner.array("s1.scale"), before["s1.scale"])
    assert np.array_equal(learner.array("s1.bias"), before["s1.bias"])
    assert not np.array_equal(learner.array("c1.weight"), before["c1.weight"])


def test_a_function_by_itself_learns_a_slope_for_each_map() -> None:
    layer = Function(id="p1", activation=ParametricReLU())
    made = pictured((5, 4, 1), Convolution(id="c1", units=3, activation=Linear()), layer, Flatten(id="f"))
    read, said, w = answers(made, "p1")
    assert w["slope"].shape == (3,)
    for x, a in zip(read, said, strict=True):
        assert np.allclose(a, np.where(x > 0, x, x * w["slope"]), rtol=1e-12)
    assert error(made) < gradcheck.LIMIT
    assert error(pictured((5, 4, 3), layer, Flatten(id="f"), Function(id="p2", activation=ParametricReLU()))) < 1e-6
