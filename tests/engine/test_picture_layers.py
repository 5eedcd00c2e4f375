"""Layers of pictures over random geometry: shapes and values against naive ones, slopes by the projection check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine import gradcheck
from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.activations.learned import ParametricReLU
from engine.activations.shares import Softmax
from engine.arrays import Array
from engine.datasets.own_pictures import OwnPictures
from engine.errors import ExperimentError
from engine.experiment import Data, Experiment, Model, Training, nodes
from engine.layers import Layer
from engine.layers.base import units_axis
from engine.layers.convolution import Convolution
from engine.layers.depthwise import Depthwise
from engine.layers.joining import Add, Concatenate
from engine.layers.local import Local
from engine.layers.normalising import BatchNorm, GroupNorm, LayerNorm
from engine.layers.output import Output
from engine.layers.pooling import GlobalPooling, Pooling
from engine.layers.reforming import Crop, Flatten, Reshape, UpSampling, ZeroPadding
from engine.layers.response import LocalResponse
from engine.layers.sub_sampling import SubSampling
from engine.layers.transposed import Transposed
from engine.losses.entropy import CategoricalCrossEntropy
from engine.optimisers.descent import SGD
from engine.plan import Plan, prepare
from engine.plan.learned import Learner
from engine.shapes import Axis
from tests.engine import naive_pictures as naive
from tests.engine.naive_pictures import Geometry

F = NDArray[np.float64]
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
SAMPLES = 3

SIDES = st.integers(1, 8)
WINDOWS = st.fixed_dictionaries(
    {
        "window": st.integers(1, 4),
        "width": st.integers(0, 4),
        "stride": st.integers(1, 3),
        "padding": st.sampled_from(["valid", "same", "full", "number"]),
        "pad": st.integers(0, 3),
    }
)


def pictured(shape: tuple[int, int, int], *layers: Layer) -> Experiment:
    """A network of these layers on three random pictures."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (SAMPLES, *shape), np.uint8)
    source = OwnPictures(
        pixels=Array(pixels), labels=Array(np.arange(SAMPLES, dtype=np.uint8)), keys=Array(np.zeros(SAMPLES)),
        names=("a", "b", "c"),
    )  # fmt: skip
    return Experiment(
        data=Data(source=source, share=100.0),
        model=Model(layers=(*layers, Output(id="out", units=3, activation=Softmax()))),
        training=Training(loss=CategoricalCrossEntropy(), optimiser=SGD(), batch=0),
    )


def answers(experiment: Experiment, layer: str) -> tuple[list[F], list[F], dict[str, Any]]:
    """What a layer reads and says for each sample, as pictures, and its weights: biases are drawn too."""
    plan = Plan(experiment, prepare(experiment), gradcheck.double_library())
    learner = Learner(plan)
    learner.start()
    node = next(n for n in nodes(experiment) if n.layer.id == layer)
    weights: dict[str, Any] = {q.name: learner.array(f"{layer}.{q.name}") for q in node.parameters}
    for name, values in weights.items():
        values[...] = np.random.default_rng(len(name)).normal(size=values.shape)
    found = plan.activations(0, SAMPLES)
    plain = prepare(experiment).x
    read = [plain[k].astype(np.float64) if node.sources == ("input",) else found[node.sources[0]][k] for k in range(3)]
    return (
        [unpadded(x, tuple(a.size for a in node.inputs[0])) for x in read],
        [unpadded(a, tuple(a.size for a in node.shape)) for a in found[layer]],
        {name: values.copy() for name, values in weights.items()},
    )


def unpadded(values: Any, shape: tuple[int, ...]) -> F:
    """The numbers of one sample in their shape, without what pads the channels of each place."""
    if len(shape) == 1:
        return np.asarray(values, np.float64)[: shape[0]]
    rows, columns, channels = shape
    return np.asarray(values, np.float64).reshape(rows, columns, -1)[:, :, :channels]


def geometries(layer: Any, dilation: int = 1) -> tuple[Geometry, Geometry]:
    """The geometry of a layer down and across."""
    rest = (layer.stride, dilation, layer.padding, layer.pad)
    return Geometry(layer.window, *rest), Geometry(layer.width or layer.window, *rest)


def fits(layer: Any, rows: int, columns: int, dilation: int = 1) -> bool:
    """Whether the window stands at least once along both axes."""
    return all(
        g.count(sum(g.padded(size)) + size) > 0
        for g, size in zip(geometries(layer, dilation), (rows, columns), strict=True)
    )


