"""Convolutions along the rows: values against the naive one, slopes by the projection check, and no look ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import gradcheck
from engine.activations.classic import Linear, Tanh
from engine.errors import ExperimentError
from engine.experiment import nodes
from engine.layers.convolution import Convolution
from engine.layers.convolution_1d import Convolution1D
from engine.layers.reforming import Flatten
from engine.plan import Plan, prepare
from engine.plan.learned import Learner
from tests.engine import naive_pictures as naive
from tests.engine.naive_pictures import Geometry
from tests.engine.test_picture_layers import EXAMPLES, SIDES, answers, error, pictured, refused


@EXAMPLES
@given(
    rows=SIDES, columns=st.integers(1, 4), channels=st.sampled_from([1, 3]), kernel=st.integers(1, 4),
    stride=st.integers(1, 3), dilation=st.integers(1, 3), padding=st.sampled_from(["causal", "valid", "same"]),
    groups=st.sampled_from([1, 1, 3]), bias=st.booleans(),
)  # fmt: skip
def test_a_convolution_of_rows_is_the_naive_one(
    rows: int, columns: int, channels: int, kernel: int, stride: int, dilation: int, padding: Any, groups: int,
    bias: bool,
) -> None:  # fmt: skip
    groups = min(groups, channels)
    layer = Convolution1D(
        id="c1", units=2 * groups, activation=Linear(), window=kernel, stride=stride, dilation=dilation,
        padding=padding, groups=groups, bias=bias,
    )  # fmt: skip
    down, across = Geometry(kernel, stride, dilation, padding), Geometry(columns)
    if not down.count(sum(down.padded(rows)) + rows):
        refused((rows, columns, channels), layer, Flatten(id="f"))
        return
    # the second one sends slopes back to the first
    made = pictured((rows, columns, channels), layer, Convolution1D(id="c2", units=2, window=1), Flatten(id="f"))
    read, said, w = answers(made, "c1")
    b = w["bias"].ravel() if bias else np.zeros(layer.units)
    for x, a in zip(read, said, strict=True):
        expected = naive.convolution(x, w["weight"], b, down, across, groups)
        assert a.shape == expected.shape
        assert a.shape[1:] == (1, layer.units)
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    before = Convolution(id="c0", units=channels, window=1)
    assert error(pictured((rows, columns, channels), before, layer, Flatten(id="f"))) < gradcheck.LIMIT


@EXAMPLES
@given(
    kernels=st.tuples(st.integers(1, 4), st.integers(1, 4)), dilation=st.integers(1, 4), stride=st.integers(1, 3),
    changed=st.integers(0, 8),
)  # fmt: skip
def test_a_causal_answer_does_not_know_what_comes_later(
    kernels: tuple[int, int], dilation: int, stride: int, changed: int
) -> None:
    first, second = (
        Convolution1D(id="c1", units=3, window=kernels[0], dilation=dilation, activation=Tanh()),
        Convolution1D(id="c2", units=3, window=kernels[1], stride=stride, activation=Tanh()),
    )
    made = pictured((9, 2, 1), first, second, Flatten(id="f"))
    plan = Plan(made, prepare(made), gradcheck.double_library())
    Learner(plan).start()
    x = np.random.default_rng(1).uniform(size=(2, 9, 2, 1))
    x[1, :changed] = x[0, :changed]  # the second one is another from that row on
    one, other = plan.sees(x.reshape(2, -1))["c2"].reshape(2, -1, 8)[:, :, :3]
    here = np.arange(len(one)) * stride  # the row at which each place answers
    assert np.array_equal(one[here < changed], other[here < changed])
    reach = (kernels[0] - 1) * dilation + kernels[1] - 1
    knows = (here >= changed) & (here <= 8)
    assert np.all(np.any(one[knows] != other[knows], axis=1))
    assert len(one) == -(-9 // stride)
    far = int(here[-1]) - reach - 1
    if far >= 0:  # what stands further back than the receptive field is not known either
        x[1] = x[0]
        x[1, : far + 1] += 0.5
        one, other = plan.sees(x.reshape(2, -1))["c2"].reshape(2, -1, 8)[:, :, :3]
        assert np.array_equal(one[-1], other[-1])


def test_a_causal_convolution_by_hand() -> None:
    layer = Convolution1D(id="c1", units=1, window=2, dilation=2, activation=Linear())
    made = pictured((5, 1, 1), layer, Flatten(id="f"))
    plan = Plan(made, prepare(made), gradcheck.double_library())
    learner = Learner(plan)
    learner.start()
    learner.array("c1.weight")[...] = np.array([10.0, 1.0]).reshape(2, 1, 1, 1)
    learner.array("c1.bias")[...] = 0.5
    said = plan.sees(np.arange(1.0, 6.0).reshape(1, 5))["c1"].reshape(5, -1)[:, 0]
    # a[t] = 10 x[t - 2] + x[t] + 1/2, with zeros before the first row
    assert said.tolist() == [1.5, 2.5, 13.5, 24.5, 35.5]
    assert made.model.layers[0].shape(nodes(made)[0].inputs)[0].size == 5


def test_rows_that_a_window_does_not_fit_into_are_refused_with_the_arithmetic() -> None:
    layer = Convolution1D(id="c1", window=4, dilation=3, padding="valid")
    said = r"“c1”: a window of 4 rows, spread over 10 by the dilation 3, does not fit into 9 rows; make it at most 9"
    with pytest.raises(ExperimentError, match=said):
        nodes(pictured((9, 3, 1), layer, Flatten(id="f")))
    with pytest.raises(ExperimentError, match=r"“c1” can't share out 1 channels and 8 filters to 3 groups"):
        nodes(pictured((9, 3, 1), Convolution1D(id="c1", groups=3), Flatten(id="f")))
    with pytest.raises(ExperimentError, match=r"expects pictures \(rows × columns × channels\) but is given 27 unit"):
        nodes(pictured((9, 3, 1), Flatten(id="f"), Convolution1D(id="c1")))
