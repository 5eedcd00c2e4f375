"""What the books work out by hand for layers of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.classic import Linear
from engine.arrays import Array
from engine.experiment import nodes
from engine.layers.convolution import Convolution
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten
from engine.plan import Plan, prepare
from engine.plan.learned import Learner
from tests.engine.test_picture_layers import SAMPLES, pictured, unpadded


def through(layer: Any, x: Any, weights: Any = None) -> Any:
    """What the fast layer says of one picture of whole numbers (times 1/255, which is taken back)."""
    picture = np.asarray(x, np.uint8)[:, :, None]
    made = pictured((*picture.shape,), layer, Flatten(id="f"))
    pixels = np.repeat(picture[None], SAMPLES, axis=0)
    made = replace(made, data=replace(made.data, source=replace(made.data.source, pixels=Array(pixels))))
    plan = Plan(made, prepare(made), gradcheck.double_library())
    learner = Learner(plan)
    learner.start()
    if weights is not None:
        learner.array(f"{layer.id}.weight")[:, :, 0, 0] = weights
    size = tuple(a.size for a in nodes(made)[0].shape)
    return unpadded(plan.activations(0, 1)[layer.id][0], size)[:, :, 0] * 255


SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]


def test_the_toy_convolution_keeps_the_kernel_as_it_is_and_a_true_one_turns_it() -> None:
    x, kernel = np.arange(12).reshape(3, 4), [[1, 2], [3, 4]]
    # the first place: 0 · 1 + 1 · 2 + 4 · 3 + 5 · 4 = 34; turned: 0 · 4 + 1 · 3 + 4 · 2 + 5 · 1 = 16
    plain = through(Convolution(id="c1", units=1, window=2, activation=Linear()), x, kernel)
    assert np.allclose(plain, [[34, 44, 54], [74, 84, 94]], atol=1e-4)
    turned = Convolution(id="c1", units=1, window=2, activation=Linear(), operation="convolution")
    assert np.allclose(through(turned, x, kernel), [[16, 26, 36], [56, 66, 76]], atol=1e-4)


def test_an_impulse_shifts_the_picture_one_way_or_the_other() -> None:
    x = np.zeros((1, 5), np.uint8)
    x[0, 2] = 9
    shift: dict[str, Any] = {"units": 1, "window": 1, "width": 3, "padding": "same", "activation": Linear()}
    assert np.allclose(through(Convolution(id="c1", **shift), x, [[0, 0, 1]]), [[0, 9, 0, 0, 0]], atol=1e-4)
    true = Convolution(id="c1", operation="convolution", **shift)
    assert np.allclose(through(true, x, [[0, 0, 1]]), [[0, 0, 0, 9, 0]], atol=1e-4)


def test_sharpening_makes_an_edge_steeper() -> None:
    x = np.repeat([[0, 0, 0, 9, 9, 9]], 3, axis=0)
    # beside the edge: 5 · 0 - 9 = -9, and 5 · 9 - 9 - 9 - 0 - 9 = 18; away from it all stays
    found = through(Convolution(id="c1", units=1, activation=Linear()), x, SHARPEN)
    assert np.allclose(found, [[0, -9, 18, 9]], atol=1e-4)


def test_the_pooling_grids_of_the_books() -> None:
    one = [[1, 2, 2, 3], [4, 6, 6, 8], [3, 1, 1, 0], [1, 2, 2, 4]]
    assert np.allclose(through(Pooling(id="p1"), one), [[6, 8], [3, 4]], atol=1e-4)
    assert np.allclose(through(Pooling(id="p1", means="average"), one), [[3.25, 4.75], [1.75, 1.75]], atol=1e-4)
    other = [[4, 3, 1, 5], [1, 3, 4, 8], [4, 5, 4, 3], [6, 5, 9, 4]]
    assert np.allclose(through(Pooling(id="p1", means="average"), other), [[2.75, 4.5], [5.0, 5.0]], atol=1e-4)
    assert np.allclose(through(Pooling(id="p1"), other), [[4, 8], [6, 9]], atol=1e-4)
    assert np.allclose(through(Pooling(id="p1"), [[2, 4], [1, 3]]), [[4]], atol=1e-4)