def refused(shape: tuple[int, int, int], *layers: Layer) -> None:
    """Whether the network is refused, with the arithmetic."""
    with pytest.raises(ExperimentError, match=r"window of \d+ (row|column)s.*does not fit into \d+"):
        nodes(pictured(shape, *layers))


@EXAMPLES
@given(
    rows=SIDES, columns=SIDES, channels=st.sampled_from([1, 3]), window=WINDOWS, dilation=st.integers(1, 3),
    groups=st.sampled_from([1, 1, 3]), turned=st.booleans(), bias=st.booleans(),
)  # fmt: skip
def test_a_convolution_is_the_naive_one(
    rows: int, columns: int, channels: int, window: dict[str, Any], dilation: int, groups: int, turned: bool, bias: bool
) -> None:
    groups = min(groups, channels)
    layer = Convolution(
        id="c1", units=2 * groups, activation=Linear(), dilation=dilation, groups=groups, bias=bias,
        operation="convolution" if turned else "correlation", **window,
    )  # fmt: skip
    if not fits(layer, rows, columns, dilation):
        refused((rows, columns, channels), layer, Flatten(id="f"))
        return
    # the second one sends slopes back to the first
    made = pictured((rows, columns, channels), layer, Convolution(id="c2", units=2, window=1), Flatten(id="f"))
    read, said, w = answers(made, "c1")
    b = w["bias"].ravel() if bias else np.zeros(layer.units)
    for x, a in zip(read, said, strict=True):
        expected = naive.convolution(x, w["weight"], b, *geometries(layer, dilation), groups, turned=turned)
        assert a.shape == expected.shape
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    before = Convolution(id="c0", units=channels, window=1)
    assert error(pictured((rows, columns, channels), before, layer, Flatten(id="f"))) < gradcheck.LIMIT


def error(experiment: Experiment) -> float:
    """How far the gradients are off; biases and weights as they are drawn."""
    return gradcheck.projection_error(experiment)


@EXAMPLES
@given(rows=SIDES, columns=SIDES, window=WINDOWS, dilation=st.integers(1, 3), channels=st.sampled_from([2, 17]))
def test_a_depthwise_convolution_is_the_naive_one(
    rows: int, columns: int, window: dict[str, Any], dilation: int, channels: int
) -> None:
    before, layer = Convolution(id="c0", units=channels, window=1), Depthwise(id="d1", dilation=dilation, **window)
    if not fits(layer, rows, columns, dilation):
        refused((rows, columns, 1), before, layer, Flatten(id="f"))
        return
    made = pictured((rows, columns, 1), before, layer, Flatten(id="f"))
    read, said, w = answers(made, "d1")
    for x, a in zip(read, said, strict=True):
        expected = naive.depthwise(x, w["weight"], w["bias"].ravel(), *geometries(layer, dilation))
        assert a.shape == expected.shape
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    assert error(made) < gradcheck.LIMIT


@EXAMPLES
@given(rows=SIDES, columns=SIDES, window=WINDOWS)
def test_a_locally_connected_layer_is_the_naive_one(rows: int, columns: int, window: dict[str, Any]) -> None:
    before, layer = Convolution(id="c0", units=3, window=1), Local(id="l1", units=2, activation=Linear(), **window)
    if not fits(layer, rows, columns):
        refused((rows, columns, 1), before, layer, Flatten(id="f"))
        return
    made = pictured((rows, columns, 1), before, layer, Flatten(id="f"))
    read, said, w = answers(made, "l1")
    for x, a in zip(read, said, strict=True):
        expected = naive.local(x, w["weight"], w["bias"], *geometries(layer))
        assert a.shape == expected.shape
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    assert error(made) < gradcheck.LIMIT


@EXAMPLES
@given(
    rows=st.integers(1, 5), columns=st.integers(1, 5), kernel=st.integers(1, 4), width=st.integers(0, 4),
    stride=st.integers(1, 4), cut=st.integers(0, 2),
)  # fmt: skip
def test_a_transposed_convolution_is_the_naive_one(
    rows: int, columns: int, kernel: int, width: int, stride: int, cut: int
) -> None:
    before = Convolution(id="c0", units=3, window=1)
    layer = Transposed(id="t1", units=2, window=kernel, width=width, stride=stride, cut=cut, activation=Linear())
    made = pictured((rows, columns, 1), before, layer, Flatten(id="f"))
    sides = [(n - 1) * stride + k - 2 * cut for n, k in ((rows, kernel), (columns, width or kernel))]
    if min(sides) < 1:
        with pytest.raises(ExperimentError, match=r"makes \(\d+ - 1\) × \d+ \+ \d+ - 2 × \d+ = -?\d+ (row|column)s"):
            nodes(made)
        return
    read, said, w = answers(made, "t1")
    for x, a in zip(read, said, strict=True):
        expected = naive.transposed(x, w["weight"], w["bias"].ravel(), stride, cut)
        assert a.shape == expected.shape == (*sides, 2)
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    assert error(made) < gradcheck.LIMIT


@EXAMPLES
@given(rows=SIDES, columns=SIDES, window=WINDOWS, means=st.sampled_from(sorted(naive.MEANS)))
def test_pooling_is_the_naive_one(rows: int, columns: int, window: dict[str, Any], means: Any) -> None:
    window = window | {"pad": min(window["pad"], window["window"] - 1, (window["width"] or window["window"]) - 1)}
    before, layer = Convolution(id="c0", units=3, window=1), Pooling(id="p1", means=means, **window)
    made = pictured((rows, columns, 1), before, layer, Flatten(id="f"))
    if not fits(layer, rows, columns):
        refused((rows, columns, 1), before, layer, Flatten(id="f"))
        return
    read, said, _ = answers(made, "p1")
    for x, a in zip(read, said, strict=True):
        expected = naive.pooling(x, means, *geometries(layer))
        assert a.shape == expected.shape
        assert np.allclose(a, expected, rtol=1e-11, atol=1e-11)
    assert error(made) < 1e-5  # a step may take one number past another


def test_global_pooling_and_local_response_are_the_naive_ones() -> None:
    before, response = Convolution(id="c0", units=9, window=1), LocalResponse(id="r1", alpha=0.3, beta=0.6, k=1.5)
    for means in sorted(naive.MEANS):
        whole = GlobalPooling(id="g1", means=means)  # type: ignore[arg-type] # one of them
        made = pictured((4, 5, 1), before, response, whole)
        read, said, _ = answers(made, "g1")
        for x, a in zip(read, said, strict=True):
            assert np.allclose(a, np.array([naive.MEANS[means](x[:, :, c]) for c in range(9)]), rtol=1e-11)
        read, said, _ = answers(made, "r1")
        for x, a in zip(read, said, strict=True):
            assert np.allclose(a, naive.local_response(x, 5, 1.5, 0.3, 0.6), rtol=1e-11)


COMBINED: dict[str, tuple[Layer, ...]] = {
    "groups, turned, with a learned slope": (
        Convolution(id="c1", units=6, window=3, padding="same", activation=ParametricReLU()),
        Convolution(id="c2", units=4, groups=2, operation="convolution", stride=2, activation=ParametricReLU()),
        Flatten(id="f"),
    ),
    "as many groups as channels": (
        Convolution(id="c1", units=3, window=1, activation=Tanh()),
        Convolution(id="c2", units=6, groups=3, padding="full", activation=Tanh()),
        Flatten(id="f"),
    ),
    "batch norm before the function": (
        Convolution(id="c1", units=5, bias=False, activation=Linear()),
        BatchNorm(id="n1"),
        Convolution(id="c2", units=3, activation=Tanh()),
        Flatten(id="f"),
    ),
    "layer and group norm": (
        Convolution(id="c1", units=4),
        LayerNorm(id="n1"),
        Convolution(id="c2", units=6, stride=2),
        GroupNorm(id="n2", groups=3),
        Flatten(id="f"),
    ),
    "a way around, read three times": (
        Convolution(id="c1", units=9, window=1),
        Convolution(id="c2", units=9, padding="same"),
        Add(id="a1", inputs=("c1", "c2")),
        Depthwise(id="d1", activation=Tanh()),
        Add(id="a2", inputs=("a1", "d1", "c1")),
        GlobalPooling(id="g"),
    ),
    "branches of an inception block": (
        Convolution(id="c1", units=3, window=1),
        Convolution(id="b1", units=2, window=1, inputs=("c1",)),
        Convolution(id="b2", units=5, padding="same", inputs=("c1",)),
        Transposed(id="b3", units=9, stride=1, cut=1, inputs=("c1",)),
        Pooling(id="b4", window=3, stride=1, padding="same", means="average", inputs=("c1",)),
        Concatenate(id="j", inputs=("b1", "b2", "b3", "b4")),
        Local(id="l", units=2, stride=2),
        Flatten(id="f"),
    ),
    "down and up again": (
        Convolution(id="c1", units=4, stride=2, padding="same"),
        SubSampling(id="s1", activation=Sigmoid()),
        Transposed(id="t1", units=3),
        UpSampling(id="u1"),
        Crop(id="x1"),
        ZeroPadding(id="z1", width=2),
        Reshape(id="r1", rows=1, columns=4),
        Convolution(id="c2", units=2, window=1),
        Flatten(id="f"),
    ),
}


@pytest.mark.parametrize("name", COMBINED)
@pytest.mark.parametrize("channels", [1, 3])
def test_slopes_through_many_layers(name: str, channels: int) -> None:
    made = pictured((8, 6, channels), *COMBINED[name])
    assert error(made) < gradcheck.LIMIT
    if not any(layer.whole_batch for layer in COMBINED[name]):
        assert gradcheck.projection_error(made, batch=1) < gradcheck.LIMIT
        # a batch in pieces, and samples in an order of their own
        assert gradcheck.projection_error(made, batch=2) < gradcheck.LIMIT


def shaped(layer: Layer, *shape: int) -> tuple[int, ...]:
    """The sizes that a layer makes of pictures of these sizes."""
    names = ("row", "column", "channel")
    axes = tuple(Axis(n, tuple(map(str, range(k)))) for n, k in zip(names, shape, strict=True))
    return tuple(a.size for a in layer.shape((axes,)))


def learned(layer: Layer, *shape: int) -> int:
    """How many numbers a layer learns."""
    names = ("row", "column", "channel")
    axes = tuple(Axis(n, tuple(map(str, range(k)))) for n, k in zip(names, shape, strict=True))
    inputs = axes if len(shape) == 3 else (units_axis("x", tuple(range(shape[0]))),)
    return sum(q.total for q in layer.parameters((inputs,)) if q.is_learned)


def test_sizes_and_counts_worked_by_hand() -> None:
    # ⌊(32 + 0 - 5) / 1⌋ + 1 = 28; (5 · 5 · 1 + 1) · 6 = 156 and (5 · 5 · 6 + 1) · 16 = 2416
    first, second = Convolution(id="c1", units=6, window=5), Convolution(id="c3", units=16, window=5)
    assert shaped(first, 32, 32, 1) == (28, 28, 6)
    assert learned(first, 32, 32, 1) == 156
    assert shaped(second, 14, 14, 6) == (10, 10, 16)
    assert learned(second, 14, 14, 6) == 2416
    # a coefficient and a bias for each map
    assert shaped(SubSampling(id="s2"), 28, 28, 6) == (14, 14, 6)
    assert learned(SubSampling(id="s2"), 28, 28, 6) == 12
    # ⌊(5 - 3) / 2⌋ + 1 = 2; 3 + 2 (2 - 1) = 5 places wide and still 9 weights
    assert shaped(Convolution(id="c", units=1, stride=2), 5, 5, 1) == (2, 2, 1)
    assert shaped(Convolution(id="c", units=1, dilation=2), 5, 5, 1) == (1, 1, 1)
    assert learned(Convolution(id="c", units=1, dilation=2, bias=False), 5, 5, 1) == 9
    # 3 × 3 × 3 with two filters: (27 + 1) · 2
    assert learned(Convolution(id="c", units=2), 6, 6, 3) == 56
    # a locally connected layer learns as much at every place: 4 · 4 · (9 + 1) · 2
    assert learned(Local(id="l", units=2), 6, 6, 1) == 320
    assert learned(Depthwise(id="d"), 6, 6, 4) == 4 * (9 + 1)
    assert learned(Convolution(id="c", units=4, groups=2), 6, 6, 4) == 4 * (9 * 2 + 1)


def test_multiplications_worked_by_hand() -> None:
    def count(layer: Layer, *shape: int) -> int:
        names = ("row", "column", "channel")
        return layer.multiplications(
            (tuple(Axis(n, tuple(map(str, range(k)))) for n, k in zip(names, shape, strict=True)),)
        )

    assert count(Convolution(id="c", units=6, window=5), 32, 32, 1) == 28 * 28 * 25 * 6
    assert count(Convolution(id="c", units=8, groups=2, stride=2, padding="same"), 8, 8, 4) == 4 * 4 * 9 * 2 * 8
    assert count(Depthwise(id="d"), 8, 8, 4) == 8 * 8 * 9 * 4
    assert count(Transposed(id="t", units=5), 4, 4, 3) == 4 * 4 * 9 * 3 * 5
    assert count(Local(id="l", units=2), 6, 6, 1) == 4 * 4 * 9 * 2
    assert count(Pooling(id="p"), 6, 6, 1) == 0
